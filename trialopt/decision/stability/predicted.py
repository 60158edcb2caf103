"""Effects of a recommended design's arms as the next trial would show them: all that is uncertain, drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trialopt.core.design import Design
from trialopt.core.inputs import draw
from trialopt.core.instance import Floats, Instance
from trialopt.core.uncertainty import Uncertainty
from trialopt.evaluation.comparison import response_rates
from trialopt.evaluation.patients import accrual_parts
from trialopt.evaluation.resolve import resolve
from trialopt.reading import Document
from trialopt.reading.uncertain_cells import all_inputs


def predicted_effects(document: Document, instance: Instance, design: Design, draws: int, seed: int) -> Floats | None:
    """(N, A) response rate of each arm less that of its control; `None` where response is not what is compared."""
    i = instance
    if not i.trial.compares_rates or (i.control is None and np.isnan(i.control_rate).any()):
        return None
    asked = Uncertainty(draws=draws, seed=seed)
    made = replace(i, uncertainty=asked)
    made = replace(made, truths=draw(made, all_inputs(document, i, asked), np.arange(draws)))
    found = []
    for arm in resolve(made, design):
        p0, p1 = response_rates(made, arm)
        found.append((p1 - p0) @ accrual_parts(made, arm.groups))
    return np.column_stack(found)
