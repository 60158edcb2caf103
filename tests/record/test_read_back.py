"""What is read back is checked: every problem at once with its place, and nothing of it ends in a traceback."""

from __future__ import annotations

import json
import os
import shutil

import pytest

import trialopt
from tests.made import made
from trialopt.core.catalog import find
from trialopt.core.json_read import NotJson, parsed, problems, text_of
from trialopt.decision.alternatives import Alternatives
from trialopt.decision.solving import solve
from trialopt.record.solution import Solution, SolutionFileError, decode
from trialopt.record.words import ties


def source_twice(data):
    row = {"file": "agents.csv", "row": 2, "table": "agents", "key": ["x"], "source": "a", "confidence": "read"}
    data["trial"]["sources"] = [row, row]


def calendar_without_looks(data):
    data["arms"][0]["calendar"] = {"study_months": 30.0, "per_month": {"fit": 2.0}, "forecast": []}


def refused(change, **options) -> list[str]:
    data = json.loads(made(**options).to_json())
    change(data)
    with pytest.raises(SolutionFileError) as caught:
        decode(json.dumps(data), "run/solution.json")
    return str(caught.value).split("\n")


def test_all_problems_at_once_with_their_places():
    def change(data):
        data["value"] = "0.5"
        data["arms"][0]["risk"]["fit"]["induction"]["neutropenia"] = 1.5
        data["arms"][1]["subgroups"] = "frail"
        del data["trial"]["epochs"]["maintenance"]["weight"]

    assert sorted(refused(change)) == [
        "run/solution.json: arms[0].risk.fit.induction.neutropenia: is 1.5, must be at most 1",
        'run/solution.json: arms[1].subgroups: is "frail", must be a list',
        "run/solution.json: trial.epochs.maintenance: the field weight is missing",
        'run/solution.json: value: is "0.5", must be a number or null',
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["arms"][0].update(subgroups=["fat"]), "arms[0].subgroups: 'fat' is none of fit, frail"),
        (lambda d: d["arms"][1].update(subgroups=["fit"]), "arms: 2 serve fit; one must"),
        (lambda d: d["arms"][1].update(arm="A1"), "arms: 2 are called A1"),
        (lambda d: d["arms"][0]["sequence"].update(later=[]), "arms[0].sequence: 'later' is none of induction"),
        (lambda d: d["arms"][0]["risk"]["fit"]["induction"].pop("rash"), "arms[0].risk.fit.induction: rash is missing"),
        (lambda d: d.update(bound=0.4), "bound: 0.4 is below the value, 0.5"),
        (lambda d: d.update(gap=0.1), "gap: is 0.1, but value and bound are 0 apart"),
        (lambda d: d.update(ending="infeasible"), "ending: infeasible, but there are arms"),
        (lambda d: d.update(arms=[]), "value: must be given where there are arms"),
        (lambda d: d["arms"][0].update(patients=61), "experimental patients add up to 60, but patients is 61"),
        (lambda d: d["arms"][0].update(rests_on=[9]), "arms[0].rests_on[0]: is 9, but trial.sources has 0 rows"),
        (lambda d: d["arms"][0].update(effect=None), "arms[0].effect: must be given as patients are"),
        (lambda d: d.update(seconds=10**30), "seconds: is a number of many digits, larger"),
        (lambda d: d["provenance"].update(finished="today"), "provenance.finished: 'today' is not a date"),
        (lambda d: d["provenance"].update(details=0.5), "provenance.details:"),
        (source_twice, "trial.sources[1]: stands for the same row as trial.sources[0]"),
        (calendar_without_looks, "arms[0].looks: must have the final analysis, as the arm has a calendar"),
        (lambda d: d.update(warnings=["\ud800"]), "warnings[0]: holds half a letter"),
    ],
)  # fmt: skip
def test_what_parts_must_say_of_each_other(change, words):
    lines = refused(change, sized=True)
    assert any(words in line for line in lines), lines


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"ending": 1', "line 1: not JSON"),
        ("[" * 10_000 + "]" * 10_000, "nested deeper than 100 levels"),
        ('{"a":' * 300 + "1" + "}" * 300, "nested deeper than 100 levels"),
        ("9" * 5000, "a number is too long"),
        ("[NaN]", "NaN is not a number that JSON has"),
        ('{"a": 1, "a": 2}', 'the key "a" is given twice'),
    ],
)
def test_text_that_is_not_read(text, words, tmp_path):
    with pytest.raises(NotJson, match=words):
        parsed(text)
    for name, read in (("solution.json", Solution.load), ("alternatives.json", Alternatives.load)):
        (tmp_path / name).write_text(text)
        with pytest.raises(ValueError, match=words):
            read(tmp_path)


def test_numbers_without_end_and_many_problems_are_short():
    assert list(problems([1e999], {"items": {"type": "number"}})) == [
        "[0]: is Infinity, larger than any number of a trial (1e+15)"
    ]
    lines = refused(lambda d: d.update(warnings=list(range(1000))))
    assert len(lines) == 51
    assert lines[-1] == "run/solution.json: and 950 more"


def test_only_plain_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "solution.json")
    with pytest.raises(SolutionFileError, match="no plain file"):
        Solution.load(tmp_path)
    with pytest.raises(NotJson, match="no plain file"):
        text_of(tmp_path)


def test_the_files_a_run_saw_are_recorded(tmp_path):
    folder = tmp_path / "duo"
    shutil.copytree(find("tiny_duo"), folder)
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    os.close(os.open(os.fsencode(folder) + b"/odd\xff", os.O_CREAT | os.O_WRONLY))
    solution = solve(trialopt.read(folder))
    found = {file.name: (file.used, file.why) for file in solution.inputs}
    assert found["trial.toml"] == (True, "settings")
    assert found["agents.csv"] == (True, "table, 3 rows")
    assert found["notes.txt"] == (False, "not a file of an instance")
    assert found["odd\\xff"] == (False, "not a file of an instance")
    again = Solution.load(solution.save(tmp_path / "run"))
    assert again.inputs == solution.inputs


def test_a_record_without_the_list_of_files_loads():
    data = json.loads(made().to_json())
    assert data.pop("inputs") == []
    assert decode(json.dumps(data), "old").inputs == ()


def test_a_list_of_files_of_the_wrong_shape_is_refused():
    assert refused(lambda data: data.update(inputs=[{"name": "x", "used": 1, "why": ""}])) == [
        "run/solution.json: inputs[0].used: is 1, must be true or false"
    ]


@pytest.mark.parametrize("count", ["2", None, [3], 2.5])
def test_details_of_a_method_may_hold_anything(count):
    data = json.loads(made().to_json())
    data["provenance"].setdefault("details", {})["designs_of_this_value"] = count
    assert ties(decode(json.dumps(data), "run/solution.json")) == ""
