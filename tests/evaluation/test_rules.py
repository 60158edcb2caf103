"""Rules on regimens: for each, a design that breaks just it, and the nearest one that does not."""

import numpy as np
import pytest

from tests.evaluation.small import CAR, arm, broken, one, small
from trialopt.core.design import Contraindication, Design
from trialopt.evaluation import evaluate
from trialopt.evaluation.control import control_cautions


def usable(agent, *epochs):
    table = np.ones((5, 2), dtype=bool)
    table[agent] = [s in epochs for s in range(2)]
    return table


CASES = {
    "one level": (
        small(),
        "len@full len@half",
        "len@half",
        "one_level_per_agent",
        "A1 gives len 2 times in induction (at full and half): at most one level of an agent per epoch",
    ),
    "an agent listed twice": (
        small(),
        "bor bor",
        "bor / bor",
        "one_level_per_agent",
        "A1 gives bor 2 times in induction (at standard and standard): at most one level of an agent per epoch",
    ),
    "min_agents": (
        small(min_agents=np.array([2, 0])),
        "bor / bor dex",
        "bor dex",
        "min_agents",
        "A1 gives 1 agent in induction, fewer than the 2 required",
    ),
    "min_agents counts agents, not levels of one": (
        small(min_agents=np.array([1, 0])),
        " / bor",
        "bor",
        "min_agents",
        "A1 gives 0 agents in induction, fewer than the 1 required",
    ),
    "max_agents": (
        small(max_agents=np.array([5, 1])),
        "bor dex / bor dex",
        "bor dex / dex",
        "max_agents",
        "A1 gives 2 agents in maintenance, more than the 1 allowed",
    ),
    "max_classes counts classes, not agents": (
        small(max_classes=np.array([1, 9])),
        "bor len / bor len",
        "bor car / bor len",
        "max_classes",
        "A1 gives agents of 2 classes in induction (pi and imid), more than the 1 allowed",
    ),
    "epochs": (
        small(usable=usable(CAR, 0)),
        "bor / car",
        "car / bor",
        "epochs",
        "A1 gives car in maintenance, where it may not be used (only in induction)",
    ),
    "epochs, none": (
        small(usable=usable(CAR)),
        "car",
        "bor",
        "epochs",
        "A1 gives car in induction, where it may not be used (it has no epoch)",
    ),
    "one_per_class": (
        small(rules={"one_per_class": ("pi",)}),
        "car dex bor",
        "car dex / bor",
        "one_per_class",
        "A1 gives car and bor together in induction: at most one pi per epoch",
    ),
    "not_together, agents": (
        small(rules={"not_together": (("ven", "bor"),)}),
        "bor ven",
        "car ven / bor",
        "not_together",
        "A1 gives ven and bor together in induction: ven and bor may not be given in the same epoch",
    ),
    "not_together, agent and its class": (
        small(rules={"not_together": (("car", "pi"),)}),
        "bor car",
        "car dex",
        "not_together",
        "A1 gives car and bor together in induction: car and pi may not be given in the same epoch",
    ),
    "not_together, a class with itself": (
        small(rules={"not_together": (("pi", "pi"),)}),
        "bor car",
        "car",
        "not_together",
        "A1 gives bor and car together in induction: pi and pi may not be given in the same epoch",
    ),
    "requires": (
        small(rules={"requires": (("imid", ("steroid", "ven")),)}),
        "len bor / dex",
        "len dex / ven len@half",
        "requires",
        "A1 gives len in induction without another agent it requires: imid needs steroid or ven in the same epoch",
    ),
    "requires another agent, not the same": (
        small(rules={"requires": (("bor", ("pi",)),)}),
        "bor",
        "bor car",
        "requires",
        "A1 gives bor in induction without another agent it requires: bor needs pi in the same epoch",
    ),
    "precedent": (
        small(
            rules={
                "precedent": True,
                "precedents": frozenset({frozenset(("bor", "dex")), frozenset(("car", "dex"))}),
            }
        ),
        "dex car / bor car",
        "dex car / bor dex",
        "precedent",
        "A1 gives bor and car together in maintenance: no precedent of the two given together",
    ),
    "alone": (
        small(rules={"alone": ("bcl2",)}),
        "ven dex bor",
        "ven / dex bor",
        "alone",
        "A1 gives ven, dex and bor together in induction: bcl2 must be the only agent of its epoch",
    ),
    "once, agent": (
        small(rules={"once": ("bor",)}),
        "bor / bor",
        "bor / car",
        "once",
        "A1 gives bor in induction and bor in maintenance: bor may be used in one epoch only",
    ),
    "once, class": (
        small(rules={"once": ("pi",)}),
        "bor / car",
        "bor car",
        "once",
        "A1 gives bor in induction and car in maintenance: pi may be used in one epoch only",
    ),
    "not_after": (
        small(rules={"not_after": (("ven", "pi"),)}),
        "bor / ven",
        "bor ven / dex",
        "not_after",
        "A1 gives ven in maintenance after bor in induction: ven may not follow pi",
    ),
    "not_after, a class may follow itself by the same agent only": (
        small(rules={"not_after": (("pi", "pi"),)}),
        "bor / car",
        "bor / bor",
        "not_after",
        "A1 gives car in maintenance after bor in induction: pi may not follow pi",
    ),
    "contraindicated": (
        small(rules={"contraindicated": (Contraindication("frail", "pi"),)}),
        "dex / bor",
        "dex / len",
        "contraindicated",
        "A1 gives bor in maintenance: pi is contraindicated in frail",
    ),
    "contraindicated with a partner": (
        small(rules={"contraindicated": (Contraindication("frail", "ven", "pi"),)}),
        "bor ven",
        "bor / ven",
        "contraindicated",
        "A1 gives ven and bor together in induction: ven with pi is contraindicated in frail",
    ),
    "include": (
        small(rules={"include": ("pi", "dex")}),
        "bor len",
        "len dex / car",
        "include",
        "A1 gives no dex: every arm must include it in some epoch",
    ),
    "contraindicated, a level": (
        small(rules={"contraindicated": (Contraindication("frail", "len@full"),)}),
        "len@full / dex",
        "len@half / dex",
        "contraindicated",
        "A1 gives len@full in induction: len@full is contraindicated in frail",
    ),
    "contraindicated, a level with a partner in one epoch": (
        small(rules={"contraindicated": (Contraindication("frail", "len@full", "pi", ("maintenance",)),)}),
        "bor len@full / bor len@full",
        "bor len@full / bor len@half",
        "contraindicated",
        "A1 gives len and bor together in maintenance: len@full with pi is contraindicated in frail",
    ),
    "not together, levels": (
        small(rules={"not_together": (("len@full", "ven"),)}),
        "len@full ven",
        "len@half ven",
        "not_together",
        "A1 gives len and ven together in induction: len@full and ven may not be given in the same epoch",
    ),
    "requires in one epoch": (
        small(rules={"requires_in": (("len@full", ("steroid",), "maintenance"),)}),
        "len@full / len@full",
        "len@full / len@full dex",
        "requires_in",
        "A1 gives len in maintenance without another agent it requires: len@full needs steroid in the same epoch",
    ),
    "once, a level": (
        small(rules={"once": ("len@full",)}),
        "len@full / len@full",
        "len@full / len@half",
        "once",
        "A1 gives len in induction and len in maintenance: len@full may be used in one epoch only",
    ),
    "not_after, a level": (
        small(rules={"not_after": (("len@half", "bor"),)}),
        "bor / len@half",
        "bor / len@full",
        "not_after",
        "A1 gives len in maintenance after bor in induction: len@half may not follow bor",
    ),
    "mixed cycles": (
        small(cycle_days=np.array([21, 0, 28, 28, 0, 21])),
        "bor len",
        "car len / bor ven",
        "mixed_cycles",
        "A1 mixes cycles in induction (bor@standard of 21 days and len@full of 28 days): levels of one regimen have "
        "one cycle length",
    ),
    "include in an epoch": (
        small(rules={"include_in": (("dex", "maintenance"),)}),
        "dex / car",
        "bor / dex",
        "include_in",
        "A1 gives no dex in maintenance: every arm must include it there",
    ),
    "exclude in an epoch": (
        small(rules={"exclude_in": (("len@full", "maintenance"),)}),
        "len@full / len@full",
        "len@full / len@half",
        "exclude_in",
        "A1 gives len@full in maintenance: len@full is excluded there from every arm",
    ),
    "exclude": (
        small(rules={"exclude": ("pi",)}),
        "dex / car",
        "dex",
        "exclude",
        "A1 gives car in maintenance: pi is excluded from every arm",
    ),
}


