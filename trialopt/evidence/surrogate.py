"""Hazard ratios of progression from the effect on complete response: trial-level surrogacy.

For a randomised contrast::

    log HR = level + slope * (CR of the arm - CR of the control) + sum of class effects of what differs + deviation

CR comes from the joint model, which has learnt it from the trial's own CR and MRD, and from all other arms; so agents
without a hazard ratio of their own (T-cell engagers, CELMoDs) get one. Normal priors and a normal likelihood:
the posterior is exact, given CR. ``deviation`` is that of one trial.

Sources: Daniels and Hughes, Stat Med 1997;16:1965-82; Buyse et al., Biostatistics 2000;1:49-67.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialopt.evidence.library import all_classes as classes
from trialopt.evidence.outcomes import fit_outcomes, given, observe
from trialopt.evidence.posterior import Posterior, rates

Array = NDArray[np.float64]
PRIOR = {"level": (-0.3, 0.3), "slope": (-1.0, 1.0)}
CLASS_SD, TRIAL_SD = 0.1, 0.2
MONTHS = 24.0


@dataclass(frozen=True)
class Surrogacy:
    """Posterior of level, slope and class effects; ``names`` says which coefficient is which."""

    names: tuple[str, ...]
    mean: Array
    covariance: Array


def contrasts(arms: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Randomised arms with a hazard ratio and its limits, and their controls in the same order.

    A control without counts of its own gets the patients of its arm and what ``versus`` says it was given.
    """
    found = arms[arms["hr"].notna() & arms["hr_lo"].notna() & (arms["versus"] != "")].reset_index(drop=True)
    dose = arms[arms["role"] == "control"].drop_duplicates("trial_id").set_index("trial_id")["dose"]
    controls = found.assign(agents=found["versus"], dose=[dose.get(trial, "") for trial in found["trial_id"]])
    return found, controls


def complete_rates(found: Posterior, arms: pd.DataFrame, theta: Array) -> Array:
    """CR of arms two years on, all counted alike, under draws of the joint model; shape (draws, arms)."""
    seen, _ = observe(arms.assign(months=MONTHS, n=1.0), found.terms, ["complete"], known=False)
    return rates(theta, seen)


def names_of(arms: pd.DataFrame, controls: pd.DataFrame) -> tuple[str, ...]:
    """Coefficients that contrasts of these regimens need."""
    agents = {agent.split("@")[0] for text in [*arms["agents"], *controls["agents"]] for agent in given(text)}
    return ("level", "slope", *sorted({classes()[agent] for agent in agents}))


def design(arms: pd.DataFrame, controls: pd.DataFrame, difference: Array, names: tuple[str, ...]) -> Array:
    """Rows of coefficients' weights; ``difference`` is CR of the arm less CR of the control."""
    out = np.zeros((len(arms), len(names)))
    out[:, 0], out[:, 1] = 1.0, difference
    for sign, side in ((1.0, arms), (-1.0, controls)):
        for i, text in enumerate(side["agents"]):
            for agent, amount in given(text).items():
                out[i, names.index(classes()[agent.split("@")[0]])] += sign * amount
    return out


def standard_errors(arms: pd.DataFrame) -> Array:
    """Standard error of each log hazard ratio from its printed interval and that interval's level."""
    wide = np.array([NormalDist().inv_cdf(0.5 + level / 200.0) for level in arms["hr_level"]])
    return np.asarray(np.log(arms["hr_hi"] / arms["hr_lo"]) / (2.0 * wide), dtype=np.float64)


def fit_hazards(found: Posterior, arms: pd.DataFrame, extra: tuple[str, ...] = ()) -> Surrogacy:
    """Fit the contrasts of ``arms`` given a joint model that has terms for all of them and their controls."""
    treated, controls = contrasts(arms)
    names = tuple(dict.fromkeys([*names_of(treated, controls), *extra]))
    apart = complete_rates(found, treated, found.mode[None])[0] - complete_rates(found, controls, found.mode[None])[0]
    weights = design(treated, controls, apart, names)
    mean = np.array([PRIOR.get(name, (0.0, 0.0))[0] for name in names])
    prior = np.diag([PRIOR.get(name, (0.0, CLASS_SD))[1] ** 2 for name in names])
    noise = np.diag(standard_errors(treated) ** 2 + TRIAL_SD**2)
    gain = prior @ weights.T @ np.linalg.inv(weights @ prior @ weights.T + noise)
    shown = np.log(treated["hr"].to_numpy(dtype=np.float64))
    return Surrogacy(names, mean + gain @ (shown - weights @ mean), prior - gain @ weights @ prior)


def leave_one_out(arms: pd.DataFrame, rounds: int = 4) -> pd.DataFrame:
    """Predict each trial's hazard ratio with all of the trial left out: its hazard ratio, responses, CR and MRD."""
    treated, controls = contrasts(arms)
    both = pd.concat([treated, controls], ignore_index=True)
    out = []
    for trial in dict.fromkeys(treated["trial_id"]):
        rest = arms[arms["trial_id"] != trial].reset_index(drop=True)
        found = fit_outcomes(rest, both, rounds=rounds)
        mine = (treated["trial_id"] == trial).to_numpy()
        arm, control = treated[mine].reset_index(drop=True), controls[mine].reset_index(drop=True)
        fitted = fit_hazards(found, rest, names_of(arm, control))
        apart = complete_rates(found, arm, found.mode[None])[0] - complete_rates(found, control, found.mode[None])[0]
        weights = design(arm, control, apart, fitted.names)
        spread = np.sqrt(
            np.einsum("ij,jk,ik->i", weights, fitted.covariance, weights) + TRIAL_SD**2 + standard_errors(arm) ** 2
        )
        others = np.log(treated.loc[~mine, "hr"])
        out.append(pd.DataFrame({"trial_id": trial, "agents": arm["agents"], "versus": control["agents"],
                                 "observed": np.log(arm["hr"]),
                                 "predicted": weights @ fitted.mean, "sd": spread,
                                 "constant": float(others.median())}))  # fmt: skip
    return pd.concat(out, ignore_index=True)
