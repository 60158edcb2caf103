"""Each rule's masks and bits, by hand: a1 and a2 are of class ca, b1 of cb, c1 of cc; two subgroups, two epochs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trialopt.core.instance import Instance
from trialopt.engine.rules import TooManyRules, cross_bits, meets_requires, pair_masks, single_masks
from trialopt.reading import build
from trialopt.reading.document import document

AGENTS = {"a1": "ca", "a2": "ca", "b1": "cb", "c1": "cc"}
BOTH = 0b11
Pairs = set[tuple[str, str]]


def instance(rules: dict[str, Any] | None = None, **more: Any) -> Instance:
    settings = {
        "format": 1,
        "title": "rules by hand",
        "trial": {"max_arms": 2, **more.pop("trial", {})},
        "epoch": [{"id": s, "cycles": 1, "max_agents": 3} for s in ("first", "second")],
        "rules": rules or {},
    }
    tables = {
        "agents": [{"agent": d, "class": c, "orr": 0.3, **more.get(d, {})} for d, c in AGENTS.items()],
        "categories": [{"category": "rash"}],
        "toxicity": [{"agent": d, "category": "rash", "probability": 0.1} for d in AGENTS],
        "mechanisms": [{"mechanism": "m", "kind": "genetic"}],
        "subgroups": [{"subgroup": "fit", "share": 1}, {"subgroup": "frail", "share": 1}],
        **more.get("tables", {}),
    }
    return build(document("rules", settings, tables))


def barred_pairs(i: Instance, subgroup: int) -> Pairs:
    """Pairs of agents (alphabetical) that a subgroup may not be given together."""
    masks = pair_masks(i, 0)
    assert (masks == masks.T).all()
    return {
        (i.agents[a], i.agents[b])
        for a in range(len(i.agents))
        for b in range(a + 1, len(i.agents))
        if not masks[a, b] >> subgroup & 1
    }


ALL: Pairs = {("a1", "a2"), ("a1", "b1"), ("a1", "c1"), ("a2", "b1"), ("a2", "c1"), ("b1", "c1")}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, set()),
        ({"one_per_class": ["ca"]}, {("a1", "a2")}),
        ({"one_per_class": ["cb"]}, set()),
        ({"not_together": [["a1", "cb"]]}, {("a1", "b1")}),
        ({"not_together": [["ca", "ca"]]}, {("a1", "a2")}),
        ({"not_together": [["ca", "a2"]]}, {("a1", "a2")}),
        ({"alone": ["b1"]}, {("a1", "b1"), ("a2", "b1"), ("b1", "c1")}),
        ({"alone": ["ca"]}, ALL - {("b1", "c1")}),
        ({"precedent": True}, ALL - {("a1", "b1")}),
    ],
)
def test_pairs_that_are_kept_apart(rules: dict[str, Any], expected: Pairs) -> None:
    i = instance(rules, tables={"precedents": [{"a": "b1", "b": "a1"}]})
    assert barred_pairs(i, 0) == barred_pairs(i, 1) == expected


def test_contraindicated_with_a_partner_is_one_subgroups_own() -> None:
    i = instance(tables={"contraindicated": [{"subgroup": "frail", "key": "ca", "with": "c1"}]})
    assert barred_pairs(i, 0) == set()
    assert barred_pairs(i, 1) == {("a1", "c1"), ("a2", "c1")}
    assert (single_masks(i) == BOTH).all()


def test_two_levels_of_one_agent_never_meet() -> None:
    levels = [{"agent": "a1", "level": name, "activity_factor": 1, "toxicity_factor": 1} for name in ("low", "high")]
    i = instance(tables={"levels": levels})
    own = np.flatnonzero(i.option_agent == i.agents.index("a1"))
    masks = pair_masks(i, 0)
    assert len(own) == 2
    assert not masks[np.ix_(own, own)].any()
    other = int(np.flatnonzero(i.option_agent == i.agents.index("b1"))[0])
    assert (masks[own, other] == BOTH).all()


def test_single_agents() -> None:
    barred = [{"subgroup": "fit", "key": "ca"}]
    i = instance(trial={"exclude": ["cb"]}, tables={"contraindicated": barred}, c1={"epochs": "second"})
    names = {d: n for n, d in enumerate(i.agents)}
    masks = single_masks(i)
    assert masks[:, names["a1"]].tolist() == masks[:, names["a2"]].tolist() == [0b10, 0b10]
    assert masks[:, names["b1"]].tolist() == [0, 0]
    assert masks[:, names["c1"]].tolist() == [0, BOTH]


@pytest.mark.parametrize(
    ("requires", "given", "good"),
    [
        ({"a1": ["b1"]}, ["a1"], False),
        ({"a1": ["b1"]}, ["a1", "b1"], True),
        ({"a1": ["b1"]}, ["a2"], True),
        ({"a1": ["cb", "c1"]}, ["a1", "c1"], True),
        ({"a1": ["ca"]}, ["a1"], False),
        ({"a1": ["ca"]}, ["a1", "a2"], True),
        ({"ca": ["ca"]}, ["a2"], False),
        ({"ca": ["b1"]}, ["a1", "a2", "b1"], True),
        ({"ca": ["a1"]}, ["a1", "b1"], False),
        ({"ca": ["a1"]}, ["a1", "a2"], False),
    ],
)
def test_requires_another_agent(requires: dict[str, list[str]], given: list[str], good: bool) -> None:
    i = instance({"requires": requires})
    chosen = np.array([[d in given for d in i.agents]])
    assert meets_requires(i, 0, chosen).tolist() == [good]


def test_bits_across_epochs() -> None:
    rules = {"once": ["ca", "b1"], "not_after": [{"item": "ca", "after": "b1"}, {"item": "ca", "after": "ca"}]}
    i = instance(rules, trial={"include": ["c1", "ca"]})
    bits, at = cross_bits(i), {d: n for n, d in enumerate(i.agents)}
    assert bits.once[at["a1"]] == bits.once[at["a2"]] != 0
    assert not bits.once[at["a1"]] & bits.once[at["b1"]]
    assert bits.once[at["c1"]] == 0

    def may_follow(late: str, early: str) -> bool:
        return not bits.blocks[at[late]] & bits.after[at[early]]

    assert not may_follow("a1", "b1")
    assert not may_follow("a1", "a2")
    assert may_follow("a1", "a1")
    assert may_follow("b1", "a1")
    assert may_follow("c1", "b1")
    assert bits.include[at["a1"]] | bits.include[at["c1"]] == bits.required[0]
    assert bits.include[at["a1"]] != bits.required[0]


def test_more_items_than_bits() -> None:
    i = instance()
    many = tuple(f"item_{n}" for n in range(63))
    from dataclasses import replace

    with pytest.raises(TooManyRules):
        cross_bits(replace(i, rules=replace(i.rules, once=many)))
