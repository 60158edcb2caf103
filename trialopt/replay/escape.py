"""Cure by one, two and three drugs in closed form, and a branching process to hold it against.

Bozic I et al. 2013, eLife 2:e00747, equations (1) and those after it: a lesion of M cells grew from one cell with birth
rate b and death rate d; mutations that make resistant arise at rate u at n1, n2 sites, and at n12 sites against both.
A lesion is eradicated if no resistant lineage that survives arose in one step or two, before treatment or during it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Lesion:
    """Rates a day: birth, death, death under treatment of cells that some drug kills; mutations a site and division."""

    birth: float = 0.14
    death: float = 0.13
    death_treated: float = 0.17
    mutation: float = 1e-9

    @property
    def survival(self) -> float:
        """Chance that the line of one cell survives, untreated."""
        return 1 - self.death / self.birth

    @property
    def decline(self) -> float:
        """The same under treatment: negative where sensitive cells decline."""
        return 1 - self.death_treated / self.birth


def one_drug_cures(lesion: Lesion, cells: float, sites: float) -> float:
    """Chance that one drug eradicates a lesion with `sites` mutations that make resistant to it."""
    return math.exp(-cells * lesion.mutation * sites * (1 - lesion.survival / lesion.decline))


def two_drugs_cure(lesion: Lesion, cells: float, first: float, second: float, both: float) -> float:
    """Chance that two drugs given together eradicate a lesion; `both` mutations make resistant to both at once.

    Steps before treatment use the formula with the logarithm; where mutations are impossible the chance is 1.
    """
    s, t, u = lesion.survival, lesion.decline, lesion.mutation
    if u == 0:
        return 1.0
    gone = (t - s) / (s * t)
    before = first * (second + both) * math.log(1 / (s * cells) + u * (second + both) * gone)
    before += second * (first + both) * math.log(1 / (s * cells) + u * (first + both) * gone)
    during = (2 * first * second + both * (first + second)) * s / t**2
    return one_drug_cures(lesion, cells, both) * math.exp(cells * u**2 * (gone * before - during))


def three_drugs_cure(lesion: Lesion, cells: float, sites: float, all_at_once: float = 0.0) -> float:
    """Chance that three drugs together, each with `sites` mutations of its own, eradicate a lesion.

    Lineages resistant to all three need `all_at_once` or three steps. Those of three steps are counted by the mean
    number of cells of two steps that existed, each step a factor `cells * u * sites * log`: ours, after the paper's
    order of magnitude M n1 n2 n3 u^3 for cells resistant to three drugs.
    """
    s, u = lesion.survival, lesion.mutation
    if u == 0:
        return 1.0
    grown = max(1.0, math.log(s * cells))
    lineages = 6 * cells * (u * sites) ** 3 * (grown / s) ** 2 / 2
    return one_drug_cures(lesion, cells, all_at_once) * math.exp(-lineages * (1 - s / lesion.decline))


def fails(lesion: Lesion, burdens: list[float], first: float, second: float, both: float) -> float:
    """Chance that two drugs fail in a patient: that not every lesion is eradicated."""
    cured = 1.0
    for cells in burdens:
        cured *= two_drugs_cure(lesion, cells, first, second, both)
    return 1 - cured


def play_lesions(
    lesion: Lesion, cells: float, first: float, second: float, both: float, lesions: int, seed: int
) -> tuple[float, int]:
    """Share of `lesions` eradicated in a branching process, by steps of a few days, and resistant cells ever seen.

    Types: sensitive, resistant to one drug, to the other, to both. All lesions grow to `cells` cells as one, treated
    from then on until extinct or 100 resistant cells of a surviving line are reached.
    """
    rng = np.random.default_rng(seed)
    pop = np.zeros((lesions, 4), dtype=np.int64)
    pop[:, 0] = 1
    treated = np.zeros(lesions, dtype=bool)
    open_ = np.ones(lesions, dtype=bool)
    cured = np.zeros(lesions, dtype=bool)
    seen = 0
    step = 0.5
    while open_.any():
        k = np.flatnonzero(open_)
        now = pop[k]
        death = np.full(now.shape, lesion.death)
        death[treated[k], :3] = lesion.death_treated
        born = rng.poisson(now * lesion.birth * step)
        mutants = [rng.poisson(born[:, 0] * lesion.mutation * sites) for sites in (first, second, both)]
        second_step = rng.poisson(born[:, 1] * lesion.mutation * (second + both))
        third_step = rng.poisson(born[:, 2] * lesion.mutation * (first + both))
        after = np.maximum(now + born - rng.poisson(now * death * step), 0)
        after[:, 1] += mutants[0]
        after[:, 2] += mutants[1]
        after[:, 3] += mutants[2] + second_step + third_step
        seen += int(sum(m.sum() for m in mutants))
        extinct = (after.sum(axis=1) == 0) & ~treated[k]
        after[extinct, 0] = 1  # a lesion that is seen has survived
        pop[k] = after
        treated[k] |= after.sum(axis=1) >= cells
        none = treated[k] & (after.sum(axis=1) == 0)
        many = treated[k] & (after[:, 3] > 30 / lesion.survival)
        cured[k[none]] = True
        open_[k[none | many]] = False
    return float(cured.mean()), seen
