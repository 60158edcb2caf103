"""What a replay found, as tables and sentences, whichever way it falls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from trialopt.core.read_back import read_back
from trialopt.core.seams import late
from trialopt.core.shown import brief
from trialopt.decision.differences import ListError, records_of, written
from trialopt.replay.stage import OUTCOMES

FORMAT = 1
FILE_NAME = "replay.json"

COLUMNS: dict[str, tuple[str, ...]] = {
    "designs": (
        *("kind", "value", "value_carry_0", "value_carry_50", "value_carry_100", "promised_events", *OUTCOMES),
        *("events", "lasting", "arms"),
    ),
    "promised": ("what", "subgroup", "epoch", "category", "promised", "played", "difference", "error", "cause"),
    "beats": ("rival", "outcome", "difference", "probability", "error"),
    "trials": (
        "arm",
        "patients",
        "control_patients",
        "endpoint",
        "claimed",
        "played",
        "error",
        "trials",
        "analyses",
        "early",
        "months",
    ),
}
"""Columns of the tables."""

WORDS = {
    "response": "response",
    "mrd": "MRD negativity",
    "pfs_24": "PFS at 24 months",
    "severe": "patients without a severe event",
}
"""Outcomes designs are ranked by; more is better of each."""

LASTS = 0.15
"""A difference of two rank correlations that is worth a sentence."""


@dataclass(frozen=True)
class Verdict:
    """A design and others of its instance, valued by the model and played on virtual patients.

    Attributes
    ----------
    designs
        One row a design: `kind` (recommended, alternative, random, control), the model's `value`, its values at other
        carries, promised severe events a patient, and what was
        played.
    promised
        One row a promise of the recommended design: `what` (coverage, began, risk), subgroup, epoch, category,
        promised, played, difference, its error, and the cause in the replay.
    beats
        One row an outcome and rival: mean difference and the probability that the recommendation does better.
    trials
        One row an arm of a sized trial: claimed power against the control and the share of played trials that were
        won, analyses planned, share that ended before the last one, mean months to the end.
    """

    instance: Mapping[str, str]
    population: str
    patients: int
    seed: int
    designs: pd.DataFrame
    promised: pd.DataFrame
    beats: pd.DataFrame
    trials: pd.DataFrame
    unknown: tuple[str, ...] = ()
    """Agents of the design whose depth of response the replay does not know; it took that of any agent."""
    ended: str = ""
    seconds: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether nothing was cut short."""
        return not self.ended

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """Rank correlation with each played outcome of the value as given and at three carries, by kind of design."""
        rows = []
        for kind, frame in self._kinds():
            for outcome in WORDS:
                values = {"value": "value"} | {f"carry_{c:g}": f"value_carry_{100 * c:.0f}" for c in (0.0, 0.5, 1.0)}
                found = {rank: _spearman(frame[name], _good(frame, outcome)) for rank, name in values.items()}
                rows.append({"designs": kind, "n": len(frame), "outcome": outcome, **found})
            rows.append(
                {
                    "designs": kind,
                    "n": len(frame),
                    "outcome": "severe events, promised against played",
                    "value": _spearman(frame["promised_events"], frame["events"]),
                }
            )
        return pd.DataFrame(rows, columns=["designs", "n", "outcome", "value", "carry_0", "carry_0.5", "carry_1"])

    def _kinds(self) -> list[tuple[str, pd.DataFrame]]:
        frame = self.designs[self.designs["kind"] != "control"]
        kinds = [("all", frame), *((k, frame[frame["kind"] == k]) for k in ("alternative", "random"))]
        return [(kind, some) for kind, some in kinds if len(some) > 2]

    def rank(self, outcome: str, carry: str = "value", designs: str = "all") -> float:
        """One rank correlation; NaN where there is none."""
        found = self.ranks[(self.ranks["designs"] == designs) & (self.ranks["outcome"] == outcome)]
        return float(found[carry].iloc[0]) if len(found) else float("nan")

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The verdict in words."""
        return tuple(self._said())

    def _said(self) -> list[str]:
        frame = self.designs
        said = []
        if len(self.ranks):
            told = ", ".join(f"{words} {self.rank(name):.2f}" for name, words in WORDS.items())
            n = int((frame["kind"] != "control").sum())
            said.append(f"Rank correlation of the model's value with what was played, {n} designs: {told}.")
            said += [self._carry(), self._lasting()]
            events = self.rank("severe events, promised against played")
            first = frame.iloc[0]
            said.append(
                f"Severe events a patient: {first['promised_events']:.2f} promised, {first['events']:.2f} played; "
                f"rank correlation over designs {events:.2f}."
            )
        for rival, rows in self.beats.groupby("rival", sort=False):
            told = ", ".join(
                f"{WORDS[r['outcome']]} {r['probability']:.2f} ({100 * r['difference']:+.1f} points)"
                for _, r in rows.iterrows()
            )
            said.append(f"Chance that the recommendation does better than the {rival} in a trial of 300: {told}.")
        for _, row in self.trials.iterrows():
            said.append(
                f"{row['arm']}: power {row['claimed']:.3f} claimed, {row['played']:.3f} (s.e. {row['error']:.3f}) of "
                f"{int(row['trials'])} played trials won{_early(row)}."
            )
        covered = self.promised[self.promised["what"] == "coverage"]
        if len(covered):
            row = covered.iloc[0]
            said.append(
                f"Largest disagreement: {row['subgroup']}, {row['epoch']}: coverage {row['promised']:.2f} promised, "
                f"{row['played']:.2f} played; in the replay: {row['cause']}."
            )
        if self.unknown:
            said.append(
                f"No published depth of response is known of {', '.join(self.unknown)}: that of any agent stands in."
            )
        return [sentence for sentence in said if sentence]

    def _carry(self) -> str:
        values = {carry: self.rank("pfs_24", f"carry_{carry:g}") for carry in (0.0, 0.5, 1.0)}
        best = max(values, key=lambda carry: values[carry])
        told = ", ".join(f"{value:.2f} at carry {carry:g}" for carry, value in values.items())
        if best == 0.0 or values[best] - values[0.0] < LASTS / 3:
            return f"PFS at 24 months is ranked {told}: carry = 0 loses nothing here."
        return f"PFS at 24 months is ranked {told}: designs last better ordered with carry {best:g} than with 0."

    def _lasting(self) -> str:
        response, pfs = self.rank("response"), self.rank("pfs_24")
        if response - pfs > LASTS:
            return (
                f"Value follows responses ({response:.2f}) more than what lasts ({pfs:.2f}): it rewards responses that "
                "do not last."
            )
        if pfs - response > LASTS:
            return f"Value follows what lasts ({pfs:.2f}) more than responses ({response:.2f})."
        return f"Value follows responses ({response:.2f}) and what lasts ({pfs:.2f}) alike."

    @property
    def sentence(self) -> str:
        """The first of them."""
        return self.sentences[0] if self.sentences else "Nothing was played."

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by the names of their files."""
        found = {"ranks": self.ranks, "designs": self.designs, "promised": self.promised, "beats": self.beats}
        return {f"replay_{name}": frame for name, frame in {**found, "trials": self.trials}.items()}

    def plot(self) -> Any:
        """Draw value against what was played, a `Picture`. Needs matplotlib."""
        return late("replay picture")(self.designs)

    def to_json(self) -> str:
        """The verdict as text, the same for the same question and seed but for the seconds."""
        record: dict[str, Any] = {
            "format": FORMAT,
            "kind": "replay",
            "instance": dict(self.instance),
            "population": self.population,
            "patients": self.patients,
            "seed": self.seed,
            "complete": self.complete,
            "ended": self.ended,
            "unknown_agents": list(self.unknown),
            "sentences": list(self.sentences),
            "seconds": self.seconds,
            **{name.removeprefix("replay_"): records_of(frame) for name, frame in self.tables.items()},
        }
        return written(record)

    @staticmethod
    def load(path: str | Path) -> Verdict:
        """Read a verdict from its file or the folder it is in. Raises `ListError`."""
        path, data = read_back(path, FILE_NAME, ListError)
        if not isinstance(data, dict) or data.get("kind") != "replay" or data.get("format") != FORMAT:
            raise ListError(f"{path}: no verdict that `replay --out` wrote, of format {FORMAT}")
        try:
            frames = {name: pd.DataFrame(data[name]) for name in COLUMNS}
            tables: Any = {name: frame if len(frame) else frame_of([], COLUMNS[name]) for name, frame in frames.items()}
            return Verdict(
                instance=data["instance"],
                **{name: data[name] for name in ("population", "patients", "seed", "ended", "seconds")},
                **tables,
                unknown=tuple(data["unknown_agents"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ListError(f"{path}: a field has the wrong shape ({error})") from None

    def __repr__(self) -> str:
        name, n = self.instance["name"], len(self.designs)
        told = ", ".join(f"{outcome} {self.rank(outcome):.2f}" for outcome in WORDS) if len(self.ranks) else "none"
        return brief(f"<Verdict on {name}: {n} designs played, rank correlations {told}>")

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.sentences)
        return f"<div><ul>{lines}</ul>{self.ranks.round(3).to_html(index=False)}</div>"


def _early(row: pd.Series) -> str:
    """How many trials ended at a look, where there are looks."""
    if not row.get("analyses", 1) > 1:
        return ""
    return f", {100 * row['early']:.0f} % of them ended at a look"


def _good(frame: pd.DataFrame, outcome: str) -> pd.Series:
    return -frame[outcome] if outcome == "severe" else frame[outcome]


def _spearman(one: pd.Series, two: pd.Series) -> float:
    """Rank correlation; NaN where either does not vary."""
    if one.nunique() < 2 or two.nunique() < 2:
        return float("nan")
    return float(one.rank().corr(two.rank()))


def frame_of(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """A frame with these columns, rows or none."""
    return pd.DataFrame(list(rows), columns=list(columns))
