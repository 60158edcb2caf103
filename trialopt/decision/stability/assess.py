"""The choice under drawn inputs: a list of designs in, what many possible truths make of it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trialopt.core.design import Design
from trialopt.core.inputs import Uncertain
from trialopt.core.instance import TOLERANCE, Floats, Instance
from trialopt.core.run import Limits, Monitor
from trialopt.core.shown import brief
from trialopt.decision.alternatives import alternatives
from trialopt.decision.differences import listed_instance, records_of, written
from trialopt.decision.stability.draws import as_given, drawn, truths
from trialopt.decision.stability.predicted import predicted_effects
from trialopt.decision.stability.revalue import Listed, Revalued
from trialopt.decision.stability.switching import Mover, Switch, checked, late
from trialopt.decision.stability.tables import all_tables, sentences
from trialopt.reading import Document, asked_of, build
from trialopt.reading.uncertain import uncertain_inputs

FORMAT = 1
"""Version of the record."""

CHECKING = 30.0
"""Seconds after which no further switching value is checked."""


@dataclass(frozen=True, eq=False)
class Stability:
    """The best designs of an instance, valued again under many possible truths.

    Designs are in order of their value with the inputs as given, so the first is the recommended one. Values, losses
    and the probability of being best count every design of the list, whether it keeps its limits in a draw or not;
    how often limits hold is told beside it.
    """

    instance: Instance
    inputs: tuple[Uncertain, ...]
    designs: tuple[Design, ...]
    point: Revalued
    """One truth: the inputs as given."""
    draws: Revalued
    asked: int
    """Draws asked for."""
    seed: int
    switches: tuple[Switch, ...]
    """Largest probability first."""
    listed: str
    """How the list came about: `complete` (proven to be the best designs), `given`, or why it is not complete."""
    complete: bool
    """Whether neither a time limit nor an interrupt cut anything short."""

    predicted: Floats | None = None
    """(N, A) effect of each arm over its control in truths of all that is uncertain, regimens' own deviations among it
    (model section 11); `None` where that was not drawn."""

    @property
    def count(self) -> int:
        """Draws done."""
        return len(self.draws.value)

    @cached_property
    def best(self) -> Floats:
        """(N, K) which design is best in each draw; designs of equal value (within 1e-9) share the draw."""
        value = self.draws.value
        top = value >= value.max(axis=1, keepdims=True) - TOLERANCE
        share: Floats = top / top.sum(axis=1, keepdims=True)
        return share

    @cached_property
    def regret(self) -> Floats:
        """(N, K) what each design loses in each draw against the best of the list there."""
        loss: Floats = self.draws.value.max(axis=1, keepdims=True) - self.draws.value
        return loss

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Data frames: designs, agents, doses, arms, regimens, subgroups, limits, inputs, switching.

        Probabilities are shares of 1; a column `..._se` is the standard error that the number of draws leaves.
        """
        return all_tables(self)

    @property
    def sentences(self) -> list[str]:
        """What a committee should know first."""
        return sentences(self)

    def to_json(self) -> str:
        """Everything but the draws themselves as text, the same for the same run."""
        record: dict[str, Any] = {
            "format": FORMAT,
            "instance": listed_instance(self.instance),
            "draws": self.count,
            "draws_asked": self.asked,
            "seed": self.seed,
            "list": self.listed,
            "complete": self.complete,
            "sentences": self.sentences,
            **{name: records_of(frame) for name, frame in self.tables.items()},
        }
        return written(record)

    def __repr__(self) -> str:
        return brief(f"<Stability of {self.instance.name}: {len(self.designs)} designs, {self.count} draws>")

    def _repr_html_(self) -> str:
        said = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.sentences)
        shown = "".join(self.tables[name].head(12).to_html(index=False) for name in ("switching", "arms", "designs"))
        return f"<div><ul>{said}</ul>{shown}</div>"


class NoDesign(ValueError):
    """There is no design to value; `proven` says that none exists."""

    def __init__(self, proven: bool) -> None:
        super().__init__(
            "infeasible: proven that no design meets every rule and limit"
            if proven
            else "stopped before a design was found"
        )
        self.proven = proven


