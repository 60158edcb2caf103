"""Limits and requirements in words: no id of an event or a subgroup is left, and numbers are percent."""

from __future__ import annotations

from dataclasses import replace

import pytest

import trialopt
from tests.output.names import ids_said
from trialopt.core.catalog import find
from trialopt.record.limit_words import listed_names, requirement
from trialopt.record.solution import Question
from trialopt.record.words import worded


@pytest.fixture(scope="module")
def question() -> Question:
    """A question whose events and subgroups have ids of one word and names of their own."""
    tiny = trialopt.solve(trialopt.read(find("tiny_duo"))).question
    events = {"crs": "Cytokine release", "infection": "Infection, all kinds", "anemia": "Anaemia (grade 3)"}
    labels = {**tiny.labels, **events, "frail": "Old", "fit": "Young"}
    return replace(tiny, labels=labels, categories=(*tiny.categories, *events))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("crs limit 6 % of frail in induction", "limit of 6 % on cytokine release in Old in induction"),
        ("the crs limit of frail in induction", "the limit on cytokine release in Old in induction"),
        ("the crs limit 0.065 of fit", "the limit of 6.5 % on cytokine release in Young"),
        ("cumulative anemia limit 12 %", "cumulative limit of 12 % on anaemia"),
        ("infection limit 34 % of frail", "limit of 34 % on infection, all kinds, in Old"),
        ("cumulative infection limit 0.76", "cumulative limit of 76 % on infection, all kinds"),
        (
            "crs risk of frail in induction is 0.551, above the limit 0.550 (A1)",
            "risk of cytokine release in Old in induction is 55.1 %, above the limit of 55.0 % (A1)",
        ),
        ("lenalidomide contraindicated in frail", "Lenalidomide contraindicated in Old"),
        ("fit and frail served by one arm (same_arm)", "Young and Old served by one arm (same_arm)"),
        ("attributable crs at most 5 % above", "attributable cytokine release at most 5 % above"),
        ("the fit of the model is good in general", "the fit of the model is good in general"),
        ("sensitivity.frail.lenalidomide.sensitivity", "sensitivity.frail.lenalidomide.sensitivity"),
    ],
)  # fmt: skip
def test_limits_have_names_and_percent(question, said, told):
    assert worded(question, said) == told
    assert list(ids_said(told, question)) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("min_agents 1 in induction", "at least 1 agent in induction (min_agents)"),
        ("max_agents 3 in induction", "at most 3 agents in induction (max_agents)"),
        ("max_arms 1", "at most 1 arm (max_arms)"),
        (
            "max_patients 200 over all arms and controls: at least 324 are needed",
            "at most 200 patients over all arms and controls (max_patients): at least 324 are needed",
        ),
        ("target_difference 0.15 predicted", "a difference of 0.15 predicted (target_difference)"),
        ("coverage not below the control's in any subgroup (no_harm)",) * 2,
    ],
)  # fmt: skip
def test_requirements_are_sentences_that_name_their_setting(line, told):
    assert requirement(line) == told


def test_names_that_hold_a_comma_are_told_apart():
    assert listed_names(["Frail", "Fit", "t(11;14)"]) == "Frail, Fit and t(11;14)"
    assert listed_names(["Frail", "High risk, one lesion"]) == "Frail; High risk, one lesion"
