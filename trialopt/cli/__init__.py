"""The command line: commands load when asked for, and import what they need inside, so that help answers at once."""

from __future__ import annotations

import os
import time

STARTED = time.perf_counter()
"""When the program was entered; `--timings` counts importing from here."""


def main() -> None:
    """Run `trialopt`.

    Linear algebra keeps to one thread unless the environment says otherwise: matrices are small, threads only wait.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from trialopt.cli.app import app

    app()
