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
PATIENTS = (1000, 800, 700, 600, 550, 500, 450, 400, 300, 200)
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
    head = "| `max_patients` | value | arms | patients | value with `novel` | arms | patients |\n" + "|---" * 7 + "|\n"
    lines, values = [], []
    for most in PATIENTS:
        plain, novel = solved(most, None), solved(most, "novel")
        for one in (plain, novel):
            assert one.ending in ("optimal", "infeasible")
        assert (novel.value or -1) <= (plain.value or -1) + 1e-4
        values.append((plain.value or -1, novel.value or -1))
        lines.append(f"| {' | '.join((f'{most:,}', *cells(plain), *cells(novel)))} |\n")
    for looser, tighter in pairwise(values):
        assert all(now <= before + 1e-4 for before, now in zip(looser, tighter, strict=True))
    text, made = PAGE.read_text(encoding="utf-8"), f"\n{head}{''.join(lines)}\n"
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(TABLE.sub(lambda _: f"<!-- table -->\n{made}<!-- end -->", text), encoding="utf-8")
    else:
        assert TABLE.findall(text) == [made]
