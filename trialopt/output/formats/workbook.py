"""Excel: a sheet to print, one sheet a table and one of sources, with names for their ranges; numbers as numbers."""

from __future__ import annotations

import datetime
import io
import math
import re
from collections.abc import Sequence
from textwrap import shorten, wrap
from typing import Any

from trialopt.output.formats import ExportError
from trialopt.output.formats.workbook_names import with_names
from trialopt.output.formats.workbook_pages import printed_formats, summary
from trialopt.output.views import NUMERIC, Column, View, sources, tables
from trialopt.record.solution import Solution
from trialopt.record.words import certificate, conflict_in_words, method_in_words, worded

MARKED = ("binding", "weakest")
"""Columns whose true rows are coloured."""

NUMBERS = {"share": "0.0%", "number": "#,##0.0###", "whole": "#,##0"}
"""Kind of number -> how Excel shows it; the cell keeps every digit."""

WIDEST, NARROWEST = 44, 10
"""Widths of columns, in characters; longer text is folded."""

WIDEST_TEXT = 80

LINE, HIGHEST = 15, 400
"""Height of a line and of the highest row, in points."""

LONGEST = 32_767
"""Most characters of a cell; what is longer is cut, as Excel would refuse the file."""

LONGEST_FOOTER = 180
"""Most characters of the title at the foot of a page: what one line of small print holds, and within Excel's 255."""


def files(solution: Solution) -> dict[str, bytes]:
    """One workbook with all tables. Raises `ExportError` without XlsxWriter."""
    try:
        import xlsxwriter
    except ImportError:
        raise ExportError("Excel files need XlsxWriter: pip install 'trialopt[excel]'") from None
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": solution.question.title[:255], "created": datetime.datetime(2000, 1, 1)})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    for kind, number in NUMBERS.items():
        formats[kind] = book.add_format({"num_format": number, "valign": "top"})
        formats[f"marked {kind}"] = book.add_format({"num_format": number, "valign": "top", "bg_color": "#FBE3D6"})
    formats["marked text"] = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#FBE3D6"})
    _about(_page(book, "about", solution), solution, formats)
    ranges = summary(_page(book, "summary", solution), solution, printed_formats(book))
    for caption, cells in ranges.items():
        book.define_name(re.sub(r"\W+", "_", caption).strip("_"), f"=summary!{cells}")
    whole = {**tables(solution), "sources": sources(solution)}
    for name, view in whole.items():
        view = with_names(solution.question, view)
        sheet = _page(book, name, solution)
        _sheet(sheet, view, formats)
        corner = xlsxwriter.utility.xl_rowcol_to_cell(len(view.rows), len(view.columns) - 1, row_abs=True, col_abs=True)
        book.define_name(f"table_{name}", f"={name}!$A$1:{corner}")
    book.close()
    return {"design.xlsx": buffer.getvalue()}


def _page(book: Any, name: str, solution: Solution) -> Any:
    """A sheet that prints on A4, one page wide, with its name above, the title and the page's number below."""
    sheet = book.add_worksheet(name)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
    title = shorten(solution.question.title or solution.question.name, LONGEST_FOOTER, placeholder=" ...")
    sheet.set_header(f"&L&9{name}")
    sheet.set_footer(f"&L&8 {title.replace('&', '&&')}&R&8Page &P of &N")
    return sheet


def _about(sheet: Any, solution: Solution, formats: dict[str, Any]) -> None:
    q = solution.question
    rows = [
        ("title", q.title),
        ("instance", q.name),
        ("sha256", q.sha256),
        ("ending", solution.ending),
        ("value", solution.value),
        ("bound", solution.bound),
        ("gap", solution.gap),
        ("certificate", certificate(solution)),
        *(("conflict", line) for line in conflict_in_words(solution)),
        *(("warning", worded(q, line)) for line in solution.warnings),
    ]
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, WIDEST_TEXT)
    for row, (name, cell) in enumerate(rows):
        sheet.write_string(row, 0, name, formats["head"])
        _write(sheet, row, 1, cell, formats["text"])
        _fold(sheet, row, [cell], [WIDEST_TEXT])


def _sheet(sheet: Any, view: View, formats: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, len(view.rows), len(view.columns) - 1)
    rows = [[_shown(column, cell) for column, cell in zip(view.columns, row, strict=True)] for row in view.rows]
    widths = []
    for k, column in enumerate(view.columns):
        sheet.write_string(0, k, column.head, formats["head"])
        widths.append(min(WIDEST, max([NARROWEST, len(column.head) + 2, *(_length(row[k]) for row in rows)])))
        sheet.set_column(k, k, widths[-1])
    coloured = [k for k, column in enumerate(view.columns) if column.key in MARKED]
    for number, row in enumerate(rows, start=1):
        marked = "marked " if any(row[k] for k in coloured) else ""
        for k, (column, cell) in enumerate(zip(view.columns, row, strict=True)):
            _write(sheet, number, k, cell, formats[marked + _kind(column, cell)])
        _fold(sheet, number, row, widths)


def _shown(column: Column, cell: object) -> object:
    """A cell as people read it: methods in words."""
    return method_in_words(cell) if column.kind == "method" and isinstance(cell, str) else cell


def _fold(sheet: Any, row: int, cells: Sequence[object], widths: Sequence[int]) -> None:
    """Make a row as high as its longest folded text, which not every program does by itself."""
    texts = [(cell, width) for cell, width in zip(cells, widths, strict=True) if isinstance(cell, str)]
    lines = max((len(wrap(cell, width - 1)) for cell, width in texts), default=1)
    if lines > 1:
        sheet.set_row(row, min(LINE * lines, HIGHEST))


def _length(cell: object) -> int:
    """Characters that a cell takes."""
    if isinstance(cell, float) and math.isfinite(cell):
        return len(f"{cell:,.0f}") + (0 if cell.is_integer() else 6)
    return len(str(cell)) + 1


def _kind(column: Column, cell: object) -> str:
    """Which of the number formats a cell has, `text` when it is no number."""
    if column.kind not in NUMERIC or cell is None:
        return "text"
    return "whole" if column.kind == "number" and float(str(cell)).is_integer() else column.kind


def _write(sheet: Any, row: int, column: int, cell: Any, form: Any) -> None:
    if cell is None:
        sheet.write_blank(row, column, None, form)
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell[:LONGEST], form)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, form)
    elif math.isfinite(cell):
        sheet.write_number(row, column, cell, form)
    else:
        sheet.write_string(row, column, str(cell), form)
