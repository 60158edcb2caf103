"""An explanation on a page: sentences first, then a table a part."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rich.console import RenderableType
from rich.text import Text

from trialopt.decision.agents import EVERY, SOME, WITHOUT, AgentLoss, Agents
from trialopt.decision.binding import Binding, LimitGain
from trialopt.decision.contribution import ALL, Contribution, Contributions
from trialopt.decision.explain import Explanation
from trialopt.decision.sentences import amount, changes, gain, unit
from trialopt.show.arms import arms_table
from trialopt.show.console import printable
from trialopt.show.grid import TIE, Cell, grid
from trialopt.words import duration, fold, percent

MOST_OPEN = 8
"""Questions left open that are listed; the rest are counted."""

ARROW = f" ->{TIE}"


def explanation_parts(explanation: Explanation, width: int) -> Iterator[RenderableType]:
    """All parts for a page of `width` characters."""
    i = explanation.instance
    yield Text(f"{printable(i.title or i.name)} ({i.name}): why\n", style="bold")
    if explanation.design is not None:
        yield arms_table(explanation.numbers, width)
        yield ""
    if explanation.infeasible is not None:
        yield Text("\n".join(fold(printable(line), width) for line in explanation.infeasible.lines))
    else:
        for line in explanation.sentences:
            yield _item(line, width)
    yield ""
    if explanation.limits is not None:
        yield from _limits(explanation.limits, width)
    if explanation.agents is not None:
        yield from _agents(explanation.agents, width)
    if explanation.contribution is not None:
        yield from _contribution(explanation.contribution, width)
    yield from _ending(explanation, width)


def _item(line: str, width: int) -> Text:
    return Text("- " + fold(printable(line), max(20, width - 2)).replace("\n", "\n  "))


def _ending(explanation: Explanation, width: int) -> Iterator[RenderableType]:
    took = duration(explanation.seconds)
    if explanation.complete:
        yield Text(f"complete: every question answered and proven to 0.000001, {took}", style="bold")
        return
    yield Text(f"not complete, {took}; left open:", style="bold red")
    for words in explanation.missing[:MOST_OPEN]:
        yield _item(words, width)
    if len(explanation.missing) > MOST_OPEN:
        yield f"- and {len(explanation.missing) - MOST_OPEN} more; --json and --out list them all"


# -- limits ---------------------------------------------------------------------------------------------------------


def _limits(limits: Binding, width: int) -> Iterator[RenderableType]:
    yield Text("What one more unit of a limit buys\n", style="bold")
    patients = any(row.patients is not None for row in limits.rows)
    heads = ["limit", "one unit", "used", "gained", *(["patients"] if patients else []), "what the design then does"]
    rows = sorted((row for row in limits.rows if row.gained is not None), key=lambda row: -(row.gained or 0.0))
    yield grid(heads, [_limit(row, patients) for row in rows], width, right=heads[2 : 4 + patients])
    yield "used: what the design takes of the limit; gained: in value, by that change alone"
    if len(rows) < len(limits.rows):
        yield f"{len(limits.rows) - len(rows)} limits and rules are not looked into yet: the run was stopped"
    if any(row.limits > 1 for row in rows):
        yield "several limits in one row gain that much only when all of them are loosened"
    yield ""


def _limit(row: LimitGain, patients: bool) -> list[str | Cell]:
    used = "-" if row.used is None else amount(row.family, row.used)
    then = "\n".join(changes(row.instead)) or (
        f"{row.state}: {row.note}" if row.note else row.state if not row.gained else "-"
    )
    change = unit(row).replace("-> ", f"->{TIE}").replace(" %", f"{TIE}%")
    cells: list[str | Cell] = [_tied(row.words), change, used.replace(" ", TIE), gain(row)]
    if patients:
        cells.append("-" if row.patients is None else f"{row.patients:+,d}" if row.patients else "0")
    return [*cells, _tied(then)]


def _tied(text: str) -> str:
    return printable(text).replace(" + ", f"{TIE}+ ")


# -- agents ---------------------------------------------------------------------------------------------------------


def _agents(agents: Agents, width: int) -> Iterator[RenderableType]:
    titles = {
        SOME: "Why not: the value lost when at least one arm has to contain an agent that is not given",
        EVERY: "The value lost when every arm has to contain it",
        WITHOUT: "What for: the value lost when an agent that is given is left out",
    }
    for question, title in titles.items():
        rows = [row for row in agents.of(question) if row.possible is not None]
        if rows:
            yield Text(f"{title}\n", style="bold")
            heads = ("agent", "lost", "what the design then does")
            yield grid(heads, [_agent(row) for row in rows], width, right=["lost"])
            yield ""


def _agent(row: AgentLoss) -> tuple[str, str, str]:
    if row.lost is not None:
        lost = "0" if abs(row.lost) <= 1e-6 else f"{row.lost:.6f}"
        note = f"\nnot proven: {row.note}" if row.note else ""
        return row.agent, lost, _tied("\n".join(changes(row.instead)) or "nothing else") + note
    if row.possible is False:
        return row.agent, "impossible", _tied("because of " + "\nand ".join(row.because) if row.because else "")
    return row.agent, "not known", row.note


# -- contribution ---------------------------------------------------------------------------------------------------


def _contribution(contribution: Contributions, width: int) -> Iterator[RenderableType]:
    """Two tables, so that both fit a page: what is lost in coverage and effect, and what in toxicity."""
    rows = contribution.rows
    epochs = list(rows[0].coverage) if rows else []
    ends = [k for k, (row, following) in enumerate(pairwise(rows)) if row.arm != following.arm]
    first = ["arm", "without"]
    yield Text("Contribution of components: each arm without one agent, everything else as it is\n", style="bold")
    heads = [*first, "value lost", *(f"coverage {epoch}" for epoch in epochs), "effect"]
    yield grid(heads, [[*_component(row), *_benefit(row)] for row in rows], width, right=heads[2:], sections=ends)
    yield "with the agent -> without it, in percent; effect: against the control"
    count = sum(1 for row in rows if row.effect_without.note)
    if count:
        yield f"* cannot be sized without it, or misses its target: {count} of {len(rows)} (the CSV table says why)"
    yield ""
    heads = [*first, "burden", "risk that falls most", "where", "covers most of"]
    yield grid(heads, [[*_component(row), *_harm(row)] for row in rows], width, right=["burden"], sections=ends)
    yield "burden: severe events a patient (log scale); risk, of its limit, and coverage in percent"
    yield "none: disease with no listed mechanism"
    yield ""


def _component(row: Contribution) -> list[str]:
    return [row.arm, row.agent if row.epoch == ALL else f"{row.agent}\nin {row.epoch} only"]


def _benefit(row: Contribution) -> list[str]:
    lost = f"{row.value.difference:.6f}"
    return [lost, *(_pair(percent(c.with_it), percent(c.without)) for c in row.coverage.values()), _effect(row)]


def _harm(row: Contribution) -> list[str]:
    burden = _pair(f"{row.burden.with_it:.3f}", f"{row.burden.without:.3f}")
    risk, covers = row.risk, row.covers
    cells = [burden, "-", "-", "-"]
    if risk is not None:
        change = _pair(percent(risk.risk.with_it), percent(risk.risk.without))
        limit = "" if risk.limit is None else f" of {percent(risk.limit)}"
        cells[1:3] = [f"{risk.category}\n{change}{limit}", f"{risk.subgroup}\n{risk.epoch}"]
    if covers is not None:
        change = _pair(percent(covers.coverage.with_it), percent(covers.coverage.without))
        cells[3] = f"{covers.mechanism}, {covers.epoch}\n{change}"
    return cells


def _pair(before: str, after: str) -> str:
    return before if before == after else f"{before}{ARROW}{after}"


def _effect(row: Contribution) -> str:
    before, after = row.effect, row.effect_without
    mark = f"{TIE}*" if after.note else ""
    if before.hazard_ratio is not None:
        without = "-" if after.hazard_ratio is None else f"{after.hazard_ratio:.3f}"
        return "HR" + TIE + _pair(f"{before.hazard_ratio:.3f}", without) + mark
    if before.difference is None:
        return "-"
    without = "-" if after.difference is None else f"{100 * after.difference:+.1f}"
    return _pair(f"{100 * before.difference:+.1f}", without) + mark
