"""What a record's parts must say of each other: ids that exist, numbers for each, a certificate that adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from trialopt.core.run import relative_gap

Json = Mapping[str, Any]

_EXACT = 1e-6
"""Rounding that a certificate may have."""


def contradictions(data: Json) -> Iterator[str]:
    """What is wrong with a record whose fields have the shape of the schema, a sentence each with its place."""
    yield from _certificate(data)
    yield from _question(data["trial"])
    names = Counter(arm["arm"] for arm in data["arms"])
    served = Counter(g for arm in data["arms"] for g in arm["subgroups"])
    yield from (f"arms: {times} are called {name}; names must differ" for name, times in names.items() if times > 1)
    yield from (f"arms: {times} serve {g}; one must" for g, times in served.items() if times > 1)
    if data["arms"]:
        yield from (f"arms: none serves {g}" for g in data["trial"]["subgroups"] if g not in served)
    for position, arm in enumerate(data["arms"]):
        yield from _arm(arm, data["trial"], f"arms[{position}]")
    finished = data["provenance"].get("finished")
    if finished is not None and not _is_moment(finished):
        yield f"provenance.finished: {finished!r:.60} is not a date and time"


def _certificate(data: Json) -> Iterator[str]:
    value, bound, gap, ending = data["value"], data["bound"], data["gap"], data["ending"]
    if (value is None) != (not data["arms"]):
        yield "value: must be given where there are arms, and null where there are none"
    if ending == "infeasible" and data["arms"]:
        yield "ending: infeasible, but there are arms"
    if ending == "optimal" and (value is None or bound is None):
        yield "ending: optimal, but value or bound is null"
    if value is not None and bound is not None:
        if bound < value - _EXACT * max(1.0, abs(value)):
            yield f"bound: {bound:g} is below the value, {value:g}"
        elif gap is None or abs(gap - relative_gap(value, bound)) > _EXACT * max(1.0, gap):
            yield f"gap: is {gap}, but value and bound are {relative_gap(value, bound):g} apart"


def _question(trial: Json) -> Iterator[str]:
    epochs, groups, categories = trial["epochs"], trial["subgroups"], trial["categories"]
    for name in ("mechanisms", "categories"):
        if len(set(trial[name])) < len(trial[name]):
            yield f"trial.{name}: an id is there twice"
    if not epochs or not groups:
        yield "trial: there must be an epoch and a subgroup"
    for g, subgroup in groups.items():
        yield from _keys(subgroup["reach"], epochs, f"trial.subgroups.{g}.reach")
    yield from _keys(trial["limits"], groups, "trial.limits")
    for g, by_epoch in trial["limits"].items():
        yield from _keys(by_epoch, epochs, f"trial.limits.{g}")
        for s, limits in by_epoch.items():
            yield from _keys(limits, categories, f"trial.limits.{g}.{s}", whole=False)
    yield from _keys(trial["cumulative_limits"], categories, "trial.cumulative_limits", whole=False)
    yield from _keys(trial.get("definitions", {}), groups, "trial.definitions", whole=False)
    places: dict[tuple[str, ...], int] = {}
    for position, row in enumerate(trial.get("sources", ())):
        if (first := places.setdefault((row["table"], *row["key"]), position)) != position:
            yield f"trial.sources[{position}]: stands for the same row as trial.sources[{first}]"
        if "columns" in row and len(row["columns"]) != len(row["key"]):
            yield f"trial.sources[{position}]: {len(row['columns'])} columns, but a key of {len(row['key'])}"
    if trial["control"] is not None:
        yield from _keys(trial["control"], epochs, "trial.control", whole=False)
    yield from _keys(trial.get("own_control", {}), groups, "trial.own_control", whole=False)
    for g, own in trial.get("own_control", {}).items():
        yield from _keys(own, epochs, f"trial.own_control.{g}", whole=False)


def _arm(arm: Json, trial: Json, place: str) -> Iterator[str]:
    groups, epochs = arm["subgroups"], trial["epochs"]
    if not groups:
        yield f"{place}.subgroups: the arm serves none"
    yield from _keys(dict.fromkeys(groups), trial["subgroups"], f"{place}.subgroups", whole=False)
    yield from _keys(arm["sequence"], epochs, f"{place}.sequence", whole=False)
    for name, inner in (
        ("coverage", None),
        ("burden", None),
        ("control_coverage", None),
        ("mechanism_coverage", trial["mechanisms"]),
        ("prevalence", trial["mechanisms"]),
        ("risk", trial["categories"]),
    ):
        numbers = arm.get(name, {})
        if name == "control_coverage" and not numbers:
            continue
        yield from _keys(numbers, groups, f"{place}.{name}")
        for g, by_epoch in numbers.items():
            yield from _keys(by_epoch, epochs, f"{place}.{name}.{g}")
            if inner is not None:
                for s, cells in by_epoch.items():
                    yield from _keys(cells, inner, f"{place}.{name}.{g}.{s}")
    yield from _keys(arm["cumulative_risk"], groups, f"{place}.cumulative_risk")
    for g, cells in arm["cumulative_risk"].items():
        yield from _keys(cells, trial["categories"], f"{place}.cumulative_risk.{g}")
    yield from _keys(arm.get("precedent", {}), arm["sequence"], f"{place}.precedent", whole=False)
    yield from _rests_on(arm.get("rests_on", ()), len(trial.get("sources", ())), f"{place}.rests_on")
    yield from _size(arm, place)


def _size(arm: Json, place: str) -> Iterator[str]:
    given = ("control_patients", "allocation", "effect", "power", "cost")
    if arm["patients"] is None:
        yield from (f"{place}.{name}: must be null as patients are" for name in given if arm[name] is not None)
        return
    missing = [name for name in given if arm[name] is None]
    yield from (f"{place}.{name}: must be given as patients are" for name in missing)
    if missing:
        return
    yield from _keys(arm["allocation"], arm["subgroups"], f"{place}.allocation")
    yield from _keys(arm.get("power_by_subgroup") or {}, arm["subgroups"], f"{place}.power_by_subgroup", whole=False)
    for position, part in enumerate(arm.get("components", ())):
        at = f"{place}.components[{position}]"
        if part["arm"]:
            yield from _keys(part["allocation"], arm["subgroups"], f"{at}.allocation")
        if sum(part["allocation"].values()) != part["patients"]:
            yield f"{at}.allocation: does not add up to {part['patients']} patients"
    if arm.get("calendar") and not arm.get("looks"):
        yield f"{place}.looks: must have the final analysis, as the arm has a calendar"
    for name, side in (("patients", "experimental"), ("control_patients", "control")):
        total = sum(cell[side] for cell in arm["allocation"].values())
        if side == "experimental":
            total += sum(part["patients"] for part in arm.get("components", ()))
        if total != arm[name]:
            yield f"{place}.allocation: {side} patients add up to {total}, but {name} is {arm[name]}"


def _rests_on(rows: Iterable[Any], count: int, place: str) -> Iterator[str]:
    for position, row in enumerate(rows):
        if isinstance(row, int) and not 0 <= row < count:
            yield f"{place}[{position}]: is {row}, but trial.sources has {count} rows"


def _keys(found: Iterable[str], known: Iterable[str], place: str, *, whole: bool = True) -> Iterator[str]:
    """Ids that are not known; with `whole` also those that are missing."""
    known, found = list(known), list(found)
    yield from (f"{place}: {name!r:.60} is none of {', '.join(known)}" for name in found if name not in known)
    if whole:
        yield from (f"{place}: {name} is missing" for name in known if name not in found)


def _is_moment(text: Any) -> bool:
    try:
        datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return False
    return True
