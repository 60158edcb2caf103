"""Randomisation lists: stratified permuted blocks in the ratio of the design, as REDCap's allocation tables have them.

REDCap (randomization module) takes a CSV with one row per allocation: number, group, and the fields of the strata, each
as the code of a choice of its field. A data dictionary beside the lists defines those fields. Development and
production lists are drawn from seeds of their own, since REDCap does not take the same list twice. Blocks are of the
smallest whole number of patients in the ratio, and twice that, in random order (ICH E9, section 2.3.2; block sizes stay
unknown); they stand in a file of their own, for the statistician.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from trialopt.output.formats import ExportError
from trialopt.output.study.plan import Study, StudyArm, planned
from trialopt.output.study.randomisation_check import BLOCKS, DICTIONARY, HEADS, problems
from trialopt.record.solution import Solution

SEED = 20_250_101
"""Seed of the production list, unless another is asked for; development lists use the one after it."""

SPARE = 1.5
"""A list is so much longer than the patients planned, so that it does not run out."""

LARGEST_BLOCK = 20
"""A ratio that needs longer blocks than this is rounded to the nearest that does not."""


class Allocation(NamedTuple):
    """One place of a list: its number, code of the arm, id of the cohort, stratum and block."""

    number: int
    arm: str
    cohort: str
    stratum: int
    block: int


def files(solution: Solution) -> dict[str, bytes]:
    """Lists for production and development, the fields they speak of as a data dictionary, and the blocks of both."""
    study = planned(solution)
    if not study.randomised:
        raise ExportError("this design has no patients (no trial.power), so nobody is randomised")
    lists = {kind: list(allocations(study, SEED + shift)) for shift, kind in enumerate(("production", "development"))}
    arms = {arm.code: str(code) for code, arm in enumerate(study.arms, start=1)}
    cohorts = {cohort.id: str(code) for code, cohort in enumerate(study.cohorts, start=1)}
    made = {
        f"randomisation_{kind}.csv": _csv(HEADS, ((str(a.number), arms[a.arm], cohorts[a.cohort]) for a in places))
        for kind, places in lists.items()
    }
    blocks = ((kind, *map(str, place)) for kind, places in lists.items() for place in places)
    made["randomisation_blocks.csv"] = _csv(BLOCKS, blocks)
    made["randomisation_fields.csv"] = _csv(DICTIONARY, _fields(study, arms, cohorts))
    if found := problems(made, study):
        raise ExportError("the randomisation lists are broken: " + "; ".join(found))
    return made


def _fields(study: Study, arms: dict[str, str], cohorts: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """Rows of REDCap's data dictionary: the record, its cohort, and the arm, which only randomisation fills in.

    Of a blinded trial the arm's field holds the number of the list, and nobody sees the group.
    """
    names = {cohort.id: cohort.name for cohort in study.cohorts}
    titles = {arm.code: f"{arm.code}: {arm.title}" for arm in study.arms}
    open_label = study.facts.get("blinding", "open") == "open"
    yield _field("record_id", "text", "Record")
    yield _field("cohort", "radio", "Cohort", ((code, names[g]) for g, code in cohorts.items()))
    if open_label:
        yield _field("arm", "radio", "Arm", ((code, titles[arm]) for arm, code in arms.items()))
    else:
        yield _field("arm", "text", "Randomisation number")


def _field(name: str, kind: str, label: str, choices: Iterable[tuple[str, str]] = ()) -> tuple[str, ...]:
    told = " | ".join(f"{code}, {' '.join(text.replace('|', '/').split())}" for code, text in choices)
    row = {"Variable / Field Name": name, "Form Name": "randomisation", "Field Type": kind, "Field Label": label}
    row |= {"Choices, Calculations, OR Slider Labels": told, "Required Field?": "y" if name == "cohort" else ""}
    return tuple(row.get(head, "") for head in DICTIONARY)


def allocations(study: Study, seed: int) -> Iterator[Allocation]:
    """Places of a list, stratum by stratum. The same study and seed give the same list."""
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
                    yield Allocation(number, members[group].code, cohort, stratum, block)


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


def _csv(heads: Sequence[str], rows: Iterable[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return text.getvalue().encode()
