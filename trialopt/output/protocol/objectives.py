"""Sections 2 and 3: purpose, benefits and risks as predicted, objectives and their estimands."""

from __future__ import annotations

from trialopt.output import short_views
from trialopt.output.protocol.citations import publications
from trialopt.output.protocol.draft import Draft
from trialopt.output.protocol.paper import Cite, Inline, See
from trialopt.output.protocol.wording import (
    comparisons,
    endpoint,
    indication,
    resting,
)
from trialopt.output.report.sentences import listed
from trialopt.output.study.plan import CRITERIA, ENDPOINTS
from trialopt.output.views import TIE, Grid
from trialopt.record.rows import closest
from trialopt.record.words import heading, name, percent


def introduction(draft: Draft) -> None:
    """Section 2."""
    paper, study = draft.paper, draft.study
    paper.heading("Introduction", 1)
    paper.heading("Purpose of Trial", 2)
    asked = f"improves on a concurrent control in {endpoint(study)}"
    if not study.randomised:
        asked = f"is active, by {endpoint(study)}, and tolerable"
    paper.paragraph(
        f"Patients with {indication(study)} differ in what drives their disease and in what they can tolerate. The "
        f"trial asks, cohort by cohort, whether the treatment chosen for it {asked}."
    )
    paper.sponsor("the medical background and the need for the trial.")
    paper.heading("Assessment of Risks and Benefits", 2)
    paper.paragraph(
        "Benefit. ", See("predicted"), " gives what is predicted for each cohort, from ",
        *_from(draft, "Activity of agents and combinations"),
        "; predictions of a chosen design are optimistic, which the sizes allow for where they say so.",
    )  # fmt: skip
    paper.table("predicted", _predicted(draft))
    paper.paragraph(
        "Risk. ", See("risks"), " sets the predicted share of patients with at least one event of grade 3 or worse ",
        Cite(("ctcae",)), " against its limit, from ", *_from(draft, "Severe toxicity"), ".",
    )  # fmt: skip
    paper.table("risks", _risks(draft))
    _precedent(draft)


def _from(draft: Draft, kind: str) -> tuple[Inline, ...]:
    """What numbers of a kind come from: publications where any is named, models fitted to trials, assumptions."""
    told = resting(draft.solution, kind)
    fitted = " and models fitted to published trials" if any(text.startswith("fitted") for text in told) else ""
    if any(map(publications, told)):
        return "published rates ", Cite(told), fitted
    return (fitted.removeprefix(" and ") or "assumptions",)


def _risks(draft: Draft) -> Grid:
    """One row a category, one column an arm: the risk that is closest to its limit, and where that is."""
    q, found = draft.question, closest(draft.solution)
    names = [arm.name for arm in draft.solution.arms]
    rows: list[tuple[str, ...]] = []
    near: set[tuple[int, int]] = set()
    for category in q.categories:
        cells = []
        for k, arm in enumerate(names, start=1):
            own = [(c, epoch) for (a, epoch, kind), c in found.items() if (a, kind) == (arm, category) and c.limit > 0]
            if not own:
                cells.append("")
                continue
            one, epoch = max(own, key=lambda pair: pair[0].risk / pair[0].limit)
            when = heading(q, epoch).lower() if epoch else "all epochs"
            cells.append(f"{percent(one.risk)} of {percent(one.limit)} ({when})")
            if one.binding:
                near.add((len(rows), k))
        if any(cells):
            rows.append((heading(q, category), *cells))
    rows = rows or [("no limit is set", *("" for _ in names))]
    note = (
        "Percent of patients, predicted of allowed, in the cohort and epoch of the arm that come closest to the limit. "
        "Shaded: at least 90 % of the limit is used."
    )
    title = "Predicted severe events against their limits"
    return Grid(title, ("Event", *names), tuple(rows), note=note, emphasised=frozenset(near))


def _predicted(draft: Draft) -> Grid:
    """One row an arm and cohort: the rate predicted with the arm, and with the control where there is one."""
    q = draft.question
    first = next(iter(q.epochs))
    measure = "MRD negativity" if draft.study.endpoint == "mrd" else "Response"
    rows = []
    controlled = any(arm.control_coverage or arm.sizing.get("strata") for arm in draft.solution.arms)
    for arm in draft.solution.arms:
        strata = {s["subgroup"]: s for s in arm.sizing.get("strata", ())}
        for g in arm.subgroups:
            told = strata.get(g, {})
            mine = told.get("predicted", arm.coverage[g][first])
            other = told.get("p0", arm.control_coverage.get(g, {}).get(first))
            control = ("" if other is None else f"{percent(other)}{TIE}%",) if controlled else ()
            rows.append((arm.name, heading(q, g), f"{percent(mine)}{TIE}%", *control))
    heads = ("Arm", "Cohort", f"{measure}, predicted", *(("Control",) if controlled else ()))
    return Grid("Predicted rates by cohort", heads, tuple(rows), frozenset(range(2, len(heads))),
                note=f"{measure} in {name(q, first)}.")  # fmt: skip


