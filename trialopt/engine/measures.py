"""Linear measures of a sequence: what is minimised, and what must stay below a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trialopt.core.instance import Floats
from trialopt.engine.tables import Tables


@dataclass(frozen=True)
class Measure:
    """A sum over epochs of `state @ (weight[s] * survive[r]) + add[s][r]`; `None` where a part is absent."""

    weight: Sequence[Floats | None]
    """Per epoch (J,) over all columns."""
    add: Sequence[Floats | None]
    """Per epoch (R,) over all regimens of the epoch."""
    most: float = np.inf

    def times(self, factor: float) -> Measure:
        """Its sum over epochs times a factor, with no limit. Only for a measure without weights."""
        return Measure(self.weight, [None if a is None else factor * a for a in self.add])


class Charge(Protocol):
    """What a sequence costs beside its loss: a function of some measures that never falls when one of them rises."""

    @property
    def measures(self) -> Sequence[Measure]:
        """The measures it looks at."""

    @property
    def added(self) -> Measure | None:
        """A part of it that is a measure itself: it is added to the loss as it is."""

    def __call__(self, values: Floats, *, exact: bool = False) -> Floats:
        """(n,) charge of (n, K) values of the measures, inf where they cannot be paid; a lower bound unless `exact`."""


def members(mask: int) -> list[int]:
    """Subgroups of a set."""
    return [g for g in range(mask.bit_length()) if mask >> g & 1]


def nothing(tables: Tables) -> Measure:
    """The measure that is 0 for every sequence."""
    return Measure([None] * len(tables.epochs), [None] * len(tables.epochs))


def together(first: Measure, second: Measure) -> Measure:
    """Sum of two measures, of which the second has no weights."""
    add = [a if b is None else b if a is None else a + b for a, b in zip(first.add, second.add, strict=True)]
    return Measure(first.weight, add)


def objective(tables: Tables, mask: int) -> Measure:
    """What is lost of the value of serving a set, burden included."""
    served = members(mask)
    return Measure(
        [t.weight for t in tables.epochs],
        [t.burden[:, served].sum(axis=1) if t.burdened else None for t in tables.epochs],
    )


def built_in(tables: Tables, mask: int) -> list[Measure]:
    """Cumulative toxicity and no_harm of each subgroup served."""
    served = members(mask)
    epochs = len(tables.epochs)
    measures = [
        Measure([None] * epochs, [t.cumulative[:, c] for t in tables.epochs], tables.cumulative_room[c] + 1e-12)
        for c, g in enumerate(tables.cumulative_subgroup)
        if g in served
    ]
    if tables.harm_weight is not None and tables.harm_most is not None:
        for g in served:
            mine = (tables.subgroup == g).astype(float)
            measures.append(
                Measure(list(tables.harm_weight * mine), [None] * epochs, float(tables.harm_most[g]) + 1e-12)
            )
    return measures
