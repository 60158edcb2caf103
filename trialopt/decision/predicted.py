"""What the arms of a design would show in a new trial, of any instance that has a document: its numbers are drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from trialopt.core.design import Design
from trialopt.core.inputs import Cell, Input, draw
from trialopt.core.instance import Instance
from trialopt.core.truths import TOXICITY
from trialopt.core.uncertainty import Uncertainty
from trialopt.evaluation import predicted as judged
from trialopt.reading import Document

DRAWS, SEED = 200, 1
"""Truths that an interval is read from: its ends move by about a percentage point with another seed."""


def predicted(document: Document, instance: Instance, design: Design) -> dict[str, Any]:
    """What `Solution.predicted` holds: `draws`, `seed` and the intervals by arm.

    The truths are those of the instance, where it asks for some, else drawn as it would draw them.
    """
    made = instance
    if made.truths is None:
        from trialopt.reading.uncertain_cells import all_inputs
        from trialopt.reading.uncertain_library import with_deviation

        asked = with_deviation(document, Uncertainty(draws=DRAWS, seed=SEED))
        made = replace(made, uncertainty=asked)
        inputs = [one for one in all_inputs(document, instance, asked) if _tells(one)]
        made = replace(made, truths=draw(made, inputs, np.arange(DRAWS), named=False))
    assert made.truths is not None
    return {"draws": len(made.truths), "seed": made.truths.seed, "arms": judged.predicted(made, design)}


def _tells(one: Input) -> bool:
    """Whether a number moves what is predicted; each is drawn from a stream of its own, so events can be left out."""
    if isinstance(one, Cell):
        return one.array not in TOXICITY
    return one.category is None
