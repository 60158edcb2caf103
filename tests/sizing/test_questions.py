"""`trialopt size` on what is not one comparison: its page, its numbers against the functions, its refusals."""

import json
import math
import re

import pytest
from scipy.stats import norm
from typer.testing import CliRunner

from tests.pages import DOCS, held
from trialopt.cli.app import app
from trialopt.sizing import (
    conditional_power,
    delayed_power,
    dunnett_step_down,
    exact_power,
    looks_design,
    mams_bounds,
    mams_power,
    nested_bounds,
    noninferiority_events,
    noninferiority_size,
    predictive_power,
)
from trialopt.sizing.answer import answer
from trialopt.sizing.answer_text import report
from trialopt.sizing.request import SizeRequest

PAGE = "sizing_questions.md"


def printed(arguments):
    got = CliRunner().invoke(app, arguments)
    assert got.exit_code == 0, got.output
    return got.output


def asked(**given):
    got = answer(SizeRequest(**given))
    json.dumps(got, allow_nan=False)
    assert got["formula"] in report(got)
    assert got["source"] in report(got)
    return got


def test_the_page_is_what_the_commands_print():
    assert held(PAGE, printed) == 10


def test_margin_of_a_difference():
    got = asked(endpoint="response", p0=0.8, margin=0.1, ratio=2)
    size = noninferiority_size(0.8, 0.8, 0.1, ratio=2)
    assert (got["n_control"], got["n_experimental"]) == (float(size.n0), float(size.n1)) == (236, 472)  # rpact 235.74
    assert got["margin"] == 0.1
    power = asked(endpoint="response", p0=0.8, p1=0.78, margin=0.1, n=708, ratio=2)
    assert power["n_total"] == 708
    assert 0.5 < power["power"] < got["power"]


@pytest.mark.parametrize("looks", [0, 2])
def test_margin_of_a_hazard_ratio(looks):
    alone = asked(endpoint="pfs", margin=1.3, hr=0.9, ratio=2, looks=looks)
    rise = looks_design(looks).inflation
    assert alone["events"] == pytest.approx(rise * 349.67367549, rel=1e-8)  # rpact: tests/sizing/test_noninferiority
    course = {"median": 12.0, "accrual_rate": 20.0, "follow_up": 12.0, "dropout": 0.01, "looks": looks}
    size = asked(endpoint="pfs", margin=1.3, hr=0.9, **course)
    needed = rise * float(noninferiority_events(1.3, 0.9).events_exact)
    assert needed <= size["events"] < 1.01 * needed
    back = asked(endpoint="pfs", margin=1.3, hr=0.9, n=size["n_total"], **course)
    assert back["power"] == pytest.approx(size["power"], abs=1e-7 if looks == 0 else 1e-5)
    assert size["power"] >= 0.9


def test_delay():
    got = asked(endpoint="pfs", hr=0.6, delay=3, median=9, accrual_rate=10, follow_up=12, dropout=0.01)
    n = got["n_control"]
    seen = delayed_power((1.0, 0.6), (0.0, 3.0), 9, n, n, 2 * n / 10, 12, dropout=0.01)
    fewer = delayed_power((1.0, 0.6), (0.0, 3.0), 9, n - 1, n - 1, 2 * (n - 1) / 10, 12, dropout=0.01)
    assert fewer.power < 0.9 <= seen.power == got["power"]
    assert got["delay"]["average_hazard_ratio"] == seen.average_hazard_ratio
    assert got["delay"]["power_lost"] == pytest.approx(seen.power_without_delay - seen.power)
    fixed = asked(endpoint="pfs", hr=0.6, delay=3, median=9, accrual_months=24, follow_up=12, n=300)
    assert fixed["power"] == delayed_power((1.0, 0.6), (0.0, 3.0), 9, 150, 150, 24, 12).power


def test_nested():
    got = asked(endpoint="pfs", hr=0.65, nested=0.4, nested_effect=0.55, overall_alpha=0.015)
    bounds = nested_bounds(0.4, 0.015, 0.025)
    assert got["nested"]["subgroup_z"] == bounds.subgroup_z
    events = got["events_whole"]
    means = [-math.log(0.65) * math.sqrt(events / 4), -math.log(0.55) * math.sqrt(0.4 * events / 4)]
    each = norm.sf([bounds.overall_z - means[0], bounds.subgroup_z - means[1]])
    assert [got["nested"]["power_overall"], got["nested"]["power_subgroup"]] == pytest.approx(each, abs=1e-10)
    assert got["nested"]["power_any"] + got["nested"]["power_all"] == pytest.approx(each.sum(), abs=1e-10)
    assert got["power"] == pytest.approx(got["nested"]["power_overall"], abs=1e-12)
    response = asked(endpoint="response", p0=0.35, p1=0.5, nested=0.5)
    assert response["comparison_alpha"] == pytest.approx(0.02)
    same = asked(endpoint="response", p0=0.35, p1=0.5, nested=0.5, nested_effect=0.5)
    for key in ("power_subgroup", "power_any"):
        assert same["nested"][key] == pytest.approx(response["nested"][key], abs=1e-9)


