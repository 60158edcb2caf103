"""Section 10: hypotheses, analyses, interim analyses, sizes with their reasons, what simulation and doubt add."""

from __future__ import annotations

from trialopt.output import look_views, short_views, simulation_views
from trialopt.output.protocol.draft import Draft
from trialopt.output.protocol.objectives import summary_measure
from trialopt.output.protocol.paper import Cite, Inline, See
from trialopt.output.protocol.wording import comparisons, endpoint
from trialopt.output.report.sentences import listed, size_reason, sizes
from trialopt.output.under_truths import under_truths
from trialopt.output.views import Grid
from trialopt.record.parts import totals


def statistics(draft: Draft) -> None:
    """Section 10."""
    paper, study = draft.paper, draft.study
    paper.heading("Statistical Considerations", 1)
    paper.heading("General Considerations and Hypotheses", 2)
    if study.randomised:
        paper.paragraph("Each comparison tests one hypothesis, one-sided (", See("hypotheses"), ").")
        paper.table("hypotheses", _hypotheses(draft))
    else:
        paper.paragraph("No hypothesis is tested: the design was made without a power, and rates are described.")
    paper.heading("Analysis Sets", 2)
    paper.paragraph(
        "Efficacy is analysed in all patients as randomised or assigned, whatever they received; safety in all who "
        "received at least one dose, by what they received."
    )
    paper.heading("Analyses of the Primary Objectives", 2)
    _primary(draft)
    paper.heading("Safety Analyses", 2)
    paper.paragraph(
        "For each arm and cohort the share of patients with an event of grade 3 or worse is given by category and "
        "epoch with an exact interval, beside its limit (", See("limits") if _limited(draft) else "none is set", ").",
    )  # fmt: skip
    paper.heading("Interim Analyses", 2, "interim")
    _interim(draft)
    paper.heading("Multiplicity Adjustments", 2)
    paper.paragraph(_multiplicity(draft))
    paper.heading("Sample Size Determination", 2, "sizes")
    _sizes(draft)
    _simulated(draft)
    _doubt(draft)


def _limited(draft: Draft) -> bool:
    q = draft.question
    return bool(q.cumulative_limits) or any(by for s in q.limits.values() for by in s.values())


def _hypotheses(draft: Draft) -> Grid:
    study, pfs = draft.study, draft.study.endpoint == "pfs"
    alphas = {arm.name: arm.size for arm in draft.solution.arms}
    rows = []
    for one in comparisons(study):
        size = alphas[one.arm.code]
        part = next((p for p in size.components if p.arm == one.against.code), None) if size else None
        alpha = part.alpha if part else size.alpha if size else None
        a, b = one.arm.code, one.against.code
        null, other = (
            (f"HR({a}, {b}) \u2265 1", f"HR({a}, {b}) < 1") if pfs else (f"p({a}) \u2264 p({b})", f"p({a}) > p({b})")
        )
        rows.append((one.title, null, other, "" if alpha is None else f"{alpha:.4g}"))
    what = "HR: hazard ratio" if pfs else "p: rate"
    note = f"{what} of {endpoint(study)}; level: one-sided."
    heads = ("Comparison", "Null hypothesis", "Alternative", "Level")
    return Grid("Hypotheses", heads, tuple(rows), frozenset({3}), note=note)


METHOD_WORDS = {
    "stratified": "the difference in rates, averaged over cohorts with Mantel-Haenszel weights",
    "pooled_data": "the difference of two rates, all cohorts together",
    "exact": "Boschloo's exact test of two rates, all cohorts together",
}


def _primary(draft: Draft) -> None:
    paper, study = draft.paper, draft.study
    if not study.randomised:
        paper.paragraph(f"The rate of {endpoint(study)} is given by cohort with an exact interval of 95 %.")
        return
    basis = draft.solution.arms[0].sizing
    analysis = str(basis.get("analysis", ""))
    if study.endpoint == "pfs":
        paper.paragraph(
            "Each comparison uses the log-rank test stratified by cohort; the hazard ratio comes from a Cox model with "
            "the same strata. Patients without an event are censored at their last assessment.",
        )  # fmt: skip
    else:
        method = METHOD_WORDS.get(analysis, summary_measure(draft).lower())
        paper.paragraph(f"Each comparison uses {method} ", Cite((analysis,)), ". Patients without an assessment of "
                        "response count as having none.")  # fmt: skip
    paper.paragraph("The estimands are those of ", See("estimands"), "; sensitivity analyses follow their events.")
    paper.sponsor("sensitivity and supplementary analyses, and the handling of missing data beyond this.")


