"""The settings of trial.toml: keys, types, ranges and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from trialopt.core.settings import (
    CONTRIBUTION,
    DEFAULT,
    EPOCH,
    EVIDENCE,
    INTERIM,
    LEAST_STEP,
    REGISTRATION,
    RULES,
    TOP,
    TRIAL,
    UNCERTAINTY,
)
from trialopt.core.uncertainty import Defaults, Uncertainty
from trialopt.core.vocabulary import Field, Section
from trialopt.reading.cells import CellError, check_id
from trialopt.reading.document import Document, Problem, Problems, suggest
from trialopt.reading.setting_values import KINDS, shown


class Places:
    """Says where a setting stands, and records what is wrong with it."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self._document = document
        self._problems = problems

    def add(self, path: str, label: str, value: object, sentence: str, right: str) -> None:
        """Record a problem with the setting at a dotted path; `label` is how a reader would call it."""
        place, stands = path, self._document.places
        while place and place not in stands:
            place = place.rpartition(".")[0]
        file, line = stands.get(place, (self._document.settings_file, 0))
        self._problems.add(Problem(file, line, label, str(value), sentence, right), "trial")


@dataclass(frozen=True)
class Settings:
    """Checked settings. A setting that is wrong has its default here, and its problem is recorded."""

    title: str
    trial: Mapping[str, Any]
    interim: Mapping[str, Any] | None
    contribution: Mapping[str, Any] | None
    epochs: tuple[Mapping[str, Any], ...]
    all_epochs: bool
    """Whether every epoch could be read, so that their ids are all known."""
    rules: Mapping[str, Any]
    control: Mapping[str, Any] | None
    registration: Mapping[str, Any]
    """What the planner gave of the declared keys."""
    columns: Mapping[str, Any] | None
    places: Places
    uncertainty: Uncertainty | None
    raw: Mapping[str, Any]
    """As written: tells a setting that is wrong from one that is not there."""

    def written(self, table: str, key: str) -> bool:
        """Whether a key stands in a table, right or wrong."""
        content = self.raw.get(table)
        return isinstance(content, Mapping) and key in content

    def epoch_ids(self) -> tuple[str, ...]:
        """Ids of the epochs, in order."""
        return tuple(epoch["id"] for epoch in self.epochs)


def check_settings(document: Document, problems: Problems) -> Settings:
    """Check every key of the settings; references to agents and epochs are checked elsewhere."""
    places = Places(document, problems)
    raw = dict(document.settings)
    readable = "trial" not in document.unreadable
    top = _section(raw, TOP, places, readable)
    if top["format"] != 1:
        places.add("format", "format", top["format"], f"format {top['format']} is not known", "write format = 1")
    asked = readable and ("trial" not in raw or top["trial"] is not None)
    trial = _section(top["trial"] or {}, TRIAL, places, asked)
    interim = trial.pop("interim")
    if interim is not None:
        interim = _interim(interim, places, readable)
    contribution = trial.pop("contribution")
    if contribution is not None:
        contribution = _section(contribution, CONTRIBUTION, places, readable)
    epochs = _epochs(top["epoch"] or [], places, readable)
    if readable and (top["epoch"] == [] or "epoch" not in raw):
        places.add("epoch", "[[epoch]]", "", "the trial has no epoch", "write at least one [[epoch]]")
    rules = _section(top["rules"] or {}, RULES, places, readable)
    if top["evidence"] is not None:
        _section(top["evidence"], EVIDENCE, places, readable)
    uncertainty = None if top["uncertainty"] is None else _uncertainty(top["uncertainty"], places, readable)
    registration = _section(top["registration"] or {}, REGISTRATION, places, readable)
    known = {key: value for key, value in registration.items() if value not in (None, "")}
    complete = readable and len(epochs) == len(top["epoch"] or ()) > 0
    title = top["title"] or document.name
    given = top["control"], known, top["columns"]
    tables = interim, contribution
    return Settings(title, trial, *tables, epochs, complete, rules, *given, places, uncertainty, raw)


