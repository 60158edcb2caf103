"""Who gets which control, as documents tell it."""

from __future__ import annotations

import trialopt
from trialopt.record.controls import controls
from trialopt.record.make import question as as_question
from trialopt.record.make import question_from, question_json


def test_refractory_patients_have_a_control_of_their_own() -> None:
    question = as_question(trialopt.read(trialopt.find("rrmm_early_relapse")))
    told = {groups: [dose.agent for dose in given["induction"]] for groups, given in controls(question)}
    assert told == {
        ("standard_risk", "high_risk", "t11_14"): ["daratumumab", "bortezomib", "dexamethasone"],
        ("len_refractory", "anti_cd38_refractory"): ["pomalidomide", "bortezomib", "dexamethasone"],
        ("frail",): ["daratumumab", "bortezomib", "dexamethasone"],  # weekly, 20 mg
    }
    assert [groups for groups, _ in controls(question, ("anti_cd38_refractory",))] == [("anti_cd38_refractory",)]
    names = {"name": question.name, "title": question.title, "sha256": question.sha256}
    assert question_from(names, question_json(question)).own_control == question.own_control


def test_one_control_for_all() -> None:
    question = as_question(trialopt.read(trialopt.find("t11_14_too_few_patients")))
    assert controls(question) == [(tuple(question.shares), question.control)]
    assert "own_control" not in question_json(question)
