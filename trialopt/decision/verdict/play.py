"""`replay`: a design, its runners-up and random ones, valued by the model and played on virtual patients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trialopt.core import WrongInput
from trialopt.core.design import Design
from trialopt.core.handed import a_design, a_whole, an_instance
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.decision.alternatives import alternatives
from trialopt.decision.differences import ended, listed_instance
from trialopt.decision.verdict.designs import random_designs
from trialopt.decision.verdict.pieces import Piece, play_all, seeing
from trialopt.decision.verdict.promises import promises, stages_without
from trialopt.decision.verdict.trials import contests, controls, playable
from trialopt.decision.verdict.verdict import COLUMNS, Verdict, frame_of
from trialopt.engine import TooLarge
from trialopt.evaluation import Evaluation, evaluate
from trialopt.replay.given import options_of, unknown_agents
from trialopt.replay.stage import Stage, overall, sequences
from trialopt.replay.table import populations

CARRIES = (0.0, 0.5, 1.0)
"""Carries at which designs are valued once more."""


def virtual_trial(
    instance: Instance,
    design: Design,
    *,
    others: int = 100,
    patients: int = 600,
    trials: int = 200,
    seed: int = 1,
    population: str = "",
    workers: int | None = 1,
    scheduler: str | None = None,
    monitor: Monitor | None = None,
) -> Verdict:
    """Play a design on virtual patients, and find out what the model's value says of what happens to them.

    Parameters
    ----------
    instance, design
        The question and the design recommended for it.
    others
        Runners-up, and as many random feasible designs, that are valued and played beside it.
    patients
        Virtual patients of each subgroup; all designs are played on the same ones.
    trials
        Trials played of each arm of a sized design, and for the chance to beat a rival.
    population
        `newly_diagnosed`, `early_relapse`, `late_relapse` or `triple_class_exposed`; read off the title by default.
    workers, scheduler
        As for other work of many parts: `trialopt.many`. They change no number.
    monitor
        Carries progress, a time limit and the wish to stop; what was played until then is kept.

    Raises
    ------
    WrongInput
        For a population that is not known.
    """
    an_instance(instance)
    a_design(design)
    a_whole(others, "others")
    a_whole(patients, "patients", 1)
    a_whole(trials, "trials", 1)
    a_whole(seed, "seed")
    if population and population not in populations():
        raise WrongInput(f"population {population!r} is none of {', '.join(populations())}")
    monitor = monitor or Monitor(Limits())
    stage = Stage(instance, patients, seed, population=population)
    monitor.report(doing="the runners-up")
    ranked = _runners_up(instance, others, monitor)
    named = [("recommended", design), *(("alternative", one) for one in ranked)]
    named += [("random", one) for one in random_designs(instance, design, others, seed, monitor)] if others else []
    played = _Parts(instance, design, stage, [one for _, one in named], _second(design, ranked), trials)
    played.play(monitor, workers, scheduler)
    stopped = monitor.stop() is not None
    rows = [
        _row(instance, stage, kind, one)
        for k, (kind, one) in enumerate(named)
        if k < 2 or stage.knows(sequences(instance, one.arms))
    ]
    rows += _control(instance, stage)
    monitor.report(doing="what the replay disagrees with")
    told = promises(instance, design, stage, {} if stopped else played.without)
    beats = [] if stopped else list(contests(played.own, played.rivals))
    arms = [] if stopped else played.arms
    return Verdict(
        instance=listed_instance(instance),
        population=stage.population,
        patients=patients,
        seed=seed,
        designs=frame_of(rows, COLUMNS["designs"]),
        promised=frame_of(told, COLUMNS["promised"]),
        beats=frame_of(beats, COLUMNS["beats"]),
        trials=frame_of(arms, COLUMNS["trials"]),
        unknown=tuple(
            dict.fromkeys(
                a for arm in design.arms for a in unknown_agents(instance, options_of(instance, arm.sequence))
            )
        ),
        ended=ended(monitor) if stopped else "",
        seconds=monitor.seconds,
    )


class _Parts:
    """Everything that is played, and what came of it."""

    def __init__(
        self, i: Instance, design: Design, stage: Stage, every: Sequence[Design], second: Design | None, trials: int
    ) -> None:
        self.without = stages_without(stage)
        self.own: dict[str, list[float]] = {}
        self.rivals: dict[str, dict[str, list[float]]] = {}
        self.arms: list[dict[str, Any]] = []
        places = {name: g for g, name in enumerate(i.subgroups)}
        mine, usual = sequences(i, design.arms), controls(i)
        everywhere = {} if second is None else {"runner-up": sequences(i, second.arms)}
        everywhere["standard of care"] = usual
        told = [dict(mine), *(sequences(i, one.arms) for one in every), usual]
        self._pieces = list(seeing(stage, ((places[g], taken) for of in told for g, taken in of.items())))
        for one in self.without.values():
            self._pieces += seeing(one, ((places[g], taken) for g, taken in mine.items()))
        self._sides = [("", len(self._pieces))]
        self._pieces.append(Piece(stage, side=mine, trials=trials, block=1))
        for block, (name, of) in enumerate(everywhere.items(), start=3 - ("runner-up" in everywhere)):
            if set(of) == set(i.subgroups):
                self._sides.append((name, len(self._pieces)))
                self._pieces.append(Piece(stage, side=of, trials=trials, block=block))
        sized = evaluate(i, design).arms if i.trial.sized and len(usual) == len(i.subgroups) else ()
        self._arms = range(len(self._pieces), len(self._pieces) + sum(playable(i, arm) for arm in sized))
        self._pieces += [Piece(stage, arm=arm, trials=trials) for arm in sized if playable(i, arm)]

    def play(self, monitor: Monitor, workers: int | None, scheduler: str | None) -> None:
        """Play all of it, as far as the monitor lets it."""
        found = play_all(self._pieces, monitor, workers, scheduler)
        for name, k in self._sides:
            if k in found and name:
                self.rivals[name] = found[k]
            elif k in found:
                self.own = found[k]
        self.arms = [found[k] for k in self._arms if k in found]


def _runners_up(instance: Instance, count: int, monitor: Monitor) -> list[Design]:
    """The best designs in their order; none where the instance is out of the engine's reach."""
    if not count:
        return []
    try:
        return [item.design for item in alternatives(instance, count, monitor=monitor.part()).items]
    except TooLarge:
        return []


