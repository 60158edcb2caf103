"""The whole explanation: its parts, what it says when stopped, in files, and in one process or two."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

import trialopt
from trialopt.core.catalog import find
from trialopt.core.run import Limits, Monitor
from trialopt.decision.explain import AGENTS, CONTRIBUTION, LIMITS, PARTS, explain
from trialopt.output.formats.data import explanation_json
from trialopt.output.formats.folder import write_tables


@pytest.fixture(scope="module")
def duo():
    return trialopt.read(find("tiny_duo"))


@pytest.fixture(scope="module")
def whole(duo):
    return explain(duo)


def test_all_parts_of_the_duo(duo, whole) -> None:
    assert whole.complete
    assert whole.value == pytest.approx(trialopt.solve(duo).value, abs=1e-6)
    assert whole.limits is not None
    assert whole.agents is not None
    assert whole.contribution is not None
    assert {row.agent for row in whole.agents.rows} == set(duo.agents)


def test_two_processes_say_the_same(duo, whole) -> None:
    beside = explain(duo, processes=2)
    assert sorted(beside.limits.rows, key=str) == sorted(whole.limits.rows, key=str)
    assert beside.limits.examined == whole.limits.examined
    assert beside.agents == whole.agents


def test_only_the_parts_asked_for(duo) -> None:
    for part in PARTS:
        found = explain(duo, parts=[part])
        assert [name for name in PARTS if getattr(found, name) is not None] == [part]
    with pytest.raises(ValueError, match="'toxicity' is no part"):
        explain(duo, parts=["toxicity"])


@pytest.mark.parametrize("processes", [1, 2])
def test_a_run_that_is_stopped_keeps_what_is_done_and_says_what_is_not(duo, processes) -> None:
    def progress(seconds, value, bound, doing) -> None:
        monitor.interrupted = doing.startswith("agents")

    monitor = Monitor(Limits(), progress)
    found = explain(duo, monitor=monitor, processes=processes)
    assert not found.complete
    assert found.contribution is not None
    assert any("in every arm" in words or "left out" in words for words in found.missing)
    assert found.sentences


def test_a_design_that_is_not_the_best_is_replaced_by_a_better_one_with_a_note(duo) -> None:
    best = trialopt.solve(duo)
    better = explain(duo, best, parts=[CONTRIBUTION])
    assert better.design == best.design
    assert better.notes == ()
    worse = trialopt.solve(replace(duo, trial=replace(duo.trial, max_arms=1)))
    assert worse.value < best.value
    found = explain(duo, worse, parts=[CONTRIBUTION])
    assert found.value == pytest.approx(best.value, abs=1e-6)
    assert "is not the best" in found.notes[0]


def test_files_hold_what_the_explanation_says(whole, tmp_path) -> None:
    write_tables(tmp_path, whole.tables, ("explanation.json", explanation_json(whole)), whole.instance.sha256)
    record = json.loads((tmp_path / "explanation.json").read_text(encoding="utf-8"))
    assert record["complete"] is True
    assert record["value"] == whole.value
    assert len(record[LIMITS]["rows"]) == len(whole.limits.rows)
    assert len(record[AGENTS]["rows"]) == len(whole.agents.rows)
    for name, frame in whole.tables.items():
        assert len(pd.read_csv(tmp_path / f"{name}.csv")) == len(frame)


@pytest.mark.slow
def test_where_nothing_fits_the_conflict_is_explained() -> None:
    found = explain(trialopt.read(find("t11_14_too_few_patients")))
    assert found.design is None
    assert found.infeasible is not None
    assert any("max_patients" in limit.words for limit in found.infeasible.conflict)
    assert set(found.tables) == {"conflict", "repairs"}
