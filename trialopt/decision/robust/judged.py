"""A row's design under the truths it was chosen for, and under fresh ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trialopt.core.design import Design
from trialopt.core.inputs import fresh
from trialopt.core.instance import Instance
from trialopt.core.run import Monitor
from trialopt.decision.confidence import highest_confidence
from trialopt.decision.differences import listed_design
from trialopt.decision.solving import solve
from trialopt.evaluation import confidence, evaluate
from trialopt.evaluation.resolve import ResolvedArm, resolve
from trialopt.evaluation.truths import drawn_arm, values, worst_mean
from trialopt.evaluation.under_truths import FRESH

WORST = 0.1
"""The worst tenth: of every row, whatever share it asks about."""

ROW, HIGHEST = "row", "highest"

Json = dict[str, Any]


def answered(question: tuple[str, Instance], monitor: Monitor) -> Json:
    """What is kept of a row, or of the search for the highest confidence."""
    what, instance = question
    if what == ROW:
        return _row(instance, monitor)
    found = highest_confidence(instance, monitor)
    assert found is not None
    stopped = "" if found.complete else monitor.stop() or "interrupted"
    return {"held": found.held, "draws": found.draws, "stops": list(found.stops), "stopped": stopped}


def _row(instance: Instance, monitor: Monitor) -> Json:
    solution = solve(instance, monitor=monitor)
    sizes = [arm.size for arm in solution.arms if arm.size is not None]
    told = {} if solution.design is None else numbers(instance, solution.design)
    final = solution.ending in ("optimal", "infeasible")
    return {
        "stopped": "" if final else solution.ending,
        "ending": solution.ending,
        "value": solution.value,
        "bound": solution.bound,
        "gap": solution.gap,
        **told,
        "assurance": (solution.uncertainty or {}).get("assurance"),
        "patients": sum(size.patients + size.control_patients for size in sizes) if sizes else None,
        "arms": [] if solution.design is None else listed_design(solution.design),
        "said": list(solution.conflict),
        "seconds": solution.seconds,
    }


def numbers(instance: Instance, design: Design) -> Json:
    """Value, worst tenth and limits kept of a design, on the truths of an instance and on as many fresh ones as told.

    A margin widens limits here in every row, so that rows can be compared.
    """
    asked = instance.uncertainty
    assert asked is not None
    one = replace(instance, uncertainty=replace(asked, confidence=asked.confidence or 1.0), sha256="")
    plain = replace(instance, uncertainty=None, truths=None, sha256="")
    arms = resolve(instance, design)
    found: Json = {"given": float(evaluate(plain, design).value)}
    for prefix, on in (("", one), ("fresh_", fresh(one, FRESH))):
        told = _under(on, arms)
        found |= {prefix + name: told[name] for name in ("mean", "worst", "all_kept", "least_kept")}
        found.setdefault("least", told["least"])
    return found


def _under(instance: Instance, arms: Sequence[ResolvedArm]) -> Json:
    drawn = [drawn_arm(instance, arm) for arm in arms]
    worth = values(instance, drawn)
    control = confidence.control_coverage(instance) if instance.trial.no_harm else None
    limits = [held for arm in drawn for held in confidence.held(instance, arm, control)]
    least = min(limits, key=lambda held: held.share, default=None)
    kept = np.logical_and.reduce([held.holds for held in limits]) if limits else np.ones(len(worth), dtype=bool)
    return {
        "mean": float(worth.mean()),
        "worst": worst_mean(worth, WORST),
        "all_kept": float(kept.mean()),
        "least_kept": None if least is None else least.share,
        "least": "" if least is None else f"{least.words()} ({least.arm})",
    }
