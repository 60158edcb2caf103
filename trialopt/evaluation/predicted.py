"""What each arm and its control would show in a new trial, as 90 % intervals over truths (model section 11).

Intervals are of rates and hazard ratios, before the luck of the patients who enrol.
"""

from __future__ import annotations

import numpy as np

from trialopt.core.design import Design
from trialopt.core.instance import Floats, Instance
from trialopt.evaluation.assurance import ENDS
from trialopt.evaluation.comparison import (
    control_coverage,
    control_hazards_removed,
    hazards_removed,
    response_rates,
)
from trialopt.evaluation.numbers import agents_given
from trialopt.evaluation.patients import accrual_parts
from trialopt.evaluation.resolve import ResolvedArm, resolve
from trialopt.evaluation.truths import sequence_coverage

Between = dict[str, float]
"""`low` and `high`, the 5th and 95th percentile."""


def predicted(instance: Instance, design: Design) -> dict[str, dict[str, Between]]:
    """By arm: `hazard_ratio` where progression is compared, else `rate` and, where it is known, `control`.

    A rate is that of the comparison, averaged over who enrols; where the trial is not sized the coverage of the first
    epoch, averaged over the patients it is for. `instance` has truths. Raises `DesignError`.
    """
    return {arm.arm.name: _arm(instance, arm) for arm in resolve(instance, design)}


def _arm(instance: Instance, arm: ResolvedArm) -> dict[str, Between]:
    i, groups = instance, np.array(arm.groups, dtype=np.int64)
    if i.trial.sized and i.trial.endpoint == "pfs":
        gain = hazards_removed(i, agents_given(i, arm.sequence), groups)
        if i.control is not None:
            gain = gain - control_hazards_removed(i, groups)
        return _known(hazard_ratio=np.exp(-(gain @ accrual_parts(i, arm.groups))))
    if i.trial.sized:
        (control, rate), weight = response_rates(i, arm), accrual_parts(i, arm.groups)
    else:
        rate = sequence_coverage(i, arm.sequence, groups)[:, :, 0]
        control = np.full_like(rate, np.nan) if i.control is None else control_coverage(i, groups)[:, :, 0]
        weight = i.share[groups] / i.share[groups].sum() if i.share[groups].any() else accrual_parts(i, arm.groups)
    return _known(rate=rate @ weight, control=control @ weight)


def _known(**drawn: Floats) -> dict[str, Between]:
    """Those that are numbers in every truth."""
    found = {}
    for name, values in drawn.items():
        if np.isfinite(values).all():
            low, high = np.quantile(values, ENDS)
            found[name] = {"low": float(low), "high": float(high)}
    return found
