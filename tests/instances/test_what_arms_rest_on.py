"""`docs/sources.md`: how much of what stands behind the recommended arms was read. `UPDATE_GOLDEN=1` writes it anew.

The counts before the rebuild were taken with the same lines at the commit the page names; they stay.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

import trialopt
from tests.instances.references import SOLVABLE
from trialopt.record.provenance import kind_of

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
BEFORE = {
    "biomarker_umbrella": (14, 9, 76),
    "ndmm_frail": (13, 12, 75),
    "ndmm_transplant_eligible": (17, 16, 68),
    "rrmm_early_relapse": (11, 9, 80),
    "rrmm_early_relapse_sized": (13, 9, 79),
    "rrmm_triple_class": (9, 7, 84),
}
"""Percent read, recalled and assumed before the instances were rebuilt."""
ROW = re.compile(r"^\| `(\w+)` \| .*$", re.MULTILINE)


def row(name: str) -> tuple[str, float]:
    """The row of an instance, and the share that was read."""
    solution = trialopt.solve(trialopt.read(trialopt.find(name)), gap=1e-4)
    behind = {(r.file, r.row, r.key): r for arm in solution.arms for r in arm.rests_on}.values()
    kinds = Counter(map(kind_of, behind))
    whole = sum(kind_of(r) == "read" and not r.recalled_fields for r in behind)
    share = [f"{100 * n / len(behind):.0f} %" for n in (kinds["read"], whole, kinds["recalled"], kinds["assumed"])]
    old = " / ".join(map(str, BEFORE[name])) if name in BEFORE else "new"
    return f"| `{name}` | {old} | {len(behind)} | {' | '.join(share)} |", kinds["read"] / len(behind)


NAMES = sorted({*SOLVABLE, "rrmm_early_relapse"})
FAST = {"gmmg_hd7", "rrmm_early_relapse"}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in FAST else [pytest.mark.slow]) for n in NAMES])
def test_the_page_says_what_the_arms_rest_on_and_the_share_read_has_doubled(name: str) -> None:
    now, read = row(name)
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("UPDATE_GOLDEN"):
        text = "\n".join(now if line.startswith(f"| `{name}` |") else line for line in text.split("\n"))
        PAGE.write_text(text, encoding="utf-8")
    assert now in text.split("\n")
    if name in BEFORE:
        assert read >= 2 * (BEFORE[name][0] - 0.5) / 100


def test_the_page_has_every_solvable_instance() -> None:
    assert set(ROW.findall(PAGE.read_text(encoding="utf-8"))) == set(NAMES)
