"""Sentences about designs: lists, counts and numbers as a reader expects them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches


def listed(items: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def counted(number: int, thing: str) -> str:
    """`1 agent`, `2 agents`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def apart(value: float, limit: float, decimals: int = 3) -> tuple[str, str]:
    """Both numbers with these decimals, or with as many as it takes to tell them apart (at most 12)."""
    for digits in range(decimals, 13):
        shown = f"{value:,.{digits}f}", f"{limit:,.{digits}f}"
        if shown[0] != shown[1]:
            break
    return shown


def unknown(thing: str, name: str, known: Collection[str]) -> str:
    """`unknown agent carfilzomab, did you mean carfilzomib?`, or the known names when none is near."""
    near = get_close_matches(name, known, n=1)
    if near:
        return f"unknown {thing} {name}, did you mean {near[0]}?"
    return f"unknown {thing} {name} (known: {', '.join(known)})"
