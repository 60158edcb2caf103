"""Numbers and ids in words."""

from __future__ import annotations

import pytest

from trialopt.output.terminal.console import grid
from trialopt.record.words import fold, gap_percent, lost, objective, percent, signed


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
    bodies = [part.split("─")[-1] for part in text.split("\n\n")]
    repeated = sorted("".join(cells[:1] * (len(bodies) - 1)))
    assert sorted("".join("".join(bodies).split())) == sorted([*letters, *repeated])


def test_a_grid_breaks_no_word_and_repeats_its_keys_where_it_is_drawn_in_parts():
    from rich.console import Console

    console = Console(width=40, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    heads = ("arm", "Induction", "Consolidation", "Maintenance")
    console.print(grid(heads, [("A1", "Carfilzomib", "Lenalidomide", "nothing")], 40))
    lines = [line.split() for line in console.export_text().splitlines() if line.strip("─ ")]
    assert lines == [["arm", *heads[1:3]], ["A1", "Carfilzomib", "Lenalidomide"], ["arm", heads[3]], ["A1", "nothing"]]


@pytest.mark.parametrize(
    ("number", "text", "sign"),
    [(0.0123, "0.0123", "+0.0123"), (2e-5, "<0.0001", "+<0.0001"), (-2e-5, "<0.0001", "-<0.0001"), (1e-9, "0", "0")],
)
def test_a_difference_is_never_shown_as_0_when_it_is_not(number, text, sign):
    assert (lost(number), signed(number)) == (text, sign)


@pytest.mark.parametrize(
    ("number", "text"), [(0.7144431, "0.7144"), (12.3456, "12.35"), (1234.56, "1235"), (0.0, "0.000")]
)
def test_a_value_has_four_significant_digits(number, text):
    assert objective(number) == text