def _interim(draft: Draft) -> None:
    paper, solution = draft.paper, draft.solution
    if not look_views.has_looks(solution):
        paper.paragraph("No interim analysis for efficacy or futility is planned; safety is watched throughout.")
        return
    found = [
        (key, draft.grid(make(solution)))
        for key, make in (
            ("bounds", look_views.looks),
            ("stopping", look_views.stopping),
            ("expected", look_views.expected),
        )
    ]
    shown = [(key, grid) for key, grid in found if grid.rows]
    paper.paragraph(
        "Looks, their boundaries and the level they spend ", Cite(("spending",)), " are in ", See("bounds"),
        "; the chance of stopping and what the trial takes on average are in ", *_all([k for k, _ in shown[1:]]),
        ". Boundaries are computed again at the information that there is.",
    )  # fmt: skip
    for key, grid in shown:
        paper.table(key, Grid(grid.caption, grid.heads, grid.rows, grid.numeric, note=grid.note))


def _all(keys: list[str]) -> list[Inline]:
    parts: list[Inline] = []
    for k, key in enumerate(keys):
        parts += [*([" and " if k == len(keys) - 1 else ", "] if k else []), See(key)]
    return parts


def _multiplicity(draft: Draft) -> str:
    if not draft.study.randomised:
        return "None: nothing is tested."
    basis = draft.solution.arms[0].sizing
    if len(draft.solution.arms) == 1:
        text = "One arm is compared, so the level is not divided."
    elif basis.get("multiplicity") == "bonferroni":
        text = "The level of the trial is divided over the arms (Bonferroni); each has the level of its hypothesis."
    else:
        text = "The level is not divided: arms serve different patients and have controls of their own."
    if any(arm.component_arms for arm in draft.solution.arms):
        text += " An arm succeeds only where all of its comparisons do, so these need no adjustment."
    return text


def _sizes(draft: Draft) -> None:
    paper, solution = draft.paper, draft.solution
    if not sizes(solution):
        paper.paragraph("The design was made without a power, so the arms carry no patient numbers.")
        paper.sponsor("the numbers of patients and their justification.")
        return
    paper.paragraph(_in_all(draft), " Patients by cohort are in ", See("patients"), ".")
    for arm in solution.arms:
        method = (arm.size.method,) if arm.size is not None else ()
        cited = tuple(m for m in method if m in ("schoenfeld", "freedman", "lachin_foulkes", "rubinstein"))
        paper.bullet(size_reason(solution, arm), *((" ", Cite(cited)) if cited else ()))
    paper.table("patients", draft.grid(short_views.sizes(solution)))
    parts = short_views.components(solution)
    if parts.rows:
        paper.paragraph("What each agent has to show is in ", See("contribution"), ".")
        paper.table("contribution", draft.grid(parts))


def _in_all(draft: Draft) -> str:
    words = {"patients": "{:,.0f} patients", "accrual_months": "{:,.1f} months of recruitment",
             "study_months": "{:,.1f} months to the last final analysis"}  # fmt: skip
    told = [
        words[t.what].format(t.total) + ("" if t.limit is None else f" (at most {t.limit:,.0f} were allowed)")
        for t in totals(draft.solution)
        if t.total is not None and t.what in words
    ]
    return f"In all {listed(told)}."


def _simulated(draft: Draft) -> None:
    simulation = draft.solution.simulation
    if simulation is None:
        return
    paper = draft.paper
    found = list(enumerate(simulation_views.grids(simulation), start=1))
    paper.heading("Operating Characteristics by Simulation", 2)
    results = _all([f"play{k}" for k, _ in found])
    paper.paragraph(f"{simulation_views.sentence(simulation)} Results are in ", *results, ".")
    for k, grid in found:
        paper.table(f"play{k}", grid)


def _doubt(draft: Draft) -> None:
    told = under_truths(draft.solution)
    if told is None:
        return
    paper = draft.paper
    found = list(enumerate(told.tables, start=1))
    paper.heading("Uncertainty of the Assumptions", 2)
    results = _all([f"doubt{k}" for k, _ in found])
    paper.paragraph("What is uncertain was drawn many times over; results are in ", *results, ".")
    for line in told.sentences:
        if not line.startswith("The value"):
            paper.bullet(line)
    for k, grid in found:
        paper.table(f"doubt{k}", grid)


def of_value(draft: Draft) -> list[str]:
    """What many possible truths make of the value: for the appendix."""
    told = under_truths(draft.solution)
    return [] if told is None else [line for line in told.sentences if line.startswith("The value")]
