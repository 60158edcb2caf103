"""An explanation in sentences, for a committee: what binds, what is bought, what each agent costs or is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from trialopt.decision.agents import EVERY, SOME, WITHOUT, AgentLoss, Agents
from trialopt.decision.binding import BINDS, GAINS_NOTHING, TIGHT, TOGETHER, Binding, LimitGain
from trialopt.decision.contribution import ALL, Contributions
from trialopt.decision.relaxing import OF_THE_TRIAL
from trialopt.decision.set_words import listed
from trialopt.words import objective

if TYPE_CHECKING:
    from trialopt.decision.explain import Explanation

MOST = 3
"""Rows of one kind that are told in words; the tables have all."""

POINTS = ("limit", "cumulative_limit", "min_coverage", "target_difference")
"""Families counted in percentage points."""


def sentences(explanation: Explanation) -> Iterator[str]:
    """The explanation, the most important first."""
    yield from explanation.notes
    if explanation.infeasible is not None:
        yield from (line for line in explanation.infeasible.lines if line)
    if explanation.value is not None and explanation.bound is not None:
        best = "no design is better by more than 0.000001"
        if explanation.bound > explanation.value + 2e-6:
            best = f"no design is better than {objective(explanation.bound)}"
        yield f"The design is worth {objective(explanation.value)}; {best}."
    if explanation.limits is not None:
        yield from _limits(explanation.limits)
    if explanation.agents is not None:
        yield from _agents(explanation.agents)
    if explanation.contribution is not None:
        yield from _contribution(explanation.contribution)


def unit(row: LimitGain) -> str:
    """What a limit is loosened by: `3 -> 4`, `55 % -> 60 %`, `left out`."""
    if row.limits > 1:
        looser = {"limit": "each +5 points", "cumulative_limit": "each +5 points", "min_coverage": "each -5 points"}
        return looser.get(row.family, "each -1" if row.family == "min_active" else "all left out")
    if row.now is None or row.to is None:
        return "left out"
    return f"{amount(row.family, row.now)} -> {amount(row.family, row.to)}"


def amount(family: str, number: float) -> str:
    """A limit or what is used of it, in its own unit."""
    if family in POINTS:
        return f"{100 * number:.4g} %"
    return f"{number:,.4g}" if number < 1000 else f"{number:,.0f}"


def gain(row: LimitGain) -> str:
    """What a limit one unit looser gains, with its sign."""
    return "not known" if row.gained is None else f"{row.gained:+.6f}" if row.gained else "0"


# -- limits ---------------------------------------------------------------------------------------------------------


def _limits(limits: Binding) -> Iterator[str]:
    binding = limits.of(BINDS)
    yield (
        f"Of {limits.examined} limits and rules {len(binding)} bind: with that one alone a unit looser, or left out, a "
        f"better design exists. Shown by solving {limits.solved} changed questions; gains of single changes do not add "
        "up."
    )
    for row in limits.of(TIGHT, GAINS_NOTHING):
        if row.family in OF_THE_TRIAL:
            yield f"{row.words} {unit(row)}: gains nothing."
    for row in binding[:MOST]:
        yield f"{row.words} {unit(row)}: {gain(row)}{_then(row.instead)}."
    toxicity = [row for row in binding if row.family == "limit"]
    together = [row for row in limits.of(TOGETHER) if row.family == "limit"]
    if not toxicity and together:
        least = min(together, key=lambda row: row.limits)
        yield (
            "No toxicity limit gains anything when it alone is 5 points higher; several do together: "
            f"{least.words}, {unit(least)}: {gain(least)}{_then(least.instead)}."
        )
    tried = [row for row in limits.rows if row.family == "limit"]
    if tried and all(row.state == TIGHT for row in tried):
        yield "No toxicity limit gains anything when it is 5 points higher, nor do all of them together."


def changes(instead: Sequence[str]) -> list[str]:
    """What a design does differently: a few phrases, and how many more there are."""
    more = len(instead) - MOST
    return list(instead) if more <= 1 else [*instead[:MOST], f"and {more} more changes"]


def _then(instead: Sequence[str]) -> str:
    return f" ({'; '.join(changes(instead))})" if instead else ""


# -- agents ---------------------------------------------------------------------------------------------------------


def _agents(agents: Agents) -> Iterator[str]:
    yield from _forced_in(agents.of(SOME))
    without = sorted(agents.of(WITHOUT), key=lambda row: -(row.lost or 0.0))
    for row in without:
        if row.possible is False:
            yield f"{row.agent} cannot be left out{_because(row)}."
    for row in [row for row in without if row.lost is not None][:MOST]:
        yield f"Without {row.agent} the best design {_cost(row)}{_then(row.instead)}."
    barred = [row for row in agents.of(EVERY) if row.possible is False]
    if barred:
        yield f"{listed([row.agent for row in barred])} cannot be in every arm; the table says because of what."


def _forced_in(rows: Sequence[AgentLoss]) -> Iterator[str]:
    possible = [row for row in rows if row.lost is not None]
    for row in possible[:MOST]:
        yield f"With {row.agent} in some arm the best design {_cost(row)}{_then(row.instead)}."
    if len(possible) > MOST:
        last = possible[-1]
        count = len(possible) - MOST
        yield f"The other {count} agents that could be given lose up to {last.lost or 0.0:.6f} ({last.agent})."
    for row in rows:
        if row.possible is False:
            yield f"No arm can give {row.agent}{_because(row)}."


def _cost(row: AgentLoss) -> str:
    if row.lost is None or abs(row.lost) <= 1e-6:
        return "loses nothing"
    return f"loses {row.lost:.6f}" + ("" if not row.note else ", or less")


def _because(row: AgentLoss) -> str:
    if not row.because:
        return ""
    together = " of these together" if len(row.because) > 1 else " of this"
    return f", because{together}: {'; '.join(row.because)}"


# -- contribution ---------------------------------------------------------------------------------------------------


def _contribution(contribution: Contributions) -> Iterator[str]:
    whole = [row for row in contribution.rows if row.epoch == ALL]
    for arm in dict.fromkeys(row.arm for row in whole):
        own = sorted((row for row in whole if row.arm == arm), key=lambda row: row.value.difference)
        most = own[-1]
        text = f"{arm}: leaving out {most.agent} costs most ({most.value.difference:.6f} of the value)"
        if len(own) > 1:
            text += f", {own[0].agent} least ({own[0].value.difference:.6f})"
        yield f"{text}, everything else as it is."
