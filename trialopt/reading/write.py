"""Documents written as folders of files that read back the same."""

from __future__ import annotations

import csv
from pathlib import Path

from trialopt.core.catalog import new_folder, write_text
from trialopt.core.columns import REMARKS, SPREAD, TABLES
from trialopt.reading.document import SETTINGS, Document, with_comments
from trialopt.reading.toml_values import toml_text


def write(document: Document, folder: str | Path, *, commented: bool = False) -> Path:
    """Write a document as an instance folder, whole or not at all. Tables no instance has are left out.

    With `commented`, the keys of trial.toml that are not set stand there as comments.

    Raises
    ------
    FileExistsError
        When the folder is there already.
    """
    target = Path(folder)
    settings = toml_text(document.settings)
    with new_folder(target) as beside:
        write_text(beside / SETTINGS, with_comments(settings) if commented else settings)
        for name in (name for name in document.tables if name in TABLES):
            _write_table(document, name, beside / f"{name}.csv")
    return target


def _write_table(document: Document, name: str, path: Path) -> None:
    header = header_of(document, name)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([row.cells.get(column, "") for column in header] for row in document.tables[name])


def header_of(document: Document, name: str) -> list[str]:
    """Columns of a table as they are written: the declared ones, the designer's own, the remarks."""
    rows = document.tables[name]
    used = [*document.columns.get(name, ()), *(column for row in rows for column in row.cells)]
    known = [c.name for c in TABLES[name].columns]
    used = used or [c.name for c in TABLES[name].columns if c.required]
    last = [c for c in dict.fromkeys(used) if c not in known]
    return [c for c in known if c in used] + sorted(last, key=lambda c: (c in REMARKS) - (c in SPREAD))
