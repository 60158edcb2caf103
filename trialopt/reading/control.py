"""The control regimen, and those of subgroups that have their own: references checked, levels found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trialopt.reading.cells import CellError
from trialopt.reading.setting_values import shown
from trialopt.reading.settings import Settings
from trialopt.reading.tables import Ids

Doses = tuple[tuple[tuple[str, str], ...], ...]
"""Agent and level of everything given, per epoch."""


@dataclass(frozen=True)
class Controls:
    """The trial's control regimen (`None` without `[control]`), and by subgroup id those that differ."""

    whole: Doses | None = None
    own: Mapping[str, Doses] = field(default_factory=dict)


def read_control(settings: Settings, levels: Mapping[str, tuple[str, ...]] | None, ids: Ids) -> Controls:
    """Control regimens; an epoch that one leaves out gives nothing.

    `levels` are the level ids of every agent, `None` where they could not be read. An agent named without a level
    has `standard`, or its only level. A table in `[control]` is a subgroup's own regimen; where it names no epoch
    besides, every subgroup needs one.
    """
    if settings.control is None:
        return Controls()
    tables = {key: value for key, value in settings.control.items() if isinstance(value, Mapping)}
    whole = {key: value for key, value in settings.control.items() if key not in tables}
    own: dict[str, Doses] = {}
    for subgroup, regimen in tables.items():
        try:
            ids.check(subgroup, "subgroup")
        except CellError as error:
            settings.places.add(f"control.{subgroup}", "[control]", subgroup, error.sentence, error.right)
            continue
        own[subgroup] = _regimen(settings, regimen, f"control.{subgroup}", levels, ids)
    lacking = [g for g in ids.subgroup or () if g not in tables] if tables and not whole else []
    if lacking:
        names = ", ".join(map(repr, lacking))
        sentence = f"only single subgroups have a control regimen, and there is none for {names}"
        right = "write the epochs of [control], with [] where nothing is given"
        settings.places.add("control", "[control]", "", sentence, right)
    return Controls(_regimen(settings, whole, "control", levels, ids), own)


def _regimen(
    settings: Settings, written: Mapping[str, Any], at: str, levels: Mapping[str, tuple[str, ...]] | None, ids: Ids
) -> Doses:
    given: dict[str, tuple[tuple[str, str], ...]] = {}
    for epoch, regimen in written.items():
        path, label = f"{at}.{epoch}", f"[{at}] {epoch}"
        try:
            ids.check(epoch, "epoch")
            if not isinstance(regimen, list | tuple) or not all(isinstance(text, str) for text in regimen):
                raise CellError(f"{shown(regimen)} is not a list of agents", 'write ["agent", "agent@level"]')
        except CellError as error:
            settings.places.add(path, label, epoch, error.sentence, error.right)
            continue
        doses: dict[str, str] = {}
        for text in regimen:
            try:
                agent, level = _dose(text, levels, ids)
                if agent in doses:
                    raise CellError(f"{agent!r} is given twice", "give an agent once in an epoch")
                doses[agent] = level
            except CellError as error:
                settings.places.add(path, label, text, error.sentence, error.right)
        given[epoch] = tuple(doses.items())
    return tuple(given.get(epoch, ()) for epoch in settings.epoch_ids())


def _dose(text: str, levels: Mapping[str, tuple[str, ...]] | None, ids: Ids) -> tuple[str, str]:
    agent, at, level = (part.strip() for part in text.partition("@"))
    ids.check(agent, "agent")
    if levels is None or agent not in levels:
        return agent, level or "standard"
    known = levels[agent]
    right = " or ".join(f'"{agent}@{name}"' for name in known)
    if at and level not in known:
        raise CellError(f"{agent!r} has no level {level!r}", f"write {right}")
    if at:
        return agent, level
    if "standard" in known:
        return agent, "standard"
    if len(known) == 1:
        return agent, known[0]
    raise CellError(f"{agent!r} has several levels and none is 'standard'", f"write {right}")
