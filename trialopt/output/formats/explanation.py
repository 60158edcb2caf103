"""An explanation as files: `explanation.json`, and its tables as CSV."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from trialopt.core.catalog import write_bytes, write_text
from trialopt.output.formats.delimited import encode as as_csv

if TYPE_CHECKING:
    from trialopt.decision.explain import Explanation

FILE_NAME = "explanation.json"


def encode(explanation: Explanation) -> str:
    """The whole explanation as JSON text."""
    return json.dumps(explanation.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write(explanation: Explanation, folder: Path) -> None:
    """Write it into a folder, which is made; files of the same names are replaced, each in one step."""
    write_text(folder / FILE_NAME, encode(explanation))
    for name, frame in explanation.tables.items():
        write_bytes(folder / f"{name}.csv", as_csv(frame))
