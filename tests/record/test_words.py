"""Numbers and ids in words."""

from __future__ import annotations

import pytest

from trialopt.output.terminal.console import grid
from trialopt.record.words import fold, gap_percent, percent


@pytest.mark.parametrize(
    ("number", "text"), [(0.3142, "31.4"), (-0.125, "-12.5"), (1.0, "100.0"), (-0.0001, "0.0"), (-1.0049, "-100.5")]
)
def test_percent(number, text):
    assert percent(number) == text


@pytest.mark.parametrize(
    ("gap", "text"), [(None, "none"), (0.0, "0.0000 %"), (1e-7, "<0.0001 %"), (8.3e-5, "0.0083 %"), (0.123, "12.30 %")]
)
def test_a_gap_is_never_shown_as_0_when_it_is_not(gap, text):
    assert gap_percent(gap) == text


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("bortezomib", 20, ["bortezomib"]),
        ("anti_cd38_refractory", 12, ["anti_cd38_", "refractory"]),
        ("lenalidomide@mg25", 14, ["lenalidomide@", "mg25"]),
        ("dexamethasone", 5, ["dexam", "ethas", "one"]),
        ("carfilzomib + dexamethasone", 14, ["carfilzomib + ", "dexamethasone"]),
    ],
)
def test_fold_breaks_where_a_reader_would(text, width, lines):
    assert [line.rstrip() for line in fold(text, width).split("\n")] == [line.rstrip() for line in lines]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
def test_a_grid_keeps_to_its_page_and_loses_no_letter(width):
    from rich.console import Console

    cells = ["anti_cd38_refractory", "carfilzomib@mg56 + dexamethasone", "coverage 31.4 %"]
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(grid(("arm", "regimen", "coverage"), [cells], width))
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= width
    letters = sorted("".join(cells).replace(" ", ""))
    shown = sorted("".join(text.split("─")[-1].split()))
    assert shown == letters
