"""The fitted tables: built from the library, compared with what was there, and written all at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd

from trialopt.core.run_folder import changing, settle
from trialopt.evidence import backtest as backtesting
from trialopt.evidence import calibration, forecast, library, shared_fit
from trialopt.evidence.component import Fit, Prior
from trialopt.evidence.hazard import hazard_table
from trialopt.evidence.response import arms_for, fit_library, leave_one_trial_out, residuals
from trialopt.evidence.toxicity import toxicity_table

KEYS = {
    "fitted_activity": ["agent"],
    "fitted_pairs": ["class_a", "class_b"],
    "fitted_factors": ["factor"],
    "fitted_toxicity": ["category", "agent"],
    "fitted_hazard": ["context", "agent", "meaning"],
    "fitted_residuals": ["arm"],
    "backtest_predictions": ["trial_id", "agents", "n"],
    "backtest_summary": ["trials_of", "predictor"],
    "backtest_calibration": ["predicted_low"],
    "backtest_ceiling": ["figure"],
    "joint_shared": ["what", "population", "agent"],
    "arm_deviation": ["outcome"],
}
"""The fitted tables and the columns that identify a row."""
DECIMALS = 3


@dataclass(frozen=True)
class Change:
    """What a rebuild did to one table."""

    table: str
    rows: int
    added: int
    removed: int
    changed: int
    largest: str

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        return self.added == self.removed == self.changed == 0


def _alone(found: Fit, agents: tuple[str, ...], population: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Rate of each agent alone in a population, resistance included, at the reference year and the mode."""
    base = {
        "population": population,
        "mechanism_share": "",
        "published": "2012",
        "n": 1,
        "responders": 0,
        "trial_id": "",
    }
    wanted = arms_for(pd.DataFrame([{**base, "agents": agent} for agent in agents]), found.structure)
    at = found.structure.offsets(len(found.arms.n))
    coef = np.concatenate([np.exp(found.mode[at["component"]]), found.mode[at["pair"]]])
    scale = np.exp(wanted.factor @ found.mode[at["factor"]])
    left = wanted.weight * np.exp(-scale[:, None] * (wanted.loading @ coef))
    return np.asarray(1.0 - left.sum(axis=1), dtype=np.float64)


def activity_table(found: Fit, frame: pd.DataFrame) -> pd.DataFrame:
    """Activity of each agent: ``activity`` is beta, on disease with no listed mechanism, in early relapse.

    Columns: agent, class, activity with 90 % limits, se_log, orr_early_pct and orr_late_pct (the agent alone, with the
    population's resistance), arms, single_arms, patients, recalled_share, basis (own or regimens).
    """
    at = found.block("component")
    spread = np.sqrt(np.diag(found.covariance))
    agents = found.structure.components
    early, late = _alone(found, agents, "early_relapse"), _alone(found, agents, "late_relapse")
    given = [set(library.agent_ids(text)) for text in frame["agents"]]
    out = []
    for i, agent in enumerate(agents):
        mine = np.array([agent in regimen for regimen in given])
        alone = np.array([regimen == {agent} for regimen in given])
        log_beta, sd = found.mode[at.start + i], spread[at.start + i]
        n = frame["n"].to_numpy(dtype=np.float64)
        out.append(
            {
                "agent": agent,
                "class": library.class_of()[agent],
                "activity": np.exp(log_beta),
                "low": np.exp(log_beta - 1.645 * sd),
                "high": np.exp(log_beta + 1.645 * sd),
                "se_log": sd,
                "orr_early_pct": 100.0 * early[i],
                "orr_late_pct": 100.0 * late[i],
                "arms": int(mine.sum()),
                "single_arms": int(alone.sum()),
                "patients": int(n[mine].sum()),
                "recalled_share": n[mine & frame["recalled"].to_numpy(dtype=bool)].sum() / n[mine].sum(),
                "basis": "own" if alone.any() else "regimens",
            }
        )
    return pd.DataFrame(out)


def pairs_table(found: Fit, frame: pd.DataFrame) -> pd.DataFrame:
    """Pair terms of classes: delta with 90 % limits and the posterior probability that its sign is right.

    ``speaks`` is y where two or more trials gave the pair and that probability is 0.9 or more. The others are in the
    fit, but a design should not rest on them.
    """
    at = found.block("pair")
    spread = np.sqrt(np.diag(found.covariance))
    out = []
    for i, (a, b) in enumerate(found.structure.pairs):
        column = len(found.structure.components) + i
        mine = found.arms.loading[:, 0, column] > 0
        delta, sd = found.mode[at.start + i], spread[at.start + i]
        trials = frame.loc[mine, "trial_id"].nunique()
        sure = NormalDist().cdf(abs(delta) / sd)
        out.append(
            {
                "class_a": a,
                "class_b": b,
                "delta": delta,
                "low": delta - 1.645 * sd,
                "high": delta + 1.645 * sd,
                "se": sd,
                "arms": int(mine.sum()),
                "trials": int(trials),
                "probability_of_sign": sure,
                "speaks": "y" if trials >= 2 and sure >= 0.9 else "n",
            }
        )
    return pd.DataFrame(out)