def test_mams():
    got = asked(endpoint="pfs", hr=0.65, arms=3, multiplicity="mams", looks=1, others=0.3, shape="pocock")
    bounds = mams_bounds(3, "pocock")
    drift = -math.log(0.65) * math.sqrt(got["events"] / 4)
    assert mams_power(bounds, drift, 0.3 * drift) == pytest.approx(0.9, abs=1e-9)
    assert got["mams"]["efficacy_z"] == pytest.approx(bounds.upper, abs=1e-12)
    response = asked(endpoint="response", p0=0.35, p1=0.5, arms=3, multiplicity="mams", looks=1)
    n = response["n_control"]
    assert response["n_total"] == 4 * n
    assert response["mams"]["n_total"] == 4 * math.ceil(n / 2)
    drift = 0.15 / math.sqrt((0.35 * 0.65 + 0.25) / n)
    assert response["power"] == pytest.approx(mams_power(mams_bounds(3), drift), abs=1e-9)


@pytest.mark.parametrize("method", ["fisher", "boschloo", "casagrande"])
def test_exact_methods(method):
    size = asked(endpoint="response", p0=0.2, p1=0.5, power=0.8, method=method)
    wanted = {"fisher": 44, "boschloo": 40, "casagrande": 45}[method]  # Fisher, Casagrande: clinfun
    assert size["n_control"] == size["n_experimental"] == wanted
    assert size["power"] >= 0.8
    if method != "casagrande":
        assert size["power"] == exact_power(0.2, 0.5, wanted, wanted, 0.025, method).power
    least = asked(endpoint="response", p0=0.2, power=size["power"], n=size["n_total"], method=method)
    assert least["p1"] == pytest.approx(0.5, abs=1e-6)


def test_single_arm():
    got = asked(single_arm="optimal", p0=0.2, p1=0.4, alpha=0.05, power=0.8)["single_arm"]
    assert (got["r1"], got["n1"], got["r"], got["n"]) == (3, 13, 12, 43)  # Simon 1989, table 1
    one = asked(single_arm="one_stage", p0=0.2, p1=0.4, alpha=0.1, sides=2, power=0.8)["single_arm"]
    assert (one["n"], one["r"]) == (35, 11)


def test_at_look():
    given = {"looks": 2, "spending": "hsd:-4", "futility": "hsd:-2", "at_look": 2}
    design = looks_design(2, "hsd:-4", 0.025, 0.9, "nonbinding", "hsd:-2")
    got = asked(z=1.5, **given)["at_look"]
    assert got["conditional_power"]["planned"] == conditional_power(design, 2, 1.5, design.drift)
    assert got["conditional_power"]["trend"] == conditional_power(design, 2, 1.5)
    assert got["predictive_power_futility"] == predictive_power(design, 2, 1.5, follow_futility=True)
    prior = asked(z=1.5, prior=(0.8, 0.5), **given)["at_look"]
    mean = 0.8 * design.drift, 0.5 * design.drift
    assert prior["predictive_power"] == predictive_power(design, 2, 1.5, mean)
    seen = asked(observed=0.75, endpoint="pfs", hr=0.65, **given)["at_look"]
    events = 4 * (design.drift / math.log(0.65)) ** 2 * 2 / 3
    assert seen["z"] == pytest.approx(-math.log(0.75) * math.sqrt(events / 4), rel=1e-12)
    half = asked(observed=0.1, endpoint="response", p0=0.3, p1=0.5, **given)["at_look"]
    assert half["share_of_planned"] == pytest.approx(0.5)
    late = asked(z=3.2, **given)
    assert "above the efficacy bound" in late["notes"][0]
    assert "below the futility bound" in asked(z=-1.0, **given)["notes"][0]


def test_p_values():
    got = asked(p_values=(0.004, 0.03, 0.011), ratio=2.0)["p_values"]
    assert [row["holm"] for row in got] == pytest.approx([0.012, 0.03, 0.022])  # by hand
    z = norm.isf([0.004, 0.03, 0.011])
    assert [row["dunnett"] for row in got] == pytest.approx(dunnett_step_down(z, 2.0).tolist())
    assert "0.01200*" in report(asked(p_values=(0.004, 0.03, 0.011)))


