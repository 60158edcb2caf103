import pytest

from trialopt.evidence import precedent


def known_pairs():
    frame = precedent.pairs()
    return set(zip(frame["a"], frame["b"], strict=True))


def test_a_tested_triplet_gives_all_its_pairs():
    assert {
        ("daratumumab", "lenalidomide"),
        ("daratumumab", "dexamethasone"),
        ("dexamethasone", "lenalidomide"),
    } <= known_pairs()


def test_halted_and_harmful_combinations_are_barred_not_precedent():
    assert (
        not {("pembrolizumab", "pomalidomide"), ("lenalidomide", "pembrolizumab"), ("bortezomib", "venetoclax")}
        & known_pairs()
    )
    assert ("pembrolizumab", "pomalidomide") in precedent.barred_pairs()
    assert precedent.nearest(["pembrolizumab", "pomalidomide", "dexamethasone"]).agents == (
        "dexamethasone",
        "pomalidomide",
    )


def test_class_mates_do_not_confer_precedent():
    assert ("carfilzomib", "daratumumab") in known_pairs()
    assert ("cevostamab", "daratumumab") not in known_pairs()


def test_nearest_is_exact_where_a_trial_gave_it():
    found = precedent.nearest(["bortezomib", "daratumumab", "dexamethasone"])
    assert found.exact
    assert found.missing == found.extra == ()


def test_nearest_names_what_no_trial_added():
    found = precedent.nearest(["cevostamab", "carfilzomib", "pomalidomide", "dexamethasone"])
    assert len(found.shared) == 3
    assert len(found.missing) == 1
    assert not found.exact
    assert precedent.untested_pairs(["daratumumab", "cevostamab"]) == [("cevostamab", "daratumumab")]


def test_an_unknown_agent_is_named():
    with pytest.raises(ValueError, match="daratumab"):
        precedent.nearest(["daratumab"])
