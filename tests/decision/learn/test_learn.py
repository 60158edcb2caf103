"""Every truth is solved exactly; what is learnt is told, kept and the same whoever solves."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import trialopt
from tests.pages import held
from trialopt.core import WrongInput
from trialopt.core.design import Design
from trialopt.core.run import Limits, Monitor
from trialopt.decision.learn import learn
from trialopt.decision.learn.solves import values_of
from trialopt.engine import search
from trialopt.engine.each_truth import EachTruth
from trialopt.evaluation import evaluate
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply

DRAWS = 12


def document(*settings: str):
    return apply(load(trialopt.find("tiny_duo")), Overrides(settings=(f"uncertainty.draws={DRAWS}", *settings)))


@pytest.mark.parametrize("more", [(), ("uncertainty.confidence=0.6",), ("trial.carry=0.4",)])
def test_the_best_of_each_truth_is_that_of_all_designs(more):
    """Against every pair of sequences that some truth likes: no design that the question allows is worth more there."""
    instance = build(document("uncertainty.objective=mean", *more))
    each = EachTruth(instance, Monitor(Limits()))
    found = [each.best(row, Monitor(Limits(1e-6))) for row in range(DRAWS)]
    designs = [one.design for one in found]
    table = values_of(instance, designs)
    for row, one in enumerate(found):
        assert one.stopped == ""
        assert table[row, row] == pytest.approx(one.value, abs=1e-9)
        assert table[row].max() <= one.bound + 1e-9
        assert one.bound - one.value <= 1e-6
        assert not evaluate(instance, one.design).violations
    mixed = []
    for first in designs:
        for other in designs:
            mine = first.arms[0]
            rest = [arm for arm in other.arms if not set(arm.subgroups) & set(mine.subgroups)]
            served = [*mine.subgroups, *(g for arm in rest for g in arm.subgroups)]
            if sorted(served) == sorted(instance.subgroups):
                arms = (mine, *rest)
                mixed.append(Design(tuple(replace(arm, name=f"A{k + 1}") for k, arm in enumerate(arms))))
    allowed = [design for design in mixed if not evaluate(instance, design).violations]
    assert (values_of(instance, allowed) <= np.array([one.bound for one in found])[:, None] + 1e-9).all()


def test_without_confidence_it_is_the_solve_of_that_truth():
    instance = build(document("uncertainty.objective=mean"))
    assert instance.truths is not None
    each = EachTruth(instance, Monitor(Limits()))
    for row in (0, 7):
        alone = search(replace(instance, truths=instance.truths.pick([row])), Monitor(Limits(1e-6)))
        assert each.best(row, Monitor(Limits(1e-6))).bound == pytest.approx(alone.bound, abs=2e-6)


def test_what_is_learnt_adds_up_and_is_kept(tmp_path):
    found = learn(document(), studies=["bortezomib.response"], sizes=[10, 100], store=tmp_path / "s")
    assert (found.asked, found.done, found.complete) == (DRAWS, DRAWS, True)
    assert 0 < found.evpi.value <= found.most < found.evpi.value + 1e-4
    assert found.evpi_all is not None
    assert found.evpi_all.value != found.evpi.value
    few, many = (part.worth.value for part in found.of("study"))
    single = next(part for part in found.of("input") if part.study == "bortezomib.response").worth.value
    assert 0 <= few <= many <= single + 1e-9
    assert single <= next(part for part in found.of("agent") if part.name == "bortezomib").worth.value
    assert sum(share for _, share, _ in found.chosen) == pytest.approx(1)
    record = json.loads(found.to_json())
    assert record["evpi"]["value"] == found.evpi.value
    assert [row["size"] for row in record["studies"]] == [10, 100]
    again = learn(document(), studies=["bortezomib.response"], sizes=[10, 100], store=tmp_path / "s")
    strip = {"seconds"}
    assert {k: v for k, v in json.loads(again.to_json()).items() if k not in strip} == {
        k: v for k, v in record.items() if k not in strip
    }


def test_evpi_is_the_mean_of_the_best_less_the_best_of_the_means():
    found = learn(document("uncertainty.default.arm_deviation=0"))
    instance = build(document("uncertainty.objective=mean", "uncertainty.default.arm_deviation=0"))
    assert instance.truths is not None
    ones = [replace(instance, truths=instance.truths.pick([row])) for row in range(DRAWS)]
    best = [search(one, Monitor(Limits(1e-6))).bound for one in ones]
    together = search(instance, Monitor(Limits(1e-6))).bound
    assert found.evpi.value == pytest.approx(np.mean(best) - together, abs=2e-4)
    assert found.evpi_all is not None
    assert found.evpi_all.value == pytest.approx(found.evpi.value, abs=1e-12)


def test_a_study_of_nothing_uncertain_is_refused():
    with pytest.raises(WrongInput, match=r"--study bortezomib\.rash: .* there are bortezomib\.response, "):
        learn(document(), studies=["bortezomib.rash"])


def test_stopped_it_tells_what_is_done():
    monitor = Monitor(
        Limits(), lambda seconds, value, bound, doing: setattr(monitor, "interrupted", doing.startswith("2 of"))
    )
    found = learn(document(), monitor=monitor)
    assert (found.done, found.complete, found.evpi_all) == (10, False, None)
    assert found.sentences[0] == "NOT COMPLETE (stopped by Ctrl-C): 10 of 12 truths were solved."


def test_outputs_on_the_page_are_what_is_printed(monkeypatch, tmp_path):
    from typer.testing import CliRunner

    from trialopt.cli.app import app

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")

    def printed(arguments: list[str]) -> str:
        result = CliRunner().invoke(app, [*arguments, "--quiet", "--workers", "1"])
        assert result.exit_code == 0
        return result.stdout

    assert held("learn.md", printed) == 1
