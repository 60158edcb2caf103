"""Severe events as times: frailty shared by all categories of a patient, doses lowered, agents stopped.

Each cause (an agent, the background) has a first event in each category of each epoch. Times within an epoch are
exponential and cut off at its end, early ones being the likelier. The first event laid to an agent lowers its dose, so
that its later events are thinned by as much; the second one stops it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Floats
from trialopt.replay.given import ALWAYS, Course, Epoch
from trialopt.replay.patients import Patients, Singles

NEVER = np.float32(np.inf)


@dataclass(frozen=True, eq=False)
class Harm:
    """Times in months from the start, infinite where nothing happens."""

    first: Singles
    """(n, S, E) first severe event of a category in an epoch, while treatment goes on."""
    lowered: dict[int, Singles]
    """Agent -> (n,) its dose is lowered."""
    stopped: dict[int, Singles]
    """Agent -> (n,) it is stopped."""


def harm(patients: Patients, course: Course, rows: NDArray[np.intp], *, doses: bool = True) -> Harm:
    """Severe events of some patients under a sequence. With `doses` false, doses never change."""
    c, categories = patients.constants, len(patients.instance.categories)
    n, epochs = len(rows), len(course.epochs)
    first = np.full((n, epochs, categories), NEVER, dtype=np.float32)
    for s, epoch in enumerate(course.epochs):
        first[:, s] = _times(patients, rows, ALWAYS, s, epoch, epoch.always)
    lowered: dict[int, Singles] = {}
    stopped: dict[int, Singles] = {}
    for agent in sorted({gift.agent for epoch in course.epochs for gift in epoch.gifts}):
        name = patients.instance.agents[agent]
        own = np.full((n, epochs, categories), NEVER, dtype=np.float32)
        for s, epoch in enumerate(course.epochs):
            for gift in epoch.gifts:
                if gift.agent == agent:
                    own[:, s] = _times(patients, rows, name, s, epoch, gift.hazard)
        flat = own.reshape(n, -1)
        if doses and flat.shape[1] > 1:
            one = flat.min(axis=1)
            late = flat > one[:, None]
            flat[late & (np.modf(flat * np.float32(997.0))[0] > c.reduced)] = NEVER
            two = np.partition(flat, 1, axis=1)[:, 1]
            flat[flat > two[:, None]] = NEVER
            lowered[agent], stopped[agent] = one, two
        np.minimum(first, own, out=first)
    return Harm(first, lowered, stopped)


def _times(patients: Patients, rows: NDArray[np.intp], cause: str, s: int, epoch: Epoch, hazards: Floats) -> Singles:
    """(n, E) months of the first event of each category by a cause in an epoch."""
    c = patients.constants
    times = np.full((len(rows), len(hazards)), NEVER, dtype=np.float32)
    some = np.flatnonzero(hazards > 0)
    if not some.size:
        return times
    drawn = patients.harms(cause, s)[rows][:, some]
    used = drawn / (patients.frailty[rows, None] * hazards[some].astype(np.float32))
    inside = np.float32(1 - np.exp(-1 / c.early))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = -np.float32(c.early) * np.log1p(-np.minimum(used, 1.0) * inside)
    months = np.float32(epoch.start) + share * np.float32(epoch.end - epoch.start)
    times[:, some] = np.where(used < 1, months, NEVER)
    return times
