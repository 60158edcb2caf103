"""Document -> Document: what the tables leave out, filled from the evidence library the trial names.

Only a trial with `[evidence]` is touched. A designer's own row or cell always wins. A filled row says where it comes
from in `source`, `confidence` and `note`, and its place is the library, which is imported only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from trialopt.reading.document import Document, Problem, Row
from trialopt.reading.fill_request import request_of


def filled(document: Document) -> Document:
    """Fill a document from the library its `[evidence]` names; without one it is returned as it is.

    What is wrong with `[evidence]`, and agents that neither the tables nor the library describe, are added to the
    document's problems.
    """
    if "evidence" not in document.settings:
        return document
    problems: list[Problem] = []
    request = request_of(document, problems)
    if request is None:
        unreadable = document.unreadable | {"agents", "subgroups"}
        return replace(document, problems=(*document.problems, *problems), unreadable=unreadable)
    from trialopt.reading.fill_facts import endpoint_words
    from trialopt.reading.fill_tables import Tables

    tables = Tables(document, request)
    tables.fill()
    trial = document.settings.get("trial")
    endpoint = trial.get("endpoint") if isinstance(trial, Mapping) else None
    said = endpoint_words(endpoint, request)
    return replace(
        document,
        tables=tables.rows,
        columns=tables.columns,
        problems=(*document.problems, *tables.problems),
        warnings=(*document.warnings, *tables.warnings, *said),
    )


def without_library(document: Document) -> Document:
    """Write the filled rows out as the document's own, so that it stands without the library."""
    whole = filled(document)
    tables = {
        name: tuple(Row(row.cells, f"{name}.csv", line) for line, row in enumerate(rows, start=2))
        for name, rows in whole.tables.items()
    }
    settings = {key: value for key, value in whole.settings.items() if key != "evidence"}
    return replace(whole, settings=settings, tables=tables, columns={})
