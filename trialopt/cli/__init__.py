"""The command line: commands load when asked for, and import what they need inside, so that help answers at once."""

from __future__ import annotations

import codecs
import os
import sys
import time

from trialopt.core import CLOSED_PIPE

STARTED = time.perf_counter()
"""When the program was entered; `--timings` counts importing from here."""


def main() -> None:
    """Run `trialopt`.

    Linear algebra keeps to one thread unless the environment says otherwise: matrices are small, threads only wait.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    codecs.register_error("escape", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="escape")
    from trialopt.cli.app import app

    try:
        app()
    except SystemExit as end:
        closed = type(sys.stdout).__name__ == "PacifyFlushWrapper"  # click's, once nobody reads what is printed
        raise SystemExit(CLOSED_PIPE if closed and end.code == 1 else end.code) from None


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Write letters that a code page lacks by their number, as JSON does."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (units[k : k + 2].hex() for k in range(0, len(units), 2))
    return "".join(f"\\u{unit}" for unit in pairs), error.end
