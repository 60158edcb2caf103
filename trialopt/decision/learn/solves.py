"""The best design of each truth, solved through an executor, and what every design found is worth in every truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialopt.core.design import Arm, Design
from trialopt.core.instance import Floats, Instance
from trialopt.core.run import Monitor
from trialopt.decision.differences import design_from, listed_design
from trialopt.engine.each_truth import EachTruth, Stopped
from trialopt.evaluation.resolve import resolve
from trialopt.evaluation.truths import DrawnArm, drawn_arm, values
from trialopt.many import Executor, Job, Store, answers, named

AT_ONCE = 5
"""Truths solved in one piece of work: what a kill may lose."""

MOST = 40
"""Designs whose values are regressed on the inputs."""


@dataclass(frozen=True)
class Solved:
    """Best designs of the truths done, by row."""

    rows: tuple[int, ...]
    value: Floats
    """(n,) the tables' value of each truth's best design."""
    bound: Floats
    """(n,) proven: no design is worth more in that truth."""
    designs: tuple[Design, ...]
    """Distinct ones, in the order of the first truth each is best in."""
    of_row: tuple[int, ...]
    """(n,) which of them is best."""


def solve_each(
    instance: Instance, place: Executor, store: Store, monitor: Monitor, gap: float, doing: str
) -> tuple[Solved, str]:
    """Solve every truth of an instance; returns what is done, and why it is not all (empty when it is)."""
    count = len(instance.truths) if instance.truths is not None else 0
    pieces = [tuple(range(k, min(k + AT_ONCE, count))) for k in range(0, count, AT_ONCE)]
    jobs = (
        Job(k, named(instance.sha256, "best of truths", {"gap": gap, "rows": rows}), (instance, rows), instance.sha256)
        for k, rows in enumerate(pieces)
    )
    found: dict[int, Mapping[str, Any]] = {}
    run = answers(_best_of, jobs, place, monitor, total=len(pieces), store=store, gap=gap, doing=doing)
    for _, answer in run:
        found |= {truth["row"]: truth for truth in answer["truths"] if not truth["stopped"] and truth["arms"]}
    return _gathered(found), "" if len(found) == count else (monitor.stop() or "time_limit")


def _gathered(found: Mapping[int, Mapping[str, Any]]) -> Solved:
    rows = tuple(sorted(found))
    numbers: dict[Any, int] = {}
    designs: list[Design] = []
    of_row = []
    for row in rows:
        design = design_from(found[row]["arms"])
        key = frozenset(_key(arm) for arm in design.arms)
        if key not in numbers:
            numbers[key] = len(designs)
            designs.append(design)
        of_row.append(numbers[key])
    value, bound = (np.array([float(found[row][name]) for row in rows]) for name in ("value", "bound"))
    return Solved(rows, value, bound, tuple(designs), tuple(of_row))


_last: dict[str, EachTruth] = {}
"""The tables of the instance solved last in this process."""


def _best_of(question: tuple[Instance, Sequence[int]], monitor: Monitor) -> dict[str, Any]:
    instance, rows = question
    try:
        if instance.sha256 not in _last:
            _last.clear()
            _last[instance.sha256] = EachTruth(instance, monitor)
        found = [_last[instance.sha256].best(row, monitor.part()) for row in rows]
    except Stopped:
        return {"stopped": monitor.stop() or "interrupted", "truths": []}
    return {
        "stopped": next((one.stopped for one in found if one.stopped), ""),
        "truths": [
            {
                "row": one.row,
                "value": one.value if one.design else None,
                "bound": one.bound if np.isfinite(one.bound) else None,
                "stopped": one.stopped,
                "arms": listed_design(one.design) if one.design else [],
            }
            for one in found
        ],
    }


def _key(arm: Arm) -> Any:
    """What an arm does, whatever it is called."""
    given = frozenset((epoch, frozenset(doses)) for epoch, doses in arm.sequence.items() if doses)
    return frozenset(arm.subgroups), given


def values_of(instance: Instance, designs: Sequence[Design]) -> Floats:
    """(N, K) value of designs in every truth, by the judge's numbers."""
    known: dict[Any, DrawnArm] = {}

    def columns() -> Iterator[Floats]:
        for design in designs:
            arms = []
            for arm, resolved in zip(design.arms, resolve(instance, design), strict=True):
                key = (arm.subgroups, _key(arm))
                if key not in known:
                    known[key] = drawn_arm(instance, resolved)
                arms.append(known[key])
            yield values(instance, arms)

    return np.column_stack(list(columns()))


def telling(table: Floats) -> list[int]:
    """Columns (designs) whose best is worth most on average, greedily, the first always among them; at most `MOST`."""
    chosen = [0]
    top = table[:, 0].copy()
    while len(chosen) < min(MOST, table.shape[1]):
        gain = np.maximum(table - top[:, None], 0.0).mean(axis=0)
        k = int(gain.argmax())
        if gain[k] <= 1e-7:
            break
        chosen.append(k)
        top = np.maximum(top, table[:, k])
    return chosen
