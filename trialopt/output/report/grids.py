"""The tables of the documents: headings in words, cells as text, the same on the page and in the protocol section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trialopt.core.design import Dose
from trialopt.output.report.sentences import ENDPOINTS, dose, listed, regimen
from trialopt.record.rows import closest
from trialopt.record.solution import Solution
from trialopt.record.words import duration, gap_percent, heading, method_in_words, name, objective, percent

TIE = "\u00a0"
"""A space that holds a number and what follows it on one line."""


@dataclass(frozen=True)
class Grid:
    """One table: what it shows, its heads, its rows of text. `numeric` columns stand to the right."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    marked: frozenset[int] = frozenset()
    """Rows that a reader should not miss."""
    note: str = ""
    emphasised: frozenset[tuple[int, int]] = field(default=frozenset())
    """Cells (row, column) that a reader should not miss."""


def question(solution: Solution) -> Grid:
    """What was asked."""
    q = solution.question
    epochs = (f"{heading(q, s)} ({_cycles(q.cycles.get(s))}weight {percent(w)}{TIE}%)" for s, w in q.epochs.items())
    rows = [
        ("Trial", q.title or q.name),
        ("Endpoint", ENDPOINTS.get(q.endpoint, q.endpoint)),
        ("Experimental arms", f"at most {q.max_arms}"),
        ("Epochs", "; ".join(epochs)),
        ("Resistance mechanisms", f"{len(q.mechanisms) - 1} listed"),
        ("Toxicity", f"{len(q.categories)} categories of grade 3 or worse events, {_limited(solution)} with a limit"),
    ]
    if q.control is not None:
        control = (f"{heading(q, s)}: {regimen(q, doses)}" for s, doses in q.control.items())
        rows.append(("Control", "; ".join(control)))
    words = {"max_patients": "patients", "max_accrual_months": "months of recruitment an arm", "budget": "of cost"}
    if q.trial_limits:
        rows.append(("Limits of the trial", listed(f"at most {v:,.0f} {words[k]}" for k, v in q.trial_limits.items())))
    return Grid("The question", ("", ""), tuple(rows))


def synopsis(solution: Solution) -> Grid:
    """One row an arm: who it serves, what it gives, how many patients."""
    q = solution.question
    sized = any(arm.size for arm in solution.arms)
    heads = [
        "Arm",
        "Subgroups",
        *(heading(q, s) for s in q.epochs),
        *(("Patients", "Control") if sized else ("Share",)),
    ]
    rows = []
    for arm in solution.arms:
        served = "; ".join(heading(q, g) for g in arm.subgroups)
        given = (regimen(q, arm.sequence.get(s, ())) for s in q.epochs)
        if sized:
            size = arm.size
            last: tuple[str, ...] = ("", "") if size is None else (f"{size.patients:,}", f"{size.control_patients:,}")
        else:
            last = (f"{percent(sum(q.shares[g] for g in arm.subgroups))}{TIE}%",)
        rows.append((arm.name, served, *given, *last))
    if q.control is not None:
        given = (regimen(q, q.control.get(s, ())) for s in q.epochs)
        rows.append(("Control", "the same subgroups, concurrently", *given, *(("", "") if sized else ("",))))
    numeric = frozenset(range(2 + len(q.epochs), len(heads)))
    return Grid("Synopsis of the arms", tuple(heads), tuple(rows), numeric)


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
    sequences: list[tuple[str, Mapping[str, Sequence[Dose]]]] = [(arm.name, arm.sequence) for arm in solution.arms]
    if q.control is not None:
        sequences.append(("Control", q.control))
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
    """One row per arm and epoch: the nearest trial, what of the regimen it gave, and pairs never given together."""
    q = solution.question
    rows = []
    for arm in solution.arms:
        for epoch, found in arm.precedent.items():
            given = " + ".join(name(q, agent) for agent in found.given) or "nothing"
            beside = f"; beside {listed(name(q, agent) for agent in found.others)}" if found.others else ""
            novel = "; ".join(f"{name(q, a)} + {name(q, b)}" for a, b in found.novel) or "none"
            rows.append((arm.name, heading(q, epoch), found.trial or "none named", given + beside, novel))
    heads = ("Arm", "Epoch", "Nearest trial", "Gave of this regimen", "Pairs never given together")
    return Grid("Given in people before", heads, tuple(rows))


def coverage(solution: Solution) -> Grid:
    """One row a subgroup: the arm that serves it, its coverage by epoch, and its weakest mechanism in each."""
    q = solution.question
    frame = solution.tables.mechanism_coverage
    weak: dict[tuple[str, str], list[str]] = {}
    for row in frame[frame["weakest"]].to_dict("records"):
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
    q = solution.question
    near = closest(solution)
    columns = [s for s in (*q.epochs, "") if any(key[1] == s for key in near)]
    rows: list[tuple[str, ...]] = []
    marked: set[tuple[int, int]] = set()
    for arm in solution.arms:
        categories = [c for c in q.categories if any((arm.name, s, c) in near for s in columns)]
        for category in categories:
            cells = []
            for column, s in enumerate(columns, start=2):
                row = near.get((arm.name, s, category))
                cells.append("" if row is None else f"{percent(row.risk)} of {percent(row.limit)}".replace(" ", TIE))
                if row is not None and row.binding:
                    marked.add((len(rows), column))
                    cells[-1] += f" ({name(q, row.subgroup)})" if len(arm.subgroups) > 1 else ""
            rows.append((arm.name, heading(q, category), *cells))
    heads = ("Arm", "Event of grade 3 or worse", *(heading(q, s) if s else "All epochs" for s in columns))
    note = (
        "Percent of patients, predicted of allowed, in the subgroup of the arm that comes closest to its limit. "
        "Marked: close to its limit, at least 90 % of it is used."
    )
    return Grid("Toxicity limits", heads, tuple(rows), note=note, emphasised=frozenset(marked))


def sizes(solution: Solution) -> Grid:
    """One row per arm and subgroup: patients, controls, and the power inside the subgroup alone."""
    q = solution.question
    rows = []
    for arm in solution.arms:
        if arm.size is None:
            continue
        for k, (g, cell) in enumerate(arm.size.allocation.items()):
            inside = arm.size.power_by_subgroup.get(g)
            power = "" if inside is None else f"{percent(inside)}{TIE}%"
            title = arm.name if k == 0 else ""
            rows.append((title, heading(q, g), f"{cell.experimental:,}", f"{cell.control:,}", power))
        rows.append(("", f"All of {arm.name}", f"{arm.size.patients:,}", f"{arm.size.control_patients:,}",
                     f"{percent(arm.size.power)}{TIE}%"))  # fmt: skip
    heads = ("Arm", "Subgroup", "Experimental", "Control", "Power")
    note = "Power of a subgroup: inside it alone, for the effect sized for."
    marked = frozenset(k for k, row in enumerate(rows) if row[1].startswith("All of "))
    return Grid("Patients by arm and subgroup", heads, tuple(rows), frozenset({2, 3, 4}), marked, note)


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
