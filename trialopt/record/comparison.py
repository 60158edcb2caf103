"""Runs side by side: arms matched, what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from trialopt.core.handed import wrong_kind
from trialopt.core.shown import brief
from trialopt.record.matching import matched
from trialopt.record.parts import totals
from trialopt.record.rows import regimen
from trialopt.record.solution import Solution, SolvedArm

NAMES = ("summary", "arms", "changes", "allocation", "coverage", "risk")
"""The data frames of a comparison, in the order in which they are shown and written."""


def compare(*solutions: Solution, names: Sequence[str] | None = None) -> Comparison:
    """Compare two or more runs; the first is the one the others are held against.

    `names` head the columns (default: the instances' names, numbered where they repeat). Raises `ValueError`
    for fewer than two runs, or names that do not fit them.
    """
    if len(solutions) < 2:
        raise ValueError("comparing needs at least two runs")
    for solution in solutions:
        if not isinstance(solution, Solution):
            how = "trialopt.solve(instance) gives one, trialopt.Solution.load(RUN) reads one"
            raise wrong_kind(solution, "a run to compare", "a Solution", how)
    heads = list(names) if names is not None else _numbered([s.question.name for s in solutions])
    if len(heads) != len(solutions) or len(set(heads)) != len(heads):
        raise ValueError("give each run a name of its own")
    return Comparison(dict(zip(heads, solutions, strict=True)))


@dataclass(frozen=True)
class Match:
    """One arm of the first run with the arm most like it in each other run, or an arm the first run has not.

    `similarity` is 1 for the same regimens in the same subgroups and 0 for nothing in common.
    """

    arms: Mapping[str, SolvedArm | None]
    similarity: Mapping[str, float]


class Comparison:
    """What differs between runs, as data frames. Probabilities are shares of 1."""

    def __init__(self, runs: Mapping[str, Solution]) -> None:
        self.runs = dict(runs)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Arms matched to the first run's by the assignment that makes them most alike altogether."""
        first, *others = self.runs
        rows: list[dict[str, SolvedArm | None]] = [{first: arm} for arm in self.runs[first].arms]
        alike: list[dict[str, float]] = [{} for _ in rows]
        extra: list[dict[str, SolvedArm | None]] = []
        for name in others:
            shares = {**self.runs[name].question.shares, **self.runs[first].question.shares}
            pairs = matched(self.runs[first].arms, self.runs[name].arms, shares)
            for k, row in enumerate(rows):
                arm, score = pairs.get(k, (None, 0.0))
                row[name], alike[k][name] = arm, score
            taken = {id(arm) for arm, _ in pairs.values()}
            extra += [{name: arm} for arm in self.runs[name].arms if id(arm) not in taken]
        everywhere: dict[str, SolvedArm | None] = dict.fromkeys(self.runs)
        return tuple(
            Match({**everywhere, **row}, score)
            for row, score in zip(rows + extra, alike + [{}] * len(extra), strict=True)
        )

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row a run: ending, value, bound, gap, arms, and the change in value from the first run.

        When sized, also patients and controls together, months of accrual (of the slowest arm) and cost.
        """
        first = next(iter(self.runs.values()))
        rows = []
        for name, run in self.runs.items():
            total = {t.what: t.total for t in totals(run)}
            known = run.value is not None and first.value is not None
            rows.append(
                {
                    "run": name,
                    "instance": run.question.name,
                    "same_instance": run.question.sha256 == first.question.sha256,
                    "ending": run.ending,
                    "value": run.value,
                    "change": (run.value or 0.0) - (first.value or 0.0) if known else None,
                    "bound": run.bound,
                    "gap": run.gap,
                    "arms": len(run.arms),
                    "patients": int(total["patients"] or 0) if total else pd.NA,
                    "accrual_months": total.get("accrual_months"),
                    "cost": total.get("cost"),
                    "seconds": run.seconds,
                }
            )
        frame = pd.DataFrame(rows).astype({"patients": "Int64"})
        return frame.astype(dict.fromkeys(("value", "change", "bound", "gap", "accrual_months", "cost"), "float64"))

    @cached_property
    def arms(self) -> pd.DataFrame:
        """One row per match and run: the arm there, and how alike it is to the first run's.

        A regimen is missing where there is no arm like it, or the run's instance has no such epoch.
        """
        epochs = self._epochs()
        rows: list[dict[str, Any]] = []
        for number, match in enumerate(self.matches, start=1):
            for name, arm in match.arms.items():
                row: dict[str, Any] = {"match": number, "run": name, "arm": arm.name if arm else None}
                row["subgroups"] = "; ".join(arm.subgroups) if arm else None
                own = self.runs[name].question.epochs
                row |= {s: regimen(arm.sequence.get(s, ())) if arm and s in own else None for s in epochs}
                row["similarity"] = match.similarity.get(name)
                rows.append(row)
        columns = ["match", "run", "arm", "subgroups", *epochs, "similarity"]
        return pd.DataFrame(rows, columns=columns).astype({"similarity": "float64"})

    @cached_property
    def changes(self) -> pd.DataFrame:
        """One row per difference: match, run, what (`subgroups` or an epoch), what was added and removed."""
        first = next(iter(self.runs))
        rows = []
        for number, match in enumerate(self.matches, start=1):
            before = match.arms[first]
            for name, after in match.arms.items():
                if name == first or (before is None and after is None):
                    continue
                for what in ("subgroups", *self._epochs()):
                    old, new = _content(before, what), _content(after, what)
                    if set(old) != set(new):
                        added = "; ".join(x for x in new if x not in old)
                        removed = "; ".join(x for x in old if x not in new)
                        rows.append((number, name, what, added, removed))
        return pd.DataFrame(rows, columns=["match", "run", "what", "added", "removed"])

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row per subgroup and epoch, one column a run: coverage by whichever arm serves the subgroup."""
        frames = [
            run.tables.coverage.set_index(["subgroup", "epoch"])["coverage"].rename(name)
            for name, run in self.runs.items()
        ]
        return pd.concat(frames, axis=1, sort=False).reset_index()

    @cached_property
    def allocation(self) -> pd.DataFrame:
        """One row per subgroup and run: the arm that serves it, and when sized its patients and controls there.

        `match` is the number of the arm's row in `arms`.
        """
        number = {id(arm): k for k, match in enumerate(self.matches, start=1) for arm in match.arms.values() if arm}
        frames = []
        for name, run in self.runs.items():
            frame = run.tables.allocation[["arm", "subgroup", "share", "experimental", "control"]].copy()
            frame["run"] = name
            frame["match"] = frame["arm"].map({arm.name: number[id(arm)] for arm in run.arms})
            frame["patients"] = frame["experimental"] + frame["control"]
            frames.append(frame)
        return self._by_subgroup(frames, ["match", "arm", "share", "experimental", "control", "patients"], [])

    @cached_property
    def risk(self) -> pd.DataFrame:
        """One row per subgroup, epoch, category and run: probability of a severe event, its limit, the share used.

        `epoch` is missing for the risk over the whole treatment. `change` is from the first run.
        """
        frames = []
        for name, run in self.runs.items():
            whole = run.tables.cumulative_risk
            frame = pd.concat([run.tables.risk, whole.assign(epoch=None)], ignore_index=True)
            frame["run"] = name
            frame["used"] = frame["risk"] / frame["limit"].where(frame["limit"] > 0)
            frames.append(frame)
        keys = ["epoch", "category"]
        found = self._by_subgroup(frames, ["arm", "risk", "limit", "used"], keys)
        first = found[found["run"] == next(iter(self.runs))].set_index(["subgroup", *keys])["risk"]
        at = pd.MultiIndex.from_frame(found[["subgroup", *keys]])
        return found.assign(change=found["risk"].to_numpy() - first.reindex(at).to_numpy())

    @cached_property
    def tightest(self) -> pd.DataFrame:
        """One row per subgroup and run that has limits: the row of `risk` that uses most of its limit."""
        limited = self.risk.dropna(subset=["used"])
        most = limited.groupby(["subgroup", "run"], sort=False)["used"].idxmax()
        return limited.loc[most].reset_index(drop=True)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All data frames by name, in the order in which they are shown."""
        return {name: getattr(self, name) for name in NAMES}

    def _by_subgroup(self, frames: list[pd.DataFrame], columns: list[str], keys: list[str]) -> pd.DataFrame:
        """One frame of all runs, rows of one subgroup (and `keys`) together, in the order of the first run."""
        found = pd.concat([f for f in frames if not f.empty] or frames, ignore_index=True)
        order = ["subgroup", *keys]
        rank = found.groupby(order, sort=False, dropna=False).ngroup()
        return found.iloc[rank.argsort(kind="stable")][[*order, "run", *columns]].reset_index(drop=True)

    def _epochs(self) -> list[str]:
        return list(dict.fromkeys(s for run in self.runs.values() for s in run.question.epochs))

    def __repr__(self) -> str:
        return brief(f"<Comparison of {len(self.runs)} runs: {', '.join(self.runs)}>")

    def _repr_html_(self) -> str:
        return f"<div>{self.summary.to_html(index=False)}{self.arms.to_html(index=False)}</div>"


def _content(arm: SolvedArm | None, what: str) -> list[str]:
    if arm is None:
        return []
    return list(arm.subgroups) if what == "subgroups" else [str(dose) for dose in arm.sequence.get(what, ())]


def _numbered(names: Sequence[str]) -> list[str]:
    return [f"{name} ({names[: k + 1].count(name)})" if names.count(name) > 1 else name for k, name in enumerate(names)]
