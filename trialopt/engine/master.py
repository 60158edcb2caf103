"""The integer master: which arms, each a set of subgroups with a sequence, make the best design within shared limits.

    maximise sum_c value[c] z[c]   with  sum_{c serves g} z[c] = 1 for every subgroup,  sum_c z[c] <= max_arms,
                                         sum_c takes[c, k] z[c] <= most[k] for every resource k with a limit

by HiGHS, over the columns that the relaxation's prices leave in play (see `relaxation`).

`RESOURCES` is the one declaration of what can be shared; every array over resources (K,) is in its order. A resource
whose takes are a sum over epochs and subgroups served needs no more than its line here, its number of a regimen
(`EpochTable`), and its limit; the master, prices, proofs and rankings go through the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import highspy
import numpy as np

from trialopt.core.design import TrialSettings
from trialopt.core.instance import TOLERANCE, Floats, Ints
from trialopt.core.silent_highs import SilentHighs, without_faulty_rules
from trialopt.engine.found import Path

if TYPE_CHECKING:
    from trialopt.engine.tables import EpochTable, Tables


@dataclass(frozen=True)
class Resource:
    """One thing that arms take of and a design has a limit on."""

    name: str
    unit: str
    takes: str
    """What an arm takes, in words."""
    limit: Callable[[TrialSettings], float | None]
    """The limit the trial sets a design, `None` without one."""
    step: float
    """Takes closer than this count as equal, of a front's points too."""
    relative: bool = False
    """Whether `step` is a share of what is taken (of 1 at least)."""
    least_scale: float = 1.0
    """Limits below this are not scaled up further to a solver."""
    per_regimen: Callable[[EpochTable], Floats] | None = None
    """(R, G) what a regimen takes in each subgroup, where an arm takes the sum over epochs and subgroups served."""
    tracked: Callable[[Tables], bool] | None = None
    """Whether the tables hold `per_regimen`."""

    def below(self, taken: float) -> float:
        """The limit that asks for less than `taken`."""
        return taken - self.step * (max(1.0, taken) if self.relative else 1.0)


RESOURCES = (
    Resource(
        "patients",
        "patients",
        "experimental and control patients of a sized arm",
        lambda trial: trial.max_patients if trial.sized else None,
        step=1.0,
    ),
    Resource(
        "budget",
        "money",
        "treatment of its experimental and control patients",
        lambda trial: trial.budget if trial.sized else None,
        step=1e-8,
        relative=True,
    ),
    Resource(
        "burden",
        "events, weighted by share, epoch and reach (model section 8)",
        "severe adverse events it causes",
        lambda trial: None,  # only fronts limit it
        step=1e-7,
        least_scale=1e-3,
        per_regimen=lambda table: table.strain,
        tracked=lambda tables: tables.strained,
    ),
)

PATIENTS, MONEY, BURDEN = range(len(RESOURCES))
"""Places of the resources that the engine has rules of their own for."""

SUMMED = tuple(k for k, resource in enumerate(RESOURCES) if resource.per_regimen is not None)
"""Places of those that are sums over epochs and subgroups served."""


def nothing_taken() -> Floats:
    """(K,) zeros: no takes, and no prices."""
    return np.zeros(len(RESOURCES))


def _no_limits() -> Floats:
    """(K,) no limits."""
    return np.full(len(RESOURCES), np.inf)


@dataclass(frozen=True)
class SharedLimits:
    """Limits of a design. `exactly` asks for just `arms` arms, else it is the most."""

    arms: int
    exactly: bool = False
    most: Floats = field(default_factory=_no_limits)
    """(K,) the limits, inf where there is none."""

    @property
    def limited(self) -> list[int]:
        """Places of the resources that have a limit."""
        return np.flatnonzero(np.isfinite(self.most)).tolist()

    @property
    def scale(self) -> Floats:
        """(K,) what to divide takes by, so that limits are about 1 to a solver."""
        most = np.where(np.isfinite(self.most), self.most, 1.0)
        return np.asarray(np.maximum(most, [resource.least_scale for resource in RESOURCES]))


def limits_of(trial: TrialSettings, arms: int, exactly: bool, at_most: Mapping[str, float]) -> SharedLimits:
    """Limits that a trial sets a design, and by name those that are asked for beside (the tighter one holds)."""
    most = _no_limits()
    for k, resource in enumerate(RESOURCES):
        limit = resource.limit(trial)
        most[k] = min(np.inf if limit is None else float(limit), at_most.get(resource.name, np.inf))
    return SharedLimits(arms, exactly, most)


