"""Section 4: the design, why it is as it is, when an arm stops or pauses, the calendar."""

from __future__ import annotations

from trialopt.output import look_views
from trialopt.output.doubts import doubts
from trialopt.output.protocol.citations import publications
from trialopt.output.protocol.draft import Draft, picture
from trialopt.output.protocol.monitoring import SURE, chance_of_pause, looks, pauses_at
from trialopt.output.protocol.paper import Cells, Cite, Inline, See
from trialopt.output.protocol.summary import overall
from trialopt.output.protocol.wording import KINDS, resting
from trialopt.output.views import TIE, Grid
from trialopt.record.words import heading, percent


def design(draft: Draft) -> None:
    """Section 4."""
    paper = draft.paper
    paper.heading("Trial Design", 1)
    paper.heading("Description of Trial Design", 2)
    paper.paragraph(overall(draft), " The schema is ", See("schema"), "; the arms are in ", See("arms"), ".")
    paper.heading("Rationale for Trial Design", 2)
    paper.paragraph(
        "Cohorts, regimens, doses and sequence were chosen together by exact optimisation: of all designs that keep "
        "the rules of combination and the safety limits, this one covers most of the disease, over the mechanisms of "
        "resistance and the epochs of treatment; how sure that is, is in section ", See("certificate"), ". ",
        See("evidence"), " lists the publications that its predictions rest on.",
    )  # fmt: skip
    grid, cells = _evidence(draft)
    paper.table("evidence", grid, cells)
    for text in doubts(draft.solution):
        paper.paragraph(f"A caution: {text}.")
    paper.sponsor("the choice of the comparator, and the rationale for the endpoint.")
    paper.heading("Trial Stopping Rules", 2, "stopping")
    _stopping(draft)
    paper.heading("Start of Trial and End of Trial", 2)
    _calendar(draft)
    paper.heading("Access to Trial Intervention After End of Trial", 2)
    paper.sponsor("who goes on with treatment after the end of the trial.")


def _evidence(draft: Draft) -> tuple[Grid, Cells]:
    """One row a kind of prediction, one column an arm: the publications."""
    names = [arm.name for arm in draft.solution.arms]
    rows: list[tuple[str, ...]] = []
    cells: dict[tuple[int, int], tuple[Inline, ...]] = {}
    for kind in KINDS:
        found = {arm: resting(draft.solution, kind, [arm]) for arm in names}
        if any(found.values()):
            for k, arm in enumerate(names, start=1):
                cells[len(rows), k] = _told(found[arm])
            rows.append((kind, *("[00, 00–00]" * 3 for _ in names)))
    note = "Numbers without a publication are assumptions or fits; the run's record names every one."
    if not rows:
        rows = [("All predictions", *("assumptions" for _ in names))]
    return Grid("Publications that the predictions rest on", ("Prediction", *names), tuple(rows), note=note), cells


def _told(cells: tuple[str, ...]) -> tuple[Inline, ...]:
    """Citations of the cells that name publications; else what their numbers are."""
    if any(map(publications, cells)):
        return (Cite(cells),)
    return ("models fitted to trials",) if any(text.startswith("fitted") for text in cells) else ("assumptions",)


# -- Stopping. ----------------------------------------------------------------------------------------------------


def _stopping(draft: Draft) -> None:
    paper = draft.paper
    limits = _limits(draft)
    if not limits.rows:
        paper.paragraph("The design sets no limit on severe events.")
        paper.sponsor("a rule for stopping on safety.")
        return
    paper.paragraph(
        "An arm is acceptable in a cohort while no more than the share of patients in ", See("limits"),
        " have at least one event of grade 3 or worse. A safety board watches these limits: after each number of "
        "patients treated in a cohort of an arm, it pauses recruitment there when the number of patients with the "
        "event reaches that in ", See("monitoring"), f", which is when the rate is above its limit with a probability "
        f"of at least {100 * SURE:.0f} % ", Cite(("monitoring",)),
        ". The prior counts as one patient with its mean at the limit; prior, probability and steps are a proposal.",
    )  # fmt: skip
    paper.table("limits", limits)
    paper.table("monitoring", _monitoring(draft))
    if look_views.has_looks(draft.solution):
        paper.paragraph("Rules for efficacy and futility are in section ", See("interim"), ".")


