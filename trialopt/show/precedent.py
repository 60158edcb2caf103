"""Precedent: which trial gave each recommended regimen or most of it, and the pairs nobody was given before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from trialopt.show.console import printable
from trialopt.show.grid import TIE, Cell, grid
from trialopt.solution import DesignNumbers


def precedent_table(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw one row a regimen; nothing can be said where the instance lists no precedents."""
    rows = numbers.tables.precedent.to_dict("records")
    yield Text("Given before\n", style="bold")
    if not rows:
        yield "not known: the instance lists no precedents, so new pairs cannot be told\n"
        return
    heads = ("arm", "epoch", "nearest precedent", "never given together")
    yield grid(heads, [(r["arm"], r["epoch"], _nearest(r), _novel(r)) for r in rows], width)
    if any(r["novel"] for r in rows):
        yield "A pair never given together, as far as the instance knows, needs its own safety data first.\n"
    else:
        yield ""


def _nearest(row: Mapping[Any, Any]) -> str:
    agents = [dose.partition("@")[0] for dose in row["regimen"].split(" + ")]
    given = row["given"].split(" + ") if row["given"] else []
    part = _tied(row["given"])
    whole = len(given) == len(agents)
    if not row["trial"]:
        if len(agents) == 1:
            return "one agent, no pair"
        if not given:
            return "none"
        return "every pair given before" if whole else f"each pair of {part}"
    trial = printable(row["trial"])
    beside = f", beside {_tied(row['others'])}" if row["others"] else ""
    return f"{trial}{beside}" if whole else f"{part} in {trial}{beside}"


def _novel(row: Mapping[Any, Any]) -> Cell:
    pairs = row["novel"].split("; ") if row["novel"] else []
    return Cell("\n".join(_tied(pair) for pair in pairs), marked=True) if pairs else Cell("-")


def _tied(regimen: str) -> str:
    return str(regimen).replace(" + ", f"{TIE}+ ")
