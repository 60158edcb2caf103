"""What the evidence library knows of regimens given: the setting first, trials under way, and pairs that were given."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trialopt.core.shown import Tested, in_setting
from trialopt.evidence.given import pairs_given, regimens_given
from trialopt.output.short_views import library_in_words
from trialopt.reading import build, document
from trialopt.record.precedent import Precedent, count_of, precedent_of

ROOT = Path(__file__).parents[2]

GIVEN = {
    "carfilzomib pomalidomide": "Shah 2015, EMN11",
    "carfilzomib belantamab_mafodotin": "BelaCarD",
    "daratumumab talquetamab": "MonumenTAL-3",
    "iberdomide daratumumab": "EXCALIBER",
    "ixazomib daratumumab": "HOVON 143",
    "bortezomib cyclophosphamide dexamethasone": "VCD",
    "elotuzumab pomalidomide dexamethasone": "EloPd",
    "selinexor pomalidomide dexamethasone": "XPd",
    "selinexor carfilzomib dexamethasone": "XKd",
}
"""Regimens that were once said never to have been given together, and who gave them."""


def instance(*agents: str, setting: str = "early_relapse", **tables):
    return build(
        document(
            "library",
            {
                "setting": setting,
                "trial": {"max_arms": 1},
                "epoch": [{"id": "one", "cycles": 1, "max_agents": 4}],
            },
            {
                "agents": [{"agent": a, "class": f"class_{a}", "orr": 0.3} for a in agents],
                "subgroups": [{"subgroup": "all_patients", "share": 1}],
                **tables,
            },
        )
    )


@pytest.mark.parametrize("regimen", GIVEN)
@pytest.mark.parametrize("setting", ["early_relapse", "newly_diagnosed"])
def test_what_was_given_is_not_called_new(regimen: str, setting: str) -> None:
    agents = regimen.split()
    assert precedent_of(instance(*agents, setting=setting), agents).novel == ()


def test_the_nearest_in_the_same_setting_comes_first() -> None:
    agents = ("ixazomib", "daratumumab", "dexamethasone")
    late = precedent_of(instance(*agents), agents)
    assert in_setting(late.setting, ("early_relapse",))
    assert len(late.given) < 3
    assert late.elsewhere.startswith("HOVON-143")
    assert "newly_diagnosed" in late.elsewhere
    first = precedent_of(instance(*agents, setting="newly_diagnosed"), agents)
    assert first.trial.startswith("HOVON-143")
    assert (first.given, first.elsewhere) == (agents, "")


def test_a_trial_under_way_is_named_as_such() -> None:
    agents = ("daratumumab", "iberdomide", "dexamethasone")
    found = precedent_of(instance(*agents), agents)
    assert found.trial.startswith("EXCALIBER")
    assert (found.status, found.under_way, found.phase) == ("ongoing", True, "3")
    assert not Tested("x", ("a",), status="published (negative)").under_way
    assert not Tested("x", ("a",)).under_way


def test_a_registry_record_that_lists_agents_proves_nothing() -> None:
    listed = [x for x in regimens_given() if x.shown == "listed"]
    assert len(listed) > 100
    assert not any(x.counts for x in listed)
    one = next(x for x in listed if len(x.agents) == 2 and frozenset(x.agents) not in pairs_given() and x.population)
    found = precedent_of(instance(*one.agents), one.agents)
    assert found.novel == (one.agents,)
    assert found.listed[0][:2] == one.agents


def test_what_is_counted_is_said() -> None:
    question = instance("daratumumab", "lenalidomide")
    count = count_of(question)
    assert 60 < count < 200
    found = precedent_of(question, ("daratumumab", "lenalidomide"))
    assert library_in_words([found]) == f"not in our library of {count} regimens in this setting"
    assert library_in_words([Precedent(())]) == "in no regimen known to the instance"


def test_an_instance_of_other_agents_has_no_library() -> None:
    assert instance("a", "b").library == ()
    assert instance("daratumumab", "b").library == ()


def test_halted_combinations_are_no_precedent() -> None:
    agents = ("pembrolizumab", "pomalidomide")
    assert precedent_of(instance(*agents), agents).novel == (agents,)


def test_an_instances_own_trials_come_before_the_librarys() -> None:
    agents = ("daratumumab", "lenalidomide", "dexamethasone")
    own = {"trial": "OWN", "agents": ";".join(agents), "setting": "early_relapse", "status": "recruiting"}
    found = precedent_of(instance(*agents, regimens=[own]), agents)
    assert (found.trial, found.under_way) == ("OWN", True)


def test_nobody_says_never() -> None:
    """What is not in a library may have been given all the same."""
    said = re.compile("never given " + "together", re.IGNORECASE)
    for folder in ("trialopt", "docs", "tests", "instances"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".md", ".txt", ".toml", ".csv"):
                assert not said.search(path.read_text(encoding="utf-8")), path