def _uncertainty(raw: Mapping[str, Any], places: Places, readable: bool) -> Uncertainty:
    asked = _section(raw, UNCERTAINTY, places, readable)
    default = asked.pop("default")
    return Uncertainty(**asked, default=Defaults(**_section(default or {}, DEFAULT, places, readable)))


def _interim(raw: Mapping[str, Any], places: Places, readable: bool) -> dict[str, Any]:
    """Check `[trial.interim]`; timing that does not go with the number of looks counts as not given."""
    interim = _section(raw, INTERIM, places, readable)
    looks, timing = interim["looks"], interim["timing"]
    if timing is None:
        return interim
    path, label = f"{INTERIM.name}.timing", f"{INTERIM.title} timing"
    steps = [after - before for before, after in pairwise((0.0, *timing, 1.0))]
    if looks is not None and len(timing) != looks:
        sentence = f"there are {len(timing)} fractions for {looks} looks"
        places.add(path, label, shown(list(timing)), sentence, "give one for each interim look, without the final 1")
    elif min(steps) < LEAST_STEP - 1e-12:
        sentence = f"{shown(list(timing))} does not rise from above 0 to below 1 in steps of at least {LEAST_STEP:g}"
        places.add(path, label, shown(list(timing)), sentence, "write fractions in order, such as [0.5, 0.75]")
    else:
        return interim
    return {**interim, "timing": None}


def _epochs(raw: list[Any], places: Places, readable: bool) -> tuple[Mapping[str, Any], ...]:
    epochs: list[Mapping[str, Any]] = []
    for index, entry in enumerate(raw):
        path = f"epoch.{index}"
        name = entry.get("id") if isinstance(entry.get("id"), str) else index + 1
        epoch = _section(entry, EPOCH, places, readable, path, f"[[epoch]] {name}")
        if epoch["id"] is None:
            continue
        label = f"[[epoch]] {name} id"
        try:
            check_id(epoch["id"])
        except CellError as error:
            places.add(f"{path}.id", label, epoch["id"], error.sentence, error.right)
        if any(epoch["id"] == other["id"] for other in epochs):
            places.add(f"{path}.id", label, epoch["id"], f"{epoch['id']!r} is already an epoch", "use another id")
            continue
        least, most = epoch["min_agents"], epoch["max_agents"]
        if most is not None and least > most:
            sentence = f"{least} is above max_agents, which is {most}"
            place = "min_agents" if "min_agents" in entry else "max_agents"
            places.add(f"{path}.{place}", f"[[epoch]] {name} min_agents", least, sentence, f"give at most {most}")
        epochs.append(epoch)
    return tuple(epochs)


def _section(
    raw: Mapping[str, Any], spec: Section, places: Places, readable: bool, path: str = "", label: str = ""
) -> dict[str, Any]:
    """Check the keys of one TOML table; wrong and absent ones get their default. `path` and `label` say which epoch."""
    path, label = path or spec.name, label or (spec.title if spec.name else "")

    def at(key: str) -> tuple[str, str]:
        return (f"{path}.{key}" if path else key), f"{label} {key}".strip()

    for key, value in raw.items():
        if key not in spec.names:
            right = suggest(key, spec.names, f"the keys are {', '.join(spec.names)}")
            places.add(*at(key), value, f"{key!r} is not a key of {label or spec.title}", right)
    checked: dict[str, Any] = {}
    for key, setting in spec.names.items():
        checked[key] = setting.default
        if key not in raw:
            if setting.required and readable and setting.kind not in ("table", "tables"):
                places.add(*at(key), "", f"{key!r} is missing", f"write it, for example {key} = {_example(setting)}")
            continue
        try:
            checked[key] = KINDS[setting.kind](raw[key], setting)
        except CellError as error:
            places.add(*at(key), raw[key], error.sentence, error.right)
    return checked


def _example(setting: Field) -> str:
    return "1" if setting.kind in ("count", "number") else '"one"'
