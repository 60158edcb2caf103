"""The command line: one file a command, imports inside commands so that help answers at once."""

from __future__ import annotations

import time

STARTED = time.perf_counter()
"""When the program was entered; `--timings` counts importing from here."""


def main() -> None:
    """Run `trialopt`."""
    from trialopt.cli.app import app

    app()
