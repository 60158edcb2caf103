"""The engine's way in: tabulate the regimens, then decompose, with or without patients.

`Sized` solves instances without patients too, and does so where limits on a design or designs in order are asked for.
`Unsized` stays beside it for the plain question: on 13 synthetic instances of 10 to 40 agents and 2 to 12 subgroups
`Sized` took 1.0 to 6.9 times its CPU (1.9 in the median) and 1.3 to 6.5 times as many sequence searches. The values
agree within the gap asked for; in one of the 13 they are two designs 3e-6 apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from trialopt.core.coefficients import Coefficients, coefficients
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor, Outcome
from trialopt.engine.regimens import Stopped, TooLarge
from trialopt.engine.relaxation import MOST_SUBGROUPS
from trialopt.engine.rules import Containing
from trialopt.engine.sized import Sized
from trialopt.engine.tables import build_tables
from trialopt.engine.unsized import Unsized
from trialopt.engine.worst import worst_search

QUICK_GAP, QUICK_SECONDS = 0.01, 1.2
"""When to stop looking for a design of few agents."""


def search(instance: Instance, monitor: Monitor, containing: Containing = MappingProxyType({})) -> Outcome:
    """Find the best design by decomposition; see `begun`."""
    return begun(instance, monitor, containing)[0]


def begun(
    instance: Instance, monitor: Monitor, containing: Containing = MappingProxyType({})
) -> tuple[Outcome, Sized | None]:
    """Find the best design by decomposition, with the work to go on from, where `Sized` did it.

    Raises `TooLarge` outside the engine's reach.

    `containing` asks more than the instance does: the arm serving a subgroup must contain these agents or classes in
    some epoch (`include` of the instance asks it of all arms). `evaluate` does not know of it.

    A run that has to stop before the regimens are tabulated still ends with a design of few agents, if there is one,
    and with the bound that nothing is left uncovered.
    """
    if len(instance.subgroups) > MOST_SUBGROUPS:
        raise TooLarge(f"{len(instance.subgroups)} subgroups, the engine takes {MOST_SUBGROUPS}")
    asked = instance.uncertainty
    if asked is not None and asked.objective == "cvar":
        return worst_search(instance, monitor, containing, lambda c: _stopped(instance, c, monitor, containing)), None
    started = monitor.seconds
    monitor.report(doing="enumerating regimens")
    c = coefficients(instance)
    try:
        tables = build_tables(instance, c, lambda: monitor.stop() is not None, containing)
    except Stopped:
        return _stopped(instance, c, monitor, containing), None
    enumerated = monitor.seconds
    work = Sized(instance, c, tables, monitor) if instance.trial.sized else Unsized(instance, tables, monitor)
    stopped = work.run()
    outcome = Outcome(
        design=work.state.incumbent.design(),
        bound=work.bound,
        stopped=stopped,
        method="decompose",
        timings={"enumerating": enumerated - started, "solving": monitor.seconds - enumerated},
        details={
            "regimens": list(tables.enumerated),
            "regimens_kept": [len(t) for t in tables.epochs],
            "sets_searched": work.state.searched,
            "masters": work.state.masters,
        },
        prices=work.prices,
    )
    return outcome, work if isinstance(work, Sized) else None


def _stopped(instance: Instance, c: Coefficients, monitor: Monitor, containing: Containing) -> Outcome:
    design = quick_design(instance, containing)
    return Outcome(
        design=design,
        bound=float(c.value_weight.sum()),
        stopped=monitor.stop() or "interrupted",
        method="decompose",
        details={"stopped while": "enumerating regimens"},
    )


class _Quick(Monitor):
    """A monitor that stops when asked to."""

    def __init__(self, limits: Limits, asked: Callable[[], bool]) -> None:
        super().__init__(limits)
        self._asked = asked

    def stop(self) -> str | None:
        return "interrupted" if self._asked() else super().stop()


def quick_design(
    instance: Instance, containing: Containing = MappingProxyType({}), asked: Callable[[], bool] = lambda: False
) -> Design | None:
    """Best design with as few agents an epoch as possible: feasible in the whole instance, not proven there.

    Gives up after `QUICK_SECONDS` in all, and when `asked` to: it is looked for once the run had to stop.
    """
    whole = _Quick(Limits(time=QUICK_SECONDS), asked)
    if instance.uncertainty is not None:  # any design that keeps the limits is worth having, and truths take time
        instance = replace(instance, uncertainty=replace(instance.uncertainty, objective="given"))
    for fewer in range(max(2, int(instance.min_agents.max())), int(instance.max_agents.max())):
        most = np.maximum(np.minimum(instance.max_agents, fewer), instance.min_agents)
        try:
            quick = whole.part(gap=QUICK_GAP)
            found = search(replace(instance, max_agents=most), quick, containing)
        except TooLarge:
            return None
        if found.design is not None or found.stopped != "finished" or whole.stop():
            return found.design
    return None
