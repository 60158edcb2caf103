"""A replay's verdict on a page: sentences, then short tables."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from trialopt.decision.verdict import Verdict
from trialopt.output.replay_views import PROMISED, PROMISES, RANKS, promise_rows, rank_rows
from trialopt.output.terminal.console import grid


def replay_parts(found: Verdict, width: int) -> Iterator[RenderableType]:
    """All parts of the verdict for a page of `width` characters."""
    title = found.instance["title"] or found.instance["name"]
    yield Text(f"{title} ({found.instance['name']}): played on virtual patients\n", style="bold")
    yield f"{found.patients} patients of each subgroup, {found.population.replace('_', ' ')}, seed {found.seed}.\n"
    for sentence in found.sentences:
        yield f"{sentence}\n"
    if len(found.ranks):
        yield Text("Rank correlation of the model's value with what was played\n", style="bold")
        yield grid(RANKS, rank_rows(found), width, right=("n", *RANKS[3:]))
    for what, title in PROMISES.items():
        rows = promise_rows(found, what)
        if rows:
            yield Text(f"\n{title}\n", style="bold")
            yield grid(PROMISED, rows, width, right=("promised", "played", "s.e."))
    yield ""
