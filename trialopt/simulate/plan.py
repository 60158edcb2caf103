"""A run made ready to be played: from `solution.json` and the question beside it to families of patients.

What the record's `sizing` says is taken from there (test, level, looks, follow-up, dropout, accrual); the rates and
hazards of each subgroup, which the record has only where the analysis is stratified, from the question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np

from trialopt.core import WrongInput
from trialopt.core.inputs import draw
from trialopt.core.instance import Floats, Instance
from trialopt.core.uncertainty import Uncertainty
from trialopt.evaluation import control_coverage
from trialopt.evaluation.comparison import control_hazards_removed, hazards_removed, response_rates
from trialopt.evaluation.effects import benefit, response
from trialopt.evaluation.intake import intake_of
from trialopt.evaluation.numbers import agents_given, resolved_numbers
from trialopt.evaluation.patients import accrual_parts, cost_per_patient
from trialopt.evaluation.resolve import ResolvedArm, Sequence, resolve_arm
from trialopt.evaluation.truths import drawn_arm
from trialopt.reading import Document
from trialopt.reading.uncertain_cells import all_inputs
from trialopt.record.solution import DesignNumbers, Solution, SolvedArm
from trialopt.simulate.components import Part, comparison, enlarged_events, parts_of
from trialopt.simulate.trial import Comparison, Family, Group, Trial, Truth

DRAWS = 1000
"""Truths drawn for the predictive scenario; trials go through them in turn."""


def trial_of(solution: DesignNumbers, instance: Instance, document: Document | None, *, seed: int = 1) -> Trial:
    """The trial that a run designed.

    Without a `document` there are no predictive draws. Raises `WrongInput` for a run without sizes.
    """
    q = solution.question
    if not solution.arms:
        ended = f" (it ended {solution.ending})" if isinstance(solution, Solution) else ""
        raise WrongInput(f"{q.name}: the run has no design to simulate{ended}")
    missing = [arm.name for arm in solution.arms if arm.size is None or not arm.sizing]
    if missing:
        reason = "the trial has no power: give trial.power and solve it again" if not q.sized else "solve it again"
        raise WrongInput(f"{q.name}: {', '.join(missing)} has no patients and no `sizing` to simulate; {reason}")
    drawn = None if document is None else _drawn(instance, document, seed)
    return Trial(
        name=q.name,
        title=q.title,
        sha256=q.sha256,
        endpoint=q.endpoint,
        families=tuple(_family(arm, instance, drawn) for arm in solution.arms),
        categories=instance.categories,
        labels=q.labels,
        alpha=instance.trial.alpha,
    )


def _drawn(instance: Instance, document: Document, seed: int) -> Instance:
    asked = instance.uncertainty or Uncertainty(seed=seed)
    made = replace(instance, uncertainty=asked)
    return replace(made, truths=draw(made, all_inputs(document, instance, asked), np.arange(DRAWS)))


def _family(arm: SolvedArm, i: Instance, drawn: Instance | None) -> Family:
    size, basis, parts = arm.size, arm.sizing, parts_of(arm, i)
    assert size is not None
    resolved = resolve_arm(i, arm.arm)
    experimental, controls = (
        tuple(getattr(size.allocation[g], side) for g in arm.subgroups) for side in ("experimental", "control")
    )
    arms = [resolved, *(part.resolved for part in parts if part.resolved is not None)]
    groups = [
        *(_group(i, one, experimental) for one in arms),
        Group("control", controls, tuple(cost_per_patient(i, i.control_of(g)) for g in resolved.groups)),
    ]
    pfs = basis["endpoint"] == "pfs"
    fractions, events, efficacy, futility = _looks(arm, basis, enlarged_events(arm, i))
    known = [] if arm.calendar is None else [arm.calendar.study_months]
    last, test = len(groups) - 1, named_test(basis)
    compared = [Comparison(f"{arm.name} against control", 0, last, basis["alpha"], efficacy, futility, size.power)]
    adds: dict[str, int] = {}
    for part in parts:
        agent = part.sizing.without
        adds[agent] = last if part.resolved is None else [group.name for group in groups].index(part.sizing.arm)
        name = f"{arm.name} against {part.sizing.arm or f'control, less {agent}'}"
        own_test = named_test({**basis, "method": part.basis["null_variance"]})
        compared.append(comparison(arm, part, i, adds[agent], name, own_test))
    return Family(
        name=arm.name,
        strata=arm.subgroups,
        groups=tuple(groups),
        comparisons=tuple(compared),
        truths=_survival(arm, arms, parts, i, drawn) if pfs else _rates(arms, parts, i, drawn),
        test=test,
        weights=tuple(accrual_parts(i, resolved.groups).tolist()),
        fractions=fractions,
        events=events if pfs else (),
        per_month=basis["accrual_per_month"],
        inflows=() if (intake := intake_of(i, resolved.groups)) is None else intake.inflows,
        study_months=known[0] if known else None,
        dropout=basis["dropout_per_month"] if pfs else 0.0,
        not_evaluable=basis["not_evaluable"],
        reach=() if pfs else tuple(i.reach[list(resolved.groups), i.trial.endpoint_epoch].tolist()),
        adds=adds,
    )


def _group(i: Instance, one: ResolvedArm, patients: tuple[int, ...]) -> Group:
    return Group(one.arm.name, patients, tuple(cost_per_patient(i, one.sequence) for _ in patients))


def named_test(basis: Mapping[str, Any]) -> str:
    """The test that the record's `sizing` names."""
    if basis["endpoint"] == "pfs":
        return "stratified_logrank"
    if basis["analysis"] == "exact":
        return "boschloo"
    kind = "mantel_haenszel" if basis["analysis"] == "stratified" else "z_unpooled"
    if basis["method"] == "pooled":
        return "mantel_haenszel_pooled" if basis["analysis"] == "stratified" else "z_pooled"
    return kind


