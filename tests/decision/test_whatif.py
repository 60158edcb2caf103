"""What if: both answers are right, what is said of the difference holds, and of the base design too."""

from __future__ import annotations

import json
import re
from functools import cache
from random import Random

import pytest

import trialopt
from tests.oracle import Oracle, judge
from tests.plain_designs import as_plain
from tests.random_documents import random_document
from trialopt.core.catalog import find
from trialopt.decision.whatif import WhatIf, whatif
from trialopt.reading import Document, InputErrors, build, load
from trialopt.record.solution import Solution

BEST, ONE_ARM = 0.410148, 0.378682

CLOSED, OPEN = 1e-7, 0.3

CONTRADICTION = re.compile("both included and excluded|min_agents|max_agents")
"""What is wrong input, and not merely without a design."""


def seeds(few: int, many: int) -> list[object]:
    return [*range(few), *(pytest.param(seed, marks=pytest.mark.many) for seed in range(few, many))]


def otherwise(document: Document, random: Random) -> dict[str, object]:
    """Overrides that a document bears, drawn at random."""
    instance = build(document)
    epoch = random.choice(instance.epochs)
    category = random.choice(instance.categories)
    return random.choice(
        [
            {"settings": {"trial.max_arms": random.randint(1, 3)}},
            {"settings": {f"epoch.{epoch}.max_agents": random.randint(2, 4)}},
            {"settings": {f"categories.{category}.limit": round(random.uniform(0.1, 0.9), 2)}},
            {"settings": {f"subgroups.{random.choice(instance.subgroups)}.share": 0.7, "trial.toxicity_weight": 0.1}},
            {"include": [random.choice(instance.agents)]},
            {"exclude": [random.choice(instance.agents)]},
        ]
    )


@cache
def answered(seed: int, gap: float) -> WhatIf | None:
    """A random question asked otherwise; `None` where the overrides contradict it."""
    document = random_document(seed)
    try:
        return whatif(document, **otherwise(document, Random(seed)), gap=gap)  # type: ignore[arg-type]
    except InputErrors as error:
        if not CONTRADICTION.search(str(error)):
            raise
        return None


@pytest.mark.parametrize("seed", seeds(14, 140))
def test_what_is_said_holds_against_brute_force(seed: int) -> None:
    """The best values differ by what is said to be proven, and the base design is judged by the changed question."""
    closed, opened = answered(seed, CLOSED), answered(seed, OPEN)
    if closed is None or opened is None:
        return
    document, answers = closed.documents[0], (closed, opened)
    before, after = (Oracle(one).best() for one in answers[0].documents)
    for answer in answers:
        assert (answer.base.design is None) == (before is None) == (answer.kept is None)
        assert (answer.changed.design is None) == (after is None)
        if answer.base.design is not None:
            plain = as_plain(build(document).epochs, answer.base.design)
            assert answer.kept is not None
            value, allowed = judge(answer.documents[1], plain)
            assert answer.kept.value == pytest.approx(value, abs=1e-9)
            assert answer.kept.feasible == allowed
        if before is None or after is None:
            assert answer.difference is answer.difference_range is None
            continue
        assert answer.difference_range is not None
        low, high = answer.difference_range
        assert low - 1e-6 <= after.value - before.value <= high + 1e-6
        assert low - 1e-9 <= (answer.difference or 0.0) <= high + 1e-9
    if before is not None and after is not None:
        assert answers[0].difference == pytest.approx(after.value - before.value, abs=2e-6)


def test_the_overrides_drawn_do_something() -> None:
    """Most of the questions are other ones, several have another best value, and one rules the base design out."""
    found = [answer for seed in range(14) if (answer := answered(seed, CLOSED)) is not None]
    assert sum(not answer.same_question for answer in found) >= 8
    assert sum(abs(answer.difference or 0.0) > 1e-3 for answer in found) >= 3
    assert sum(answer.kept is not None and not answer.kept.feasible for answer in found) >= 1


@pytest.fixture(scope="module")
def one_arm() -> WhatIf:
    return whatif("tiny_duo", settings={"trial.max_arms": 1})


