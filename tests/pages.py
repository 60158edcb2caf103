"""Outputs on the pages of `docs/` that are what the commands print. `UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"```\n(\$ trialopt [^\n]*)\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def steady(text: str) -> str:
    """Text without what differs between two machines (seconds, last digits of a closed gap), nor trailing spaces."""
    text = re.sub(r"gap <?[0-9.]+ %, [0-9.]+ s", "gap G, T s", text)
    text = re.sub(r"(?m)^(complete: .*), [0-9.]+ s$", r"\1, T s", text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def held(page: str, printed: Callable[[list[str]], str]) -> int:
    """Hold every `$ trialopt ...` of a page against what `printed` says its arguments print. Returns how many."""
    path = DOCS / page
    text = path.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    for command, written in blocks:
        now = "\n" + steady(printed(shlex.split(command.removeprefix("$ trialopt ")))).strip("\n") + "\n"
        if os.environ.get("UPDATE_GOLDEN"):
            text = text.replace(f"{command}\n{written}```", f"{command}\n{now}```")
            path.write_text(text, encoding="utf-8")
        else:
            assert now == written, command
    return len(blocks)


def names_of_python(page: str) -> dict[str, object]:
    """Run the one Python block of a page and return the names it leaves."""
    (code,) = PYTHON.findall((DOCS / page).read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    exec(code, names)
    return names
