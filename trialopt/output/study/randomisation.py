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
    """Rows of a list, stratum by stratum: number, group, cohort, arm, stratum, block.

    Group 1 is the experimental arm, 0 its control, 2 and more its component arms. The same study and seed give the
    same list.
    """
    draws = np.random.default_rng(seed)
    number = stratum = 0
    for arm, control, *components in _families(study):
        members = [control, arm, *components]
        for cohort in arm.cohorts:
            wanted = sum((member.patients or {})[cohort] for member in members)
            if not wanted:
                continue
            stratum += 1
            made = block = 0
            shares = ratio(arm.total or 0, control.total or 0)
            while made < math.ceil(SPARE * wanted):
                block += 1
                times = int(draws.integers(1, 3))
                order = [1, 0, *range(2, len(members))]
                groups = np.repeat(order, [times * shares[0 if group else 1] for group in order])
                for group in draws.permutation(groups).tolist():
                    number += 1
                    made += 1
                    yield str(number), str(group), cohort, members[group].code, str(stratum), str(block)


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


def _families(study: Study) -> Iterator[tuple[StudyArm, ...]]:
    """Each arm, its control, and its component arms."""
    by_code = {arm.code: arm for arm in study.arms}
    for arm in study.arms:
        if not arm.control and not arm.without:
            yield arm, by_code[arm.against], *(one for one in study.arms if one.without and one.against == arm.code)


def _csv(rows: Iterator[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADS)
    writer.writerows(rows)
    return text.getvalue().encode()