def test_one_arm_less_by_hand(one_arm: WhatIf) -> None:
    assert one_arm.base.value == pytest.approx(BEST, abs=1e-6)
    assert one_arm.changed.value == pytest.approx(ONE_ARM, abs=1e-6)
    assert one_arm.difference == pytest.approx(ONE_ARM - BEST, abs=2e-6)
    assert [str(change) for change in one_arm.overrides] == ["[trial] max_arms: 2 -> 1"]
    assert one_arm.kept is not None
    assert [violation.rule for violation in one_arm.kept.violations] == ["max_arms"]
    assert any("is dropped" in words for words in one_arm.changes_in_words)
    assert one_arm.comparison.summary["run"].tolist() == ["base", "changed"]
    assert not one_arm.same_question


def test_the_forms_of_settings_say_the_same(one_arm: WhatIf) -> None:
    for settings in (["trial.max_arms=1"], ("trial.max_arms = 1",), {"trial.max_arms": "1"}):
        other = whatif(load(find("tiny_duo")), settings=settings, base=one_arm.base)
        assert other.changed.question.sha256 == one_arm.changed.question.sha256
    mapping = {"rules.once": ["imid"], "rules.precedent": True, "trial.power": None}
    texts = ["rules.once=[imid]", "rules.precedent=true"]
    lists = [whatif("tiny_duo", settings=s, base=one_arm.base).changed.question.sha256 for s in (mapping, texts)]
    assert lists[0] == lists[1] != one_arm.base.question.sha256


def test_a_run_at_hand_is_not_solved_again(one_arm: WhatIf) -> None:
    asked = []

    def search(name: str, instance: trialopt.Instance) -> Solution:
        asked.append(name)
        return trialopt.solve(instance)

    whatif("tiny_duo", exclude=["imid"], base=one_arm.base, search=search)
    same = whatif("tiny_duo", settings=["trial.max_arms=2"], base=one_arm.base, search=search)
    assert asked == ["changed"]
    assert same.same_question
    assert same.changed is same.base
    with pytest.raises(ValueError, match="another instance"):
        whatif("tiny_duo", exclude=["imid"], base=one_arm.changed)


def test_infeasible_says_why() -> None:
    answer = whatif("tiny_duo", settings=["categories.neutropenia.limit=0.4"])
    assert answer.changed.ending == "infeasible"
    assert "neutropenia limit 40 % of frail in induction" in answer.changed.conflict
    assert answer.difference is answer.difference_range is None
    assert answer.changes_in_words == []
    assert answer.kept is not None
    assert len(answer.kept.violations) == 2


def test_wrong_overrides_are_told_before_anything_is_solved() -> None:
    def never(name: str, instance: trialopt.Instance) -> Solution:
        raise AssertionError

    with pytest.raises(InputErrors, match=r"did you mean 'max_arms'\?"):
        whatif("tiny_duo", settings=["trial.max_arm=1"], search=never)
    with pytest.raises(InputErrors, match=r"--set .*max_arms: 0 is out of range"):
        whatif("tiny_duo", settings=["trial.max_arms=0"], search=never)


def test_saved_runs_hold_their_questions(one_arm: WhatIf, tmp_path) -> None:
    from trialopt.output.formats.folder import read_question_of

    one_arm.save(tmp_path / "out")
    for name, solution in (("base", one_arm.base), ("changed", one_arm.changed)):
        assert Solution.load(tmp_path / "out" / name) == solution
        document, instance = read_question_of(tmp_path / "out" / name)
        assert (instance.sha256, document.name) == (solution.question.sha256, "tiny_duo")


def test_json_holds_everything(one_arm: WhatIf) -> None:
    data = json.loads(one_arm.to_json())
    assert data["overrides"] == [{"where": "[trial] max_arms", "before": "2", "after": "1"}]
    assert data["difference"] == one_arm.difference
    assert data["changed"]["value"] == one_arm.changed.value
    assert data["changes_in_words"] == one_arm.changes_in_words
    assert len(data["base_design_under_changed_question"]["violations"]) == 1


def test_what_choosing_anew_gains(one_arm: WhatIf) -> None:
    """A third arm for two subgroups gains nothing, the second one what it is worth; a design that is out gains none."""
    assert whatif("tiny_duo", settings={"trial.max_arms": 3}, base=one_arm.base).gained == 0.0
    again = whatif(one_arm.documents[1], settings={"trial.max_arms": 2}, base=one_arm.changed)
    assert again.gained == pytest.approx(BEST - ONE_ARM, abs=2e-6)
    assert one_arm.gained is None
