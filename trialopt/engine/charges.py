"""What the master pays for an arm at prices of the resources, as a charge that the sequence search bounds."""

from __future__ import annotations

import numpy as np

from trialopt.core.instance import Floats
from trialopt.engine.found import Path
from trialopt.engine.master import MONEY
from trialopt.engine.measures import Measure, together
from trialopt.engine.sizes import SetTrial


class TrialCharge:
    """What the master pays for an arm; with all prices 0 it only says whether the arm can be run.

    What is a plain sum over epochs is `added` to the loss: a summed resource, and money where a target fixes patients.
    """

    def __init__(self, trial: SetTrial, prices: Floats) -> None:
        self._trial, self._prices, self._whole = trial, prices.copy(), prices
        self.extended = trial.extended
        self.measures = trial.measures
        self.added: Measure | None = None
        self._controls = 0.0
        fixed, money = trial.fixed(), float(prices[MONEY])
        if fixed is not None and money > 0 and np.isfinite(fixed[0]):
            self.added = trial.price.times(money * fixed[0])
            self._controls = money * fixed[1]
            self._prices[MONEY] = 0.0
        for k, measure in trial.summed.items():
            if prices[k] > 0:
                added = measure.times(float(prices[k]))
                self.added = added if self.added is None else together(self.added, added)
            self._prices[k] = 0.0

    def __call__(self, values: Floats, *, exact: bool = False) -> Floats:
        """(n,) charge of measures' values (n, K) beside `added`; inf where the arm cannot be run."""
        good, takes = self._trial.takes(values, exact=exact)
        return np.where(good, takes @ self._prices + self._controls, np.inf)

    def beyond(self, values: Floats, path: Path) -> float:
        """What component arms add to the charge of one sequence; inf where it cannot be run with them."""
        _, own = self._trial.takes(values)
        good, takes = self._trial.takes_of(values, [path])
        return float((takes[0] - own[0]) @ self._whole) if good[0] else float("inf")
