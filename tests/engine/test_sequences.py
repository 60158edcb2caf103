"""The best sequence of a set against every sequence, whatever the carry, the cutoff, the blocks and the charge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.engine.small import Path, every_path, every_value, members, question, small_seeds
from trialopt.engine import measures, sequences
from trialopt.engine.measures import Measure
from trialopt.engine.sequences import SequenceSearch

SEEDS = small_seeds(14)
CARRY = [0.0, 0.5, 1.0]
NOISE = 1e-9

cases = pytest.mark.parametrize(("seed", "carry"), [(seed, carry) for seed in SEEDS for carry in CARRY])


def losses(seed: int, carry: float, mask: int) -> np.ndarray:
    """(paths,) what each sequence leaves of the best conceivable value of the set; inf where it is not allowed."""
    tables = question(seed, carry).tables
    return np.asarray((tables.constant - every_value(seed, carry))[:, members(mask)].sum(axis=1))


def search(seed: int, carry: float, mask: int, **options: object) -> SequenceSearch:
    return SequenceSearch(question(seed, carry).tables, mask, **options)  # type: ignore[arg-type]


def place(seed: int, carry: float, path: Path) -> int:
    return every_path(seed, carry).index(path)


@cases
def test_the_best_of_every_set(seed: int, carry: float) -> None:
    for mask in question(seed, carry).masks:
        expected = losses(seed, carry, mask)
        found = search(seed, carry, mask).run()
        if np.isinf(expected.min()):
            assert found.path is None
            assert found.lower == np.inf
            continue
        assert found.path is not None
        assert expected[place(seed, carry, found.path)] == pytest.approx(found.loss, abs=NOISE)
        assert found.loss == pytest.approx(expected.min(), abs=NOISE)
        assert expected.min() - 1e-8 <= found.lower <= expected.min() + NOISE


@cases
def test_small_blocks_change_nothing(seed: int, carry: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "BLOCK_CELLS", 30)
    monkeypatch.setattr(sequences, "MOST_CHILDREN", 4)
    test_the_best_of_every_set(seed, carry)


@cases
def test_a_tolerance_is_kept(seed: int, carry: float) -> None:
    for mask in question(seed, carry).masks:
        expected = losses(seed, carry, mask).min()
        found = search(seed, carry, mask).run(tolerance=0.05)
        assert found.lower <= expected + NOISE
        if np.isfinite(expected):
            assert expected - NOISE <= found.loss <= expected + 0.05 + NOISE
            assert found.lower >= found.loss - 0.05 - NOISE


@cases
def test_a_cutoff(seed: int, carry: float) -> None:
    """Above the best it changes nothing; at or below it there is nothing to find, and that is proven."""
    for mask in question(seed, carry).masks:
        best = losses(seed, carry, mask).min()
        if np.isinf(best):
            continue
        above = search(seed, carry, mask).run(cutoff=best + 0.01)
        assert above.loss == pytest.approx(best, abs=NOISE)
        below = search(seed, carry, mask).run(cutoff=best - 0.01)
        assert below.path is None
        assert best - 0.01 - 1e-8 <= below.lower <= best + NOISE


@cases
def test_a_known_sequence(seed: int, carry: float) -> None:
    """The result is the best whichever sequence was known before."""
    for mask in question(seed, carry).masks:
        every = losses(seed, carry, mask)
        fine = np.flatnonzero(np.isfinite(every))
        if not len(fine):
            continue
        n = int(np.random.default_rng(seed).choice(fine))
        found = search(seed, carry, mask).run(incumbent=(float(every[n]), every_path(seed, carry)[n]))
        assert found.path is not None
        assert every[place(seed, carry, found.path)] == pytest.approx(every.min(), abs=NOISE)
        assert found.lower == pytest.approx(every.min(), abs=1e-8)


@cases
def test_barred_sequences_are_passed_over(seed: int, carry: float) -> None:
    paths = every_path(seed, carry)
    for mask in question(seed, carry).masks:
        every = losses(seed, carry, mask)
        order = np.argsort(every, kind="stable")
        for count in (1, 3):
            barred = order[:count]
            left = np.delete(every, barred)
            found = search(seed, carry, mask, barred=frozenset(paths[n] for n in barred)).run()
            if not len(left) or np.isinf(left.min()):
                assert found.path is None
                continue
            assert found.loss == pytest.approx(left.min(), abs=NOISE)
            assert found.lower <= left.min() + NOISE
            assert found.path not in {paths[n] for n in barred}


@cases
def test_stopped_at_any_moment_the_bound_holds(seed: int, carry: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "BLOCK_CELLS", 30)
    monkeypatch.setattr(sequences, "MOST_CHILDREN", 4)
    mask = max(question(seed, carry).masks)
    every = losses(seed, carry, mask)
    for calls in range(12):
        left = iter(range(calls))
        found = search(seed, carry, mask, stop=lambda left=left: next(left, None) is None).run()
        assert found.lower <= every.min() + NOISE
        if found.path is not None:
            assert every[place(seed, carry, found.path)] == pytest.approx(found.loss, abs=NOISE)


# -- charges and collecting -----------------------------------------------------------------------------------


class RandomCharge:
    """A charge on two random measures, one over epochs' residuals and one over regimens, with a limit on the second.

    With `plus` a third part, a random number for each regimen, is added to the loss as it is.
    """

    def __init__(self, seed: int, carry: float, free: bool = False, plus: bool = False) -> None:
        rng = np.random.default_rng([seed, 5])
        tables = question(seed, carry).tables
        at = int(rng.integers(len(tables.epochs)))
        columns = len(tables.subgroup)
        weight = [rng.uniform(0, 1, columns) if s == at else None for s in range(len(tables.epochs))]
        price = [rng.uniform(0, 1, len(t)) for t in tables.epochs]
        none: list[np.ndarray | None] = [None] * len(price)
        self._measures = [Measure(weight, none), Measure(none, price)]
        self.added = Measure(none, [rng.uniform(0, 0.2, len(t)) for t in tables.epochs]) if plus else None
        self._free = free
        self._most = 0.5 * len(price)

    @property
    def measures(self) -> Sequence[Measure]:
        return self._measures

    extended = False

    def beyond(self, values: np.ndarray, path: tuple[int, ...]) -> float:
        return 0.0

    def __call__(self, values: np.ndarray, *, exact: bool = False) -> np.ndarray:
        if self._free:
            return np.zeros(len(values))
        charge = 0.3 * np.sqrt(np.maximum(values[:, 0], 0.0)) + 0.2 * np.maximum(values[:, 1] - 0.3, 0.0)
        return np.where(values[:, 1] <= self._most, charge, np.inf)

    def plus(self, seed: int, carry: float) -> np.ndarray:
        """(paths,) what is added to each sequence's loss."""
        if self.added is None:
            return np.zeros(len(every_path(seed, carry)))
        parts = [np.zeros(0) if a is None else a for a in self.added.add]
        return np.array([sum(a[r] for a, r in zip(parts, path, strict=True)) for path in every_path(seed, carry)])

    def of(self, seed: int, carry: float, mask: int) -> np.ndarray:
        """(paths, 2) both measures of every sequence, in the subgroups of the set only."""
        tables = question(seed, carry).tables
        served = np.isin(tables.subgroup, members(mask))
        result = np.zeros((len(every_path(seed, carry)), 2))
        for n, path in enumerate(every_path(seed, carry)):
            for k, measure in enumerate(self._measures):
                for s, row in enumerate(path):
                    weight, add = measure.weight[s], measure.add[s]
                    if weight is not None:
                        result[n, k] += left_over(seed, carry, path, s)[served] @ weight[served]
                    if add is not None:
                        result[n, k] += add[row]
        return result


