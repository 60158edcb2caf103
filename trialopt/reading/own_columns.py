"""Columns of a designer's own: kept with the rows and written out again, never computed with.

Their names begin with `x_`, or `[columns]` of trial.toml lists them: `agents = ["ward"]`, `all = ["reviewer"]`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from trialopt.core.columns import TABLES
from trialopt.core.settings import ALL_TABLES, OWN_PREFIX
from trialopt.reading.document import suggest
from trialopt.reading.settings import Settings


def owned(column: str, listed: Collection[str]) -> bool:
    """Whether a column is one of the designer's own."""
    return column.casefold().startswith(OWN_PREFIX) or column in listed


def owned_by(settings: Mapping[str, Any], table: str) -> frozenset[str]:
    """Columns that `[columns]` lists for a table; what is wrong with it is left out."""
    listed = settings.get("columns")
    if not isinstance(listed, Mapping):
        return frozenset()
    names = (listed.get(key) for key in (ALL_TABLES, table))
    return frozenset(
        name for given in names if isinstance(given, list | tuple) for name in given if isinstance(name, str)
    )


def check_own_columns(settings: Settings) -> None:
    """Check `[columns]`: tables that there are, lists of names that no table declares itself."""
    for table, names in (settings.columns or {}).items():
        path, label = f"columns.{table}", f"[columns] {table}"
        known = [ALL_TABLES, *TABLES]
        if table not in known:
            right = suggest(table, known, f"give a table without .csv, or {ALL_TABLES}")
            settings.places.add(path, label, table, f"{table!r} is not a table", right)
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            settings.places.add(path, label, names, "this is not a list of columns", 'write ["ward", "reviewer"]')
            continue
        declared = {name for t in TABLES.values() if table in (t.name, ALL_TABLES) for name in t.names}
        for name in names:
            if name in declared:
                sentence = f"{name!r} is a column that trialopt reads itself"
                settings.places.add(path, label, name, sentence, "take it out of the list")
