"""Designs from files: what is read, and every problem with its place."""

import json

import pytest

from tests.evaluation.small import arm, small
from trialopt.core.design import Design, Dose
from trialopt.evaluation import DesignError, evaluate
from trialopt.record.design_file import read_design, write_design_csv

DESIGN = Design((arm("fit", "bor len@half", "dex"), arm("frail", "car", name="A2")))

CSV = """\
arm,subgroups,epoch,agent,level
A1,fit,induction,bor,
A1,,induction,len,half
A1,fit,maintenance,dex,standard
A2,frail,induction,car,
"""

JSON = {
    "format": 1,
    "arms": [
        {
            "arm": "A1",
            "subgroups": ["fit"],
            "sequence": {
                "induction": [{"agent": "bor"}, {"agent": "len", "level": "half"}],
                "maintenance": [{"agent": "dex", "level": "standard"}],
            },
            "patients": 120,
        },
        {"subgroups": ["frail"], "sequence": {"induction": [{"agent": "car", "level": None}]}},
    ],
}


def problems(tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DesignError) as caught:
        read_design(file, small())
    return list(caught.value.problems)


def test_csv(tmp_path):
    (tmp_path / "design.csv").write_text(CSV)
    assert read_design(tmp_path / "design.csv", small()) == DESIGN


def test_csv_as_european_excel_writes_it(tmp_path):
    """Semicolons, a byte-order mark, Windows line ends, blank rows and empty cells at the end."""
    text = "arm;subgroups;epoch;agent;note\r\n"
    text += 'A1;"fit;frail";induction;bor;as usual\r\n;;;;\r\n\r\n A1 ;;maintenance; dex ;\r\n'
    (tmp_path / "design.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_design(tmp_path / "design.csv", small()) == Design((arm("fit frail", "bor", "dex"),))


def test_json(tmp_path):
    (tmp_path / "solution.json").write_text(json.dumps(JSON))
    assert read_design(tmp_path / "solution.json", small()) == DESIGN
    assert read_design(tmp_path, small()) == DESIGN  # the folder of a run


def test_what_is_written_is_read_back(tmp_path):
    nothing = Design((*DESIGN.arms, arm("fit frail", "", name="A3")))
    file = tmp_path / "out" / "design.csv"
    write_design_csv(nothing, file)
    assert file.read_text() == (
        "arm,subgroups,epoch,agent,level\n"
        "A1,fit,induction,bor,standard\n"
        "A1,fit,induction,len,half\n"
        "A1,fit,maintenance,dex,standard\n"
        "A2,frail,induction,car,standard\n"
        "A3,fit;frail,,,\n"
    )
    assert read_design(file, small()) == nothing
    assert [path.name for path in file.parent.iterdir()] == ["design.csv"]


def test_two_levels_are_a_broken_rule_not_a_broken_file(tmp_path):
    (tmp_path / "design.csv").write_text(CSV + "A1,,induction,len,full\n")
    design = read_design(tmp_path / "design.csv", small())
    assert design.arms[0].sequence["induction"] == (Dose("bor"), Dose("len", "half"), Dose("len", "full"))
    assert [v.rule for v in evaluate(small(), design).violations] == ["one_level_per_agent"]


def test_every_problem_of_a_csv_is_listed_with_row_and_column(tmp_path):
    text = """\
arm,subgroups,epoch,agent,level
A1,fitt,induction,borr,
,fit,induction,bor,
A1,frail,maintenence,dex,

A1,,induction,len,
A1,,induction,len,quarter
A1,,induction,,
A2,,induction,bor,
A2,,induction,bor,standard
A2,,induction,bor,standard,"see, note",
A3,fit;fit,,bor,
"""
    assert problems(tmp_path, "design.csv", text) == [
        "design.csv:2 subgroups: unknown subgroup 'fitt'; did you mean 'fit'?",
        "design.csv:2 agent: unknown agent 'borr'; did you mean 'bor'?",
        "design.csv:3 arm: blank; give the name of the arm, for example A1",
        "design.csv:4 subgroups: A1 serves fitt in row 2 and frail here; give one list for each arm",
        "design.csv:4 epoch: unknown epoch 'maintenence'; did you mean 'maintenance'?",
        "design.csv:6 level: len has several levels; give one of full, half",
        "design.csv:7 level: unknown level of len 'quarter'; give one of full, half",
        "design.csv:8 agent: blank; give the agent id, or leave the epoch blank too",
        "design.csv:9 subgroups: A2 serves no subgroup; give ids separated by ;",
        "design.csv:10 agent: repeats row 9; give each dose once",
        "design.csv:11: 7 cells under a header of 5; quote a cell that holds a comma",
        "design.csv:12 subgroups: fit is listed twice; list each subgroup once",
        "design.csv:12 epoch: blank; give the epoch id, or leave the agent blank too",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ["design.csv:1: the file is empty; start with the header arm,subgroups,epoch,agent,level"]),
        ("arm,subgroups,epoch,agent\n", ["design.csv: no arms; a design has at least one arm"]),
        (
            "arm,subgroup,epoch,agent,agent\n",
            [
                "design.csv:1 subgroup: unknown column 'subgroup'; did you mean 'subgroups'?",
                "design.csv:1 subgroups: the column is missing; give arm, subgroups, epoch, agent",
                "design.csv:1 agent: the column is there twice; give each column once",
            ],
        ),
    ],
)
def test_csv_headers(tmp_path, content, expected):
    assert problems(tmp_path, "design.csv", content) == expected


