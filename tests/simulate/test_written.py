"""Trials written by hand: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from trialopt.core import WrongInput
from trialopt.simulate import Scenario
from trialopt.simulate.simulate import simulate_trials
from trialopt.simulate.written import read_trial

TRIAL = """
[trial]
test = "z_unpooled"
accrual_per_month = 10
[[group]]
id = "both"
patients = [60, 40]
[[group]]
id = "one"
patients = [60, 40]
[[group]]
id = "other"
patients = [60, 40]
[[comparison]]
of = "both"
against = "one"
[[comparison]]
of = "both"
against = "other"
[truth]
sized = { both = 0.6, one = [0.4, 0.4], other = 0.4 }
"""


def at(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_combination_has_to_beat_each_of_its_parts(tmp_path):
    """Both comparisons share the combination: a bivariate normal with half the variance in common (min test)."""
    trial = read_trial(at(tmp_path / "both.toml", TRIAL))
    found = simulate_trials({"both": trial}, [Scenario("none", "none"), Scenario("sized")], trials=4000, seed=5)
    n, (p1, p0) = 100, (0.6, 0.4)
    shared, own = p1 * (1 - p1) / n, p0 * (1 - p0) / n
    drift = (p1 - p0) / (shared + own) ** 0.5
    rho = shared / (shared + own)
    both = stats.multivariate_normal([drift, drift], [[1, rho], [rho, 1]])
    power = both.cdf(np.array([np.inf, np.inf]), lower_limit=np.array([1.96, 1.96]))
    seen = found.number("sized", "all", arm="both")
    assert seen is not None
    assert abs(seen.value - power) <= 3 * seen.error + 0.01  # and a point for the normal approximation
    each = found.number("sized", "each", arm="both", of="both against other")
    assert each is not None
    assert each.value > seen.value


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('test = "z_unpooled"', 'test = "z"', "[trial] test is 'z'; it has to be one of mantel_haenszel"),
        ('[trial]\ntest = "z_unpooled"', '[looks]\nfractions = [0.5, 1.0]\n[trial]\ntest = "fisher"', "interim looks"),
        ("accrual_per_month = 10", "acrual = 10", "'acrual' is no key in [trial]"),
        ("patients = [60, 40]", "patients = 60", "all groups have as many strata"),
        ("patients = [60, 40]", "patients = [60, -1]", "give a whole number above 0"),
        ('against = "other"', 'against = "another"', "it has to be one of both, one, other"),
        ("both = 0.6", "both = 1.6", "[truth] sized, both is 1.6; give a number above 0 and at most 1"),
        ("both = 0.6, ", "", "give a number for each of both, one, other"),
        ("[truth]\nsized", "[truth]\nnone", "[truth] has no sized"),
        ("[trial]", "[trail]", "'trail' is no section"),
        ("[trial]", "[trial", "no TOML file"),
        ('id = "one"', 'id = "both"', "each with an id of its own"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, old, new, said):
    assert old in TRIAL
    with pytest.raises(WrongInput) as error:
        read_trial(at(tmp_path / "wrong.toml", TRIAL.replace(old, new, 1)))
    assert said in str(error.value)
    assert "wrong.toml: " in str(error.value)
