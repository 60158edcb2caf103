"""Sheets of data with names before ids: people read the name, programs the column beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trialopt.output.views import Column, View
from trialopt.record.solution import Question
from trialopt.record.words import heading, worded

IDS = ("subgroup", "subgroups", "epoch", "category", "mechanism")
"""Columns that hold ids, beside those of regimens, which have the ids of epochs as their keys."""


def with_names(question: Question, view: View) -> View:
    """The view with a column of names, or of regimens in words, before each column of ids, which says so."""
    columns: list[Column] = []
    takes: list[tuple[int, bool]] = []
    for k, column in enumerate(view.columns):
        if column.key in question.epochs:
            columns += [replace(column, head=heading(question, column.key)), replace(column, head=f"{column.head} id")]
        elif column.key in IDS:
            columns += [column, replace(column, head=f"{column.head} id")]
        else:
            columns.append(column)
            takes.append((k, False))
            continue
        takes += [(k, True), (k, False)]
    rows = tuple(
        tuple(_named(question, view.columns[k].key, row[k]) if named else row[k] for k, named in takes)
        for row in view.rows
    )
    return replace(view, columns=tuple(columns), rows=rows)


def _named(question: Question, key: str, cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    if key in question.epochs:
        return worded(question, cell)
    return "; ".join(heading(question, one) for one in cell.split("; "))
