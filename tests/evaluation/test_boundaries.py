"""The judge's boundaries: against R package rpact 3.3.4, and against the sizes' own, which share no code with them."""

from __future__ import annotations

from random import Random

import pytest

from tests.sizing.test_looks import RPACT
from trialopt.core.design import Interim
from trialopt.evaluation.boundaries import UNREACHED, boundaries, spend
from trialopt.sizing import looks_design


@pytest.mark.parametrize("block", RPACT.strip().split("\n\n"))
def test_rpact(block: str) -> None:
    """Bounds, inflation, expected size and chances of stopping; what the numbers are: `tests/sizing/test_looks.py`."""
    head, *rest = block.split(";")
    spending, rule, beta, alpha, power = head.split()
    fractions, size, up, wins, down, stops = ([float(x) for x in part.split()] for part in rest)
    timing = tuple(round(3 * t, 9) / 3 for t in fractions[:-1])
    interim = Interim(len(timing), spending, timing, rule, beta.strip("-") or None)
    got = boundaries(interim, float(alpha), float(power))
    assert got.efficacy == pytest.approx(up, abs=5e-7)
    expected = [got.inflation * got.expected(share) for share in (0.0, 1.0)]
    assert (got.inflation, *expected) == pytest.approx(size, abs=2e-7)
    won, lost = got.stopping(1.0)
    assert won == pytest.approx(wins, abs=2e-7)
    assert sum(won) == pytest.approx(float(power), abs=1e-10)
    assert sum(won) + sum(lost) == pytest.approx(1.0, abs=1e-10)
    if down:
        assert got.futility is not None
        assert got.futility[:-1] == pytest.approx(down, abs=5e-7)
        assert lost[:-1] == pytest.approx(stops, abs=2e-7)


def random_interim(random: Random) -> Interim:
    """Any spending, timing and rule, one to four looks."""
    looks = random.choice([1, 1, 2, 3, 4])

    def spending() -> str:
        with_number = f"hsd:{random.randint(-8, 3)}", f"power:{random.randint(1, 5)}"
        return random.choice(["obrien_fleming", "pocock", *with_number])

    timing = tuple(sorted(random.sample([k / 40 for k in range(1, 40)], looks))) if random.random() < 0.7 else None
    rule = random.choice(["none", "nonbinding", "binding"])
    return Interim(looks, spending(), timing, rule, random.choice([None, spending()]))


@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(8, 40))])
def test_the_sizes_have_the_same_boundaries(seed: int) -> None:
    random = Random(seed)
    interim = random_interim(random)
    alpha, power = random.choice([0.025, 0.05, 0.0125]), random.choice([0.8, 0.9])
    mine = boundaries(interim, alpha, power)
    rule, beta = interim.futility, interim.futility_spending
    other = looks_design(interim.looks, interim.spending, alpha, power, rule, beta, interim.timing)  # type: ignore[arg-type]
    assert mine.inflation == pytest.approx(other.inflation, rel=1e-10)
    assert mine.efficacy == pytest.approx(other.efficacy_z, abs=1e-8)
    if mine.futility is not None:
        assert mine.futility == pytest.approx(other.futility_z, abs=1e-8)
    for share in (0.0, 0.7, 1.0):
        won, lost = mine.stopping(share)
        under = other.under(share)
        assert won == pytest.approx(under.efficacy, abs=1e-9)
        assert lost[:-1] == pytest.approx(under.futility[:-1], abs=1e-9)


def test_a_look_too_early_to_spend_anything_has_a_bound_that_nothing_reaches() -> None:
    early = boundaries(Interim(1, "obrien_fleming", (0.005,)), 0.005, 0.9)
    assert early.efficacy[0] == UNREACHED
    assert early.alpha_spent[0] == pytest.approx(0.0, abs=1e-300)
    assert early.inflation == pytest.approx(1.0, abs=1e-9)


def test_spending_ends_at_the_whole_error() -> None:
    for spending in ("obrien_fleming", "pocock", "hsd:0", "hsd:-4", "power:2"):
        assert spend(0.025, 1.0, spending) == 0.025
        assert spend(0.025, 1 - 1e-12, spending) == pytest.approx(0.025, rel=1e-9)
