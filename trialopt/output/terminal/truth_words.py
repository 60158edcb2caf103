"""What a design is under many possible truths, in a few lines and in tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from trialopt.output.terminal.console import grid
from trialopt.output.under_truths import under_truths
from trialopt.output.views import TIE, printable
from trialopt.record.solution import Solution
from trialopt.record.words import whole_percent, worded


def truths_in_words(solution: Solution) -> str:
    """Value, limits and assurance over the truths; empty where none were drawn."""
    u = solution.uncertainty
    if u is None:
        return ""
    tail = whole_percent(u["tail"])
    said = [
        f"in {u['draws']:,} possible truths the value is {u['mean']:.3f} on average, {u['worst']:.3f} in the worst "
        f"{tail}{TIE}% ({u['fresh_worst']:.3f} on {u['fresh_draws']:,} fresh ones)",
        worded(solution.question, _limits(u)),
    ]
    if (shown := _shown(u)) is not None:
        said.append(shown)
    return "; ".join(said)


def _limits(u: Mapping[str, Any]) -> str:
    least = [arm["limits"][0] for arm in u["arms"].values() if arm["limits"]]
    kept = f"all limits hold together in {whole_percent(u['all_kept'])}{TIE}%"
    if not least:
        return kept
    first = min(least, key=lambda one: one["share"])
    return f"{kept}, {first['limit']} in {whole_percent(first['share'])}{TIE}%"


def _shown(u: Mapping[str, Any]) -> str | None:
    arms = [f"{name} {whole_percent(arm['assurance'])}{TIE}%" for name, arm in u["arms"].items() if "assurance" in arm]
    if not arms or u["assurance"] is None:
        return None
    every = f", of all {whole_percent(u['assurance'])}{TIE}%" if len(arms) > 1 else ""
    return f"assurance of {', '.join(arms)}{every}"


def truth_tables(solution: Solution, width: int) -> Iterator[RenderableType]:
    """Draw assurance, limits held and patients with severe events; nothing where no truths were drawn."""
    told = under_truths(solution)
    if told is None:
        return
    yield Text(f"{told.title}\n", style="bold")
    for sentence in told.sentences:
        yield f"{sentence}\n".replace(TIE, " ")
    for one in told.tables:
        yield Text(f"{one.caption}\n", style="bold")
        body = [[printable(cell) for cell in row] for row in one.rows]
        yield grid(one.heads, body, width, right=[one.heads[k] for k in one.numeric])
        yield f"{one.note}\n".lstrip()
