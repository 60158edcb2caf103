"""Tables of the page that help to explore a run: limits by subgroup, arms against the runners-up, what-ifs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from trialopt.core.design import Dose
from trialopt.decision.differences import Naming, differences
from trialopt.output.report.sentences import dose, regimen
from trialopt.output.stability_views import shade
from trialopt.output.views import TIE, Grid
from trialopt.record.rows import rows as rows_of
from trialopt.record.solution import Question, Solution
from trialopt.record.words import ENDINGS, heading, name, objective, percent, signed

if TYPE_CHECKING:
    from trialopt.decision.alternatives import Alternatives

HALF = 0.5
"""A limit of which less is used in every subgroup is left out."""

BESIDE = 4
"""Designs side by side."""


def limits_by_subgroup(solution: Solution) -> Grid:
    """One row a limit, one column a subgroup: how much of the limit its arm uses; those used by half somewhere."""
    q = solution.question
    groups = [g for arm in solution.arms for g in arm.subgroups]
    used: dict[tuple[str, str], dict[str, tuple[float, str, bool]]] = {}
    every = (*rows_of(solution, "risk"), *({**row, "epoch": ""} for row in rows_of(solution, "cumulative_risk")))
    for row in every:
        if row["limit"] is None or row["limit"] <= 0:
            continue
        text = f"{percent(row['risk'])}{TIE}/{TIE}{percent(row['limit'])}"
        cell = row["risk"] / row["limit"], text, bool(row["binding"])
        used.setdefault((row["category"], row["epoch"]), {})[row["subgroup"]] = cell
    shown = [key for key, by in used.items() if max(cell[0] for cell in by.values()) >= HALF]
    rows, heat, near = [], {}, set()
    for k, (category, epoch) in enumerate(shown):
        cells = []
        for n, g in enumerate(groups, start=2):
            share, text, binding = used[category, epoch].get(g, (-1.0, "", False))
            cells.append(text)
            if text:
                heat[k, n] = shade(min(share, 1.0))
            if binding:
                near.add((k, n))
        rows.append((heading(q, category), heading(q, epoch) if epoch else "All epochs", *cells))
    note = (
        "Percent of patients, predicted / allowed, in each subgroup under its arm; darker is closer to the limit, "
        "outlined from 90 % of it on. Limits of which no subgroup uses half are left out."
    )
    heads = ("Event", "Epoch", *(heading(q, g) for g in groups))
    numeric = frozenset(range(2, len(heads)))
    return Grid("Limits by subgroup", heads, tuple(rows), numeric, frozenset(), note, frozenset(near), heat)


def side_by_side(found: Alternatives, q: Question) -> Grid:
    """One row a subgroup and epoch, one column a design: what it gives there; marked where not as in the first."""
    items = found.items[:BESIDE]
    rows: list[tuple[str, ...]] = []
    differs: set[tuple[int, int]] = set()
    for g in q.shares:
        for s in q.epochs:
            given = [item.design.arm_of(g).sequence.get(s, ()) for item in items]
            differs |= {(len(rows), n) for n, doses in enumerate(given, start=2) if doses != given[0]}
            cells = [_given(q, doses, given[0]) for doses in given]
            rows.append((heading(q, g), heading(q, s), *cells))
    heads = ("Subgroup", "Epoch", "1, the best", *(f"{item.rank}" for item in items[1:]))
    note = "Marked: not what the best design gives; doses stand where only they differ."
    return Grid("The best designs side by side", heads, tuple(rows), note=note, emphasised=frozenset(differs))


def _given(q: Question, doses: Sequence[Dose], first: Sequence[Dose]) -> str:
    """Agents; with doses where only these differ from the first."""
    if doses != first and {one.agent for one in doses} == {one.agent for one in first}:
        return "\n".join(dose(q, one) for one in doses)
    return regimen(q, doses)


def whatifs(solution: Solution, found: Mapping[str, Solution]) -> Grid:
    """One row a what-if: what it is worth, and what its design does differently."""
    q = solution.question
    naming = Naming(lambda given: dose(q, given), lambda key: name(q, key))
    rows: list[tuple[str, str, str, str]] = []
    for label, changed in found.items():
        if changed.design is None or changed.value is None or solution.design is None or solution.value is None:
            rows.append((label.replace("_", " "), ENDINGS[changed.ending], "", ""))
            continue
        changes = differences(solution.design, changed.design, naming)
        worth = signed(changed.value - solution.value)
        rows.append((label.replace("_", " "), objective(changed.value), worth, "; ".join(changes) or "the same arms"))
    heads = ("What if", "Value", "Change", "What the best design does differently")
    return Grid("What-ifs computed for this run", heads, tuple(rows), frozenset({1, 2}))