def factors_table(found: Fit) -> pd.DataFrame:
    """Factors on the whole activity: populations against early relapse, and the change per decade (from 2012)."""
    at = found.block("factor")
    spread = np.sqrt(np.diag(found.covariance))[at]
    mode = found.mode[at]
    return pd.DataFrame(
        {
            "factor": found.structure.factors,
            "value": np.exp(mode),
            "low": np.exp(mode - 1.645 * spread),
            "high": np.exp(mode + 1.645 * spread),
            "prior_value": np.exp(found.structure.factor_mean),
            "arms": (found.arms.factor != 0.0).sum(axis=0),
        }
    )


def build() -> dict[str, pd.DataFrame]:
    """Every fitted table, rounded; the same library gives the same tables."""
    found, frame = fit_library()
    checked = residuals(found, frame).merge(leave_one_trial_out(frame, Prior()), on=["trial_id", "arm"])
    tested = backtesting.run()
    top = backtesting.ceiling(tested)
    predictions = tested.predictions.round(DECIMALS)
    tables = {
        "fitted_activity": activity_table(found, frame),
        "fitted_pairs": pairs_table(found, frame),
        "fitted_factors": factors_table(found),
        "fitted_toxicity": toxicity_table(),
        "fitted_hazard": hazard_table(),
        "fitted_residuals": checked,
        "backtest_predictions": predictions,
        "backtest_summary": backtesting.summary(predictions),
        "backtest_calibration": backtesting.calibration(predictions),
        "backtest_ceiling": pd.DataFrame({"figure": list(top), "value": list(top.values())}),
    }
    return {name: table.round(DECIMALS) for name, table in tables.items()}


def compare(name: str, old: pd.DataFrame | None, new: pd.DataFrame) -> Change:
    """Say what differs between two versions of a table; numbers that agree to the last digit written do not."""
    if old is None:
        return Change(name, len(new), len(new), 0, 0, "")
    key = KEYS[name]
    before, after = old.set_index(key), new.set_index(key)
    shared = after.index.intersection(before.index)
    changed, largest, size = 0, "", -1.0
    for label in shared:
        for column in after.columns.intersection(before.columns):
            a, b = before.loc[label, column], after.loc[label, column]
            if (pd.isna(a) and pd.isna(b)) or (isinstance(b, str) and str(a) == b) or (a == "" and pd.isna(b)):
                continue
            numeric = isinstance(a, int | float | np.number) and isinstance(b, int | float | np.number)
            gap = abs(float(a) - float(b)) if numeric and pd.notna(a) and pd.notna(b) else np.inf
            if str(a) == str(b) or gap <= 0.51 * 10**-DECIMALS:
                continue
            changed += 1
            if gap > size:
                size, largest = (
                    gap,
                    f"{'/'.join(map(str, np.atleast_1d(np.array(label, dtype=object))))} {column}: {a} -> {b}",
                )
    return Change(
        name,
        len(new),
        len(after.index.difference(before.index)),
        len(before.index.difference(after.index)),
        changed,
        largest,
    )


def shipped(name: str, folder: Path = library.DATA) -> pd.DataFrame | None:
    """Return a fitted table as written, or None if it was never built."""
    settle(folder)
    path = folder / f"{name}.csv"
    return pd.read_csv(path, dtype={"published": "str"}) if path.exists() else None


def rebuild(folder: Path = library.DATA, *, write: bool = True) -> list[Change]:
    """Build all fitted tables, say what changed against those in ``folder``, and write them there, all or none."""
    fitted, draws, joint = build(), forecast.fit_all(), _of_joint()
    changes = [compare(name, shipped(name, folder), table) for name, table in fitted.items()]
    changes.append(_posterior(draws, folder))
    changes += [compare(name, shipped(name, folder), table) for name, table in joint.items()]
    if write:
        with changing(folder, {}) as fresh:
            for name, table in {**fitted, **joint}.items():
                table.to_csv(fresh / f"{name}.csv", index=False, lineterminator="\n")
            forecast.save(draws, fresh / forecast.FILE.name)
    return changes


def _of_joint() -> dict[str, pd.DataFrame]:
    """Tables that follow from the shipped draws of the joint model, and from its test forward in time."""
    gains = shipped("forward_gains")
    if gains is None:
        raise OSError("forward_gains.csv is missing: run `trialopt evidence backtest --joint --rerun`")
    tables = {"joint_shared": shared_fit.build(), "arm_deviation": calibration.deviation_table(gains)}
    return {name: table.round(DECIMALS) for name, table in tables.items()}


def _posterior(new: dict[str, forecast.Array], folder: Path) -> Change:
    """Compare the draws of the joint model of outcomes with those in a folder, number by number."""
    path = folder / forecast.FILE.name
    old: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = {}
    if path.exists():
        with np.load(path, allow_pickle=False) as archive:
            old = {name: archive[name] for name in archive.files}
    shared = [name for name in new if name in old]
    changed = [name for name in shared if not np.array_equal(old[name], new[name])]
    return Change(
        path.name, len(new), len(new) - len(shared), len(set(old) - set(new)), len(changed), "; ".join(changed[:3])
    )
