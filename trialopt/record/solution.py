"""The answer with its proof: one run's record, self-contained, that saves and loads itself.

A `Solution` is what `solution.json` holds. Tables, comparisons and exports need nothing else: limits, labels
and prevalences of the instance that they show are part of the record. Value and bound are exact and honest, and the
ending is computed from them, whatever the method that searched says of itself.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.catalog import write_text
from trialopt.core.design import Design
from trialopt.core.input_files import InputFile
from trialopt.core.instance import Instance
from trialopt.core.json_read import NotJson, listed, parsed, problems
from trialopt.core.read_back import text_back
from trialopt.core.run import PROVEN_TO, Monitor, Outcome, ProofPrices, relative_gap
from trialopt.core.seams import late
from trialopt.core.shown import brief
from trialopt.evaluation.result import Evaluation
from trialopt.evaluation.under_truths import under_truths
from trialopt.record.make import arm_from, arm_json, question, question_from, question_json, solved_arm
from trialopt.record.origin import origin
from trialopt.record.parts import FORMAT, ArmSizing, Question, SolvedArm
from trialopt.record.solution_checks import contradictions
from trialopt.record.solution_schema import solution_schema
from trialopt.record.tables import Tables
from trialopt.record.words import certificate

__all__ = ["ArmSizing", "DesignNumbers", "Question", "Solution", "SolutionFileError", "SolvedArm"]

FILE_NAME = "solution.json"
ROUNDING = 1e-12
"""What a gap may be above the one asked for: searches compare the bound with the value, not their quotient."""

SOLVER_TOLERANCE = 1e-6
"""Bounds are proven up to this; a smaller gap asked for counts as this one."""

BROKEN_BOUND = 1e-5
"""A bound further below an exact value than this is no rounding of the solver: the run is refused."""


class SolutionFileError(WrongInput):
    """A file that is not a run's record. The message names the file and what is wrong with it."""


@dataclass(frozen=True)
class DesignNumbers:
    """A design's numbers beside the limits they are held against, whoever made the design."""

    question: Question
    arms: tuple[SolvedArm, ...]

    def __repr__(self) -> str:
        return brief(f"<DesignNumbers of {self.question.name}: {len(self.arms)} arms>")

    @property
    def design(self) -> Design | None:
        """The design, or `None` when there is none."""
        return Design(tuple(arm.arm for arm in self.arms)) if self.arms else None

    @cached_property
    def tables(self) -> Tables:
        """The numbers as pandas data frames: `arms`, `allocation`, `coverage`, `risk` and more."""
        return Tables(self)

    @property
    def plot(self) -> Any:
        """The design as figures: `schema`, `coverage`, `toxicity`, `allocation`, `timeline`. Needs matplotlib."""
        return late("plots")(self)


