"""Single-arm phase 2 designs of a response rate, exactly: one stage, and Simon's two stages.

``X ~ Bin(n, p)``; the null rate `p0` is rejected for `p1` when responders are more than `r`. Two stages stop for
futility after `n1` patients with at most `r1` responders. Type I error and power are sums of binomial probabilities.

* One stage: the fewest `n` (with its `r`) that hold alpha and power. A'Hern, Statistics in Medicine 20 (2001) 859-866.
* ``optimal``: the fewest patients expected at `p0`; ``minimax``: the fewest at most, then the fewest expected. Simon,
  Controlled Clinical Trials 10 (1989) 1-10.

The optimal design is proven so: designs of more patients are tried until even the best stopping rule that the power
allows expects more than the best one found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from trialopt.sizing.checks import Floats, SizingError, levels, proportion

SimonKind = Literal["optimal", "minimax"]
MOST_PATIENTS = 400
EVEN = 1e-12  # two expected sizes nearer than this are equal


@dataclass(frozen=True)
class OneStage:
    """`n` patients; `p0` is rejected for more than `r` responders. `alpha`, `power` are the exact ones."""

    n: int
    r: int
    alpha: float
    power: float


@dataclass(frozen=True)
class TwoStage:
    """Stop after `n1` patients with at most `r1` responders; reject `p0` for more than `r` among all `n`.

    `expected` patients and `stop` (chance of stopping early) are at `p0`; `alpha`, `power` are the exact ones.
    """

    kind: SimonKind
    n1: int
    r1: int
    n: int
    r: int
    expected: float
    stop: float
    alpha: float
    power: float


def _rates(p0: float, p1: float, alpha: float, power: float) -> tuple[float, float, float, float]:
    low, high = float(proportion(p0, "p0")), float(proportion(p1, "p1"))
    if high <= low:
        raise SizingError(f"p1 must be above p0: p0 = {low:g}, p1 = {high:g}")
    a, b = levels(alpha, power)
    return low, high, float(a), float(b)


def _mass(n: int, p: float) -> Floats:
    """Probabilities of 0..n responders."""
    return np.asarray(scipy.stats.binom.pmf(np.arange(n + 1), n, p))


def _more_than(mass: Floats) -> Floats:
    """Chance of more than r responders, r = 0..n."""
    return np.append(np.cumsum(mass[:0:-1])[::-1], 0.0)


def one_stage(p0: float, p1: float, alpha: float = 0.05, power: float = 0.8) -> OneStage:
    """Fewest patients of an exact one-stage design, one-sided `alpha`; source: see the module.

    Raises
    ------
    SizingError
        Rates outside (0, 1) or in the wrong order, ``power <= alpha``, or more than 400 patients needed.
    """
    low, high, a, b = _rates(p0, p1, alpha, power)
    for n in range(1, MOST_PATIENTS + 1):
        error, reached = _more_than(_mass(n, low)), _more_than(_mass(n, high))
        r = int(np.argmax(error <= a))
        if reached[r] >= b:
            return OneStage(n, r, float(error[r]), float(reached[r]))
    raise SizingError(f"an exact single-arm design of these rates needs more than {MOST_PATIENTS} patients")


def simon_two_stage(
    p0: float, p1: float, alpha: float = 0.05, power: float = 0.8, kind: SimonKind = "optimal"
) -> TwoStage:
    """Simon's two-stage design of this `kind`, one-sided `alpha`; source: see the module. Raises as `one_stage`."""
    low, high, a, b = _rates(p0, p1, alpha, power)
    if kind not in ("optimal", "minimax"):
        raise SizingError(f"kind must be optimal or minimax, not {kind!r}")
    stages = _Stages(low, high, a, b)
    best: TwoStage | None = None
    for n in range(2, MOST_PATIENTS + 1):
        if best is not None and (kind == "minimax" or stages.least_expected(n) > best.expected):
            return best
        if stages.reachable(n):
            best = stages.best_of(n, kind, best)
    raise SizingError(f"a two-stage design of these rates needs more than {MOST_PATIENTS} patients")


class _Stages:
    """First stages and what they let through: the stopping rules that the power allows, by patients of the stage."""

    def __init__(self, p0: float, p1: float, alpha: float, power: float) -> None:
        self.alpha, self.power = alpha, power
        size = MOST_PATIENTS
        n, x = np.arange(size + 1)[:, None], np.arange(size + 1)[None, :]
        self.null = np.asarray(scipy.stats.binom.pmf(x, n, p0))
        self.effect = np.asarray(scipy.stats.binom.pmf(x, n, p1))
        self.stop = np.cumsum(self.null, axis=1)
        missed = np.cumsum(self.effect, axis=1)
        self.most = (missed <= 1 - power).sum(axis=1) - 1  # the largest r1 allowed; -1: none
        self.best_stop = np.where(self.most >= 0, self.stop[np.arange(size + 1), self.most], 0.0)

    def reachable(self, n: int) -> bool:
        """Whether any test of `n` patients has the power: the best one, randomised, by Neyman and Pearson's lemma."""
        error = _more_than(self.null[n, : n + 1])
        r = int(np.argmax(error <= self.alpha))
        share = (self.alpha - error[r]) / self.null[n, r]
        return float(self.effect[n, r + 1 :].sum() + share * self.effect[n, r]) >= self.power - EVEN

    def least_expected(self, n: int) -> float:
        """Least expected size of any design of `n` patients whose first stage alone does not lose the power."""
        first = np.arange(1, n)
        return float((first + (1 - self.best_stop[1:n]) * (n - first)).min())

    def best_of(self, n: int, kind: SimonKind, best: TwoStage | None) -> TwoStage | None:
        """The better of `best` and the design of `n` patients with the fewest expected."""
        for n1 in range(1, n):
            for r1 in range(min(int(self.most[n1]), n1), -1, -1):
                stop = float(self.stop[n1, r1])
                expected = n1 + (1 - stop) * (n - n1)
                if best is not None and expected >= best.expected - EVEN:
                    break
                got = self.whole(n1, r1, n)
                if got is not None:
                    best = TwoStage(kind, n1, r1, n, got[0], expected, stop, got[1], got[2])
                    break
        return best

    def whole(self, n1: int, r1: int, n: int) -> tuple[int, float, float] | None:
        """The final bound that holds alpha, with alpha and power; None where the power is missed."""
        go_on = slice(r1 + 1, n1 + 1)
        rest = n - n1
        null = np.convolve(self.null[n1, go_on], self.null[rest, : rest + 1])
        k = -1 if null.sum() <= self.alpha else int(np.argmax(_more_than(null) <= self.alpha))  # -1: all who go on
        effect = np.convolve(self.effect[n1, go_on], self.effect[rest, : rest + 1])
        reached = float(effect[k + 1 :].sum())
        if reached < self.power:
            return None
        return r1 + 1 + k, float(null[k + 1 :].sum()), reached
