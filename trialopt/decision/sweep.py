"""`sweep`: one instance under any settings by any values; designs, values and endings in one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from trialopt.core import WrongInput
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.core.shown import brief
from trialopt.decision.differences import arm_rows, design_from, differences, ended, listed_design, written
from trialopt.decision.solving import solve
from trialopt.decision.sweep_grid import Grid, Settings, read_grid, text
from trialopt.many import Executor, Job, Store, answers, executor, named
from trialopt.reading import InputErrors, build
from trialopt.record.words import objective

FORMAT = 1
FILE_NAME = "sweep.json"

WRONG = "wrong_input"
"""Ending of a point whose settings do not go together."""

METHOD = "auto"


@dataclass(frozen=True)
class Point:
    """One question of a sweep and its answer.

    `ending` is that of a solution (`optimal`, `infeasible`, `time_limit`, ...), or `wrong_input`; `said` are the
    limits that cannot hold together, or what is wrong.
    """

    number: int
    settings: Settings
    ending: str
    value: float | None = None
    bound: float | None = None
    gap: float | None = None
    patients: int | None = None
    design: Design | None = None
    said: tuple[str, ...] = ()
    seconds: float = 0.0
    sha256: str = ""

    def words(self, names: Collection[str]) -> list[str]:
        """Those of its settings: `trial.max_arms = 2`, `exclude = ["daratumumab"]`."""
        return [f"{name} = {text(value) or 'nothing'}" for name, value in self.settings.items() if name in names]


@dataclass(frozen=True)
class Sweep:
    """All points of a grid in their order, as far as the run came.

    Attributes
    ----------
    names
        Settings that differ between points.
    asked
        Points of the grid.
    ended
        In words, why the run stopped before all were done; empty when it did not.
    where
        Where solves were done.
    kept
        Points whose answer was kept from an earlier run, or the same as another point's.
    """

    instance: Mapping[str, str]
    names: tuple[str, ...]
    points: tuple[Point, ...]
    asked: int
    ended: str = ""
    where: str = ""
    kept: int = 0
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every point has a final answer: the best design, a proof that there is none, or what is wrong."""
        final = all(point.ending in ("optimal", "infeasible", WRONG) for point in self.points)
        return final and len(self.points) == self.asked

    @cached_property
    def first(self) -> Point | None:
        """The first point that has a design: what the others are told against."""
        return next((point for point in self.points if point.design is not None), None)

    @property
    def sentence(self) -> str:
        """The sweep in words."""
        counts = sorted(Counter(point.ending.replace("_", " ") for point in self.points).items())
        told = ", ".join(f"{n} {ending}" for ending, n in counts)
        text_ = f"NOT COMPLETE ({self.ended}): " if self.ended else ""
        text_ += f"{len(self.points)} of {self.asked} points: {told or 'none done'}."
        if known := [point for point in self.points if point.value is not None]:
            best = max(known, key=lambda point: point.value or 0.0)
            text_ += f" Highest value {objective(best.value)} with {', '.join(best.words(self.names))}."
        return text_

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a point: its settings, then ending, value, bound, gap, arms, patients, what differs, seconds."""
        rows = [
            {
                "point": point.number,
                **{name: _cell(point.settings.get(name)) for name in self.names},
                "ending": point.ending,
                "value": point.value,
                "bound": point.bound,
                "gap": point.gap,
                "arms": None if point.design is None else len(point.design.arms),
                "patients": point.patients,
                "differs": "; ".join(self.differs(point)),
                "said": "; ".join(point.said),
                "seconds": round(point.seconds, 3),
            }
            for point in self.points
        ]
        heads = ("point", *self.names, "ending", "value", "bound", "gap", "arms", "patients", "differs", "said")
        frame = pd.DataFrame(rows, columns=[*heads, "seconds"])
        floats = dict.fromkeys(("value", "bound", "gap"), "float64")
        return frame.astype({**floats, "arms": "Int64", "patients": "Int64"})

    def differs(self, point: Point) -> list[str]:
        """What the design of a point does differently from that of the first one."""
        first = None if self.first is None else self.first.design
        return [] if point.design is None or first is None else differences(first, point.design)

    @property
    def arms(self) -> pd.DataFrame:
        """One row an arm of a point: point, arm, subgroups, and the regimen of each epoch."""
        known = ((p.number, p.design) for p in self.points if p.design is not None)
        return pd.DataFrame([{"point": number} | row for number, design in known for row in arm_rows(design)])

    def to_json(self) -> str:
        """The sweep as text, the same for the same sweep but for the seconds."""
        record: dict[str, Any] = {
            "format": FORMAT,
            "kind": "sweep",
            "instance": dict(self.instance),
            "names": list(self.names),
            "asked": self.asked,
            "complete": self.complete,
            "ended": self.ended,
            "seconds": self.seconds,
            "points": [
                {
                    "point": p.number,
                    "settings": dict(p.settings),
                    "sha256": p.sha256,
                    **{name: getattr(p, name) for name in ("ending", "value", "bound", "gap", "patients", "seconds")},
                    "said": list(p.said),
                    "arms": [] if p.design is None else listed_design(p.design),
                }
                for p in self.points
            ],
        }
        return written(record)

    def __repr__(self) -> str:
        return brief(f"<Sweep of {self.instance['name']}: {len(self.points)} of {self.asked} points of {self.names}>")

    def _repr_html_(self) -> str:
        return f"<div><p>{escape(self.sentence)}</p>{self.frame.to_html(index=False)}</div>"


def _cell(value: Any) -> Any:
    """A value of a setting for a table: numbers and words as they are, lists as TOML."""
    return value if value is None or isinstance(value, bool | int | float | str) else text(value)


def sweep(
    grid: Grid | str | Path,
    *,
    workers: int | None = 1,
    scheduler: str | None = None,
    store: str | Path | None = None,
    gap: float = 1e-4,
    time_limit: float | None = None,
    monitor: Monitor | None = None,
) -> Sweep:
    """Solve an instance under all settings of a grid.

    Parameters
    ----------
    grid
        A grid file, or one that was read (`read_grid`).
    workers, scheduler
        Processes of this machine (1: this one; `None`: one a core), or a Dask scheduler (`local`, its address, its
        scheduler file). In a script of your own, more than one worker needs `if __name__ == "__main__":` around it.
    store
        File that keeps finished solves: a run that was stopped or killed goes on where it was.
    gap, time_limit
        Limits of each solve.
    monitor
        Carries progress, the wish to stop, and a time limit of all together.

    Raises
    ------
    InputErrors
        For a grid or an instance that cannot be read.
    WrongInput
        For a scheduler that does not answer, or a file that is no store.
    RuntimeError
        When a solve fails.
    """
    grid = grid if isinstance(grid, Grid) else read_grid(grid)
    monitor = monitor or Monitor(Limits(gap))
    Limits(gap, time_limit)  # refuses what is no limit
    with Store(store) as kept, executor(workers, scheduler, imports=__name__) as place:
        return _swept(grid, place, kept, gap, time_limit, monitor)


def _swept(grid: Grid, place: Executor, kept: Store, gap: float, seconds: float | None, monitor: Monitor) -> Sweep:
    before = len(kept)
    wrong: dict[int, Point] = {}
    options = {"method": METHOD, "gap": gap, "nodes": monitor.limits.nodes, "profile": monitor.limits.profile}
    total = len(grid.points)
    found = answers(
        _solved,
        _jobs(grid, options, wrong),
        place,
        monitor,
        total=total,
        store=kept,
        gap=gap,
        seconds=seconds,
        doing="points",
    )
    points = {job.number: _point(job.number, grid.points[job.number - 1], job.digest, answer) for job, answer in found}
    points |= wrong
    base = build(grid.document)
    return Sweep(
        instance={"name": base.name, "title": base.title, "sha256": base.sha256},
        names=grid.varied,
        points=tuple(points[number] for number in sorted(points)),
        asked=total,
        ended="" if len(points) == total else ended(monitor),
        where=place.where,
        kept=len(points) - len(wrong) - (len(kept) - before),
        seconds=monitor.seconds,
    )


def _jobs(grid: Grid, options: Mapping[str, Any], wrong: dict[int, Point]) -> Iterator[Job]:
    """A job for each point; those whose settings do not go together are put into `wrong`."""
    for number, settings in enumerate(grid.points, start=1):
        try:
            instance = build(grid.question(settings))
        except InputErrors as error:
            said = tuple(map(str, error.problems))
            wrong[number] = Point(number, settings, WRONG, said=said)
            continue
        yield Job(number, named(instance.sha256, "solve", options), instance, instance.sha256)


def _solved(instance: Instance, monitor: Monitor) -> dict[str, Any]:
    """What a sweep keeps of a solution."""
    try:
        solution = solve(instance, method=METHOD, monitor=monitor)
    except WrongInput as error:  # outside what can be solved
        return {"ending": WRONG, "said": [str(error)], "arms": [], "seconds": monitor.seconds}
    final = solution.ending in ("optimal", "infeasible")
    sizes = [arm.size for arm in solution.arms if arm.size is not None]
    return {
        "stopped": "" if final else solution.ending,
        "ending": solution.ending,
        "value": solution.value,
        "bound": solution.bound,
        "gap": solution.gap,
        "patients": sum(size.patients + size.control_patients for size in sizes) if sizes else None,
        "arms": [] if solution.design is None else listed_design(solution.design),
        "said": list(solution.conflict),
        "seconds": solution.seconds,
    }


def _point(number: int, settings: Settings, sha256: str, answer: Mapping[str, Any]) -> Point:
    return Point(
        number=number,
        settings=settings,
        ending=answer["ending"],
        **{name: answer.get(name) for name in ("value", "bound", "gap", "patients")},
        design=design_from(answer["arms"]) if answer["arms"] else None,
        said=tuple(answer["said"]),
        seconds=answer["seconds"],
        sha256=sha256,
    )
