"""The command line: commands load when asked for, and import what they need inside, so that help answers at once."""

from __future__ import annotations

import codecs
import os
import signal
import sys
import time
from contextlib import suppress

from trialopt.core import CLOSED_PIPE

STARTED = time.perf_counter()
"""When the program was entered; `--timings` counts importing from here."""


def main() -> None:
    """Run `trialopt`.

    Linear algebra keeps to one thread unless the environment says otherwise: matrices are small, threads only wait.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # outside a search Ctrl-C ends the program, also while it imports
    _open_streams()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    codecs.register_error("escape", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="escape")
    from trialopt.cli.app import app

    code: object = 0
    try:
        app()
    except SystemExit as end:
        closed = type(sys.stdout).__name__ == "PacifyFlushWrapper"  # click's, once nobody reads what is printed
        code = CLOSED_PIPE if closed and end.code == 1 else end.code
    except (OSError, MemoryError) as error:
        code = _failed(error)
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        code = CLOSED_PIPE if isinstance(error, BrokenPipeError) else _failed(error)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    raise SystemExit(code)


def _open_streams() -> None:
    """Give closed standard streams somewhere to go, so that no file that is opened takes their place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))


def _failed(error: Exception) -> int:
    """Say in a line what the machine refused."""
    words = f"standard output: {error.strerror}" if isinstance(error, OSError) else str(error) or "not enough memory"
    with suppress(OSError):
        print(words, file=sys.stderr)
    return 1


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Write letters that a code page lacks by their number, as JSON does."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (units[k : k + 2].hex() for k in range(0, len(units), 2))
    return "".join(f"\\u{unit}" for unit in pairs), error.end
