"""The shipped instance that is solvable by hand: evaluation repeats the arithmetic of its README."""

from pathlib import Path

import pytest

from trialopt.core.design import Arm, Design, Dose
from trialopt.evaluation import evaluate
from trialopt.reading import read

TINY = read(Path(__file__).parents[2] / "instances" / "tiny_duo")
FULL, LOW = Dose("lenalidomide", "mg25"), Dose("lenalidomide", "mg10")
B, D = Dose("bortezomib"), Dose("daratumumab")


def arm(name, subgroup, induction, maintenance):
    return Arm(name, (subgroup,), {"induction": induction, "maintenance": (maintenance,)})


def test_the_optimum_of_the_readme():
    design = Design((arm("A1", "fit", (FULL, D), FULL), arm("A2", "frail", (B, LOW), D)))
    result = evaluate(TINY, design)
    fit, frail = result.arms
    assert result.feasible
    assert result.value == pytest.approx(0.41014801, abs=5e-9)
    assert fit.coverage[0] == pytest.approx([0.685447, 0.128], abs=5e-7)
    assert fit.burden[0] == pytest.approx([0.512035, 0.356675], abs=5e-7)
    assert fit.risk[0, :, 0] == pytest.approx([0.430689, 0.335], abs=5e-7)
    assert frail.coverage[0] == pytest.approx([0.508, 0.2], abs=5e-7)
    assert frail.risk[0, :, 0] == pytest.approx([0.4528, 0.28], abs=5e-7)


def test_full_dose_is_too_toxic_for_frail_patients():
    design = Design((arm("A1", "fit", (FULL, D), FULL), arm("A2", "frail", (B, FULL), D)))
    assert [v.sentence for v in evaluate(TINY, design).violations] == [
        "neutropenia risk of frail in induction is 0.712, above the limit 0.500 (A2)"
    ]
