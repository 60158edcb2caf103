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
from trialopt.evaluation.numbers import agents_given, resolved_numbers
from trialopt.evaluation.patients import accrual_parts, cost_per_patient
from trialopt.evaluation.resolve import ResolvedArm, Sequence, resolve_arm
from trialopt.evaluation.truths import drawn_arm
from trialopt.reading import Document
from trialopt.reading.uncertain_cells import all_inputs
from trialopt.record.solution import DesignNumbers, Solution, SolvedArm
from trialopt.simulate.trial import Comparison, Family, Group, Trial, Truth

DRAWS = 1000
"""Truths drawn for the predictive scenario; trials go through them in turn."""


def trial_of(solution: DesignNumbers, instance: Instance, document: Document | None, *, seed: int = 1) -> Trial:
    """The trial that a run designed.

    Without a `document` there are no predictive draws. Raises `WrongInput` for a run without sizes, and for
    arms with component arms.
    """
    q = solution.question
    if not solution.arms:
        ended = f" (it ended {solution.ending})" if isinstance(solution, Solution) else ""
        raise WrongInput(f"{q.name}: the run has no design to simulate{ended}")
    missing = [arm.name for arm in solution.arms if arm.size is None or not arm.sizing]
    if missing:
        reason = "the trial has no power: give trial.power and solve it again" if not q.sized else "solve it again"
        raise WrongInput(f"{q.name}: {', '.join(missing)} has no patients and no `sizing` to simulate; {reason}")
    novel = [arm.name for arm in solution.arms if arm.size is not None and arm.size.components]
    if novel:
        raise WrongInput(
            f"{q.name}: {', '.join(novel)} has component arms (trial.contribution), which cannot be played yet; write "
            "the combination and its parts as a trial by hand (docs/simulate.md)"
        )
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
    size, basis = arm.size, arm.sizing
    assert size is not None
    resolved = resolve_arm(i, arm.arm)
    experimental, controls = (
        tuple(getattr(size.allocation[g], side) for g in arm.subgroups) for side in ("experimental", "control")
    )
    own_cost = cost_per_patient(i, resolved.sequence)
    groups = (
        Group(arm.name, experimental, tuple(own_cost for _ in arm.subgroups)),
        Group("control", controls, tuple(cost_per_patient(i, i.control_of(g)) for g in resolved.groups)),
    )
    pfs = basis["endpoint"] == "pfs"
    fractions, events, efficacy, futility = _looks(arm, basis)
    known = [] if arm.calendar is None else [arm.calendar.study_months]
    return Family(
        name=arm.name,
        strata=arm.subgroups,
        groups=groups,
        comparisons=(Comparison(f"{arm.name} against control", 0, 1, basis["alpha"], efficacy, futility, size.power),),
        truths=_survival(arm, resolved, i, drawn) if pfs else _rates(resolved, i, drawn),
        test=named_test(basis),
        weights=tuple(accrual_parts(i, resolved.groups).tolist()),
        fractions=fractions,
        events=events if pfs else (),
        per_month=basis["accrual_per_month"],
        study_months=known[0] if known else None,
        dropout=basis["dropout_per_month"] if pfs else 0.0,
        not_evaluable=basis["not_evaluable"],
        reach=() if pfs else tuple(i.reach[list(resolved.groups), i.trial.endpoint_epoch].tolist()),
    )


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


def _looks(arm: SolvedArm, basis: Mapping[str, Any]) -> tuple[Bounds, tuple[int, ...], Bounds, Bounds | None]:
    """Fractions, events, bounds for efficacy and for futility, an analysis each."""
    assert arm.size is not None
    found = () if arm.calendar is None else arm.calendar.analyses
    if not found:
        events = int(np.ceil((arm.size.events or 0.0) - 1e-9))
        return (1.0,), (events,), (-NormalDist().inv_cdf(basis["alpha"]),), None
    low = [look.futility_z for look in found]
    futility = None if all(z is None for z in low) else tuple(-np.inf if z is None else z for z in low)
    efficacy = tuple(look.z for look in found)
    return tuple(look.fraction for look in found), tuple(look.events or 0 for look in found), efficacy, futility


# -- Rates and hazards that may be true, (n, experimental and control, strata). -----------------------------------


def _rates(resolved: ResolvedArm, i: Instance, drawn: Instance | None) -> dict[str, Truth]:
    control = None if i.control is None else control_coverage(i)
    found = response(i, resolved, resolved_numbers(i, resolved), control)
    risk = _risk(i, resolved)
    truths = {
        "none": Truth(np.stack([found.p0, found.p0])[None], risk),
        "sized": Truth(np.stack([found.sized_p1, found.p0])[None], risk),
        "predicted": Truth(np.stack([found.p1, found.p0])[None], risk),
    }
    if drawn is not None:
        p0, p1 = response_rates(drawn, resolved)
        truths["draws"] = Truth(np.stack([p1, p0], axis=1), _drawn_risk(drawn, resolved))
    return truths


def _survival(arm: SolvedArm, resolved: ResolvedArm, i: Instance, drawn: Instance | None) -> dict[str, Truth]:
    groups = np.array(resolved.groups, dtype=np.int64)
    base = np.log(2) / i.control_medians[groups]
    gain = benefit(i, resolved.sequence, groups)
    for k, g in enumerate(resolved.groups):
        if (control := i.control_of(g)) is not None:
            gain[k] -= benefit(i, control, groups[k : k + 1])[0]
    risk = _risk(i, resolved)
    sized = np.full(len(groups), arm.sizing["sized_for"])
    truths = {
        "none": Truth(np.stack([base, base])[None], risk),
        "sized": Truth(np.stack([sized * base, base])[None], risk),
        "predicted": Truth(np.stack([np.exp(-gain) * base, base])[None], risk),
    }
    if drawn is not None and drawn.truths is not None:
        lower = np.log(2) / drawn.truths.control_median[:, groups]
        removed = hazards_removed(drawn, agents_given(drawn, resolved.sequence), groups)
        if drawn.control is not None:
            removed = removed - control_hazards_removed(drawn, groups)
        truths["draws"] = Truth(np.stack([np.exp(-removed) * lower, lower], axis=1), _drawn_risk(drawn, resolved))
    return truths


def _risk(i: Instance, resolved: ResolvedArm) -> Floats:
    """(1, 2, strata, E) chance of a severe event over the whole treatment."""
    controls = [resolved_numbers(i, one).cumulative_risk for one in _controls(i, resolved)]
    return np.stack([resolved_numbers(i, resolved).cumulative_risk, np.concatenate(controls)])[None]


def _drawn_risk(drawn: Instance, resolved: ResolvedArm) -> Floats:
    """(N, 2, strata, E) the same in each truth."""
    controls = [drawn_arm(drawn, one).cumulative_risk for one in _controls(drawn, resolved)]
    sides = [drawn_arm(drawn, resolved).cumulative_risk, np.concatenate(controls, axis=1)]
    return np.clip(np.stack(sides, axis=1), 0.0, 1.0)


def _controls(i: Instance, resolved: ResolvedArm) -> Iterator[ResolvedArm]:
    """The control of each subgroup of an arm, as an arm of that subgroup alone."""
    nothing: Sequence = tuple(() for _ in i.epochs)
    for g in resolved.groups:
        yield replace(resolved, groups=(g,), sequence=i.control_of(g) or nothing)
