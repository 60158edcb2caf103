"""The verdict of every shipped instance with a design, as docs/replay.md shows it (`many`; UPDATE_GOLDEN=1 writes)."""

from __future__ import annotations

import pytest

import trialopt
from tests.replay.page import held

SHIPPED = (
    *("ndmm_frail", "ndmm_transplant_eligible", "rrmm_early_relapse", "rrmm_early_relapse_sized"),
    *("biomarker_umbrella", "rrmm_triple_class"),
)
HEADS = ("instance", "designs", "response", "MRD", "PFS 24", "no severe event", "events", "PFS 24 at carry 0.5", "at 1")


@pytest.mark.many
def test_the_page_shows_the_verdict_of_every_shipped_instance():
    table = ["| " + " | ".join(HEADS) + " |", "|" + "---|" * len(HEADS)]
    told = []
    for name in SHIPPED:
        instance = trialopt.read(trialopt.find(name))
        design = trialopt.solve(instance).design
        assert design is not None
        found = trialopt.virtual_trial(instance, design, others=100, patients=150, trials=40)
        for kind in ("all", "random"):
            ranks = [found.rank(outcome, designs=kind) for outcome in ("response", "mrd", "pfs_24", "severe")]
            ranks.append(found.rank("severe events, promised against played", designs=kind))
            ranks += [found.rank("pfs_24", f"carry_{carry}", kind) for carry in ("0.5", "1")]
            n = int(found.ranks[found.ranks["designs"] == kind]["n"].iloc[0])
            table.append("| " + " | ".join([name, f"{n} {kind}", *(f"{rank:.2f}" for rank in ranks)]) + " |")
        told += ["", f"### {name}", "", *(f"* {sentence}" for sentence in found.sentences)]
    held("verdict", [*table, *told])
