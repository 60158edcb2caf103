"""Cells as text for pages that people read: six decimals, or as many digits as a number has."""

from __future__ import annotations

import pandas as pd

from trialopt.record.words import method_in_words

HEADINGS = {
    "arms": "Arms",
    "allocation": "Allocation",
    "coverage": "Coverage",
    "mechanism_coverage": "Mechanism coverage",
    "risk": "Severe toxicity by epoch",
    "cumulative_risk": "Severe toxicity over all epochs",
}


def heading(table: str) -> str:
    """Heading of a table in words."""
    return HEADINGS.get(table) or table.replace("_", " ").capitalize()


def shown_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """A table as people read it: methods in words."""
    if "size_method" not in frame.columns:
        return frame
    return frame.assign(size_method=[method_in_words(str(cell)) for cell in frame["size_method"]])


def cell_text(cell: object) -> str:
    """A number, a truth or a text in words; blank where missing."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if cell is None or cell is pd.NA or cell != cell:
        return ""
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell == round(cell) and abs(cell) >= 1000 else f"{cell:.6f}"
    return str(cell)


def is_numeric(frame: pd.DataFrame) -> list[bool]:
    """Which columns hold numbers, and are set to the right."""
    return [pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind) for kind in frame.dtypes]
