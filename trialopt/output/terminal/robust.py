"""The price of robustness on a page: a few sentences, a row each, and what changes against the point design."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from trialopt.decision.robust import Robustness, Row
from trialopt.output.terminal.console import Cell, grid
from trialopt.record.solution import Question
from trialopt.record.words import gap_percent, whole_percent, worded

KEYS = (
    "given: value with the inputs as given. mean, worst tenth: over the truths. fresh: the worst tenth of {fresh} "
    "truths drawn after the choice. all limits: truths in which all of them hold. least: truths in which the limit "
    "that fails most often holds, on the fresh ones."
)


def robust_parts(found: Robustness, question: Question, width: int) -> Iterator[RenderableType]:
    """All parts of the result for a page of `width` characters."""
    title = found.instance["title"] or found.instance["name"]
    yield Text(f"{title} ({found.instance['name']}): the price of robustness\n", style="bold")
    for sentence in found.sentences:
        yield f"{worded(question, sentence)}\n"
    if not found.rows:
        return
    sized = any(row.patients is not None for row in found.rows)
    more = ["patients"] if sized else []
    numbers = ["given", "mean", "worst\ntenth", "fresh", "all\nlimits", "least", *more, "gap"]
    ends = [k for k, (row, after) in enumerate(zip(found.rows, found.rows[1:], strict=False)) if _parted(row, after)]
    yield grid(
        ("best for", *numbers), [_numbers(row, sized) for row in found.rows], width, right=numbers, sections=ends
    )
    yield f"\n{KEYS.format(fresh=f'{found.fresh:,}')}\n"
    yield grid(
        ("best for", "against the point design"),
        [(row, worded(question, said)) for row, said in _words(found)],
        width,
        lines=True,
    )
    yield ""


def _parted(row: Row, after: Row) -> bool:
    return row.asked.kind != after.asked.kind


def _name(row: Row) -> str:
    return f"{row.asked.words} *" if row.asked.highest else row.asked.words


def _numbers(row: Row, sized: bool) -> list[str | Cell]:
    if row.design is None:
        why = "infeasible" if row.ending == "infeasible" else row.ending.replace("_", " ")
        return [Cell(_name(row)), Cell(why, True), *["-"] * (7 if sized else 6)]
    values = [f"{row.number(name):.3f}" for name in ("given", "mean", "worst", "fresh_worst")]
    kept = (row.number(name) for name in ("all_kept", "fresh_least_kept"))
    shares = ["-" if share is None else f"{whole_percent(share)} %" for share in kept]
    patients = ["-" if row.patients is None else str(row.patients)] if sized else []
    gap = "-" if row.number("gap") is None else gap_percent(row.number("gap"))
    return [_name(row), *values, *shares, *patients, Cell(gap, row.ending != "optimal")]


def _words(found: Robustness) -> Iterator[tuple[str, str]]:
    """What the design of each row does differently; rows that differ alike stand together."""
    told: dict[str, list[str]] = {}
    for row in found.rows:
        if row is found.point:
            continue
        if row.design is None:
            words = "no design: " + "; ".join(row.said) if row.said else f"no design: {row.ending.replace('_', ' ')}"
        else:
            words = "\n".join(found.differs(row)) or "the same design"
        told.setdefault(words, []).append(_name(row))
    yield from (("\n".join(names), words) for words, names in told.items())
