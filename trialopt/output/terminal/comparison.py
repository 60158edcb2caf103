"""Runs side by side, one column a run, and a "what if" as such a pair."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pandas as pd
from rich.console import RenderableType
from rich.text import Text

from trialopt.core.design import Dose
from trialopt.decision.whatif import WhatIf
from trialopt.output.terminal.console import Cell, grid
from trialopt.output.views import TIE, printable
from trialopt.record.comparison import Comparison, Match
from trialopt.record.solution import Question, SolvedArm
from trialopt.record.words import (
    ENDINGS,
    conflict_in_words,
    dose,
    fold,
    gap_percent,
    heading,
    lost,
    objective,
    percent,
    signed,
    worded,
)

# -- Runs side by side: one column a run, what differs from the first marked. -------------------------------------

Row = Mapping[Any, Any]

MARK = "*"

WHOLE = "whole treatment"
"""Where a risk is over all epochs."""

WORTH_SHOWING = 0.01
"""Least difference of a risk that is shown: a point."""

MOST_RISKS = 10
"""Most differing risks on a page; the data frame and the CSV file have them all."""


def comparison_parts(comparison: Comparison, width: int) -> Iterator[RenderableType]:
    """All parts of a comparison for a page of `width` characters."""
    yield summary_table(comparison, width)
    yield ""
    if not comparison.summary["same_instance"].all():
        yield "The runs answer different instances: their values compare only where weights and shares are alike.\n"
    yield from conflict_lines(comparison)
    yield from design_parts(comparison, width)


def conflict_lines(comparison: Comparison) -> Iterator[RenderableType]:
    """Why a run has no design."""
    for of, run in comparison.runs.items():
        if run.conflict:
            yield f"{of}: no design is possible, these cannot hold together:"
            for line in conflict_in_words(run):
                yield Text(f"  - {printable(line)}")
            yield ""


def design_parts(comparison: Comparison, width: int) -> Iterator[RenderableType]:
    """What the designs are made of and what comes of it: arms, patients, coverage, risks."""
    epochs = list(dict.fromkeys(s for run in comparison.runs.values() for s in run.question.epochs))
    if comparison.matches:
        yield Text("Arms, matched to those of the first run\n", style="bold")
    for match in comparison.matches:
        yield _match(comparison, match, epochs, width)
        yield ""
    yield f"{MARK} differs from the first run\n"
    if comparison.allocation["patients"].notna().any():
        yield Text("Patients (experimental + control)\n", style="bold")
        yield _patients(comparison, width)
        yield ""
    if not comparison.coverage.empty:
        yield Text("Coverage (percent)\n", style="bold")
        yield _coverage(comparison, width)
    yield from _risks(comparison, width)


def summary_table(comparison: Comparison, width: int) -> RenderableType:
    """One row a run: how it ended, value, bound, gap, and what the design takes."""
    heads = ["run", "ending", "value", "bound", "gap", "arms", "patients"]
    sized = comparison.summary["patients"].notna().any()
    rows = []
    for row in comparison.summary.to_dict("records"):
        run = comparison.runs[row["run"]]
        cells = [
            row["run"],
            ENDINGS[row["ending"]].split(":")[0],
            objective(run.value),
            objective(run.bound),
            gap_percent(run.gap).replace(" ", TIE),
            str(row["arms"]),
            "-" if pd.isna(row["patients"]) else str(row["patients"]),
        ]
        if sized:
            cells.append("-" if pd.isna(row["accrual_months"]) else f"{row['accrual_months']:.1f}")
            cells.append("-" if pd.isna(row["cost"]) else f"{row['cost']:,.0f}")
        rows.append(cells)
    heads += ["months", "cost"] if sized else []
    return grid(heads, rows, width, right=heads[2:])


def _match(comparison: Comparison, match: Match, epochs: list[str], width: int) -> RenderableType:
    arms = list(match.arms.values())
    rows: list[list[str | Cell]] = [["arm", *(arm.name if arm else "none like it" for arm in arms)]]
    asked = [run.question for run in comparison.runs.values()]
    for what in ("subgroups", *epochs):
        known = [what == "subgroups" or what in q.epochs for q in asked]
        ids = [_content(arm, what) if there else ("-",) for arm, there in zip(arms, known, strict=True)]
        cells = ["\n".join(_called(q, one) for one in content) for q, content in zip(asked, ids, strict=True)]
        same = ((), ("-",), ids[0])
        marked = [c if i in same else Cell(f"{c}{TIE}{MARK}", True) for c, i in zip(cells, ids, strict=True)]
        rows.append([_named(comparison, what) if what in epochs else what, *marked])
    if match.similarity:
        scores = (match.similarity.get(run, 0.0) for run in match.arms)
        rows.append(["similarity", *(f"{percent(score)}{TIE}%" if score else "" for score in scores)])
    return grid(("", *match.arms), rows, width)


def _patients(comparison: Comparison, width: int) -> RenderableType:
    """Patients of each subgroup in each run, and the arm that takes them."""
    sized = comparison.allocation.dropna(subset=["experimental"])
    return _side_by_side(
        comparison,
        sized,
        ("subgroup",),
        lambda row: f"{row['arm']}:{TIE}{row['experimental']}{TIE}+{TIE}{row['control']}",
        width,
    )


def _coverage(comparison: Comparison, width: int) -> RenderableType:
    runs = list(comparison.runs)
    rows = [
        (
            _named(comparison, row["subgroup"]),
            _named(comparison, row["epoch"]),
            *("-" if pd.isna(row[run]) else percent(row[run]) for run in runs),
        )
        for row in comparison.coverage.to_dict("records")
    ]
    return grid(("subgroup", "epoch", *runs), rows, width, right=runs, keys=2)


def _risks(comparison: Comparison, width: int) -> Iterator[RenderableType]:
    """The limit each subgroup is nearest to, and the risks that differ most from those of the first run."""
    tightest, risk = (f.assign(epoch=f["epoch"].fillna(WHOLE)) for f in (comparison.tightest, comparison.risk))
    if not tightest.empty:
        yield Text("\nRisk nearest to its limit (percent)\n", style="bold")
        yield _side_by_side(
            comparison, tightest, ("subgroup",), lambda row: f"{_event(comparison, row)}:\n{_of_limit(row)}", width
        )
    keys = ["subgroup", "epoch", "category"]
    largest = risk["change"].abs().groupby([risk[key] for key in keys], sort=False).max()
    differing = largest[largest >= WORTH_SHOWING].sort_values(ascending=False, kind="stable")
    if differing.empty:
        return
    more = len(differing) - MOST_RISKS
    note = f"; {more} more differ by a point or more" if more > 0 else ""
    yield Text(f"\nRisks that differ most (percent{note})\n", style="bold")
    shown = risk.set_index(keys).loc[differing.index[:MOST_RISKS]].reset_index()
    events = [_event(comparison, row) for row in shown.to_dict("records")]
    yield _side_by_side(comparison, shown.assign(event=events), ("subgroup", "event"), _of_limit, width)


def _event(comparison: Comparison, row: Row) -> str:
    """Event, without what stands in brackets behind it, and epoch."""
    return f"{_named(comparison, row['category']).split(' (')[0]}, {_named(comparison, row['epoch'])}"


def _of_limit(row: Row) -> str:
    limit: str = "" if pd.isna(row["limit"]) else f"{TIE}of{TIE}{percent(row['limit'])}"
    return f"{percent(row['risk'])}{limit}"


def _side_by_side(
    comparison: Comparison, frame: pd.DataFrame, keys: tuple[str, ...], cell: Callable[[Row], str], width: int
) -> RenderableType:
    """Draw the rows of a frame that has one a run, a column a run; what differs from the first is marked."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for row in frame.to_dict("records"):
        found.setdefault(tuple(row[key] for key in keys), {})[row["run"]] = cell(row)
    first, *others = comparison.runs
    rows: list[list[str | Cell]] = []
    for key, by_run in found.items():
        before = by_run.get(first, "-")
        texts = [by_run.get(run, "-") for run in others]
        same = ("-", before) if before != "-" else tuple(texts)
        marked = [text if text in same else Cell(f"{text}{TIE}{MARK}", True) for text in texts]
        rows.append([*(_named(comparison, one) for one in key), before, *marked])
    return grid((*keys, *comparison.runs), rows, width, keys=len(keys))


