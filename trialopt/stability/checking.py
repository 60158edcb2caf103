"""Switching values found on a list, checked by searches of all designs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trialopt.decision.best_answer import Answer, best
from trialopt.design import Design
from trialopt.evaluation import evaluate
from trialopt.run import PROVEN_TO, Monitor
from trialopt.stability.switching import Mover, Switch
from trialopt.stability.uncertain import Uncertain

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
