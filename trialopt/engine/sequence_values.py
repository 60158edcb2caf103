"""Value of whole sequences and designs in every truth, from the tables of the search for the worst of them."""

from __future__ import annotations

import numpy as np

from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import Floats, Instance, Ints
from trialopt.engine.found import Path
from trialopt.engine.tables import Tables


class SequenceValues:
    """Value of sequences in every truth, from the tables' own regimens."""

    def __init__(self, instance: Instance, c: Coefficients, tables: Tables) -> None:
        assert tables.mixed is not None
        self._i, self._c, self._tables = instance, c, tables
        self._numbers = tables.mixed.numbers
        self._subgroup, self._mechanism = tables.mixed.pair_subgroup, tables.mixed.pair_mechanism
        self._of_group = (self._subgroup[:, None] == np.arange(len(instance.subgroups))).astype(float)
        self._known: dict[Path, Floats] = {}
        self._rows = [
            {tuple(sorted(o for o in options if o >= 0)): r for r, options in enumerate(t.regimens.options.tolist())}
            for t in tables.epochs
        ]

    def of(self, path: Path) -> Floats:
        """(N, G) weighted value of a sequence in each subgroup, limits kept or not."""
        if path not in self._known:
            self._known[path] = self._value(path)
        return self._known[path]

    def weighted(self, paths: list[Path], q: Floats) -> Floats:
        """(n, G) value of sequences at weights of the truths."""
        return np.array([q @ self.of(path) for path in paths])

    def design(self, arms: list[tuple[int, Path]]) -> Floats:
        """(N,) value of a design."""
        total = np.zeros(self._numbers.count)
        for mask, path in arms:
            member = (mask >> np.arange(self._of_group.shape[1])) & 1
            total += self.of(path) @ member
        return total

    def hardest(self, tail: float) -> Floats:
        """(N,) weights of the share of the truths in which the regimens that are best by themselves do worst.

        They are where the search for weights begins: with carry a truth without a weight costs nothing, and alike
        weights for all of them would be its dearest step.
        """
        count = self._numbers.count
        order, most = np.argsort(self._of_best_regimens(), kind="stable"), 1 / (tail * count)
        q = np.empty(count)
        q[order] = np.clip(1 - most * np.arange(count), 0.0, most)
        return q

    def _of_best_regimens(self) -> Floats:
        """(N,) value if each subgroup got the regimen of each epoch that leaves least by itself, whatever the rest."""
        value, carried = np.zeros(self._numbers.count), np.ones((len(self._subgroup), self._numbers.count))
        groups = np.arange(self._of_group.shape[1])
        for s, table in enumerate(self._tables.epochs):
            if not len(table):
                continue
            allowed = (table.regimens.mask[:, None] >> groups) & 1
            best = np.where(allowed, table.alone, np.inf).argmin(axis=0)
            left = self._numbers.left_by(table.regimens, s, self._subgroup, self._mechanism, best)
            mine = left[self._subgroup, :, np.arange(len(self._subgroup))]
            share = self._c.value_weight[self._subgroup, s] * self._c.start[self._subgroup, s, self._mechanism]
            value -= share @ (mine * carried)
            if self._i.trial.carry > 0:
                carried *= mine**self._i.trial.carry
        return value

    def mask(self, subgroups: tuple[str, ...]) -> int:
        """Set of subgroups by their ids."""
        return sum(1 << self._i.subgroups.index(g) for g in subgroups)

    def path(self, sequence: object) -> Path:
        """Rows of a sequence given by doses."""
        given = dict(sequence)  # type: ignore[call-overload]
        return tuple(
            self._rows[s][tuple(sorted(self._i.option(d.agent, d.level) for d in given.get(epoch, ())))]
            for s, epoch in enumerate(self._i.epochs)
        )

    def _value(self, path: Path) -> Floats:
        i, numbers = self._i, self._numbers
        total = np.broadcast_to(self._c.value_weight.sum(axis=1), (numbers.count, len(i.subgroups))).copy()
        carried = np.ones((numbers.count, len(self._subgroup)))
        before = np.zeros(len(i.agents), dtype=bool)
        for s, row in enumerate(path):
            regimens = self._tables.epochs[s].regimens
            at: Ints = np.array([row])
            left = numbers.left_by(regimens, s, self._subgroup, self._mechanism, at)[0]
            growth = np.zeros(len(i.mechanisms))
            emerged = i.emergence_agents[:, before].any(axis=1)
            np.add.at(growth, i.emergence_mechanism[emerged], np.log(i.emergence_multiplier[emerged]))
            share = self._c.start[self._subgroup, s, self._mechanism] * np.exp(growth)[self._mechanism]
            total -= (left * carried * (share * self._c.value_weight[self._subgroup, s])) @ self._of_group
            options = regimens.options[row]
            given = options[options >= 0].astype(np.int64)
            if i.trial.toxicity_weight > 0:
                total -= numbers.events_of(s, given) * self._c.burden_weight[:, s]
            if i.trial.carry > 0:
                carried = carried * left**i.trial.carry
            before[i.option_agent[given]] = True
        return total
