"""The engine's way in: tabulate the regimens, then decompose, with or without patients."""

from __future__ import annotations

from trialopt.coefficients import coefficients
from trialopt.engine.regimens import TooLarge
from trialopt.engine.sized import Sized
from trialopt.engine.tables import build_tables
from trialopt.engine.unsized import Unsized
from trialopt.instance import Instance
from trialopt.run import Monitor, Outcome

MOST_SUBGROUPS = 18
"""The master prices all 2**G sets at once."""


def search(instance: Instance, monitor: Monitor) -> Outcome:
    """Find the best design by decomposition. Raises `TooLarge` outside the engine's reach."""
    if len(instance.subgroups) > MOST_SUBGROUPS:
        raise TooLarge(f"{len(instance.subgroups)} subgroups, the engine takes {MOST_SUBGROUPS}")
    started = monitor.seconds
    monitor.report(doing="enumerating regimens")
    c = coefficients(instance)
    tables = build_tables(instance, c)
    enumerated = monitor.seconds
    work = Sized(instance, c, tables, monitor) if instance.trial.sized else Unsized(instance, tables, monitor)
    stopped = work.run()
    return Outcome(
        design=work.design,
        bound=work.bound,
        stopped=stopped,
        method="decompose",
        timings={"enumerating": enumerated - started, "solving": monitor.seconds - enumerated},
        details={
            "regimens": list(tables.enumerated),
            "regimens_kept": [len(t) for t in tables.epochs],
            "sets_searched": work.searched,
            "masters": work.masters,
        },
    )
