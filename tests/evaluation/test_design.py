"""The value of a design, who is served, no harm, and names the instance does not know."""

import pickle

import numpy as np
import pytest

from tests.evaluation.small import BOR, LEN, arm, broken, one, small
from trialopt.core.design import Arm, Design, Dose
from trialopt.evaluation import DesignError, evaluate

TWO_ARMS = Design((arm("fit", "bor", "dex"), arm("frail", "car", "bor", name="A2")))


def test_value_weighs_subgroups_and_epochs():
    """fit 0.6 x 0.5 + 0.4 x 0.1 = 0.34, frail 0.6 x 0.6 + 0.4 x 0.5 = 0.56; value 0.75 x 0.34 + 0.25 x 0.56."""
    result = evaluate(small(), TWO_ARMS)
    assert result.value == pytest.approx(0.395)
    assert [numbers.arm.name for numbers in result.arms] == ["A1", "A2"]
    assert result.feasible


def test_order_of_arms_and_subgroups_does_not_matter():
    turned = Design((arm("frail", "car", "bor", name="A2"), arm("fit", "bor", "dex")))
    assert evaluate(small(), turned).value == pytest.approx(0.395)
    assert evaluate(small(), Design((arm("frail fit", "bor len", "dex"),))).value == pytest.approx(
        evaluate(small(), one("bor len", "dex")).value
    )


def test_reach_discounts_an_epoch():
    """Half of frail patients reach maintenance: 0.6 x 0.6 + 0.4 x 0.5 x 0.5 = 0.46 instead of 0.56."""
    instance = small(reach=np.array([[1, 1], [1, 0.5]]))
    assert evaluate(instance, TWO_ARMS).value == pytest.approx(0.75 * 0.34 + 0.25 * 0.46)


def test_toxicity_weight_takes_burden_from_value():
    """bor is toxic: -ln 0.9 in fit's induction and, at reach 0.5, in frail's maintenance."""
    rate = np.zeros((5, 2, 2))
    rate[BOR, 0] = 0.1
    instance = small(trial={"toxicity_weight": 0.2}, event_rate=rate, reach=np.array([[1, 1], [1, 0.5]]))
    lost = 0.2 * -np.log(0.9) * (0.75 * 0.6 + 0.25 * 0.4 * 0.5)
    assert evaluate(instance, TWO_ARMS).value == pytest.approx(0.75 * 0.34 + 0.25 * 0.46 - lost)


def test_no_harm_compares_weighted_coverage_with_the_control():
    """Control bor then bor: 0.5 in all. fit's arm gives 0.34, frail's 0.56: what fit loses frail may not pay."""
    instance = small(trial={"no_harm": True}, control=((0,), (0,)))
    result = evaluate(instance, TWO_ARMS)
    assert [(v.rule, v.subgroup, v.sentence) for v in result.violations] == [
        ("no_harm", "fit", "weighted coverage of fit is 0.340, below 0.500 of the control regimen (A1)")
    ]
    assert broken(small(control=((0,), (0,))), TWO_ARMS) == []
    assert broken(instance, one("bor", "bor")) == []


def test_no_harm_weighs_by_reach_and_leaves_toxicity_out():
    """Where nobody reaches maintenance only induction is compared: 0.5 against 0.5, however toxic bor is."""
    rate = np.zeros((5, 2, 2))
    rate[BOR, 0] = 0.9
    trial = {"no_harm": True, "toxicity_weight": 1.0}
    instance = small(trial=trial, control=((0,), (0,)), event_rate=rate)
    assert broken(instance, one("bor", "dex"))[0] == (
        "weighted coverage of fit is 0.340, below 0.500 of the control regimen (A1)"
    )
    unreached = small(trial=trial, control=((0,), (0,)), event_rate=rate, reach=np.array([[1.0, 0], [1, 0]]))
    assert broken(unreached, one("bor", "dex")) == []


def test_no_harm_counts_interactions_and_emergence_of_the_control():
    """len then len as control: crbn doubles in maintenance, so the control covers less there."""
    applies = np.zeros((1, 5), dtype=bool)
    applies[0, LEN] = True
    instance = small(
        trial={"no_harm": True},
        control=((2,), (2,)),
        emergence_mechanism=np.array([1]),
        emergence_multiplier=np.array([2.0]),
        emergence_agents=applies,
    )
    assert broken(instance, one("len", "len")) == []
    control = 0.6 * 0.324 + 0.4 * (1 - 0.9 * 0.64 - 0.2)
    assert broken(instance, one("dex", "dex"))[0] == (
        f"weighted coverage of fit is 0.100, below {control:.3f} of the control regimen (A1)"
    )


def test_every_subgroup_is_served_once():
    unserved = evaluate(small(), Design((arm("fit", "bor"),)))
    assert [v.sentence for v in unserved.violations] == ["frail is served by no arm"]
    assert unserved.value == pytest.approx(0.75 * 0.6 * 0.5)
    twice = evaluate(small(), Design((arm("fit frail", "bor"), arm("fit", "car", name="A2"))))
    assert [v.sentence for v in twice.violations] == [
        "fit is served by A1 and A2: exactly one arm may serve a subgroup"
    ]
    assert twice.value == pytest.approx(0.6 * 0.5)
    idle = evaluate(small(), Design((arm("fit frail", "bor"), arm("", "car", name="A2"))))
    assert [v.sentence for v in idle.violations] == ["A2 serves no subgroup"]
    assert idle.arms[1].coverage.shape == (0, 2)