def _second(design: Design, ranked: Sequence[Design]) -> Design | None:
    """The first of the list that gives some subgroup something else."""
    own = _given(design)
    return next((one for one in ranked if _given(one) != own), None)


def _given(design: Design) -> dict[str, object]:
    return {g: {e: frozenset(doses) for e, doses in arm.sequence.items()} for arm in design.arms for g in arm.subgroups}


def _row(instance: Instance, stage: Stage, kind: str, design: Design) -> dict[str, Any]:
    """One design's value and what was played."""
    plain = replace(instance, trial=replace(instance.trial, power=None), truths=None, uncertainty=None)
    judged = evaluate(plain, design)
    values = {f"value_carry_{100 * c:.0f}": evaluate(_carrying(plain, c), design).value for c in CARRIES}
    seen = stage.see_design(design)
    found = overall(instance, seen)
    weights = dict(zip(instance.subgroups, instance.share.tolist(), strict=True))
    return {
        "kind": kind,
        "value": judged.value,
        **values,
        "promised_events": promised_events(instance, judged),
        **found,
        "events": sum(weights[g] * s.events for g, s in seen.items()),
        "lasting": found["pfs_24"] / found["response"] if found["response"] else float("nan"),
        "arms": len(design.arms),
    }


def _carrying(instance: Instance, carry: float) -> Instance:
    return replace(instance, trial=replace(instance.trial, carry=carry))


def promised_events(instance: Instance, judged: Evaluation) -> float:
    """Severe events a patient that the model promises: its risks summed over categories and epochs, by shares."""
    weights = dict(zip(instance.subgroups, instance.share.tolist(), strict=True))
    total = 0.0
    for arm in judged.arms:
        for k, subgroup in enumerate(arm.arm.subgroups):
            total += weights[subgroup] * float(arm.risk[k].sum())
    return total


def _control(instance: Instance, stage: Stage) -> Iterator[dict[str, Any]]:
    """The control regimen's row, where every subgroup has one."""
    seen = stage.see_control()
    if len(seen) == len(instance.subgroups):
        found = overall(instance, seen)
        events = float(np.dot(instance.share, [seen[g].events for g in instance.subgroups]))
        yield {"kind": "control", **found, "events": events, "lasting": found["pfs_24"] / max(found["response"], 1e-9)}
