"""The backtest: every combination trial predicted from what was published before it.

Nothing of a trial, nothing published in or after its half-year, and no other report of its patients enters its
prediction. The prior is one for all trials. Point predictions are medians (they minimise the absolute error);
intervals hold the parameters' uncertainty, the spread between trials and arms, and the sampling of the arm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from trialopt.evidence import library
from trialopt.evidence.arms import known_before, response_arms
from trialopt.evidence.component import Prior, rates
from trialopt.evidence.response import arms_for, fit_response

Array = NDArray[np.float64]
DRAWS, SEED = 2000, 20240131
PREDICTORS = {
    "component": "component model, earlier trials only",
    "anchored": "component model on the observed control arm",
    "independence": "1 - prod(1 - single-agent rate), rates published before",
    "control": "the observed control arm, no gain",
}


@dataclass(frozen=True)
class Backtest:
    """Predictions by trial, and what trials would show if the model were exactly true (draws by trials)."""

    predictions: pd.DataFrame
    simulated: Array
    simulated_gain: Array


def targets() -> pd.DataFrame:
    """Combination arms to predict, oldest first: every usable experimental arm of two or more agents.

    Columns of ``response_arms`` and ``control_agents``, ``control_n``, ``control_pct``: filled for randomised
    comparisons with another regimen (not with a mixture of regimens, nor another dose of the same agents).
    """
    arms = response_arms()
    arms = arms[arms["role"].isin(["arm", "single"]) & arms["agents"].str.contains(";")].reset_index(drop=True)
    trials = library.regimens().drop_duplicates("trial_id").set_index("trial_id")
    agents, sizes, percents, checked = [], [], [], []
    for _, row in arms.iterrows():
        found = row["role"] == "arm"
        trial = trials.loc[row["trial_id"]] if found else None
        use = (
            trial is not None
            and trial["randomised"] == "y"
            and trial["control_agents"] not in ("", "standard_regimens")
            and pd.notna(trial["orr_control_pct"])
            and sorted(library.agent_ids(trial["control_agents"])) != sorted(library.agent_ids(row["agents"]))
        )
        agents.append(trial["control_agents"] if use and trial is not None else "")
        sizes.append(float(trial["n_control"]) if use and trial is not None else np.nan)
        percents.append(float(trial["orr_control_pct"]) if use and trial is not None else np.nan)
        checked.append(bool(trial is not None and trial["backtest_role"] != "not_used"))
    out = arms.assign(control_agents=agents, control_n=sizes, control_pct=percents, first_check=checked)
    return out.sort_values(["published", "trial_id", "arm"], kind="stable").reset_index(drop=True)


def single_agent_rate(past: pd.DataFrame, agent: str, population: str) -> float:
    """Pooled response rate of an agent alone in earlier arms, of the same population if there are any; else NaN."""
    alone = past[past["agents"] == agent]
    near = alone[alone["population"] == ("early_relapse" if population == "newly_diagnosed" else population)]
    rows = alone if near.empty else near
    return float(rows["responders"].sum() / rows["n"].sum()) if len(rows) else float("nan")


def _predict(target: pd.Series, past: pd.DataFrame, prior: Prior, draws: int, seed: int) -> tuple[Array, Array, Array]:
    """Draws of the rates of arm and control (or arm twice), and of the arm's observed share."""
    both = [target["agents"], target["control_agents"] or target["agents"]]
    wanted = pd.DataFrame([dict(target, agents=agents, responders=0, trial_id="") for agents in both])
    found = fit_response(past, prior, both)
    rng = np.random.default_rng(seed)
    effect = rng.normal(0.0, prior.trial_sd, (draws, 1)) + rng.normal(0.0, prior.arm_sd, (draws, 2))
    drawn = rates(found.draws(draws, seed + 1), found.structure, len(past), arms_for(wanted, found.structure), effect)
    size = int(target["n"])
    shown = rng.binomial(size, np.clip(drawn[:, 0], 0.0, 1.0)) / size
    return drawn[:, 0], drawn[:, 1], np.asarray(shown, dtype=np.float64)


