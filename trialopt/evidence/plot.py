"""The calibration plot of the backtest."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


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