def test_files_that_are_no_design(tmp_path):
    latin = tmp_path / "latin" / "design.csv"
    latin.parent.mkdir()
    assert problems(latin.parent, "design.csv", b"arm,subgroups\nBras n\xba 1,fit\n") == [
        f"{latin}: not UTF-8 text; save it as UTF-8"
    ]
    with pytest.raises(DesignError, match=r"nowhere\.csv: cannot be read \(No such file or directory\)"):
        read_design(tmp_path / "nowhere.csv", small())
    with pytest.raises(DesignError, match=r"arms\.xlsx: not a design; give a solution\.json or a design\.csv"):
        read_design(tmp_path / "arms.xlsx", small())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "{\n 'arms'}",
            "solution.json:2: not JSON (Expecting property name enclosed in double quotes); give a solution.json",
        ),
        ("[]", "solution.json arms: missing or not a list; give the list of arms"),
        ('{"arms": []}', "solution.json: no arms; a design has at least one arm"),
    ],
)
def test_json_that_is_no_design(tmp_path, content, expected):
    assert problems(tmp_path, "solution.json", content) == [expected]


def test_every_problem_of_a_json_is_listed_with_its_place(tmp_path):
    arms = [
        {"subgroups": ["fit", "fit"], "sequence": {"induktion": [{"agent": "bor"}]}},
        {"arm": "A1", "subgroups": "fit", "sequence": []},
        "A3",
        {
            "subgroups": ["frail"],
            "sequence": {"induction": [{"agent": "len"}, "bor"], "maintenance": {"agent": "bor"}},
        },
    ]
    assert problems(tmp_path, "solution.json", json.dumps({"arms": arms})) == [
        "solution.json arms[0].subgroups: fit is listed twice; list each subgroup once",
        "solution.json arms[0].sequence: unknown epoch 'induktion'; did you mean 'induction'?",
        "solution.json arms[1].arm: a second arm 'A1'; give each arm its own name",
        "solution.json arms[1].subgroups: missing or not a list of ids; list the subgroups the arm serves",
        "solution.json arms[1].sequence: missing or not an object; give the doses of each epoch",
        "solution.json arms[2]: not an object; give subgroups and sequence",
        "solution.json arms[3].sequence.induction[0].level: len has several levels; give one of full, half",
        'solution.json arms[3].sequence.induction[1]: not a dose; give {"agent": "...", "level": "..."}',
        "solution.json arms[3].sequence.maintenance: not a list; list the doses",
    ]
