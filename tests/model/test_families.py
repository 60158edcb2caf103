"""Each constraint family on an instance solvable by hand: what it proves, and the value without it."""

from __future__ import annotations

from math import exp, log
from typing import Any

import pytest

from tests.model.small import optimum, small
from trialopt.reading.document import Document

TWO = [{"subgroup": "g", "share": 0.9}, {"subgroup": "h", "share": 0.1}]
M = [{"mechanism": "m"}]
FIFTH = [{"subgroup": "g", "mechanism": "m", "prevalence": 0.2}]


def toxic(limit: float | None = None, cumulative: float | None = None, **rates: float) -> dict[str, Any]:
    """One category; agents not named have rate 0."""
    category: dict[str, Any] = {"category": "e", "limit": limit, "cumulative_limit": cumulative}
    return {
        "categories": [category],
        "toxicity": [{"agent": d, "category": "e", "probability": rates.get(d, 0)} for d in "abc"],
    }


CASES: dict[str, tuple[Document, tuple[str, ...], float, float]] = {
    # a and b leave 0.5 x 0.6 = 0.3; a third agent would leave 0.24
    "at most max_agents": (small(), ("counts",), 0.7, 0.76),
    # without a least number the toxicity of the second agent is not worth its coverage
    "at least min_agents": (
        small(epoch={"min_agents": 2}, trial={"toxicity_weight": 1}, **toxic(b=0.3, c=0.3)),
        ("counts",),
        0.7 + log(0.7),
        0.5,
    ),
    # both levels of a at once would act 1.5 times
    "one level of an agent": (
        small(
            trial={"exclude": ["b", "c"]},
            levels=[{"agent": "a", "level": v, "activity_factor": f} for v, f in (("full", 1), ("half", 0.5))],
        ),
        ("choice.one_level",),
        0.5,
        1 - 0.5**1.5,
    ),
    "one of a class": (
        small(agents={"b": {"class": "x"}}, rules={"one_per_class": ["x"]}),
        ("together",),
        0.6,
        0.7,
    ),
    "not together": (small(rules={"not_together": [["x", "b"]]}), ("together",), 0.6, 0.7),
    "precedent": (
        small(rules={"precedent": True}, precedents=[{"a": "a", "b": "c"}, {"a": "b", "b": "c"}]),
        ("together",),
        0.6,
        0.7,
    ),
    "alone": (small(rules={"alone": ["a"]}), ("together",), 0.52, 0.7),
    "contraindicated with": (
        small(contraindicated=[{"subgroup": "g", "key": "a", "with": "y"}]),
        ("together",),
        0.6,
        0.7,
    ),
    "requires": (small(rules={"requires": {"a": ["z"]}}), ("requires",), 0.6, 0.7),
    # a may follow only where its class mate is: itself is no help
    "requires another agent": (small(rules={"requires": {"a": ["x", "z"]}}), ("requires",), 0.6, 0.7),
    # a then b, not a twice
    "once, an agent": (small(epochs=2, max_agents=1, rules={"once": ["a"]}), ("once",), 0.45, 0.5),
    # the class has a and b: one of its agents in one epoch, c in the other
    "once, a class": (
        small(epochs=2, max_agents=1, agents={"b": {"class": "x"}}, rules={"once": ["x"]}),
        ("once",),
        0.35,
        0.5,
    ),
    # b then a is barred: c then a
    "not after": (
        small(
            epochs=2,
            max_agents=1,
            agents={"a": {"epochs": "s2"}, "b": {"epochs": "s1"}},
            rules={"not_after": [{"item": "a", "after": "b"}]},
        ),
        ("not_after",),
        0.35,
        0.45,
    ),
    "include": (small(trial={"include": ["z"]}), ("contents",), 0.6, 0.7),
    "exclude": (small(trial={"exclude": ["a"]}), ("contents",), 0.52, 0.7),
    "contraindicated": (small(contraindicated=[{"subgroup": "g", "key": "x"}]), ("contents",), 0.52, 0.7),
    # a and b lose a factor e together (0.3 e > 0.4); without the rows the loss is simply not counted
    "pairs, antagonism": (small(interactions=[{"a": "a", "b": "b", "activity": -1}]), ("pairs",), 0.6, 0.7),
    # b and c gain a factor e together; without the rows a and b take it as well
    "pairs, synergy": (
        small(interactions=[{"a": "b", "b": "c", "activity": 1}]),
        ("pairs",),
        1 - 0.48 * exp(-1),
        1 - 0.3 * exp(-1),
    ),
    # a and b: risk 1 - 0.7 x 0.7 = 0.51
    "toxicity in an epoch": (small(**toxic(limit=0.4, a=0.3, b=0.3)), ("toxicity",), 0.6, 0.7),
    # a in both epochs: the same 0.51 over both
    "toxicity over epochs": (
        small(epochs=2, max_agents=1, **toxic(cumulative=0.4, a=0.3)),
        ("toxicity",),
        0.45,
        0.5,
    ),
    # the pair adds 0.6 to the log scale: risk 1 - exp(-0.6) = 0.45
    "toxicity of a pair": (
        small(**toxic(limit=0.4), interactions=[{"a": "a", "b": "b", "activity": 0, "toxicity:e": 0.6}]),
        ("toxicity",),
        0.6,
        0.7,
    ),
    # s1: 0.8 x 0.5 + 0.2 left; s2: (0.8 + 0.2 x 3) x 0.6 left, without emergence (0.8 + 0.2) x 0.6
    "emergence": (
        small(
            epochs=2,
            max_agents=1,
            agents={"a": {"epochs": "s1"}, "b": {"epochs": "s2"}},
            trial={"exclude": ["c"]},
            mechanisms=M,
            prevalence=FIFTH,
            retained=[{"mechanism": "m", "key": "a", "retained": 0}],
            emergence=[{"mechanism": "m", "key": "a", "multiplier": 3}],
        ),
        ("emergence",),
        (0.4 + 0.16) / 2,
        (0.4 + 0.4) / 2,
    ),
    # only c works on m: a and c leave 0.8 x 0.4 + 0.2 x 0.8, a and b 0.8 x 0.3 + 0.2
    "required coverage": (
        small(
            mechanisms=[{"mechanism": "m", "min_coverage": 0.15}],
            prevalence=FIFTH,
            retained=[{"mechanism": "m", "key": d, "retained": 0} for d in "ab"],
        ),
        ("required",),
        0.52,
        0.56,
    ),
    "required active agents": (
        small(
            mechanisms=[{"mechanism": "m", "min_active": 1}],
            prevalence=FIFTH,
            retained=[{"mechanism": "m", "key": d, "retained": 0} for d in "ab"],
        ),
        ("required",),
        0.52,
        0.56,
    ),
    # a is lost on h: better on average than b (0.45 to 0.4), but worse for h than the control, b
    "no harm": (
        small(
            max_agents=1,
            trial={"no_harm": True},
            control={"s1": ["b"]},
            subgroups=TWO,
            sensitivity=[{"subgroup": "h", "key": "a", "sensitivity": 0}],
        ),
        ("harm",),
        0.4,
        0.45,
    ),
    # one arm for both gives a; two sequences would give h b instead
    "one sequence an arm": (
        small(max_agents=1, subgroups=TWO, sensitivity=[{"subgroup": "h", "key": "a", "sensitivity": 0}]),
        ("arms.same_agent", "arms.same_level"),
        0.45,
        0.49,
    ),
    "at most max_arms": (
        small(max_agents=1, subgroups=TWO, sensitivity=[{"subgroup": "h", "key": "a", "sensitivity": 0}]),
        ("arms.most",),
        0.45,
        0.49,
    ),
    # two levels: g does best with the full one, h bears the low one only
    "one level an arm": (
        small(
            max_agents=1,
            trial={"exclude": ["b", "c"]},
            subgroups=TWO,
            levels=[
                {"agent": "a", "level": "full", "activity_factor": 1, "toxicity_factor": 1},
                {"agent": "a", "level": "low", "activity_factor": 0.5, "toxicity_factor": 0.5},
            ],
            **{**toxic(limit=0.3, a=0.2), "susceptibility": [{"subgroup": "h", "category": "e", "susceptibility": 2}]},
        ),
        ("arms.same_level",),
        1 - 0.5**0.5,
        0.9 * 0.5 + 0.1 * (1 - 0.5**0.5),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_family(name: str) -> None:
    question, family, with_it, without_it = CASES[name]
    assert optimum(question) == pytest.approx(with_it, abs=1e-6)
    assert optimum(question, family) == pytest.approx(without_it, abs=1e-6)
    assert with_it < without_it - 1e-3


def test_an_agent_only_in_its_epochs() -> None:
    assert optimum(small(epochs=2, max_agents=1)) == pytest.approx(0.5, abs=1e-6)
    assert optimum(small(epochs=2, max_agents=1, agents={"a": {"epochs": "s1"}})) == pytest.approx(0.45, abs=1e-6)


def test_seed_counts_from_the_second_epoch() -> None:
    seeded = small(epochs=2, max_agents=1, mechanisms=[{"mechanism": "m", "seed": 0.1}], trial={"exclude": ["b", "c"]})
    assert optimum(seeded) == pytest.approx((0.5 + (1 - 1.1 * 0.5)) / 2, abs=1e-6)


def test_carry_leaves_later_epochs_less() -> None:
    carried = small(epochs=2, max_agents=1, trial={"carry": 1})
    assert optimum(carried) == pytest.approx((0.5 + 0.75) / 2, abs=1e-6)


def test_reach_and_weights() -> None:
    weighed = small(
        epochs=2, max_agents=1, agents={"a": {"epochs": "s1"}}, reach=[{"subgroup": "g", "epoch": "s2", "reach": 0.5}]
    )
    assert optimum(weighed) == pytest.approx(0.5 * 0.5 + 0.5 * 0.5 * 0.4, abs=1e-6)


def test_infeasible() -> None:
    assert optimum(small(max_agents=1, trial={"include": ["a", "b"]})) is None


def test_a_limit_below_the_background_leaves_no_design() -> None:
    question = small(
        categories=[{"category": "e", "background": 0.3, "limit": 0.2}],
        toxicity=[{"agent": d, "category": "e", "probability": 0} for d in "abc"],
    )
    assert optimum(question) is None
