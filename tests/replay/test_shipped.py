"""The verdict of every shipped instance with a design, as docs/replay.md shows it (`many`; UPDATE_GOLDEN=1 writes)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

import trialopt
from tests.replay.page import held, part
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.decision.verdict import Verdict
from trialopt.evaluation import evaluate

SHIPPED = (
    *("ndmm_frail", "ndmm_transplant_eligible", "rrmm_early_relapse", "rrmm_early_relapse_sized"),
    *("rrmm_early_relapse_pfs", "biomarker_umbrella", "rrmm_triple_class"),
)
HEADS = (
    *("instance", "designs", "response", "MRD", "PFS 24", "no severe event", "events"),
    *("PFS 24 at carry 0", "at 0.5", "at 1"),
)
CARRIES = (0.0, 0.5, 1.0)
CARRIED = ((5, 0.0), (6, 0.5), (7, 1.0))
"""Place in a row of the table, and carry."""
SOME = 20
"""Random designs that a rank correlation needs to say something."""


@dataclass(frozen=True)
class Shown:
    """One instance, the design recommended for it, and what was played."""

    instance: Instance
    design: Design
    found: Verdict


@pytest.mark.many
def test_the_page_shows_the_verdict_of_every_shipped_instance():
    shown = {}
    for name in SHIPPED:
        instance = trialopt.read(trialopt.find(name))
        design = trialopt.solve(instance).design
        assert design is not None
        found = trialopt.virtual_trial(instance, design, others=100, patients=150, trials=40)
        shown[name] = Shown(instance, design, found)
    hold(shown)


def hold(shown: Mapping[str, Shown]) -> None:
    """Hold the verdict on the page against what was played, or write it."""
    told = list(ranks(shown))
    for name, one in shown.items():
        told += ["", f"### {name}", "", *(f"* {sentence}" for sentence in one.found.sentences)]
    held("verdict", told)


def ranks(shown: Mapping[str, Shown]) -> Iterator[str]:
    """Rank correlations as a table."""
    yield "| " + " | ".join(HEADS) + " |"
    yield "|" + "---|" * len(HEADS)
    for name, one in shown.items():
        found = one.found
        for kind in ("all", "random"):
            some = [found.rank(outcome, designs=kind) for outcome in ("response", "mrd", "pfs_24", "severe")]
            some.append(found.rank("severe events, promised against played", designs=kind))
            some += [found.rank("pfs_24", f"carry_{carry:g}", kind) for carry in CARRIES]
            row = found.ranks[found.ranks["designs"] == kind]["n"]
            if len(row):
                yield "| " + " | ".join([name, f"{int(row.iloc[0])} {kind}", *(f"{r:.2f}" for r in some)]) + " |"


@pytest.mark.many
def test_the_page_says_what_all_of_them_teach():
    """Order from the table of the page; promises of later epochs from the recommended designs, played again."""
    held("taught", [*order(), *later(recommended())])


def test_what_the_table_teaches_is_what_the_page_says():
    said = part("taught")
    assert list(order()) == said[: len(said) - 1]


def recommended() -> dict[str, Shown]:
    """The design of every shipped instance, played without others beside it."""
    shown = {}
    for name in SHIPPED:
        instance = trialopt.read(trialopt.find(name))
        design = trialopt.solve(instance).design
        assert design is not None
        shown[name] = Shown(
            instance, design, trialopt.virtual_trial(instance, design, others=0, patients=150, trials=2)
        )
    return shown


def order() -> Iterator[str]:
    """What the ranks on the page say of `carry`, and of responses that do not last."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part("verdict") if line.startswith("| ")]
    table = [(row[0], int(row[1].split()[0]), row[1].split()[1], list(map(float, row[2:]))) for row in rows[1:]]
    for kind in ("all", "random"):
        some = [(name, cells) for name, n, of, cells in table if of == kind and n >= SOME]
        told = ", ".join(f"{np.mean([cells[k] for _, cells in some]):.2f} at carry {c:g}" for k, c in CARRIED)
        yield f"* Order in PFS at 24 months, {kind} designs, mean rank correlation: {told}."
        response, lasting = (float(np.mean([cells[k] for _, cells in some])) for k in (0, 2))
        more = [name for name, cells in some if cells[0] - cells[2] > 0.15]
        yield (
            f"* Value follows responses ({response:.2f}) and PFS at 24 months ({lasting:.2f}), {kind} designs; "
            f"responses more, by over 0.15, in {len(more)} of {len(some)}{': ' if more else ''}{', '.join(more)}."
        )


def later(shown: Mapping[str, Shown]) -> Iterator[str]:
    """What later epochs of the recommended designs promise at each carry, and keep."""
    rows = [(c, *gap) for c in CARRIES for one in shown.values() for gap in gaps(one, c)]
    told = ", ".join(
        f"{100 * np.mean([abs(p - q) for k, p, q in rows if k == c]):.0f} points off at carry {c:g} "
        f"({100 * np.mean([p - q for k, p, q in rows if k == c]):+.0f} on average)"
        for c in CARRIES
    )
    cells = len(rows) // len(CARRIES)
    of = f"{cells} cells (subgroup and epoch) of the recommended designs"
    yield f"* Coverage promised in later epochs, {of}: {told}."


def gaps(one: Shown, carry: float) -> Iterator[tuple[float, float]]:
    """Coverage promised at a carry, and responses played, of the later epochs of a design."""
    i = replace(one.instance, trial=replace(one.instance.trial, power=None, carry=carry), truths=None, uncertainty=None)
    covered = one.found.promised[one.found.promised["what"] == "coverage"]
    played = {(row["subgroup"], row["epoch"]): row["played"] for _, row in covered.iterrows()}
    for arm in evaluate(i, one.design).arms:
        for k, subgroup in enumerate(arm.arm.subgroups):
            for s, epoch in enumerate(i.epochs):
                if s > 0:
                    yield float(arm.coverage[k, s]), float(played[subgroup, epoch])
