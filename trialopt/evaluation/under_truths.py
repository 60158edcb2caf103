"""A design under all truths of its instance, in one record: value, limits, effects, assurance, patients with events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trialopt.core.design import Design
from trialopt.core.inputs import fresh
from trialopt.core.instance import Floats, Instance
from trialopt.evaluation import confidence
from trialopt.evaluation.assurance import ENDS, PatientsWith, Shown, patients_with, shown, together
from trialopt.evaluation.judge import evaluate
from trialopt.evaluation.resolve import resolve
from trialopt.evaluation.result import ArmSize
from trialopt.evaluation.truths import drawn_arm, truths_of, values, worst_mean

FRESH = 1000
"""Fresh truths that a design is valued on."""

TOLD = 5
"""Limits of an arm that are written down, those that hold least often."""


@dataclass(frozen=True)
class ArmUnder:
    """One arm under the truths."""

    arm: str
    all_kept: float
    """Share of truths in which it keeps all its limits."""
    limits: tuple[confidence.Held, ...]
    """Its limits, the one that holds least often first."""
    shown: Shown | None
    """What it is likely to show, where it is sized."""
    patients: tuple[PatientsWith, ...]
    """Patients with each severe event, where it is sized."""


@dataclass(frozen=True)
class UnderTruths:
    """A design under N truths."""

    instance: Instance
    values: Floats
    """(N,)"""
    fresh_values: Floats
    """(M,) on truths drawn after these."""
    arms: tuple[ArmUnder, ...]
    all_kept: float
    """Share of truths in which every arm keeps all its limits."""

    @property
    def assurance(self) -> float | None:
        """Chance that every arm succeeds; `None` where arms are not sized."""
        known = [arm.shown for arm in self.arms if arm.shown is not None]
        return together(known) if known and len(known) == len(self.arms) else None

    def record(self) -> dict[str, Any]:
        """What `solution.json` holds of it."""
        truths, asked = truths_of(self.instance), self.instance.uncertainty
        assert asked is not None
        return {
            "draws": len(truths),
            "seed": truths.seed,
            "draws_sha256": truths.sha256,
            "objective": asked.objective,
            "tail": asked.tail,
            "confidence": asked.confidence,
            "margin": asked.margin,
            "min_assurance": asked.min_assurance,
            "assumed_spreads": sum(one.basis in ("rate", "assumed") for one in truths.inputs),
            "spreads": len(truths.inputs),
            "mean": float(self.values.mean()),
            "worst": worst_mean(self.values, asked.tail),
            "fresh_draws": len(self.fresh_values),
            "fresh_mean": float(self.fresh_values.mean()),
            "fresh_worst": worst_mean(self.fresh_values, asked.tail),
            "all_kept": self.all_kept,
            "assurance": self.assurance,
            "arms": {arm.arm: _arm_record(arm) for arm in self.arms},
        }


def _arm_record(arm: ArmUnder) -> dict[str, Any]:
    limits = [
        {"limit": one.words(), "rule": one.rule, "subgroup": one.subgroup, "epoch": one.epoch, "share": one.share}
        for one in arm.limits[:TOLD]
    ]
    record: dict[str, Any] = {"all_kept": arm.all_kept, "limits": limits}
    if arm.shown is not None:
        low, high = np.quantile(arm.shown.effect, ENDS)
        record["effect"] = {"mean": float(arm.shown.effect.mean()), "low": float(low), "high": float(high)}
        record["assurance"] = arm.shown.assurance
        record["right_direction"] = float(arm.shown.better.mean())
        record["reaches_target"] = None if arm.shown.reached is None else float(arm.shown.reached.mean())
        record["patients_with"] = {
            one.category: {"expected": one.expected, "low": one.low, "high": one.high} for one in arm.patients
        }
    return record


def under_truths(instance: Instance, design: Design, fresh_draws: int = FRESH) -> UnderTruths:
    """Judge a design under the truths of its instance, and value it on fresh ones. Raises `DesignError`."""
    resolved = resolve(instance, design)
    drawn = [drawn_arm(instance, arm) for arm in resolved]
    control = confidence.control_coverage(instance) if instance.trial.no_harm else None
    sizes = _sizes(instance, design)
    arms = []
    kept = np.ones(len(truths_of(instance)), dtype=bool)
    for one in drawn:
        limits = sorted(confidence.held(instance, one, control), key=lambda held: held.share)
        own = np.logical_and.reduce([held.holds for held in limits]) if limits else np.ones_like(kept)
        kept &= own
        size = sizes.get(one.resolved.arm.name)
        arms.append(
            ArmUnder(
                arm=one.resolved.arm.name,
                all_kept=float(own.mean()),
                limits=tuple(limits),
                shown=None if size is None else shown(instance, one.resolved, size),
                patients=() if size is None else patients_with(instance, one, size),
            )
        )
    later = fresh(instance, fresh_draws)
    again = values(later, [drawn_arm(later, arm) for arm in resolved])
    return UnderTruths(instance, values(instance, drawn), again, tuple(arms), float(kept.mean()))


def _sizes(instance: Instance, design: Design) -> dict[str, ArmSize]:
    if not instance.trial.sized:
        return {}
    judged = evaluate(instance, design)
    return {numbers.arm.name: numbers.size for numbers in judged.arms if numbers.size is not None}
