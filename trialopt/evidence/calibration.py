"""A regimen's own deviation, calibrated on gains over control that earlier trials predicted (model section 11).

Forward in time the gain of an arm over its randomised control is predicted with the parameters, the deviation of the
trial and the sampling of the patients: ``known_sd``. What is left is the arms' own: with ``d`` the standard deviation
of a factor on the log-activity of each of the two,

    observed - predicted ~ Normal(0, known_sd**2 + d**2 * slope**2)

``slope`` is what 100 % more log-activity would add, of both arms together. ``d`` is the one of greatest likelihood;
its 90 % limits are those of the profile likelihood. Ours.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialopt.evidence.outcomes import OUTCOMES

Array = NDArray[np.float64]
GRID = np.arange(0.0, 0.6005, 0.001)
DROP = 1.353
"""Half the 90 % quantile of chi squared with one degree of freedom."""
ENDS = {"cover_90": 1.6449, "cover_80": 1.2816, "cover_50": 0.6745}


def deviation_table(gains: pd.DataFrame) -> pd.DataFrame:
    """The deviation for each outcome: value, 90 % limits, gains it rests on, and what its intervals cover of them."""
    out = []
    for outcome in OUTCOMES:
        rows = gains[(gains["outcome"] == outcome) & gains["predictable"]]
        error = (rows["observed"] - rows["predicted"]).to_numpy(dtype=np.float64)
        known, slope = rows["known_sd"].to_numpy(dtype=np.float64), rows["slope"].to_numpy(dtype=np.float64)
        variance = known**2 + (GRID[:, None] * slope) ** 2
        likelihood = -0.5 * (np.log(variance) + error**2 / variance).sum(axis=1)
        best = int(np.argmax(likelihood))
        inside = GRID[likelihood >= likelihood[best] - DROP]
        spread = np.sqrt(variance[best])
        cover = {name: 100.0 * float((np.abs(error) <= z * spread).mean()) for name, z in ENDS.items()}
        out.append({"outcome": outcome, "value": float(GRID[best]), "low": float(inside.min()),
                    "high": float(inside.max()), "gains": len(rows), **cover})  # fmt: skip
    return pd.DataFrame(out)
