"""Sentences of the report, and its sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from trialopt.core.design import Dose
from trialopt.core.instance import SourceRow
from trialopt.evaluation.calendar import Calendar
from trialopt.output.doubts import doubts
from trialopt.record import parts as recorded
from trialopt.record.limit_words import listed_names
from trialopt.record.provenance import kind_of
from trialopt.record.solution import ArmSizing, Question, Solution, SolvedArm
from trialopt.record.words import ENDINGS, gap_percent, method_in_words, name, percent, ties, worded

# -- What a run says in whole sentences, the same on the page and in the protocol section. ------------------------

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


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
    served = "; ".join(f"{arm.name} for {listed_names(name(q, g) for g in arm.subgroups)}" for arm in solution.arms)
    patients = sum(s.patients + s.control_patients for s in sizes(solution))
    sized = f", with {patients:,} patients in all" if patients else ""
    extra = sum(len(arm.component_arms) for arm in solution.arms)
    components = f" and {counted(extra, 'component arm')}" if extra else ""
    first = f"Run {counted(len(solution.arms), 'experimental arm')}{components}{sized}: {served}."
    first += "".join(f" {text}." for text in doubts(solution))
    if solution.bound is None or solution.gap is None:
        return f"{first} No bound was proven, so a better design may exist."
    by = f"by more than {gap_percent(solution.gap).removeprefix('<')}" if solution.gap > 0 else "at all"
    if solution.ending == "optimal":
        equal = f" It is {said}." if (said := ties(solution)) else ""
        return f"{first} It is proven that no design that keeps the rules and limits is better {by}.{equal}"
    stop = ENDINGS[solution.ending]
    return (
        f"{first} The run was {stop} before the proof was complete: a better design may exist, though none that is "
        f"better {by}."
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
    effect, parts = size.effect, list[str]()
    said = worded(solution.question, str(arm.sizing.get("sentence", "")))
    compared = "MRD negativity" if solution.question.endpoint == "mrd" else "response"
    if said:
        parts.append(said.removesuffix("."))
        if size.events is not None:
            parts.append(f"It needs {size.events:.0f} events")
    elif effect.hazard_ratio is not None:
        parts.append(
            f"{arm.name} is compared with its concurrent control for progression-free survival. The predicted hazard "
            f"ratio is {effect.hazard_ratio:.3f}; the arm is sized for a hazard ratio of {effect.sized_for:.3f}"
        )
        if size.events is not None:
            parts[-1] += f", which needs {size.events:.0f} events"
    elif effect.p1 is not None and effect.p0 is not None:
        parts.append(
            f"{arm.name} is compared with its concurrent control for {compared}. The predicted rates are "
            f"{percent(effect.p1)} % and {percent(effect.p0)} %; the arm is sized for a difference of "
            f"{percent(effect.sized_for)} percentage points"
        )
    else:
        parts.append(f"{arm.name} is sized for an effect of {effect.sized_for:.3f}")
    give = f"{size.own_patients:,} experimental and {size.control_patients:,} control patients give a power of "
    give += f"{percent(size.power)} %"
    if not said:  # else the sentence has said level and method
        level = "" if size.alpha is None else f" at a one-sided level of {size.alpha:.4g}"
        give += f"{level}, by {method_in_words(size.method) or 'the formula of the record'}"
    parts.append(give)
    if size.inflation != 1.0:
        parts.append(f"The size is inflated by a factor of {size.inflation:.4f} for interim looks")
    if size.accrual_months is not None:
        parts.append(f"At the accrual rates assumed, recruitment takes {size.accrual_months:.1f} months")
    if arm.calendar is not None and len(arm.calendar.analyses) > 1:
        parts.append(looks_in_words(arm.calendar))
    text = ". ".join(parts) + "."
    contribution = arm.sizing.get("contribution", {}).get("sentence")
    return f"{text} {contribution}" if contribution else text


def looks_in_words(calendar: Calendar) -> str:
    """Where the interim looks stand and what they stop for."""
    *interim, _ = calendar.analyses
    when = listed(f"{percent(a.fraction)} %" for a in interim)
    futility = "" if interim[0].futility_z is None else " and for futility"
    unit = "events" if interim[0].events is not None else "responses"
    looks = f"{'An interim look' if len(interim) == 1 else counted(len(interim), 'interim look').capitalize()}"
    return f"{looks} at {when} of the {unit} may stop it for efficacy{futility}, with the bounds in the table"


def totals(solution: Solution) -> str:
    """Patients, months and cost of the whole trial against its limits."""
    words = {
        "patients": "{:,.0f} patients",
        "accrual_months": "{:,.1f} months of recruitment",
        "study_months": "{:,.1f} months to the last final analysis",
        "cost": "a cost of {:,.0f}",
    }
    parts = [
        words[t.what].format(t.total) + ("" if t.limit is None else f" (at most {t.limit:,.0f})")
        for t in recorded.totals(solution)
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


# -- Where the numbers behind a run come from: published sources, each once, with what rests on it. ---------------

ASSUMED = ("assum", "ours", "own ")
"""A source that starts so is no publication."""


@dataclass
class Source:
    """One source: the tables that use it, how many of their rows, and how sure those are."""

    text: str
    number: int
    rows: dict[str, int] = field(default_factory=dict)
    confidence: dict[str, int] = field(default_factory=dict)
    arms: list[str] = field(default_factory=list)
    """Arms whose numbers rest on it."""

    @property
    def used_in(self) -> str:
        """Tables and rows: `agents 3, toxicity 12`."""
        return ", ".join(f"{table} {rows}" for table, rows in self.rows.items())

    @property
    def sure(self) -> str:
        """Confidence of its rows: `read 3, recalled 2`."""
        return ", ".join(f"{kind} {rows}" for kind, rows in self.confidence.items())


def published(solution: Solution, *, of_design: bool = False) -> list[Source]:
    """Sources of the instance's tables that name a publication, by first appearance, numbered from 1.

    `of_design` leaves out the rows on which none of the arms' numbers rest.
    """
    rests = {arm.name: {_where(row) for row in arm.rests_on} for arm in solution.arms}
    used = set().union(*rests.values())
    found: dict[str, Source] = {}
    for row in solution.question.sources:
        if of_design and used and _where(row) not in used:
            continue
        for text in _parts(row.source):
            told = worded(solution.question, text) if text.startswith("fitted") else text
            source = found.setdefault(text, Source(told, len(found) + 1))
            table = row.table or row.file.removesuffix(".csv")
            source.rows[table] = source.rows.get(table, 0) + 1
            kind = kind_of(row)
            source.confidence[kind] = source.confidence.get(kind, 0) + 1
            source.arms += [arm for arm, rows in rests.items() if arm not in source.arms and _where(row) in rows]
    return list(found.values())


def _where(row: SourceRow) -> tuple[str, int, tuple[str, ...]]:
    return row.file, row.row, row.key


def _parts(text: str) -> Iterable[str]:
    """The source named in a cell, if it is one."""
    clean = " ".join(text.split())
    return () if not clean or clean.lower().startswith(ASSUMED) else (clean,)
