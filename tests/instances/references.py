"""What solving the shipped instances must give: the `reference.toml` beside their tables."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from trialopt.core.catalog import instances


def reference(path: Path) -> dict[str, Any]:
    """The reference of an instance: in its folder, or beside a scenario under its name; empty where there is none."""
    beside = path.with_suffix(".reference.toml")
    file = beside if beside.is_file() else (path if path.is_dir() else path.parent) / "reference.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


REFERENCES = {shipped.name: ref for shipped in instances() if (ref := reference(shipped.path))}
SOLVABLE = [name for name, ref in REFERENCES.items() if ref["ending"] == "optimal"]
INFEASIBLE = [name for name, ref in REFERENCES.items() if ref["ending"] == "infeasible"]
