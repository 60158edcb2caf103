"""Problems found while reading: collected over every file, raised once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one place, and what would be right.

    `row` is the line of the file (header is 1), 0 where no line is known; `column` is a column of a table, or the
    entry of a TOML file such as `[trial] alpha`; `value` is the offending text.
    """

    file: str
    row: int
    column: str
    value: str
    sentence: str
    right: str

    def __str__(self) -> str:
        line = f":{self.row}" if self.row else ""
        column = f" {self.column}" if self.column else ""
        return f"{self.file}{line}{column}: {self.sentence}; {self.right}"


class InputErrors(ValueError):
    """Everything wrong with an instance, one line per problem (exit code 2)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[InputErrors], tuple[tuple[Problem, ...]]]:
        return InputErrors, (self.problems,)


class Problems:
    """Collects problems, and remembers which tables can no longer be relied on.

    A check that looks across tables asks `clean` first, so that one mistake is reported once.
    """

    def __init__(self, found: Iterable[Problem] = (), spoilt: Iterable[str] = ()) -> None:
        self.found = list(found)
        self._spoilt = set(spoilt)

    def add(self, problem: Problem, table: str) -> None:
        """Record a problem of a table (`trial` stands for the settings)."""
        self.found.append(problem)
        self._spoilt.add(table)

    def spoil(self, table: str) -> None:
        """Note that a table cannot be relied on, for a reason already recorded."""
        self._spoilt.add(table)

    def clean(self, *tables: str) -> bool:
        """Whether nothing was found wrong in any of these tables so far."""
        return self._spoilt.isdisjoint(tables)

    def raise_any(self, order: Sequence[str]) -> None:
        """Raise `InputErrors` if there are problems, by file in the given order, then by row."""
        if self.found:
            files = list(dict.fromkeys([*order, *(p.file for p in self.found)]))
            raise InputErrors(sorted(dict.fromkeys(self.found), key=lambda p: (files.index(p.file), p.row)))


def nearest(value: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `value`, or `None` when nothing is alike."""
    folded = {name.lower(): name for name in known}
    close = get_close_matches(value.strip().lower().replace(" ", "_"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def suggest(value: str, known: Iterable[str], otherwise: str) -> str:
    """Say what would be right in the place of an unknown name."""
    names = list(dict.fromkeys(known))
    if close := nearest(value, names):
        return f"did you mean {close!r}?"
    if len(names) == 1:
        return f"give {names[0]!r}"
    return f"give one of {', '.join(names)}" if 0 < len(names) <= 8 else otherwise