def run(prior: Prior | None = None, draws: int = DRAWS, seed: int = SEED) -> Backtest:
    """Predict every target; seeded, so the same call gives the same figures."""
    prior = prior or Prior()
    arms, wanted = response_arms(), targets()
    out, shares, gains = [], [], []
    for i, target in wanted.iterrows():
        past = known_before(arms, target["published"], without=target["patient_group"])
        past = past[past["trial_id"] != target["trial_id"]]
        if past.empty:
            continue
        seen = {agent for text in past["agents"] for agent in library.agent_ids(text)}
        agents = library.agent_ids(target["agents"])
        arm, control, shown = _predict(target, past, prior, draws, seed + 2 * int(str(i)))
        rng = np.random.default_rng(seed - int(str(i)))
        paired = target["control_agents"] != ""
        observed = target["responders"] / target["n"]
        independence = 1.0 - np.prod([1.0 - single_agent_rate(past, a, target["population"]) for a in agents])
        row: dict[str, object] = {
            "trial_id": target["trial_id"],
            "published": target["published"],
            "population": target["population"],
            "agents": target["agents"],
            "n": int(target["n"]),
            "earlier_arms": len(past),
            "predictable": set(agents) <= seen,
            "first_check": target["first_check"],
            "recalled": target["recalled"],
            "observed": observed,
            "component": float(np.median(arm)),
            "low": float(np.quantile(shown, 0.05)),
            "high": float(np.quantile(shown, 0.95)),
            "independence": float(independence),
        }
        gain = np.full(draws, np.nan)
        if paired:
            p0, n0 = target["control_pct"] / 100.0, int(target["control_n"])
            base = rng.beta(p0 * n0 + 0.5, (1.0 - p0) * n0 + 0.5, draws)
            anchored = 1.0 - (1.0 - base) * (1.0 - arm) / (1.0 - control)
            seen_anchored = rng.binomial(int(target["n"]), np.clip(anchored, 0.0, 1.0)) / int(target["n"])
            control_rates = [
                single_agent_rate(past, a, target["population"]) for a in library.agent_ids(target["control_agents"])
            ]
            row |= {
                "control_agents": target["control_agents"],
                "control": p0,
                "component_control": float(np.median(control)),
                "anchored": float(np.median(anchored)),
                "anchored_low": float(np.quantile(seen_anchored, 0.05)),
                "anchored_high": float(np.quantile(seen_anchored, 0.95)),
                "gain": observed - p0,
                "component_gain": float(np.median(arm - control)),
                "anchored_gain": float(np.median(anchored)) - p0,
                "independence_gain": float(independence - 1.0 + np.prod([1.0 - rate for rate in control_rates])),
                "control_gain": 0.0,
            }
            gain = shown - rng.binomial(n0, np.clip(control, 0.0, 1.0)) / n0
        out.append(row)
        shares.append(shown)
        gains.append(gain)
    return Backtest(pd.DataFrame(out), np.array(shares).T, np.array(gains).T)


def subsets(predictions: pd.DataFrame) -> dict[str, pd.Series]:
    """Sets of trials the figures are given for; the first is the headline."""
    can = predictions["predictable"]
    relapse = predictions["population"] != "newly_diagnosed"
    return {
        "predictable": can,
        "predictable, relapsed": can & relapse,
        "predictable, with a randomised control": can & predictions["control"].notna(),
        "predictable, of the first check": can & predictions["first_check"],
        "predictable, response read": can & ~predictions["recalled"],
        "all": can | True,
    }


def _rank(a: pd.Series, b: pd.Series) -> float:
    use = a.notna() & b.notna()
    if use.sum() < 3 or a[use].nunique() < 2 or b[use].nunique() < 2:
        return float("nan")
    return float(spearmanr(a[use], b[use])[0])


