"""Section 1, and the lines above it: what identifies the trial, synopsis, schema, schedule of activities."""

from __future__ import annotations

from collections.abc import Iterator

from trialopt.output.formats import ReportError
from trialopt.output.protocol.draft import Draft
from trialopt.output.protocol.paper import Cite, See
from trialopt.output.protocol.wording import (
    allocation,
    components,
    doses,
    endpoint,
    experimental,
    indication,
    regimens,
    stretches,
    with_cycles,
)
from trialopt.output.report.sentences import counted, listed, sizes
from trialopt.output.study.plan import StudyArm
from trialopt.output.views import Grid
from trialopt.record.limit_words import listed_names
from trialopt.record.parts import totals

PHASE_WORDS = {"open": "open label", "single": "single blind", "double": "double blind"}

IDENTITY = {
    "Sponsor": "sponsor",
    "Sponsor's address": "sponsor_address",
    "Protocol number": "protocol_id",
    "Registry number": "identifier",
    "Phase": "phase",
    "Blinding": "blinding",
    "Date of approval": "approval_date",
    "First patient planned": "start_date",
    "Contact": "contact",
}
"""Line of the front table -> its key in `[registration]`."""


def front(draft: Draft) -> None:
    """Title, what the section is, what identifies the trial, and the contents."""
    from docx.enum.text import WD_BREAK

    paper = draft.paper
    paper.paragraph(draft.study.title, style="Title")
    paper.paragraph(
        "Draft sections of a clinical trial protocol, in the order of the ICH M11 template ", Cite(("ich m11",)),
        ". Research use only; not medical advice. Lines with a bar at the left are for the sponsor to complete; what "
        "identifies the trial is in ", See("identity"), ".", style="Subtitle",
    )  # fmt: skip
    facts = draft.study.facts
    rows = [
        ("Title", draft.study.title),
        *((line, draft.fact(key)) for line, key in IDENTITY.items() if facts.get(key)),
    ]
    if lacking := [line[:1].lower() + line[1:] for line, key in IDENTITY.items() if not facts.get(key)]:
        rows.append(("To be completed by the sponsor", listed(lacking)))
    paper.table("identity", Grid("Trial identification", ("Item", "Entry"), tuple(rows)))
    paper.contents()
    draft.paper.document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def summary(draft: Draft) -> None:
    """Section 1."""
    paper = draft.paper
    paper.heading("Protocol Summary", 1)
    paper.heading("Protocol Synopsis", 2)
    paper.paragraph("The trial at a glance is in ", See("synopsis"), ", its arms in ", See("arms"), ".")
    paper.table("synopsis", Grid("Protocol synopsis", ("Item", "Summary"), tuple(_synopsis(draft))))
    paper.table("arms", arms(draft))
    paper.heading("Trial Schema", 2)
    paper.paragraph(_schema_words(draft), " ", See("schema"), " shows it.")
    paper.figure("schema", _schema(draft), "Trial schema.", _schema_words(draft))
    paper.heading("Schedule of Activities", 2)
    paper.paragraph(
        "Visits in ", See("activities"), " follow the cycles of treatment; doses and their days are in ", See("doses"),
        ". Visits and windows are a proposal.",
    )  # fmt: skip
    paper.table("activities", _activities(draft))
    paper.sponsor("laboratory tests, imaging, samples, patient-reported outcomes, and the windows of visits.")


def overall(draft: Draft) -> str:
    """The design in a sentence or two."""
    study = draft.study
    arms, randomised = experimental(study), study.randomised
    extra = sum(len(components(study, arm)) for arm in arms)
    parts = f" and {counted(extra, 'component arm')}" if extra else ""
    kind = "Randomised, controlled" if randomised else "Non-randomised"
    several = len(arms) > 1
    text = f"{kind} trial with {counted(len(arms), 'experimental arm')}{parts}, "
    text += "each for its own cohorts" if several else f"for {counted(len(study.cohorts), 'cohort')}"
    if not randomised:
        return f"{text}. No power was asked for, so the arms carry no patient numbers and no control."
    ratios = list(dict.fromkeys(allocation(study, arm) for arm in arms))
    against = "each randomised against a concurrent control of the same cohorts" if several else (
        "randomised against a concurrent control"
    )  # fmt: skip
    blind = draft.study.facts.get("blinding")
    said = f" {PHASE_WORDS.get(str(blind), str(blind)).capitalize()}." if blind else ""
    return f"{text} and {against}, {' and '.join(ratios)}.{said}"


