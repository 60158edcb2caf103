"""The sheet of an Excel file that a person prints: the tables in words, one below the other, one page wide."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from trialopt.output.formats.pages import pages
from trialopt.output.report.sentences import recommendation
from trialopt.output.views import Grid
from trialopt.record.solution import Solution

COLUMNS, WIDTH = 16, 9.5
"""Narrow columns of the sheet, and the width of each in characters; a column of a table takes as many as it needs."""

LETTERS = 1.15
"""Letters of our small type to one of the sheet's own."""

LINE, HIGHEST = 15, 400
"""Height of a line and of the highest row, in points."""

LONGEST = 32_767
"""Most characters of a cell."""


def printed_formats(book: Any) -> dict[str, Any]:
    """How titles, heads, text, numbers, what is marked, and notes look."""
    edge = {"border": 1, "border_color": "#C9C9C9", "text_wrap": True, "valign": "top", "font_size": 9}
    return {
        "title": book.add_format({"bold": True, "font_size": 13, "text_wrap": True, "valign": "top"}),
        "caption": book.add_format({"bold": True, "font_size": 11}),
        "plain": book.add_format({"text_wrap": True, "valign": "top", "font_size": 9}),
        "printed head": book.add_format(edge | {"bold": True, "bg_color": "#E8EEF3"}),
        "printed text": book.add_format(edge),
        "printed number": book.add_format(edge | {"align": "right"}),
        "printed marked": book.add_format(edge | {"bold": True, "bg_color": "#FBE3D6"}),
    }


def summary(sheet: Any, solution: Solution, formats: dict[str, Any]) -> dict[str, str]:
    """Fill the sheet. Returns the range of each table by its caption: `$A$4:$H$9`."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    sheet.set_column(0, COLUMNS - 1, WIDTH)
    row = _line(sheet, 0, solution.question.title or solution.question.name, formats["title"])
    row = _line(sheet, row, recommendation(solution), formats["plain"]) + 1
    ranges: dict[str, str] = {}
    for grid in pages(solution):
        sheet.write_string(row, 0, grid.caption[:LONGEST], formats["caption"])
        last = _table(sheet, row + 1, grid, formats)
        width = max(COLUMNS, len(grid.heads))
        corners = [xl_rowcol_to_cell(r, c, row_abs=True, col_abs=True) for r, c in ((row + 1, 0), (last, width - 1))]
        ranges[grid.caption] = ":".join(corners)
        row = (_line(sheet, last + 1, grid.note, formats["plain"]) if grid.note else last + 1) + 1
    sheet.ignore_errors({"number_stored_as_text": f"A1:Z{row + 1}"})
    return ranges


def _line(sheet: Any, row: int, text: str, form: Any) -> int:
    """One text over the whole width; the row after it."""
    whole = " ".join(text.split())[:LONGEST]
    sheet.merge_range(row, 0, row, COLUMNS - 1, "", form)
    sheet.write_string(row, 0, whole, form)
    _raise(sheet, row, [(whole, COLUMNS * WIDTH)])
    return row + 1


def _table(sheet: Any, row: int, grid: Grid, formats: dict[str, Any]) -> int:
    """One table from a row on; its last row."""
    wide = _spans(grid)
    starts = [sum(wide[:k]) for k in range(len(wide))]
    for number, cells in enumerate((grid.heads, *grid.rows), start=-1):
        place = row + number + 1
        for k, text in enumerate(cells):
            form = formats[_look(grid, number, k)]
            if wide[k] > 1:
                sheet.merge_range(place, starts[k], place, starts[k] + wide[k] - 1, "", form)
            sheet.write_string(place, starts[k], text[:LONGEST], form)
        _raise(sheet, place, [(text, wide[k] * WIDTH) for k, text in enumerate(cells)])
    return row + len(grid.rows)


def _spans(grid: Grid) -> list[int]:
    """Columns of the sheet that each column of a table takes: one at least, the rest where most is written."""
    columns = list(zip(grid.heads, *grid.rows, strict=True))
    wide = [1] * len(columns)
    need = [max(min(60, len(cell)) for cell in column) + 2 for column in columns]
    for _ in range(COLUMNS - len(columns)):
        k = max(range(len(columns)), key=lambda k: need[k] / (wide[k] * WIDTH))
        wide[k] += 1
    return wide


def _look(grid: Grid, row: int, column: int) -> str:
    if row < 0:
        return "printed head"
    if (row, column) in grid.emphasised or row in grid.marked:
        return "printed marked"
    return "printed number" if column in grid.numeric else "printed text"


def _raise(sheet: Any, row: int, texts: list[tuple[str, float]]) -> None:
    """Make a row as high as its longest folded text, which not every program does by itself."""
    lines = max((len(wrap(text, int(width * LETTERS))) for text, width in texts), default=1)
    if lines > 1:
        sheet.set_row(row, min(LINE * lines * 0.85 + 3, HIGHEST))
