"""Exit codes, and errors of the user's making told in one line each, without a traceback."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import typer

from trialopt.core import WrongInput
from trialopt.core.beside import CannotWrite, NotWritten, try_file, try_folder, try_place

DONE = 0
FAILED = 1
WRONG_INPUT = 2
INFEASIBLE = 3
STOPPED = 4
STOPPED_EMPTY = 5

_OF_STREAMS = (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT)
"""Errors that say nothing of a file when they come from standard output."""

_LONG = re.compile(r"\S{250,}")
"""A word, such as the name of a file, that is shortened in a message."""

ENDING_CODES = {"optimal": DONE, "infeasible": INFEASIBLE}


def exit_code(ending: str, has_design: bool) -> int:
    """Exit code of a run."""
    return ENDING_CODES.get(ending, STOPPED if has_design else STOPPED_EMPTY)


def found_code(count: int, complete: bool) -> int:
    """Exit code of a search for several designs, of which `count` were found."""
    if not count:
        return INFEASIBLE if complete else STOPPED_EMPTY
    return DONE if complete else STOPPED


def fail(message: str, code: int = WRONG_INPUT) -> typer.Exit:
    """Print a message on stderr and return the exit to raise."""
    typer.echo(_LONG.sub(lambda word: f"{word[0][:80]}...{word[0][-40:]}", message), err=True)
    return typer.Exit(code)


@contextmanager
def told(*places: Path | None, file: Path | None = None, force: bool = False) -> Iterator[None]:
    """Turn wrong input and files that cannot be read into a message with exit code 2, what failed into one with 1.

    `places` are files or folders to be written, `file` is one that cannot be a folder; they are tried first.
    """
    try:
        for place in places:
            if place is not None:
                try_place(place, force=force)
        if file is not None:
            try_file(file, force=force)
        yield
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except WrongInput as error:
        raise fail(str(error)) from error
    except NotWritten as error:
        raise fail(str(error), FAILED) from error
    except OSError as error:
        raise fail(os_words(error), FAILED if error.errno and not error.filename else WRONG_INPUT) from error
    except (RuntimeError, MemoryError) as error:
        raise fail(str(error) or "not enough memory", FAILED) from error


@contextmanager
def searching(what: str) -> Iterator[None]:
    """Tell in a line that a question is too large for an exact answer (`what` cannot be done), or has no design."""
    from trialopt.decision.stability import NoDesign
    from trialopt.engine import TooLarge

    try:
        yield
    except TooLarge as reason:
        raise fail(f"{what} exactly: {reason}") from reason
    except NoDesign as none:
        raise fail(str(none), INFEASIBLE if none.proven else STOPPED_EMPTY) from none


@contextmanager
def making(target: Path) -> Iterator[None]:
    """`told` of a command that only makes a folder or a file of input: nothing is lost where the place takes none.

    So a place that cannot be written to, or a disk that is full, is wrong input as any other.
    """
    with told():
        if not os.path.lexists(target):
            try_folder(target)
        missing = [place for place in target.parents if not place.exists()]
        try:
            yield
        except NotWritten as error:
            for place in missing:
                with suppress(OSError):
                    place.rmdir()
            raise CannotWrite(f"{error}; give another place") from error


def os_words(error: OSError) -> str:
    """What the operating system refused, in a line; without a file it is standard output that failed."""
    if not error.errno:
        return str(error)
    where = error.filename or ("standard output" if error.errno in _OF_STREAMS else "")
    return f"{where}: {error.strerror}" if where else str(error.strerror)
