"""What the columns of the tables are under many truths (model section 11).

Without truths a column is a (subgroup, mechanism) pair with the inputs as given. With them the objective's columns are
averages: the activity of a regimen there is minus the logarithm of its mean of `exp(-Lambda^n)`. With carry, where a
product of means is not the mean of a product, every truth has columns of its own. Beside them stand the columns with
the inputs as given where `no_harm` holds for these, and the averages that the effect of a sized arm is read from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import Floats, Instance, Ints
from trialopt.engine.regimens import Regimens, TooLarge, regimen_sums
from trialopt.engine.truths import TruthNumbers

GIVEN, MEAN, TRUTHS, EFFECT = "given", "mean", "truths", "effect"

MOST_COLUMNS = 150_000
"""Columns of one table; with carry each truth has its own."""


@dataclass(frozen=True)
class Mixed:
    """Columns by block, one block after the other. J0 pairs of subgroup and mechanism occur at all."""

    numbers: TruthNumbers
    c: Coefficients
    blocks: tuple[str, ...]
    weights: Floats | None
    """(N,) of the truths in the objective; `None` where that is of the inputs as given."""
    pair_subgroup: Ints
    """(J0,)"""
    pair_mechanism: Ints
    """(J0,)"""
    anchor: Floats | None = None
    """(N, G) factor on an arm's residual in what its response rate is below reach, in a trial sized for response."""
    control_rate: Floats | None = None
    """(G,) mean rate of the control, in such a trial."""

    def _sizes(self) -> list[tuple[str, int]]:
        one = len(self.pair_subgroup)
        return [(block, one * self.numbers.count if block == TRUTHS else one) for block in self.blocks]

    @property
    def subgroup(self) -> Ints:
        """(J,) subgroup of each column."""
        return np.concatenate([np.tile(self.pair_subgroup, n // len(self.pair_subgroup)) for _, n in self._sizes()])

    @property
    def mechanism(self) -> Ints:
        """(J,) mechanism of each column."""
        return np.concatenate([np.tile(self.pair_mechanism, n // len(self.pair_mechanism)) for _, n in self._sizes()])

    def _marked(self, block: str, weights: Floats | float = 1.0) -> Floats:
        return np.concatenate([np.full(n, weights if name == block else 0.0) for name, n in self._sizes()])

    @property
    def in_objective(self) -> Floats:
        """(J,) part of each column in the objective."""
        if self.weights is None:
            return self._marked(GIVEN)
        if MEAN in self.blocks:
            return self._marked(MEAN)
        each = np.repeat(self.weights, len(self.pair_subgroup))
        return np.concatenate([each if name == TRUTHS else np.zeros(n) for name, n in self._sizes()])

    @property
    def mean_anchor(self) -> Floats:
        """(G,) mean of `anchor`."""
        assert self.anchor is not None
        return np.asarray(self.anchor.mean(axis=0))

    def _anchors(self) -> Floats:
        """(N, J0) part of each truth in the effect of an arm, as a share of the mean anchor."""
        assert self.anchor is not None
        share = self.anchor / (self.numbers.count * np.maximum(self.mean_anchor, 1e-300))
        return np.asarray(share[:, self.pair_subgroup])

    @property
    def in_effect(self) -> Floats:
        """(J,) part of each column in the effect that an arm is sized by."""
        if EFFECT in self.blocks:
            return self._marked(EFFECT)
        each = self._anchors().ravel()
        return np.concatenate([each if name == TRUTHS else np.zeros(n) for name, n in self._sizes()])

    @property
    def as_given(self) -> Floats:
        """(J,) 1 for columns with the inputs as given."""
        return self._marked(GIVEN)

    def activity(self, epoch: int, regimens: Regimens) -> Floats:
        """(R, J) activity of regimens, or what stands for it."""
        i, at = self.numbers.instance, (self.pair_subgroup, self.pair_mechanism)
        found: list[Floats] = []
        for block in self.blocks:
            if block == GIVEN:
                single = self.c.activity[at[0], epoch, at[1]].T
                found.append(regimen_sums(i, regimens.options, single, self.c.pair_activity[at].T))
            elif block == TRUTHS:
                found.append(self.numbers.in_all(regimens, epoch, *at))
        averages = self._averages(epoch)
        for mean in self.numbers.averaged(regimens, epoch, *at, averages) if averages else ():
            found.append(-np.log(mean))
        if EFFECT in self.blocks and epoch != i.trial.endpoint_epoch:
            found.append(np.zeros((len(regimens), len(self.pair_subgroup))))
        return np.concatenate(found, axis=1)

    def _averages(self, epoch: int) -> list[Floats]:
        """Weights of the blocks that are averages, which stand last."""
        found: list[Floats] = [self.weights] if MEAN in self.blocks and self.weights is not None else []
        if EFFECT in self.blocks and epoch == self.numbers.instance.trial.endpoint_epoch:
            found.append(self._anchors())
        return found

    def burden(self, epoch: int, given: Floats, pair_given: Floats) -> tuple[Floats, Floats]:
        """Events that count in the objective, of options (O, G) and pairs (P,): as given, or their means."""
        if self.weights is None or self.numbers.instance.trial.toxicity_weight == 0:
            return given, pair_given
        return self.numbers.burden(epoch, self.weights)


def weights_of(instance: Instance, weights: Floats | None) -> Floats | None:
    """(N,) weights of the truths in the objective; `None` where the inputs as given count."""
    asked, truths = instance.uncertainty, instance.truths
    if asked is None or truths is None or asked.objective == "given":
        return None
    return np.full(len(truths), 1 / len(truths)) if weights is None else weights


def mixed_columns(instance: Instance, c: Coefficients, weights: Floats | None) -> Mixed | None:
    """Columns under the truths of an instance; `None` where all that counts is as given.

    Raises `TooLarge` where the truths would be more columns than the engine holds.
    """
    i, asked = instance, instance.uncertainty
    if asked is None or i.truths is None:
        return None
    wanted = weights_of(i, weights)
    sized = i.trial.sized and i.trial.endpoint != "pfs"
    if wanted is None and not sized:
        return None
    subgroup, mechanism = np.nonzero((c.start > 0).any(axis=1))
    numbers, carries = TruthNumbers(i, i.truths), i.trial.carry > 0
    blocks = [GIVEN] if wanted is None or (i.trial.no_harm and asked.confidence is None) else []
    averaged = sized and not (carries and i.trial.endpoint_epoch > 0)  # nothing is carried into the first epoch
    if carries and (wanted is not None or (sized and not averaged)):
        blocks.append(TRUTHS)
    elif wanted is not None:
        blocks.append(MEAN)
    if averaged:
        blocks.append(EFFECT)
    anchor = rate = None
    if sized:
        rates, anchor = numbers.control_response(c, i.reach[:, i.trial.endpoint_epoch])
        rate = rates.mean(axis=0)
    made = Mixed(numbers, c, tuple(blocks), wanted, subgroup, mechanism, anchor, rate)
    columns = len(subgroup) * (len(i.truths) if TRUTHS in blocks else 1)
    if columns > MOST_COLUMNS:
        raise TooLarge(
            f"with carry every truth has columns of its own, {columns:,} of them: ask for fewer draws, or carry = 0"
        )
    return made
