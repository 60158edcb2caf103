"""Parts of a record: made of an instance and an evaluation, written as JSON, and read back.

Fields of the JSON may be added, never renamed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trialopt.core.design import Arm, Dose
from trialopt.core.instance import Floats, Instance, SourceRow
from trialopt.core.shown import Dosing
from trialopt.evaluation.calendar import calendar
from trialopt.evaluation.numbers import control_coverage
from trialopt.evaluation.result import ArmNumbers, ArmSize
from trialopt.record.calendar import calendar_from, calendar_json
from trialopt.record.components import component_from, component_json, component_of
from trialopt.record.parts import Allocation, ArmSizing, Effect, Question, SolvedArm
from trialopt.record.precedent import Precedent, lists_precedent, precedent_of
from trialopt.record.provenance import is_fitted, kind_of, rests_on
from trialopt.record.size_basis import size_basis

Json = dict[str, Any]

_SIZE = ("patients", "control_patients", "allocation", "effect", "power", "accrual_months", "cost")
"""Written as null for an arm without a size."""

_SIZE_SINCE = ("events", "method", "alpha", "inflation", "power_by_subgroup")
"""Left out of an arm without a size, and of early records."""

_FAMILY = ("components", "unshown")
"""Only in arms that bring component arms, or would."""

_NUMBERS = ("coverage", "mechanism_coverage", "prevalence", "risk", "cumulative_risk", "burden")

_SETTINGS = ("labels", "limits", "cumulative_limits", "toxicity_weight", "sized", "endpoint", "trial_limits")
"""Fields of a question that are written as they are."""

_FOR_EXPORTS = ("registration", "dosing", "kinds", "classes")
"""Fields of a question that are written as they are, and that early records do not have."""


def question(instance: Instance) -> Question:
    """What of the instance the record's tables show."""
    i, trial = instance, instance.trial
    given = {
        name: float(limit)
        for name in ("max_patients", "max_accrual_months", "max_study_months", "budget")
        if (limit := getattr(trial, name)) is not None
    }
    levels = {f"{i.agents[d]}@{level}" for d, level in zip(i.option_agent, i.option_level, strict=True)}
    shown = {*i.agents, *i.classes, *i.epochs, *i.subgroups, *i.mechanisms, *i.categories, *levels}
    return Question(
        name=i.name,
        title=i.title,
        sha256=i.sha256,
        max_arms=trial.max_arms,
        epochs=_named(i.epochs, i.weight),
        shares=_named(i.subgroups, i.share),
        reach={g: _named(i.epochs, i.reach[k]) for k, g in enumerate(i.subgroups)},
        mechanisms=i.mechanisms,
        categories=i.categories,
        labels={key: label for key, label in i.labels.items() if label and key in shown},
        limits={
            g: {s: _below_one(_named(i.categories, i.limit[k, :, n])) for n, s in enumerate(i.epochs)}
            for k, g in enumerate(i.subgroups)
        },
        cumulative_limits=_below_one(_named(i.categories, i.cumulative_limit)),
        toxicity_weight=trial.toxicity_weight,
        sized=trial.sized,
        endpoint=trial.endpoint,
        trial_limits=given if trial.sized else {},
        control=None if i.control is None else _sequence(i, i.control),
        own_control={g: _sequence(i, own) for g, own in i.own_control.items()},
        cycles=_named(i.epochs, i.cycles),
        confidence=confidence_counts(i.sources),
        definitions=dict(i.definitions),
        registration=dict(i.registration),
        dosing={f"{agent}@{level}": _said(dosing) for (agent, level), dosing in i.dosing.items()},
        kinds=dict(i.kinds),
        classes={agent: i.classes[c] for agent, c in zip(i.agents, i.agent_class.tolist(), strict=True)},
        sources=tuple(replace(row, note="") for row in i.sources if row.source or row.confidence),
    )


def _said(dosing: Dosing) -> Json:
    """What a row says of a dose."""
    return {name: item for name, item in vars(dosing).items() if item not in (None, "")}


def confidence_counts(sources: Sequence[SourceRow]) -> dict[str, int]:
    """Rows that were read, recalled, assumed, or do not say; read ones with some recalled cells; fitted ones."""
    counts = {"read": 0, "recalled": 0, "assumed": 0, "unstated": 0, "read_with_recalled_fields": 0, "fitted": 0}
    for row in sources:
        kind = kind_of(row)
        counts[kind] += 1
        counts["fitted"] += is_fitted(row)
        if kind == "read" and row.recalled_fields:
            counts["read_with_recalled_fields"] += 1
    return counts


