"""The parts of a replay that can be played apart, in this process or on others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from trialopt.core.run import Monitor
from trialopt.decision.verdict.trials import arm_trial, side
from trialopt.evaluation.result import ArmNumbers
from trialopt.many import Job, answers, named
from trialopt.many.executor import executor
from trialopt.replay.given import Options
from trialopt.replay.stage import Stage, Summary

Json = dict[str, Any]

MODULE = __name__

TOGETHER = 8
"""Sequences of a subgroup that are played in one job."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Some sequences of a subgroup, one side of a contest, or the trials of one arm."""

    stage: Stage
    subgroup: int = 0
    seen: tuple[Options, ...] = ()
    side: Mapping[str, Options] | None = None
    arm: ArmNumbers | None = None
    trials: int = 0
    block: int = 0


def _work(piece: Piece, monitor: Monitor) -> Json:
    """Play a piece; cut short, it says so."""
    if piece.arm is not None:
        return arm_trial(piece.stage, piece.arm, piece.trials)
    if piece.side is not None:
        return side(piece.stage, piece.side, piece.trials, piece.block)
    found = []
    for options in piece.seen:
        if monitor.stop() is not None:
            return {"stopped": monitor.stop()}
        found.append(_plain(piece.stage.see(piece.subgroup, options)))
    return {"seen": found}


def _plain(summary: Summary) -> Json:
    values = {f.name: getattr(summary, f.name) for f in fields(summary)}
    return {name: v.tolist() if isinstance(v, np.ndarray) else v for name, v in values.items()}


def _summary(values: Json) -> Summary:
    fields_: dict[str, Any] = {name: np.array(v) if isinstance(v, list) else v for name, v in values.items()}
    return Summary(**fields_)


def seeing(stage: Stage, wanted: Iterable[tuple[int, Options]]) -> Iterator[Piece]:
    """Pieces that play these subgroups' sequences, each once."""
    by: dict[int, dict[Options, None]] = {}
    for subgroup, options in wanted:
        by.setdefault(subgroup, {})[options] = None
    for subgroup, some in by.items():
        every = list(some)
        for start in range(0, len(every), TOGETHER):
            yield Piece(stage, subgroup, tuple(every[start : start + TOGETHER]))


def play_all(pieces: Sequence[Piece], monitor: Monitor, workers: int | None, scheduler: str | None) -> dict[int, Json]:
    """Play pieces; their answers by place, and what was seen of sequences also kept in the pieces' stages.

    Pieces that were not finished before the run had to stop are missing.
    """
    found: dict[int, Json] = {}
    jobs = (Job(k, named("", "replay", {"piece": k}), _bare(piece)) for k, piece in enumerate(pieces))
    with executor(workers, scheduler, imports=MODULE) as place:
        run = answers(_work, jobs, place, monitor, total=len(pieces), doing="parts of the replay")
        for job, answer in run:
            found[job.number] = answer
            piece = pieces[job.number]
            for options, values in zip(piece.seen, answer.get("seen", ()), strict=True):
                piece.stage.keep(piece.subgroup, options, _summary(values))
    return found


def _bare(piece: Piece) -> Piece:
    """A piece that carries no patients to another process."""
    stage = piece.stage.bare()
    return replace(piece, stage=replace(stage, instance=replace(stage.instance, truths=None)))
