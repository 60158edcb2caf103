"""From what a method handed back to the run's record: exact numbers, an honest bound, a computed ending."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from trialopt import __version__
from trialopt.core.design import Dose
from trialopt.core.instance import Floats, Instance, SourceRow
from trialopt.core.run import PROVEN_TO, Monitor, Outcome, relative_gap
from trialopt.evaluation.result import ArmNumbers, ArmSize, Evaluation
from trialopt.record.provenance import is_fitted, kind_of, lists_precedent, precedent_of, rests_on
from trialopt.record.solution import Allocation, ArmSizing, DesignNumbers, Effect, Question, Solution, SolvedArm

SOLVER_TOLERANCE = 1e-6
"""Bounds are proven up to this; a smaller gap asked for counts as this one."""

BROKEN_BOUND = 1e-5
"""A bound further below an exact value than this is no rounding of the solver: the run is refused."""


def record(
    instance: Instance,
    outcome: Outcome,
    evaluation: Evaluation | None,
    monitor: Monitor,
    *,
    conflict: Sequence[str],
    options: Mapping[str, object],
) -> Solution:
    """Make the record of one run; see `Solution.from_run`."""
    limits = monitor.limits
    asked = max(limits.gap, SOLVER_TOLERANCE)
    value, bound, gap = _certificate(outcome, evaluation, monitor.limits.gap)
    return Solution(
        question=question(instance),
        ending=_ending(outcome, gap, asked),
        value=value,
        bound=bound,
        gap=gap,
        seconds=monitor.seconds,
        arms=tuple(_arm(instance, numbers) for numbers in evaluation.arms) if evaluation else (),
        conflict=tuple(conflict),
        warnings=tuple(dict.fromkeys((*instance.warnings, *(evaluation.warnings if evaluation else ())))),
        provenance={
            "trialopt": __version__,
            "pyomo": _version("pyomo"),
            "highs": _version("highspy"),
            "options": {
                "gap": asked,
                "time_limit": limits.time,
                "node_limit": limits.nodes,
                "profile": limits.profile,
                **options,
            },
            "method": outcome.method,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "timings": {key: float(seconds) for key, seconds in outcome.timings.items()},
            "details": {key: _plain(item) for key, item in outcome.details.items()},
        },
    )


def numbers_of(instance: Instance, evaluation: Evaluation) -> DesignNumbers:
    """Put the numbers of any evaluated design into the form that tables are made from."""
    return DesignNumbers(question(instance), tuple(_arm(instance, numbers) for numbers in evaluation.arms))


def _certificate(
    outcome: Outcome, evaluation: Evaluation | None, asked: float
) -> tuple[float | None, float | None, float | None]:
    """Value, bound and gap as they may be printed, or `RuntimeError`."""
    if (evaluation is None) != (outcome.design is None):
        raise RuntimeError("a design and its evaluation belong together")
    if evaluation is None:
        return None, outcome.bound if math.isfinite(outcome.bound) else None, None
    if evaluation.violations:
        broken = "; ".join(violation.sentence for violation in evaluation.violations)
        raise RuntimeError(f"the design found breaks its own instance's rules: {broken}")
    value = float(evaluation.value)
    if outcome.bound < value - BROKEN_BOUND * max(1.0, abs(value)):
        raise RuntimeError(f"the bound {outcome.bound!r} is below the value {value!r} of a design that exists")
    bound = max(float(outcome.bound), value)
    if not math.isfinite(bound):
        return value, None, None
    if relative_gap(value, bound) > asked and bound - value <= PROVEN_TO:
        bound = value
    return value, bound, relative_gap(value, bound)


def _ending(outcome: Outcome, gap: float | None, asked: float) -> str:
    if outcome.design is None and outcome.bound == -math.inf:
        return "infeasible"
    if gap is not None and gap <= asked:
        return "optimal"
    if outcome.stopped != "finished":
        return outcome.stopped
    if outcome.design is None:
        raise RuntimeError("the search ended by itself with neither a design nor a proof that there is none")
    raise RuntimeError(f"the search ended by itself at a gap of {gap}, though {asked} was asked for")


def question(instance: Instance) -> Question:
    """What of the instance the record's tables show."""
    i, trial = instance, instance.trial
    given = {
        name: float(limit)
        for name in ("max_patients", "max_accrual_months", "budget")
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
        control=None if i.control is None else {s: _doses(i, i.control[n]) for n, s in enumerate(i.epochs)},
        cycles=_named(i.epochs, i.cycles),
        confidence=confidence_counts(i.sources),
        definitions=dict(i.definitions),
        sources=tuple(replace(row, note="") for row in i.sources if row.source or row.confidence),
    )


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


def _arm(instance: Instance, numbers: ArmNumbers) -> SolvedArm:
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
        size=None if numbers.size is None else _sizing(numbers.size),
        precedent={
            epoch: precedent_of(i, (dose.agent for dose in doses))
            for epoch, doses in arm.sequence.items()
            if doses and lists_precedent(i)
        },
        rests_on=tuple(replace(row, note="") for row in rests_on(i, arm)),
    )


def _sizing(size: ArmSize) -> ArmSizing:
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
    )


def _doses(instance: Instance, options: Sequence[int]) -> tuple[Dose, ...]:
    return tuple(Dose(instance.agents[instance.option_agent[o]], instance.option_level[o]) for o in options)


def _named(ids: Sequence[str], numbers: Floats) -> dict[str, float]:
    return {key: float(number) for key, number in zip(ids, numbers, strict=True)}


def _below_one(limits: Mapping[str, float]) -> dict[str, float]:
    return {key: limit for key, limit in limits.items() if limit < 1.0}


def _plain(item: object) -> Any:
    """A detail as JSON can hold it; what it cannot becomes text."""
    if isinstance(item, Mapping):
        return {str(key): _plain(value) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [_plain(value) for value in item]
    if item is None or isinstance(item, bool | int | str):
        return item
    if hasattr(item, "item"):
        item = item.item()
    if isinstance(item, float | int):
        return item if math.isfinite(item) else str(item)
    return str(item)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