def test_common_bound_over_disjoint_subgroups():
    got = asked(endpoint="response", p0=0.35, p1=0.5, arms=3, shared_control=False, multiplicity="sidak")
    assert got["comparison_alpha"] == pytest.approx(1 - 0.975 ** (1 / 3), rel=1e-12)
    assert got["family_power"]["any"] == pytest.approx(1 - (1 - got["power"]) ** 3, rel=1e-9)


RESPONSE = {"endpoint": "response", "p0": 0.35, "p1": 0.5}
PFS = {"endpoint": "pfs", "hr": 0.6, "median": 9.0, "accrual_rate": 10.0}
REFUSED = [
    ({}, "response or pfs, left out"),
    ({**RESPONSE, "margin": 0.1, "method": "pooled"}, "leave out --method pooled"),
    ({**RESPONSE, "margin": 1.2}, "margin must be below 1"),
    ({**RESPONSE, "delay": 3.0}, "--endpoint pfs"),
    ({**PFS, "margin": 1.2, "delay": 3.0}, "together"),
    ({**PFS, "margin": 0.9}, "above 1"),
    ({"endpoint": "pfs", "hr": 0.6, "delay": 3.0}, "--median"),
    ({**PFS, "delay": 3.0, "looks": 1}, "interim looks"),
    ({**PFS, "delay": -1.0}, "--delay must be above 0"),
    ({**PFS, "delay": 90.0, "accrual_rate": None, "accrual_months": 12.0}, "comes too late"),
    ({**PFS, "early_hr": 0.9}, "--delay"),
    ({**PFS, "nested": 1.2}, "between 0 and 1"),
    ({**PFS, "nested": 0.4, "looks": 1}, "at one look"),
    ({**PFS, "nested": 0.4, "overall_alpha": 0.03}, "between 0 and alpha"),
    ({**PFS, "overall_alpha": 0.02}, "--nested"),
    ({**RESPONSE, "arms": 3, "multiplicity": "mams"}, "--looks 1"),
    ({**RESPONSE, "multiplicity": "mams", "looks": 1}, "--arms 2"),
    ({**RESPONSE, "arms": 2, "multiplicity": "mams", "looks": 1, "shape": "flat"}, "triangular, pocock"),
    ({**RESPONSE, "arms": 2, "multiplicity": "mams", "looks": 1, "others": 1.5}, "--others"),
    ({**RESPONSE, "shape": "pocock"}, "--multiplicity mams"),
    ({**RESPONSE, "method": "boschloo", "looks": 1}, "one look"),
    ({"endpoint": "response", "p0": 0.35, "p1": 0.4, "method": "boschloo"}, "go to 400"),
    ({"single_arm": "best", "p0": 0.2, "p1": 0.4}, "optimal, minimax, one_stage"),
    ({"single_arm": "optimal", "p0": 0.2}, "--p1"),
    ({"single_arm": "optimal", "p0": 0.2, "p1": 0.4, "ratio": 2.0}, "--ratio: does not go with --single-arm"),
    ({"single_arm": "optimal", "endpoint": "pfs", "p0": 0.2, "p1": 0.4}, "response rate"),
    ({"at_look": 1, "z": 1.0}, "give --looks"),
    ({"at_look": 3, "z": 1.0, "looks": 2}, "interim looks 1 to 2"),
    ({"at_look": 1, "looks": 2}, "--z"),
    ({"at_look": 1, "looks": 2, "observed": 0.1}, "planned effect"),
    ({"at_look": 1, "looks": 2, "z": 1.0, "prior": (1.0,)}, "standard deviation"),
    ({**RESPONSE, "z": 1.0}, "--at-look"),
    ({"p_values": (0.1, 1.2)}, "from 0 to 1"),
    ({"p_values": (0.1,), "power": 0.9}, "--power: does not go with --p-values"),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_refused_in_a_sentence(given, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        answer(SizeRequest(**given))


EVERY = [
    {**PFS, "delay": 3.0},
    {**PFS, "hr": 0.9, "margin": 1.3},
    {**PFS, "nested": 0.4},
    {**RESPONSE, "arms": 3, "multiplicity": "mams", "looks": 1},
    {"single_arm": "optimal", "p0": 0.2, "p1": 0.4},
    {"at_look": 1, "looks": 2, "z": 1.0, "futility": "pocock"},
    {"p_values": (0.1, 0.02)},
]


@pytest.mark.parametrize("given", EVERY)
def test_every_key_is_documented(given):
    pages = "".join((DOCS / page).read_text(encoding="utf-8") for page in ("sizing.md", PAGE))

    def keys(value):
        for key, inner in value.items() if isinstance(value, dict) else ():
            yield key
            yield from keys(inner)
        for inner in value if isinstance(value, list) else ():
            yield from keys(inner)

    assert not set(keys(asked(**given))) - set(re.findall(r"`(\w+)`", pages))
