"""Sections 5 and 6: population by cohort, treatment with doses and their changes, assignment to the arms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from trialopt.core.design import Dose
from trialopt.output.protocol.draft import Draft
from trialopt.output.protocol.paper import Cite, See
from trialopt.output.protocol.wording import allocation, components, experimental, indication, resting
from trialopt.output.report.sentences import listed
from trialopt.output.study.plan import Given, Study
from trialopt.output.study.plan import given as told_of
from trialopt.output.views import TIE, Grid
from trialopt.record.words import percent

UNSET = "to be set"


def population(draft: Draft) -> None:
    """Section 5."""
    paper, study = draft.paper, draft.study
    paper.heading("Trial Population", 1)
    paper.heading("Description of Trial Population and Rationale", 2)
    paper.paragraph(
        f"Patients with {indication(study)}, in the cohorts of ", See("cohorts"),
        "; a patient belongs to exactly one. Shares, definitions and rates of the cohorts are from ",
        Cite(resting(draft.solution, "Cohorts, control rates and treatment duration")), " where they are published.",
    )  # fmt: skip
    paper.table("cohorts", _cohorts(draft))
    paper.heading("Inclusion Criteria", 2)
    bounds = (("minimum_age", "at least"), ("maximum_age", "at most"))
    ages = [f"{words} {study.facts[key]} years" for key, words in bounds if study.facts.get(key)]
    sex = {"female": "Female patients", "male": "Male patients"}.get(str(study.facts.get("sex")), "Patients")
    paper.bullet(f"{sex} with {indication(study)}{', ' + ' and '.join(ages) + ' of age' if ages else ''}.")
    for cohort in study.cohorts:
        paper.bullet(f"For cohort {cohort.name}: {cohort.definition or 'as the sponsor defines it'}.")
    paper.sponsor("age, performance status, measurable disease, organ function, prior treatment and consent.")
    paper.heading("Exclusion Criteria", 2)
    paper.sponsor("contraindications of each agent by its label, pregnancy, and other exclusions.")


def _cohorts(draft: Draft) -> Grid:
    study, q = draft.study, draft.question
    rates = {g: n for arm in draft.solution.arms if arm.calendar is not None for g, n in arm.calendar.per_month.items()}
    sized = study.randomised
    rows = []
    for cohort in study.cohorts:
        arm = next(one for one in experimental(study) if cohort.id in one.cohorts)
        counts = [
            f"{(one.patients or {}).get(cohort.id, 0):,}"
            for one in study.arms
            if one.code in (arm.code, arm.against) or one in components(study, arm)
        ]
        rate = (f"{rates[cohort.id]:g}" if cohort.id in rates else "",) if rates else ()
        more = (" + ".join(counts), *rate) if sized else ()
        share = f"{percent(q.shares[cohort.id])}{TIE}%"
        rows.append((cohort.name, cohort.definition or UNSET, share, arm.code, *more))
    heads = ("Cohort", "Who belongs to it", "Share of patients", "Arm")
    heads += ("Patients, arm + control", *(("Patients a month",) if rates else ())) if sized else ()
    note = "Patients a month: accrual rate assumed." if rates else ""
    return Grid("Cohorts", heads, tuple(rows), frozenset({2, *range(4, len(heads))}), note=note)


def treatment(draft: Draft) -> None:
    """Section 6."""
    paper, study = draft.paper, draft.study
    paper.heading("Trial Intervention and Concomitant Therapy", 1)
    paper.heading("Overview of Trial Interventions", 2)
    paper.paragraph(
        "What each arm gives in each epoch is in ", See("arms"), ", with doses, route and days in ", See("doses"),
        ". Doses and schedules are those of ", Cite(resting(draft.solution, "Doses and schedules")),
        " where they are published. Treatment stops at progression or unacceptable toxicity.",
    )  # fmt: skip
    paper.heading("Dose and Schedule", 2)
    paper.table("doses", _doses(draft))
    paper.heading("Dose Modification", 2)
    changes = _changes(draft)
    paper.paragraph(
        "An agent is reduced by one level of ", See("changes"), " after an event of grade 3 or worse that is "
        "attributed to it and has recovered to grade 1 or less, and stopped below the lowest; where its label asks for "
        "more, the label holds. The rule is a proposal.",
    )  # fmt: skip
    paper.table("changes", changes)
    paper.sponsor("rules by event, delays, supportive treatment, and the handling of overdose.")
    paper.heading("Assignment to Arms, Randomisation and Blinding", 2)
    _assignment(draft)
    paper.heading("Concomitant Therapy", 2)
    paper.sponsor(f"therapy that is allowed and that is not, for {listed(study.agents)}.")


def _doses(draft: Draft) -> Grid:
    """One row per agent and dose: amount, route, days, and where it is given."""
    rows = []
    for one, places in _given_where(draft.study).items():
        amount = UNSET if one.amount is None else f"{one.amount:g}"
        cell = one.kind == "cell_therapy"
        days = re.sub(r",\s*", ", ", one.days) or ("once" if cell else UNSET)
        cycle = f"{one.cycle_days}" if one.cycle_days else ("none" if cell else UNSET)
        rows.append((one.agent, one.dose or UNSET, amount, one.unit or UNSET, one.route or UNSET, days, cycle,
                     _places(places)))  # fmt: skip
    heads = ("Agent", "Dose in words", "Amount", "Unit", "Route", "Days", "Cycle, days", "Given in")
    note = "Amount: of one administration, at full dose after any step-up. Days are those of the cycle."
    return Grid("Doses and schedules", heads, tuple(rows), frozenset({2, 6}), note=note)


def _given_where(study: Study) -> dict[Given, list[str]]:
    """Each dose, whoever of an arm is given it -> where: `A1 induction`."""
    found: dict[Given, list[str]] = {}
    for arm in study.arms:
        for epoch, regimen in arm.given.items():
            for one in regimen or ():
                found.setdefault(replace(one, only=()), []).append(f"{arm.code} {study.epochs[epoch].lower()}")
    first = [one.agent for one in found]
    return dict(sorted(found.items(), key=lambda pair: first.index(pair[0].agent)))


def _places(places: list[str]) -> str:
    """`A1 induction, maintenance; C1 induction`."""
    arms: dict[str, list[str]] = {}
    for place in places:
        arm, _, epoch = place.partition(" ")
        arms.setdefault(arm, []).append(epoch)
    told: dict[str, list[str]] = {}
    for arm, epochs in arms.items():
        told.setdefault(", ".join(epochs), []).append(arm)
    return "; ".join(f"{', '.join(arms)}: {epochs}" for epochs, arms in told.items())


def _changes(draft: Draft) -> Grid:
    """One row per agent and dose given: the lower doses that the tables have."""
    rows = []
    for one in _given_where(draft.study):
        lower = "; ".join(text.dose for text in _lower(draft, one))
        if one.kind == "cell_therapy":
            lower = "given once; not reduced"
        rows.append((one.agent, one.dose or UNSET, lower or "none in the tables of the design; by its label"))
    return Grid("Dose levels for reductions", ("Agent", "Dose given", "Lower levels"), tuple(rows))


def _lower(draft: Draft, one: Given) -> Iterator[Given]:
    """Doses of the same agent in the same unit that are smaller, the largest first."""
    q = draft.question
    names = {told_of(q, Dose(agent)).agent: agent for agent in (q.kinds or q.labels)}
    agent = names.get(one.agent, "")
    levels = [told_of(q, Dose(agent, key.partition("@")[2])) for key in q.dosing if key.partition("@")[0] == agent]
    smaller = [x for x in levels if x.amount is not None and one.amount is not None and x.unit == one.unit and
               x.amount < one.amount]  # fmt: skip
    yield from sorted(smaller, key=lambda x: -(x.amount or 0.0))


def _assignment(draft: Draft) -> None:
    paper, study = draft.paper, draft.study
    arms = experimental(study)
    if not study.randomised:
        paper.paragraph("Patients are assigned to the arm of their cohort; nobody is randomised.")
    else:
        ratios = "; ".join(
            f"{listed(one.code for one in (arm, *components(study, arm)))} and {arm.against} {allocation(study, arm)}"
            for arm in arms
        )
        strata = (
            "stratified by cohort" if any(len(arm.cohorts) > 1 for arm in arms) else "within the cohort of each arm"
        )
        paper.paragraph(
            "Patients are randomised centrally after confirmation of their cohort, in permuted blocks of random "
            f"length, {strata}: {ratios}. Patients of one comparison are never randomised to another (",
            See("schema"), ").",
        )  # fmt: skip
    blinding = study.facts.get("blinding")
    if blinding:
        paper.paragraph(
            "The trial is open label." if blinding == "open" else f"Blinding is {blinding}: see the pharmacy manual."
        )
    else:
        paper.sponsor("blinding, and who keeps the list of allocations.")
