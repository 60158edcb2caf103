"""Randomisation lists: stratified permuted blocks in the ratio of the design, as REDCap's allocation tables have them.

REDCap (randomization module) takes a CSV with one row per allocation, the group coded as a number, and the stratum's
fields beside it. Development and production lists are drawn from seeds of their own. Blocks are of the smallest whole
number of patients in the ratio, and twice that, in random order (ICH E9, section 2.3.2; block sizes stay unknown).
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator

import numpy as np

from trialopt.output.formats import ExportError
from trialopt.output.study.plan import Study, StudyArm, planned
from trialopt.record.solution import Solution

SEED = 20_250_101
"""Seed of the production list, unless another is asked for; development lists use the one after it."""

SPARE = 1.5
"""A list is so much longer than the patients planned, so that it does not run out."""

LARGEST_BLOCK = 20
"""A ratio that needs longer blocks than this is rounded to the nearest that does not."""

HEADS = ("redcap_randomization_number", "redcap_randomization_group", "cohort", "arm", "stratum", "block")


def files(solution: Solution) -> dict[str, bytes]:
    """Two lists: `randomisation_production.csv` and `randomisation_development.csv`."""
    study = planned(solution)
    if not study.randomised:
        raise ExportError("this design has no patients (no trial.power), so nobody is randomised")
    return {
        f"randomisation_{kind}.csv": _csv(allocations(study, SEED + shift))
        for shift, kind in enumerate(("production", "development"))
    }


def allocations(study: Study, seed: int) -> Iterator[tuple[str, ...]]:
    """Rows of a list, stratum by stratum: number, group (1 experimental, 0 control), cohort, arm, stratum, block.

    The same study and seed give the same list.
    """
    draws = np.random.default_rng(seed)
    number = stratum = 0
    for arm, control in _pairs(study):
        assert arm.patients is not None
        assert control.patients is not None
        for cohort in arm.cohorts:
            wanted = arm.patients[cohort] + control.patients[cohort]
            if not wanted:
                continue
            stratum += 1
            made = block = 0
            shares = ratio(arm.total or 0, control.total or 0)
            while made < math.ceil(SPARE * wanted):
                block += 1
                times = int(draws.integers(1, 3))
                groups = np.repeat([1, 0], [times * shares[0], times * shares[1]])
                for group in draws.permutation(groups).tolist():
                    number += 1
                    made += 1
                    code = arm.code if group else control.code
                    yield str(number), str(group), cohort, code, str(stratum), str(block)


def ratio(experimental: int, control: int) -> tuple[int, int]:
    """The smallest whole numbers near the ratio of an arm to its control, blocks of at most 20: (1, 1) for equal."""
    best = (1, 1)
    for size in range(2, LARGEST_BLOCK + 1):
        one = min(size - 1, max(1, round(size * experimental / max(1, experimental + control))))
        if _off(one / size, experimental, control) < _off(best[0] / sum(best), experimental, control) - 0.01:
            best = (one, size - one)
    return best


def _off(share: float, experimental: int, control: int) -> float:
    return abs(share - experimental / max(1, experimental + control))


def _pairs(study: Study) -> Iterator[tuple[StudyArm, StudyArm]]:
    by_code = {arm.code: arm for arm in study.arms}
    return ((arm, by_code[arm.against]) for arm in study.arms if not arm.control)


def _csv(rows: Iterator[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADS)
    writer.writerows(rows)
    return text.getvalue().encode()
