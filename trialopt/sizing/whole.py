"""Whole patients: the sides of a given total, whole blocks, and looks that count whole patients or events. All ours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from trialopt.core.settings import LEAST_STEP
from trialopt.sizing.checks import ROUNDING_SLACK, SizingError
from trialopt.sizing.families import Family

SIDES = ("n_control", "n_experimental", "n_total")


def is_whole(number: float) -> bool:
    """Whether a number is whole but for rounding in its last digits."""
    return math.isfinite(number) and abs(number - round(number)) <= ROUNDING_SLACK * max(1.0, number)


def up(number: float) -> int:
    """``ceil(number - 1e-9)``."""
    return math.ceil(number - ROUNDING_SLACK)


def whole_sides(family: Family, total: float, ratio: float) -> tuple[float, float]:
    """Control and experimental patients of a comparison, whole and nearest to `ratio`, of `total` patients in all.

    Arms have equal patients, so with controls of their own up to ``2 K - 1`` patients may be left over. A total that
    is not whole is split as it stands.
    """
    if not is_whole(total):
        return family.sides(total, ratio)
    if family.arms > 1 and not family.shared_control:
        per, arms = math.floor(round(total) / family.arms), 1
    else:
        per, arms = round(total), family.arms
    least = math.floor(ratio * per / (1 + arms * ratio))
    possible = [(per - arms * n1, n1) for n1 in (least + 1, least) if n1 >= 1 and per - arms * n1 >= 1]
    if not possible:
        raise SizingError(f"--n {total:g} is too few: a control and {family.arms} arms have at least one patient each")
    n0, n1 = min(possible, key=lambda sides: round(abs(math.log(sides[1] / sides[0] / ratio)), 9))
    return float(n0), float(n1)


def block_sides(family: Family, block: int, ratio: float) -> tuple[int, int]:
    """Control and experimental patients of one arm in a block of the randomisation; refused unless both are whole."""
    arms = family.arms if family.shared_control else 1
    n0 = block / (1 + arms * ratio)
    if block < 1 or not (is_whole(n0) and is_whole(ratio * n0)):
        least = least_block(family, ratio)
        says = "no block does" if least is None else f"blocks of {least}, {2 * least}, {3 * least} and so on do"
        raise SizingError(f"--block {block} does not hold the ratio {ratio:g} in whole patients: {says}")
    return round(n0), round(ratio * n0)


def least_block(family: Family, ratio: float) -> int | None:
    """The smallest block that holds the ratio in whole patients; none for a ratio of no small whole numbers."""
    fraction = Fraction(ratio).limit_denominator(60)
    if abs(float(fraction) - ratio) > 1e-9 * ratio:
        return None
    return fraction.denominator + (family.arms if family.shared_control else 1) * fraction.numerator


def in_blocks(family: Family, n0: float, n1: float, block: int | None, ratio: float) -> tuple[float, float]:
    """Both sides rounded up: each by itself, or to whole blocks."""
    if block is None:
        return float(up(n0)), float(up(n1))
    b0, b1 = block_sides(family, block, ratio)
    blocks = max(up(n0 / b0), up(n1 / b1))
    return float(blocks * b0), float(blocks * b1)


def check_blocks(family: Family, total: float, block: int | None, ratio: float) -> None:
    """Refuse a given total that is not a whole number of blocks."""
    if block is None:
        return
    block_sides(family, block, ratio)
    size = block if family.shared_control else block * family.arms
    low = math.floor(total / size + ROUNDING_SLACK) * size
    if abs(total - low) > ROUNDING_SLACK:
        nearest = f"{low} or {low + size}" if low else f"{size}"
        raise SizingError(f"--n {total:g} is not a whole number of blocks of {block}: {nearest} would be")


def side_notes(family: Family, n0: float, n1: float, total: float | None, block: int | None, ratio: float) -> list[str]:
    """What rounding to whole patients did: sides off the ratio, patients left over, or sides left unrounded."""
    if not (is_whole(n0) and is_whole(n1)):
        return ["The number of patients given is not whole: it is split as it stands."]
    built, notes = family.total(n0, n1), []
    if total is not None and built < total - 0.5:
        notes.append(f"{round(total - built)} of the {total:g} patients are left over: arms have equal patients.")
    if abs(n1 / n0 / ratio - 1) <= 1e-9 or block is not None:
        return notes
    if total is not None:
        notes.append(f"{n1:g} experimental and {n0:g} control patients: whole, and nearest to the ratio {ratio:.4g}.")
    else:
        least = least_block(family, ratio)
        says = "" if least is None else f"; --block {least} gives whole blocks"
        notes.append(f"{n1:g} : {n0:g} is off the ratio {ratio:.4g}, as patients are whole{says}.")
    return notes


# -- Looks. --------------------------------------------------------------------------------------------------------


def look_patients(family: Family, timing: Sequence[float], n0: float, n1: float) -> list[dict[str, float]]:
    """Patients at each analysis, whole where the sides are: each side rounded up by itself, the last all of them."""
    rows = []
    for t in timing:
        sides = (t * n0, t * n1)
        if is_whole(n0) and is_whole(n1):
            sides = (float(up(t * n0)), float(up(t * n1)))
        rows.append(dict(zip(SIDES, (*sides, family.total(*sides)), strict=True)))
    return rows


def look_events(timing: Sequence[float], events: float) -> list[dict[str, float]]:
    """Events at each analysis, whole where the last are."""
    return [{"events": float(up(t * events)) if is_whole(events) else t * events} for t in timing]


def fractions_of(rows: Sequence[dict[str, float]], what: str, planned: tuple[float, ...]) -> tuple[float, ...]:
    """Information fractions at which these rows are: counts over the last. As planned where counts are too few to."""
    last = rows[-1][what]
    found = (*(row[what] / last for row in rows[:-1]), 1.0)
    apart = all(b - a >= LEAST_STEP for a, b in pairwise((0.0, *found)))
    return found if apart else planned
