"""`solution.json`: the record as text and back. Fields may be added, never renamed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from trialopt.core.design import Arm, Dose
from trialopt.core.instance import SourceRow
from trialopt.record.provenance import Precedent
from trialopt.record.solution import (
    ENDINGS,
    FORMAT,
    Allocation,
    ArmSizing,
    Effect,
    Question,
    Solution,
    SolutionFileError,
    SolvedArm,
)

Json = dict[str, Any]


def encode(solution: Solution) -> str:
    """Text of a record: indented, keys in a fixed order, numbers to the last digit."""
    q = solution.question
    data: Json = {
        "format": FORMAT,
        "instance": {"name": q.name, "title": q.title, "sha256": q.sha256},
        "ending": solution.ending,
        "value": solution.value,
        "bound": solution.bound,
        "gap": solution.gap,
        "seconds": solution.seconds,
        "arms": [_arm(arm) | _basis(arm, q) for arm in solution.arms],
    }
    if solution.ending == "infeasible" or solution.conflict:
        data["conflict"] = list(solution.conflict)
    data["warnings"] = list(solution.warnings)
    data["trial"] = _question(q)
    data["provenance"] = dict(solution.provenance)
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def decode(text: str, file: str) -> Solution:
    """The record in `text`; `file` is named in errors. Raises `SolutionFileError`."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise SolutionFileError(f"{file}, line {error.lineno}: not JSON ({error.msg})") from None
    if not isinstance(data, dict) or "ending" not in data:
        raise SolutionFileError(f"{file}: not a solution; `trialopt solve --out` writes one")
    if data.get("format") != FORMAT:
        raise SolutionFileError(f"{file}: format is {data.get('format')!r}, this version reads format {FORMAT}")
    if data["ending"] not in ENDINGS:
        raise SolutionFileError(f"{file}: ending is {data['ending']!r}, must be one of {', '.join(ENDINGS)}")
    try:
        return Solution(
            question=_question_from(data["instance"], data["trial"]),
            ending=data["ending"],
            value=data["value"],
            bound=data["bound"],
            gap=data["gap"],
            seconds=data["seconds"],
            arms=tuple(_arm_from(arm, data["trial"].get("sources", ())) for arm in data["arms"]),
            conflict=tuple(data.get("conflict", ())),
            warnings=tuple(data.get("warnings", ())),
            provenance=data["provenance"],
        )
    except KeyError as error:
        raise SolutionFileError(f"{file}: the field {error} is missing") from None
    except (TypeError, AttributeError, ValueError) as error:
        raise SolutionFileError(f"{file}: a field has the wrong shape ({error})") from None


def _doses(sequence: Mapping[str, tuple[Dose, ...]]) -> Json:
    return {s: [{"agent": d.agent, "level": d.level} for d in doses] for s, doses in sequence.items()}


def _doses_from(data: Json) -> dict[str, tuple[Dose, ...]]:
    return {s: tuple(Dose(d["agent"], d["level"]) for d in doses) for s, doses in data.items()}


def _arm(arm: SolvedArm) -> Json:
    size = arm.size
    sized: Json = dict.fromkeys(
        ("patients", "control_patients", "allocation", "effect", "power", "accrual_months", "cost")
    )
    if size is not None:
        sized = {
            "patients": size.patients,
            "control_patients": size.control_patients,
            "allocation": {g: vars(cell) for g, cell in size.allocation.items()},
            "effect": vars(size.effect),
            "power": size.power,
            "accrual_months": size.accrual_months,
            "cost": size.cost,
            "events": size.events,
            "method": size.method,
            "alpha": size.alpha,
            "inflation": size.inflation,
            "power_by_subgroup": size.power_by_subgroup,
        }
    return {
        "arm": arm.name,
        "subgroups": list(arm.subgroups),
        "sequence": _doses(arm.sequence),
        **sized,
        "coverage": arm.coverage,
        "mechanism_coverage": arm.mechanism_coverage,
        "prevalence": arm.prevalence,
        "risk": arm.risk,
        "cumulative_risk": arm.cumulative_risk,
        "burden": arm.burden,
    }


