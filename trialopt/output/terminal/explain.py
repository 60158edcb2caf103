"""An explanation on a page: sentences first, then a table a part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from rich.console import RenderableType
from rich.text import Text

from trialopt.decision.agents import EVERY, SOME, WITHOUT, AgentLoss, Agents
from trialopt.decision.binding import CLOSE, Binding, LimitGain
from trialopt.decision.contribution import ALL, Contribution, Contributions
from trialopt.decision.explain import Explanation
from trialopt.decision.sentences import amount, changes, gain, unit
from trialopt.evaluation.result import listed
from trialopt.output.terminal.console import Cell, grid
from trialopt.output.terminal.run import arms_table
from trialopt.output.views import TIE, printable
from trialopt.record.make import question as asked
from trialopt.record.solution import Question
from trialopt.record.words import duration, fold, heading, lost, name, percent, signed, worded

MOST_OPEN = 8
"""Questions left open that are listed; the rest are counted."""

UNLISTED = "none"
"""Id of the disease with no listed mechanism."""

ARROW = f" ->{TIE}"


def explanation_parts(explanation: Explanation, width: int) -> Iterator[RenderableType]:
    """All parts for a page of `width` characters."""
    q = asked(explanation.instance)
    yield Text(f"{printable(q.title or q.name)} ({q.name}): why\n", style="bold")
    if explanation.design is not None:
        yield arms_table(explanation.numbers, width)
        yield ""
    if explanation.infeasible is not None:
        for line in explanation.infeasible.lines:
            said = worded(q, line)
            yield _item(said.removeprefix("  - "), width) if said.startswith("  - ") else Text(fold(said, width))
        for line in explanation.notes:
            yield _item(worded(q, line), width)
    else:
        for line in explanation.sentences:
            yield _item(worded(q, line), width)
    yield ""
    if explanation.limits is not None:
        yield from _limits(q, explanation.limits, width)
    if explanation.agents is not None:
        yield from _agents(q, explanation.agents, width)
    if explanation.contribution is not None:
        alone = explanation.limits is None and explanation.agents is None
        yield from _contribution(q, explanation.contribution, width, by_epoch=alone)
    yield from _ending(q, explanation, width)


def _item(line: str, width: int) -> Text:
    return Text("- " + fold(printable(line), max(20, width - 2)).replace("\n", "\n  "))


def _ending(question: Question, explanation: Explanation, width: int) -> Iterator[RenderableType]:
    took = duration(explanation.seconds)
    if explanation.complete:
        nothing = "proven that nothing fits, and every single change looked into"
        what = nothing if explanation.infeasible is not None else "every question answered and proven to a millionth"
        yield Text(f"complete: {what}, {took}", style="bold")
        return
    yield Text(f"not complete, {took}; left open:", style="bold red")
    for words in explanation.missing[:MOST_OPEN]:
        yield _item(worded(question, words), width)
    if len(explanation.missing) > MOST_OPEN:
        yield f"- and {len(explanation.missing) - MOST_OPEN} more; --json and --out list them all"


# -- limits ---------------------------------------------------------------------------------------------------------


def _limits(question: Question, limits: Binding, width: int) -> Iterator[RenderableType]:
    yield Text("What one more unit of a limit buys\n", style="bold")
    rows = sorted((row for row in limits.rows if row.gained is not None), key=lambda row: -(row.gained or 0.0))
    used = any(row.used is not None for row in rows)
    patients = any(row.patients is not None for row in rows)
    told = list(close_together(rows))
    amounts = [*(["used"] if used else []), "gained", *(["patients"] if patients else [])]
    heads = ["limit", "one unit", *amounts, "what the design then does"]
    yield grid(heads, [_limit(question, row, used, patients) for row in told], width, right=amounts)
    yield f"gained: in value, by that change alone; gains do not add up ({limits.solved} changed questions solved)"
    if used:
        yield "used: what the design takes of the limit"
    if len(rows) < len(limits.rows):
        yield f"{len(limits.rows) - len(rows)} limits and rules are not looked into yet: the run was stopped"
    if any(row.limits > 1 for row in rows):
        yield "several limits in one row gain that much only when all of them are loosened"
    yield ""


def close_together(rows: Sequence[LimitGain]) -> Iterator[LimitGain]:
    """Rows in their order; limits of one event that the design is equally close to stand in the row of the first."""
    found: dict[object, list[LimitGain]] = {}
    for row in rows:
        close = row.state == CLOSE and row.used is not None and row.subgroup and row.category and row.epoch
        alike = (row.category, row.now, row.to, amount(row.family, row.used or 0.0), row.patients, row.note)
        found.setdefault(alike if close else id(row), []).append(row)
    for first, *others in found.values():
        if not others:
            yield first
            continue
        served: dict[str, list[str]] = {}
        for row in (first, *others):
            served.setdefault(row.epoch or "", []).append(row.subgroup or "")
        epochs: dict[tuple[str, ...], list[str]] = {}
        for epoch, of_epoch in served.items():
            epochs.setdefault(tuple(of_epoch), []).append(epoch)
        for groups, where in epochs.items():
            many = len(groups) * len(where) > 1
            if many:
                words = f"{first.category} limits of {listed(groups)} in {listed(where)}"
                yield replace(first, words=words, state="close to their limits")
            else:
                yield next(row for row in (first, *others) if (row.subgroup, row.epoch) == (groups[0], where[0]))


def _limit(question: Question, row: LimitGain, used: bool, patients: bool) -> list[str | Cell]:
    then = "\n".join(changes(row.instead)) or (
        f"{row.state}: {row.note}" if row.note else row.state if not row.gained else "-"
    )
    change = unit(row).replace("-> ", f"->{TIE}").replace(" %", f"{TIE}%")
    cells: list[str | Cell] = [_tied(worded(question, row.words)), change]
    if used:
        cells.append("-" if row.used is None else amount(row.family, row.used).replace(" ", TIE))
    cells.append(gain(row))
    if patients:
        cells.append("-" if row.patients is None else f"{row.patients:+,d}" if row.patients else "0")
    return [*cells, _tied(worded(question, then))]


def _tied(text: str) -> str:
    return printable(text).replace(" + ", f"{TIE}+ ")


# -- agents ---------------------------------------------------------------------------------------------------------


def _agents(question: Question, agents: Agents, width: int) -> Iterator[RenderableType]:
    titles = {
        SOME: "Why not: the value lost when at least one arm has to contain an agent that is not given",
        EVERY: "The value lost when every arm has to contain it",
        WITHOUT: "What for: the value lost when an agent that is given is left out",
    }
    for what, title in titles.items():
        rows = [row for row in agents.of(what) if row.possible is not None]
        if rows:
            yield Text(f"{title}\n", style="bold")
            heads = ("agent", "id", "lost", "what the design then does")
            yield grid(heads, [_agent(question, row) for row in rows], width, right=["lost"])
            yield ""


def _agent(question: Question, row: AgentLoss) -> tuple[str, str, str, str]:
    agent = heading(question, row.agent), row.agent
    if row.lost is not None:
        note = f"\nnot proven: {row.note}" if row.note else ""
        then = "\n".join(worded(question, text) for text in changes(row.instead))
        return *agent, lost(row.lost), _tied(then or "nothing else") + note
    if row.possible is False:
        why = (
            "because: " + "\nand ".join(worded(question, text) for text in row.because)
            if row.because
            else "there was no time to find out why"
        )
        return *agent, "impossible", _tied(why)
    return *agent, "not known", row.note


# -- contribution ---------------------------------------------------------------------------------------------------


def _contribution(
    question: Question, contribution: Contributions, width: int, *, by_epoch: bool
) -> Iterator[RenderableType]:
    """Two tables, so that both fit a page: what is lost in coverage and effect, and what in toxicity."""
    rows = [row for row in contribution.rows if by_epoch or row.epoch == ALL]
    effects = any(_has_effect(row) for row in rows)
    epochs = list(rows[0].coverage) if rows else []
    ends = [k for k, (row, following) in enumerate(pairwise(rows)) if row.arm != following.arm]
    first = ["arm", "without"]
    yield Text("Contribution of components: each arm without one agent, everything else as it is\n", style="bold")
    heads = [
        *first,
        "value lost",
        *(f"coverage {name(question, epoch)}" for epoch in epochs),
        *(["effect"] if effects else []),
    ]
    cells = [[*_component(question, row), *_benefit(row), *([_effect(row)] if effects else [])] for row in rows]
    yield grid(heads, cells, width, right=heads[2:], sections=ends)
    yield "with the agent -> without it, in percent" + ("; effect: against the control" if effects else "")
    if len(rows) < len(contribution.rows):
        yield "what an agent adds in each epoch by itself: --part contribution, or the tables of --out"
    count = sum(1 for row in rows if _has_effect(row) and row.effect_without.note)
    if count:
        yield f"* cannot be sized without it, or misses its target: {count} of {len(rows)} (the CSV table says why)"
    yield ""
    heads = [*first, "burden", "risk that falls most", "where", "covers most of"]
    yield grid(
        heads,
        [[*_component(question, row), *_harm(question, row)] for row in rows],
        width,
        right=["burden"],
        sections=ends,
    )
    yield "burden: severe events a patient (log scale); risk, of its limit, and coverage in percent"
    if any(row.covers is not None and row.covers.mechanism == UNLISTED for row in rows):
        yield "unlisted: disease with no listed mechanism"
    yield ""


def _component(question: Question, row: Contribution) -> list[str]:
    agent = heading(question, row.agent)
    return [row.arm, agent if row.epoch == ALL else f"{agent}\nin {name(question, row.epoch)} only"]


def _benefit(row: Contribution) -> list[str]:
    less = signed(row.value.difference).removeprefix("+")
    return [less, *(_pair(percent(c.with_it), percent(c.without)) for c in row.coverage.values())]


def _harm(question: Question, row: Contribution) -> list[str]:
    burden = _pair(f"{row.burden.with_it:.3f}", f"{row.burden.without:.3f}")
    risk, covers = row.risk, row.covers
    cells = [burden, "-", "-", "-"]
    if risk is not None:
        change = _pair(percent(risk.risk.with_it), percent(risk.risk.without))
        limit = "" if risk.limit is None else f" of {percent(risk.limit)}"
        cells[1:3] = [
            f"{heading(question, risk.category)}\n{change}{limit}",
            f"{heading(question, risk.subgroup)}\n{name(question, risk.epoch)}",
        ]
    if covers is not None:
        change = _pair(percent(covers.coverage.with_it), percent(covers.coverage.without))
        mechanism = "unlisted" if covers.mechanism == UNLISTED else name(question, covers.mechanism)
        cells[3] = f"{mechanism}, {name(question, covers.epoch)}\n{change}"
    return cells


def _pair(before: str, after: str) -> str:
    return before if before == after else f"{before}{ARROW}{after}"


def _has_effect(row: Contribution) -> bool:
    """Whether it can be told what the arm, as it is, does against a control."""
    return row.effect.hazard_ratio is not None or row.effect.difference is not None


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
