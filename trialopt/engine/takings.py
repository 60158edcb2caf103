"""What arms of a sized trial take of its resources, each found once.

It rests on the sequence, the set and the limits of the trial, not on what an arm is worth: runs over the same regimens
with other weights of the truths share it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from trialopt.core.instance import Bools, Floats
from trialopt.engine.found import Path
from trialopt.engine.sizes import SetTrial


@dataclass
class _OfSet:
    place: dict[Path, int]
    runs: Bools
    takes: Floats


@dataclass
class Takings:
    """Known so far, for one way of sizing."""

    trials: dict[int, SetTrial] = field(default_factory=dict)
    """By set of subgroups."""
    assured: dict[tuple[int, Path], bool] = field(default_factory=dict)
    """Whether the arm of a set and a sequence has the assurance asked for."""
    _sets: dict[int, _OfSet] = field(default_factory=dict)

    def of(
        self, mask: int, paths: list[Path], find: Callable[[int, list[Path]], tuple[Bools, Floats]]
    ) -> tuple[Bools, Floats]:
        """(n,) whether arms of a set can be run, and (n, K) what they take; `find` says it of those not known."""
        known = self._sets.get(mask)
        fresh = paths if known is None else [path for path in paths if path not in known.place]
        if fresh or known is None:
            runs, takes = find(mask, fresh)
            if known is None:
                known = self._sets[mask] = _OfSet({}, runs[:0], takes[:0])
            begin = len(known.place)
            known.place.update({path: begin + n for n, path in enumerate(fresh)})
            known.runs, known.takes = np.append(known.runs, runs), np.concatenate([known.takes, takes])
        at = np.array([known.place[path] for path in paths], dtype=np.intp)
        return known.runs[at], known.takes[at]