def test_max_arms():
    assert broken(small(trial={"max_arms": 1}), TWO_ARMS) == ["the design has 2 arms, more than the 1 allowed"]


def test_epochs_left_out_give_nothing():
    short = Design((Arm("A1", ("fit", "frail"), {"induction": (Dose("bor"),)}),))
    assert evaluate(small(), short).value == evaluate(small(), one("bor")).value


def test_a_foreign_design_is_refused_with_all_its_unknown_names():
    foreign = Design(
        (
            Arm("A1", ("fitt", "frail"), {"induction": (Dose("borr"), Dose("len")), "mantenance": ()}),
            Arm("A2", ("fit", "fit"), {"induction": (Dose("zoledronate"),)}),
            Arm("A2", (), {}),
        )
    )
    with pytest.raises(DesignError) as caught:
        evaluate(small(), foreign)
    assert caught.value.problems == (
        "2 arms are called A2: names must differ",
        "A1: unknown subgroup fitt, did you mean fit?",
        "A1, induction: unknown agent borr, did you mean bor?",
        "A1, induction: len has no level standard (it has full and half)",
        "A1: unknown epoch mantenance, did you mean maintenance?",
        "A2: lists subgroup fit 2 times",
        "A2, induction: unknown agent zoledronate (known: bor, car, len, dex, ven)",
    )
    assert str(caught.value) == "\n".join(caught.value.problems)
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


def test_no_arms_is_no_design():
    with pytest.raises(DesignError, match="the design has no arms"):
        evaluate(small(), Design(()))


def test_an_arm_meets_its_own_subgroups_numbers_whatever_their_order():
    """Everything given by subgroup differs between the two; an arm for frail, or for frail and fit, must not mix."""
    rate = np.zeros((5, 2, 2))
    rate[BOR] = 0.1
    instance = small(
        trial={"no_harm": True},
        control=((0,), (0,)),
        event_rate=rate,
        background=np.array([0.05, 0.1]),
        sensitivity=np.array([[1, 1, 1, 1, 1], [0.4, 1, 1, 1, 1]]),
        susceptibility=np.array([[1.0, 1], [2, 3]]),
        reach=np.array([[1, 0.9], [0.8, 0.7]]),
        limit=np.array([[[0.10, 0.9], [0.9, 0.9]], [[0.9, 0.9], [0.20, 0.9]]]),
        min_active=np.array([0, 1]),
        require_epochs=np.array([[True, True], [True, False]]),
    )
    fit = evaluate(instance, Design((arm("fit", "bor"), arm("frail", "", name="A2"))))
    frail = evaluate(instance, Design((arm("frail", "bor"), arm("fit", "", name="A2"))))
    both = evaluate(instance, Design((arm("frail fit", "bor"),)))
    left = 0.5**0.4
    assert fit.arms[0].coverage == pytest.approx(np.array([[0.5, 0]]))
    assert frail.arms[0].coverage == pytest.approx(np.array([[1 - left, 0]]))
    assert both.arms[0].coverage == pytest.approx(np.array([[1 - left, 0], [0.5, 0]]))
    assert frail.arms[0].risk[0, 0] == pytest.approx([1 - 0.9 * 0.8, 1 - 0.7 * 0.7])
    assert both.value == pytest.approx(0.75 * 0.6 * 0.5 + 0.25 * 0.6 * 0.8 * (1 - left))
    control = 0.6 * 0.8 * (1 - left) + 0.4 * 0.7 * (1 - left)
    fits = [
        "neutropenia risk of fit in induction is 0.145, above the limit 0.100 (A1)",
        "weighted coverage of fit is 0.300, below 0.480 of the control regimen (A1)",
    ]
    frails = [
        "neuropathy risk of frail in induction is 0.510, above the limit 0.200 (A1)",
        "0 agents active on crbn in frail in induction, fewer than the 1 required (A1)",
        f"weighted coverage of frail is {0.48 * (1 - left):.3f}, below {control:.3f} of the control regimen (A1)",
    ]
    assert [v.sentence for v in fit.violations if v.arm == "A1"] == fits
    assert [v.sentence for v in frail.violations if v.arm == "A1"] == frails
    assert sorted(v.sentence for v in both.violations) == sorted(fits + frails)


def test_no_harm_holds_when_missed_by_a_billionth():
    """0.6 x 0.5 against the same plus 0.4 x 0.5 in a maintenance that next to nobody reaches."""

    def met(reach):
        instance = small(trial={"no_harm": True}, control=((0,), (0,)), reach=np.array([[1, reach], [1, 0.0]]))
        return broken(instance, one("bor"))

    assert met(0.9e-9 / (0.4 * 0.5)) == []
    assert met(1.1e-9 / (0.4 * 0.5)) == [
        "weighted coverage of fit is 0.300000000, below 0.300000001 of the control regimen (A1)"
    ]