def design(text):
    induction, _, maintenance = text.partition("/")
    return one(induction, maintenance)


@pytest.mark.parametrize("case", CASES)
def test_breaks_just_this_rule(case):
    instance, bad, _, rule, sentence = CASES[case]
    result = evaluate(instance, design(bad))
    assert [(v.rule, v.sentence, v.arm) for v in result.violations] == [(rule, sentence, "A1")]
    assert not result.feasible


@pytest.mark.parametrize("case", CASES)
def test_the_nearest_design_is_fine(case):
    instance, _, good, _, _ = CASES[case]
    assert broken(instance, design(good)) == []


def test_a_contraindication_binds_only_the_arm_that_serves_the_subgroup():
    instance = small(rules={"contraindicated": (Contraindication("frail", "pi"),)})
    result = evaluate(instance, Design((arm("fit", "bor"), arm("frail", "len", name="A2"))))
    assert result.feasible


def test_subgroups_that_share_an_arm_or_must_not():
    together, alone = small(rules={"same_arm": (("fit", "frail"),)}), small(rules={"apart": (("fit", "frail"),)})
    two = Design((arm("fit", "bor"), arm("frail", "len", name="A2")))
    assert broken(together, one("bor")) == broken(alone, two) == []
    assert broken(together, two) == ["fit and frail are served by A1 and A2: one arm must serve them all"]
    assert broken(alone, one("bor")) == ["A1 serves fit and frail, which may not share an arm"]


