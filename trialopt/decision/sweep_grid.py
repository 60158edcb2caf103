"""A grid file -> the questions of a sweep: settings by values, over one instance.

    base = "rrmm_early_relapse"                # a shipped name, or a path seen from the file
    [set]                                      # laid over every point
    "trial.carry" = 0.2
    [grid]                                     # every combination of these
    "trial.max_arms" = [1, 2, 3]
    "categories.neutropenia.limit" = [0.3, 0.4]
    exclude = [[], ["daratumumab"]]
    [[point]]                                  # and all of that for each of these
    "trial.toxicity_weight" = 0.1

Names are those of `--set`; `include` and `exclude` take an agent or class, or a list. The empty string removes a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from trialopt.core.catalog import find
from trialopt.core.handed import a_path
from trialopt.reading import Document, InputErrors, Problem, build, load
from trialopt.reading.document import suggest
from trialopt.reading.overrides import Overrides, apply
from trialopt.reading.texts import FileError, read_toml
from trialopt.reading.toml_values import value_text

Settings = Mapping[str, Any]

PARTS = ("base", "set", "grid", "point")
LISTS = ("include", "exclude")
MOST = 100_000
"""Points of a sweep; more are a mistake in the file."""


@dataclass(frozen=True)
class Grid:
    """The questions of a sweep: points of settings laid over a document, the last name moving fastest."""

    name: str
    """The file, for messages."""
    document: Document
    points: tuple[Settings, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Settings that any point has."""
        return tuple(dict.fromkeys(name for point in self.points for name in point))

    @property
    def varied(self) -> tuple[str, ...]:
        """Settings that are not the same in all points; all where there is one point."""
        several = [name for name in self.names if len({text(point.get(name, "")) for point in self.points}) > 1]
        return tuple(several) or self.names

    def question(self, point: Settings) -> Document:
        """The document of one point. Raises `InputErrors`."""
        return apply(self.document, overrides(point))


def overrides(point: Settings) -> Overrides:
    """What a point asks otherwise, in the words of `--set`."""
    texts = tuple(f"{name}={text(value)}" for name, value in point.items() if name not in LISTS)
    return Overrides(_items(point.get("include", ())), _items(point.get("exclude", ())), texts)


def text(value: Any) -> str:
    """A value as TOML has it; the empty string as nothing."""
    return "" if value == "" else value_text(value)


def _items(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) and value else tuple(value)


def read_grid(path: str | Path, extra: Overrides | None = None) -> Grid:
    """Read a grid file; `extra` is laid over the base before.

    Every value is tried, alone and then with what else its points say, so that a misspelt name or a value out of range
    is found before anything is solved.

    Raises
    ------
    InputErrors
        With everything wrong in the file, or in its base.
    FileNotFoundError
        Where there is no such file, or no such base.
    """
    path = a_path(path, "grid", "a path of a grid file, or a Grid", "docs/sweep.md shows one")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; give a grid file (.toml), as docs/sweep.md shows it")
    try:
        content, places = read_toml(path, path.name)
    except FileError as error:
        raise InputErrors([error.of(path.name)]) from None
    reader = _Reader(path, content, places)
    document = reader.base()
    if extra:
        document = apply(document, extra)
    grid = Grid(path.name, document, reader.points())
    build(document)
    reader.check_each(grid)
    return grid


class _Reader:
    def __init__(self, path: Path, content: Mapping[str, Any], places: Mapping[str, tuple[str, int]]) -> None:
        self._path, self._content, self._places = path, content, places
        unknown = [key for key in content if key not in PARTS]
        if unknown:
            right = suggest(unknown[0], PARTS, f"the parts are {', '.join(PARTS)}")
            raise self._wrong(unknown[0], unknown[0], "it is no part of a grid file", right)

    def _wrong(self, key: str, value: object, sentence: str, right: str) -> InputErrors:
        row = self._places.get(key, ("", 0))[1]
        return InputErrors([Problem(self._path.name, row, key, str(value), sentence, right)])

    def base(self) -> Document:
        """The instance that the points are laid over: beside the file, else as every command finds it."""
        base = self._content.get("base")
        if not isinstance(base, str) or not base:
            raise self._wrong("base", base, "the base is missing", 'write base = "NAME": an instance or a scenario')
        beside = self._path.parent / base
        return load(beside if beside.exists() else find(base))

    def points(self) -> tuple[Settings, ...]:
        """All points: those of `[[point]]`, each with every combination of `[grid]`."""
        fixed = self._table("set", self._content.get("set", {}))
        axes = self._axes()
        listed = self._content.get("point", [{}])
        if not isinstance(listed, list) or not listed:
            raise self._wrong("point", listed, "it is not a list of tables", "write [[point]]")
        most = len(listed)
        for _, values in axes:
            most *= len(values)
        if most > MOST:
            raise self._wrong("grid", most, f"it has {most:,} points", f"give at most {MOST:,}")
        told = [self._table("point", point) for point in listed]
        names = {name for name, _ in axes}
        for where, table in (("set", fixed), *(("point", point) for point in told)):
            if twice := [name for name in table if name in names]:
                raise self._wrong(where, twice[0], f"{twice[0]} is in [grid] too", "leave it in one of the two")
        points = tuple(
            {**fixed, **point, **dict(zip((name for name, _ in axes), values, strict=True))}
            for point in told
            for values in product(*(values for _, values in axes))
        )
        if not any(points):
            raise self._wrong("grid", "", "no setting is varied", 'write [grid] and "trial.max_arms" = [1, 2, 3]')
        return points

    def _axes(self) -> Sequence[tuple[str, list[Any]]]:
        table = self._table("grid", self._content.get("grid", {}))
        for name, values in table.items():
            if not isinstance(values, list) or not values:
                right = "give a list of values, for example [1, 2, 3]"
                raise self._wrong(f"grid.{name}", values, f"the values of {name} are no list", right)
        return list(table.items())

    def _table(self, key: str, table: Any) -> dict[str, Any]:
        """Settings by their names; `[grid.trial]` and `max_arms` say the same as `"trial.max_arms"`."""
        if not isinstance(table, Mapping):
            raise self._wrong(key, table, "it is not a table", f"write [{key}] and settings below it")
        return dict(_flat(table, ()))

    def check_each(self, grid: Grid) -> None:
        """Try every value of every name. Raises `InputErrors` with all that are wrong alone and in all their points."""
        found: dict[Problem, None] = {}
        for name, value in _alone(grid.points):
            error = _problems(grid, {name: value})
            own = (point for point in grid.points if name in point and point[name] == value)
            if error is not None and all(_problems(grid, point) is not None for point in own):
                where = next((k for k in (f"grid.{name}", f"set.{name}") if k in self._places), name)
                row = self._places.get(where, ("", 0))[1]
                for p in error.problems:
                    said = f"with {name} = {text(value) or 'nothing'}: {p.sentence}"
                    found[Problem(self._path.name, row, name, text(value), said, p.right)] = None
        if found:
            raise InputErrors(found)


def _flat(table: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, (*above, key))
        else:
            yield ".".join((*above, key)), value


def _problems(grid: Grid, point: Settings) -> InputErrors | None:
    """What is wrong with the question of a point; `None` if nothing is."""
    try:
        build(grid.question(point))
    except InputErrors as error:
        return error
    return None


def _alone(points: Iterable[Settings]) -> Iterator[tuple[str, Any]]:
    """Each name with each of its values, once."""
    seen: set[tuple[str, str]] = set()
    for point in points:
        for name, value in point.items():
            if (key := (name, text(value))) not in seen:
                seen.add(key)
                yield name, value
