"""`trialopt instances`: what is shipped."""

from __future__ import annotations


def instances() -> None:
    """List the shipped instances and scenarios."""
    from trialopt.core import catalog
    from trialopt.output.terminal.console import grid, show

    shipped = catalog.instances()
    rows = [(s.name, s.title, f"scenario of {s.base}" if s.base else "instance") for s in shipped]
    show(lambda width: [grid(("name", "title", "kind"), rows, width)])