def summary(predictions: pd.DataFrame) -> pd.DataFrame:
    """Figures by set of trials and predictor.

    Columns: trials, spearman, mae, bias (predicted less observed), coverage of 90 % intervals, and for the gain over
    control gain_trials, gain_spearman, gain_mae, gain_bias. Errors are in percentage points.
    """
    out = []
    for name, keep in subsets(predictions).items():
        rows = predictions[keep]
        for predictor in PREDICTORS:
            error = 100.0 * (rows[predictor] - rows["observed"]).dropna()
            gain_error = 100.0 * (rows[f"{predictor}_gain"] - rows["gain"]).dropna()
            low, high = {"component": ("low", "high"), "anchored": ("anchored_low", "anchored_high")}.get(
                predictor, ("", "")
            )
            inside = rows[rows[low].notna()] if low else rows[:0]
            covered = (inside["observed"] >= inside[low]) & (inside["observed"] <= inside[high]) if low else None
            out.append(
                {
                    "trials_of": name,
                    "predictor": predictor,
                    "trials": len(error),
                    "spearman": _rank(rows[predictor], rows["observed"]),
                    "mae": error.abs().mean(),
                    "bias": error.mean(),
                    "coverage": np.nan if covered is None else 100.0 * covered.mean(),
                    "gain_trials": len(gain_error),
                    "gain_spearman": _rank(rows[f"{predictor}_gain"], rows["gain"]),
                    "gain_mae": gain_error.abs().mean(),
                    "gain_bias": gain_error.mean(),
                }
            )
    return pd.DataFrame(out)


def ceiling(backtest: Backtest) -> dict[str, float]:
    """Return what the figures of the headline set would average if the model were exactly true.

    Trials of 30 to 500 patients in differing populations scatter, so no forecast of them reaches 1 and 0.
    Keys: spearman, spearman_high (95th percentile), mae, gain_spearman, gain_spearman_high.
    """
    rows = backtest.predictions["predictable"].to_numpy()
    point = backtest.predictions.loc[rows, "component"]
    shown = backtest.simulated[:, rows]
    paired = rows & backtest.predictions["gain"].notna().to_numpy()
    gain_point = backtest.predictions.loc[paired, "component_gain"]
    gains = backtest.simulated_gain[:, paired]
    ranks = np.array([spearmanr(point, one)[0] for one in shown[:500]])
    gain_ranks = np.array([spearmanr(gain_point, one)[0] for one in gains[:500]])
    return {
        "spearman": float(ranks.mean()),
        "spearman_high": float(np.quantile(ranks, 0.95)),
        "mae": float(100.0 * np.abs(shown - point.to_numpy()).mean()),
        "gain_spearman": float(gain_ranks.mean()),
        "gain_spearman_high": float(np.quantile(gain_ranks, 0.95)),
    }


def calibration(predictions: pd.DataFrame, groups: int = 5) -> pd.DataFrame:
    """Predictable trials in groups of rising prediction: mean predicted and observed, in percent, and coverage."""
    rows = predictions[predictions["predictable"]].sort_values("component", kind="stable").reset_index(drop=True)
    out = []
    for part in np.array_split(np.arange(len(rows)), groups):
        some = rows.iloc[part]
        inside = (some["observed"] >= some["low"]) & (some["observed"] <= some["high"])
        out.append(
            {
                "trials": len(some),
                "predicted_low": 100.0 * some["component"].min(),
                "predicted_high": 100.0 * some["component"].max(),
                "predicted_mean": 100.0 * some["component"].mean(),
                "observed_mean": 100.0 * some["observed"].mean(),
                "inside": int(inside.sum()),
            }
        )
    return pd.DataFrame(out)


def sensitivity() -> pd.DataFrame:
    """Headline figures under other priors, one changed at a time: how much the choice of prior matters."""
    base = Prior()
    variants = {
        "as shipped": base,
        "class_mean -0.7": Prior(class_mean=-0.7),
        "class_sd 0.5": Prior(class_sd=0.5),
        "agent_sd 0.3": Prior(agent_sd=0.3),
        "agent_sd 0.8": Prior(agent_sd=0.8),
        "pair_sd 0.05": Prior(pair_sd=0.05),
        "pair_sd 0.3": Prior(pair_sd=0.3),
        "kind_sd 0.15": Prior(kind_sd=0.15),
        "trial_sd 0.1": Prior(trial_sd=0.1),
        "trial_sd 0.3": Prior(trial_sd=0.3),
        "arm_sd 0.2": Prior(arm_sd=0.2),
    }
    out = []
    for name, prior in variants.items():
        figures = summary(run(prior, draws=1000).predictions).iloc[0].drop(["trials_of", "predictor"])
        out.append({"prior": name, **figures.to_dict()})
    return pd.DataFrame(out)