def left_over(seed: int, carry: float, path: Path, epoch: int) -> np.ndarray:
    """(J,) factor on the prevalence of each column by the end of an epoch: emergence, carry and activity."""
    tables = question(seed, carry).tables
    emerge = 0
    exponent = np.zeros(len(tables.subgroup))
    for table, row in zip(tables.epochs[:epoch], path[:epoch], strict=True):
        emerge |= int(table.bits.emerge[row])
        exponent += carry * np.log(table.survive[row])
    for bit, factor in enumerate(tables.multiplier):
        exponent += factor if emerge >> bit & 1 else 0.0
    return np.asarray(np.exp(exponent) * tables.epochs[epoch].survive[path[epoch]])


@cases
@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("plus", [False, True])
def test_loss_and_charge_together(seed: int, carry: float, alone: bool, plus: bool) -> None:
    mask = max(question(seed, carry).masks)
    charge = RandomCharge(seed, carry, plus=plus)
    values = charge.of(seed, carry, mask)
    every = losses(seed, carry, mask)
    charged = charge(values) + charge.plus(seed, carry)
    total = np.where(np.isfinite(every), (0.0 if alone else every) + charged, np.inf)
    found = search(seed, carry, mask, charge=charge, charge_only=alone).run()
    if np.isinf(total.min()):
        assert found.path is None
        return
    assert found.path is not None
    assert total[place(seed, carry, found.path)] == pytest.approx(found.loss, abs=NOISE)
    assert found.loss == pytest.approx(total.min(), abs=NOISE)
    assert found.lower <= total.min() + NOISE
    fine = values[np.isfinite(every)]
    for k in range(2):
        assert search(seed, carry, mask, charge=charge).least(k) <= fine[:, k].min() + NOISE


@cases
def test_collecting_leaves_out_only_what_is_dominated(seed: int, carry: float) -> None:
    """Every sequence below the cutoff is matched in loss and both measures by a collected one."""
    mask = max(question(seed, carry).masks)
    charge = RandomCharge(seed, carry, free=True)
    every, values = losses(seed, carry, mask), charge.of(seed, carry, mask)
    fine = np.flatnonzero(np.isfinite(every))
    if not len(fine):
        return
    cutoff = float(np.median(every[fine])) + 1e-6
    found = search(seed, carry, mask, charge=charge).run(cutoff=cutoff, collect=True)
    assert found.complete
    assert len(set(found.every)) == len(found.every)
    collected = [place(seed, carry, path) for path in found.every]
    assert (every[collected] < cutoff + NOISE).all()
    for n in fine[every[fine] < cutoff - 1e-8].tolist():
        as_good = (every[collected] <= every[n] + NOISE) & (values[collected] <= values[n] + NOISE).all(axis=1)
        assert as_good.any()


def test_a_full_collection_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    carry, mask = 1.0, 1
    seed = next(
        s for s in SEEDS if np.isfinite(losses(s, carry, mask)).sum() > 5 and len(question(s).tables.epochs) > 1
    )
    monkeypatch.setattr(sequences, "MOST_COLLECTED", 2)
    monkeypatch.setattr(measures, "BLOCK_CELLS", 1)
    charge = RandomCharge(seed, carry, free=True)
    found = search(seed, carry, mask, charge=charge).run(cutoff=1e6, collect=True)
    assert not found.complete
    assert len(found.every) >= 2
