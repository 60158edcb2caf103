"""Component arms of a search: the patients that arms take beside their own (model section 12), exactly.

What an arm takes depends on which agents its regimen at the endpoint gives, so it is no function of measures that a
search could bound. The size of the arm by itself is a lower bound of all it takes, which bounds keep; whole sequences
are looked at one by one: `needs` says what the comparisons with their component arms ask for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import TOLERANCE, Floats, Instance, Ints
from trialopt.engine.found import Path
from trialopt.engine.plans import comparison_of, control_response, enrolments_of, set_fractions
from trialopt.engine.regimen_numbers import control_residuals, hazard_effect, residuals_of
from trialopt.engine.tables import Tables
from trialopt.engine.truths import TruthNumbers
from trialopt.sizing import inflation_for
from trialopt.sizing.strata_sizes import Comparison, response_patients, survival_patients

CORTICOSTEROID = "corticosteroid"
"""Class whose agents `all` leaves in."""

ROUNDING = 1e-12

Row = tuple[float, float, float, float]
"""Patients of the arm, controls, component arms, money for a patient in each of them."""

NOTHING: Row = (0.0, 0.0, 0.0, 0.0)

Options = tuple[tuple[int, ...], ...]
"""Options of each epoch, by index, rising."""


@dataclass(frozen=True)
class _Parts:
    """Component arms of one sequence, k of them, whoever it serves. For `pfs` rates are log hazards taken away."""

    own: Floats
    """(G,) rate of the sequence."""
    low: Floats
    """(k, G) rates of the component arms; of the control where it stands in."""
    masks: Ints
    """(k,) subgroups in which the rules allow the component arm."""
    stands: Ints
    """(k,) 1 where the control stands in."""
    price: Floats
    """(k,) money per patient."""


@dataclass(frozen=True)
class Needs:
    """What comparisons of n arms with their component arms ask for; 0 where there are none."""

    n1: Floats
    """(n,) patients of the arm and of each component arm; inf where one cannot be sized."""
    n0: Floats
    """(n,) controls, where the control stands in."""
    arms: Floats
    """(n,) component arms."""
    price: Floats
    """(n,) money for one patient in each of them."""


class Components:
    """Knows the component arms of every sequence of the tables, and what they ask for in a set of subgroups."""

    def __init__(self, instance: Instance, c: Coefficients, tables: Tables) -> None:
        i, trial, asked = instance, instance.trial, instance.trial.contribution
        assert asked is not None
        self._i, self._c, self._tables = i, c, tables
        self._t, self._target = trial.contribution_epoch, asked.target
        alpha = trial.alpha if asked.alpha is None else asked.alpha
        factor = 1.0 if trial.interim is None else inflation_for(trial.interim, alpha, asked.power)
        self._stands_in = replace(comparison_of(trial, 1), alpha=alpha, power=asked.power, inflation=factor)
        pooled = trial.compares_rates and trial.null_variance == "pooled"
        self._between = replace(self._stands_in, ratio=1.0, pooled_variance=pooled)
        self._rates = _Rates(i, c) if trial.compares_rates else _Hazards(i)
        self._harm = _Harm(i, c) if trial.no_harm and i.control is not None else None
        self._cost = (i.cycles[:, None] * i.cost_per_cycle + i.cost_per_course) * (trial.budget is not None)
        self._enrolments = enrolments_of(i)
        self._parts: dict[Path, _Parts | None] = {}
        self._known: dict[int, dict[Path, Row]] = {}

    @staticmethod
    def wanted(instance: Instance) -> bool:
        """Whether arms of the instance may bring component arms."""
        return instance.trial.contributes

    # -- which there are ------------------------------------------------------------------------------------------

    def _agents(self, options: tuple[int, ...]) -> list[int]:
        """Agents whose contribution a regimen at the endpoint has to show."""
        i, asked = self._i, self._i.trial.contribution
        given = [int(i.option_agent[o]) for o in options]
        if asked is not None and asked.require == "all":
            return [d for d in given if i.classes[i.agent_class[d]] != CORTICOSTEROID]
        known = i.rules.precedents
        novel = [pair for pair in combinations(given, 2) if frozenset(i.agents[d] for d in pair) not in known]
        return sorted({d for pair in novel for d in pair})

    def _options(self, path: Path) -> Options:
        epochs = zip(self._tables.epochs, path, strict=True)
        return tuple(tuple(sorted(o for o in t.regimens.options[row].tolist() if o >= 0)) for t, row in epochs)

    def _of(self, path: Path) -> _Parts | None:
        """Component arms of a sequence; `None` where it has none."""
        if path not in self._parts:
            self._parts[path] = self._made(self._options(path))
        return self._parts[path]

    def _made(self, given: Options) -> _Parts | None:
        i, t = self._i, self._t
        low, masks, stands, price = [], [], [], []
        for d in self._agents(given[t]):
            rest = tuple(o for o in given[t] if i.option_agent[o] != d)
            sequence = (*given[:t], rest, *given[t + 1 :])
            every = (1 << len(i.subgroups)) - 1
            low.append(self._rates.of(sequence) if rest else self._rates.control)
            masks.append(self._allowed(sequence) if rest else every)
            stands.append(int(not rest))
            price.append(sum(float(self._cost[s, i.option_agent[list(o)]].sum()) for s, o in enumerate(sequence)))
        if not low:
            return None
        kinds = np.array(masks, dtype=np.int64), np.array(stands, dtype=np.int64)
        return _Parts(self._rates.of(given), np.array(low), *kinds, np.array(price) * (1 - kinds[1]))

    def _allowed(self, sequence: Options) -> int:
        """Subgroups in which the rules allow a component arm: leaving out breaks `include` and `no_harm` at most."""
        i, rules = self._i, self._i.rules

        def holds(item: str, epochs: Sequence[int]) -> bool:
            matching = i.options_matching(item)
            return any(matching[o] for s in epochs for o in sequence[s])

        here = [item for item, where in rules.include_in if where == i.epochs[self._t]]
        if not all(holds(item, range(len(sequence))) for item in rules.include):
            return 0
        if not all(holds(item, [self._t]) for item in here):
            return 0
        return (1 << len(i.subgroups)) - 1 if self._harm is None else self._harm.harmless(sequence)

    # -- what they ask for ----------------------------------------------------------------------------------------

    def needs(self, mask: int, paths: Sequence[Path]) -> Needs:
        """What arms that serve the set with sequences (n,) need for their component arms."""
        known = self._known.setdefault(mask, {})
        fresh = [path for path in dict.fromkeys(paths) if path not in known]
        if fresh:
            known |= self._sized(mask, fresh)
        rows = np.array([known[path] for path in paths]).reshape(len(paths), 4)
        return Needs(*rows.T)

    def _sized(self, mask: int, paths: list[Path]) -> dict[Path, Row]:
        i, found = self._i, dict.fromkeys(paths, NOTHING)
        member = (mask >> np.arange(len(i.subgroups))) & 1
        served = np.flatnonzero(member)
        f = set_fractions(i, member[None].astype(float))[0][served]
        whose, parts = [], []
        for path in paths:
            if (one := self._of(path)) is not None:
                whose.append(path)
                parts.append(one)
        if not parts:
            return found
        used = [np.flatnonzero((one.masks & mask) == mask) for one in parts]
        place = np.repeat(np.arange(len(parts)), [len(at) for at in used])
        low = np.concatenate([one.low[at] for one, at in zip(parts, used, strict=True)])[:, served]
        own = np.array([one.own for one in parts])[place][:, served]
        stands = np.concatenate([one.stands[at] for one, at in zip(parts, used, strict=True)]).astype(bool)
        price = np.concatenate([one.price[at] for one, at in zip(parts, used, strict=True)])
        n1, n0 = np.zeros(len(place)), np.zeros(len(place))
        for rows, how in ((~stands, self._between), (stands, self._stands_in)):
            if rows.any():
                n1[rows], n0[rows] = self._patients(f, own[rows], low[rows], served, how)
        total = np.zeros((len(parts), 4))
        np.maximum.at(total[:, 0], place, n1)
        np.maximum.at(total[:, 1], place, np.where(stands, n0, 0.0))
        np.add.at(total[:, 2], place, 1.0 - stands)
        np.add.at(total[:, 3], place, price)
        for path, (most, controls, arms, money) in zip(whose, total.tolist(), strict=True):
            found[path] = most, controls, arms, money
        return found

    def _patients(self, f: Floats, own: Floats, low: Floats, served: Ints, how: Comparison) -> tuple[Floats, Floats]:
        """Patients (k,) of each side, for rates (k, g) of arms and of those they are compared with."""
        i, target, shrink = self._i, self._target, self._i.trial.shrink
        gain = (own - low) @ f
        if i.trial.compares_rates:
            reached = np.ones(len(gain), dtype=bool) if target is None else gain >= target - TOLERANCE - ROUNDING
            n1, n0 = response_patients(f, low, low + (shrink * (own - low) if target is None else target), how)
        else:
            whole, beside = np.exp(-gain), np.exp(-(low - self._rates.control[served]) @ f)
            reached = np.ones(len(gain), dtype=bool) if target is None else whole <= target + TOLERANCE + ROUNDING
            ratio = whole**shrink if target is None else np.full(len(gain), target)
            good = -np.log(ratio) > TOLERANCE
            rate = np.asarray(i.accrual[served].sum())
            entering = None if self._enrolments is None else [self._enrolments[g] for g in served]
            medians, ratio = i.control_medians[served], np.where(good, ratio, 0.5)
            found = survival_patients(ratio, f, medians, rate, how, beside, entering)
            n1, n0 = (np.where(good, n, np.inf) for n in found)
        return np.where(reached, n1, np.inf), np.where(reached, n0, np.inf)


class _Rates:
    """Response rates of sequences in every subgroup, means over the truths where there are some."""

    def __init__(self, instance: Instance, c: Coefficients) -> None:
        self._i, self._c = instance, c
        self._t = instance.trial.endpoint_epoch
        self._reach = instance.reach[:, self._t]
        self._numbers = None if instance.truths is None else TruthNumbers(instance, instance.truths)
        if self._numbers is None:
            self.control, self._anchor = control_response(instance, c)
        else:
            rates, self._anchor = self._numbers.control_response(c, self._reach)
            self.control = rates.mean(axis=0)
        self._known: dict[Options, Floats] = {}

    def of(self, sequence: Options) -> Floats:
        """(G,) rates of a sequence; what comes after the endpoint does not matter."""
        upto = sequence[: self._t + 1]
        if upto not in self._known:
            if self._numbers is None:
                left = self._anchor * residuals_of(self._i, self._c, upto)[:, self._t]
            else:
                left = (self._anchor * self._numbers.residuals_of(self._c, upto)[:, :, self._t]).mean(axis=0)
            self._known[upto] = self._reach - left
        return self._known[upto]


class _Hazards:
    """Log hazards that sequences take away in every subgroup, means over the truths where there are some."""

    def __init__(self, instance: Instance) -> None:
        self._i, self._effect = instance, hazard_effect(instance)
        none: Options = ((),) * len(instance.epochs)
        controls = [self.of(instance.control_of(g) or none)[g] for g in range(len(instance.subgroups))]
        self.control = np.array(controls)

    def of(self, sequence: Sequence[Sequence[int]]) -> Floats:
        """(G,) log hazards."""
        i = self._i
        total = np.zeros(len(i.subgroups))
        for s, options in enumerate(sequence):
            total += i.pfs_weight[s] * self._effect[i.option_agent[list(options)]].sum(axis=0)
        return total


class _Harm:
    """`no_harm` of component arms: with the inputs as given, or in enough truths."""

    def __init__(self, instance: Instance, c: Coefficients) -> None:
        self._i, self._c = instance, c
        self._weight = instance.weight * instance.reach
        self._numbers, self._needed = None, 1
        asked = instance.uncertainty
        if asked is not None and instance.truths is not None and asked.confidence is not None:
            self._numbers = TruthNumbers(instance, instance.truths)
            self._needed = asked.needed(self._numbers.count)
        most = control_residuals(instance, c) if self._numbers is None else self._numbers.control_residuals(c)
        self._most = (self._weight * most).sum(axis=-1) + TOLERANCE
        self._known: dict[Options, int] = {}

    def harmless(self, sequence: Options) -> int:
        """Subgroups in which a sequence does no harm."""
        if sequence not in self._known:
            if self._numbers is None:
                left = residuals_of(self._i, self._c, sequence)
            else:
                left = self._numbers.residuals_of(self._c, sequence)
            holds = (self._weight * left).sum(axis=-1) <= self._most + ROUNDING
            enough = holds if self._numbers is None else holds.sum(axis=0) >= self._needed
            self._known[sequence] = int(sum(1 << g for g in np.flatnonzero(enough).tolist()))
        return self._known[sequence]
