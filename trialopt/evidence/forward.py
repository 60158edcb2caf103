"""How well the joint model predicts what it has not seen: arms forward in time, hazard ratios and events by trial.

An arm is predicted from arms published strictly before its half-year, with nothing of its trial and no other report of
its patients. It is a target where every agent it gave was in an earlier arm and the outcome was reported by ``ENOUGH``
earlier arms. Intervals hold the parameters, the deviations of trial and arm, and the sampling of the arm's patients.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from trialopt.core.run_folder import changing
from trialopt.evidence import events, forecast, library, surrogate
from trialopt.evidence.arms import is_before, latest_reports
from trialopt.evidence.floor import event_floors, floors
from trialopt.evidence.outcomes import FREEDOM, OUTCOMES, fit_outcomes, given, new_terms, observe, outcome_arms
from trialopt.evidence.posterior import Posterior, deviations, rates

Array = NDArray[np.float64]
DRAWS, SEED = 1000, 20261127
STEP = 0.01
FIRST, BURNT_IN, ENOUGH = "2009", "2015", 10
OFTEN = 30
"""Arms of a category of events from which on its floor is told."""
TABLES = ("forward_arms", "forward_gains", "forward_hazards", "forward_events", "forward_floor", "forward_summary")


def drawn_rates(found: Posterior, wanted: pd.DataFrame, draws: int, seed: int) -> tuple[Array, pd.DataFrame]:
    """Rates of new arms with the deviations of their trials and arms, and the key of the columns (place, outcome)."""
    seen, key = observe(wanted, found.terms, known=False)
    theta = found.draws(draws, seed)
    trial = [str(wanted["trial_id"].iloc[place]) for place in key["place"]]
    arm = [str(place) for place in key["place"]]
    deep = list(key["outcome"])
    labels = {
        "trial": trial,
        "arm": arm,
        "trial_own": [f"{a}:{b}" for a, b in zip(trial, deep, strict=True)],
        "arm_own": [f"{a}:{b}" for a, b in zip(arm, deep, strict=True)],
    }
    return rates(theta, seen, deviations(seen, theta, found.spread, labels, seed, FREEDOM)), key


def _without_own(found: Posterior, wanted: pd.DataFrame, draws: int, seed: int) -> tuple[Array, Array]:
    """Rates of new arms with their trial's deviation alone, and what 1 % more log-activity adds to each, in points."""
    seen, key = observe(wanted, found.terms, known=False)
    theta = found.draws(draws, seed)
    trial = [str(wanted["trial_id"].iloc[place]) for place in key["place"]]
    labels = {"trial": trial, "trial_own": [f"{a}:{b}" for a, b in zip(trial, key["outcome"], strict=True)]}
    effect = deviations(seen, theta, found.spread, labels, seed, FREEDOM)
    rate = rates(theta, seen, effect)
    return rate, np.asarray((rates(theta, seen, effect + STEP) - rate).mean(axis=0) / STEP, dtype=np.float64)


def _past(arms: pd.DataFrame, date: str, group: pd.DataFrame, barred: str) -> pd.DataFrame:
    past = arms[[is_before(published, date) for published in arms["published"]]]
    past = past[~past["trial_id"].isin(group["trial_id"])]
    return latest_reports(past[past["patient_group"] != barred] if barred else past).reset_index(drop=True)


def _quantiles(shown: Array) -> dict[str, float]:
    return {f"q{q}": 100.0 * float(np.quantile(shown, q / 100.0)) for q in events.QUANTILES}


