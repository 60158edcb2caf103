"""Everything that may be written is declared once, whole, and what is declared is what counts."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from trialopt.core.columns import DESIGN, REMARK_COLUMNS, TABLES
from trialopt.core.design import Contribution, Interim, Rules, TrialSettings
from trialopt.core.settings import CONTRIBUTION, INTERIM, RULES, SCENARIO, SECTIONS, TRIAL
from trialopt.core.vocabulary import KINDS, Field, Group, Range

ROOT = Path(__file__).parents[2]
MODEL = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
HEADINGS = {int(number) for number in re.findall(r"(?m)^## (\d+)\. ", MODEL)}

REMARKS = Group("remarks", "Remarks", REMARK_COLUMNS)
DECLARED = {
    f"{group.title} {field.name}": field
    for group in (*SECTIONS, SCENARIO, *TABLES.values(), REMARKS, DESIGN)
    for field in group.declared
}


def lacking(field: Field) -> list[str]:
    """What a declaration does not say."""
    told = {
        "meaning": bool(field.meaning) and field.meaning[-1] not in ".;",
        "unit": bool(field.unit),
        "default": bool(field.default_words),
        "since when it binds": bool(field.binds),
        "section": field.section in HEADINGS,
        "kind": field.kind in KINDS,
        "what it names": field.kind != "ref" or bool(field.refers),
        "words": field.kind != "choice" or field.default in field.choices or bool(field.otherwise),
        "a default in its range": not isinstance(field.default, float | int) or field.range.holds(field.default),
    }
    return [what for what, said in told.items() if not said]


@pytest.mark.parametrize("field", DECLARED.values(), ids=DECLARED)
def test_every_field_is_declared_whole(field: Field) -> None:
    assert lacking(field) == []


def test_a_field_that_says_too_little_is_found() -> None:
    assert lacking(Field("x", "", 99, "number", range=Range(1, 2), default=3.0)) == [
        "meaning",
        "unit",
        "section",
        "a default in its range",
    ]
    assert lacking(Field("x", "Something", 1)) == ["default"]


@pytest.mark.parametrize("group", [*SECTIONS, SCENARIO, *TABLES.values(), DESIGN], ids=lambda group: group.title)
def test_groups_are_declared_whole(group: Group) -> None:
    assert group.meaning
    assert len(group.names) == len(group.fields)
    if group in TABLES.values():
        assert set(group.key) <= set(group.names)
        assert group.absent


@pytest.mark.parametrize(
    ("holder", "section"), [(TrialSettings, TRIAL), (Interim, INTERIM), (Contribution, CONTRIBUTION), (Rules, RULES)]
)
def test_defaults_of_the_instance_are_those_declared(holder: type, section: Group) -> None:
    """`endpoint_epoch` is an index there, and `include` and `exclude` are rules that stand in `[trial]`."""
    declared = {**TRIAL.names, **section.names} if holder is Rules else section.names
    for field in fields(holder):
        if field.name not in declared or field.name in ("endpoint_epoch", "requires"):
            continue
        default = declared[field.name].default
        assert field.default is MISSING or field.default == default, field.name


def test_every_setting_of_the_trial_reaches_the_instance() -> None:
    kept = {f.name for holder in (TrialSettings, Rules) for f in fields(holder)}
    assert set(TRIAL.names) | set(RULES.names) <= kept
    assert set(INTERIM.names) == {f.name for f in fields(Interim)}
    assert set(CONTRIBUTION.names) == {f.name for f in fields(Contribution)}


def test_sections_of_the_model_that_the_code_names_are_there() -> None:
    named = {
        int(number)
        for path in (ROOT / "trialopt").rglob("*.py")
        for first in re.findall(r"model sections? (\d+(?:(?:, | and | to )\d+)*)", path.read_text(encoding="utf-8"))
        for number in re.findall(r"\d+", first)
    }
    assert named
    assert named <= HEADINGS
