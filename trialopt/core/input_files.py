"""Files that a question was read from, as a record shows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InputFile:
    """A file that reading saw: whether it was used, and as what, or why not."""

    name: str
    used: bool
    why: str