def stability(
    question: Document | str | Path,
    *,
    designs: Sequence[Design] | None = None,
    draws: int = 1000,
    top: int = 100,
    seed: int = 1,
    verify: int = 5,
    monitor: Monitor | None = None,
) -> Stability:
    """Value the best designs of an instance again, with its inputs drawn from what is known of them.

    Parameters
    ----------
    question
        An instance folder, a scenario file, the name of a shipped one, or a document.
    designs
        The designs to value; default the `top` best, proven.
    draws, seed
        Possible truths; equal seeds give equal draws.
    top
        Designs in the list.
    verify
        Switching values to check by searches of all designs, those with the largest probability first; none is begun
        after 30 seconds of checking.
    monitor
        Carries a time limit, progress and the wish to stop. The time limit ends the search for the designs and the
        checks; the draws are few seconds' work and have a second more.

    Raises
    ------
    InputErrors
        For an instance that cannot be read.
    NoDesign
        Where the instance has no design, or none was found in time.
    ValueError
        Where fewer than one draw is asked for, or the instance is too large to list its designs exactly.
    """
    monitor = monitor or Monitor(Limits())
    document = asked_of(question)
    instance = replace(build(document), uncertainty=None, truths=None)  # it draws by itself
    listed = "given"
    if designs is None:
        found = alternatives(instance, k=top, monitor=monitor)
        designs = [item.design for item in found.items]
        listed = found.ended or "complete"
        if not designs:
            raise NoDesign(found.complete)
    inputs = uncertain_inputs(document, instance)
    run = assess(instance, inputs, designs, draws=draws, seed=seed, verify=verify, listed=listed, monitor=monitor)
    effects = predicted_effects(document, instance, run.designs[0], draws, seed, lambda: late(monitor))
    whole = effects is None or len(effects) == draws
    return replace(run, predicted=effects, complete=run.complete and whole)


def assess(
    instance: Instance,
    inputs: Sequence[Uncertain],
    designs: Sequence[Design],
    *,
    draws: int = 1000,
    seed: int = 1,
    verify: int = 0,
    listed: str = "given",
    monitor: Monitor | None = None,
) -> Stability:
    """Value given designs under draws of given inputs; `stability` finds both."""
    if not designs:
        raise ValueError("there is no design to value")
    if draws < 1:
        raise ValueError(f"at least one draw is needed, not {draws}")
    monitor = monitor or Monitor(Limits())
    point = Listed(instance, designs).revalue(as_given(instance))
    order = np.argsort(-point.value[0], kind="stable").tolist()
    ordered = [designs[k] for k in order]
    list_ = Listed(instance, ordered)
    point = list_.revalue(as_given(instance))
    parts: list[Revalued] = []
    done = 0
    for rates in drawn(inputs, draws, seed):
        if parts and late(monitor):
            break
        monitor.report(doing=f"draw {done + len(rates)} of {draws}")
        parts.append(list_.revalue(truths(instance, inputs, rates)))
        done += len(rates)
    switches, finished = _switches(instance, inputs, ordered, verify, monitor)
    return Stability(
        instance=instance,
        inputs=tuple(inputs),
        designs=tuple(ordered),
        point=point,
        draws=_joined(parts),
        asked=draws,
        seed=seed,
        switches=tuple(switches),
        listed=listed,
        complete=done == draws and finished and listed in ("complete", "given"),
    )


def _switches(
    instance: Instance, inputs: Sequence[Uncertain], designs: Sequence[Design], verify: int, monitor: Monitor
) -> tuple[list[Switch], bool]:
    """Switching values, largest probability first, and whether nothing cut the work short."""
    mover = Mover(instance, inputs, designs)
    used = {
        dose.agent for design in designs for arm in design.arms for given in arm.sequence.values() for dose in given
    }
    used |= {
        instance.agents[instance.option_agent[o]]
        for control in (instance.control or (), *instance.own_control.values())
        for regimen in control
        for o in regimen
    }
    ways = [(k, above) for k, one in enumerate(inputs) if one.agent in used for above in (False, True)]
    found = sorted(mover.switches(ways, monitor), key=lambda switch: -switch.chance)
    until = monitor.seconds + CHECKING
    for k in range(min(verify, len(found))):
        if monitor.stop() is not None or monitor.seconds > until:
            found[k] = replace(found[k], checked="open")
            continue
        monitor.report(doing=f"checking switching value {k + 1} of {min(verify, len(found))}")
        found[k] = checked(mover, inputs, designs[0], found[k], monitor)
        found[k] = replace(found[k], chance=inputs[found[k].input].beyond(found[k].at, found[k].above))
    return sorted(found, key=lambda switch: -switch.chance), monitor.stop() is None


def _joined(parts: Sequence[Revalued]) -> Revalued:
    names = ("value", "tolerated", "required", "effect", "missed")
    return Revalued(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
