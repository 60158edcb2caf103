"""How well a fit mixes and predicts, in numbers and as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from trialopt.evidence.component import Fit, Prior, rates
from trialopt.evidence.response import arms_for, fit_response

# -- Does the response fit hold: residuals by trial, and each trial predicted with itself left out. ---------------


def residuals(found: Fit, frame: pd.DataFrame) -> pd.DataFrame:
    """Observed and fitted rates of every fitted arm, in percent.

    ``fitted`` leaves out what the fit gave to the trial and the arm; ``trial_effect`` is that of the trial on the log
    of activity with its standard error; ``z`` is the arm's deviation over the spread the model expects of it.
    """
    at = found.structure.offsets(len(frame))
    zero = np.zeros((1, len(frame)))
    fitted = rates(found.mode[None], found.structure, len(frame), found.arms, zero)[0]
    scatter = np.hypot(found.prior.trial_sd, found.prior.arm_sd)
    raw = -np.log1p(-fitted)
    spread = np.sqrt((np.exp(-raw) * raw * scatter) ** 2 + fitted * (1.0 - fitted) / found.arms.n)
    effect, deviation = found.mode[at["trial"]], np.sqrt(np.diag(found.covariance))[at["trial"]]
    observed = found.arms.events / found.arms.n
    return pd.DataFrame(
        {
            "trial_id": frame["trial_id"],
            "arm": frame["arm"],
            "population": frame["population"],
            "n": found.arms.n.astype(int),
            "observed": 100.0 * observed,
            "fitted": 100.0 * fitted,
            "residual": 100.0 * (observed - fitted),
            "z": (observed - fitted) / spread,
            "trial_effect": effect[found.arms.trial],
            "trial_effect_se": deviation[found.arms.trial],
        }
    )


def leave_one_trial_out(frame: pd.DataFrame, prior: Prior, *, draws: int = 1000, seed: int = 11) -> pd.DataFrame:
    """Predict each trial's arms from all other trials, earlier and later.

    Columns: trial_id, arm, left_out (median, percent), left_out_low, left_out_high (90 %, with sampling), inside.
    """
    parts = []
    for number, trial in enumerate(dict.fromkeys(frame["trial_id"])):
        mine = frame["trial_id"] == trial
        wanted, rest = frame[mine].reset_index(drop=True), frame[~mine].reset_index(drop=True)
        found = fit_response(rest, prior, wanted["agents"])
        rng = np.random.default_rng(seed + number)
        effect = rng.normal(0.0, prior.trial_sd, (draws, 1)) + rng.normal(0.0, prior.arm_sd, (draws, len(wanted)))
        drawn = rates(
            found.draws(draws, seed + number), found.structure, len(rest), arms_for(wanted, found.structure), effect
        )
        size = wanted["n"].to_numpy(dtype=np.int64)
        shown = rng.binomial(size, np.clip(drawn, 0.0, 1.0)) / size
        low, high = np.quantile(shown, [0.05, 0.95], axis=0)
        observed = (wanted["responders"] / wanted["n"]).to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "trial_id": trial,
                    "arm": wanted["arm"],
                    "left_out": 100.0 * np.median(drawn, axis=0),
                    "left_out_low": 100.0 * low,
                    "left_out_high": 100.0 * high,
                    "inside": np.where((observed >= low) & (observed <= high), "y", "n"),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


# -- The calibration plot of the backtest. ------------------------------------------------------------------------


def calibration_plot(predictions: pd.DataFrame, path: Path) -> None:
    """Observed against predicted response, one point a predictable trial, with 90 % intervals; and the gain.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    rows = predictions[predictions["predictable"]]
    figure = Figure(figsize=(9.0, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    point = 100.0 * rows["component"]
    reach = [point - 100.0 * rows["low"], 100.0 * rows["high"] - point]
    left.errorbar(100.0 * rows["observed"], point, yerr=[part.clip(lower=0.0) for part in reach], fmt="o", alpha=0.7)
    left.plot([0, 100], [0, 100], color="grey", linewidth=1)
    left.set(xlabel="observed response, %", ylabel="predicted from earlier trials, %", xlim=(0, 100), ylim=(0, 100))
    paired = rows[rows["gain"].notna()]
    right.plot(100.0 * paired["gain"], 100.0 * paired["component_gain"], "o", alpha=0.7)
    right.plot([-10, 45], [-10, 45], color="grey", linewidth=1)
    right.set(xlabel="observed gain over control, points", ylabel="predicted gain, points")
    beside = path.with_name(f".{path.stem}.new{path.suffix}")
    figure.savefig(beside)
    beside.replace(path)
