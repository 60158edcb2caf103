"""What simulated trials showed: measures by scenario, as data frames and as a record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from trialopt.core import WrongInput
from trialopt.core.read_back import read_back
from trialopt.core.seams import late
from trialopt.core.shown import brief
from trialopt.simulate.count import Measure, Number
from trialopt.simulate.scenario import adding_nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = 1
"""Version of the record."""

FILE_NAME = "simulation.json"

COLUMNS = ("design", "scenario", "arm", "what", "of", "value", "error")


@dataclass(frozen=True, eq=False)
class Claim:
    """What a design says of one arm, or of one of its comparisons: its power, its one-sided level, its test."""

    arm: str
    power: float | None
    alpha: float
    test: str
    of: str = ""
    """The comparison, where the arm has several to win; empty: all of them."""
    without: str = ""
    """The agent whose contribution the comparison is about."""

    @property
    def null(self) -> str:
        """The scenario in which the agent has no effect; empty where there is none."""
        return adding_nothing(self.without) if self.without else ""


@dataclass(frozen=True, eq=False)
class Simulation:
    """Operating characteristics of one design, or of several side by side."""

    instance: Mapping[str, str]
    """`name`, `title` and `sha256` of the question."""
    endpoint: str
    designs: tuple[str, ...]
    scenarios: Mapping[str, int]
    """Scenario -> trials played of each design; fewer than asked for where the run was stopped."""
    claims: Mapping[str, tuple[Claim, ...]]
    """By design."""
    measures: Mapping[str, tuple[Measure, ...]]
    """By design."""
    trials: int
    """Trials asked for."""
    seed: int
    complete: bool
    """Whether all trials asked for were played."""
    labels: Mapping[str, str]
    latest: float
    """Times the planned study at which a trial is analysed whatever its events."""
    effects: Mapping[str, str]
    """Scenario -> the effect it rests on."""

    def arms(self, design: str = "") -> list[str]:
        """Names of a design's arms; of the first design unless named."""
        return list(dict.fromkeys(claim.arm for claim in self.claims[design or self.designs[0]]))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per measure: design, scenario, arm (empty: the whole trial), what, of, value, Monte Carlo error."""
        rows = [
            (design, m.scenario, m.arm, m.what, m.of, m.number.value, m.number.error)
            for design in self.designs
            for m in self.measures[design]
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    @cached_property
    def power(self) -> pd.DataFrame:
        """One row per design and scenario: the chance of success of any arm, of all, and of each arm, with errors."""
        rows = []
        for design in self.designs:
            for scenario in self.scenarios:
                row: dict[str, Any] = {"design": design, "scenario": scenario}
                for m in self.measures[design]:
                    if m.scenario == scenario and m.what in ("any", "all"):
                        name = f"{m.what} arm{'s' if m.what == 'all' else ''}" if not m.arm else m.arm
                        row[name], row[f"{name}_error"] = m.number.value, m.number.error
                rows.append(row)
        return pd.DataFrame(rows)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All data frames by name."""
        return {"simulation": self.frame, "simulation_power": self.power}

    def number(self, scenario: str, what: str, *, arm: str = "", of: str = "", design: str = "") -> Number | None:
        """One measure; `None` where it is not known. `design` is the first one unless named."""
        return self._numbers.get((design or self.designs[0], scenario, arm, what, of))

    @cached_property
    def _numbers(self) -> Mapping[tuple[str, str, str, str, str], Number]:
        return {(d, m.scenario, m.arm, m.what, m.of): m.number for d in self.designs for m in self.measures[d]}

    def plot(self) -> Any:
        """Chance of success of each arm by scenario, as a figure. Needs matplotlib."""
        return late("simulation picture")(self)

    def to_json(self) -> str:
        """The record: the same for the same run."""
        data: dict[str, Any] = {
            "format": FORMAT,
            "instance": dict(self.instance),
            "endpoint": self.endpoint,
            "trials": self.trials,
            "seed": self.seed,
            "complete": self.complete,
            "latest": self.latest,
            "labels": dict(self.labels),
            "scenarios": [
                {"scenario": name, "effect": self.effects[name], "trials": played}
                for name, played in self.scenarios.items()
            ],
            "designs": [
                {
                    "design": design,
                    "claims": [_plain(claim) for claim in self.claims[design]],
                    "measures": [
                        [m.scenario, m.arm, m.what, m.of, m.number.value, m.number.error] for m in self.measures[design]
                    ],
                }
                for design in self.designs
            ],
        }
        return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @staticmethod
    def load(path: str | Path) -> Simulation:
        """Read a record from its file or the run's folder. Raises `WrongInput` for one that is none."""
        path, data = read_back(path, FILE_NAME)
        try:
            return _decoded(data)
        except (KeyError, TypeError, ValueError, AttributeError):
            said = "it is not what `trialopt simulate` writes; simulate the run again"
            raise WrongInput(f"{path}: {said}") from None

    def __repr__(self) -> str:
        played = f"{self.trials} trials" if self.complete else f"at most {self.trials} trials"
        designs = "" if len(self.designs) == 1 else f"{len(self.designs)} designs, "
        told = f"{designs}{len(self.scenarios)} scenarios, {played} each"
        return brief(f"<Simulation of {self.instance['name']}: {told}>")

    def _repr_html_(self) -> str:
        return f"<div>{self.power.to_html(index=False, float_format=lambda x: f'{x:.3f}')}</div>"


def _plain(claim: Claim) -> dict[str, Any]:
    """A claim without what it says nothing of."""
    return {name: value for name, value in vars(claim).items() if value != ""}


def _decoded(data: Any) -> Simulation:
    if data["format"] != FORMAT:
        raise ValueError("another format")
    designs: Sequence[Any] = data["designs"]
    return Simulation(
        instance={str(k): str(v) for k, v in data["instance"].items()},
        endpoint=str(data["endpoint"]),
        designs=tuple(str(one["design"]) for one in designs),
        scenarios={str(one["scenario"]): int(one["trials"]) for one in data["scenarios"]},
        claims={str(one["design"]): tuple(Claim(**claim) for claim in one["claims"]) for one in designs},
        measures={str(one["design"]): tuple(_measure(row) for row in one["measures"]) for one in designs},
        trials=int(data["trials"]),
        seed=int(data["seed"]),
        complete=bool(data["complete"]),
        labels={str(k): str(v) for k, v in data["labels"].items()},
        latest=float(data["latest"]),
        effects={str(one["scenario"]): str(one["effect"]) for one in data["scenarios"]},
    )


def _measure(row: Any) -> Measure:
    scenario, arm, what, of, value, error = row
    return Measure(str(scenario), str(arm), str(what), str(of), Number(float(value), float(error)))