def _basis(arm: SolvedArm, question: Question) -> Json:
    """Precedent of an arm, and what its numbers rest on: places in the question's sources, or rows that name none."""
    place = {(s.table, s.key): index for index, s in enumerate(question.sources)}
    return {
        "precedent": {
            epoch: {
                "given": found.given,
                "trial": found.trial,
                "source": found.source,
                "others": found.others,
                "novel": found.novel,
            }
            for epoch, found in arm.precedent.items()
        },
        "rests_on": [place.get((s.table, s.key), _source(s)) for s in arm.rests_on],
    }


def _source(row: SourceRow) -> Json:
    data = {"file": row.file, "row": row.row, "table": row.table, "columns": row.columns, "key": row.key}
    remarks = {"source": row.source, "confidence": row.confidence, "recalled_fields": row.recalled_fields}
    return data | {name: text for name, text in remarks.items() if text}


def _source_from(data: Json) -> SourceRow:
    return SourceRow(**{**data, "key": tuple(data["key"]), "columns": tuple(data.get("columns", ()))})


def _precedent_from(data: Json) -> Precedent:
    return Precedent(
        given=tuple(data["given"]),
        trial=data["trial"],
        source=data["source"],
        others=tuple(data["others"]),
        novel=tuple((one, other) for one, other in data["novel"]),
    )


def _arm_from(data: Json, sources: Sequence[Json]) -> SolvedArm:
    size = None
    if data["patients"] is not None:
        size = ArmSizing(
            patients=data["patients"],
            control_patients=data["control_patients"],
            allocation={g: Allocation(**cell) for g, cell in data["allocation"].items()},
            effect=Effect(**data["effect"]),
            power=data["power"],
            accrual_months=data["accrual_months"],
            cost=data["cost"],
            events=data.get("events"),
            method=data.get("method", ""),
            alpha=data.get("alpha"),
            inflation=data.get("inflation", 1.0),
            power_by_subgroup=data.get("power_by_subgroup", {}),
        )
    return SolvedArm(
        arm=Arm(data["arm"], tuple(data["subgroups"]), _doses_from(data["sequence"])),
        coverage=data["coverage"],
        mechanism_coverage=data["mechanism_coverage"],
        prevalence=data["prevalence"],
        risk=data["risk"],
        cumulative_risk=data["cumulative_risk"],
        burden=data["burden"],
        size=size,
        precedent={epoch: _precedent_from(found) for epoch, found in data.get("precedent", {}).items()},
        rests_on=tuple(_source_from(sources[r] if isinstance(r, int) else r) for r in data.get("rests_on", ())),
    )


def _question(q: Question) -> Json:
    return {
        "max_arms": q.max_arms,
        "epochs": {
            s: {"weight": weight, **({"cycles": q.cycles[s]} if s in q.cycles else {})}
            for s, weight in q.epochs.items()
        },
        "subgroups": {g: {"share": share, "reach": q.reach[g]} for g, share in q.shares.items()},
        "mechanisms": list(q.mechanisms),
        "categories": list(q.categories),
        "labels": q.labels,
        "limits": q.limits,
        "cumulative_limits": q.cumulative_limits,
        "toxicity_weight": q.toxicity_weight,
        "sized": q.sized,
        "endpoint": q.endpoint,
        "trial_limits": q.trial_limits,
        "control": None if q.control is None else _doses(q.control),
        "confidence": q.confidence,
        "definitions": q.definitions,
        "sources": [_source(s) for s in q.sources],
    }


def _question_from(instance: Json, trial: Json) -> Question:
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
        labels=trial["labels"],
        limits=trial["limits"],
        cumulative_limits=trial["cumulative_limits"],
        toxicity_weight=trial["toxicity_weight"],
        sized=trial["sized"],
        endpoint=trial["endpoint"],
        trial_limits=trial["trial_limits"],
        control=None if trial["control"] is None else _doses_from(trial["control"]),
        cycles={s: epoch["cycles"] for s, epoch in trial["epochs"].items() if "cycles" in epoch},
        confidence=trial["confidence"],
        definitions=trial.get("definitions", {}),
        sources=tuple(_source_from(row) for row in trial.get("sources", ())),
    )
