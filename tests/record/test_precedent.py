"""The nearest trial of a regimen and the pairs never given, from an instance's own tables."""

from __future__ import annotations

from trialopt.reading import build, document
from trialopt.record.precedent import Precedent, lists_precedent, precedent_of

AGENTS = ("a", "b", "c", "d")


def instance(pairs=(), regimens=()):
    return build(
        document(
            "precedents",
            {"trial": {"max_arms": 1}, "epoch": [{"id": "one", "cycles": 1, "max_agents": 4}]},
            {
                "agents": [{"agent": a, "class": f"class_{a}", "orr": 0.3} for a in AGENTS],
                "subgroups": [{"subgroup": "all_patients", "share": 1}],
                "precedents": [{"a": a, "b": b, "source": f"trial of {a}{b}"} for a, b in pairs],
                "regimens": [{"trial": t, "agents": ";".join(given), "source": f"{t} 2020"} for t, given in regimens],
            },
        )
    )


def test_nothing_listed_is_not_known():
    assert not lists_precedent(instance())
    assert lists_precedent(instance(pairs=["ab"]))
    assert lists_precedent(instance(regimens=[("T", "ab")]))


def test_the_trial_that_gave_it_is_named():
    found = precedent_of(instance(["ab"], [("LARGE", "abc"), ("EXACT", "ab")]), "ab")
    assert found == Precedent(("a", "b"), "EXACT", "EXACT 2020")


def test_else_the_largest_tested_part_and_what_else_it_had():
    found = precedent_of(instance(["ab", "bd"], [("PAIR", "ab"), ("WITH", "bdz")]), "abc")
    assert (found.trial, found.given, found.others) == ("PAIR", ("a", "b"), ())
    assert found.novel == (("a", "c"), ("b", "c"))
    found = precedent_of(instance(["bd"], [("WITH", "bdz")]), "bd")
    assert (found.trial, found.given, found.others) == ("WITH", ("b", "d"), ("z",))


def test_without_regimens_the_part_whose_pairs_were_all_given():
    found = precedent_of(instance(["ab", "bc", "ac"]), "abcd")
    assert (found.trial, found.given) == ("", ("a", "b", "c"))
    assert found.source == "trial of ab; trial of bc; trial of ac"
    assert found.novel == (("a", "d"), ("b", "d"), ("c", "d"))
    assert precedent_of(instance(["ab"]), "cd").given == ()


def test_regimens_alone_confer_their_pairs():
    assert precedent_of(instance(regimens=[("T", "abc")]), "ac").novel == ()


def test_a_halted_pair_left_out_of_the_precedents_stays_novel():
    assert precedent_of(instance(["ab"], [("HALTED", "cd")]), "cd").novel == (("c", "d"),)
