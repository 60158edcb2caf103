"""Our own check of a USDM document: references, ids, codes, chains, and the parts that a study cannot do without.

Validators miss some of this: that every id referred to exists and is of the right kind, that each arm has a cell in
each epoch, and that one terminology version is used throughout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from trialopt.output.study import usdm_terms

Json = dict[str, Any]

REFERS_TO: dict[str, tuple[str, ...]] = {
    "activityIds": ("Activity",),
    "appliesToIds": ("StudyVersion", "InterventionalStudyDesign"),
    "armId": ("StudyArm",),
    "criterionIds": ("EligibilityCriterion",),
    "criterionItemId": ("EligibilityCriterionItem",),
    "elementIds": ("StudyElement",),
    "encounterId": ("Encounter",),
    "epochId": ("StudyEpoch",),
    "organizationIds": ("Organization",),
    "populationIds": ("StudyCohort", "StudyDesignPopulation"),
    "relativeFromScheduledInstanceId": ("ScheduledActivityInstance",),
    "relativeToScheduledInstanceId": ("ScheduledActivityInstance",),
    "scheduledAtId": ("Timing",),
    "scopeId": ("Organization",),
    "studyInterventionId": ("StudyIntervention",),
    "studyInterventionIds": ("StudyIntervention",),
    "timelineExitId": ("ScheduleTimelineExit",),
}
"""Attribute -> what an id in it may stand for."""

CHAINS = ("epochs", "encounters", "activities", "eligibilityCriteria")
"""Lists of a study design that know their order."""


def _terms() -> dict[str, str]:
    """Code -> the term that a document has for it."""
    found: dict[str, str] = {}
    stack: list[Any] = [value for name, value in vars(usdm_terms).items() if name.isupper()]
    while stack:
        one = stack.pop()
        if isinstance(one, Mapping):
            stack += one.values()
        elif isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], str):
            found[one[0]] = one[1]
        elif isinstance(one, tuple):
            stack += one
    return found


def problems(data: Json) -> list[str]:
    """Everything that is wrong with a document; nothing for one that can be opened as it stands."""
    found = [*dangling(data), *_kinds(data), *_codes(data)]
    try:
        return [*found, *_parts(data)]
    except KeyError as lost:
        return [*found, f"an object lacks {lost}"]


def dangling(data: Json) -> list[str]:
    """Ids that are referred to and do not exist, and ids that two objects have."""
    ids: Counter[str] = Counter()
    wanted: list[tuple[str, str]] = []
    for path, value in _leaves(data):
        name = path[-1]
        if name == "id":
            ids[value] += 1
        elif name.endswith(("Id", "Ids")):
            wanted.append((".".join(path), value))
    lost = [f"{path} refers to {value!r}, which does not exist" for path, value in wanted if value not in ids]
    return lost + [f"{count} objects have the id {one!r}" for one, count in ids.items() if count > 1]


def _kinds(data: Json) -> Iterator[str]:
    """Objects without type, id or name, and references to an object of another type than the attribute asks for."""
    kinds = {one["id"]: str(one.get("instanceType")) for one in _objects(data) if "id" in one}
    for one in _objects(data):
        if "id" not in one and one.get("instanceType"):
            yield f"an object of {one['instanceType']} has no id"
        if "id" in one and not one.get("instanceType"):
            yield f"{one['id']} has no instanceType"
        if "name" in one and not str(one["name"] or "").strip():
            yield f"{one.get('id')} has no name"
        for name, allowed in REFERS_TO.items():
            values = one.get(name) or []
            for value in values if isinstance(values, list) else [values]:
                if kinds.get(value) not in (None, *allowed):
                    yield f"{one.get('id')}.{name} is {value!r}, which is no {' or '.join(allowed)}"


def _codes(data: Json) -> Iterator[str]:
    """Codes of the terminology that it does not have, or has under another term; versions of it."""
    terms = _terms()
    versions = set()
    for one in _objects(data):
        if one.get("instanceType") != "Code" or one.get("codeSystem") != usdm_terms.SYSTEM:
            continue
        versions.add(one.get("codeSystemVersion"))
        if one.get("code") not in terms:
            yield f"{one.get('id')} has the code {one.get('code')!r}, which is not in the lists"
        elif terms[one["code"]] != one.get("decode"):
            yield f"{one.get('id')} says {one.get('decode')!r} for {one['code']}, which is {terms[one['code']]!r}"
    if versions - {usdm_terms.VERSION}:
        yield f"versions of the terminology: {', '.join(sorted(map(str, versions)))}"


def _parts(data: Json) -> Iterator[str]:
    """A version with one design, whose arms, epochs, cells, objective, timeline and chains are whole."""
    designs = [design for version in data["study"]["versions"] for design in version["studyDesigns"]]
    if len(designs) != 1:
        yield f"{len(designs)} study designs"
    for design in designs:
        arms, epochs = ([one["id"] for one in design[name]] for name in ("arms", "epochs"))
        cells = Counter((cell["armId"], cell["epochId"]) for cell in design["studyCells"])
        for pair in ((arm, epoch) for arm in arms for epoch in epochs):
            if cells[pair] != 1:
                yield f"{pair[0]} has {cells[pair]} cells in {pair[1]}"
        primary = sum(one["level"]["code"] == usdm_terms.PRIMARY_OBJECTIVE[0] for one in design["objectives"])
        if primary != 1:
            yield f"{primary} primary objectives"
        yield from (f"{one['id']} has no endpoint" for one in design["objectives"] if not one["endpoints"])
        main = sum(bool(one["mainTimeline"]) for one in design["scheduleTimelines"])
        if main != 1:
            yield f"{main} main timelines"
        for timeline in design["scheduleTimelines"]:
            fixed = [one for one in timeline["timings"] if one["type"]["code"] == usdm_terms.FIXED[0]]
            if len(fixed) != 1:
                yield f"{timeline['id']} has {len(fixed)} fixed references"
        yield from (line for name in CHAINS for line in _chain(design[name]))
        yield from (f"{arm['id']} has no population" for arm in design["arms"] if not arm["populationIds"])


def _chain(objects: list[Json]) -> Iterator[str]:
    """Objects that do not name the one before and after them, or ends that name one."""
    for before, after in pairwise([{"id": None}, *objects, {"id": None}]):
        if before.get("nextId", after["id"]) != after["id"] or after.get("previousId", before["id"]) != before["id"]:
            yield f"the order of {before['id'] or 'the start'} and {after['id'] or 'the end'} is broken"


def _objects(data: Any) -> Iterator[Json]:
    """Every object, from the outside in."""
    if isinstance(data, Mapping):
        yield dict(data)
        for value in data.values():
            yield from _objects(value)
    elif isinstance(data, list):
        for value in data:
            yield from _objects(value)


def _leaves(data: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value with its path; members of a list have that of the list."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from _leaves(value, (*path, name))
    elif isinstance(data, list):
        for value in data:
            yield from _leaves(value, path)
    elif data is not None:
        yield path, data
