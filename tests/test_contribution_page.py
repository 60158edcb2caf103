"""The table of `docs/contribution.md`: what component arms cost on a shipped instance. `UPDATE_GOLDEN=1` writes it."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from itertools import pairwise

import pytest

import trialopt
from tests.pages import DOCS
from trialopt.core.catalog import find
from trialopt.core.design import Contribution
from trialopt.record.solution import Solution

PAGE = DOCS / "contribution.md"
PATIENTS = (1000, 600, 400, 300)
TABLE = re.compile(r"<!-- table -->\n(.*?)<!-- end -->", re.DOTALL)


def solved(most: int, require: str | None) -> Solution:
    instance = trialopt.read(find("biomarker_umbrella"))
    asked = None if require is None else Contribution(require)
    return trialopt.solve(replace(instance, trial=replace(instance.trial, max_patients=most, contribution=asked)))


def cells(solution: Solution) -> tuple[str, str, str]:
    if solution.value is None:
        return "no design", "", ""
    sizes = [arm.size for arm in solution.arms if arm.size]
    components = sum(len(arm.component_arms) for arm in solution.arms)
    patients = sum(size.patients + size.control_patients for size in sizes)
    return f"{solution.value:.4f}", f"{len(sizes)}{f' + {components}' if components else ''}", f"{patients:,}"


@pytest.mark.many
def test_the_table_is_what_the_instance_gives() -> None:
    heads = (f"value, {require} | arms | patients" for require in ("nothing", "`novel`", "`all`"))
    head = f"| `max_patients` | {' | '.join(heads)} |\n" + "|---" * 10 + "|\n"
    lines, values = [], []
    for most in PATIENTS:
        found = [solved(most, require) for require in (None, "novel", "all")]
        assert all(one.ending in ("optimal", "infeasible") for one in found)
        worth = [one.value or -1 for one in found]
        assert worth[1] <= worth[0] + 1e-4
        assert worth[2] <= worth[0] + 1e-4
        values.append(worth)
        lines.append(f"| {' | '.join((f'{most:,}', *(cell for one in found for cell in cells(one))))} |\n")
    for looser, tighter in pairwise(values):
        assert all(now <= before + 1e-4 for before, now in zip(looser, tighter, strict=True))
    text, made = PAGE.read_text(encoding="utf-8"), f"\n{head}{''.join(lines)}\n"
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(TABLE.sub(lambda _: f"<!-- table -->\n{made}<!-- end -->", text), encoding="utf-8")
    else:
        assert TABLE.findall(text) == [made]
