"""Parts of docs/replay.md that tests write (UPDATE_GOLDEN=1) or hold."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "replay.md"


def part(name: str) -> list[str]:
    """Lines of a part of the page."""
    text = PAGE.read_text(encoding="utf-8")
    return text.split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->")[0].splitlines()


def held(part: str, lines: Sequence[str]) -> None:
    """The part of the page between its marks is these lines."""
    text = PAGE.read_text(encoding="utf-8")
    pattern = rf"(<!-- {part} -->\n).*?(<!-- /{part} -->)"
    new = re.sub(pattern, lambda found: found[1] + "\n".join(lines) + "\n" + found[2], text, flags=re.S)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(new, encoding="utf-8")
    assert new == PAGE.read_text(encoding="utf-8")