def solved_arm(instance: Instance, numbers: ArmNumbers) -> SolvedArm:
    """One arm with its numbers by name."""
    i, arm = instance, numbers.arm

    def by_epoch(array: Floats) -> dict[str, dict[str, float]]:
        return {g: _named(i.epochs, array[k]) for k, g in enumerate(arm.subgroups)}

    def by_epoch_and(ids: Sequence[str], array: Floats) -> dict[str, dict[str, dict[str, float]]]:
        return {g: {s: _named(ids, array[k, n]) for n, s in enumerate(i.epochs)} for k, g in enumerate(arm.subgroups)}

    return SolvedArm(
        arm=arm,
        coverage=by_epoch(numbers.coverage),
        mechanism_coverage=by_epoch_and(i.mechanisms, numbers.mechanism_coverage),
        prevalence=by_epoch_and(i.mechanisms, numbers.prevalence),
        risk=by_epoch_and(i.categories, numbers.risk),
        cumulative_risk={g: _named(i.categories, numbers.cumulative_risk[k]) for k, g in enumerate(arm.subgroups)},
        burden=by_epoch(numbers.burden),
        control_coverage={} if i.control is None else by_epoch(_of_control(i, arm)),
        size=None if numbers.size is None else _sizing(i, numbers.size),
        precedent={
            epoch: precedent_of(i, (dose.agent for dose in doses))
            for epoch, doses in arm.sequence.items()
            if doses and lists_precedent(i)
        },
        rests_on=tuple(replace(row, note="") for row in rests_on(i, arm)),
        sizing=size_basis(i, numbers),
        calendar=None if numbers.size is None or numbers.size.alpha is None else calendar(i, numbers),
    )


def _of_control(instance: Instance, arm: Arm) -> Floats:
    """Coverage (g, S) of the control regimen in the arm's subgroups."""
    return control_coverage(instance)[[instance.subgroups.index(g) for g in arm.subgroups]]


def _sizing(instance: Instance, size: ArmSize) -> ArmSizing:
    return ArmSizing(
        patients=size.patients,
        control_patients=size.control_patients,
        allocation={g: Allocation(int(n), int(size.control[g])) for g, n in size.experimental.items()},
        effect=Effect(size.p1, size.p0, size.hazard_ratio, size.sized_for),
        power=size.power,
        accrual_months=size.accrual_months,
        cost=size.cost,
        events=size.events,
        method=size.method,
        alpha=size.alpha,
        inflation=size.inflation,
        power_by_subgroup=dict(size.power_by_subgroup),
        components=tuple(component_of(instance, part) for part in size.components),
        unshown=size.unshown,
    )


def _given(instance: Instance, options: Sequence[int]) -> tuple[Dose, ...]:
    return tuple(Dose(instance.agents[instance.option_agent[o]], instance.option_level[o]) for o in options)


def _sequence(instance: Instance, options: Sequence[Sequence[int]]) -> dict[str, tuple[Dose, ...]]:
    return {s: _given(instance, given) for s, given in zip(instance.epochs, options, strict=True)}


def _named(ids: Sequence[str], numbers: Floats) -> dict[str, float]:
    return {key: float(number) for key, number in zip(ids, numbers, strict=True)}


def _below_one(limits: Mapping[str, float]) -> dict[str, float]:
    return {key: limit for key, limit in limits.items() if limit < 1.0}


def question_json(q: Question) -> Json:
    """A question as the field `trial` has it; its name, title and digest stand in the field `instance`."""
    return {
        "max_arms": q.max_arms,
        "epochs": {
            s: {"weight": weight, **({"cycles": q.cycles[s]} if s in q.cycles else {})}
            for s, weight in q.epochs.items()
        },
        "subgroups": {g: {"share": share, "reach": q.reach[g]} for g, share in q.shares.items()},
        "mechanisms": list(q.mechanisms),
        "categories": list(q.categories),
        **{name: getattr(q, name) for name in _SETTINGS},
        "control": None if q.control is None else doses_json(q.control),
        **({"own_control": {g: doses_json(own) for g, own in q.own_control.items()}} if q.own_control else {}),
        "confidence": q.confidence,
        "definitions": q.definitions,
        **{name: dict(getattr(q, name)) for name in _FOR_EXPORTS},
        "sources": [_source(s) for s in q.sources],
    }


