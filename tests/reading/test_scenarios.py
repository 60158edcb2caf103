"""Scenarios: the same as the same edits made in the folder, checked just the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.base import Folder, message
from trialopt.reading import read

EDITS = {
    "a trial setting": (
        "[trial]\nmax_arms = 1\ncarry = 0.5",
        [("trial.toml", "max_arms = 2", "max_arms = 1\ncarry = 0.5")],
    ),
    "one field of one epoch": (
        '[[epoch]]\nid = "maintenance"\nmax_agents = 2',
        [("trial.toml", "max_agents = 1", "max_agents = 2")],
    ),
    "a row with the same key": (
        '[[table.prevalence]]\nsubgroup = "fit"\nmechanism = "crbn"\nprevalence = 0.25',
        [("prevalence.csv", "fit,crbn,0.1", "fit,crbn,0.25")],
    ),
    "a row with the same key, of which a column is blank": (
        '[[table.toxicity]]\nagent = "lenalidomide"\ncategory = "neutropenia"\nprobability = 0.2',
        [("toxicity.csv", "lenalidomide,neutropenia,,,,0.3,a trial", "lenalidomide,neutropenia,,,,0.2,")],
    ),
    "a pair in the other order": (
        '[[table.interactions]]\na = "imid"\nb = "proteasome_inhibitor"\nactivity = -0.1',
        [("interactions.csv", "imid,0.05,0.02", "imid,-0.1,")],
    ),
    "a new row, rows as one list": (
        'table.prevalence = [{ subgroup = "frail", mechanism = "psmb5", prevalence = 0.1 }]',
        [("prevalence.csv", "$", "frail,psmb5,0.1\n")],
    ),
    "a table the base has not": (
        '[rules]\nonce = ["imid"]\n[rules.requires]\nimid = ["bortezomib"]',
        [("trial.toml", "$", '[rules]\nonce = ["imid"]\n[rules.requires]\nimid = ["bortezomib"]\n')],
    ),
    "a control": (
        '[control]\nmaintenance = ["lenalidomide"]',
        [("trial.toml", "$", '[control]\nmaintenance = ["lenalidomide"]\n')],
    ),
}


@pytest.mark.parametrize(("overrides", "edits"), EDITS.values(), ids=EDITS)
def test_overrides_equal_edits(folder: Folder, overrides: str, edits: list[tuple[str, str, str]]) -> None:
    before = folder.read()
    scenario = read(folder.scenario(overrides))
    for edit in edits:
        folder.edit(*edit)
    assert scenario.sha256 == folder.read().sha256 != before.sha256
    assert scenario.name == "scenario"


def test_lists_are_replaced_and_tables_merged(folder: Folder) -> None:
    rules = '[rules]\nonce = ["imid"]\nalone = ["bortezomib"]\n[rules.requires]\nimid = ["carfilzomib"]\n'
    folder.edit("trial.toml", "$", rules)
    path = folder.scenario('[rules]\nonce = ["bortezomib"]\n[rules.requires]\ncarfilzomib = ["imid"]')
    merged = read(path).rules
    assert (merged.once, merged.alone) == (("bortezomib",), ("bortezomib",))
    assert merged.requires == (("imid", ("carfilzomib",)), ("carfilzomib", ("imid",)))


def test_scenarios_may_stand_on_scenarios(folder: Folder) -> None:
    folder.scenario("[trial]\ncarry = 0.5\nmax_arms = 1", "first.toml")
    instance = read(folder.scenario('base = "first.toml"\ntitle = "Second"\n[trial]\nmax_arms = 3', "second.toml"))
    assert (instance.trial.carry, instance.trial.max_arms) == (0.5, 3)
    assert (instance.name, instance.title) == ("second", "Second")


def test_a_scenario_inside_its_base_is_no_unknown_file(folder: Folder) -> None:
    (folder.path / "one_arm.toml").write_text('base = "."\n[trial]\nmax_arms = 1\n')
    assert folder.read().warnings == ()
    assert read(folder.path / "one_arm.toml").trial.max_arms == 1


def test_rows_of_a_scenario_have_a_source_without_a_line(folder: Folder) -> None:
    rows = '[[table.reach]]\nsubgroup = "fit"\nepoch = "maintenance"\nreach = 0.9\nsource = "assumption"'
    row = next(r for r in read(folder.scenario(rows)).sources if r.source == "assumption")
    assert (row.file, row.row, row.key) == ("scenario.toml", 0, ("fit", "maintenance"))


BAD = {
    "unknown key": ("[trail]\nmax_arms = 1", "scenario.toml:2 trail: 'trail' is not a key of a scenario; "
                    "did you mean 'trial'?"),
    "wrong setting": ("[trial]\ncarry = 2", "scenario.toml:3 [trial] carry: 2 is out of range; "
                      "give a number from 0 to 1"),
    "wrong field of an epoch": ('[[epoch]]\nid = "maintenance"\nmax_agents = "2"', "scenario.toml:4 [[epoch]] "
                                "maintenance max_agents: '2' is not a whole number; "
                                "give a whole number of at least 1"),
    "unknown epoch": ('[[epoch]]\nid = "maintainance"\nmax_agents = 2', "scenario.toml:3 [[epoch]] id: "
                      "'maintainance' is not an epoch of the base; did you mean 'maintenance'?"),
    "epoch without id": ("[[epoch]]\nmax_agents = 2", "scenario.toml:2 [[epoch]] id: the override names no epoch; "
                         "give one of induction, maintenance"),
    "unknown table": ('[[table.prevalances]]\nsubgroup = "fit"', "scenario.toml:2 [[table.prevalances]] entry 1: "
                      "'prevalances' is not a table; did you mean 'prevalence.csv'?"),
    "wrong cell": ('[[table.prevalence]]\nsubgroup = "fit"\nmechanism = "crbn"\nprevalence = 2',
                   "scenario.toml:2 [[table.prevalence]] entry 1 prevalence: 2 is out of range; "
                   "give a number from 0 to 1"),
    "truth in a cell": ('[[table.prevalence]]\nsubgroup = "fit"\nmechanism = "crbn"\nprevalence = true',
                        "scenario.toml:2 [[table.prevalence]] entry 1 prevalence: "
                        "true is neither a text nor a number; write text or a number"),
    "unknown column": ('[[table.reach]]\nsubgroup = "fit"\nepoch = "induction"\nreach = 1\nreech = 1',
                       "scenario.toml:2 [[table.reach]] entry 1 reech: 'reech' is not a column of reach.csv; "
                       "did you mean 'reach'?"),
    "blank cell": ('[[table.reach]]\nsubgroup = "fit"\nepoch = "induction"',
                   "scenario.toml:2 [[table.reach]] entry 1 reach: the cell is blank; give a number from 0 to 1"),
    "same row twice": ('[[table.reach]]\nsubgroup = "frail"\nepoch = "maintenance"\nreach = 0.6\n'
                       '[[table.reach]]\nsubgroup = "frail"\nepoch = "maintenance"\nreach = 0.5',
                       "scenario.toml:6 [[table.reach]] entry 2 subgroup, epoch: 'frail', 'maintenance' is already "
                       "given in [[table.reach]] entry 1; keep one row"),
    "a sum over base and scenario": ('[[table.prevalence]]\nsubgroup = "fit"\nmechanism = "crbn"\nprevalence = 0.9',
                                     "scenario.toml:2 [[table.prevalence]] entry 1 prevalence: "
                                     "the prevalences of 'fit' sum to 1.1; they may sum to at most 1, "
                                     "the rest is disease with no listed mechanism"),
    "no list of rows": ("[table.reach]\nfrail = 0.5", "scenario.toml:2 [[table.reach]]: a table is not a list of rows; "
                        "write [[table.reach]] above each row"),
    "table of no table": ("table = 3", "scenario.toml:2 table: 3 is not a table; write [[table.NAME]] above each row"),
    "another format": ("format = 2", "scenario.toml:2 format: format 2 is not known; write format = 1"),
    "no TOML": ("[trial", "scenario.toml:2: the file is not TOML: expected ']' at the end of a table declaration; "
                "correct the line"),
    "no path": ("base = 3", "scenario.toml:1 base: 3 is not a path; write base = \"path to an instance folder\""),
    "no such base": ('base = "due"', "scenario.toml:1 base: there is no 'due'; did you mean 'duo'?"),
}  # fmt: skip


@pytest.mark.parametrize(("overrides", "expected"), BAD.values(), ids=BAD)
def test_wrong_override(folder: Folder, overrides: str, expected: str) -> None:
    assert message(folder.scenario(overrides)) == expected


def test_no_base(tmp_path: Path) -> None:
    (tmp_path / "lost.toml").write_text("[trial]\nmax_arms = 1\n")
    assert message(tmp_path / "lost.toml") == (
        'lost.toml base: the file has no base, so it is not a scenario; write base = "path to an instance folder"'
    )


def test_scenarios_that_stand_on_each_other(folder: Folder) -> None:
    folder.scenario('base = "second.toml"', "first.toml")
    path = folder.scenario('base = "first.toml"', "second.toml")
    assert message(path) == (
        "second.toml base: the scenarios stand on each other (second.toml -> first.toml -> second.toml); "
        "let one stand on a folder"
    )


def test_problems_of_base_and_scenario_come_together(folder: Folder) -> None:
    folder.edit("reach.csv", "0.7", "7")
    path = folder.scenario("[trial]\ncarry = 2")
    assert message(path) == (
        "reach.csv:2 reach: 7 is out of range; give a number from 0 to 1; 7 % is 0.07\n"
        "scenario.toml:3 [trial] carry: 2 is out of range; give a number from 0 to 1"
    )


def test_a_scenario_mends_its_base(folder: Folder) -> None:
    folder.edit("reach.csv", "0.7", "7")
    rows = '[[table.reach]]\nsubgroup = "frail"\nepoch = "maintenance"\nreach = 0.7'
    assert read(folder.scenario(rows)).reach[1, 1] == 0.7
