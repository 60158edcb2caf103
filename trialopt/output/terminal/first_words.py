"""What the first screen says of an arm and of the whole design, each in a sentence."""

from __future__ import annotations

from trialopt.evaluation.result import listed
from trialopt.output.short_views import library_in_words
from trialopt.output.views import TIE
from trialopt.record.rows import closest
from trialopt.record.solution import Question, Solution, SolvedArm
from trialopt.record.words import gap_percent, name, whole_percent

NAMED_PAIRS = 2
NAMED_LIMITS = 1
"""How many limits an arm is close to are named; the others are counted."""


def control_in_words(solution: Solution, arm: SolvedArm) -> str:
    """What the arm is predicted to do against its control."""
    q, size = solution.question, arm.size
    if size is not None and size.effect.hazard_ratio is not None:
        return f"hazard ratio {size.effect.hazard_ratio:.2f} against control"
    if size is not None and size.effect.p1 is not None and size.effect.p0 is not None:
        return f"{_endpoint(q.endpoint)} {_compared(size.effect.p1, size.effect.p0)}"
    first = next(iter(q.epochs))
    weight = {g: q.shares[g] for g in arm.subgroups}
    whole = sum(weight.values()) or 1.0
    reached = sum(weight[g] * arm.coverage[g][first] for g in arm.subgroups) / whole
    without = None
    if arm.control_coverage:
        without = sum(weight[g] * arm.control_coverage[g][first] for g in arm.subgroups) / whole
    return f"{_endpoint(q.endpoint)} {_after(q.endpoint)} {name(q, first)} {_compared(reached, without)}"


def _compared(reached: float, without: float | None) -> str:
    text = f"{whole_percent(reached)}{TIE}%"
    return text if without is None else f"{text} against {whole_percent(without)}{TIE}% under control"


def _endpoint(endpoint: str) -> str:
    return {"mrd": "MRD negativity"}.get(endpoint, "response")


def _after(endpoint: str) -> str:
    return "after" if endpoint == "mrd" else "to"


def size_in_words(arm: SolvedArm) -> str:
    """Patients, controls and months of recruitment; empty for an arm without a size."""
    size = arm.size
    if size is None:
        return ""
    months = "" if size.accrual_months is None else f", {size.accrual_months:.0f} months to enrol"
    if size.component_arms:
        left = listed(f"without {part.without}" for part in size.component_arms)
        family = f"as many in each of {len(size.component_arms)} component arms ({left})"
        if len(size.component_arms) == 1:
            family = f"as many in a component arm ({left})"
        return f"{size.own_patients:,}{TIE}patients, {family}, {size.control_patients:,}{TIE}controls{months}"
    return f"{size.patients:,}{TIE}patients and {size.control_patients:,}{TIE}controls{months}"


def limits_in_words(solution: Solution, arm: SolvedArm) -> str:
    """The toxicity limits that the arm is close to."""
    q = solution.question
    found = closest(solution).items()
    near = [(epoch, category, cell) for (who, epoch, category), cell in found if who == arm.name and cell.binding]
    if not near:
        return "" if not (q.limits or q.cumulative_limits) else "close to no toxicity limit"
    told = [
        f"{_small(name(q, category))} {_when(q, epoch)} ({_against(cell.risk, cell.limit)})"
        for epoch, category, cell in near
    ]
    more = f" and {len(told) - NAMED_LIMITS} more" if len(told) > NAMED_LIMITS else ""
    return f"close to its limit: {', '.join(told[:NAMED_LIMITS])}{more}"


def _when(question: Question, epoch: str) -> str:
    return f"in {name(question, epoch)}" if epoch else "over all epochs"


def _small(text: str) -> str:
    """With a small first letter, unless it begins with an abbreviation."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _against(risk: float, limit: float) -> str:
    """Risk of limit in percent, with a decimal where whole numbers would look alike."""
    one, other = whole_percent(risk), whole_percent(limit)
    if one == other and risk < limit:
        one = f"{100 * risk:.1f}"
    return f"{one} of {other}{TIE}%"


def sure_in_words(solution: Solution) -> str:
    """What the value means, and how much better a design could be at most."""
    q, value = solution.question, solution.value
    assert value is not None
    less = f", less {q.toxicity_weight:g} for each severe event" if q.toxicity_weight else ""
    means = f"Value {value:.3f}: share of disease covered, over patients and epochs{less}"
    if solution.gap is None:
        return f"not proven to be the best. {means}"
    if solution.ending == "optimal":
        better = "at all" if solution.gap < 1e-6 else f"by more than {gap_percent(solution.gap).replace(' ', TIE)}"
        return f"proven: no design is better {better}. {means}"
    stop = solution.ending.replace("_", " ")
    return f"stopped ({stop}): a design could be up to {gap_percent(solution.gap).replace(' ', TIE)} better. {means}"


def rests_in_words(solution: Solution) -> str:
    """How many of the rows behind the arms were read in a source, recalled or assumed."""
    counts = solution.question.confidence
    whole = sum(counts.get(kind, 0) for kind in ("read", "recalled", "assumed", "unstated"))
    if not whole:
        return "tables that do not say where their numbers are from"
    parts = {"read": "read in a source", "recalled": "recalled", "assumed": "assumptions", "unstated": "do not say"}
    told = [f"{whole_percent(counts[k] / whole)}{TIE}% {words}" for k, words in parts.items() if counts.get(k)]
    return f"{whole:,} rows of numbers: {', '.join(told)}"


def new_in_words(solution: Solution) -> str:
    """Pairs of agents that no regimen of the library has; empty where nothing can be said."""
    q, found = solution.question, [arm.precedent for arm in solution.arms]
    if not any(found):
        return ""
    pairs = dict.fromkeys(pair for of_arm in found for at in of_arm.values() for pair in at.novel)
    if not pairs:
        return "nothing: every pair of agents is in a regimen given before"
    told = [" with ".join(name(q, agent) for agent in pair) for pair in pairs]
    more = f" and {counted} more" if (counted := len(told) - NAMED_PAIRS) > 0 else ""
    where = library_in_words([at for of_arm in found for at in of_arm.values()])
    return f"{', '.join(told[:NAMED_PAIRS])}{more}: {where}"
