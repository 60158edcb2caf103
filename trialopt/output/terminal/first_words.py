"""What the first screen says of an arm and of the whole design, each in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from trialopt.core.design import Design, Dose
from trialopt.decision.differences import Naming, design_from, differences
from trialopt.evaluation.result import listed
from trialopt.output.short_views import library_in_words
from trialopt.output.views import TIE
from trialopt.record.controls import controls
from trialopt.record.limit_words import event, listed_names
from trialopt.record.rows import closest
from trialopt.record.solution import Question, Solution, SolvedArm
from trialopt.record.words import amount, designs_of_this_value, gap_percent, name, whole_percent

NAMED_PAIRS = 2
ROOM = 90
"""Letters of what the next best design does otherwise."""
NAMED_LIMITS = 1
"""How many limits an arm is close to are named; the others are counted."""


def control_in_words(solution: Solution, arm: SolvedArm) -> str:
    """What the arm is predicted to do against its control."""
    q, size = solution.question, arm.size
    if size is not None and size.effect.hazard_ratio is not None:
        low_high = _told(solution, arm, "hazard_ratio")
        between = f" ({low_high['low']:.2f} to {low_high['high']:.2f})" if low_high else ""
        return f"hazard ratio {size.effect.hazard_ratio:.2f}{between.replace(' to ', f'{TIE}to{TIE}')}"
    ends = (_ends(_told(solution, arm, "rate")), _ends(_told(solution, arm, "control")))
    if size is not None and size.effect.p1 is not None and size.effect.p0 is not None:
        return f"{_endpoint(q.endpoint)} {_compared(size.effect.p1, size.effect.p0, ends)}"
    first = next(iter(q.epochs))
    weight = {g: q.shares[g] for g in arm.subgroups}
    whole = sum(weight.values()) or 1.0
    reached = sum(weight[g] * arm.coverage[g][first] for g in arm.subgroups) / whole
    without = None
    if arm.control_coverage:
        without = sum(weight[g] * arm.control_coverage[g][first] for g in arm.subgroups) / whole
    return f"{_endpoint(q.endpoint)} {_after(q.endpoint)} {name(q, first)} {_compared(reached, without, ends)}"


def controls_in_words(solution: Solution) -> str:
    """What the arms are compared with: the control of most patients, then those of others; empty without one."""
    q = solution.question
    served = [g for arm in solution.arms for g in arm.subgroups]
    by_regimens: dict[str, list[str]] = {}
    for groups, sequence in controls(q, served):
        turns = [", ".join(name(q, one.agent) for one in sequence.get(s, ())) or "nothing" for s in q.epochs]
        told = ", then ".join(turn for k, turn in enumerate(turns) if k == 0 or turn != turns[k - 1])
        by_regimens.setdefault(told, []).extend(groups)
    found = sorted(by_regimens.items(), key=lambda one: -sum(q.shares[g] for g in one[1]))
    if not found:
        return ""
    others = [f"{listed_names(name(q, g) for g in groups)}: {told}" for told, groups in found[1:]]
    return "; ".join([found[0][0], *others])


def _told(solution: Solution, arm: SolvedArm, what: str) -> Mapping[str, float]:
    """Ends of an interval of an arm; empty where the record has none."""
    found = (solution.predicted or {}).get("arms", {}).get(arm.name, {}).get(what)
    return found if found is not None else {}


def _ends(ends: Mapping[str, float]) -> str:
    return f" ({whole_percent(ends['low'])}{TIE}to{TIE}{whole_percent(ends['high'])})" if ends else ""


def _compared(reached: float, without: float | None, ends: tuple[str, str]) -> str:
    text = f"{whole_percent(reached)}{TIE}%{ends[0]}"
    return text if without is None else f"{text}, control {whole_percent(without)}{TIE}%{ends[1]}"


def _endpoint(endpoint: str) -> str:
    return {"mrd": "MRD negativity"}.get(endpoint, "response")


def _after(endpoint: str) -> str:
    return "after" if endpoint == "mrd" else "to"


def size_in_words(arm: SolvedArm) -> str:
    """Patients, controls and months of recruitment; empty for an arm without a size."""
    size = arm.size
    if size is None:
        return ""
    months = "" if size.accrual_months is None else f" in {size.accrual_months:.0f}{TIE}months"
    if size.component_arms:
        left = listed(f"without {part.without}" for part in size.component_arms)
        family = f"as many in each of {len(size.component_arms)} component arms ({left})"
        if len(size.component_arms) == 1:
            family = f"as many in a component arm ({left})"
        return f"{size.own_patients:,}{TIE}patients, {family}, {size.control_patients:,}{TIE}controls{months}"
    return f"{size.patients:,}{TIE}patients and {size.control_patients:,}{TIE}controls{months}"


def limits_in_words(solution: Solution, arm: SolvedArm, named: int = NAMED_LIMITS) -> str:
    """The toxicity limits that the arm is close to; how many are `named` beside their number."""
    q = solution.question
    found = closest(solution).items()
    near = [(epoch, category, cell) for (who, epoch, category), cell in found if who == arm.name and cell.binding]
    if not near:
        return "" if not (q.limits or q.cumulative_limits) else "near no limit"
    told = [
        f"{event(name(q, category))} {_when(q, epoch)} ({_against(cell.risk, cell.limit)})"
        for epoch, category, cell in near
    ]
    if not named:
        return f"near {len(told)}{TIE}limit{'s' * (len(told) > 1)}"
    more = f" and {len(told) - named} more" if len(told) > named else ""
    return f"near a limit: {', '.join(told[:named])}{more}"


def _when(question: Question, epoch: str) -> str:
    return f"in {name(question, epoch)}" if epoch else "over all epochs"


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
    less = f", less {q.toxicity_weight:g} per severe event" if q.toxicity_weight else ""
    means = f"Value {value:.3f}: share of disease covered{less}"
    if solution.gap is None:
        return f"not proven to be the best. {means}"
    if solution.ending == "optimal":
        best = "best" if solution.gap < 1e-6 else f"best to {gap_percent(solution.gap).replace(' ', TIE)}"
        return f"proven {best}. {means}"
    stop = solution.ending.replace("_", " ")
    return f"stopped ({stop}): a design could be up to {gap_percent(solution.gap).replace(' ', TIE)} better. {means}"


def rests_in_words(solution: Solution) -> str:
    """How many of the rows behind the arms were read in a source, recalled or assumed."""
    counts = solution.question.confidence
    whole = sum(counts.get(kind, 0) for kind in ("read", "recalled", "assumed", "unstated"))
    if not whole:
        return "tables that do not say where their numbers are from"
    parts = {"read": "read", "recalled": "recalled", "assumed": "assumed", "unstated": "do not say"}
    told = [f"{whole_percent(counts[k] / whole)}{TIE}% {words}" for k, words in parts.items() if counts.get(k)]
    between = "; (a to b) holds 90 % of new trials" if solution.predicted else ""
    return f"{whole:,} rows: {', '.join(told)}{between.replace('90 %', f'90{TIE}%')}"


def next_in_words(solution: Solution) -> str:
    """The best of the other designs: what it loses and does otherwise; empty where the run did not see it."""
    details, design, q = solution.provenance.get("details", {}), solution.design, solution.question
    said = []
    if equal := designs_of_this_value(solution):
        others = int(equal.removeprefix("at least ")) - 1
        least = "at least " if equal.startswith("at least") else ""
        said.append(f"{least}{others} more {'is' if others == 1 else 'are'} worth as much (trialopt alternatives)")
    try:
        found = details["next_best"]
        if "loses" in found:
            ask = f"trialopt alternatives {q.name} -k 2 names it"
            return "; ".join([*said, f"more than {part_of_value(solution, found['loses'])} worse ({ask})"])
        loss, other = float(found["loss"]), design_from(found["arms"])
        told = [] if design is None else changes_in_words(q, design, other)
    except (KeyError, TypeError, ValueError, AttributeError):  # details are free, and a hand may have edited them
        return "; ".join(said)
    return "; ".join([*said, worse(solution, loss, told)])


def part_of_value(solution: Solution, loss: float) -> str:
    """A loss as a part of the value: `0.4 %`, `under 0.1 %`."""
    share = loss / max(abs(solution.value or 0.0), 1e-9)
    return f"{100 * share:.1f}{TIE}%" if share >= 5e-4 else f"under 0.1{TIE}%"


def changes_in_words(question: Question, first: Design, other: Design) -> list[str]:
    """What another design does differently, agents by name; doses only where they are all that differs."""

    def agent(dose: Dose) -> str:
        return name(question, dose.agent)

    def level(new: Dose, old: Dose) -> str:
        return f"{agent(new)} at {amount(question, new) or new.level}"

    return differences(first, other, Naming(agent, partial(name, question), level))


def worse(solution: Solution, loss: float, changes: Sequence[str]) -> str:
    """A loss of value as a part of it, and what changes, as far as two lines hold it: `0.4 % worse: ...`."""
    kept = list(changes[:1])
    while len(kept) < len(changes) and sum(map(len, kept)) + len(changes[len(kept)]) < ROOM:
        kept.append(changes[len(kept)])
    more = len(changes) - len(kept)
    return f"{part_of_value(solution, loss)} worse: {'; '.join(kept)}{f'; and {more} more' if more else ''}"


def new_in_words(solution: Solution) -> str:
    """Pairs of agents that no regimen of the library has; empty where nothing can be said."""
    q, found = solution.question, [arm.precedent for arm in solution.arms]
    if not any(found):
        return ""
    pairs = dict.fromkeys(pair for of_arm in found for at in of_arm.values() for pair in at.novel)
    if not pairs:
        return "nothing: every pair of agents was given together before"
    told = [" with ".join(name(q, agent) for agent in pair) for pair in pairs]
    more = f" and {counted} more" if (counted := len(told) - NAMED_PAIRS) > 0 else ""
    where = library_in_words([at for of_arm in found for at in of_arm.values()])
    return f"{', '.join(told[:NAMED_PAIRS])}{more}: {where}"
