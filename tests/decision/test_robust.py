"""Every row of the price of robustness is what its question asks, and the highest confidence is the highest."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import trialopt
from trialopt.core import WrongInput
from trialopt.core.run import Limits, Monitor
from trialopt.decision.explain import explain
from trialopt.decision.robust import Robustness, robust
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply

DRAWS = 40


def document(*settings: str):
    return apply(load(trialopt.find("tiny_duo")), Overrides(settings=settings))


@pytest.fixture(scope="module")
def found() -> Robustness:
    return robust(document(), draws=DRAWS, confidences=[0.5, 0.6, 0.95], tails=[1, 0.1], gap=1e-5)


def question(settings: list[str]):
    return build(document(f"uncertainty.draws={DRAWS}", *settings))


def test_each_row_is_the_question_that_set_asks(found):
    asked = {
        "as given": [],
        "confidence 0.50": ["uncertainty.confidence=0.5"],
        "confidence 0.60": ["uncertainty.confidence=0.6"],
        "confidence 0.95": ["uncertainty.confidence=0.95"],
        "mean": ["uncertainty.objective=mean"],
        "worst 0.10": ["uncertainty.objective=cvar", "uncertainty.tail=0.1"],
    }
    rows = {row.asked.words: row for row in found.rows}
    assert [name for name, row in rows.items() if not row.asked.highest] == list(asked)
    for name, settings in asked.items():
        alone = trialopt.solve(question(settings), gap=1e-5)
        row = rows[name]
        assert (row.ending, row.said) == (alone.ending, alone.conflict)
        if alone.design is None:
            assert row.design is None
            continue
        assert row.number("value") == pytest.approx(alone.value, abs=1e-9)
        told = alone.uncertainty
        assert row.number("mean") == pytest.approx(told["mean"], abs=1e-12)
        assert row.number("worst") == pytest.approx(told["worst"] if told["tail"] == 0.1 else np.nan, abs=1e-12)
        assert row.number("fresh_worst") == pytest.approx(told["fresh_worst"], abs=1e-12)
        assert row.number("all_kept") == pytest.approx(told["all_kept"])
        given = replace(question([]), truths=None, uncertainty=None)
        assert row.number("given") == pytest.approx(trialopt.evaluate(given, row.design).value, abs=1e-12)


def test_the_highest_confidence_is_one_and_no_more(found):
    assert found.held is not None
    assert 0 < found.held < DRAWS
    at, above = (
        trialopt.solve(question([f"uncertainty.confidence={k / DRAWS}"])) for k in (found.held, found.held + 1)
    )
    assert (at.ending, above.ending, above.conflict) == ("optimal", "infeasible", found.stops)
    (row,) = [row for row in found.rows if row.asked.highest]
    assert row.number("least_kept") >= found.held / DRAWS
    assert row.number("given") <= found.point.number("given")


def test_explain_says_it_too_where_the_confidence_leaves_no_design(found):
    said = explain(question(["uncertainty.confidence=0.95"]))
    assert said.infeasible is not None
    assert f"({found.held} of {DRAWS} truths)" in said.notes[0]
    assert said.notes[1] == f"what stops it there: {'; '.join(found.stops)}"


def test_table_record_and_words(found):
    record = json.loads(found.to_json())
    assert [row["row"] for row in record["rows"]] == list(found.frame["row"])
    assert record["complete"] is found.complete is True
    assert record["highest_confidence"] == found.highest
    assert found.frame["given"].dtype == np.float64
    assert set(found.arms["row"]) == {row.asked.words for row in found.rows if row.design}
    assert repr(found) == f"<Robustness of tiny_duo: 7 rows, {DRAWS} truths>"
    assert any("highest confidence for which a design exists" in sentence for sentence in found.sentences)
    assert found.plot().svg().count("<svg") == 1


def test_a_second_run_takes_what_was_kept_and_a_stopped_one_says_so(tmp_path):
    asked = {"draws": 12, "confidences": [0.5], "tails": [0.5], "store": tmp_path / "s"}
    first = robust(document(), **asked)
    again = robust(document(), **asked)
    assert (first.kept, again.kept) == (0, 5)
    assert again.frame.equals(first.frame)
    stopped = robust(document(), draws=12, monitor=Monitor(Limits(time=0)))
    assert (stopped.complete, stopped.rows) == (False, ())
    assert stopped.sentences[0].startswith("NOT COMPLETE (stopped at the time limit): 0 of 12 rows")


def test_a_share_that_is_none_is_refused():
    with pytest.raises(WrongInput, match=r"--tail 0: give a share above 0 and at most 1"):
        robust(document(), tails=[0.0])


@pytest.mark.parametrize(
    "more",
    [
        ["trial.max_arms=1"],
        ["categories.neutropenia.cumulative_limit=0.5"],
        ["categories.neutropenia.limit=0.4", "uncertainty.margin=0.02"],
    ],
)
def test_repairs_of_limits_that_hold_with_confidence_are_enough_and_least(more):
    """Each repaired question has a design, and a limit that is 1 % of the change stricter has none."""
    instance = question(["uncertainty.confidence=0.9", *more])
    repaired = explain(instance).infeasible
    assert repaired is not None
    for repair in repaired.repairs:
        assert trialopt.solve(repair.apply(instance)).design is not None
        (change,) = repair.changes
        if change.to is None or change.limit.family not in ("limit", "cumulative_limit"):
            continue
        scale = change.limit.scale
        shorter = scale.set(instance, change.to - 0.0051 * scale.value)
        assert trialopt.solve(replace(shorter, sha256="")).ending == "infeasible"
