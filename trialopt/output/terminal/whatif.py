"""A "what if" on a page: what is asked otherwise, what it costs or gains, and what changes in the design."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rich.console import RenderableType
from rich.text import Text

from trialopt.decision.whatif import WhatIf
from trialopt.output.terminal.comparison import conflict_lines, design_parts, summary_table
from trialopt.output.terminal.console import grid, printable
from trialopt.record.words import fold, objective, signed

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
        yield from map(partial(_item, width=width), answer.changes_in_words)
        yield ""
    if answer.changed.design is not None:
        yield from design_parts(answer.comparison, width)


def _worth(answer: WhatIf) -> Iterator[RenderableType]:
    """Say what the difference in value is, and how sure that is."""
    if answer.difference is None or answer.same_question:
        return
    text = f"value {objective(answer.base.value)} -> {objective(answer.changed.value)}: {signed(answer.difference)}"
    span = answer.difference_range
    if span is None:
        text += ", not proven"
    elif objective(span[0]) != objective(span[1]):
        text += f"; proven: the best values differ by {signed(span[0])} to {signed(span[1])}"
    yield Text(f"{text}\n", style="bold")


def _kept(answer: WhatIf, width: int) -> Iterator[RenderableType]:
    """Say whether the base design would do under the changed question, and what it would be worth."""
    kept = answer.kept
    if kept is None:
        return
    count = len(kept.violations)
    if count:
        yield f"The base design no longer fits: it breaks {count} {'rule or limit' if count == 1 else 'rules or limits'}:"
        more = [f"and {count - MOST_BROKEN} more"] if count > MOST_BROKEN else []
        sentences = [violation.sentence for violation in kept.violations[:MOST_BROKEN]]
        yield from map(partial(_item, width=width), [*sentences, *more])
        yield ""
        return
    worth = f"The base design would still meet every rule and limit, with a value of {objective(kept.value)}"
    if answer.gained is None:
        yield f"{worth}.\n"
    elif not answer.changes_in_words:
        yield f"{worth}: it stays the one chosen.\n"
    else:
        gain = f"{objective(answer.gained)} more" if answer.gained else "no more"
        yield f"{worth}; the changed design is worth {gain}.\n"


def _item(words: str, width: int) -> Text:
    """One item of a list, its further lines set under the first."""
    return Text("  - " + fold(printable(words), width - 4).replace("\n", "\n    "))
