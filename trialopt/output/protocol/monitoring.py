"""A rule by which a safety board watches a limit on severe events, and how often it pauses an arm.

After so many patients an arm is paused in a cohort when the rate of an event is above its limit with a probability of
at least `SURE`, by a beta-binomial model whose prior counts as one patient and has its mean at the limit. Thall and
Simon, Biometrics 50 (1994) 337-349; prior, probability and steps are ours: assumptions that a sponsor confirms. The
chances of a pause are exact: the number of events is followed from look to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

SURE = 0.95
LOOKS = (10, 20, 30, 40, 60, 80, 100)


def pauses_at(limit: float, patients: int) -> int | None:
    """Fewest events among so many patients that pause; `None` where not even all of them do."""
    from scipy.special import betainc

    if not 0.0 < limit < 1.0:
        return 1 if limit <= 0.0 else None
    events = np.arange(patients + 1)
    below = betainc(limit + events, 1.0 - limit + patients - events, limit)
    enough = np.flatnonzero(1.0 - below >= SURE)
    return int(enough[0]) if len(enough) else None


def looks(most: int) -> tuple[int, ...]:
    """Numbers of patients at which the rule looks, for a cohort of at most so many."""
    return tuple(n for n in LOOKS if n <= most) or LOOKS[:1]


def chance_of_pause(limit: float, rate: float, at: Sequence[int]) -> float:
    """Chance that the rule pauses at any look, when so many patients have an event in truth."""
    going, before = np.ones(1), 0
    for n in at:
        step = [comb(n - before, k) * rate**k * (1.0 - rate) ** (n - before - k) for k in range(n - before + 1)]
        going, before = np.convolve(going, step), n
        stop = pauses_at(limit, n)
        if stop is not None:
            going[stop:] = 0.0
    return float(1.0 - going.sum())
