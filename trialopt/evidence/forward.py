"""How well the joint model predicts arms it has not seen: forward in time, and with one trial left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from trialopt.evidence import library
from trialopt.evidence.arms import is_before
from trialopt.evidence.outcomes import OUTCOMES, fit_outcomes, given, observe, outcome_arms
from trialopt.evidence.posterior import Posterior, rates

Array = NDArray[np.float64]
DRAWS, SEED = 1000, 20261127
FIRST = "2009"


def with_effects(found: Posterior, wanted: pd.DataFrame, draws: int, seed: int) -> tuple[Array, pd.DataFrame]:
    """Rates of new arms under draws of the parameters and of the effects of a trial and an arm of its own.

    Arms of one ``trial_id`` share the effect of the trial.

    Returns
    -------
    tuple
        Draws by rows, and the key of the rows (place, outcome).
    """
    seen, key = observe(wanted, found.terms, known=False)
    theta = found.draws(draws, seed)
    rng = np.random.default_rng([seed, 1])
    trials = wanted["trial_id"].to_numpy()[key["place"]]
    arms = key["place"].to_numpy()
    deep = key["outcome"].to_numpy()
    def shared(labels: list, name: str) -> Array:
        unique = {label: i for i, label in enumerate(dict.fromkeys(labels))}
        drawn = found.spread[name] * rng.standard_normal((draws, len(unique)))
        return drawn[:, [unique[label] for label in labels]]
    inside = shared(list(trials), "trial") + shared(list(arms), "arm")
    outside = shared(list(zip(trials, deep)), "trial_own") + shared(list(zip(arms, deep)), "arm_own")
    power = np.where(seen.power >= 0, theta[:, seen.power], 1.0)
    return rates(theta, seen, power * inside + outside), key


def run(draws: int = DRAWS, seed: int = SEED, first: str = FIRST) -> tuple[pd.DataFrame, pd.DataFrame]:
    arms = outcome_arms()
    dates = [d for d in dict.fromkeys(arms["published"]) if d >= first]
    out, gains = [], []
    for number, date in enumerate(dates):
        now = arms[arms["published"] == date]
        for barred, group in now.groupby("patient_group", sort=False):
            group = group.reset_index(drop=True)
            past = arms[[is_before(p, date) for p in arms["published"]]]
            past = past[~past["trial_id"].isin(group["trial_id"])]
            if barred:
                past = past[past["patient_group"] != barred]
            last = past[past["patient_group"] != ""].drop_duplicates("patient_group", keep="last")
            past = pd.concat([past[past["patient_group"] == ""], last]).sort_index().reset_index(drop=True)
            found = fit_outcomes(past, group)
            drawn, key = with_effects(found, group, draws, seed + number)
            rng = np.random.default_rng([seed, number, 7])
            known = {a for text in past["agents"] for a in given(text)}
            base = {a.split("@")[0] for a in known}
            shown = {}
            for column, (place, outcome) in enumerate(zip(key["place"], key["outcome"], strict=True)):
                row = group.iloc[place]
                if pd.isna(row[outcome]) or pd.isna(row["n"]):
                    continue
                n = int(row["n"]); p = drawn[:, column]
                s = rng.binomial(n, np.clip(p, 0, 1)) / n
                shown[place, outcome] = (s, p)
                out.append(dict(arm=row["arm"], trial_id=row["trial_id"], published=date, role=row["role"], population=row["population"], outcome=outcome, n=n,
                    predictable=all(a in known or a.split("@")[0] in base for a in given(row["agents"])), observed=row[outcome], predicted=100*np.median(p),
                    **{f"q{q}": 100*np.quantile(s, q/100) for q in (5,10,25,75,90,95)}))
            for (place, outcome), (s, p) in shown.items():
                row = group.iloc[place]
                if row["role"] == "control" or not row["versus"]: continue
                mate = [j for j in range(len(group)) if group.loc[j, "trial_id"] == row["trial_id"] and group.loc[j, "role"] == "control"]
                if not mate or (mate[0], outcome) not in shown: continue
                s0, p0 = shown[mate[0], outcome]
                ok = all(a in known or a.split("@")[0] in base for a in [*given(row["agents"]), *given(row["versus"])])
                gains.append(dict(trial_id=row["trial_id"], published=date, outcome=outcome, predictable=ok, observed=row[outcome]-group.loc[mate[0], outcome], predicted=100*np.median(p-p0),
                    **{f"q{q}": 100*np.quantile(s-s0, q/100) for q in (5,10,25,75,90,95)}))
    return pd.DataFrame(out), pd.DataFrame(gains)


def figures(rows: pd.DataFrame) -> dict[str, float]:
    error = rows["predicted"] - rows["observed"]
    line = np.polyfit(rows["predicted"], rows["observed"], 1)
    inside = lambda a, b: 100 * ((rows["observed"] >= rows[f"q{a}"] - 1e-9) & (rows["observed"] <= rows[f"q{b}"] + 1e-9)).mean()
    return dict(n=len(rows), spearman=spearmanr(rows["predicted"], rows["observed"])[0], mae=error.abs().mean(), bias=error.mean(), slope=line[0], c90=inside(5,95), c80=inside(10,90), c50=inside(25,75), width=(rows["q95"]-rows["q5"]).mean())
