"""`frontier`: what the best design is worth for each number of patients, arms, burden or amount of money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from trialopt.core.design import Design
from trialopt.core.handed import an_instance
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.core.seams import late
from trialopt.core.shown import brief
from trialopt.decision.differences import (
    NO_DESIGN,
    arm_rows,
    differences,
    ended,
    listed_design,
    listed_instance,
    named_as,
    written,
)
from trialopt.engine.front import AXES, Front
from trialopt.record.words import objective

__all__ = ["AXES", "Frontier", "FrontierPoint", "frontier"]

FORMAT = 1
FILE_NAME = "frontier.json"


@dataclass(frozen=True)
class FrontierPoint:
    """A design that no other beats in value without a higher price."""

    design: Design
    """Its arms are named as those of the point before that they are most like."""
    value: float
    price: float
    """Patients and controls, arms, burden (share-weighted `v * reach * burden`, model section 8), or money."""
    differs: tuple[str, ...]
    """What it does differently from the point before it, which is worth more and dearer."""


@dataclass(frozen=True)
class Frontier:
    """The non-dominated designs, from the most valuable to the cheapest.

    Attributes
    ----------
    against
        `patients`, `arms`, `burden` or `budget`.
    complete
        Whether it is proven that no point is missing. An incomplete front has its most valuable points.
    ended
        In words, why it is not complete; empty when it is.
    """

    instance: dict[str, str]
    against: str
    points: tuple[FrontierPoint, ...]
    complete: bool
    ended: str = ""
    seconds: float = 0.0

    @property
    def sentence(self) -> str:
        """The front in words."""
        if not self.points:
            return NO_DESIGN if self.complete else f"None: {self.ended}."
        count, first, last = len(self.points), self.points[0], self.points[-1]
        designs = "1 design" if count == 1 else f"{count} designs"
        if not self.complete:
            known = "this is the best design" if count == 1 else f"these {designs} are the most valuable of the front"
            return f"NOT COMPLETE ({self.ended}): {known}; designs that take less may be missing."
        text = f"Complete: {designs}, none beaten in value by one that takes no more, and no such design is missing."
        if count > 1:
            dear, cheap = (price_text(p.price, self.against) for p in (first, last))
            values = f"from {objective(first.value)} to {objective(last.value)}"
            text += f" From {dear} down to {cheap} the value falls {values}."
        return text

    @property
    def frame(self) -> pd.DataFrame:
        """One row a point: price (named as the axis), value, what a step down saves and costs, and what differs."""
        rows = []
        for n, point in enumerate(self.points):
            last = self.points[n - 1] if n else None
            rows.append(
                {
                    self.against: point.price,
                    "value": point.value,
                    "saves": None if last is None else last.price - point.price,
                    "loses": None if last is None else last.value - point.value,
                    "differs": "; ".join(point.differs),
                    "complete": self.complete,
                }
            )
        names = [self.against, "value", "saves", "loses", "differs", "complete"]
        frame = pd.DataFrame(rows, columns=names).astype({"saves": "float64", "loses": "float64"})
        whole = {self.against: "int64", "saves": "Int64"} if self.against in ("patients", "arms") else {}
        return frame.astype(whole)

    @property
    def arms(self) -> pd.DataFrame:
        """One row an arm of a point: point (counted from 1), price, arm, subgroups, and the regimen of each epoch."""
        numbered = enumerate(self.points, start=1)
        rows = [
            {"point": n, self.against: point.price} | row for n, point in numbered for row in arm_rows(point.design)
        ]
        frame = pd.DataFrame(rows)
        return frame.astype({self.against: "int64"}) if rows and self.against in ("patients", "arms") else frame

    def plot(self) -> Any:
        """Draw the front, a `Picture`. Needs matplotlib."""
        return late("front picture")(self.frame, self.against, complete=self.complete)

    def to_json(self) -> str:
        """The front as text, the same for the same front but for the seconds."""
        record: dict[str, Any] = {
            "format": FORMAT,
            "kind": "frontier",
            "instance": self.instance,
            "against": self.against,
            "complete": self.complete,
            "ended": self.ended,
            "seconds": self.seconds,
            "points": [
                {"value": p.value, "price": p.price, "differs": list(p.differs), "arms": listed_design(p.design)}
                for p in self.points
            ],
        }
        return written(record)

    def __repr__(self) -> str:
        whole = "complete" if self.complete else "not complete"
        asked = f"value against {self.against}"
        return brief(f"<Frontier of {self.instance['name']}: {asked}, {len(self.points)} points, {whole}>")

    def _repr_html_(self) -> str:
        whole = "complete" if self.complete else f"not complete: {self.ended}"
        return f"<div><p>Value against {self.against}, {whole}</p>{self.frame.to_html(index=False)}</div>"


def price_text(price: float, against: str) -> str:
    """A price as a page shows it."""
    return f"{price:.4f}" if against == "burden" else f"{price:,.0f}"


def frontier(instance: Instance, against: str, *, monitor: Monitor | None = None) -> Frontier:
    """Find every design that is not beaten in value by one that takes no more.

    Parameters
    ----------
    against
        `patients` or `budget` (the trial must be sized), `arms` or `burden`. Limits of the instance are kept.
    monitor
        Limits, progress and the wish to stop; the points found until then are kept and the front says that it is
        not complete.

    Raises
    ------
    ValueError
        For an axis the instance does not have, or an instance outside the engine's reach (`TooLarge`).
    """
    an_instance(instance)
    monitor = monitor or Monitor(Limits())
    front = Front(instance, against, monitor)
    points: list[FrontierPoint] = []
    for point in front:
        last = points[-1].design if points else None
        words = tuple(differences(last, point.design)) if last else ()
        design = named_as(last, point.design) if last else point.design
        points.append(FrontierPoint(design, point.value, point.price, words))
        monitor.report(value=points[0].value, doing=f"{len(points)} points, at {point.price:,.6g} {against}")
    why = "" if front.complete else ended(monitor)
    return Frontier(listed_instance(instance), against, tuple(points), front.complete, why, monitor.seconds)
