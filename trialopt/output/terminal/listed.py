"""What an instance holds, and lists of designs: runners-up and fronts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from rich.console import RenderableType
from rich.text import Text

from trialopt.core.instance import Instance
from trialopt.decision.alternatives import Alternative, Alternatives
from trialopt.decision.frontier import Frontier, FrontierPoint, price_text
from trialopt.output.terminal.console import grid
from trialopt.output.views import printable
from trialopt.output.voices import Screen
from trialopt.record.make import confidence_counts
from trialopt.record.solution import Question
from trialopt.record.words import heading, lost, objective, worded

# -- What an instance holds: counts of everything, and where its rows come from. ----------------------------------


def instance_parts(instance: Instance, width: int) -> Iterator[RenderableType]:
    """Draw the counts of an instance and the confidence of its rows, table by table."""
    yield Text(f"{printable(instance.title)} ({instance.name})\n", style="bold")
    yield grid(("", "count", ""), _counts(instance), width, right=["count"])
    yield ""
    heads = ("table", "rows", "read", "recalled", "assumed", "unstated")
    tables = dict.fromkeys(row.file for row in instance.sources)
    rows = []
    for file in [*tables, None]:
        own = [row for row in instance.sources if file in (row.file, None)]
        counts = confidence_counts(own)
        rows.append((file or "all", str(len(own)), *(str(counts[kind]) for kind in heads[2:])))
    yield grid(heads, rows, width, right=heads[1:], sections=[len(rows) - 2])
    partly = confidence_counts(instance.sources)["read_with_recalled_fields"]
    yield f"\n{partly} of the rows read have some recalled cells\n"
    if instance.inputs:
        files = [(printable(f.name), "yes" if f.used else "no", printable(f.why)) for f in instance.inputs]
        yield grid(("file", "used", "as what, or why not"), files, width)
        yield ""


def _counts(instance: Instance) -> list[tuple[str, str, str]]:
    i, rules = instance, instance.rules
    family = {
        "one_per_class": len(rules.one_per_class),
        "not_together": len(rules.not_together),
        "requires": len(rules.requires) + len(rules.requires_in),
        "precedent": int(rules.precedent),
        "alone": len(rules.alone),
        "once": len(rules.once),
        "not_after": len(rules.not_after),
        "include": len(rules.include) + len(rules.include_in),
        "exclude": len(rules.exclude) + len(rules.exclude_in),
        "contraindicated": len(rules.contraindicated),
        "same_arm": len(rules.same_arm),
        "apart": len(rules.apart),
        "no_harm": int(i.trial.no_harm),
    }
    limits = int((i.limit < 1).any(axis=(0, 2)).sum()) if i.limit.size else 0
    required = int(((i.min_active > 0) | (i.min_coverage == i.min_coverage)).sum())
    return [
        ("epochs", str(len(i.epochs)), ", ".join(i.epochs)),
        ("subgroups", str(len(i.subgroups)), ", ".join(i.subgroups)),
        ("agents", str(len(i.agents)), f"{len(i.option_level)} options with dose levels"),
        ("classes", str(len(i.classes)), ", ".join(i.classes)),
        ("mechanisms", str(len(i.mechanisms) - 1), f"{required} with a coverage requirement"),
        ("categories", str(len(i.categories)), f"{limits} with a limit in an epoch"),
        ("emergence rows", str(len(i.emergence_mechanism)), ""),
        ("interacting pairs", str(len(i.pair_agents)), ""),
        ("precedents", str(len(rules.precedents)), "pairs given together in people"),
        ("rules", str(sum(family.values())), ", ".join(f"{n} {name}" for name, n in family.items() if n)),
        ("most arms", str(i.trial.max_arms), "sized" if i.trial.sized else "without sizing"),
    ]


# -- Lists of designs on a page: the runners-up, and fronts. ------------------------------------------------------


UNITS = {
    "patients": "patients and controls of all arms",
    "arms": "arms",
    "burden": "severe events a patient, log scale, weighted by shares, epochs and reach",
    "budget": "cost of the agents for all patients and controls, in the currency of the instance",
}
"""What the numbers of an axis mean."""

ALL = 40
"""Longer fronts are thinned on a page, to about half as many rows; files and data frames have every point."""


def alternatives_parts(found: Alternatives, question: Question, width: int) -> Iterator[RenderableType]:
    """All parts of a list of alternatives for a page of `width` characters."""
    yield _title(found.instance, "the best designs")
    yield f"{found.sentence}\n"
    if not found.items:
        return
    yield _arms("best", found.items[0], question, width)
    yield ""
    frame = found.frame
    sized = frame["patients"].notna().any()
    heads = ["rank", "value", "loss", *(["patients"] if sized else []), "differs from the best"]
    rows = []
    for item, row in zip(found.items, frame.to_dict("records"), strict=True):
        loss = "-" if item.rank == 1 else lost(item.loss)
        size = [str(item.patients)] if sized else []
        rows.append([str(item.rank), objective(row["value"]), loss, *size, _said(question, item.differs)])
    yield grid(heads, rows, width, right=heads[:-1], lines=True)
    yield ""


def frontier_parts(found: Frontier, question: Question, width: int) -> Iterator[RenderableType]:
    """All parts of a front for a page of `width` characters."""
    against = found.against
    yield _title(found.instance, f"value against {against}")
    yield f"{found.sentence}\n"
    if not found.points:
        return
    yield _arms("first", found.points[0], question, width)
    yield ""
    yield _whole(found, question, width) if len(found.points) <= ALL else _thinned(found, width)
    yield ""
    if len(found.points) > ALL:
        yield f"Only some of the {len(found.points)} designs are shown; --out writes all, and in what they differ.\n"
    if len(found.points) > 1:
        yield _arms("last", found.points[-1], question, width)
        yield ""
    yield f"{against}: {UNITS[against]}\n"


def _whole(found: Frontier, question: Question, width: int) -> RenderableType:
    heads = (found.against, "value", "saves", "loses", "differs from the row above")
    rows = [
        (*_numbers(point, before, found.against), _said(question, point.differs))
        for before, point in pairwise((None, *found.points))
        if point is not None
    ]
    return grid(heads, rows, width, right=heads[:-1], lines=True)


def _thinned(found: Frontier, width: int) -> RenderableType:
    """Draw evenly chosen points, first and last among them, with what a step from the row above saves and loses."""
    step = -(-len(found.points) // (ALL // 2))
    drawn = (*found.points[:-1:step], found.points[-1])
    heads = (found.against, "value", "saves", "loses")
    rows = [_numbers(point, before, found.against) for before, point in pairwise((None, *drawn)) if point is not None]
    return grid(heads, rows, width, right=heads)


def _numbers(point: FrontierPoint, before: FrontierPoint | None, against: str) -> tuple[str, ...]:
    saves = "-" if before is None else price_text(before.price - point.price, against)
    loses = "-" if before is None else lost(before.value - point.value)
    return price_text(point.price, against), objective(point.value), saves, loses


def _arms(head: str, of: Alternative | FrontierPoint, question: Question, width: int) -> RenderableType:
    """Draw the arms of a design, one agent a line."""
    arms = of.design.arms
    epochs, voice = list(arms[0].sequence), Screen(question)
    rows = [
        (
            arm.name,
            voice.named("ids", arm.subgroups),
            *(voice.named("regimen", arm.sequence.get(epoch, ())) for epoch in epochs),
        )
        for arm in arms
    ]
    return grid((head, "subgroups", *(heading(question, s) for s in epochs)), rows, width, lines=len(rows) > 1)


def _said(question: Question, differs: Iterable[str]) -> str:
    """What a design does differently, a line each."""
    return "\n".join(worded(question, text) for text in differs) or "-"


def _title(instance: dict[str, str], what: str) -> Text:
    return Text(f"{instance['title'] or instance['name']} ({instance['name']}): {what}\n", style="bold")