def _synopsis(draft: Draft) -> Iterator[tuple[str, str]]:
    study, q = draft.study, draft.question
    arms = experimental(study)
    compared = "its control" if len(arms) == 1 else "their controls"
    yield "Phase", draft.fact("phase")
    yield "Indication", indication(study)
    if study.randomised:
        yield "Primary objective", f"To compare {endpoint(study)} between {listed(a.code for a in arms)} and {compared}"
    yield "Primary endpoint", endpoint(study)
    yield "Overall design", overall(draft)
    yield (
        "Population",
        f"Patients with {indication(study)} in {counted(len(study.cohorts), 'cohort')}: "
        + listed_names(cohort.name for cohort in study.cohorts),
    )
    for arm in arms:
        yield f"Arm {arm.code}", f"{regimens(study, arm)} (for {listed_names(study.names_of(arm))})"
    given: dict[str, list[StudyArm]] = {}
    for control in (arm for arm in study.arms if arm.control):
        given.setdefault(regimens(study, control), []).append(control)
    for regimen, alike in given.items():
        yield "Control" if len(given) == 1 else f"Control {listed(arm.code for arm in alike)}", regimen
    if study.randomised:
        yield (
            "Sample size",
            f"{study.patients or 0:,} patients: " + listed(f"{arm.total or 0:,} in {arm.code}" for arm in study.arms),
        )
        size = sizes(draft.solution)[0]
        level = "" if size.alpha is None else f" at a one-sided level of {size.alpha:.4g}"
        yield "Power", f"at least {min(100 * s.power for s in sizes(draft.solution)):.0f} % in each arm{level}"
        yield "Interim analyses", _looks(draft)
        months = [t.total for t in totals(draft.solution) if t.what == "accrual_months" and t.total is not None]
        yield "Duration of recruitment", f"{months[0]:.1f} months in the slowest arm" if months else draft.fact("")
    limited = sum(1 for c in q.categories if any(c in by for s in q.limits.values() for by in s.values()))
    yield (
        "Safety limits",
        f"{counted(limited, 'category')} of severe events with a limit, watched by a rule".replace(
            "categorys", "categories"
        ),
    )


def _looks(draft: Draft) -> str:
    counts = {len(arm.calendar.analyses) - 1 for arm in draft.solution.arms if arm.calendar is not None}
    most = max(counts, default=0)
    return f"{counted(most, 'interim analysis').replace('analysiss', 'analyses')} an arm" if most else "none planned"


def arms(draft: Draft) -> Grid:
    """One row an arm of the comparison, its control below it."""
    study = draft.study
    sized = study.randomised
    heads = ("Arm", "Role", "Cohorts", *study.epochs.values(), *(("Patients",) if sized else ()))
    rows = []
    for arm in study.arms:
        role = "Control" if arm.control else f"Without {arm.without}" if arm.without else "Experimental"
        told = "as its arm" if arm.control or arm.without else "; ".join(study.names_of(arm))
        count = ("" if arm.total is None else f"{arm.total:,}",) if sized else ()
        rows.append((arm.code, role, told, *map(arm.agents, study.epochs), *count))
    numeric = frozenset({len(heads) - 1}) if sized else frozenset[int]()
    return Grid("Arms of the trial and their treatment", heads, tuple(rows), numeric)


# -- Schema. ------------------------------------------------------------------------------------------------------


def _schema_words(draft: Draft) -> str:
    study = draft.study
    if not study.randomised:
        return "Patients are assigned to the arm of their cohort."
    several = any(len(arm.cohorts) > 1 for arm in experimental(study))
    strata = ", stratified by cohort where an arm has several," if several else ""
    return (
        f"After screening a patient belongs to one cohort, which decides the comparison; within it patients are "
        f"randomised{strata} to the experimental arm or its control."
    )


def _schema(draft: Draft) -> bytes:
    try:
        from trialopt.output.figures.trial_schema import Block, Lane, trial_schema
    except ImportError:
        raise ReportError("Word files need matplotlib: pip install 'trialopt[word]'") from None
    study = draft.study

    def lane(arm: StudyArm) -> Lane:
        count = "" if arm.total is None else f", {arm.total:,} patients"
        role = " (control)" if arm.control else f" (without {arm.without})" if arm.without else ""
        epochs = (f"{with_cycles(study, epochs)}: {doses(given)}" for epochs, given in stretches(arm))
        return Lane(f"{arm.code}{role}{count}", tuple(epochs), arm.control)

    blocks = []
    for arm in experimental(study):
        control = [one for one in study.arms if one.control and one.against == arm.code]
        members = (arm, *components(study, arm), *control)
        ratio = allocation(study, arm) if study.randomised else ""
        strata = "stratified by cohort" if len(arm.cohorts) > 1 and ratio else ""
        blocks.append(Block(tuple(study.names_of(arm)), ratio, strata, tuple(map(lane, members))))
    followed = "until progression or death" if study.endpoint == "pfs" else "response, progression, survival"
    return trial_schema(blocks, followed).png(dpi=220)


# -- Schedule of activities. --------------------------------------------------------------------------------------


def _activities(draft: Draft) -> Grid:
    study = draft.study
    epochs = [with_cycles(study, [s]) for s in study.epochs]
    heads = ("Activity", "Screening", *epochs, "End of treatment", "Follow-up")
    given, none = ["X"] * len(epochs), [""] * len(epochs)
    cycle = ["each cycle"] * len(epochs)
    rows = [
        ("Informed consent, eligibility, cohort", "X", *none, "", ""),
        *([("Randomisation", "X", *none, "", "")] if study.randomised else []),
        ("Study treatment", "", *given, "", ""),
        ("Adverse events, vital signs, blood counts, chemistry", "X", *cycle, "X", ""),
        ("Response by IMWG criteria", "X", *cycle, "X", "until progression"),
        *([("Minimal residual disease", "", *none[1:], "end of epoch", "", "")] if study.endpoint == "mrd" else []),
        ("Further treatment, survival", "", *none, "", "X"),
    ]
    return Grid("Schedule of activities", heads, tuple(rows), note="Each cycle: on its first day, before treatment.")
