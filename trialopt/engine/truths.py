"""Coefficients of the choices under many possible truths at once (model section 11): N truths first, then options.

Without carry what a regimen leaves enters the value by its mean over the truths alone, so `survive` needs one averaged
number for each regimen and column (`averaged`). With carry the truths become columns (`in_all`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from trialopt.core.coefficients import CLIP, Coefficients
from trialopt.core.instance import Floats, Instance, Ints
from trialopt.core.truths import Truths
from trialopt.engine.regimens import PIECE, Regimens, Stopped, given_agents, given_options, given_pairs, never, pieces

KEPT = 60_000_000
"""Most numbers remembered of what regimens leave in each truth: about half a gigabyte."""

ASKED = 2_000
"""Sets of agents between two looks at whether to stop."""

AT_ONCE = 3_000_000
"""Numbers computed at once: bounds memory."""

FACTORS = 30_000_000
"""Most numbers of regimens' own factors held at once: a quarter of a gigabyte."""

_At = tuple[int, Ints, Ints]  # epoch, and (J,) subgroup and mechanism of columns


class TruthNumbers:
    """Numbers of options and pairs of one instance under its truths, and of regimens made of them."""

    def __init__(self, instance: Instance, truths: Truths) -> None:
        self.instance, self.truths = instance, truths
        self.stop: Callable[[], bool] = never
        """Asked between blocks of truths, also by the limits that hold in enough of them: many take a while."""
        self.count = len(truths)
        self._known: dict[int, tuple[Regimens, Floats]] = {}
        self._events: dict[int, Floats] = {}
        self._cells = 0
        self._factors: tuple[Regimens, Floats, Ints] | None = None
        """Those of the regimens asked about last, by set of agents, and the set of each: every block asks again."""

    # -- activity -----------------------------------------------------------------------------------------------

    def _kept(self, rows: slice, agent: Ints, subgroup: Ints, mechanism: Ints) -> Floats:
        """(n, A, J) sensitivity times retained activity of agents in columns."""
        t = self.truths
        kept: Floats = t.sensitivity[rows][:, subgroup][:, :, agent].transpose(0, 2, 1)
        return kept * t.retained[rows][:, agent][:, :, mechanism]

    def _coefficients(self, epoch: int, rows: slice, subgroup: Ints, mechanism: Ints) -> tuple[Floats, Floats]:
        """Log-activity of options (n, O, J) and of the pairs that have any (n, p, J)."""
        i, t = self.instance, self.truths
        kept = self._kept(rows, np.arange(len(i.agents)), subgroup, mechanism)
        single = (t.beta[rows, :, epoch][:, i.option_agent] * i.activity_factor)[:, :, None] * kept[:, i.option_agent]
        first, second = i.pair_agents[self._pairs].T
        pair = t.pair_activity[rows][:, self._pairs, None] * kept[:, first] * kept[:, second]
        return single, pair

    @property
    def piece(self) -> int:
        """Regimens whose own factors are held at once."""
        return min(PIECE, max(1, FACTORS // max(1, self.count)))

    def factors(self, regimens: Regimens, rows: slice) -> Floats:
        """(n, R) each regimen's own factor on its log-activity, at most `piece` of them. Raises `Stopped`."""
        if self.truths.arm_deviation == 0:
            return np.ones((self.count, len(regimens)))[rows]
        if self._factors is None or self._factors[0] is not regimens:
            self._factors = None  # before others take its place in memory
            self._factors = regimens, *self._of_sets(regimens)
        return np.asarray(self._factors[1][rows][:, self._factors[2]])

    def _of_sets(self, regimens: Regimens) -> tuple[Floats, Ints]:
        """(N, K) factors of the sets of agents of regimens, and (R,) which is whose."""
        agents = given_agents(self.instance, regimens.options)
        packed = np.packbits(agents, axis=1)  # rows of bytes sort faster than rows of agents
        _, first, place = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        sets = agents[first]
        names = np.array(self.instance.agents, dtype=object)
        made = np.empty((self.count, len(sets)))
        for n, given in enumerate(sets):
            if n % ASKED == ASKED - 1 and self.stop():
                raise Stopped
            made[:, n] = self.truths.factor(names[given].tolist())
        return made, place.ravel()

    def _blocks(self, regimens: Regimens, columns: int) -> list[slice]:
        step = max(1, AT_ONCE // max(1, len(regimens) * columns))
        return [slice(begin, min(begin + step, self.count)) for begin in range(0, self.count, step)]

    def activity(self, regimens: Regimens, epoch: int, subgroup: Ints, mechanism: Ints, rows: slice) -> Floats:
        """(R, n, J) log-activity of regimens under the truths of `rows`."""
        single, pair = self._coefficients(epoch, rows, subgroup, mechanism)
        total = self._summed(regimens, single, pair, self._pairs)
        total *= self.factors(regimens, rows).T[:, :, None]
        return total

    @cached_property
    def _pairs(self) -> Ints:
        """Pairs whose activity is not 0 in every truth."""
        return np.flatnonzero(self.truths.pair_activity.any(axis=0))

    @cached_property
    def _toxic_pairs(self) -> Ints:
        """Pairs that add events in some truth."""
        return np.flatnonzero(self.truths.pair_toxicity.any(axis=(0, 2)))

    def _summed(self, regimens: Regimens, single: Floats, pair: Floats, pairs: Ints) -> Floats:
        """(R, n, C) sums over regimens of numbers of options (n, O, C) and of some pairs (n, p, C)."""
        given = given_options(self.instance, regimens.options).astype(float)
        if len(pairs):
            agents = given_agents(self.instance, regimens.options)
            given = np.hstack([given, given_pairs(self.instance, agents)[:, pairs]])
            single = np.concatenate([single, pair], axis=1)
        count, terms, columns = single.shape
        whole = np.ascontiguousarray(single.transpose(1, 0, 2)).reshape(terms, -1)
        return (given @ whole).reshape(len(given), count, columns)

    def averaged(
        self, regimens: Regimens, epoch: int, subgroup: Ints, mechanism: Ints, weights: list[Floats]
    ) -> list[Floats]:
        """(R, J) `sum over n of weight[n, j] exp(-Lambda^n)` for each of some weights, (N,) or (N, J).

        Raises `Stopped` when asked to stop.
        """
        known, at = self._left(regimens, epoch, subgroup, mechanism), (epoch, subgroup, mechanism)
        if known is not None or len(regimens) <= self.piece:
            return self._averaged(regimens, at, weights, known)
        every = pieces(len(regimens), self.stop, self.piece)
        some = (regimens.pick(np.arange(rows.start, rows.stop)) for rows in every)
        parts = [self._averaged(piece, at, weights, None) for piece in some]
        return [np.concatenate(part) for part in zip(*parts, strict=True)]

    def _averaged(self, regimens: Regimens, at: _At, weights: list[Floats], known: Floats | None) -> list[Floats]:
        found = [np.zeros((len(regimens), len(at[1]))) for _ in weights]
        for rows in self._blocks(regimens, len(at[1])):
            if self.stop():
                raise Stopped
            left = self._exp(regimens, *at, rows) if known is None else known[:, rows]
            for total, weight in zip(found, weights, strict=True):
                if weight.ndim == 1:
                    total += weight[rows] @ left
                else:
                    total += np.einsum("nj,rnj->rj", weight[rows], left)
        return found

    def keep(self) -> None:
        """Remember what regimens leave in each truth, as far as memory allows: they will be asked for again."""
        self._cells = KEPT

    def _left(self, regimens: Regimens, epoch: int, subgroup: Ints, mechanism: Ints) -> Floats | None:
        """(R, N, J) what regimens leave, remembered; `None` where that is not wanted or too much."""
        if epoch in self._known and self._known[epoch][0] is regimens:
            return self._known[epoch][1]
        cells = self.count * len(regimens) * len(subgroup)
        if cells > self._cells:
            return None
        whole = np.empty((len(regimens), self.count, len(subgroup)))
        for rows in self._blocks(regimens, len(subgroup)):
            whole[:, rows] = self._exp(regimens, epoch, subgroup, mechanism, rows)
        self._cells -= cells
        self._known[epoch] = regimens, whole
        return whole

    def left_by(self, regimens: Regimens, epoch: int, subgroup: Ints, mechanism: Ints, rows: Ints) -> Floats:
        """(n, N, J) what some regimens (rows) leave in each truth."""
        known = self._left(regimens, epoch, subgroup, mechanism)
        if known is not None:
            return known[rows]
        return self._exp(regimens.pick(rows), epoch, subgroup, mechanism, slice(None))

    def _exp(self, regimens: Regimens, epoch: int, subgroup: Ints, mechanism: Ints, rows: slice) -> Floats:
        activity = self.activity(regimens, epoch, subgroup, mechanism, rows)
        np.negative(activity, out=activity)
        result: Floats = np.exp(activity, out=activity)
        return result

    def in_all(self, regimens: Regimens, epoch: int, subgroup: Ints, mechanism: Ints) -> Floats:
        """(R, N * J) log-activity with the truths as columns, one after the other. Raises `Stopped`."""
        whole = np.empty((len(regimens), self.count, len(subgroup)))
        for rows in self._blocks(regimens, len(subgroup)):
            if rows.start and self.stop():
                raise Stopped
            whole[:, rows] = self.activity(regimens, epoch, subgroup, mechanism, rows)
        return whole.reshape(len(regimens), self.count * len(subgroup))

    # -- toxicity -----------------------------------------------------------------------------------------------

    def tau(self, epoch: int, subgroup: Ints, category: Ints, rows: slice = slice(None)) -> Floats:
        """(n, O, C) attributable events of options, log scale, in (subgroup, category) columns."""
        i = self.instance
        rate = self.truths.event_rate[rows, :, :, epoch][:, i.option_agent] * i.toxicity_factor[:, None]
        probability = np.minimum(CLIP, rate[:, :, category] * i.susceptibility[subgroup, category])
        result: Floats = -i.exposure[epoch] * np.log1p(-probability)
        return result

    def pair_tau(self, category: Ints, rows: slice = slice(None)) -> Floats:
        """(n, p, C) the same of the pairs that add any."""
        return self.truths.pair_toxicity[rows][:, self._toxic_pairs][:, :, category]

    def base(self, subgroup: Ints, category: Ints) -> Floats:
        """(N, C) background events of an exposure of 1, log scale."""
        i = self.instance
        rate = self.truths.background[:, category] * i.susceptibility[subgroup, category]
        result: Floats = -np.log1p(-np.minimum(CLIP, rate))
        return result

    def events(self, regimens: Regimens, epoch: int, subgroup: Ints, category: Ints, rows: slice) -> Floats:
        """(R, n, C) attributable events of regimens, log scale."""
        single, pair = self.tau(epoch, subgroup, category, rows), self.pair_tau(category, rows)
        return self._summed(regimens, single, pair, self._toxic_pairs)

    def burden(self, epoch: int, weight: Floats) -> tuple[Floats, Floats]:
        """Mean events over all categories, by weights (N,) of the truths: of options (O, G) and of pairs (P,)."""
        single = np.tensordot(weight, self.all_events(epoch), axes=(0, 0))
        return single, np.asarray(weight @ self.truths.pair_toxicity.sum(axis=2))

    def all_events(self, epoch: int) -> Floats:
        """(N, O, G) events of options over all categories, log scale."""
        if epoch not in self._events:
            i = self.instance
            every = np.arange(len(i.categories))
            taus = [self.tau(epoch, np.full(len(every), g), every).sum(axis=2) for g in range(len(i.subgroups))]
            self._events[epoch] = np.stack(taus, axis=2)
        return self._events[epoch]

    def events_of(self, epoch: int, options: Ints) -> Floats:
        """(N, G) events over all categories of one regimen, log scale."""
        i = self.instance
        agents = np.zeros(len(i.agents), dtype=bool)
        agents[i.option_agent[options]] = True
        pairs = np.flatnonzero(agents[i.pair_agents].all(axis=1))
        total: Floats = self.all_events(epoch)[:, options].sum(axis=1)
        total = total + self.truths.pair_toxicity[:, pairs].sum(axis=(1, 2))[:, None]
        return total

    # -- comparison ---------------------------------------------------------------------------------------------

    @cached_property
    def hazard_effect(self) -> Floats:
        """(D, G) mean log hazard that an agent given throughout takes away."""
        return np.asarray(self.hazard_effects.mean(axis=0))

    @cached_property
    def hazard_effects(self) -> Floats:
        """(N, D, G) log hazard that an agent given throughout takes away, in each truth."""
        t, i = self.truths, self.instance
        present = np.einsum("ndm,gm->ndg", t.retained, i.prevalence)
        removed = -np.log(t.hazard_ratio)[:, :, None] * t.sensitivity.transpose(0, 2, 1)
        return np.asarray(removed * present)

    def control_response(self, c: Coefficients, reach: Floats) -> tuple[Floats, Floats]:
        """(N, G) rate of the control, and factor on the arm's residual in what its rate is below `reach` (G,)."""
        i = self.instance
        known = ~np.isnan(self.truths.control_rate)
        residual = np.full(known.shape, np.nan)
        if i.control is not None:
            residual = self.control_residuals(c)[:, :, i.trial.endpoint_epoch]
        rate = np.where(known, self.truths.control_rate, reach * (1 - residual))
        with np.errstate(divide="ignore", invalid="ignore"):
            anchor = np.where(known & ~np.isnan(residual), (reach - rate) / residual, reach)
        return rate, anchor

    def control_residuals(self, c: Coefficients) -> Floats:
        """(N, G, S) residual of the control regimen by the end of each epoch. Needs `instance.control`."""
        i = self.instance
        if i.control is None:
            raise ValueError("the instance has no control regimen")
        residual = self.residuals_of(c, i.control)
        for name, own in i.own_control.items():
            g = i.subgroups.index(name)
            residual[:, g] = self.residuals_of(c, own)[:, g]
        return residual

    def residuals_of(self, c: Coefficients, sequence: Sequence[Sequence[int]]) -> Floats:
        """(N, G, S) residual of a sequence, or of its first epochs, in every subgroup."""
        i = self.instance
        groups, mechanisms = len(i.subgroups), len(i.mechanisms)
        subgroup, mechanism = (a.ravel() for a in np.indices((groups, mechanisms)))
        residual = np.zeros((self.count, groups, len(i.epochs)))
        earlier = np.zeros((self.count, groups, mechanisms))
        emerged = np.zeros(len(i.emergence_multiplier), dtype=bool)
        for s, options in enumerate(sequence):
            row = np.full((1, max(1, len(options))), -1, dtype=np.int16)
            row[0, : len(options)] = sorted(options)
            given = Regimens(row, np.ones(1, dtype=np.int64))
            now = self.activity(given, s, subgroup, mechanism, slice(None))[0].reshape(earlier.shape)
            growth = np.zeros(mechanisms)
            np.add.at(growth, i.emergence_mechanism[emerged], np.log(i.emergence_multiplier[emerged]))
            residual[:, :, s] = (c.start[:, s] * np.exp(growth - i.trial.carry * earlier - now)).sum(axis=2)
            earlier = earlier + now
            emerged |= i.emergence_agents[:, i.option_agent[list(options)]].any(axis=1)
        return residual