@dataclass(frozen=True)
class Solution(DesignNumbers):
    """One run: the recommended arms, their exact value, the proven bound, and how they were found.

    Attributes
    ----------
    ending : str
        `optimal` (only when the gap is within the one asked for), `time_limit`, `node_limit`, `interrupted`
        or `infeasible`.
    value : float or None
        Objective of the design, evaluated exactly; `None` without a design.
    bound : float or None
        No design is better than this, up to the solver's tolerance of 1e-6; `None` when none was proven.
    gap : float or None
        `(bound - value) / max(|value|, 1e-9)`.
    seconds : float
        Wall clock of the run.
    conflict : tuple of str
        When infeasible: limits that cannot hold together, in words.
    """

    ending: str
    value: float | None
    bound: float | None
    gap: float | None
    seconds: float
    conflict: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    uncertainty: Mapping[str, Any] | None = None
    """The design under many possible truths, where the instance asks for them: see docs/uncertainty.md."""
    predicted: Mapping[str, Any] | None = field(default=None, compare=False)
    """What each arm and its control would show in a new trial, 90 % intervals; a run of `trialopt solve` has them."""
    inputs: tuple[InputFile, ...] = field(default=(), compare=False)
    """Every file that the run saw, used or ignored, and why; empty in early records and for an instance in memory."""
    simulation: Any = field(default=None, compare=False, repr=False)
    """The `Simulation` beside the record in its folder, for documents to show; no part of the record."""
    prices: tuple[ProofPrices, ...] = field(default=(), repr=False, compare=False)
    """What proves the bound, of a run just made: `certificate.json` of its folder has it."""

    @classmethod
    def from_run(
        cls,
        instance: Instance,
        outcome: Outcome,
        evaluation: Evaluation | None,
        monitor: Monitor,
        *,
        conflict: Sequence[str] = (),
        options: Mapping[str, object] | None = None,
    ) -> Solution:
        """Record a run. The ending is computed here, from value, bound and the gap asked for.

        `evaluation` is that of `outcome.design` (`None` without one); `options` are added to the limits in
        `provenance`. Raises `RuntimeError` when the parts contradict each other: a broken rule, a bound
        below the value, or a search that says it finished though the gap is open.
        """
        asked = max(monitor.limits.gap, SOLVER_TOLERANCE)
        under = None
        if outcome.design is not None and instance.truths is not None:
            under = under_truths(instance, outcome.design).record()
        value, bound, gap = _certificate(outcome, evaluation, monitor.limits.gap)
        return cls(
            question=question(instance),
            ending=_ending(outcome, gap, asked),
            value=value,
            bound=bound,
            gap=gap,
            seconds=monitor.seconds,
            arms=tuple(solved_arm(instance, numbers) for numbers in evaluation.arms) if evaluation else (),
            conflict=tuple(conflict),
            warnings=tuple(dict.fromkeys((*instance.warnings, *(evaluation.warnings if evaluation else ())))),
            provenance=origin(outcome, monitor, {"gap": asked, **(options or {})}),
            uncertainty=under,
            inputs=instance.inputs,
            prices=_finite(outcome.prices),
        )

    def to_json(self) -> str:
        """The record as text: indented, keys in a fixed order, numbers to the last digit."""
        q = self.question
        data: dict[str, Any] = {
            "format": FORMAT,
            "instance": {"name": q.name, "title": q.title, "sha256": q.sha256},
            "ending": self.ending,
            "value": self.value,
            "bound": self.bound,
            "gap": self.gap,
            "seconds": self.seconds,
            "arms": [arm_json(arm, q) for arm in self.arms],
        }
        if self.ending == "infeasible" or self.conflict:
            data["conflict"] = list(self.conflict)
        data["warnings"] = list(self.warnings)
        data["inputs"] = [vars(file) for file in self.inputs]
        if self.uncertainty is not None:
            data["uncertainty"] = dict(self.uncertainty)
        if self.predicted is not None:
            data["predicted"] = dict(self.predicted)
        data["trial"] = question_json(q)
        data["provenance"] = dict(self.provenance)
        return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def save(self, path: str | Path) -> Path:
        """Write the record whole; a `path` that is a folder or has no suffix gets `solution.json` in it."""
        path = Path(path)
        if path.is_dir() or not path.suffix:
            path = path / FILE_NAME
        write_text(path, self.to_json())
        return path

    @staticmethod
    def load(path: str | Path) -> Solution:
        """Read a record from its file or its run folder. Raises `SolutionFileError`."""
        path, text = text_back(path, FILE_NAME, SolutionFileError)
        return decode(text, str(path))

    def __repr__(self) -> str:
        number = "none" if self.value is None else f"{self.value:#.4g}"
        bound = "none" if self.bound is None else f"{self.bound:#.4g}"
        numbers = f"value {number}, bound {bound}, arms {len(self.arms)}"
        return brief(f"<Solution of {self.question.name}: {self.ending}, {numbers}>")

    def _repr_html_(self) -> str:
        """Show the run in a notebook: one line with the certificate, and the arms."""
        arms = self.tables.arms.to_html(index=False, float_format=lambda x: f"{x:.4g}", border=0)
        conflict = "".join(f"<li>{escape(line)}</li>" for line in self.conflict)
        line = f"<p><b>{escape(self.question.title or self.question.name)}</b><br>{escape(certificate(self))}</p>"
        return f"<div>{line}{arms if self.arms else f'<ul>{conflict}</ul>'}</div>"


