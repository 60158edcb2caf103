"""Trials of virtual patients: does the recommendation beat its rivals, and are sized arms won as often as claimed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from trialopt.core.design import Design
from trialopt.core.instance import Bools, Floats, Instance
from trialopt.evaluation import evaluate
from trialopt.evaluation.intake import intake_of
from trialopt.evaluation.result import ArmSize
from trialopt.replay.course import Played
from trialopt.replay.given import Options, given
from trialopt.replay.stage import MONTHS_24, OUTCOMES, Stage, sequences
from trialopt.replay.trial import Stratum, share_significant, watched, z_of_logrank, z_of_rates

SIDE = 150
"""Patients of a side in a contest of two designs."""


def contests(
    instance: Instance, design: Design, stage: Stage, rivals: Mapping[str, Design | None], trials: int
) -> Iterator[dict[str, Any]]:
    """Chance that a design does better than each rival in a trial of two sides; `None` is the control regimen."""
    own = _side(instance, stage, sequences(instance, design.arms), trials, 1)
    for block, (name, rival) in enumerate(rivals.items(), start=2):
        found = _control(instance) if rival is None and name == "standard of care" else {}
        found = sequences(instance, rival.arms) if rival is not None else found
        if len(found) < len(instance.subgroups):
            continue
        other = _side(instance, stage, found, trials, block)
        for outcome in OUTCOMES:
            sign = -1.0 if outcome == "severe" else 1.0
            gain = sign * (own[outcome] - other[outcome])
            chance = float((gain > 0).mean() + 0.5 * (gain == 0).mean())
            error = float(np.sqrt(max(chance * (1 - chance), 1e-9) / trials))
            yield {
                "rival": name,
                "outcome": outcome,
                "difference": float(gain.mean()),
                "probability": chance,
                "error": error,
            }


def _control(instance: Instance) -> dict[str, Options]:
    found = {name: instance.control_of(g) for g, name in enumerate(instance.subgroups)}
    return {name: options for name, options in found.items() if options is not None}


def _side(instance: Instance, stage: Stage, of: Mapping[str, Options], trials: int, block: int) -> dict[str, Floats]:
    """(T,) outcomes of one side, subgroups by their shares."""
    total = {name: np.zeros(trials) for name in OUTCOMES}
    for g, subgroup in enumerate(instance.subgroups):
        n = max(1, round(SIDE * float(instance.share[g])))
        played = stage.play(stage.fresh(g, n * trials, block), of[subgroup])
        weight = float(instance.share[g])
        for name, values in _outcomes(played).items():
            total[name] += weight * values.reshape(trials, n).mean(axis=1)
    return total


def _outcomes(played: Played) -> dict[str, Bools]:
    return {
        "response": np.isfinite(played.response),
        "mrd": np.isfinite(played.negative),
        "pfs_24": np.asarray(played.ended >= MONTHS_24, dtype=bool),
        "severe": np.asarray(played.severe.any(axis=(1, 2)), dtype=bool),
    }


def arm_trials(instance: Instance, design: Design, stage: Stage, trials: int) -> Iterator[dict[str, Any]]:
    """Each arm of a sized trial with its control, played as planned; nothing where a control or size is missing."""
    trial = instance.trial
    controls = _control(instance)
    if not trial.sized or len(controls) < len(instance.subgroups):
        return
    for arm in evaluate(instance, design).arms:
        if arm.size is None:
            continue
        months = (arm.size.accrual_months or 0.0) + trial.follow_up_months
        own = Stage(instance, 1, stage.seed, max(months, 25.0), stage.population, stage.without, stage.frozen)
        taken = sequences(instance, [arm.arm])
        sides = [
            [_stratum(own, g, counts[g], options[g], arm.size, trials, block) for g in arm.arm.subgroups]
            for block, (counts, options) in enumerate(
                ((arm.size.experimental, taken), (arm.size.control, controls)), 10
            )
        ]
        z = z_of_rates(*sides) if trial.compares_rates else z_of_logrank(*sides)
        won, error = share_significant(z, arm.size.alpha or trial.alpha)
        yield {
            "arm": arm.arm.name,
            "patients": arm.size.patients,
            "control_patients": arm.size.control_patients,
            "endpoint": trial.endpoint,
            "claimed": arm.size.power,
            "played": won,
            "error": error,
            "trials": trials,
        }


def _stratum(stage: Stage, subgroup: str, n: int, options: Options, size: ArmSize, trials: int, block: int) -> Stratum:
    """One side in one subgroup, over all trials."""
    instance, trial = stage.instance, stage.instance.trial
    g = instance.subgroups.index(subgroup)
    played = stage.play(stage.fresh(g, max(n, 1) * trials, block), options)
    course = given(instance, g, options, stage.constants)
    by = course.epochs[trial.endpoint_epoch].end + 0.1
    seen = played.negative if trial.endpoint == "mrd" else played.response
    accrual = size.accrual_months or 0.0
    key = (stage.seed, subgroup, block)
    entering = None
    if (intake := intake_of(instance, [instance.subgroups.index(h) for h in size.experimental])) is not None:
        inflow, full = intake.inflows[list(size.experimental).index(subgroup)], intake.at_full_rate(accrual)

        def entering(share: Floats) -> Floats:
            return inflow.months_of(share * full)

    ended, event = watched(
        played.ended.astype(float),
        played.how > 0,
        accrual,
        trial.follow_up_months,
        trial.dropout_per_month,
        key,
        entering,
    )
    rows = (trials, max(n, 1))
    return Stratum((seen <= by).reshape(rows)[:, :n], ended.reshape(rows)[:, :n], event.reshape(rows)[:, :n])
