"""The choice under drawn inputs: draws, switching values, and checks by full searches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import PROVEN_TO, Limits, Monitor
from trialopt.decision.solving import Answer, best
from trialopt.decision.stability.draws import Uncertain, as_given, drawn, truths
from trialopt.decision.stability.inputs import uncertain_inputs
from trialopt.decision.stability.result import Stability
from trialopt.decision.stability.revalue import Listed, Revalued
from trialopt.decision.stability.switching import Mover, Switch
from trialopt.evaluation import evaluate
from trialopt.reading import Document, build, load

CHECKING = 30.0
"""Seconds after which no further switching value is checked."""


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
        checks; the draws are few seconds' work and are done.

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
    document = question if isinstance(question, Document) else load(_found(question))
    instance = build(document)
    listed = "given"
    if designs is None:
        from trialopt.decision.alternatives import alternatives

        found = alternatives(instance, k=top, monitor=monitor)
        designs = [item.design for item in found.items]
        listed = found.ended or "complete"
        if not designs:
            raise NoDesign(found.complete)
    inputs = uncertain_inputs(document, instance)
    return assess(instance, inputs, designs, draws=draws, seed=seed, verify=verify, listed=listed, monitor=monitor)


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
        if parts and monitor.interrupted:
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


def _found(name: str | Path) -> Path:
    from trialopt.core.catalog import find

    return find(str(name))


def _switches(
    instance: Instance, inputs: Sequence[Uncertain], designs: Sequence[Design], verify: int, monitor: Monitor
) -> tuple[list[Switch], bool]:
    """Switching values, largest probability first, and whether nothing cut the work short."""
    mover = Mover(instance, inputs, designs)
    used = {
        dose.agent for design in designs for arm in design.arms for given in arm.sequence.values() for dose in given
    }
    used |= {instance.agents[instance.option_agent[o]] for regimen in instance.control or () for o in regimen}
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


ASIDE = 5e-4
"""How far inside and beyond a switching value the instance is solved, on the scale of the rate."""

ROUNDS = 8
"""Designs from outside the list that one switching value may have to take in."""


def checked(mover: Mover, inputs: Sequence[Uncertain], design: Design, switch: Switch, monitor: Monitor) -> Switch:
    """Solve the instance just inside and just beyond a switching value.

    Where a design outside the list is better just inside, it joins the list and the switching value is found anew,
    until none is: then no design at all takes over before it.
    """
    earlier = False
    for _ in range(ROUNDS):
        inside = _aside(switch, inputs, inwards=True)
        answer, value = _against(mover, design, switch, inside, monitor)
        if not answer.proven:
            return replace(switch, checked="open")
        if answer.value is None or answer.design is None or answer.value <= value + 2 * PROVEN_TO:
            return _beyond(mover, inputs, switch, earlier, monitor)
        mover, earlier = mover.with_design(answer.design), True
        found = list(mover.switches([(switch.input, switch.above)]))
        if not found:
            return replace(switch, checked="open")
        switch = found[0]
    return replace(switch, checked="open")


def _aside(switch: Switch, inputs: Sequence[Uncertain], *, inwards: bool) -> float:
    """A rate a little inside, at most half way to the number given, or a little beyond."""
    now = inputs[switch.input].rate
    step = min(ASIDE, abs(switch.at - now) / 2)
    return switch.at + step * (1 if switch.above is not inwards else -1)


def _against(mover: Mover, design: Design, switch: Switch, rate: float, monitor: Monitor) -> tuple[Answer, float]:
    """Look for a design better than the recommended one, with the input at `rate`."""
    truth = mover.truth(switch.input, rate)
    value = evaluate(truth, design).value
    return best(truth, monitor, enough=value + 2 * PROVEN_TO), value


def _beyond(mover: Mover, inputs: Sequence[Uncertain], switch: Switch, earlier: bool, monitor: Monitor) -> Switch:
    """Name what all designs have to offer just beyond."""
    truth = mover.truth(switch.input, _aside(switch, inputs, inwards=False))
    answer = best(truth, monitor)
    if not answer.proven:
        return replace(switch, checked="open")
    said = "earlier" if earlier else "confirmed"
    if answer.design is None or answer.value is None:
        return replace(switch, successor=None, checked=said)
    judged = evaluate(truth, switch.successor) if switch.successor is not None else None
    if judged is not None and judged.feasible and judged.value >= answer.value - 2 * PROVEN_TO:
        return replace(switch, checked=said)
    return replace(switch, successor=answer.design, checked="earlier" if earlier else "other")