def _content(arm: SolvedArm | None, what: str) -> tuple[str | Dose, ...]:
    if arm is None:
        return ()
    return arm.subgroups if what == "subgroups" else tuple(arm.sequence.get(what, ())) or ("nothing",)


def _called(question: Question, one: str | Dose) -> str:
    """Name of a subgroup, or of a dose."""
    if isinstance(one, str):
        return one if one in ("-", "nothing") else heading(question, one)
    return dose(question, one)


def _named(comparison: Comparison, identifier: str) -> str:
    """Name of an id at the head of a row, by the first run that gives it one."""
    asked = [run.question for run in comparison.runs.values()]
    found = next((q for q in asked if identifier in q.labels), asked[0])
    return identifier if identifier == WHOLE else heading(found, identifier)


# -- A "what if" on a page: what is changed in the question, what it costs or gains, and what changes in the design.


MOST_BROKEN = 8
"""Most broken rules listed; the rest are counted."""


def whatif_parts(answer: WhatIf, width: int) -> Iterator[RenderableType]:
    """All parts for a page of `width` characters."""
    q = answer.base.question
    yield Text(f"What if: {printable(q.title or q.name)} ({q.name})\n", style="bold")
    rows = [
        (printable(c.where + (f"; {c.note}" if c.note else "")), printable(c.before or "-"), printable(c.after or "-"))
        for c in answer.overrides
    ]
    yield grid(("change", "base", "changed"), rows, width)
    yield ""
    if answer.same_question:
        yield "The changes make no difference: the instance has these values already, or other entries override them.\n"
    yield summary_table(answer.comparison, width)
    yield ""
    yield from conflict_lines(answer.comparison)
    yield from _worth(answer)
    if answer.same_question:
        return
    yield from _kept(answer, width)
    if answer.changes_in_words:
        yield Text("What the changed design does differently", style="bold")
        yield from (_item(worded(q, text), width) for text in answer.changes_in_words)
        yield ""
    if answer.changed.design is not None:
        yield from design_parts(answer.comparison, width)