def _precedent(draft: Draft) -> None:
    paper = draft.paper
    grid = draft.grid(short_views.precedent(draft.solution))
    if not grid.rows:
        return
    told = tuple(f.source for arm in draft.solution.arms for f in arm.precedent.values() if f.source)
    paper.paragraph(
        "Experience. ", See("precedent"), " names the nearest trial in which each regimen was given ", Cite(told), "."
    )
    paper.table("precedent", grid)


def objectives(draft: Draft) -> None:
    """Section 3."""
    paper, study = draft.paper, draft.study
    paper.heading("Trial Objectives and Associated Estimands", 1)
    paper.heading("Primary Objectives and Associated Estimands", 2)
    if study.randomised:
        paper.paragraph(
            "Each comparison has one primary objective and one estimand (", See("objectives"), "); the attributes that "
            "all of them share are in ", See("estimands"), ", in the terms of ICH E9(R1) ", Cite(("ich e9 r1",)),
            ". Response and progression are those of the International Myeloma Working Group (IMWG) ", Cite(("imwg",)),
            ". Strategies for intercurrent events are proposed; the sponsor confirms them with the authorities.",
        )  # fmt: skip
        paper.table("objectives", _objectives(draft))
        paper.table("estimands", _attributes(draft))
    else:
        paper.paragraph(
            f"To describe {endpoint(study)} in each cohort. No power was asked for: nothing is compared, and no "
            "estimand of a comparison is defined."
        )
    paper.heading("Secondary and Exploratory Objectives", 2)
    paper.sponsor(
        "secondary and exploratory objectives with their estimands, such as survival, duration of response and "
        "quality of life; sizes and treatment do not depend on them."
    )


def _objectives(draft: Draft) -> Grid:
    study = draft.study
    rows = [
        (
            one.title,
            f"To show that {one.arm.code} is better than {one.against.code} in {endpoint(study)}",
            f"{one.arm.title}, against {one.against.title}",
            f"Patients randomised in {_cohorts(study.names_of(one.arm))}",
        )
        for one in comparisons(study)
    ]
    heads = ("Comparison", "Objective", "Treatment", "Population")
    title = "Primary objectives, with treatment and population of their estimands"
    return Grid(title, heads, tuple(rows), note="Treatment: doses and schedules are in section 6.")


def _cohorts(names: list[str]) -> str:
    return f"the cohort{'' if len(names) == 1 else 's'} {listed(names)}"


def _attributes(draft: Draft) -> Grid:
    study = draft.study
    variable = f"{ENDPOINTS.get(study.endpoint, endpoint(study))}: {CRITERIA.get(study.endpoint, '')}{_read(draft)}"
    events = EVENTS["pfs" if study.endpoint == "pfs" else ""]
    rows = [
        ("Variable", variable),
        *((f"Intercurrent event: {event}", strategy) for event, strategy in events),
        ("Population-level summary", summary_measure(draft)),
    ]
    return Grid("Attributes that all estimands share", ("Attribute", "Definition"), tuple(rows))


def _read(draft: Draft) -> str:
    epoch = draft.solution.arms[0].sizing.get("endpoint_epoch")
    return f", in {name(draft.question, str(epoch))}" if epoch else ""


def summary_measure(draft: Draft) -> str:
    """Of a comparison, in words."""
    analysis = draft.solution.arms[0].sizing.get("analysis")
    if draft.study.endpoint == "pfs":
        return "Hazard ratio, stratified by cohort, with the median times as description"
    by = (
        ", averaged over cohorts with Mantel-Haenszel weights" if analysis == "stratified" else ", all cohorts together"
    )
    return f"Difference in rates{by}"


EVENTS = {
    "": (
        ("treatment stopped early", "treatment policy: the best response counts whether or not treatment goes on"),
        ("other treatment of the disease before a response", "composite: counts as no response"),
        ("death or progression before a response", "composite: counts as no response"),
    ),
    "pfs": (
        ("treatment stopped early", "treatment policy: followed until progression or death"),
        ("other treatment before progression", "treatment policy; in a sensitivity analysis censored at its start"),
        ("death", "composite: part of the endpoint"),
    ),
}
"""Intercurrent events with the strategy proposed, of a response and of a time to event."""
