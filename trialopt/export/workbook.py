"""Excel: one sheet a table, a frozen header, numbers as numbers, limits that bind in colour."""

from __future__ import annotations

import datetime
import io
from typing import Any

import pandas as pd

from trialopt.export.errors import ExportError
from trialopt.solution import Solution
from trialopt.words import certificate

MARKED = ("binding", "weakest")
"""Columns whose true rows are coloured."""


def content(solution: Solution, table: str) -> bytes:
    """Bytes of a workbook with all tables; `table` makes no difference. Raises `ExportError` without XlsxWriter."""
    try:
        import xlsxwriter
    except ImportError:
        raise ExportError("Excel files need XlsxWriter: pip install 'trialopt[excel]'") from None
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": solution.question.title, "created": datetime.datetime(2000, 1, 1)})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "share": book.add_format({"num_format": "0.0%"}),
        "marked": book.add_format({"bg_color": "#FBE3D6"}),
        "marked share": book.add_format({"bg_color": "#FBE3D6", "num_format": "0.0%"}),
    }
    _about(book.add_worksheet("about"), solution, formats)
    for name, frame in solution.tables:
        _sheet(book.add_worksheet(name), frame, formats)
    book.close()
    return buffer.getvalue()


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
        *(("conflict", line) for line in solution.conflict),
        *(("warning", line) for line in solution.warnings),
    ]
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 80)
    for row, (name, cell) in enumerate(rows):
        sheet.write_string(row, 0, name, formats["head"])
        _write(sheet, row, 1, cell, None)


def _sheet(sheet: Any, frame: pd.DataFrame, formats: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 1)
    columns = [str(column) for column in frame.columns]
    for k, column in enumerate(columns):
        sheet.write_string(0, k, column, formats["head"])
        texts = [len(str(cell)) for cell in frame[column] if isinstance(cell, str)]
        sheet.set_column(k, k, min(60, max([10, len(column) + 2, *texts])))
    for row, cells in enumerate(frame.itertuples(index=False, name=None), start=1):
        marked = any(cell is True or cell == 1 for name, cell in zip(columns, cells, strict=True) if name in MARKED)
        for k, (column, cell) in enumerate(zip(columns, cells, strict=True)):
            share = " share" if isinstance(cell, float) and _is_share(column) else ""
            _write(sheet, row, k, cell, formats.get(f"{'marked' if marked else ''}{share}".strip()))


def _is_share(column: str) -> bool:
    return column.startswith("coverage") or column in (
        "share",
        "reach",
        "prevalence",
        "risk",
        "limit",
        "p1",
        "p0",
        "power",
        "power_inside",
    )


def _write(sheet: Any, row: int, column: int, cell: Any, form: Any) -> None:
    if cell is None or cell is pd.NA or cell != cell:
        sheet.write_blank(row, column, None, form)
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell, form)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, form)
    else:
        sheet.write_number(row, column, cell, form)
