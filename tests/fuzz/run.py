"""Many cases of one kind, each with a seed of its own: `SEED:NUMBER` repeats it."""

from __future__ import annotations

import random
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz import commands, folders, records
from tests.fuzz.calls import Ended

KINDS: dict[str, Callable[[random.Random, Path], tuple[str, Ended]]] = {
    "folders": folders.one,
    "records": records.one,
    "commands": commands.one,
}

Told = Callable[[str], object]
"""Hears of a fault when it is found."""


@dataclass
class Found:
    """What became of the cases: how many, how often each ending, the faults, and the CPU seconds of the slowest."""

    cases: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0


def run(kind: str, cases: int, seed: int = 1, first: int = 0, minutes: float = float("inf"), told: Told = str) -> Found:
    """Try cases `first`, `first + 1`, ... until there are enough or the time is up."""
    found = Found()
    until = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory() as home, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        work = Path(home) / "work"
        work.mkdir()
        for number in range(first, first + cases):
            if time.monotonic() > until:
                break
            ending, ended = KINDS[kind](random.Random(f"{kind}:{seed}:{number}"), work)
            found.cases += 1
            found.counts[ending] += 1
            found.slowest = max(found.slowest, ended.seconds)
            if ended.wrong:
                found.faults.append(f"{kind} {seed}:{number} ({ending}) {ended.wrong}")
                told(found.faults[-1])
    return found
