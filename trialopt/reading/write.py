"""Document -> instance folder, written beside and renamed into place."""

from __future__ import annotations

import csv
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trialopt.reading.document import Document
from trialopt.reading.folder import SETTINGS
from trialopt.reading.schema import REMARKS, TABLES

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def write(document: Document, folder: str | Path) -> Path:
    """Write a document as an instance folder, whole or not at all. Tables no instance has are left out.

    Raises
    ------
    FileExistsError
        When the folder is there already.
    """
    target = Path(folder)
    if target.exists():
        raise FileExistsError(f"{target} is there already; give another folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        (beside / SETTINGS).write_text(toml_text(document.settings), encoding="utf-8", newline="\n")
        for name in (name for name in document.tables if name in TABLES):
            _write_table(document, name, beside / f"{name}.csv")
        beside.chmod(0o755)
        beside.rename(target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return target


def _write_table(document: Document, name: str, path: Path) -> None:
    rows = document.tables[name]
    used = [*document.columns.get(name, ()), *(column for row in rows for column in row.cells)]
    known = [c.name for c in TABLES[name].columns]
    used = used or [c.name for c in TABLES[name].columns if c.required]
    last = [c for c in dict.fromkeys(used) if c not in known]
    header = [c for c in known if c in used] + sorted(last, key=lambda c: c in REMARKS)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([row.cells.get(column, "") for column in header] for row in rows)


def toml_text(settings: Mapping[str, Any]) -> str:
    """Settings as TOML text that parses back to the same."""
    return "\n".join(_table(settings, "")).strip() + "\n"


def _table(content: Mapping[str, Any], path: str) -> list[str]:
    lines: list[str] = []
    tables: list[str] = []
    for key, value in content.items():
        name = f"{path}.{_key(key)}" if path else _key(key)
        if isinstance(value, Mapping):
            tables += ["", f"[{name}]", *_table(value, name)]
        elif path == "" and isinstance(value, list | tuple) and value and all(isinstance(v, Mapping) for v in value):
            for entry in value:
                tables += ["", f"[[{name}]]", *_table(entry, name)]
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    return lines + tables


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(k)} = {_value(v)}' for k, v in value.items())} }}" if value else "{}"
    item = getattr(value, "item", None)  # a NumPy scalar
    return repr(item() if callable(item) else value)