Bounds = tuple[float, ...]


def _looks(
    arm: SolvedArm, basis: Mapping[str, Any], enlarged: float | None
) -> tuple[Bounds, tuple[int, ...], Bounds, Bounds | None]:
    """Fractions, events (`enlarged`: those in the end), bounds for efficacy and for futility, an analysis each."""
    assert arm.size is not None
    found = () if arm.calendar is None else arm.calendar.analyses
    total = (arm.size.events or 0.0) if enlarged is None else enlarged
    if not found:
        return (1.0,), (int(np.ceil(total - 1e-9)),), (-NormalDist().inv_cdf(basis["alpha"]),), None
    low = [look.futility_z for look in found]
    futility = None if all(z is None for z in low) else tuple(-np.inf if z is None else z for z in low)
    efficacy = tuple(look.z for look in found)
    events = tuple(int(np.ceil(look.fraction * total - 1e-9)) for look in found)
    return tuple(look.fraction for look in found), events, efficacy, futility


# -- Rates and hazards that may be true, (n, groups, strata): the arm, its component arms, the control. ------------


def _rates(arms: list[ResolvedArm], parts: tuple[Part, ...], i: Instance, drawn: Instance | None) -> dict[str, Truth]:
    control = None if i.control is None else control_coverage(i)
    found = [response(i, one, resolved_numbers(i, one), control) for one in arms]
    p0, risk = found[0].p0, _risk(i, arms)
    sized = found[0].sized_p1
    less = [np.clip(sized - part.difference, 0.0, 1.0) for part in parts if part.resolved is not None]
    truths = {
        "none": Truth(np.stack([p0] * (len(arms) + 1))[None], risk),
        "sized": Truth(np.stack([sized, *less, p0])[None], risk),
        "predicted": Truth(np.stack([*(one.p1 for one in found), p0])[None], risk),
    }
    if drawn is not None:
        rates = [response_rates(drawn, one) for one in arms]
        outcome = np.stack([*(p1 for _, p1 in rates), rates[0][0]], axis=1)
        truths["draws"] = Truth(outcome, _drawn_risk(drawn, arms))
    return truths


def _survival(
    arm: SolvedArm, arms: list[ResolvedArm], parts: tuple[Part, ...], i: Instance, drawn: Instance | None
) -> dict[str, Truth]:
    groups = np.array(arms[0].groups, dtype=np.int64)
    base = np.log(2) / i.control_medians[groups]
    gains = [benefit(i, one.sequence, groups) for one in arms]
    for k, g in enumerate(arms[0].groups):
        if (control := i.control_of(g)) is not None:
            for gain in gains:
                gain[k] -= benefit(i, control, groups[k : k + 1])[0]
    risk, sized = _risk(i, arms), np.full(len(groups), arm.sizing["sized_for"])
    less = [sized / part.basis["sized_for"] for part in parts if part.resolved is not None]
    truths = {
        "none": Truth(np.stack([base] * (len(arms) + 1))[None], risk),
        "sized": Truth(np.stack([*(ratio * base for ratio in (sized, *less)), base])[None], risk),
        "predicted": Truth(np.stack([*(np.exp(-gain) * base for gain in gains), base])[None], risk),
    }
    if drawn is not None and drawn.truths is not None:
        lower = np.log(2) / drawn.truths.control_median[:, groups]
        beside = 0.0 if drawn.control is None else control_hazards_removed(drawn, groups)
        removed = [hazards_removed(drawn, agents_given(drawn, one.sequence), groups) - beside for one in arms]
        outcome = np.stack([*(np.exp(-gain) * lower for gain in removed), lower], axis=1)
        truths["draws"] = Truth(outcome, _drawn_risk(drawn, arms))
    return truths


def _risk(i: Instance, arms: list[ResolvedArm]) -> Floats:
    """(1, groups, strata, E) chance of a severe event over the whole treatment."""
    controls = [resolved_numbers(i, one).cumulative_risk for one in _controls(i, arms[0])]
    return np.stack([*(resolved_numbers(i, one).cumulative_risk for one in arms), np.concatenate(controls)])[None]


def _drawn_risk(drawn: Instance, arms: list[ResolvedArm]) -> Floats:
    """(N, groups, strata, E) the same in each truth."""
    controls = [drawn_arm(drawn, one).cumulative_risk for one in _controls(drawn, arms[0])]
    sides = [*(drawn_arm(drawn, one).cumulative_risk for one in arms), np.concatenate(controls, axis=1)]
    return np.clip(np.stack(sides, axis=1), 0.0, 1.0)


def _controls(i: Instance, resolved: ResolvedArm) -> Iterator[ResolvedArm]:
    """The control of each subgroup of an arm, as an arm of that subgroup alone."""
    nothing: Sequence = tuple(() for _ in i.epochs)
    for g in resolved.groups:
        yield replace(resolved, groups=(g,), sequence=i.control_of(g) or nothing)
