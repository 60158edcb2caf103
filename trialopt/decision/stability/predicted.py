"""Effects of a recommended design's arms as the next trial would show them: all that is uncertain, drawn."""

from __future__ import annotations

from collections.abc import Callable
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

PIECE = 250
"""Draws between two looks at whether the run has to stop."""


def predicted_effects(
    document: Document,
    instance: Instance,
    design: Design,
    draws: int,
    seed: int,
    stop: Callable[[], object] = lambda: None,
) -> Floats | None:
    """(N, A) response rate of each arm less that of its control; `None` where response is not what is compared.

    Fewer than `draws` once `stop` says so.
    """
    i = instance
    if not i.trial.compares_rates or (i.control is None and np.isnan(i.control_rate).any()):
        return None
    asked = Uncertainty(draws=draws, seed=seed)
    made = replace(i, uncertainty=asked)
    inputs = all_inputs(document, i, asked)
    parts: list[Floats] = []
    for first in range(0, draws, PIECE):
        if parts and stop():
            break
        part = replace(made, truths=draw(made, inputs, np.arange(first, min(first + PIECE, draws)), named=False))
        parts.append(_effects(part, design))
    return np.concatenate(parts)


def _effects(instance: Instance, design: Design) -> Floats:
    """(N, A) effects under the truths of an instance."""
    found = []
    for arm in resolve(instance, design):
        p0, p1 = response_rates(instance, arm)
        found.append((p1 - p0) @ accrual_parts(instance, arm.groups))
    return np.column_stack(found)
