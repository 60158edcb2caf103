"""What a run says in whole sentences, the same on the page and in the protocol section."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trialopt import recruitment
from trialopt.design import Dose
from trialopt.solution import ArmSizing, Question, Solution, SolvedArm
from trialopt.words import ENDINGS, gap_percent, name, objective, percent

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

ENDPOINTS = {"response": "response rate", "pfs": "progression-free survival"}

FORMULAS = {
    "unpooled": "the normal approximation for two proportions with unpooled variance",
    "schoenfeld": "Schoenfeld's formula for the number of events",
}
"""Methods of size by their name in the record, in words."""


def listed(items: Iterable[str]) -> str:
    """Put items in one line: `a, b and c`."""
    *first, last = [*items] or ["nothing"]
    return f"{', '.join(first)} and {last}" if first else last


def counted(number: int, noun: str) -> str:
    """A small count in words: `three arms`."""
    words = NUMBERS[number] if number < len(NUMBERS) else f"{number:,}"
    return f"{words} {noun}{'' if number == 1 else 's'}"


def dose(question: Question, given: Dose) -> str:
    """Agent with its dose where the tables give one, else its level: `Carfilzomib, 20/27 mg/m2 twice weekly`."""
    agent = name(question, given.agent)
    amount = question.labels.get(f"{given.agent}@{given.level}")
    if amount:
        return f"{agent}, {' '.join(amount.split())}"
    return agent if given.level == "standard" else f"{agent}, level {given.level}"


def regimen(question: Question, doses: Sequence[Dose]) -> str:
    """Agents of one epoch without doses: `Carfilzomib + Dexamethasone`."""
    return " + ".join(name(question, given.agent) for given in doses) or "nothing"


def recommendation(solution: Solution) -> str:
    """Say in two sentences what to do, and how sure it is that nothing else is better."""
    q = solution.question
    if not solution.arms:
        return _without(solution)
    served = "; ".join(f"{arm.name} for {listed(name(q, g) for g in arm.subgroups)}" for arm in solution.arms)
    patients = sum(s.patients + s.control_patients for s in sizes(solution))
    sized = f", with {patients:,} patients in all" if patients else ""
    first = f"Run {counted(len(solution.arms), 'experimental arm')}{sized}: {served}."
    value = f"This design is worth {objective(solution.value)}"
    if solution.bound is None or solution.gap is None:
        return f"{first} {value}; no bound was proven, so a better design may exist."
    if solution.ending == "optimal":
        proof = "it is proven that no design that keeps the rules and limits is worth more than"
        return f"{first} {value}, and {proof} {objective(solution.bound)} (gap {gap_percent(solution.gap)})."
    stop = ENDINGS[solution.ending]
    return (
        f"{first} {value}; the run was {stop} before the proof was complete, and the best possible design is worth at "
        f"most {objective(solution.bound)} (gap {gap_percent(solution.gap)})."
    )


def _without(solution: Solution) -> str:
    if solution.ending == "infeasible":
        count = len(solution.conflict)
        why = (
            f"The {counted(count, 'requirement')} listed below cannot hold together: relax one of them and solve again."
            if count > 1
            else "The requirement listed below cannot hold: relax it and solve again."
            if count
            else "Relax limits or rules and solve again."
        )
        return f"No design is recommended: it is proven that none keeps every rule and limit. {why}"
    return (
        f"No design is recommended: the run was {ENDINGS[solution.ending]} before one was found. "
        "That says nothing about whether one exists; give it more time."
    )


def sizes(solution: Solution) -> list[ArmSizing]:
    """Sizes of the arms that have one."""
    return [arm.size for arm in solution.arms if arm.size is not None]


def size_reason(solution: Solution, arm: SolvedArm) -> str:
    """Justify an arm's size in words, as a protocol does."""
    size = arm.size
    if size is None:
        return f"{arm.name} is not sized: the trial was designed without a power."
    effect, parts = size.effect, []
    if effect.hazard_ratio is not None:
        parts.append(
            f"{arm.name} is compared with its concurrent control for progression-free survival. The predicted hazard "
            f"ratio is {effect.hazard_ratio:.3f}; the arm is sized for a hazard ratio of {effect.sized_for:.3f}"
        )
        if size.events is not None:
            parts[-1] += f", which needs {size.events:.0f} events"
    elif effect.p1 is not None and effect.p0 is not None:
        parts.append(
            f"{arm.name} is compared with its concurrent control for response. The predicted rates are "
            f"{percent(effect.p1)} % and {percent(effect.p0)} %; the arm is sized for a difference of "
            f"{percent(effect.sized_for)} percentage points"
        )
    else:
        parts.append(f"{arm.name} is sized for an effect of {effect.sized_for:.3f}")
    level = "" if size.alpha is None else f" at a one-sided level of {size.alpha:.4g}"
    parts.append(
        f"{size.patients:,} experimental and {size.control_patients:,} control patients give a power of "
        f"{percent(size.power)} %{level}, by {FORMULAS.get(size.method, size.method or 'the formula of the record')}"
    )
    if size.inflation != 1.0:
        parts.append(f"The size is inflated by a factor of {size.inflation:.4f} for interim looks")
    if size.accrual_months is not None:
        parts.append(f"At the accrual rates assumed, recruitment takes {size.accrual_months:.1f} months")
    return ". ".join(parts) + "."


def totals(solution: Solution) -> str:
    """Patients, months and cost of the whole trial against its limits."""
    words = {
        "patients": "{:,.0f} patients",
        "accrual_months": "{:,.1f} months of recruitment",
        "cost": "a cost of {:,.0f}",
    }
    parts = [
        words[t.what].format(t.total) + ("" if t.limit is None else f" (at most {t.limit:,.0f})")
        for t in recruitment.totals(solution)
        if t.total is not None
    ]
    return (
        f"In all {listed(parts)}." if parts else "The trial is not sized: no power is given, so arms carry no patients."
    )


def objective_in_words(question: Question) -> str:
    """Say what the value is."""
    weight = question.toxicity_weight
    less = f", less {weight:g} for each severe event a patient is expected to have" if weight else ""
    return (
        "The value is the coverage of the disease, averaged over patients and over epochs by their weights, and "
        f"counted for those still on protocol{less}. Coverage of the first epoch is the predicted response rate."
    )
