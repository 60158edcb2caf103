"""Numbers of the library's joint model are drawn together: the recipe of model.md, followed here by hand."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from trialopt.core.inputs import draw
from trialopt.core.instance import Instance
from trialopt.evidence import calibration, joint, library, rebuild, shared, shared_fit
from trialopt.evidence.starter import starter
from trialopt.reading import build, document

AGENTS = ("lenalidomide", "pomalidomide", "daratumumab", "dexamethasone", "teclistamab", "talquetamab")
DRAWS, SEED = 400, 7


def instance_of(agents: tuple[str, ...], uncertainty: dict[str, object]) -> Instance:
    made = starter(agents, ("standard_risk",), "late_relapse", outcome="mrd")
    return build(document("mine", {**made.settings, "uncertainty": uncertainty}, made.tables))


@pytest.fixture(scope="module")
def drawn() -> Instance:
    return instance_of(AGENTS, {"draws": DRAWS, "seed": SEED})


def stream(name: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(int(sha256(f"{SEED}:{name}".encode()).hexdigest(), 16)))


def score(what: str, population: str, agent: str, words: str, own: str) -> np.ndarray:
    """Normal score times its standard deviation, straight from the file and the words of model.md."""
    rows = pd.read_csv(library.DATA / "joint_shared.csv")
    row = rows[(rows["what"] == what) & (rows["population"] == population) & (rows["agent"] == agent)].iloc[0]
    a, c = row["all"], row["class"]
    z = a * stream(f"library {words}").standard_normal(DRAWS)
    z = z + c * stream(f"library {words} of {row['group']}").standard_normal(DRAWS)
    return row["sd"] * (z + np.sqrt(1 - a**2 - c**2) * norm.ppf(stream(own).random(DRAWS)))


def test_activities_follow_the_recipe(drawn):
    for agent in AGENTS:
        d = drawn.agents.index(agent)
        expected = drawn.beta[d, 0] * np.exp(
            score("mrd", "late_relapse", agent, "activity", f"response rate of {agent}, 1")
        )
        assert drawn.truths.beta[:, d, 0] == pytest.approx(expected, rel=1e-6)


def test_events_backgrounds_and_hazard_ratios_follow_the_recipe(drawn):
    e, d = drawn.categories.index("infection"), drawn.agents.index("teclistamab")
    own = score("infection", "early_relapse", "teclistamab", "infection", "severe infection of teclistamab, 1")
    tau = -np.log1p(-drawn.event_rate[d, e, 0]) * np.exp(own)
    assert drawn.truths.event_rate[:, d, e, 0] == pytest.approx(-np.expm1(-tau), rel=1e-6)
    own = score("infection", "early_relapse", "background", "infection", "background of infection")
    ground = -np.expm1(np.log1p(-drawn.background[e]) * np.exp(own))
    assert drawn.truths.background[:, e] == pytest.approx(ground, rel=1e-6)
    own = score("hazard_ratio", "late_relapse", "teclistamab", "hazard ratio", "hazard ratio of teclistamab")
    assert drawn.truths.hazard_ratio[:, d] == pytest.approx(drawn.hazard_ratio[d] * np.exp(own), rel=1e-6)


def test_agents_move_together_as_in_the_posterior():
    """The factor model has the correlations of the shipped draws, within and between classes, but for a little."""
    drawn = np.log(np.maximum(joint.drawn_activity(AGENTS, "late_relapse", "response"), shared_fit.LEAST))
    seen = np.corrcoef(drawn.T)
    rows = library.table("joint_shared").set_index(["what", "population", "agent"])
    mine = [rows.loc[("response", "late_relapse", agent)] for agent in AGENTS]
    every, family = (np.array([row[name] for row in mine]) for name in ("all", "class"))
    group = np.array([row["group"] for row in mine])
    said = np.outer(every, every) + np.outer(family, family) * (group[:, None] == group)
    apart = ~np.eye(len(AGENTS), dtype=bool)
    assert np.abs(said - seen)[apart].mean() < 0.08
    assert said[0, 1] > said[0, 2] > 0.1
    assert said[4, 5] > said[4, 3]


def test_a_longer_run_begins_with_the_shorter(drawn):
    fewer = draw(drawn, drawn.truths.inputs, np.arange(50))
    assert np.array_equal(fewer.beta, drawn.truths.beta[:50])


def test_the_deviation_is_the_librarys_unless_given(drawn):
    known = library.table("arm_deviation").set_index("outcome")["value"]
    assert drawn.truths.arm_deviation == known["mrd"] == shared.arm_deviation("mrd")
    given = instance_of(("lenalidomide",), {"draws": 5, "default": {"arm_deviation": 0.2}})
    assert given.truths.arm_deviation == 0.2


def test_the_deviation_follows_from_the_gains_as_shipped():
    again = calibration.deviation_table(rebuild.shipped("forward_gains")).round(rebuild.DECIMALS)
    assert rebuild.compare("arm_deviation", rebuild.shipped("arm_deviation"), again).same
    response = again.set_index("outcome").loc["response"]
    assert response["low"] < 0.1 < response["high"]
    assert 40 <= response["cover_50"] <= 62
    assert 80 <= response["cover_90"] <= 97


def test_a_known_deviation_is_found():
    rng = np.random.default_rng(2)
    known, slope = np.full(400, 5.0), np.full(400, 40.0)
    error = rng.standard_normal(400) * np.hypot(known, 0.15 * slope)
    gains = pd.DataFrame({"outcome": "response", "predictable": True, "observed": error, "predicted": 0.0,
                          "known_sd": known, "slope": slope})  # fmt: skip
    parts = [gains.assign(outcome=name) for name in ("response", "complete", "mrd")]
    found = calibration.deviation_table(pd.concat(parts)).iloc[0]
    assert found["low"] < 0.15 < found["high"]
    assert found["value"] == pytest.approx(0.15, abs=0.02)
