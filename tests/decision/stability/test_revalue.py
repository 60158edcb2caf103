"""Re-evaluation equals `trialopt.evaluate` on every truth: value, limits, requirements and effects."""

from __future__ import annotations

from random import Random

import pytest

from tests.random_documents import random_document
from tests.random_sized import sized_document
from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import Instance
from trialopt.decision.stability.draws import drawn, truths
from trialopt.decision.stability.revalue import Listed
from trialopt.evaluation import evaluate
from trialopt.reading import build, document
from trialopt.reading.uncertain import uncertain_inputs

TOXIC = {"limit", "cumulative_limit", "not_worse_than_control"}
REQUIRED = {"min_coverage", "no_harm"}


def random_design(instance: Instance, random: Random) -> Design:
    """Arms of any agents at all: rules are for others, here limits are to be broken too."""
    groups = list(instance.subgroups)
    random.shuffle(groups)
    cuts = sorted(random.sample(range(1, len(groups)), random.randint(0, len(groups) - 1)))
    arms = []
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(groups)], strict=True), start=1):
        sequence = {}
        for epoch in instance.epochs:
            agents = random.sample(range(len(instance.agents)), random.randint(0, min(3, len(instance.agents))))
            sequence[epoch] = tuple(
                Dose(
                    instance.agents[d],
                    random.choice(
                        [level for o, level in enumerate(instance.option_level) if instance.option_agent[o] == d]
                    ),
                )
                for d in agents
            )
        arms.append(Arm(f"A{number}", tuple(groups[start:end]), sequence))
    return Design(tuple(arms))


def check(written, seed: int, draws: int) -> int:
    instance = build(written)
    random = Random(seed)
    designs = [random_design(instance, random) for _ in range(5)]
    asked = random.randrange(5)
    inputs = uncertain_inputs(written, instance)
    listed = Listed(instance, designs, asked)
    some = truths(instance, inputs, next(drawn(inputs, draws, seed)))
    found = listed.revalue(some)
    broken = 0
    for n in range(draws):
        truth = some.instance(instance, n)
        for k, design in enumerate(designs):
            judged = evaluate(truth, design)
            rules = {violation.rule for violation in judged.violations}
            broken += bool(rules & TOXIC)
            assert found.value[n, k] == pytest.approx(judged.value, abs=1e-9)
            assert found.tolerated[n, k] == (not rules & TOXIC)
            assert found.required[n, k] == (not rules & REQUIRED)
            if k != asked or not listed.comparable:
                continue
            for a, arm in enumerate(judged.arms):
                if arm.size is not None and arm.size.p1 is not None:
                    assert found.effect[n, a] == pytest.approx(arm.size.p1 - arm.size.p0, abs=1e-9)
    return broken


def test_equals_evaluate_on_random_documents():
    assert sum(check(random_document(seed), seed, 3) for seed in range(40)) > 20


def test_equals_evaluate_on_random_sized_documents():
    for seed in range(30):
        check(sized_document(seed), seed, 3)


def beside_own_controls(seed):
    """A random document in which no category may be worse than under the control, which differs by subgroup."""
    base = random_document(seed)
    tables = {name: [dict(row.cells) for row in rows] for name, rows in base.tables.items()}
    for row in tables["categories"]:
        row["not_worse_than_control"] = "0.02"
    epochs = [epoch["id"] for epoch in base.settings["epoch"]]
    control = {epoch: [] for epoch in epochs} | dict(base.settings.get("control", {}))
    first = tables["subgroups"][0]["subgroup"]
    given = next(agent for agent in tables["agents"])["agent"]
    levels = [row["level"] for row in tables.get("levels", []) if row["agent"] == given] or ["standard"]
    control[first] = {epoch: [f"{given}@{levels[0]}"] for epoch in epochs}
    return document(base.name, {**base.settings, "control": control}, tables)


def test_equals_evaluate_beside_controls_of_subgroups_own():
    assert sum(check(beside_own_controls(seed), seed, 2) for seed in range(12)) > 20


@pytest.mark.parametrize(
    "seeds",
    [pytest.param(range(100, 150), marks=pytest.mark.slow), pytest.param(range(150, 400), marks=pytest.mark.many)],
)
def test_equals_evaluate_on_many_random_documents(seeds):
    for seed in seeds:
        check(random_document(seed), seed, 4)
        check(sized_document(seed), seed, 4)


@pytest.mark.parametrize("name", ["rrmm_early_relapse", "ndmm_frail", "biomarker_umbrella"])
def test_equals_evaluate_on_shipped_instances(name):
    from trialopt.core.catalog import find
    from trialopt.reading import load

    check(load(find(name)), 1, 2)
