"""What a model that is exactly right would show on the arms of a test: the floor of its errors.

The predicted rates are taken as true. An arm's own rate deviates from it as trials and arms of one regimen do (the
fitted spreads), and its patients are a sample. So errors of that size, and ranks as imperfect, are in the trials.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

Array = NDArray[np.float64]
TIMES, SEED = 1000, 17


def _shown(
    rows: pd.DataFrame, trial: float, arm: float, ceiling: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Rates the model predicts, and what each repeat of the trials shows, in percent; (rows,), (TIMES, rows)."""
    rate = np.clip(rows["predicted"].to_numpy(dtype=np.float64) / 100.0, 0.001, ceiling - 0.001)
    _, place = np.unique(rows["trial_id"].to_numpy(dtype=object).astype("str"), return_inverse=True)
    log_activity = np.log(-np.log1p(-rate / ceiling))
    moved = trial * rng.standard_normal((TIMES, place.max() + 1))[:, place] + arm * rng.standard_normal(
        (TIMES, len(rate))
    )
    own = ceiling * -np.expm1(-np.exp(log_activity + moved))
    size = rows["n"].to_numpy(dtype=np.int64)
    return 100.0 * rate, 100.0 * rng.binomial(size, own) / size


def _figures(predicted: Array, shown: Array) -> dict[str, float]:
    rank = np.array([spearmanr(predicted, one)[0] for one in shown])
    return {"spearman": float(rank.mean()), "spearman_high": float(np.quantile(rank, 0.95)),
            "mae": float(np.abs(shown - predicted).mean()),
            "width_90": float(np.subtract(*np.quantile(shown, (0.95, 0.05), axis=0)).mean())}  # fmt: skip


def floors(
    arms: pd.DataFrame, gains: pd.DataFrame, spread: Mapping[str, float], power: float, ceiling: float
) -> list[dict[str, object]]:
    """Figures of a true model on arms and on gains over control of one outcome: sampling alone, and with deviations."""
    out: list[dict[str, object]] = []
    trial = float(np.hypot(power * spread["trial"], spread["trial_own"]))
    arm = float(np.hypot(power * spread["arm"], spread["arm_own"]))
    both = arms[arms["trial_id"].isin(gains["trial_id"])].reset_index(drop=True)
    first = both.groupby(["trial_id", "role"])["n"].idxmax()
    pairs = [(first[name, "arm"], first[name, "control"]) for name in gains["trial_id"]
             if (name, "arm") in first and (name, "control") in first]  # fmt: skip
    for words, a, b in (("sampling", 0.0, 0.0), ("sampling, trials and arms", trial, arm)):
        rng = np.random.default_rng(SEED)
        out.append({"of": "arms", "floor": words, "count": len(arms), **_figures(*_shown(arms, a, b, ceiling, rng))})
        predicted, shown = _shown(both, a, b, ceiling, rng)
        ones, others = ([pair[side] for pair in pairs] for side in (0, 1))
        gain = _figures(predicted[ones] - predicted[others], shown[:, ones] - shown[:, others])
        out.append({"of": "gains over control", "floor": words, "count": len(pairs), **gain})
    return out


def event_floors(happened: pd.DataFrame, spread: Mapping[str, Mapping[str, float]]) -> list[dict[str, object]]:
    """Figures of a true model on the arms of each category of events whose agents are in other trials.

    ``happened`` as of ``events.leave_one_out``; ``spread`` by category, of ``trial`` and ``arm``.
    """
    out: list[dict[str, object]] = []
    for category, rows in happened[happened["known"]].groupby("category", sort=False):
        mine = spread[str(category)]
        rng = np.random.default_rng(SEED)
        found = _figures(*_shown(rows, mine["trial"], mine["arm"], 1.0, rng))
        out.append(
            {"outcome": category, "of": "arms", "floor": "sampling, trials and arms", "count": len(rows), **found}
        )
    return out
