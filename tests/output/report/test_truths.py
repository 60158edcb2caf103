"""Documents say what a design is under many possible truths."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

import trialopt
from trialopt.output.formats.markup import markdown_files
from trialopt.output.terminal.run import page_parts, run_parts
from trialopt.output.under_truths import under_truths
from trialopt.output.views import TIE
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply
from trialopt.record.solution import Solution
from trialopt.record.words import worded


@pytest.fixture(scope="module")
def sized() -> Solution:
    settings = ("uncertainty.draws=30",)
    return trialopt.solve(
        build(apply(load(trialopt.find("rrmm_early_relapse_sized")), Overrides(settings=settings))), gap=0.1
    )


def test_show_has_the_people_with_each_event(sized):
    """As a number of people with an interval, on a page of its own and among all tables; other runs say why not."""
    shown = [str(part) if isinstance(part, str) else part for part in page_parts(sized, ["truths"], 100)]
    console = Console(width=100, file=StringIO())
    for part in shown:
        console.print(part)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "Patients with severe events" in text
    for arm in sized.uncertainty["arms"].values():
        for one in arm["patients_with"].values():
            assert re.search(rf"{one['expected']:.0f} +{one['low']:.0f} to {one['high']:.0f}", text)
    assert any("Patients with severe events" in str(part) for part in run_parts(sized, 100))
    without = replace(sized, uncertainty=None)
    assert "none were drawn" in "".join(map(str, page_parts(without, ["truths"], 100)))


def test_every_number_is_that_of_the_record(sized):
    told, u = under_truths(sized), sized.uncertainty
    assert told is not None
    arms, limits, patients = told.tables
    for row, (arm, one) in zip(arms.rows, u["arms"].items(), strict=True):
        assert row[0] == arm
        assert row[3] == "{mean:.3f} ({low:.3f} to {high:.3f})".format(**one["effect"])
        for cell, name in zip((row[1], row[2], row[5]), ("all_kept", "assurance", "reaches_target"), strict=True):
            assert float(cell[: -len(f"{TIE}%")]) == pytest.approx(100 * one[name], abs=0.5)
    told_limits = [worded(sized.question, one["limit"]) for arm in u["arms"].values() for one in arm["limits"]]
    assert [row[1] for row in limits.rows] == told_limits
    assert len(patients.rows) == sum(len(arm["patients_with"]) for arm in u["arms"].values())
    (text,) = (file.decode() for file in markdown_files(sized).values())
    assert "the worst 10\N{NO-BREAK SPACE}% of them" in text or "the worst 10" in text
    assert "## Patients with severe events" in text
