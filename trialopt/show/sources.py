"""What each arm's numbers rest on: rows of the tables by what they are about, with their source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from trialopt.show.console import printable
from trialopt.show.grid import TIE, grid
from trialopt.solution import DesignNumbers
from trialopt.words import percent

KINDS = ("read", "recalled", "assumed", "unstated")


def source_tables(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw one table an arm, rows of one table and source counted together, and the share of each kind."""
    frame = numbers.tables.sources
    for arm in numbers.arms:
        own = frame[frame["arm"] == arm.name]
        yield Text(f"What {arm.name} rests on\n", style="bold")
        if own.empty:
            yield "not in this record; solve again with this version\n"
            continue
        groups = Counter(
            (str(r["about"]), str(r["table"]), f"{r['kind']},{TIE}fitted" if r["fitted"] else r["kind"], r["source"])
            for r in own.to_dict("records")
        )
        cells = [
            (about, table, str(rows), kind, printable(source))
            for (about, table, kind, source), rows in sorted(groups.items())
        ]
        yield grid(("about", "table", "rows", "kind", "source"), cells, width, right=["rows"])
        yield ""
    for arm in numbers.arms:
        own = frame[frame["arm"] == arm.name]
        if own.empty:
            continue
        shares = [f"{percent((own['kind'] == kind).mean())} % {kind}" for kind in KINDS]
        fitted = f"{percent(own['fitted'].mean())} % fitted by a model from such rows"
        yield Text(f"{arm.name}: {len(own)} rows, {', '.join(shares)}; {fitted}\n")
