"""The tables of the documents: headings in words, cells as text, the same on the page and in the protocol section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from trialopt.core.design import Dose
from trialopt.output import look_views, short_views
from trialopt.output.report.sentences import dose, listed, regimen
from trialopt.output.views import TIE, Grid, drawn
from trialopt.output.voices import Words
from trialopt.record.controls import controls
from trialopt.record.limit_words import listed_names
from trialopt.record.rows import rows as rows_of
from trialopt.record.solution import Solution
from trialopt.record.words import (
    MEASURES,
    duration,
    gap_percent,
    heading,
    method_in_words,
    name,
    objective,
    percent,
)


def question(solution: Solution) -> Grid:
    """What was asked."""
    q = solution.question
    epochs = (f"{heading(q, s)} ({_cycles(q.cycles.get(s))}weight {percent(w)}{TIE}%)" for s, w in q.epochs.items())
    rows = [
        ("Trial", q.title or q.name),
        ("Endpoint", MEASURES.get(q.endpoint, q.endpoint)),
        ("Experimental arms", f"at most {q.max_arms}"),
        ("Epochs", "; ".join(epochs)),
        ("Resistance mechanisms", f"{len(q.mechanisms) - 1} listed"),
        ("Toxicity", f"{len(q.categories)} categories of grade 3 or worse events, {_limited(solution)} with a limit"),
    ]
    for title, control in named_controls(solution):
        given = (f"{heading(q, s)}: {regimen(q, doses)}" for s, doses in control.items())
        rows.append((title, "; ".join(given)))
    words = {"max_patients": "patients", "max_accrual_months": "months of recruitment an arm", "budget": "of cost"}
    words["max_study_months"] = "months to the final analysis of an arm"
    if q.trial_limits:
        rows.append(("Limits of the trial", listed(f"at most {v:,.0f} {words[k]}" for k, v in q.trial_limits.items())))
    return Grid("The question", ("", ""), tuple(rows))


def synopsis(solution: Solution) -> Grid:
    """One row an arm: who it serves, what it gives, how many patients; the control below."""
    q = solution.question
    sized = any(arm.size for arm in solution.arms)
    view = short_views.arms(solution).only(
        {"arm", "subgroups", *q.epochs, *(("patients", "control_patients") if sized else ("share",))}
    )
    grid = drawn(view, Words(q))
    rows = []
    for title, control in named_controls(solution):
        given = (regimen(q, control.get(s, ())) for s in q.epochs)
        rows.append((title, "the same subgroups, concurrently", *given, *(("", "") if sized else ("",))))
    return replace(grid, rows=(*grid.rows, *rows))


def named_controls(solution: Solution) -> Iterator[tuple[str, Mapping[str, tuple[Dose, ...]]]]:
    """The control, or each different one with the subgroups whose patients get it."""
    q = solution.question
    found = controls(q)
    for groups, control in found:
        yield f"Control of {listed_names(heading(q, g) for g in groups)}" if len(found) > 1 else "Control", control


def subgroups(solution: Solution) -> Grid:
    """One row a subgroup: who is one of it, its share of patients, and the arm that serves it."""
    q = solution.question
    arm_of = {g: arm.name for arm in solution.arms for g in arm.subgroups}
    rows = tuple(
        (heading(q, g), " ".join(q.definitions.get(g, "").split()), f"{percent(share)}{TIE}%", arm_of.get(g, "none"))
        for g, share in q.shares.items()
    )
    return Grid("Subgroups", ("Subgroup", "Who is one of it", "Share", "Arm"), rows, frozenset({2}))


def schedule(solution: Solution) -> Grid:
    """One row per arm and epoch: cycles, and every agent with its dose."""
    q = solution.question
    rows = []
    sequences: list[tuple[str, Mapping[str, Sequence[Dose]]]] = []
    sequences += [member for arm in solution.arms for member in arm.family]
    sequences += named_controls(solution)
    for title, sequence in sequences:
        start = 1.0
        for epoch in q.epochs:
            cycles = q.cycles.get(epoch)
            span = "" if cycles is None else _span(start, cycles)
            start += cycles or 0.0
            agents = "\n".join(dose(q, given) for given in sequence.get(epoch, ())) or "nothing"
            rows.append((title, heading(q, epoch), span, agents))
    return Grid("Schedule of regimens", ("Arm", "Epoch", "Cycles", "Agents and doses"), tuple(rows))


def precedent(solution: Solution) -> Grid:
    """One row a regimen: the nearest trial and what it gave, and pairs in no regimen known."""
    return drawn(short_views.precedent(solution), Words(solution.question))


def coverage(solution: Solution) -> Grid:
    """One row a subgroup: the arm that serves it, its coverage by epoch, and its weakest mechanism in each."""
    q = solution.question
    weak: dict[tuple[str, str], list[str]] = {}
    for row in rows_of(solution, "mechanism_coverage"):
        if row["weakest"]:
            weak.setdefault((row["subgroup"], row["epoch"]), []).append(
                f"{name(q, row['mechanism'])} ({percent(row['coverage'])}{TIE}%)"
            )
    rows = []
    for arm in solution.arms:
        for g in arm.subgroups:
            cells = [
                f"{percent(arm.coverage[g][s])}{TIE}%"
                + (f"; weakest: {listed(weak[g, s][:2])}" if (g, s) in weak else "")
                for s in q.epochs
            ]
            rows.append((arm.name, heading(q, g), *cells))
    heads = ("Arm", "Subgroup", *(heading(q, s) for s in q.epochs))
    return Grid("Coverage by subgroup and epoch", heads, tuple(rows))


def toxicity(solution: Solution) -> Grid:
    """One row per arm and category: risk against limit in the subgroup that comes closest, by epoch and over all."""
    note = (
        "Percent of patients, predicted of allowed, in the subgroup of the arm that comes closest to its limit. "
        "Marked: close to its limit, at least 90 % of it is used."
    )
    return replace(drawn(short_views.toxicity(solution).telling(), Words(solution.question)), note=note)


def sizes(solution: Solution) -> Grid:
    """One row per arm and subgroup: patients, controls, and the power inside the subgroup alone."""
    return drawn(short_views.sizes(solution), Words(solution.question))


def analyses(solution: Solution) -> list[Grid]:
    """Analyses with their bounds, chances of stopping, averages, and the calendar; those that have rows."""
    views = (make(solution).telling() for make in look_views.VIEWS)
    return [drawn(view, Words(solution.question)) for view in views if view.rows]


def confidence(solution: Solution) -> Grid:
    """How many rows of the tables were read in a source, recalled, or assumed."""
    words = {
        "read": "read in the source named",
        "recalled": "recalled, source named but not read again",
        "assumed": "assumption",
        "unstated": "does not say",
    }
    counts = solution.question.confidence
    rows = tuple((words[kind], f"{counts.get(kind, 0):,}") for kind in words)
    note = ""
    if partly := counts.get("read_with_recalled_fields"):
        note = f"{partly:,} of the rows read have some recalled cells."
    return Grid("Rows of the instance's tables by confidence", ("Confidence", "Rows"), rows, frozenset({1}), note=note)


def certificate(solution: Solution) -> Grid:
    """Value, bound, gap, and what is needed to get them again."""
    q, made = solution.question, solution.provenance
    options = made.get("options") or {}
    asked = "; ".join(f"{key.replace('_', ' ')} {_plain(value)}" for key, value in options.items())
    rows = [
        ("Ending", solution.ending.replace("_", " ")),
        ("Value", objective(solution.value)),
        ("Bound", objective(solution.bound)),
        ("Gap", gap_percent(solution.gap)),
        ("Method", method_in_words(str(made.get("method", "")))),
        ("Asked for", asked),
        ("Time", duration(solution.seconds)),
        ("Versions", ", ".join(f"{key} {made[key]}" for key in ("trialopt", "pyomo", "highs") if key in made)),
        ("Instance", q.name),
        ("Digest of the instance (SHA-256)", q.sha256),
        ("Checked with", "trialopt verify RUN, which needs no solver: certificate.json in the run's folder"),
    ]
    return Grid("Method and certificate", ("", ""), tuple(rows))


def _limited(solution: Solution) -> int:
    q = solution.question
    limited = {c for by_epoch in q.limits.values() for by in by_epoch.values() for c in by}
    return len(limited | set(q.cumulative_limits))


def _cycles(cycles: float | None) -> str:
    return "" if cycles is None else f"{cycles:g} cycle{'' if cycles == 1 else 's'}, "


def _span(start: float, cycles: float) -> str:
    return f"{start:g} to {start + cycles - 1:g}" if cycles > 1 else f"{start:g}"


def _plain(value: object) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
