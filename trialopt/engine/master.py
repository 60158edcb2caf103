"""The integer master: which arms, each a set of subgroups with a sequence, make the best design within shared limits.

    maximise sum_c value[c] z[c]   with  sum_{c serves g} z[c] = 1 for every subgroup,  sum_c z[c] <= max_arms,
                                         sum_c takes[c, k] z[c] <= most[k] for every resource k with a limit

in Pyomo with HiGHS, over the columns that the relaxation's prices leave in play (see `relaxation`).

`RESOURCES` is the one declaration of what can be shared; every array over resources (K,) is in its order. A resource
whose takes are a sum over epochs and subgroups served needs no more than its line here, its number of a regimen
(`EpochTable`), and its limit; the master, prices, proofs and rankings go through the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from trialopt.core.design import TrialSettings
from trialopt.core.instance import TOLERANCE, Floats, Ints
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
    counting patients. `forbidden` are combinations of columns that must not be chosen. Pyomo with HiGHS.
    """
    import pyomo.environ as pyo
    from pyomo.contrib.solver.common.results import TerminationCondition
    from pyomo.contrib.solver.solvers.highs import Highs

    serving = {g: np.flatnonzero((columns.masks >> g) & 1).tolist() for g in range(groups)}
    if not all(serving.values()):
        return None
    model = pyo.ConcreteModel()
    model.columns = pyo.RangeSet(0, len(columns) - 1)
    model.z = pyo.Var(model.columns, domain=pyo.Binary)
    value = sum(float(v) * model.z[n] for n, v in enumerate(columns.values))
    model.serve = pyo.Constraint(range(groups), rule=lambda m, g: sum(m.z[n] for n in serving[g]) == 1)
    arms = sum(model.z[n] for n in model.columns)
    model.arms = pyo.Constraint(expr=arms == within.arms if within.exactly else arms <= within.arms)
    model.limits = pyo.ConstraintList()
    for k in within.limited:
        taken = sum(1e3 * float(v) / within.scale[k] * model.z[n] for n, v in enumerate(columns.takes[:, k]))
        model.limits.add(taken <= 1e3 * within.most[k] / within.scale[k])
    model.not_again = pyo.ConstraintList()
    for together in forbidden:
        model.not_again.add(sum(model.z[n] for n in together) <= len(together) - 1)
    if fewest_patients_at is None:
        model.best = pyo.Objective(expr=value, sense=pyo.maximize)
    else:
        model.worth = pyo.Constraint(expr=value >= fewest_patients_at)
        patients = sum(float(v) * model.z[n] for n, v in enumerate(columns.takes[:, PATIENTS]))
        model.best = pyo.Objective(expr=patients, sense=pyo.minimize)
    while True:
        result = Highs().solve(
            model,
            load_solutions=False,
            raise_exception_on_nonoptimal_result=False,
            solver_options={"mip_rel_gap": 0.0, "mip_abs_gap": 1e-9},
        )
        if result.termination_condition == TerminationCondition.provenInfeasible:
            return None
        if result.incumbent_objective is None:
            raise RuntimeError(f"the master ended without a choice: {result.termination_condition}")
        result.solution_loader.load_vars()
        chosen = [n for n in model.columns if model.z[n].value > 0.5]
        if (columns.takes[chosen].sum(axis=0) <= within.most + TOLERANCE).all():
            return float(result.objective_bound), np.array(chosen)
        # Whole only up to the solver's tolerance, a choice can be a little above a limit: not this one, then.
        model.not_again.add(sum(model.z[n] for n in chosen) <= len(chosen) - 1)