def _worth(answer: WhatIf) -> Iterator[RenderableType]:
    """Say what the difference in value is, and how sure that is."""
    if answer.difference is None or answer.same_question:
        return
    apart = signed(answer.difference) if abs(answer.difference) >= 1e-4 else "less than 0.0001 apart"
    apart = "the same" if lost(answer.difference) == "0" else apart
    text = f"value {objective(answer.base.value)} -> {objective(answer.changed.value)}: {apart}"
    span = answer.difference_range
    if span is None:
        text += ", not proven"
    elif signed(span[0]) != signed(span[1]):
        text += f"; proven: the best values differ by {signed(span[0])} to {signed(span[1])}"
    yield Text(f"{text}\n", style="bold")


def _kept(answer: WhatIf, width: int) -> Iterator[RenderableType]:
    """Say whether the base design would do under the changed question, and what it would be worth."""
    kept = answer.kept
    if kept is None:
        return
    count = len(kept.violations)
    if count:
        broken = "rule or limit" if count == 1 else "rules or limits"
        yield f"The base design no longer fits: it breaks {count} {broken}:"
        more = [f"and {count - MOST_BROKEN} more"] if count > MOST_BROKEN else []
        sentences = [worded(answer.changed.question, violation.sentence) for violation in kept.violations[:MOST_BROKEN]]
        yield from map(partial(_item, width=width), [*sentences, *more])
        yield ""
        return
    worth = f"The base design would still meet every rule and limit, with a value of {objective(kept.value)}"
    if answer.gained is None:
        yield f"{worth}.\n"
    elif not answer.changes_in_words:
        yield f"{worth}: it stays the one chosen.\n"
    else:
        gain = f"{lost(answer.gained)} more" if answer.gained else "no more"
        yield f"{worth}; the changed design is worth {gain}.\n"


def _item(words: str, width: int) -> Text:
    """One item of a list, its further lines set under the first."""
    return Text("  - " + fold(printable(words), width - 4).replace("\n", "\n    "))
