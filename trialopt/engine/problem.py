"""The sequence problem of one subgroup set: regimens that can still matter, and their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Floats
from trialopt.engine.measures import Measure
from trialopt.engine.tables import EpochTable, Tables


@dataclass(frozen=True)
class Product:
    """`weight * survive` of the regimens (R, j), over the columns `at` of the set in which the weight is not 0."""

    at: NDArray[np.intp] | slice
    matrix: Floats


class SetProblem:
    """Arrays of the regimens that an arm serving `mask` may give and that a loss below `cutoff` leaves possible.

    The first of `measures` is the objective. A regimen is left out when its own loss, with nothing emerged and carry
    at its strongest, plus the least loss of every other epoch, reaches the cutoff.
    """

    def __init__(self, tables: Tables, mask: int, measures: Sequence[Measure], cutoff: float) -> None:
        self.columns = np.flatnonzero((mask >> tables.subgroup) & 1)
        self.rows = _possible_rows(tables, mask, measures[0], cutoff)
        self.most = np.array([m.most for m in measures])
        self.multiplier = tables.multiplier[:, self.columns]
        pairs = list(zip(tables.epochs, self.rows, strict=True))
        self.bits = [t.bits.pick(rows) for t, rows in pairs]
        self.agents = [(t.regimens.options[rows] >= 0).sum(axis=1) for t, rows in pairs]
        survive = [t.survive[np.ix_(rows, self.columns)] for t, rows in pairs]
        self.left: list[Floats] | None = None
        if tables.carry > 0:
            self.left = [s if tables.carry == 1 else s**tables.carry for s in survive]
        self.product = [
            [None if w is None else _product(survive[s], w[self.columns]) for s, w in enumerate(m.weight)]
            for m in measures
        ]
        self.add = [[None if a is None else a[self.rows[s]] for s, a in enumerate(m.add)] for m in measures]

    @property
    def empty(self) -> bool:
        """Whether some epoch has no regimen left."""
        return not all(len(rows) for rows in self.rows)

    def values(self, k: int, epoch: int, state: Floats) -> Floats:
        """(n, R) what each regimen of an epoch adds to measure k, for each of n states."""
        product, add = self.product[k][epoch], self.add[k][epoch]
        if product is None:
            values = np.zeros((len(state), len(self.rows[epoch])))
        else:
            values = state[:, product.at] @ product.matrix.T
        return values if add is None else values + add

    def value(self, k: int, epoch: int, state: Floats, regimen: NDArray[np.intp]) -> Floats:
        """(n,) what one regimen each adds to measure k."""
        product, add = self.product[k][epoch], self.add[k][epoch]
        values = np.zeros(len(state))
        if product is not None:
            values += np.einsum("nj,nj->n", state[:, product.at], product.matrix[regimen])
        if add is not None:
            values += add[regimen]
        return values


def _product(survive: Floats, weight: Floats) -> Product:
    used = np.flatnonzero(weight)
    if len(used) == len(weight):
        return Product(slice(None), survive * weight)
    return Product(used, survive[:, used] * weight[used])


def _possible_rows(tables: Tables, mask: int, objective: Measure, cutoff: float) -> list[NDArray[np.intp]]:
    allowed = [(t.regimens.mask & mask) == mask for t in tables.epochs]
    if not np.isfinite(cutoff) or not all(a.any() for a in allowed):
        return [np.flatnonzero(a) for a in allowed]
    member = ((mask >> np.arange(len(tables.constant))) & 1).astype(float)
    factor = np.ones(len(tables.subgroup))
    lower = []
    for s, table in enumerate(tables.epochs):
        total = np.zeros(len(table))
        if objective.weight[s] is not None:
            total += table.alone @ (member * np.where(member > 0, _least_by_subgroup(tables, factor), 0.0))
        add = objective.add[s]
        if add is not None:
            total += add
        lower.append(total)
        if tables.carry > 0:
            factor = factor * _strongest(table, tables.carry)
    least = [float(total[a].min()) for total, a in zip(lower, allowed, strict=True)]
    rest = sum(least)
    return [
        np.flatnonzero(a & (total + (rest - own) < cutoff)) for total, a, own in zip(lower, allowed, least, strict=True)
    ]


def _strongest(table: EpochTable, carry: float) -> Floats:
    """(J,) least share of the disease that any regimen of the epoch carries over."""
    return np.asarray(table.survive_least**carry)


def _least_by_subgroup(tables: Tables, factor: Floats) -> Floats:
    """(G,) smallest factor among the columns of each subgroup."""
    least = np.full(len(tables.constant), np.inf)
    np.minimum.at(least, tables.subgroup, factor)
    return least
