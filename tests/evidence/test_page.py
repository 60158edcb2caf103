"""Figures on docs/evidence.md are those of the shipped tables and draws."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from trialopt.evidence import events, forecast, library, outcomes, rebuild


@cache
def said() -> str:
    """The page in one line."""
    return " ".join((Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8").split())


def parameter(fit: str, name: str) -> float:
    """Mean of a parameter in the shipped draws."""
    terms = outcomes.new_terms() if fit == "outcomes" else events.new_terms()
    terms, theta, _ = forecast.loaded(fit, terms)
    return float(theta[:, terms.index[name]].mean())


def test_the_page_says_the_figures_of_events():
    frame = pd.DataFrame(rebuild.shipped("forward_summary")).set_index(["of", "set"])
    floor = pd.DataFrame(rebuild.shipped("forward_floor")).set_index("outcome")
    for category in ("infection", "neutropenia", "thrombocytopenia", "anaemia"):
        row, known = (
            frame.loc[(f"{category}: arms", f"one trial left out{more}")] for more in ("", ", agents in others")
        )
        cells = (
            f"{row['mae']:.1f} ({known['mae']:.1f}) | {row['bias']:.1f} | {row['cover_90']:.0f} | {row['cover_50']:.0f}"
        )
        assert f"| {category} | {row['count']:.0f} | {cells} |" in said()
        assert f"{category} {floor.loc[category, 'mae']:.1f}" in said()


def test_the_page_says_what_is_asked_for_and_not_reached():
    """Rank, mean error and width of arms since 2015, the rank of gains, and a perfect model's beside each."""
    frame = pd.DataFrame(rebuild.shipped("forward_summary")).set_index(["of", "set"])
    floor = pd.DataFrame(rebuild.shipped("forward_floor")).set_index(["outcome", "of", "floor"])
    arms, gains = (frame.loc[(f"response: {of}", "since 2015")] for of in ("arms", "gains over control"))
    right, right_gains = (
        floor.loc[("response", of, "sampling, trials and arms")] for of in ("arms", "gains over control")
    )
    for cells in (
        f"| rank of arms | 0.90 | {arms['spearman']:.2f} | {right['spearman']:.2f} |",
        f"| mean error of arms | 6 | {arms['mae']:.1f} | {right['mae']:.1f} |",
        f"| width of the 90 % interval | 22 | {arms['width_90']:.0f} | {right['width_90']:.0f} |",
        f"| rank of gains | 0.60 | {gains['spearman']:.2f} | {right_gains['spearman']:.2f} |",
        f"sampling alone makes {floor.loc[('response', 'arms', 'sampling'), 'width_90']:.0f},",
    ):
        assert cells in said()
    for name, of in (("CR, arms", "complete: arms"), ("CR, gains", "complete: gains over control"),
                     ("MRD, arms", "mrd: arms"), ("MRD, gains", "mrd: gains over control"),
                     ("**arms since 2015**", "response: arms"),
                     ("**gains since 2015**", "response: gains over control")):  # fmt: skip
        row = frame.loc[(of, "since 2015")]
        cells = f"{row['spearman']:.2f} | {row['mae']:.1f} | {row['bias']:.1f} | {row['slope']:.2f}"
        cover = f"{row['cover_90']:.0f} | {row['cover_50']:.0f} | {row['width_90']:.0f}"
        assert f"| {name} | {row['count']:.0f} | {cells} | {cover} |" in said()


def test_the_page_says_the_figures_of_the_component_model():
    row = pd.DataFrame(rebuild.shipped("backtest_summary")).iloc[0]
    cells = f"**{row['spearman']:.3f}** | **{row['mae']:.1f}** | **{row['bias']:.1f}** | **{row['coverage']:.0f} %**"
    assert f"| **component model** | {cells} | **{row['gain_spearman']:.2f}** |" in said()
    factors = pd.DataFrame(rebuild.shipped("fitted_factors")).set_index("factor")
    for name, words in (("newly_diagnosed", "newly diagnosed"), ("late_relapse", "late relapse"),
                        ("triple_class_exposed", "triple-class exposed"),
                        ("era_per_decade", "per decade"),
                        ):  # fmt: skip
        value = factors.loc[name]
        assert f"| {words} | {value['value']:.2f} | {value['low']:.2f} to {value['high']:.2f} |" in said()


def test_the_page_says_the_parameters_of_the_joint_model():
    ceiling = 1.0 / (1.0 + np.exp(-parameter("outcomes", "ceiling")))
    powers = [parameter("outcomes", f"power:{name}") for name in ("complete", "mrd")]
    resisted, crossed = (np.exp(parameter("outcomes", name)) for name in ("resisted", "crossed"))
    pace = {name: parameter(f"events:{name}", "pace") for name in ("infection", "neutropenia")}
    several = [parameter(f"events:{name}", "several") for name in events.OF_THE_MARROW]
    unfit, counted, antibody = (
        np.exp(parameter("events:neutropenia", name)) for name in ("unfit", "laboratory", "anti_cd38:imid")
    )
    for words in (
        f"are fitted, {powers[0]:.1f} and {powers[1]:.1f},",
        f"The ceiling is fitted: {ceiling:.2f}.",
        f"dose (exponent {parameter('outcomes', 'dose'):.2f})",
        f"refractory to it (factor {resisted:.2f} at 100 %) or to another of its class ({crossed:.2f})",
        f"(infection {pace['infection']:.2f}, neutropenia {pace['neutropenia']:.2f}:",
        f"to the power {several[0]:.2f} (neutropenia), {several[1]:.2f} (thrombocytopenia)",
        f"and {several[2]:.2f} (anaemia",
        f"multiplies neutropenia (by {antibody:.1f})",
        f"have {unfit:.1f} times the neutropenia",
        f"laboratory counts is {counted:.1f} times",
    ):
        assert words in said(), words


def test_the_page_counts_the_tables():
    arms = outcomes.outcome_arms()
    kinds = [arms[name].notna().sum() for name in ("response", "complete", "mrd", "hr")]
    words = "{} with a response, {} with CR, {} with MRD, {} hazard ratios".format(*kinds)
    assert f"`outcome_arms.csv` holds {len(arms)} arms ({words})" in said()
    assert f"`event_arms.csv` {len(events.event_arms())} rows" in said()
    assert f"{len(library.TABLES)} tables as CSV" in said()
    assert f"Of the {len(library.table('pack_manifest'))} rows first taken over" in said()


def test_the_page_says_the_largest_residuals_of_neutropenia():
    """Every arm that is off by 13 points or more is named, predicted against observed."""
    frame = pd.DataFrame(rebuild.shipped("forward_events"))
    frame = frame[frame["category"] == "neutropenia"]
    far = frame[(frame["predicted"] - frame["observed"]).abs() >= 13.0]
    assert len(far) >= 8
    words = said()[said().index("**What is left of neutropenia**") :]
    for _, row in far.iterrows():
        assert f"{row['predicted']:.0f} against {row['observed']:.0f}" in words, row["trial_id"]
