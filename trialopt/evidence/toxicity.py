"""Severe adverse events: what each agent adds, over a background for each population.

The machinery of ``component`` with the background of a population as one more component: on ``-ln(1 - p)`` the causes
of an event add, as in the model's toxicity constraint. No pair terms: no category has the data for them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from trialopt.evidence import library
from trialopt.evidence.component import Arms, Fit, Prior, Structure, fit

BACKGROUND = "background"
TOXICITY_PRIOR = Prior(class_mean=-3.0, class_sd=1.2, agent_sd=0.6, trial_sd=0.3, arm_sd=0.1)
"""Class means near 5 % with a factor of 11 either way; agents of a class within a factor of 3."""


def toxicity_arms(category: str) -> pd.DataFrame:
    """Arms with events and patients of one category; grade 3 or worse, or any for thrombo-embolism as printed."""
    rows = library.adverse_events()
    rows = rows[(rows["category"] == category) & (rows["use_in_fit"] == "y")].reset_index(drop=True)
    if rows.empty:
        raise ValueError(f"no usable adverse-event rows for {category!r}; there are: {', '.join(categories())}")
    return rows


def categories() -> list[str]:
    """Categories with at least one usable arm, in alphabetical order."""
    rows = library.adverse_events()
    return sorted(set(rows.loc[rows["use_in_fit"] == "y", "category"]))


def background_id(population: str) -> str:
    """Name of a population's background among the components."""
    return f"{BACKGROUND}:{population}"


def fit_toxicity(category: str, prior: Prior = TOXICITY_PRIOR) -> Fit:
    """Fit one category.

    Raises
    ------
    ValueError
        If the category has no usable arm.
    """
    rows = toxicity_arms(category)
    classes = library.class_of()
    regimens = [library.agent_ids(text) for text in rows["agents"]]
    agents = sorted({agent for regimen in regimens for agent in regimen})
    grounds = sorted({background_id(name) for name in rows["population"]})
    names = [BACKGROUND, *sorted({classes[agent] for agent in agents})]
    components = (*agents, *grounds)
    trials = tuple(dict.fromkeys(rows["trial_id"]))
    structure = Structure(
        components=components,
        component_class=tuple([names.index(classes[a]) for a in agents] + [0] * len(grounds)),
        classes=tuple(names),
        pairs=(),
        pair_kind=(),
        kinds=(),
        factors=(),
        factor_mean=(),
        factor_sd=(),
        trials=trials,
    )
    loading = np.zeros((len(rows), 1, len(components)))
    for i, (regimen, population) in enumerate(zip(regimens, rows["population"], strict=True)):
        for name in (*regimen, background_id(population)):
            loading[i, 0, components.index(name)] = 1.0
    arms = Arms(
        events=rows["events"].to_numpy(dtype=np.float64),
        n=rows["n"].to_numpy(dtype=np.float64),
        weight=np.ones((len(rows), 1)),
        loading=loading,
        factor=np.zeros((len(rows), 0)),
        trial=np.array([trials.index(name) for name in rows["trial_id"]], dtype=np.int64),
    )
    return fit(arms, structure, prior)


def toxicity_table() -> pd.DataFrame:
    """Attributable probability of each agent and category, with 90 % intervals.

    Columns: category, agent (or ``background:POPULATION``), probability, low, high, se_log (of tau), arms, patients,
    recalled_share (share of the patients whose row or rate is recalled), and ``basis`` (own: at least one arm of the
    agent alone; regimens: only within regimens).
    """
    out = []
    for category in categories():
        rows = toxicity_arms(category)
        found = fit_toxicity(category)
        spread = np.sqrt(np.diag(found.covariance))
        recalled = rows["confidence"].eq("recalled") | rows["recalled_fields"].str.contains("pct|n_events", regex=True)
        for i, name in enumerate(found.structure.components):
            mine = found.arms.loading[:, 0, i] > 0
            log_tau, sd = found.mode[i], spread[i]
            low, middle, high = (1.0 - np.exp(-np.exp(log_tau + z * sd)) for z in (-1.645, 0.0, 1.645))
            patients = float(found.arms.n[mine].sum())
            ground = name.startswith(BACKGROUND)
            alone = bool((rows.loc[mine, "agents"] == name).any())
            out.append(
                {
                    "category": category,
                    "agent": name,
                    "probability": middle,
                    "low": low,
                    "high": high,
                    "se_log": sd,
                    "arms": int(mine.sum()),
                    "patients": int(patients),
                    "recalled_share": float(found.arms.n[mine & recalled.to_numpy()].sum()) / patients,
                    "basis": "background" if ground else "own" if alone else "regimens",
                }
            )
    return pd.DataFrame(out)
