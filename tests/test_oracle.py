"""The oracle itself, against arithmetic done by hand."""

from __future__ import annotations

import math

import pytest

from tests.oracle import Oracle, best_design, judge, partitions
from trialopt.core.catalog import find
from trialopt.reading import load
from trialopt.reading.document import Document, document

Rows = list[dict[str, object]]


def plain(trial: dict[str, object] | None = None, rules: object = None, **tables: Rows) -> Document:
    """Two epochs, agents a and b of class x and c of class y with ORR 0.5, 0.4 and 0.3, one subgroup."""
    base: dict[str, Rows] = {
        "agents": [
            {"agent": "a", "class": "x", "orr": 0.5},
            {"agent": "b", "class": "x", "orr": 0.4},
            {"agent": "c", "class": "y", "orr": 0.3},
        ],
        "subgroups": [{"subgroup": "g", "share": 2}],
        "mechanisms": [{"mechanism": "m"}],
        "prevalence": [{"subgroup": "g", "mechanism": "m", "prevalence": 0.2}],
        "categories": [{"category": "e"}],
    }
    settings = {
        "trial": {"max_arms": 1, **(trial or {})},
        "epoch": [{"id": "one", "cycles": 1, "max_agents": 2}, {"id": "two", "cycles": 1, "max_agents": 1}],
        "rules": rules or {},
    }
    return document("plain", settings, {**base, **tables})


def value(question: Document) -> float:
    best = best_design(question)
    assert best is not None
    return best.value


def test_two_agents_together_then_the_better_one() -> None:
    # 1 - 0.5 * 0.6 = 0.7, then 0.5, each with weight one half
    assert value(plain()) == pytest.approx(0.6)


def test_lost_activity_on_one_mechanism() -> None:
    # a with b leaves 0.2 * 0.6 where m is and 0.8 * 0.3 elsewhere: 0.64, the best of the three pairs
    lost = [{"mechanism": "m", "key": "a", "retained": 0}]
    # alone, a has 1 - 0.2 - 0.8 * 0.5 = 0.4, as b has
    assert value(plain(retained=lost)) == pytest.approx((0.64 + 0.4) / 2)


def test_carry_leaves_less_for_the_second_epoch() -> None:
    # epoch two meets what epoch one left: 1 - 0.3 * 0.5
    assert value(plain({"carry": 1.0})) == pytest.approx((0.7 + 0.85) / 2)


def test_emergence_counts_a_row_once_and_an_agents_row_wins() -> None:
    rows: Rows = [
        {"mechanism": "m", "key": "x", "multiplier": 2},
        {"mechanism": "m", "key": "a", "multiplier": 3},
    ]
    question = plain(emergence=rows, retained=[{"mechanism": "m", "key": "y", "retained": 0}])
    both = [(("g",), ((("a", "standard"), ("b", "standard")), (("a", "standard"),)))]
    # residual in two: m 0.2 * 2 * 3 * 0.5, none 0.8 * 0.5
    assert judge(question, both)[0] == pytest.approx((0.7 + (1 - 0.6 - 0.4)) / 2)
    only_a = [(("g",), ((("a", "standard"),), (("a", "standard"),)))]
    assert judge(question, only_a)[0] == pytest.approx((0.5 + (1 - 0.2 * 3 * 0.5 - 0.4)) / 2)


def test_orr_measured_where_some_are_resistant() -> None:
    agents: Rows = [{"agent": "a", "class": "x", "orr": 0.4, "orr_in": "g"}]
    lost: Rows = [{"mechanism": "m", "key": "a", "retained": 0}]
    # 0.2 + 0.8 exp(-beta) = 0.6, so exp(-beta) = 0.5 and the ORR comes back in both epochs
    question = plain(agents=agents, retained=lost)
    assert Oracle(question).facts.beta["a", "one"] == pytest.approx(math.log(2))
    assert value(question) == pytest.approx(0.4)


def test_a_limit_of_exactly_the_risk_holds() -> None:
    toxic: Rows = [
        {"agent": "a", "category": "e", "probability": 0.2},
        {"agent": "b", "category": "e", "probability": 0.25},
    ]
    # a with b: 1 - 0.8 * 0.75 = 0.4
    assert value(plain(toxicity=toxic, categories=[{"category": "e", "limit": 0.4}])) == pytest.approx(0.6)
    # below it, a with c: 1 - 0.5 * 0.7
    assert value(plain(toxicity=toxic, categories=[{"category": "e", "limit": 0.39}])) == pytest.approx(0.575)
    # over both epochs a with b, then a: 1 - 0.8 * 0.75 * 0.8 = 0.52; a with c, then a: 0.36
    over_all: Rows = [{"category": "e", "cumulative_limit": 0.45}]
    assert value(plain(toxicity=toxic, categories=over_all)) == pytest.approx((0.65 + 0.5) / 2)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"one_per_class": ["x"]}, (0.65 + 0.5) / 2),
        ({"not_together": [["a", "b"]]}, (0.65 + 0.5) / 2),
        ({"not_together": [["x", "x"]]}, (0.65 + 0.5) / 2),
        ({"requires": {"a": ["y"]}}, (0.65 + 0.4) / 2),
        ({"alone": ["a"]}, (0.58 + 0.5) / 2),
        ({"once": ["a"]}, (0.7 + 0.4) / 2),
        ({"once": ["x"]}, (0.7 + 0.3) / 2),
        ({"not_after": [{"item": "x", "after": "b"}]}, (0.65 + 0.5) / 2),
        ({"not_after": [{"item": "b", "after": "a"}]}, (0.7 + 0.5) / 2),
        ({"precedent": True}, (0.5 + 0.5) / 2),
    ],
)
def test_rules(rules: object, expected: float) -> None:
    assert value(plain(rules=rules)) == pytest.approx(expected)


def test_no_design_at_all() -> None:
    assert best_design(plain({"include": ["c"], "exclude": ["y"]})) is None


def test_every_partition_once() -> None:
    assert [sum(1 for _ in partitions(list("abcd")[:n])) for n in range(1, 5)] == [1, 2, 5, 15]
    assert sorted(map(str, partitions(list("ab")))) == ["[('a', 'b')]", "[('a',), ('b',)]"]


def test_the_arithmetic_of_tiny_duo() -> None:
    """The two best sequences worked through in the instance's README, and the optimum of all of them."""
    question = load(find("tiny_duo"))
    best = best_design(question)
    assert best is not None
    worth = {g: Oracle(question).worth(g, sequence) for part, sequence in best.arms for g in part}
    assert worth == {"fit": pytest.approx(0.439974, abs=1e-6), "frail": pytest.approx(0.365410, abs=1e-6)}
    assert best.value == pytest.approx(0.6 * 0.439974 + 0.4 * 0.365410, abs=1e-6)
