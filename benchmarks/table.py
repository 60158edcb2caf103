"""Results as CSV and Markdown, and what each suite shows against what it must show."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from benchmarks.cases import COMPACT, ENGINE, GROWTH, HIGHS, METHODS, SCIP, SUITES, Suite
from benchmarks.measure import Row

MISSED = "**missed**"


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """All rows, one line each."""
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [f.name for f in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    beside.replace(path)


def read_csv(path: Path) -> list[Row]:
    """Rows written by `write_csv`."""
    with path.open(newline="", encoding="utf-8") as stream:
        return [_row(line) for line in csv.DictReader(stream)]


def _row(line: dict[str, str]) -> Row:
    read: dict[str, Callable[[str], Any]] = {
        "str": str,
        "int": int,
        "float": float,
        "bool": lambda text: text == "True",
        "float | None": lambda text: float(text) if text else None,
    }
    return Row(**{f.name: read[str(f.type)](line[f.name]) for f in fields(Row)})


def markdown(rows: Sequence[Row], about: str) -> str:
    """The whole report: what was shown, then every suite, then growth."""
    parts = [f"{about}\n", headline(rows)]
    for suite in SUITES:
        mine = [row for row in rows if row.suite == suite.name]
        if mine:
            parts.append(f"### {suite.name}: {suite.title}\n\n{_suite_table(mine)}")
    growth = [row for row in rows if row.suite == GROWTH]
    if growth:
        parts.append(f"### {GROWTH}: growth, one size varied at a time\n\n{_growth_table(growth)}")
    return "\n".join(parts)


def headline(rows: Sequence[Row]) -> str:
    """One line per suite: the worst of all seeds."""
    lines = []
    for suite in SUITES:
        mine = [row for row in rows if row.suite == suite.name and row.method == ENGINE]
        if not mine:
            continue
        seconds, megabytes = max(row.seconds for row in mine), max(row.megabytes for row in mine)
        gap = max((row.gap if row.gap is not None else float("inf")) for row in mine)
        lines.append(
            (
                f"{suite.name}: {suite.title}",
                str(len(mine)),
                f"{gap:.1e} of {suite.gap:.0e}",
                f"{seconds:.1f}" + (f" of {suite.most_seconds:g}" if suite.most_seconds else ""),
                f"{max(row.cpu_seconds for row in mine):.1f}",
                f"{megabytes:.0f}" + (f" of {suite.most_megabytes:g}" if suite.most_megabytes else ""),
                _speed_up(suite, rows),
                verdict(suite, rows),
            )
        )
    columns = ("suite", "seeds", "gap", "seconds", "CPU s", "MB", "faster than the compact model", "shown")
    return _grid(columns, lines)


def verdict(suite: Suite, rows: Iterable[Row]) -> str:
    """`yes`, or what was missed, by the worst seed. Sizes that are not the suite's own are not judged."""
    every = [row for row in rows if row.suite == suite.name]
    mine = [row for row in every if row.method == ENGINE]
    if any(
        (row.agents, row.subgroups, row.arms) != (suite.size.agents, suite.size.subgroups, suite.size.arms)
        for row in mine
    ):
        return "not judged: smaller sizes"
    missed = []
    if not all(row.closed for row in mine):
        missed.append("gap")
    if suite.most_seconds is not None and max(row.seconds for row in mine) > suite.most_seconds:
        missed.append("seconds")
    if suite.most_megabytes is not None and max(row.megabytes for row in mine) > suite.most_megabytes:
        missed.append("memory")
    if suite.least_ratio is not None and (not (found := ratios(every)) or min(found)[0] < suite.least_ratio):
        missed.append("ratio")
    return f"{MISSED}: {', '.join(missed)}" if missed else "yes"


def ratios(rows: Sequence[Row]) -> list[tuple[float, bool]]:
    """Per seed: seconds of the better compact method over the engine's, and whether it ran out of time."""
    found = []
    for engine in (row for row in rows if row.method == ENGINE):
        rivals = [row for row in rows if row.method in COMPACT and row.seed == engine.seed]
        if rivals:
            best = min(rivals, key=lambda row: row.seconds)
            found.append((best.seconds / engine.seconds, not best.closed))
    return found


def _speed_up(suite: Suite, rows: Iterable[Row]) -> str:
    found = ratios([row for row in rows if row.suite == suite.name])
    if not found:
        return ""
    ratio, out_of_time = min(found)
    asked = f" of {suite.least_ratio:g}" if suite.least_ratio else ""
    return f"{'over ' if out_of_time else ''}{ratio:.0f}{asked} times"


def _suite_table(rows: Sequence[Row]) -> str:
    lines = []
    for row in sorted(rows, key=lambda r: (r.seed, METHODS.index(r.method))):
        lines.append((str(row.seed), row.method, *_numbers(row)))
    return _grid(("seed", "method", "value", "bound", "gap", "ending", "seconds", "CPU s", "MB"), lines)


def _numbers(row: Row) -> tuple[str, ...]:
    ending = f"time limit {row.limit:g} s" if row.ending == "time_limit" else row.ending
    return (
        "none" if row.value is None else f"{row.value:.6f}",
        "none" if row.bound is None else f"{row.bound:.6f}",
        "none" if row.gap is None else f"{100 * row.gap:.4f} %",
        ending,
        f"{row.seconds:.1f}",
        f"{row.cpu_seconds:.1f}",
        f"{row.megabytes:.0f}",
    )


def _growth_table(rows: Sequence[Row]) -> str:
    lines = []
    for axis in dict.fromkeys(row.axis for row in rows):
        for value in sorted({getattr(row, axis) for row in rows if row.axis == axis}):
            here = [row for row in rows if row.axis == axis and getattr(row, axis) == value]
            worst = max((row for row in here if row.method == ENGINE), key=lambda row: row.seconds)
            compact = [_brief([row for row in here if row.method == method]) for method in (HIGHS, SCIP)]
            lines.append((axis, str(value), _brief([worst]), f"{worst.megabytes:.0f}", *compact))
    return _grid(("varied", "size", "engine, worst seed", "engine MB", "compact HiGHS", "compact SCIP"), lines)


def _brief(rows: Sequence[Row]) -> str:
    if not rows:
        return "not run"
    row = rows[0]
    if row.closed:
        return f"{row.seconds:.1f} s"
    return f"{row.ending.replace('_', ' ')} {row.limit:g} s, gap " + (
        "none" if row.gap is None else f"{100 * row.gap:.1f} %"
    )


def _grid(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    table = [header, ["---"] * len(header), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in table) + "\n"