def _predict(
    group: pd.DataFrame, past: pd.DataFrame, draws: int, seed: int
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Rows of the arms of one date, and of their gains over randomised controls."""
    found = fit_outcomes(past, group)
    drawn, key = drawn_rates(found, group, draws, seed)
    plain, moved = _without_own(found, group, draws, seed)
    rng = np.random.default_rng([seed, 7])
    known = {agent.split("@")[0] for text in past["agents"] for agent in given(text)}
    out, gains = [], []
    shown: dict[tuple[int, str], tuple[Array, Array, bool, int]] = {}
    for column, (place, outcome) in enumerate(zip(key["place"], key["outcome"], strict=True)):
        row = group.iloc[place]
        if pd.isna(row[outcome]) or pd.isna(row["n"]):
            continue
        rate = drawn[:, column]
        share = rng.binomial(int(row["n"]), np.clip(rate, 0.0, 1.0)) / int(row["n"])
        can = {agent.split("@")[0] for agent in given(row["agents"])} <= known and past[outcome].notna().sum() >= ENOUGH
        shown[place, outcome] = share, rate, bool(can), column
        base = {"trial_id": row["trial_id"], "published": row["published"], "outcome": outcome}
        out.append(base | {"arm": row["arm"], "role": row["role"], "population": row["population"],
                           "n": int(row["n"]), "predictable": can,
                           "observed": row[outcome],
                           "predicted": 100.0 * float(np.median(rate)), **_quantiles(share)})  # fmt: skip
    for (place, outcome), (share, rate, can, one) in shown.items():
        row = group.iloc[place]
        mates = [
            i
            for i in range(len(group))
            if group["trial_id"].iloc[i] == row["trial_id"] and group["role"].iloc[i] == "control"
        ]
        if row["role"] != "arm" or not row["versus"] or not mates or (mates[0], outcome) not in shown:
            continue
        share_0, rate_0, can_0, other = shown[mates[0], outcome]
        sampled = sum(
            float(np.mean(x * (1 - x))) / group["n"].iloc[at] for x, at in ((rate, place), (rate_0, mates[0]))
        )
        known_sd = np.sqrt(np.var(plain[:, one] - plain[:, other]) + sampled)
        gains.append({"trial_id": row["trial_id"], "published": row["published"], "outcome": outcome,
                      "predictable": can and can_0,
                      "observed": row[outcome] - group[outcome].iloc[mates[0]],
                      "predicted": 100.0 * float(np.median(rate - rate_0)),
                      "known_sd": 100.0 * float(known_sd), "slope": 100.0 * float(np.hypot(moved[one], moved[other])),
                      **_quantiles(share - share_0)})  # fmt: skip
    return out, gains


def run(draws: int = DRAWS, seed: int = SEED, first: str = FIRST) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predict every arm published since ``first`` from earlier ones; the arms, and the gains over control."""
    arms = outcome_arms()
    out: list[dict[str, object]] = []
    gains: list[dict[str, object]] = []
    for number, date in enumerate(date for date in dict.fromkeys(arms["published"]) if date >= first):
        for barred, group in arms[arms["published"] == date].groupby("patient_group", sort=True):
            group = group.reset_index(drop=True)
            rows, differences = _predict(group, _past(arms, date, group, str(barred)), draws, seed + number)
            out += rows
            gains += differences
    return pd.DataFrame(out), pd.DataFrame(gains)


def figures(rows: pd.DataFrame) -> dict[str, float]:
    """Rank correlation, errors (points), slope of observed on predicted, cover and width of intervals."""
    error = rows["predicted"] - rows["observed"]
    out = {
        "count": len(rows),
        "spearman": float(spearmanr(rows["predicted"], rows["observed"])[0]),
        "mae": error.abs().mean(),
        "bias": error.mean(),
        "slope": float(np.polyfit(rows["predicted"], rows["observed"], 1)[0]) if len(rows) > 2 else float("nan"),
    }
    for name, low, high in (("cover_90", 5, 95), ("cover_80", 10, 90), ("cover_50", 25, 75)):
        inside = (rows["observed"] >= rows[f"q{low}"] - 1e-9) & (rows["observed"] <= rows[f"q{high}"] + 1e-9)
        out[name] = 100.0 * inside.mean()
    return out | {"width_90": (rows["q95"] - rows["q5"]).mean()}


def summary(arms: pd.DataFrame, gains: pd.DataFrame, hazards: pd.DataFrame, happened: pd.DataFrame) -> pd.DataFrame:
    """Figures of every part, one row a set of targets."""
    out: list[dict[str, object]] = []
    for outcome in OUTCOMES:
        for name, frame in (("arms", arms), ("gains over control", gains)):
            rows = frame[(frame["outcome"] == outcome) & frame["predictable"]]
            late = rows["published"] >= BURNT_IN
            sets = {f"since {FIRST}": rows, f"since {BURNT_IN}": rows[late]}
            if name == "arms":
                sets[f"since {BURNT_IN}, 100 patients or more"] = rows[late & (rows["n"] >= 100)]
                sets[f"since {BURNT_IN}, tested arms of two agents or more"] = rows[late & (rows["role"] == "arm")]
            out += [{"of": f"{outcome}: {name}", "set": which, **figures(some)} for which, some in sets.items()]
    for category, rows in happened.groupby("category", sort=False):
        out.append({"of": f"{category}: arms", "set": "one trial left out", **figures(rows)})
        out.append(
            {"of": f"{category}: arms", "set": "one trial left out, agents in others", **figures(rows[rows["known"]])}
        )
    error = hazards["predicted"] - hazards["observed"]
    near = [100.0 * (error.abs() <= z * hazards["sd"]).mean() for z in (1.645, 1.282, 0.674)]
    rank = float(spearmanr(hazards["predicted"], hazards["observed"])[0])
    line = float(np.polyfit(hazards["predicted"], hazards["observed"], 1)[0])
    out.append({"of": "log hazard ratio", "set": "one trial left out", "count": len(error), "spearman": rank,
                "mae": error.abs().mean(), "bias": error.mean(),
                "slope": line, "cover_90": near[0], "cover_80": near[1], "cover_50": near[2],
                "width_90": (2 * 1.645 * hazards["sd"]).mean()})  # fmt: skip
    constant = hazards["constant"] - hazards["observed"]
    out.append({"of": "log hazard ratio", "set": "a constant (median of the others)", "count": len(error),
                "mae": constant.abs().mean(), "bias": constant.mean()})  # fmt: skip
    return pd.DataFrame(out)


def floor_table(arms: pd.DataFrame, gains: pd.DataFrame, happened: pd.DataFrame) -> pd.DataFrame:
    """What a model that is exactly right would show on arms and gains since ``BURNT_IN``, and on events by category."""
    terms, theta, spread = forecast.loaded("outcomes", new_terms())
    middle = theta.mean(axis=0)
    ceiling = 1.0 / (1.0 + float(np.exp(-middle[terms.index["ceiling"]])))
    out: list[dict[str, object]] = []
    for outcome in OUTCOMES:
        power = 1.0 if outcome == "response" else float(middle[terms.index[f"power:{outcome}"]])
        mine, over = (
            frame[(frame["outcome"] == outcome) & frame["predictable"] & (frame["published"] >= BURNT_IN)]
            for frame in (arms, gains)
        )
        out += [{"outcome": outcome, **row} for row in floors(mine, over, spread, power, ceiling)]
    often = [name for name in dict.fromkeys(happened["category"]) if (happened["category"] == name).sum() >= OFTEN]
    mine = happened[happened["category"].isin(often)]
    out += event_floors(mine, {name: forecast.spreads(f"events:{name}") for name in often})
    return pd.DataFrame(out)


def rebuild() -> dict[str, pd.DataFrame]:
    """Run every test again and write its tables, all or none; about two minutes."""
    arms, gains = run()
    hazards = surrogate.leave_one_out(outcome_arms())
    happened = pd.concat([events.leave_one_out(category) for category in events.categories()], ignore_index=True)
    rows = summary(arms, gains, hazards, happened)
    tables = dict(zip(TABLES, (arms, gains, hazards, happened, floor_table(arms, gains, happened), rows), strict=True))
    with changing(library.DATA, {}) as fresh:
        for name, frame in tables.items():
            frame.round(3).to_csv(fresh / f"{name}.csv", index=False, lineterminator="\n")
    return tables
