"""An explanation in sentences, for a committee: what binds, what is bought, what each agent costs or is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from trialopt.core.limit_families import FAMILIES
from trialopt.decision.agents import EVERY, SOME, WITHOUT, AgentLoss, Agents
from trialopt.decision.binding import BINDS, CLOSE, GAINS_NOTHING, OPEN, TOGETHER, Binding, LimitGain
from trialopt.decision.contribution import ALL, Contributions
from trialopt.evaluation.result import listed
from trialopt.record.words import lost, objective, signed

if TYPE_CHECKING:
    from trialopt.decision.explain import Explanation

MOST = 3
"""Rows of one kind that are told in words; the tables have all."""

FEW = 2
"""Changes of a design, or reasons, that are spelled out; more are counted, or left to the table."""


def sentences(explanation: Explanation) -> Iterator[str]:
    """The explanation, the most important first."""
    yield from explanation.notes
    if explanation.infeasible is not None:
        yield from (line for line in explanation.infeasible.lines if line)
    if explanation.value is not None and explanation.bound is not None:
        best = "no design is better by more than a millionth"
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
        family = FAMILIES[row.family]
        if not family.is_number:
            return "all left out"
        step = family.looser * family.step
        return f"each {100 * step:+g} points" if family.in_percent else f"each {step:+g}"
    if row.now is None or row.to is None:
        return "left out"
    return f"{amount(row.family, row.now)} -> {amount(row.family, row.to)}"


def amount(family: str, number: float) -> str:
    """A limit or what is used of it, in its own unit."""
    if FAMILIES[family].in_percent:
        return f"{100 * number:.4g} %"
    return f"{number:,.4g}" if number < 1000 else f"{number:,.0f}"


def gain(row: LimitGain) -> str:
    """What a limit one unit looser gains, with its sign."""
    return "not known" if row.gained is None else signed(row.gained)


def _limits(limits: Binding) -> Iterator[str]:
    binding = limits.of(BINDS)
    verb = "binds" if len(binding) == 1 else "bind"
    yield (
        f"{len(binding)} of {limits.examined} limits and rules {verb}: with one of them a unit looser, or left out, "
        "a better design exists."
    )
    for_nothing = [row for row in limits.of(CLOSE, GAINS_NOTHING) if FAMILIES[row.family].of_trial]
    if for_nothing:
        yield f"Of the trial's own limits, these gain nothing: {'; '.join(map(_looser, for_nothing))}."
    if binding:
        yield f"What gains most: {'; '.join(f'{_looser(row)}, {gain(row)}' for row in binding[:MOST])}."
    yield from _toxicity([row for row in limits.rows if FAMILIES[row.family].toxicity], binding[:MOST])


def _toxicity(rows: Sequence[LimitGain], told: Sequence[LimitGain]) -> Iterator[str]:
    """What higher toxicity limits gain, unless it was told or some of them are open."""
    if not rows or any(row.state == OPEN for row in rows):
        return
    single = max((row for row in rows if row.state == BINDS), key=lambda row: row.gained or 0.0, default=None)
    alone = 0.0 if single is None else single.gained or 0.0
    together = [row for row in rows if row.state == TOGETHER and (row.gained or 0.0) > alone]
    sets = min(together, key=lambda row: row.limits, default=None)
    if single is None and sets is None:
        yield "No toxicity limit gains anything when it is 5 points higher, nor do those of all epochs together."
    elif single is None:
        yield "No toxicity limit gains anything when it alone is 5 points higher."
    elif single not in told:
        yield f"The single toxicity limit that gains most: {_looser(single)}, {gain(single)}."
    if sets is not None:
        yield f"Toxicity limits that gain{' more' if single else ''} together: {_looser(sets)}, {gain(sets)}."


def _looser(row: LimitGain) -> str:
    """`max_arms 3 -> 4`, `bcma_car_t alone in its epoch (alone) left out`."""
    return f"{row.words}{',' if row.limits > 1 else ''} {unit(row)}"


def changes(instead: Sequence[str]) -> list[str]:
    """What a design does differently: a few phrases, and how many more there are."""
    more = len(instead) - FEW
    return list(instead) if more <= 1 else [*instead[:FEW], f"and {more} more changes"]


def _agents(agents: Agents) -> Iterator[str]:
    yield from _losses("Agents not chosen that would cost least in some arm", "most", agents.of(SOME))
    yield from _barred(agents.of(SOME), "{} cannot be given in any arm")
    without = sorted(agents.of(WITHOUT), key=lambda row: -(row.lost or 0.0))
    yield from _losses("Chosen agents whose loss costs most, the others chosen anew", "least", without)
    yield from _barred(without, "{} cannot be left out")
    every = [row.agent for row in agents.of(EVERY) if row.possible is False]
    if every:
        yield f"{listed(every)} cannot be in every arm; the table says why."


def _losses(what: str, end: str, rows: Sequence[AgentLoss]) -> Iterator[str]:
    """What the first few lose, and the one at the other end."""
    known = [row for row in rows if row.lost is not None]
    if not known:
        return
    text = ", ".join(map(_cost, known[:MOST]))
    yield f"{what}: {text}" + (f"; {end} of {len(known)}: {_cost(known[-1])}." if len(known) > MOST else ".")


def _cost(row: AgentLoss) -> str:
    """`bortezomib (0.001357)`."""
    if row.lost is None or abs(row.lost) <= 1e-6:
        return f"{row.agent} (nothing)"
    return f"{row.agent} ({lost(row.lost)}{' or less' if row.note else ''})"


def _barred(rows: Sequence[AgentLoss], cannot: str) -> Iterator[str]:
    """What is impossible: one agent with its reasons where those are few, several by name."""
    barred = [row for row in rows if row.possible is False]
    if not barred:
        return
    text = cannot.format(listed([row.agent for row in barred]))
    reasons = barred[0].because
    if len(barred) > 1 or len(reasons) > FEW:
        yield f"{text}; the table says why."
    elif not reasons:
        yield f"{text}; there was no time to find out why."
    else:
        yield f"{text}: {' together with '.join(reasons)}."


def _contribution(contribution: Contributions) -> Iterator[str]:
    whole = [row for row in contribution.rows if row.epoch == ALL]
    for arm in dict.fromkeys(row.arm for row in whole):
        own = sorted((row for row in whole if row.arm == arm), key=lambda row: row.value.difference)
        most = own[-1]
        part, least = (signed(row.value.difference).removeprefix("+") for row in (most, own[0]))
        text = f"In {arm} {most.agent} contributes most ({part} of the value)"
        if len(own) > 1:
            text += f", {own[0].agent} least ({least})"
        yield f"{text}."
