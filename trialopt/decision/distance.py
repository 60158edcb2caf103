"""How far two designs are from each other, counted in agents."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from trialopt.design import Arm, Design


def distance(first: Design, other: Design) -> int:
    """Agent-epoch-arm differences: agents given in an epoch by just one of two matched arms, over all arms.

    Arms are matched so that the count is least; an arm without a partner counts with all it gives. Levels and who is
    served by which arm do not count.
    """
    size = max(len(first.arms), len(other.arms))
    nothing = Arm("", (), {})
    ours, theirs = ([*design.arms, *[nothing] * (size - len(design.arms))] for design in (first, other))
    counts = np.array([[_differences(a, b) for b in theirs] for a in ours])
    return int(counts[linear_sum_assignment(counts)].sum())


def _differences(a: Arm, b: Arm) -> int:
    return sum(
        len({d.agent for d in a.sequence.get(epoch, ())} ^ {d.agent for d in b.sequence.get(epoch, ())})
        for epoch in {*a.sequence, *b.sequence}
    )