def test_cycles_may_be_mixed_where_that_is_said():
    assert (
        broken(small(cycle_days=np.array([21, 0, 28, 28, 0, 21]), rules={"mixed_cycles": True}), one("bor len")) == []
    )


def test_not_worse_than_the_control_regimen():
    """Neutropenia 0.4 under bor and 0.2 under len, attributable; the background does not count."""
    rates = np.zeros((5, 2, 2))
    rates[0, 0], rates[2, 0] = 0.4, 0.2
    question = {"event_rate": rates, "control": ((2,), ()), "background": np.array([0.3, 0.0])}
    asked = small(**question, not_worse_than_control=np.array([0.2, 1.0]))
    assert broken(asked, one("bor")) == []
    assert broken(asked, one("len bor")) == [
        f"attributable neutropenia of {g} in induction is 0.320 above the control regimen's, more than the 0.200 "
        "allowed (A1)"
        for g in ("fit", "frail")
    ]
    assert broken(small(**question), one("len bor")) == []


def test_what_the_control_regimen_breaks_is_told():
    rates = np.zeros((5, 2, 2))
    rates[0, 0] = 0.4
    instance = small(
        event_rate=rates, limit=np.full((2, 2, 2), 0.3), control=((0,), (5,)), rules={"requires": (("ven", ("dex",)),)}
    )
    assert control_cautions(instance) == (
        "Arms must keep what the control regimen breaks: the control regimen gives ven in maintenance without another "
        "agent it requires: ven needs dex in the same epoch.",
        "Arms must keep what the control regimen breaks: neutropenia risk of fit and frail in induction is 0.400, "
        "above the limit 0.300.",
    )
    assert control_cautions(small()) == control_cautions(small(control=((1,), ()))) == ()


def test_include_asks_every_arm():
    instance = small(rules={"include": ("dex",)})
    assert broken(instance, Design((arm("fit", "dex"), arm("frail", "len", name="A2")))) == [
        "A2 gives no dex: every arm must include it in some epoch"
    ]


def test_every_broken_rule_is_listed():
    """Three things are wrong at once; none hides another."""
    instance = small(rules={"one_per_class": ("pi",), "exclude": ("ven",)}, max_agents=np.array([2, 2]))
    assert [v.rule for v in evaluate(instance, one("bor car ven")).violations] == [
        "max_agents",
        "one_per_class",
        "exclude",
    ]


def test_two_levels_act_together_and_a_dose_listed_twice_acts_once():
    """The numbers of a broken design stay defined: len full and half leave 0.64 x 0.8; bor twice leaves 0.5."""
    twice = evaluate(small(), one("len@full len@half", "bor bor")).arms[0]
    assert twice.mechanism_coverage[0, :, 0] == pytest.approx([1 - 0.64 * 0.8, 0.5])
