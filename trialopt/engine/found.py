"""The best design that a run has found, which the independent evaluation accepts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import Instance
from trialopt.core.run import Monitor
from trialopt.engine.tables import Tables
from trialopt.evaluation import evaluate

DISAGREEMENT = 1e-7
"""The engine's value of a design may differ from `evaluate`'s by rounding only."""

EQUAL = 1e-9
"""Values this close are the same."""

Path = tuple[int, ...]
"""A sequence as a row of each epoch's table."""


@dataclass(frozen=True)
class Refused:
    """What `evaluate` does not accept (a limit missed by a hair).

    A sequence for the one subgroup of `mask`; with `whole`, for just the set `mask`; an empty `mask` stands for the
    whole combination of arms.
    """

    mask: int
    path: Path
    whole: bool = False


class Incumbent:
    """Holds the best design found, as (set of subgroups, sequence) arms."""

    def __init__(self, instance: Instance, tables: Tables, monitor: Monitor) -> None:
        self._instance, self._tables, self._monitor = instance, tables, monitor
        self.arms: list[tuple[int, Path]] = []
        self.value = -np.inf

    def offer(
        self, arms: list[tuple[int, Path]], value: float, doing: str = "", *, preferred: bool = False
    ) -> list[Refused]:
        """Take a design if it is better than the one held; returns what `evaluate` refuses of it, if anything.

        A `preferred` design is also taken when it is just as good.

        Raises `RuntimeError` when `evaluate` gives the design another value than the engine.
        """
        if value <= self.value and not (preferred and value >= self.value - EQUAL):
            return []
        arms = in_order(arms)
        evaluation = evaluate(self._instance, design_of(self._instance, self._tables, arms))
        if evaluation.violations:
            refused = []
            by_name = {f"A{n}": arm for n, arm in enumerate(arms, start=1)}
            for violation in evaluation.violations:
                if violation.arm is None:
                    return [Refused(0, ())]
                mask, path = by_name[violation.arm]
                if violation.subgroup is not None:
                    mask = 1 << self._instance.subgroups.index(violation.subgroup)
                refused.append(Refused(mask, path, whole=violation.subgroup is None))
            return refused
        if self._tables.judged and abs(evaluation.value - value) > DISAGREEMENT:
            raise RuntimeError(f"the engine values a design at {value}, evaluate at {evaluation.value}")
        self.arms, self.value = arms, value
        self._monitor.report(value=value, doing=doing)
        return []

    def design(self) -> Design | None:
        """The design held, in trial terms."""
        return design_of(self._instance, self._tables, self.arms) if self.arms else None


def design_of(instance: Instance, tables: Tables, chosen: list[tuple[int, Path]]) -> Design:
    """(set, sequence) arms in trial terms, named in the order given."""
    arms: list[Arm] = []
    for mask, path in chosen:
        served = tuple(g for n, g in enumerate(instance.subgroups) if mask >> n & 1)
        arms.append(Arm(f"A{len(arms) + 1}", served, _doses(instance, tables, path)))
    return Design(tuple(arms))


def in_order(chosen: list[tuple[int, Path]]) -> list[tuple[int, Path]]:
    """Arms by the first subgroup that each serves: the order in which they are named."""
    return sorted(chosen, key=lambda arm: arm[0] & -arm[0])


def _doses(i: Instance, tables: Tables, path: Path) -> dict[str, tuple[Dose, ...]]:
    return {
        epoch: tuple(
            Dose(i.agents[i.option_agent[o]], i.option_level[o]) for o in table.regimens.options[row].tolist() if o >= 0
        )
        for epoch, table, row in zip(i.epochs, tables.epochs, path, strict=True)
    }
