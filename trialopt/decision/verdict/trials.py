"""Trials of virtual patients: does the recommendation beat its rivals, and are sized arms won as often as claimed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from trialopt.core.instance import Bools, Floats, Instance
from trialopt.evaluation.calendar import calendar
from trialopt.evaluation.intake import intake_of
from trialopt.evaluation.result import ArmNumbers, ArmSize
from trialopt.replay.course import Played
from trialopt.replay.given import Options, given
from trialopt.replay.looks import Plan, ended
from trialopt.replay.patients import stream
from trialopt.replay.stage import MONTHS_24, OUTCOMES, Stage, sequences
from trialopt.replay.trial import Stratum, entered

SIDE = 150
"""Patients of a side in a contest of two designs."""

LATEST = 2.0
"""Times the planned study that a trial waits for its events, as in `trialopt simulate`; an assumption."""

Side = Mapping[str, list[float]]
"""Outcome -> its share in each of T trials."""


def contests(own: Side, rivals: Mapping[str, Side]) -> Iterator[dict[str, Any]]:
    """Chance that a design does better than each rival in a trial of two sides."""
    for name, other in rivals.items():
        for outcome in OUTCOMES:
            sign = -1.0 if outcome == "severe" else 1.0
            gain = sign * (np.array(own[outcome]) - np.array(other[outcome]))
            chance = float((gain > 0).mean() + 0.5 * (gain == 0).mean())
            error = float(np.sqrt(max(chance * (1 - chance), 1e-9) / len(gain)))
            yield {
                "rival": name,
                "outcome": outcome,
                "difference": float(gain.mean()),
                "probability": chance,
                "error": error,
            }


def controls(instance: Instance) -> dict[str, Options]:
    """Options of the control regimen by subgroup, where there is one."""
    found = {name: instance.control_of(g) for g, name in enumerate(instance.subgroups)}
    return {name: options for name, options in found.items() if options is not None}


def side(stage: Stage, of: Mapping[str, Options], trials: int, block: int) -> dict[str, list[float]]:
    """(T,) outcomes of one side, subgroups by their shares."""
    instance = stage.instance
    total = {name: np.zeros(trials) for name in OUTCOMES}
    for g, subgroup in enumerate(instance.subgroups):
        n = max(1, round(SIDE * float(instance.share[g])))
        played = stage.play(stage.fresh(g, n * trials, block), of[subgroup])
        weight = float(instance.share[g])
        for name, values in _outcomes(played).items():
            total[name] += weight * values.reshape(trials, n).mean(axis=1)
    return {name: values.tolist() for name, values in total.items()}


def _outcomes(played: Played) -> dict[str, Bools]:
    return {
        "response": np.isfinite(played.response),
        "mrd": np.isfinite(played.negative),
        "pfs_24": np.asarray(played.ended >= MONTHS_24, dtype=bool),
        "severe": np.asarray(played.severe.any(axis=(1, 2)), dtype=bool),
    }


def playable(instance: Instance, arm: ArmNumbers) -> bool:
    """Whether an arm can be played against its control: it has a size, and each subgroup a control regimen."""
    return arm.size is not None and set(arm.arm.subgroups) <= set(controls(instance))


def arm_trial(stage: Stage, arm: ArmNumbers, trials: int) -> dict[str, Any]:
    """An arm of a sized trial against its control, played as planned: accrual, dropout, looks and the test."""
    instance, size = stage.instance, arm.size
    trial = instance.trial
    assert size is not None
    plan, latest = _plan(instance, arm, size)
    own = stage.bare(months=max(latest, 25.0))
    both = ((size.experimental, sequences(instance, [arm.arm])), (size.control, controls(instance)))
    first, second = (
        [_stratum(own, g, counts[g], options[g], size, trials, block) for g in arm.arm.subgroups]
        for block, (counts, options) in enumerate(both, 10)
    )
    found = ended(first, second, plan)
    won = float(found.won.mean())
    last = len(plan.fractions) - 1
    return {
        "arm": arm.arm.name,
        "patients": sum(size.experimental.values()),
        "control_patients": size.control_patients,
        "endpoint": trial.endpoint,
        "claimed": size.power,
        "played": won,
        "error": float(np.sqrt(max(won * (1 - won), 1e-12) / trials)),
        "trials": trials,
        "analyses": last + 1,
        "early": float((found.look < last).mean()),
        "months": None if size.accrual_months is None else float(found.months.mean()),
    }


def _plan(instance: Instance, arm: ArmNumbers, size: ArmSize) -> tuple[Plan, float]:
    """The looks of an arm, and the months that its patients have to be followed for."""
    trial, looks = instance.trial, calendar(instance, arm).analyses
    pfs = trial.endpoint == "pfs"
    low = [look.futility_z for look in looks]
    latest = LATEST * ((size.accrual_months or 0.0) + trial.follow_up_months) if pfs else np.inf
    found = Plan(
        fractions=tuple(look.fraction for look in looks),
        efficacy=tuple(look.z for look in looks),
        futility=None if all(z is None for z in low) else tuple(-np.inf if z is None else z for z in low),
        events=tuple(look.events or 0 for look in looks) if pfs else (),
        latest=latest,
        pooled=size.method in ("pooled", "boschloo"),
        together=not pfs and trial.analysis != "stratified",
    )
    return found, latest if pfs else 0.0


def _stratum(stage: Stage, subgroup: str, n: int, options: Options, size: ArmSize, trials: int, block: int) -> Stratum:
    """One side in one subgroup, over all trials."""
    instance, trial = stage.instance, stage.instance.trial
    g = instance.subgroups.index(subgroup)
    course = given(instance, g, options, stage.constants)
    by = course.epochs[trial.endpoint_epoch].end + 0.1
    if trial.compares_rates and by > stage.months:
        stage = stage.bare(months=by)
    played = stage.play(stage.fresh(g, max(n, 1) * trials, block), options)
    seen = played.negative if trial.endpoint == "mrd" else played.response
    accrual, entering = size.accrual_months or 1.0, None
    if (intake := intake_of(instance, [instance.subgroups.index(h) for h in size.experimental])) is not None:
        inflow, full = intake.inflows[list(size.experimental).index(subgroup)], intake.at_full_rate(accrual)

        def entering(share: Floats) -> Floats:
            return inflow.months_of(share * full)

    key, rows = (stage.seed, subgroup, block), (trials, max(n, 1))
    times, event, entry = entered(
        played.ended.astype(float), played.how > 0, accrual, trial.dropout_per_month, key, entering
    )
    known: Floats = stream(*key, "evaluable").random(rows)
    return Stratum(
        response=(seen <= by).reshape(rows)[:, :n],
        ended=times.reshape(rows)[:, :n],
        event=event.reshape(rows)[:, :n],
        entry=entry.reshape(rows)[:, :n],
        there=(known >= trial.not_evaluable)[:, :n] if trial.compares_rates and trial.not_evaluable > 0 else None,
    )
