"""Small random questions for the engine's parts: the tables, every path through them, and the brute force beside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import product

import numpy as np

from tests.oracle import Oracle, Sequence
from tests.plain_facts import Regimen
from tests.random_documents import random_document
from trialopt.core.coefficients import Coefficients, coefficients
from trialopt.core.instance import Instance
from trialopt.engine.pool import sequence_values
from trialopt.engine.tables import Tables, build_tables
from trialopt.reading import build
from trialopt.reading.document import Document

Path = tuple[int, ...]


@dataclass(frozen=True)
class Question:
    document: Document
    instance: Instance
    c: Coefficients
    tables: Tables

    @property
    def groups(self) -> int:
        return len(self.instance.subgroups)

    @property
    def masks(self) -> range:
        """Every non-empty set of subgroups."""
        return range(1, 1 << self.groups)

    def regimen(self, options: np.ndarray) -> Regimen:
        """A row of option indices as the brute force writes it."""
        i = self.instance
        return tuple((i.agents[i.option_agent[o]], i.option_level[o]) for o in sorted(options.tolist()) if o >= 0)

    def sequence(self, path: Path) -> Sequence:
        """A path through the tables as the brute force writes it."""
        rows = zip(self.tables.epochs, path, strict=True)
        return tuple(self.regimen(table.regimens.options[row]) for table, row in rows)


def with_trial(document: Document, **trial: object) -> Document:
    """The document with other settings in `[trial]`."""
    return replace(document, settings={**document.settings, "trial": {**document.settings["trial"], **trial}})


@cache
def question(seed: int, carry: float | None = None) -> Question:
    """A random question, with its own carry or another."""
    document = random_document(seed)
    if carry is not None:
        document = with_trial(document, carry=carry)
    instance = build(document)
    c = coefficients(instance)
    return Question(document, instance, c, build_tables(instance, c))


@cache
def oracle(seed: int, carry: float | None = None) -> Oracle:
    return Oracle(question(seed, carry).document)


@cache
def every_path(seed: int, carry: float | None = None) -> list[Path]:
    """Every sequence of regimens kept in the tables, allowed or not."""
    return list(product(*(range(len(table)) for table in question(seed, carry).tables.epochs)))


@cache
def every_value(seed: int, carry: float | None = None) -> np.ndarray:
    """(paths, G) value of each of them."""
    tables = question(seed, carry).tables
    return sequence_values(tables, np.array(every_path(seed, carry)).reshape(-1, len(tables.epochs)))


@cache
def small_seeds(count: int, least: int = 20, most: int = 700) -> tuple[int, ...]:
    """The first few seeds whose tables have between `least` and `most` sequences."""
    found: list[int] = []
    seed = 0
    while len(found) < count:
        if least <= np.prod([len(table) for table in question(seed).tables.epochs]) <= most:
            found.append(seed)
        seed += 1
    return tuple(found)


def members(mask: int) -> list[int]:
    return [g for g in range(mask.bit_length()) if mask >> g & 1]