def numbers_of(instance: Instance, evaluation: Evaluation) -> DesignNumbers:
    """Put the numbers of any evaluated design into the form that tables are made from."""
    return DesignNumbers(question(instance), tuple(solved_arm(instance, numbers) for numbers in evaluation.arms))


def decode(text: str, file: str) -> Solution:
    """The record in `text`; `file` is named in errors. Raises `SolutionFileError`."""
    try:
        data = parsed(text)
    except NotJson as error:
        raise SolutionFileError(f"{file}: {error}") from None
    if not isinstance(data, dict) or "ending" not in data:
        raise SolutionFileError(f"{file}: not a solution; `trialopt solve --out` writes one")
    if data.get("format") != FORMAT:
        raise SolutionFileError(f"{file}: format is {data.get('format')!r:.60}, this version reads format {FORMAT}")
    if wrong := list(problems(data, solution_schema())) or list(contradictions(data)):
        raise SolutionFileError(listed(wrong, file))
    try:
        return Solution(
            question=question_from(data["instance"], data["trial"]),
            ending=data["ending"],
            value=data["value"],
            bound=data["bound"],
            gap=data["gap"],
            seconds=data["seconds"],
            arms=tuple(arm_from(arm, data["trial"].get("sources", ())) for arm in data["arms"]),
            conflict=tuple(data.get("conflict", ())),
            warnings=tuple(data.get("warnings", ())),
            provenance=data["provenance"],
            uncertainty=data.get("uncertainty"),
            predicted=data.get("predicted"),
            inputs=tuple(InputFile(f["name"], f["used"], f["why"]) for f in data.get("inputs", ())),
        )
    except KeyError as error:
        raise SolutionFileError(f"{file}: the field {error} is missing") from None
    except (TypeError, AttributeError, ValueError) as error:
        raise SolutionFileError(f"{file}: a field has the wrong shape ({error})") from None


def _certificate(
    outcome: Outcome, evaluation: Evaluation | None, asked: float
) -> tuple[float | None, float | None, float | None]:
    """Value, bound and gap as they may be printed, or `RuntimeError`."""
    if (evaluation is None) != (outcome.design is None):
        raise RuntimeError("a design and its evaluation belong together")
    if evaluation is None:
        return None, outcome.bound if math.isfinite(outcome.bound) else None, None
    if evaluation.violations:
        broken = "; ".join(violation.sentence for violation in evaluation.violations)
        raise RuntimeError(f"the design found breaks its own instance's rules: {broken}")
    value = float(evaluation.value)
    if outcome.bound < value - BROKEN_BOUND * max(1.0, abs(value)):
        raise RuntimeError(f"the bound {outcome.bound!r} is below the value {value!r} of a design that exists")
    bound = max(float(outcome.bound), value)
    if not math.isfinite(bound):
        return value, None, None
    if relative_gap(value, bound) > asked and bound - value <= PROVEN_TO:
        bound = value
    return value, bound, relative_gap(value, bound)


def _finite(prices: tuple[ProofPrices, ...]) -> tuple[ProofPrices, ...]:
    """Those that are numbers; a subgroup that no arm may serve has none."""
    return tuple(p for p in prices if all(map(math.isfinite, (p.arm, *p.subgroup.values(), *p.takes.values()))))


def _ending(outcome: Outcome, gap: float | None, asked: float) -> str:
    if outcome.design is None and outcome.bound == -math.inf:
        return "infeasible"
    if gap is not None and gap <= asked + ROUNDING:
        return "optimal"
    if outcome.stopped != "finished":
        return outcome.stopped
    if outcome.design is None:
        raise RuntimeError("the search ended by itself with neither a design nor a proof that there is none")
    raise RuntimeError(f"the search ended by itself at a gap of {gap}, though {asked} was asked for")
