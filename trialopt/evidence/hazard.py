"""Hazard ratios: additive on the log scale, from randomised contrasts.

``log HR`` of a trial is the sum over the agents the arm has more, less the sum over those the control has more, plus
a trial's own deviation. Normal likelihood and normal priors, so the posterior is exact. Treatment (induction or
relapse) and maintenance are two fits: an agent delays progression after a response by another amount.

Source: component network meta-analysis, Rücker et al., Biom J 2020;62:808-21; the shrinkage to classes is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialopt.evidence import library

TRANSPLANT = "high_dose_melphalan"
CONTEXTS = ("treatment", "maintenance")


@dataclass(frozen=True)
class HazardPrior:
    """Standard deviations on the log hazard ratio: class mean around 0, agent around class, trial around its sum."""

    class_sd: float = 0.5
    agent_sd: float = 0.2
    trial_sd: float = 0.1


@dataclass(frozen=True)
class HazardFit:
    """Posterior of the agents' log hazard ratios, and the contrasts it rests on."""

    agents: tuple[str, ...]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    contrasts: pd.DataFrame
    design: NDArray[np.float64]


def contrasts(context: str) -> pd.DataFrame:
    """Randomised contrasts of one context: trial, arm, control, log_hr, se.

    Raises
    ------
    ValueError
        If the context is not one of ``CONTEXTS``.
    """
    if context not in CONTEXTS:
        raise ValueError(f"no context {context!r}; there are: {', '.join(CONTEXTS)}")
    rows = library.regimens()
    rows = rows[(rows["randomised"] == "y") & rows["pfs_hr"].notna() & rows["pfs_hr_lo"].notna()]
    rows = rows[(rows["population"] == "maintenance") == (context == "maintenance")]
    out = []
    known = set(library.class_of()) | {TRANSPLANT}
    for _, row in rows.iterrows():
        arm, control = set(library.agent_ids(row["arm_agents"])), set(library.agent_ids(row["control_agents"]))
        if row["transplant"] == "y" and "ASCT" not in row["control"]:
            arm.add(TRANSPLANT)
        if arm == control or not (arm | control) <= known:
            continue
        wide = NormalDist().inv_cdf(0.5 + row["ci_level"] / 200.0)
        out.append(
            {
                "trial_id": row["trial_id"],
                "arm": ";".join(sorted(arm)),
                "control": ";".join(sorted(control)),
                "log_hr": float(np.log(row["pfs_hr"])),
                "se": float(np.log(row["pfs_hr_hi"] / row["pfs_hr_lo"]) / (2.0 * wide)),
            }
        )
    return pd.DataFrame(out)


def fit_hazard(context: str, prior: HazardPrior | None = None) -> HazardFit:
    """Posterior mean and covariance of each agent's log hazard ratio when it is added to a backbone."""
    prior = prior or HazardPrior()
    frame = contrasts(context)
    classes = library.class_of()
    agents = tuple(sorted({a for text in [*frame["arm"], *frame["control"]] for a in library.agent_ids(text)}))
    owner = [classes.get(agent, agent) for agent in agents]
    design = np.zeros((len(frame), len(agents)))
    for i, (arm, control) in enumerate(zip(frame["arm"], frame["control"], strict=True)):
        for agent in library.agent_ids(arm):
            design[i, agents.index(agent)] += 1.0
        for agent in library.agent_ids(control):
            design[i, agents.index(agent)] -= 1.0
    same = np.array([[a == b for b in owner] for a in owner], dtype=np.float64)
    covariance = prior.class_sd**2 * same + prior.agent_sd**2 * np.eye(len(agents))
    noise = np.diag(frame["se"].to_numpy(dtype=np.float64) ** 2 + prior.trial_sd**2)
    gain = covariance @ design.T @ np.linalg.inv(design @ covariance @ design.T + noise)
    mean = gain @ frame["log_hr"].to_numpy(dtype=np.float64)
    return HazardFit(agents, mean, covariance - gain @ design @ covariance, frame, design)


def hazard_table() -> pd.DataFrame:
    """Hazard ratio of each agent by context, with 90 % intervals and the number of contrasts that speak for it."""
    out = []
    for context in CONTEXTS:
        found = fit_hazard(context)
        spread = np.sqrt(np.diag(found.covariance))
        for i, agent in enumerate(found.agents):
            out.append(
                {
                    "context": context,
                    "agent": agent,
                    "meaning": "added to a backbone",
                    "hazard_ratio": float(np.exp(found.mean[i])),
                    "low": float(np.exp(found.mean[i] - 1.645 * spread[i])),
                    "high": float(np.exp(found.mean[i] + 1.645 * spread[i])),
                    "se_log": float(spread[i]),
                    "contrasts": int((found.design[:, i] != 0).sum()),
                    "trials": ";".join(found.contrasts.loc[found.design[:, i] != 0, "trial_id"]),
                }
            )
    return pd.concat([pd.DataFrame(out), _replacements()], ignore_index=True)


def _replacements() -> pd.DataFrame:
    """Hazard ratios against a mixture of regimens: what the agent does in their place, not what it adds."""
    rows = library.regimens()
    rows = rows[(rows["control_agents"] == "standard_regimens") & rows["pfs_hr_lo"].notna()]
    se = np.log(rows["pfs_hr_hi"] / rows["pfs_hr_lo"]) / (2.0 * 1.96)
    return pd.DataFrame(
        {
            "context": "treatment",
            "agent": rows["arm_agents"],
            "meaning": "instead of standard regimens",
            "hazard_ratio": rows["pfs_hr"],
            "low": np.exp(np.log(rows["pfs_hr"]) - 1.645 * se),
            "high": np.exp(np.log(rows["pfs_hr"]) + 1.645 * se),
            "se_log": se,
            "contrasts": 1,
            "trials": rows["trial_id"],
        }
    )