def _limits(draft: Draft) -> Grid:
    """One row a category: the limits of each cohort by epoch, and over all epochs."""
    q = draft.question
    served = [g for arm in draft.solution.arms for g in arm.subgroups]
    table = {c: [_by_epoch(draft, g, c) for g in served] for c in q.categories}
    told = {c: cells for c, cells in table.items() if any(cells) or c in q.cumulative_limits}
    alike = all(len(set(cells)) == 1 for cells in told.values())
    whole = [c for c in told if c in q.cumulative_limits]
    over = ("All epochs",) if whole else ()
    rows = tuple(
        (
            heading(q, c),
            *(cells[:1] if alike else cells),
            *((percent(q.cumulative_limits[c]).removesuffix(".0") if c in whole else "",) if over else ()),
        )
        for c, cells in told.items()
    )
    heads = ("Event", *(("All cohorts",) if alike else tuple(heading(q, g) for g in served)), *over)
    epochs = "/".join(heading(q, s) for s in q.epochs)
    cells = [cell for row in rows for cell in row[1:]]
    note = "Percent of patients, at most."
    note += f" Where limits differ by epoch: {epochs}." if any("/" in cell for cell in cells) else ""
    note += " An empty cell has no limit." if "" in cells else ""
    return Grid("Limits on severe events by cohort", heads, rows, frozenset(range(1, len(heads))), note=note)


def _by_epoch(draft: Draft, subgroup: str, category: str) -> str:
    q = draft.question
    found = [q.limits.get(subgroup, {}).get(s, {}).get(category) for s in q.epochs]
    told = ["-" if limit is None else percent(limit).removesuffix(".0") for limit in found]
    if set(told) == {"-"}:
        return ""
    return told[0] if len(set(told)) == 1 else "/".join(told)


def _monitoring(draft: Draft) -> Grid:
    """One row a limit: events that pause after so many patients, and the chance of a pause."""
    q = draft.question
    served = [(g, arm) for arm in draft.solution.arms for g in arm.subgroups]
    every = {limit for g, _ in served for by in q.limits.get(g, {}).values() for limit in by.values()}
    every |= set(q.cumulative_limits.values())
    cells = [c.experimental for arm in draft.solution.arms if arm.size for c in arm.size.allocation.values()]
    at = looks(max(cells, default=40))
    rows = []
    for limit in sorted(round(limit, 6) for limit in every):
        stops = [pauses_at(limit, n) for n in at]
        chances = (chance_of_pause(limit, rate, at) for rate in (limit, min(1.0, 1.5 * limit)))
        rows.append(
            (
                f"{percent(limit).removesuffix('.0')}{TIE}%",
                *("-" if stop is None else str(stop) for stop in stops),
                *(f"{100 * chance:.0f}{TIE}%" for chance in chances),
            )
        )
    heads = ("Limit", *(f"{n} patients" for n in at), "Pause at limit", "Pause half above")
    note = (
        "Patients with the event that pause recruitment. Last columns: chance of any pause by these looks where the "
        "true rate is at the limit, and where it is half above it; exact."
    )
    return Grid("Monitoring rule for severe events", heads, tuple(rows), frozenset(range(1, len(heads))), note=note)


# -- Calendar. ----------------------------------------------------------------------------------------------------


def _calendar(draft: Draft) -> None:
    paper, solution = draft.paper, draft.solution
    milestones = draft.grid(look_views.milestones(solution))
    start = draft.study.facts.get("start_date")
    said = f"The first patient is planned for {start}. " if start else ""
    if milestones.rows:
        paper.paragraph(
            f"{said}Months are counted from the first patient; they rest on the accrual rates assumed. Milestones are "
            "in ", See("calendar"), ", drawn in ", See("accrual"), ". The trial ends with the final analysis of the "
            "last arm.",
        )  # fmt: skip
        paper.table("calendar", Grid("Study calendar", milestones.heads, milestones.rows, milestones.numeric,
                                     note=milestones.note))  # fmt: skip
        paper.figure("accrual", picture(solution, "calendar"), "Accrual, analyses and what is known by then.")
    elif said:
        paper.paragraph(said.strip())
    if not start:
        paper.sponsor("the date of the first patient.")
    if not milestones.rows:
        paper.sponsor("accrual rates and the end of the trial.")
