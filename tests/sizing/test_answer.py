"""The command: what is left out is found, round trips close, keys are documented, errors are sentences."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import typer
from scipy.stats import multivariate_normal, norm
from typer.testing import CliRunner

from trialopt.cli.app import app
from trialopt.sizing.answer import answer
from trialopt.sizing.checks import SizingError
from trialopt.sizing.exact import exact_power
from trialopt.sizing.looks import looks_design
from trialopt.sizing.proportions import proportion_power, proportion_size
from trialopt.sizing.request import SizeRequest

DOCS = Path(__file__).parents[2] / "docs"
DOC = "".join((DOCS / page).read_text(encoding="utf-8") for page in ("sizing.md", "sizing_questions.md"))
RESPONSE = ["--endpoint", "response", "--p0", "0.35"]
PFS = ["--endpoint", "pfs", "--median", "9", "--dropout", "0.01"]


def run(*options, code=0):
    got = CliRunner().invoke(app, ["size", *map(str, options)])
    assert got.exit_code == code, got.output
    return got.output


def size(*options):
    return json.loads(run(*options, "--json"))


ROUND_TRIPS = [
    [],
    ["--method", "pooled", "--ratio", 2],
    ["--looks", 2],
    ["--looks", 3, "--spending", "pocock", "--futility", "obrien_fleming", "--method", "pooled"],
    ["--looks", 1, "--timing", "0.6"],
    ["--arms", 3, "--multiplicity", "dunnett"],
    ["--arms", 3, "--multiplicity", "dunnett", "--power-kind", "any"],
    ["--arms", 2, "--multiplicity", "holm", "--ratio", 0.7],
    ["--arms", 4, "--multiplicity", "bonferroni", "--no-shared-control"],
]


@pytest.mark.parametrize("options", ROUND_TRIPS)
def test_response_round_trip(options):
    first = size(*RESPONSE, "--p1", 0.5, "--power", 0.85, *options)
    assert first["solved_for"] == "size"
    assert first["power"] >= 0.85 - 1e-9
    power = size(*RESPONSE, "--p1", 0.5, "--n", first["n_total_exact"], *options)
    assert power["solved_for"] == "power"
    assert power["power"] == pytest.approx(0.85, abs=1e-7)
    effect = size(*RESPONSE, "--power", 0.85, "--n", first["n_total_exact"], *options)
    assert effect["solved_for"] == "effect"
    assert effect["p1"] == pytest.approx(0.5, abs=1e-7)


PFS_ROUND_TRIPS = [
    [],
    ["--method", "lachin_foulkes", "--ratio", 2],
    ["--method", "rubinstein", "--looks", 2, "--futility", "pocock"],
    ["--looks", 3],
    ["--arms", 3, "--multiplicity", "dunnett", "--ratio", 0.6],
    ["--arms", 2, "--multiplicity", "holm", "--power-kind", "all"],
    ["--arms", 2, "--multiplicity", "bonferroni", "--no-shared-control", "--method", "freedman"],
]


@pytest.mark.parametrize("options", PFS_ROUND_TRIPS)
def test_pfs_round_trip(options):
    rate = ["--accrual-rate", 15]
    first = size(*PFS, "--hr", 0.65, "--power", 0.85, *rate, "--follow-up", 10, *options)
    n, months = first["n_total_exact"], first["n_total_exact"] / 15
    assert first["power"] > 0.85 - 0.002  # whole patients shift the ratio by a hair
    power = size(*PFS, "--hr", 0.65, *rate, "--n", n, "--follow-up", 10, *options)
    close = 5e-4 if "--looks" in options else 1e-6  # looks are at whole events, the size at the fractions asked for
    assert power["power"] == pytest.approx(0.85, abs=close)
    effect = size(*PFS, *rate, "--power", 0.85, "--n", n, "--follow-up", 10, *options)
    assert effect["hr"] == pytest.approx(0.65, abs=close)
    span = ["--accrual-months", months]
    same = size(*PFS, "--hr", 0.65, "--power", 0.85, *span, "--follow-up", 10, *options)
    assert same["n_total_exact"] == pytest.approx(n, rel=1e-7)
    found = size(*PFS, "--hr", 0.65, "--power", 0.85, *rate, "--n", n, *options)
    assert found["solved_for"] == "follow_up"
    assert found["follow_up_months"] == pytest.approx(10, abs=1e-4)
    implied = size(*PFS, "--hr", 0.65, *rate, "--accrual-months", 20.03, "--follow-up", 10, *options)
    assert implied["solved_for"] == "power"
    assert implied["n_total"] == 300
    assert implied["power"] == size(*PFS, "--hr", 0.65, *rate, "--n", 300, "--follow-up", 10, *options)["power"]


@pytest.mark.parametrize(
    "options", [[], ["--method", "freedman", "--ratio", 2], ["--looks", 2, "--futility", "pocock"]]
)
def test_events_round_trip(options):
    first = size("--endpoint", "pfs", "--hr", 0.6, *options)
    power = size("--endpoint", "pfs", "--hr", 0.6, "--events", first["events"], *options)
    assert power["power"] == pytest.approx(0.9, abs=1e-7)
    effect = size("--endpoint", "pfs", "--events", first["events"], *options)
    assert effect["hr"] == pytest.approx(0.6, abs=1e-7)


def test_dropout_share_is_a_hazard():
    """5 % lost by month 12 is a hazard of -ln(0.95) / 12."""
    got = size(
        *("--endpoint", "pfs", "--hr", 0.6, "--median", 9, "--accrual-months", 12),
        *("--dropout", 0.05, "--dropout-time", 12),
    )
    assert got["dropout_per_month"] == pytest.approx(0.0042744412, rel=1e-7)


def test_two_sided_alpha_is_halved():
    one, two = size(*RESPONSE, "--p1", 0.5), size(*RESPONSE, "--p1", 0.5, "--alpha", 0.05, "--sides", 2)
    assert one["n_total_exact"] == two["n_total_exact"]
    assert two["alpha"] == 0.025


def test_best_ratio_is_best():
    options = [*RESPONSE, "--p1", 0.5, "--arms", 3, "--multiplicity", "dunnett"]
    best = size(*options, "--ratio", "best")
    for factor in (0.9, 1.0, 1.1):
        other = size(*options, "--ratio", best["ratio"] * factor)
        assert other["n_total_exact"] >= best["n_total_exact"] - 1e-6


def test_multi_arm_totals():
    """By hand: a shared control is counted once, controls of their own once an arm."""
    shared = size(*RESPONSE, "--p1", 0.5, "--arms", 3, "--multiplicity", "bonferroni")
    own = size(*RESPONSE, "--p1", 0.5, "--arms", 3, "--multiplicity", "bonferroni", "--no-shared-control")
    n = shared["n_control"]
    assert shared["n_total"] == n + 3 * shared["n_experimental"]
    assert own["n_total"] == 3 * (n + own["n_experimental"])
    assert own["family_power"]["correlation"] == 0


def test_futility_bounds_are_those_of_the_power_asked_for():
    got = size("--endpoint", "pfs", "--hr", 0.6, "--alpha", 0.05, "--looks", 2, "--spending", "pocock", "--futility",
               "pocock", "--timing", "0.4,0.65")  # fmt: skip
    looks = got["group_sequential"]["analyses"]
    assert got["group_sequential"]["inflation"] == pytest.approx(1.3716844, rel=1e-6)  # rpact dl5
    whole = [row["events"] / got["events_whole"] for row in looks]
    design = looks_design(2, "pocock", 0.05, 0.9, "nonbinding", "pocock", whole[:-1])
    assert [row["futility_z"] for row in looks] == pytest.approx(design.futility_z, abs=1e-12)
    assert [row["efficacy_z"] for row in looks] == pytest.approx(design.efficacy_z, abs=1e-12)


def test_looks_are_at_whole_patients_and_power_is_theirs():
    """By hand: half of 279 + 186 patients is 140 + 93; with these bounds the last z has mean sqrt(n / n_fixed)."""
    got = size(*RESPONSE, "--p1", 0.5, "--ratio", 1.5, "--looks", 1, "--block", 5)
    assert (got["n_experimental"], got["n_control"], got["n_total"]) == (279, 186, 465)
    first, last = got["group_sequential"]["analyses"]
    assert (first["n_experimental"], first["n_control"], first["n_total"]) == (140, 93, 233)
    assert (last["n_experimental"], last["n_control"], last["n_total"]) == (279, 186, 465)
    assert first["information_fraction"] == 233 / 465
    z = norm.isf(0.025) + norm.ppf(0.9)
    drift = z * (186 / proportion_size(0.35, 0.5, 0.025, 0.9, 1.5).n0_exact) ** 0.5
    bounds = looks_design(1, timing=(233 / 465,)).efficacy_z
    covariance = [[1, (233 / 465) ** 0.5], [(233 / 465) ** 0.5, 1]]
    inside = multivariate_normal.cdf(bounds, [drift * (233 / 465) ** 0.5, drift], covariance)
    assert got["power"] == pytest.approx(1 - inside, abs=1e-7)
    assert [row["efficacy_z"] for row in (first, last)] == pytest.approx(bounds, abs=1e-12)
    off = size(*RESPONSE, "--p1", 0.5, "--ratio", 1.5, "--looks", 1)
    assert (off["n_experimental"], off["n_control"]) == (278, 185)
    assert "278 : 185 is off the ratio 1.5" in off["notes"][0]


SIDES = [
    (101, 1, 1, True, 50, 51),
    (101, 2, 1, True, 34, 67),
    (100, 1, 3, True, 25, 25),
    (102, 1, 3, True, 27, 25),
    (103, 0.5, 4, False, 17, 8),
]


@pytest.mark.parametrize(("n", "ratio", "arms", "shared", "n0", "n1"), SIDES)
def test_patients_given_are_split_into_whole_ones(n, ratio, arms, shared, n0, n1):
    got = answer(SizeRequest("response", p0=0.35, p1=0.6, n=n, ratio=ratio, arms=arms, shared_control=shared))
    assert (got["n_control"], got["n_experimental"]) == (n0, n1)
    alone = proportion_power(0.35, 0.6, n0, n1).power
    assert got["power_by_method"]["unpooled"] == pytest.approx(float(alone), rel=1e-12)
    assert any("nearest to the ratio" in note or "left over" in note for note in got["notes"]) == (n != 100)


EVERYTHING = [
    [*RESPONSE, "--p1", 0.5, "--exact", "--subgroups", "0.6,0.4", "--accrual-rate", 8],
    [*RESPONSE, "--p1", 0.5, "--looks", 2, "--futility", "pocock"],
    [*RESPONSE, "--p1", 0.5, "--arms", 2, "--multiplicity", "holm"],
    [*PFS, "--hr", 0.6, "--accrual-rate", 10, "--looks", 1, "--subgroups", "0.6,0.4", "--ratio", 2],
    ["--endpoint", "pfs", "--hr", 0.6, "--sides", 2],
]


def keys(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


@pytest.mark.parametrize("options", EVERYTHING)
def test_every_key_is_documented(options):
    documented = set(re.findall(r"`(\w+)`", DOC))
    endings = {key for key in keys(size(*options)) if key.startswith("expected_")}
    assert all(re.fullmatch(r"expected_\w+_(h0|half|h1)", key) for key in endings)
    missing = set(keys(size(*options))) - documented - endings
    assert not missing


@pytest.mark.parametrize("options", EVERYTHING)
def test_text_names_formula_and_source(options):
    text, record = run(*options), size(*options)
    assert record["formula"] in text
    assert record["source"] in text
    for note in record["notes"]:
        assert note in text


def test_every_option_is_documented():
    size_command = typer.main.get_command(app).commands["size"]
    options = [p.opts[0] for p in size_command.params]
    assert len(options) > 25
    undocumented = [o for o in options if o not in DOC and f"--no-{o[2:]}" not in DOC]
    assert not undocumented
    assert all(p.help for p in size_command.params)


REFUSED = [
    (["--endpoint", "survival"], "response or pfs"),
    (["--endpoint", "response", "--p1", 0.5], "--p0"),
    ([*RESPONSE], "--p1"),
    ([*RESPONSE, "--p1", 0.3], "above p0"),
    ([*RESPONSE, "--p1", 0.5, "--n", 100, "--power", 0.9], "nothing is left"),
    ([*RESPONSE, "--p1", 0.5, "--hr", 0.5], "--hr"),
    ([*RESPONSE, "--p1", 0.5, "--futility", "pocock"], "--looks"),
    ([*RESPONSE, "--p1", 0.5, "--ratio", "two"], "--ratio must be"),
    ([*RESPONSE, "--p1", 0.5, "--ratio", -1], "--ratio must be above 0"),
    ([*RESPONSE, "--n", 100, "--ratio", "best"], "fewest patients"),
    ([*RESPONSE, "--p1", 0.5, "--arms", 2, "--multiplicity", "dunnett", "--looks", 1], "not offered"),
    ([*RESPONSE, "--p1", 0.5, "--arms", 2, "--multiplicity", "dunnett", "--no-shared-control"], "share a control"),
    ([*RESPONSE, "--p1", 0.5, "--subgroups", "0.5,0.6"], "sum to 1"),
    ([*RESPONSE, "--p1", 0.5, "--timing", "0.5", "--looks", 2], "one information fraction"),
    ([*RESPONSE, "--p1", 0.36, "--n", 12, "--looks", 1], "too small"),
    ([*RESPONSE, "--p1", 0.5, "--n", 301.5, "--exact"], "whole patients"),
    ([*RESPONSE, "--p1", 0.5, "--ratio", 1.5, "--block", 6], "blocks of 5, 10, 15"),
    ([*RESPONSE, "--p1", 0.5, "--n", 101, "--block", 4], "100 or 104"),
    ([*RESPONSE, "--p1", 0.5, "--block", 4, "--ratio", "best"], "--block"),
    (["--endpoint", "pfs", "--hr", 0.6, "--block", 4], "--block"),
    (["--endpoint", "pfs", "--hr", 1.2], "wrong way"),
    (["--endpoint", "pfs", "--hr", 0.6, "--accrual-rate", 5], "--median"),
    ([*PFS, "--hr", 0.6, "--n", 100], "--accrual-rate and --accrual-months"),
    ([*PFS, "--hr", 0.6, "--accrual-rate", 3, "--accrual-months", 10], "too slow ever to reach the events"),
    (["--endpoint", "pfs", "--hr", 0.6, "--events", 50, "--n", 90], "--n"),
    (["--endpoint", "pfs", "--hr", 0.6, "--method", "rubinstein"], "events alone"),
]


@pytest.mark.parametrize(("options", "words"), REFUSED)
def test_refused_in_a_sentence(options, words):
    text = run(*options, code=2)
    assert words in text.splitlines()[0]


def test_doc_table_of_proportions_is_computed():
    """The table of docs/sizing.md, row by row."""
    rows = re.findall(r"^\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| (\d+ \+ \d+) \| .*$", DOC, re.MULTILINE)
    table = [r for r in re.findall(r"^\|(.*)\|$", DOC, re.MULTILINE) if r.count("+") == 2 and r.count("|") == 10]
    assert len(rows) == len(table) == 12
    for line in table:
        cells = [c.strip() for c in line.split("|")]
        p0, p1, ratio = map(float, cells[:3])
        for method, part in (("unpooled", cells[3:7]), ("pooled", cells[7:])):
            got = proportion_size(p0, p1, 0.025, 0.9, ratio, method)
            exact = exact_power(p0, p1, float(got.n0), float(got.n1), 0.025, method)
            assert part == [
                f"{int(got.n0)} + {int(got.n1)}",
                *(f"{v:.4f}" for v in (float(got.power), exact.power, exact.type_one_error)),
            ]


EARLY = [
    {"looks": 1, "timing": (0.005,), "alpha": 0.005},
    {"looks": 1, "timing": (0.005,), "alpha": 0.005, "futility": "obrien_fleming"},
    {"looks": 2, "timing": (0.005, 0.5), "arms": 5, "multiplicity": "bonferroni"},
]


@pytest.mark.parametrize("given", EARLY)
def test_a_look_too_early_to_spend_anything_costs_nothing(given):
    """Its bound is one that nothing reaches, its level about 0, and the size that of the design without it."""
    got = answer(SizeRequest("response", p0=0.35, p1=0.5, **given))
    first = got["group_sequential"]["analyses"][0]
    assert first["efficacy_z"] >= 37
    assert first["alpha_spent"] == pytest.approx(0, abs=1e-12)
    later = given["timing"][1:] or None
    without = {**given, "looks": given["looks"] - 1, "timing": later}
    if later is None:
        without["futility"] = "none"
    assert got["n_total"] == answer(SizeRequest("response", p0=0.35, p1=0.5, **without))["n_total"]
    json.dumps(got, allow_nan=False)


def test_a_size_of_few_events_has_a_note():
    got = answer(SizeRequest("pfs", hr=0.06, median=9, accrual_rate=10, follow_up=12))
    assert any("events are expected" in note for note in got["notes"])
    alone = answer(SizeRequest("pfs", hr=1e-5))
    assert any("1.0 events are expected" in note for note in alone["notes"])
    assert alone["power_by_method"]["freedman"] < 0.2
    many = answer(SizeRequest("pfs", hr=0.7, median=9, accrual_rate=10, follow_up=12))
    assert not any("events are expected" in note for note in many["notes"])


def test_what_was_given_is_printed_as_given():
    assert "1e-05" in run(*RESPONSE, "--p1", "0.5", "--alpha", "1e-5")
    assert "0.999999" in run("--endpoint", "pfs", "--hr", "0.999999")
    text = run("--endpoint", "response", "--p0", "1e-9", "--p1", "0.123456")
    assert "1e-09" in text
    assert "0.123456\n" in text
    assert "1e-05" in run("--endpoint", "pfs", "--hr", "1e-5")


@pytest.mark.parametrize("looks", [0, 2])
def test_a_trial_of_decades_has_a_note(looks):
    got = answer(SizeRequest("pfs", hr=0.97, median=9, accrual_rate=8, looks=looks))
    assert any("years: a larger effect" in note for note in got["notes"])
    big = answer(SizeRequest("response", p0=0.35, p1=0.37, looks=looks))
    assert any("more than most trials can enrol" in note for note in big["notes"])


def test_spending_with_a_number():
    got = size(*RESPONSE, "--p1", "0.5", "--looks", "4", "--spending", "hsd:-4", "--futility", "power:2")
    assert len(got["group_sequential"]["analyses"]) == 5
    assert "Hwang" in got["spending_source"]


@pytest.mark.parametrize("given", [{}, {"events": 10}, {"median": 9, "accrual_rate": 10, "follow_up": 12}])
def test_a_hazard_ratio_of_next_to_nothing_is_refused(given):
    with pytest.raises(SizingError, match=r"--hr must be from 1e-06 to 1e\+06, not 1e-300"):
        answer(SizeRequest("pfs", hr=1e-300, **given))


@pytest.mark.parametrize(("name", "value"), [("median", 1e300), ("accrual_rate", 1e-300), ("ratio", 1e-9), ("n", 1e30)])
def test_numbers_that_no_trial_has_are_refused_by_name(name, value):
    given = {"hr": 0.7, "median": 9, "accrual_rate": 10, "follow_up": 12} | {name: value}
    option = name.replace("_", "-")
    with pytest.raises(SizingError, match=f"--{option} must be from"):
        answer(SizeRequest("pfs", **given))


HOSTILE = {
    "no rate": {"median": 9, "accrual_rate": 0, "follow_up": 12, "n": 10},
    "endless rate": {"median": 9, "accrual_rate": np.inf, "accrual_months": 1, "follow_up": 12},
    "no number": {"median": 9, "accrual_rate": np.nan, "accrual_months": 1, "follow_up": 12},
    "margin": {"hr": -1, "margin": 0.05, "events": 10},
    "all are the subgroup": {"hr": 0.05, "nested": 0.999999},
}


@pytest.mark.parametrize("given", HOSTILE.values(), ids=HOSTILE)
def test_hostile_numbers_are_refused_in_words(given):
    with pytest.raises(SizingError):
        answer(SizeRequest("pfs", **{"hr": 0.7, **given}))


@pytest.mark.parametrize("given", [{"accrual_months": 1e5}, {"accrual_rate": 10, "follow_up": 12, "dropout": 100}])
@pytest.mark.filterwarnings("error")
def test_a_delay_where_nobody_is_left_to_be_seen(given):
    got = answer(SizeRequest("pfs", hr=0.7, median=9, n=500, delay=3, **{"follow_up": 0, **given}))
    assert 0 <= got["power"] <= 1