def question_from(instance: Json, trial: Json) -> Question:
    """The question that the fields `instance` and `trial` of a record hold. Raises `KeyError` where one is missing."""
    return Question(
        name=instance["name"],
        title=instance["title"],
        sha256=instance["sha256"],
        max_arms=trial["max_arms"],
        epochs={s: epoch["weight"] for s, epoch in trial["epochs"].items()},
        shares={g: subgroup["share"] for g, subgroup in trial["subgroups"].items()},
        reach={g: subgroup["reach"] for g, subgroup in trial["subgroups"].items()},
        mechanisms=tuple(trial["mechanisms"]),
        categories=tuple(trial["categories"]),
        control=None if trial["control"] is None else doses_from(trial["control"]),
        own_control={g: doses_from(own) for g, own in trial.get("own_control", {}).items()},
        cycles={s: epoch["cycles"] for s, epoch in trial["epochs"].items() if "cycles" in epoch},
        confidence=trial["confidence"],
        definitions=trial.get("definitions", {}),
        sources=tuple(_source_from(row) for row in trial.get("sources", ())),
        **{name: trial[name] for name in _SETTINGS},
        **{name: trial.get(name, {}) for name in _FOR_EXPORTS},
    )


def arm_json(arm: SolvedArm, question: Question) -> Json:
    """An arm; what its numbers rest on as places in the question's sources, or as rows that it does not name."""
    sized: Json = dict.fromkeys(_SIZE)
    if arm.size is not None:
        allocation = {g: vars(cell) for g, cell in arm.size.allocation.items()}
        sized = vars(arm.size) | {"allocation": allocation, "effect": vars(arm.size.effect)}
        parts = {"components": [component_json(part) for part in arm.size.components]}
        sized = {k: v for k, v in (sized | parts).items() if k not in _FAMILY or v}
    place = {(s.table, s.key): index for index, s in enumerate(question.sources)}
    return {
        "arm": arm.name,
        "subgroups": list(arm.subgroups),
        "sequence": doses_json(arm.sequence),
        **sized,
        **({"sizing": dict(arm.sizing)} if arm.sizing else {}),
        **calendar_json(arm.calendar),
        **{name: getattr(arm, name) for name in _NUMBERS},
        "control_coverage": arm.control_coverage,
        "precedent": {epoch: vars(found) for epoch, found in arm.precedent.items()},
        "rests_on": [place.get((s.table, s.key), _source(s)) for s in arm.rests_on],
    }


def arm_from(data: Json, sources: Sequence[Json]) -> SolvedArm:
    """The arm that `arm_json` wrote. Raises `KeyError` where a field is missing."""
    size = None
    if data["patients"] is not None:
        given = {name: data[name] for name in _SIZE} | {name: data[name] for name in _SIZE_SINCE if name in data}
        given["allocation"] = {g: Allocation(**cell) for g, cell in data["allocation"].items()}
        family = {
            "components": tuple(component_from(part) for part in data.get("components", ())),
            "unshown": tuple(data.get("unshown", ())),
        }
        size = ArmSizing(**given | family | {"effect": Effect(**data["effect"])})
    return SolvedArm(
        arm=Arm(data["arm"], tuple(data["subgroups"]), doses_from(data["sequence"])),
        size=size,
        control_coverage=data.get("control_coverage", {}),
        precedent={epoch: _precedent_from(found) for epoch, found in data.get("precedent", {}).items()},
        rests_on=tuple(_source_from(sources[r] if isinstance(r, int) else r) for r in data.get("rests_on", ())),
        sizing=data.get("sizing") or {},
        calendar=calendar_from(data),
        **{name: data[name] for name in _NUMBERS},
    )


def doses_json(sequence: Mapping[str, tuple[Dose, ...]]) -> Json:
    """Doses of each epoch id, as every file of designs has them."""
    return {s: [{"agent": d.agent, "level": d.level} for d in doses] for s, doses in sequence.items()}


def doses_from(data: Json) -> dict[str, tuple[Dose, ...]]:
    """What `doses_json` wrote. Raises `KeyError` or `TypeError` for anything else."""
    return {s: tuple(Dose(d["agent"], d["level"]) for d in doses) for s, doses in data.items()}


def _source(row: SourceRow) -> Json:
    data = {"file": row.file, "row": row.row, "table": row.table, "columns": row.columns, "key": row.key}
    remarks = {"source": row.source, "confidence": row.confidence, "recalled_fields": row.recalled_fields}
    return data | {name: text for name, text in remarks.items() if text}


def _source_from(data: Json) -> SourceRow:
    return SourceRow(**{**data, "key": tuple(data["key"]), "columns": tuple(data.get("columns", ()))})


def _precedent_from(data: Json) -> Precedent:
    pairs = {
        "novel": tuple((one, other) for one, other in data["novel"]),
        "listed": tuple((one, other, record) for one, other, record in data.get("listed", ())),
    }
    ids = {name: tuple(data.get(name, ())) for name in ("given", "others", "settings")}
    return Precedent(**{**data, **pairs, **ids})
