"""The price of robustness: rows, what they say, tables and the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from trialopt.core.seams import late
from trialopt.core.shown import brief
from trialopt.decision.differences import arm_rows, differences, written
from trialopt.decision.robust.rows import CONFIDENCE, GIVEN, NUMBERS, TAIL, Row

FORMAT = 1
FILE_NAME = "robust.json"


@dataclass(frozen=True)
class Robustness:
    """Rows as given, by confidence and by worst share, each with a proven design or with what leaves none.

    Attributes
    ----------
    held, stops
        The most truths in which every limit of some design holds, each by itself, and limits that no design keeps
        together in one more; `held` is `None` where that was not found in time.
    draws, seed, fresh
        Truths, their seed, and the fresh ones drawn after the choice.
    wanted
        Rows asked for.
    gap
        Relative gap to which rows are proven.
    ended
        In words, why the run stopped before all were done; empty when it did not.
    """

    instance: Mapping[str, str]
    rows: tuple[Row, ...]
    held: int | None
    stops: tuple[str, ...]
    draws: int
    seed: int
    fresh: int
    wanted: int
    gap: float
    ended: str = ""
    where: str = ""
    kept: int = 0
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every row is proven, and the highest confidence."""
        done = not self.ended and self.held is not None and len(self.rows) == self.wanted
        return done and all(row.final for row in self.rows)

    @cached_property
    def point(self) -> Row | None:
        """The row of the inputs as given, where it has a design: what the others are told against."""
        return next((row for row in self.rows if row.asked.kind == GIVEN and row.design is not None), None)

    @property
    def highest(self) -> float | None:
        """The highest confidence for which a design exists."""
        return None if self.held is None else self.held / self.draws

    def of(self, kind: str) -> list[Row]:
        """Rows of a kind."""
        return [row for row in self.rows if row.asked.kind == kind]

    def differs(self, row: Row) -> list[str]:
        """What the design of a row does differently from the point design."""
        if row.design is None or self.point is None or self.point.design is None:
            return []
        return differences(self.point.design, row.design)

    @property
    def sentences(self) -> list[str]:
        """What a committee should know first."""
        return list(_sentences(self))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a row: what it asks, its numbers (`NUMBERS`), patients, what differs from the point design."""
        rows = [
            {**dict(row.cells()), "differs": "; ".join(self.differs(row)), "said": "; ".join(row.said)}
            for row in self.rows
        ]
        heads = ["row", "kind", "level", "highest", "ending", *NUMBERS, "least", "patients", "differs", "said"]
        frame = pd.DataFrame(rows, columns=heads)
        return frame.astype({**dict.fromkeys(("level", *NUMBERS), "float64"), "patients": "Int64"})

    @property
    def arms(self) -> pd.DataFrame:
        """One row an arm of a row: the regimen of each epoch."""
        found = [{"row": row.asked.words} | arm for row in self.rows if row.design for arm in arm_rows(row.design)]
        return pd.DataFrame(found)

    def plot(self) -> Any:
        """Draw value against confidence and against the worst share, a `Picture`. Needs matplotlib."""
        return late("robust picture")(self.frame, self.highest, complete=self.complete)

    def to_json(self) -> str:
        """The record as text, the same for the same run but for the seconds."""
        record: dict[str, Any] = {
            "format": FORMAT,
            "kind": "robust",
            "instance": dict(self.instance),
            "draws": self.draws,
            "seed": self.seed,
            "fresh_draws": self.fresh,
            "gap": self.gap,
            "complete": self.complete,
            "ended": self.ended,
            "highest_confidence": self.highest,
            "stops": list(self.stops),
            "sentences": self.sentences,
            "rows": [{**row.record(), "differs": self.differs(row)} for row in self.rows],
            "seconds": self.seconds,
        }
        return written(record)

    def __repr__(self) -> str:
        return brief(f"<Robustness of {self.instance['name']}: {len(self.rows)} rows, {self.draws} truths>")

    def _repr_html_(self) -> str:
        said = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.sentences)
        return f"<div><ul>{said}</ul>{self.frame.to_html(index=False)}</div>"


def _sentences(found: Robustness) -> Iterator[str]:
    if not found.complete:
        why = found.ended or "some rows were cut short"
        yield f"NOT COMPLETE ({why}): {len(found.rows)} of {found.wanted} rows."
    point = found.point
    if point is not None:
        yield (
            f"The design for the inputs as given is worth {_three(point.number('given'))}; all its limits hold "
            f"together in {_percent(point.number('all_kept'))} of {found.draws:,} possible truths."
        )
    yield from _confidence(found, point)
    tails = [row for row in found.of(TAIL) if row.design is not None and (row.asked.level or 1) < 1]
    least = min(tails, key=lambda row: abs((row.asked.level or 1) - 0.1), default=None)
    if point is not None and least is not None:
        yield _worst(point, least, found)


def _confidence(found: Robustness, point: Row | None) -> Iterator[str]:
    if found.highest is None:
        return
    if not found.held:
        yield "No design keeps its limits in any truth."
    else:
        told = f"The highest confidence for which a design exists is {100 * found.highest:.1f} %"
        row = next((row for row in found.of(CONFIDENCE) if row.asked.highest and row.design is not None), None)
        if row is not None and point is not None:
            lost = (point.number("given") or 0.0) - (row.number("given") or 0.0)
            told += f"; it costs {lost:.3f} of the value with the inputs as given"
        yield f"{told}."
    if found.stops:
        yield f"What keeps it from being higher: {'; '.join(found.stops)}."


def _worst(point: Row, row: Row, found: Robustness) -> str:
    share = f"{100 * (row.asked.level or 0):g} %"
    if not found.differs(row):
        return f"The point design is also the best in the worst {share} of the truths, within the gap."
    lost = (point.number("mean") or 0.0) - (row.number("mean") or 0.0)
    return (
        f"The design for the worst {share} is worth {_three(row.number('worst'))} in the worst tenth of the truths, "
        f"the point design {_three(point.number('worst'))} (on {found.fresh:,} fresh ones "
        f"{_three(row.number('fresh_worst'))} and {_three(point.number('fresh_worst'))}); its mean is "
        f"{abs(lost):.3f} {'lower' if lost > 0 else 'higher'}."
    )


def _three(number: float | None) -> str:
    return "-" if number is None else f"{number:.3f}"


def _percent(number: float | None) -> str:
    return "-" if number is None else f"{100 * number:.0f} %"
