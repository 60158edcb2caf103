"""`new` writes what could be asked for as comments, and asks the same question with them as without."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from trialopt.core import catalog
from trialopt.core.settings import EPOCH, RULES, SECTIONS, TRIAL
from trialopt.reading import read
from trialopt.reading.document import with_comments

SHIPPED = [shipped.name for shipped in catalog.instances()]


def uncommented(text: str) -> str:
    """The text with every commented key of the tables that are there whose default is a value made a real one."""
    mine = text.partition("\n# [")[0]
    return re.sub(r"(?m)^# (\w+ = \S.*)$", r"\1", mine)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_key_stands_there_and_the_question_is_the_same(call, name):
    assert call("new", name, "mine").exit_code == 0
    text = Path("mine/trial.toml").read_text(encoding="utf-8")
    assert read("mine").sha256 == read(catalog.find(name)).sha256
    for section in SECTIONS:
        for field in section.fields:
            if field.kind not in ("table", "tables", "needs"):
                assert re.search(rf"(?m)^(# )?{field.name}\s*=", text), (section.title, field.name)
    assert max(map(len, (line for line in text.splitlines() if line.startswith("#  ")))) <= 100


@pytest.mark.parametrize("name", SHIPPED)
def test_the_defaults_they_show_are_the_defaults(call, name):
    call("new", name, "mine")
    file = Path("mine/trial.toml")
    before = read("mine").sha256
    text = uncommented(file.read_text(encoding="utf-8"))
    assert text.count("\n# ") < file.read_text(encoding="utf-8").count("\n# ")
    file.write_text(text, encoding="utf-8")
    assert read("mine").sha256 == before


def test_from_library_too(call):
    options = ("--agents", "bortezomib,dexamethasone", "--subgroups", "frail")
    assert call("new", "--from-library", *options, "mine").exit_code == 0
    text = Path("mine/trial.toml").read_text(encoding="utf-8")
    assert "# power =\n#   Power of each arm's comparison" in text
    assert "# [control]\n" in text
    assert "Default: no limit." in text
    before = read("mine").sha256
    Path("mine/trial.toml").write_text(uncommented(text), encoding="utf-8")
    assert read("mine").sha256 == before


TRICKY = {
    "nothing but an epoch": '[[epoch]]\nid = "one"\n',
    "a list over several lines": '[trial]\ninclude = [\n  "a",  # why\n  "b",\n]\n# epochs\n[[epoch]]\nid = "x"\n',
    "tables without their head": "[trial.interim]\nlooks = 1\n[rules.requires]\na = ['b']\n",
    "inline tables": 'rules = { once = ["a"] }\ntrial = { max_arms = 1 }\nepoch = [{ id = "one" }]\n',
    "no line end": "title = 'x'",
}


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_what_the_text_says_stays(text):
    made = with_comments(text)
    assert tomllib.loads(made) == tomllib.loads(text)
    assert [line for line in made.splitlines() if line and not line.startswith("#")] == [
        line for line in text.splitlines() if line and not line.startswith("#")
    ]
    assert set(text.splitlines()) <= set(made.splitlines())


def test_keys_stand_in_their_own_table():
    made = with_comments(
        '[trial]\nmax_arms = 2\n\n# about epochs\n[[epoch]]\nid = "x"\n\n[[epoch]]\nid = "y"\n\n[rules]\n'
    )
    parts = re.split(r"(?m)^(?:# about epochs\n)?\[", made)
    for part, section in ((parts[1], TRIAL), (parts[2], EPOCH), (parts[4], RULES)):
        names = {f.name for f in section.fields if f.kind not in ("table", "needs") and not f.required}
        assert names <= set(re.findall(r"(?m)^# (\w+) =", part))
    assert "# " not in parts[3]


@pytest.mark.parametrize("words", [("mine", "--xlsx"), ("mine.xlsx",), ("mine.xlsx", "--xlsx")])
def test_a_workbook_is_an_instance_wherever_a_folder_is(call, words):
    result = call("new", "tiny_duo", *words)
    assert (result.exit_code, result.stdout) == (
        0,
        "mine.xlsx: edit the sheets, then run: trialopt validate mine.xlsx\n",
    )
    assert call("validate", "mine.xlsx").stdout.endswith("mine is valid, no warnings\n")
    if words == ("mine.xlsx",):
        plain = json.loads(call("solve", "tiny_duo", "--json", "--quiet").stdout)
        found = json.loads(call("solve", "mine.xlsx", "--json", "--quiet", "--out", "run").stdout)
        assert (found["value"], found["instance"]["sha256"]) == (plain["value"], plain["instance"]["sha256"])
        assert call("check", "mine.xlsx", "run").exit_code == 0
        assert call("whatif", "mine.xlsx", "--set", "trial.max_arms=1", "--quiet").exit_code == 0
        assert call("compare", "mine.xlsx", "tiny_duo", "--quiet").exit_code == 0
        assert call("new", "mine.xlsx", "back").exit_code == 0
        assert read("back").sha256 == plain["instance"]["sha256"]
        assert "is there already" in call("new", "tiny_duo", "mine.xlsx").stderr


def test_the_library_goes_into_a_workbook_too(call):
    options = ("--agents", "bortezomib,dexamethasone", "--subgroups", "frail", "--from-library")
    assert call("new", *options, "mine").exit_code == 0
    assert call("new", *options, "--xlsx", "book").exit_code == 0
    assert read("book.xlsx").sha256 == read("mine").sha256