@dataclass(frozen=True)
class Columns:
    """Arms the master may choose from: subgroup set, value, and (n, K) what each takes of the resources."""

    masks: Ints
    values: Floats
    takes: Floats

    def __len__(self) -> int:
        return len(self.masks)


@dataclass(frozen=True, eq=False)
class Column:
    """One arm: the subgroups it serves, its sequence, what it is worth, and (K,) what it takes of the resources."""

    mask: int
    path: Path
    value: float
    takes: Floats


def table(columns: list[Column]) -> Columns:
    """Columns as arrays."""
    return Columns(
        np.array([c.mask for c in columns], dtype=np.int64),
        np.array([c.value for c in columns]),
        np.array([c.takes for c in columns]).reshape(-1, len(RESOURCES)),
    )


def unlimited(masks: Ints, values: Floats) -> Columns:
    """Columns that take nothing."""
    return Columns(masks, values, np.zeros((len(masks), len(RESOURCES))))


def choose(
    columns: Columns,
    groups: int,
    within: SharedLimits,
    *,
    forbidden: Sequence[Sequence[int]] = (),
    fewest_patients_at: float | None = None,
) -> tuple[float, Ints] | None:
    """Best choice of columns that serves every subgroup once, with its proven bound; `None` when there is none.

    With `fewest_patients_at` the choice with the fewest patients among those worth at least that much, its bound
    counting patients. `forbidden` are combinations of columns that must not be chosen. HiGHS.
    """
    serving = (columns.masks >> np.arange(groups)[:, None] & 1).astype(float)
    if not serving.any(axis=1).all():
        return None
    every = np.ones(len(columns))
    limits = [
        (1e3 * columns.takes[:, k] / within.scale[k], 1e3 * within.most[k] / within.scale[k]) for k in within.limited
    ]
    at_least = [(row, 1.0) for row in serving] + ([(every, float(within.arms))] if within.exactly else [])
    if fewest_patients_at is not None:
        at_least.append((columns.values, fewest_patients_at))
    at_most = [(row, 1.0) for row in serving] + [(every, float(within.arms)), *limits]
    at_most += [_not_all(together, len(columns)) for together in forbidden]
    cost = -columns.values if fewest_patients_at is None else columns.takes[:, PATIENTS]
    while True:
        found = _least_of_whole(cost, at_least, at_most)
        if found is None:
            return None
        bound, chosen = found
        if (columns.takes[chosen].sum(axis=0) <= within.most + TOLERANCE).all():
            return -bound if fewest_patients_at is None else bound, chosen
        # Whole only up to the solver's tolerance, a choice can be a little above a limit: not this one, then.
        at_most.append(_not_all(chosen.tolist(), len(columns)))


Row = tuple[Floats, float]
"""Coefficients (n,) of one constraint, and its right side."""


def _not_all(together: Sequence[int], count: int) -> Row:
    """At most all but one of these columns."""
    row = np.zeros(count)
    row[list(together)] = 1.0
    return row, len(together) - 1.0


def _least_of_whole(cost: Floats, at_least: list[Row], at_most: list[Row]) -> tuple[float, Ints] | None:
    """Bound and choice of ``min cost @ z`` over z of 0 and 1 within rows; `None` when none fits.

    Raises `RuntimeError` when HiGHS ends without an answer.
    """
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(at_least) + len(at_most)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(len(cost)), np.ones(len(cost))
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(cost)
    lp.row_lower_ = np.array([right for _, right in at_least] + [-highspy.kHighsInf] * len(at_most))
    lp.row_upper_ = np.array([highspy.kHighsInf] * len(at_least) + [right for _, right in at_most])
    rows = np.array([row for row, _ in at_least + at_most])
    row, column = np.nonzero(rows)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.searchsorted(row, np.arange(lp.num_row_ + 1)).astype(np.int32)
    lp.a_matrix_.index_ = column.astype(np.int32)
    lp.a_matrix_.value_ = rows[row, column]
    highs = SilentHighs()
    without_faulty_rules(highs)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 1e-9)
    highs.passModel(lp)
    highs.run()
    status, solution = highs.getModelStatus(), highs.getSolution()
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    if status != highspy.HighsModelStatus.kOptimal or not solution.value_valid:
        raise RuntimeError(f"the master ended without a choice: {highs.modelStatusToString(status)}")
    return float(highs.getInfo().mip_dual_bound), np.flatnonzero(np.array(solution.col_value) > 0.5)
