"""What a run of draws says, as data frames and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from trialopt.core.design import Arm
from trialopt.core.inputs import BASES
from trialopt.core.instance import TOLERANCE, Floats
from trialopt.decision.differences import differences
from trialopt.decision.stability.switching import change, percent
from trialopt.reading.uncertain import NOT_VARIED
from trialopt.record.rows import regimen

if TYPE_CHECKING:
    from trialopt.decision.stability.assess import Stability

ALL = "all epochs"
"""In the place of an epoch: all of them together."""


def all_tables(run: Stability) -> dict[str, pd.DataFrame]:
    """Every table by name."""
    made = (designs, agents, doses, arms, regimens, subgroups, limits, inputs, switching)
    return {table.__name__: table(run) for table in made}


def designs(run: Stability) -> pd.DataFrame:
    """One row a design: its value as given, over the draws, its regret, and how often it is best and keeps limits."""
    value, regret, best = run.draws.value, run.regret, run.best
    low, middle, high = np.quantile(value, [0.05, 0.5, 0.95], axis=0)
    return pd.DataFrame(
        {
            "design": range(1, len(run.designs) + 1),
            "differs": ["; ".join(differences(run.designs[0], design)) for design in run.designs],
            "value": run.point.value[0],
            "loss": run.point.value[0, 0] - run.point.value[0],
            "expected_value": value.mean(axis=0),
            "expected_value_se": _error(value),
            "sd": value.std(axis=0),
            "q05": low,
            "median": middle,
            "q95": high,
            "expected_regret": regret.mean(axis=0),
            "expected_regret_se": _error(regret),
            "best": best.mean(axis=0),
            "best_se": _error(best),
            "toxicity_limits_hold": run.draws.tolerated.mean(axis=0),
            "requirements_hold": run.draws.required.mean(axis=0),
        }
    )


def agents(run: Stability) -> pd.DataFrame:
    """One row an agent of the list: whether the recommended design has it, and the share of draws whose best has."""
    given = [{dose.agent for arm in d.arms for doses in arm.sequence.values() for dose in doses} for d in run.designs]
    rows = []
    for agent in run.instance.agents:
        has = np.array([agent in one for one in given])
        if has.any():
            share = run.best @ has
            rows.append((agent, bool(has[0]), share.mean(), _error(share)))
    frame = pd.DataFrame(rows, columns=["agent", "recommended", "in_best", "in_best_se"])
    return frame.sort_values(["recommended", "in_best"], ascending=False, kind="stable", ignore_index=True)


def doses(run: Stability) -> pd.DataFrame:
    """One row a subgroup, epoch and agent: whether it is recommended, and the share of draws whose best has it."""
    rows = []
    for subgroup in run.instance.subgroups:
        served = [design.arm_of(subgroup) for design in run.designs]
        for epoch in run.instance.epochs:
            given = [{dose.agent for dose in arm.sequence.get(epoch, ())} for arm in served]
            for agent in run.instance.agents:
                has = np.array([agent in one for one in given])
                if has.any():
                    share = run.best @ has
                    rows.append((subgroup, epoch, agent, bool(has[0]), share.mean(), _error(share)))
    return pd.DataFrame(rows, columns=["subgroup", "epoch", "agent", "recommended", "in_best", "in_best_se"])


def arms(run: Stability) -> pd.DataFrame:
    """One row an arm of the recommended design.

    `stays` is the share of draws whose best design gives its sequence to all its subgroups. `effect` is the response
    rate less that of its control; `reaches` the probability that it is at least the target (or above 0 where there is
    no target), empty where response is not what is compared. `limits_hold` is the probability that the arm keeps
    every toxicity limit.
    """
    target = run.instance.trial.target_difference
    rows: list[dict[str, Any]] = []
    for a, arm in enumerate(run.designs[0].arms):
        same = np.array([all(_same(arm, design.arm_of(g)) for g in arm.subgroups) for design in run.designs])
        stays = run.best @ same
        effect = run.draws.effect[:, a] if run.predicted is None else run.predicted[:, a]
        known = not np.isnan(effect).any()
        reached = effect >= target - TOLERANCE if target is not None else effect > TOLERANCE
        held = ~run.draws.missed[:, a].any(axis=(1, 2))
        rows.append(
            {
                "arm": arm.name,
                "subgroups": "; ".join(arm.subgroups),
                "stays": stays.mean(),
                "stays_se": _error(stays),
                "effect": run.point.effect[0, a],
                "expected_effect": effect.mean(),
                "effect_q05": np.quantile(effect, 0.05) if known else np.nan,
                "effect_q95": np.quantile(effect, 0.95) if known else np.nan,
                "target": np.nan if target is None else target,
                "reaches": reached.mean() if known else np.nan,
                "reaches_se": _error(reached.astype(float)) if known else np.nan,
                "limits_hold": held.mean(),
                "limits_hold_se": _error(held.astype(float)),
            }
        )
    return pd.DataFrame(rows)


def regimens(run: Stability) -> pd.DataFrame:
    """One row an arm and epoch: the regimen, and the share of draws whose best design gives it to all its subgroups."""
    rows = []
    for arm in run.designs[0].arms:
        for epoch in run.instance.epochs:
            own = _regimen(arm, epoch)
            same = np.array([all(_regimen(d.arm_of(g), epoch) == own for g in arm.subgroups) for d in run.designs])
            stays = run.best @ same
            rows.append((arm.name, epoch, regimen(arm.sequence.get(epoch, ())), stays.mean(), _error(stays)))
    return pd.DataFrame(rows, columns=["arm", "epoch", "regimen", "stays", "stays_se"])


def subgroups(run: Stability) -> pd.DataFrame:
    """One row a subgroup and epoch: the regimen recommended, and the share of draws whose best design gives it.

    The epoch `all epochs` is the whole sequence.
    """
    rows = []
    for subgroup in run.instance.subgroups:
        served = [design.arm_of(subgroup) for design in run.designs]
        for epoch in (ALL, *run.instance.epochs):
            asked = run.instance.epochs if epoch == ALL else (epoch,)
            same = np.array([all(_regimen(arm, s) == _regimen(served[0], s) for s in asked) for arm in served])
            stays = run.best @ same
            words = "" if epoch == ALL else regimen(served[0].sequence.get(epoch, ()))
            rows.append((subgroup, served[0].name, epoch, words, stays.mean(), _error(stays)))
    return pd.DataFrame(rows, columns=["subgroup", "arm", "epoch", "regimen", "stays", "stays_se"])


def limits(run: Stability) -> pd.DataFrame:
    """One row an arm, epoch and category: the probability that its toxicity limit is missed in some subgroup served.

    Of the recommended design; the epoch `all epochs` is the cumulative limit. Most often missed first.
    """
    share = run.draws.missed.mean(axis=0)
    rows = [
        (run.designs[0].arms[a].name, (*run.instance.epochs, ALL)[s], run.instance.categories[e], share[a, s, e])
        for a, s, e in np.argwhere(share > 0).tolist()
    ]
    frame = pd.DataFrame(rows, columns=["arm", "epoch", "category", "missed"])
    frame["missed_se"] = np.sqrt(frame["missed"] * (1 - frame["missed"]) / max(run.count, 1))
    return frame.sort_values("missed", ascending=False, kind="stable", ignore_index=True)


def inputs(run: Stability) -> pd.DataFrame:
    """One row an uncertain input: the number given, its 90 % range, and what its distribution rests on."""
    rows = [
        (x.name, x.agent, x.category or "", x.rate, x.low, x.high, BASES[x.basis], x.said, x.spread.words())
        for x in run.inputs
    ]
    columns = ["input", "agent", "category", "rate", "low", "high", "basis", "rests_on", "distribution"]
    return pd.DataFrame(rows, columns=columns)


def switching(run: Stability) -> pd.DataFrame:
    """One row a switching value, largest probability first."""
    rows = []
    for switch in run.switches:
        one, way = run.inputs[switch.input], "above" if switch.above else "below"
        place = one.name, way, switch.at, one.rate, one.low, one.high, switch.inside, switch.chance
        because = f"misses the {switch.breaks}" if switch.breaks else "overtaken"
        rows.append((*place, because, change(run.designs[0], switch), switch.checked, BASES[one.basis]))
    columns = ["input", "way", "at", "now", "low", "high", "within_90_percent_range", "probability"]
    return pd.DataFrame(rows, columns=[*columns, "because", "then", "checked", "basis"])


def _error(values: Floats) -> Any:
    """Standard error of the mean over the draws (first axis)."""
    return values.std(axis=0) / np.sqrt(max(len(values), 1))


def _regimen(arm: Arm, epoch: str) -> frozenset[tuple[str, str]]:
    return frozenset((dose.agent, dose.level) for dose in arm.sequence.get(epoch, ()))


def _same(arm: Arm, other: Arm) -> bool:
    return all(_regimen(arm, epoch) == _regimen(other, epoch) for epoch in {*arm.sequence, *other.sequence})


def sentences(run: Stability) -> list[str]:
    """What a committee should know first."""
    return [*_about(run), *_list(run), *_limits(run), *_care(run)]


def _about(run: Stability) -> list[str]:
    if len(run.designs) == 1:
        return ["The list has one design only: nothing to compare it with."]
    best, regret, value = run.best[:, 0], run.regret[:, 0], run.draws.value
    expected = value.mean(axis=0)
    said = [
        f"The recommended design is the best of the {len(run.designs)} in {percent(float(best.mean()))} of "
        f"{run.count} draws of the inputs. Its value is {value[:, 0].mean():.3f} on average (90 % of draws: "
        f"{np.quantile(value[:, 0], 0.05):.3f} to {np.quantile(value[:, 0], 0.95):.3f}; {run.point.value[0, 0]:.3f} "
        f"with the inputs as given), {regret.mean():.4f} less than that of the best of the list in each draw: that "
        "much value, at least, would be gained on average if the inputs were known before choosing. Only the list is "
        "compared: trialopt learn finds the best of all designs in each draw."
    ]
    first = int(expected.argmax())
    ahead = value[:, first] - value[:, 0]
    if first and ahead.mean() > 2 * ahead.std() / np.sqrt(run.count):
        said.append(
            f"On average over the draws design {first + 1} is worth {ahead.mean():.4f} more: "
            f"{'; '.join(differences(run.designs[0], run.designs[first]))}."
        )
    return said


def _list(run: Stability) -> list[str]:
    """The list is only a list: the best design of a draw may lie outside it."""
    said = []
    if run.listed == "given":
        said.append("The designs were given, not searched for.")
    elif run.listed != "complete":
        said.append(f"The list is not complete ({run.listed}): designs may be missing from it.")
    if len(run.designs) == 1:
        return said
    loss = float(run.point.value[0, 0] - run.point.value[0, -1])
    shift = float((run.draws.value - run.draws.value[:, :1]).std(axis=0).max())
    ends = f"The list ends {loss:.4f} below its first design, and the draws shift designs against each other by"
    if shift > loss / 2:
        said.append(
            f"{ends} up to {shift:.4f} (standard deviation): designs outside the list may be better in some draws. "
            "Read the shares as shares of this list, and the loss as the least it can be."
        )
    else:
        said.append(f"{ends} only {shift:.4f} (standard deviation): few draws would prefer a design outside it.")
    return said


def _limits(run: Stability) -> list[str]:
    limited = (run.instance.limit < 1).any() or (run.instance.cumulative_limit < 1).any()
    if not limited:
        return []
    held = float(run.draws.tolerated[:, 0].mean())
    said = f"It keeps every toxicity limit in {percent(held)} of draws"
    frame = run.tables["limits"]
    if len(frame):
        first = frame.iloc[0]
        said += (
            f"; most often missed, in {percent(float(first['missed']))}, is the {_spaced(first['category'])} limit "
            f"of {first['arm']} {at(first['epoch'])}"
        )
    return [f"{said}. A design is chosen to hold limits with the inputs as given, not with room for what they may be."]


def _care(run: Stability) -> list[str]:
    if not run.inputs:
        return ["No input is uncertain: nothing was varied."]
    ours = sum(one.basis in ("rate", "assumed") for one in run.inputs)
    error = 0.5 / np.sqrt(max(run.count, 1))
    part = "all" if ours == len(run.inputs) else f"{ours}"
    return [
        f"{len(run.inputs)} inputs were drawn independently (seed {run.seed}); the spread of {part} of them is our "
        f"assumption. Not varied: {NOT_VARIED}. The number of draws leaves every percentage a standard error of at "
        f"most {100 * error:.1f} points."
    ]


def at(epoch: str) -> str:
    """Place a limit in time: `in maintenance`, `over all epochs`."""
    return f"over {epoch}" if epoch == ALL else f"in {_spaced(epoch)}"


def _spaced(identifier: str) -> str:
    return identifier.replace("_", " ")
