"""Cure by one, two and three drugs in closed form, and a branching process to hold it against.

Bozic I et al. 2013, eLife 2:e00747, equations (1) and those after it: a lesion of M cells grew from one cell with birth
rate b and death rate d; mutations that make resistant arise at rate u at n1, n2 sites, and at n12 sites against both.
A lesion is eradicated if no resistant lineage that survives arose in one step or two, before treatment or during it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Floats


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


def drugs_cure(lesion: Lesion, cells: float, drugs: int, sites: float, both: float, steps: int = 400) -> float:
    """Chance that any number of drugs given together eradicate a lesion, each with `sites` mutations of its own.

    `both` mutations make resistant to all at once. By the generating functions of the branching process: `lost[j]`, the
    chance that the line of a cell resistant to j drugs dies out, is a root under treatment and is followed back to when
    the lesion was one cell. The paper's closed forms for one and two drugs are its limits; for three there is none
    there. Ours.
    """
    b, d, s, u = lesion.birth, lesion.death, lesion.survival, lesion.mutation
    step = u * sites * (drugs - np.arange(drugs))
    jump = np.where(np.arange(drugs) == drugs - 1, 0.0, u * both)
    step[-1] += u * both
    lost = np.append(np.zeros(drugs), 1 - s)
    for j in reversed(range(drugs)):
        gain = b * (step[j] * lost[j + 1] + jump[j] * lost[-1])
        linear = b + lesion.death_treated - gain
        square = b * (1 - step[j] - jump[j])
        lost[j] = (linear - math.sqrt(linear**2 - 4 * square * lesion.death_treated)) / (2 * square)

    def slope(now: Floats) -> Floats:
        gain = step * now[1:] + jump * now[-1]
        change = d - (b + d) * now[:-1] + b * now[:-1] * ((1 - step - jump) * now[:-1] + gain)
        return np.append(change, 0.0)

    exponent = cells * (1 - lost[0])
    dt = math.log(max(s * cells, 1.0)) / (b - d) / steps
    before = None
    for k in range(steps + 1):
        rate = cells * math.exp(-(b - d) * k * dt) * b * (step[0] * (1 - lost[1]) + jump[0] * (1 - lost[-1]))
        exponent += 0.0 if before is None else 0.5 * dt * (rate + before)
        before = rate
        k1 = slope(lost)
        k2 = slope(lost + 0.5 * dt * k1)
        k3 = slope(lost + 0.5 * dt * k2)
        lost = lost + dt / 6 * (k1 + 2 * k2 + 2 * k3 + slope(lost + dt * k3))
    return math.exp(-exponent)


def play_lesions(
    lesion: Lesion, cells: float, drugs: int, sites: float, both: float, lesions: int, seed: int, step: float = 0.2
) -> tuple[float, int]:
    """Share of `lesions` eradicated in a branching process, by steps of `step` days, and mutants ever born.

    Types are the number of drugs a cell resists. A lesion that dies out before treatment begins anew; treatment begins
    at `cells` cells and goes on until all are gone, or until 30 cells that would survive resist everything.
    """
    rng = np.random.default_rng(seed)
    u = lesion.mutation
    chance = [u * sites * (drugs - j) + (u * both if j == drugs - 1 else 0.0) for j in range(drugs)]
    pop = np.zeros((lesions, drugs + 1), dtype=np.int64)
    pop[:, 0] = 1
    treated = np.zeros(lesions, dtype=bool)
    cured = np.zeros(lesions, dtype=bool)
    open_ = np.arange(lesions)
    mutants = 0
    while open_.size:
        now = pop[open_]
        death = np.full(now.shape, lesion.death)
        death[treated[open_], :drugs] = lesion.death_treated
        born = rng.poisson(now * lesion.birth * step)
        after = np.maximum(now + born - rng.poisson(now * death * step), 0)
        for j in range(drugs):
            up = rng.poisson(born[:, j] * chance[j])
            over = rng.poisson(born[:, j] * u * both) if j < drugs - 1 else np.zeros_like(up)
            after[:, j + 1] += up
            after[:, -1] += over
            after[:, j] = np.maximum(after[:, j] - up - over, 0)
            mutants += int(up.sum() + over.sum())
        extinct = (after.sum(axis=1) == 0) & ~treated[open_]
        after[extinct, 0] = 1
        pop[open_] = after
        treated[open_] |= after.sum(axis=1) >= cells
        gone = treated[open_] & (after.sum(axis=1) == 0)
        escaped = treated[open_] & (after[:, -1] > 30 / lesion.survival)
        cured[open_[gone]] = True
        open_ = open_[~(gone | escaped)]
    return float(cured.mean()), mutants
