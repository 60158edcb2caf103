"""Exit codes, and errors of the user's making told in one line each, without a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from trialopt.core import WrongInput

DONE = 0
FAILED = 1
WRONG_INPUT = 2
INFEASIBLE = 3
STOPPED = 4
STOPPED_EMPTY = 5

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
    typer.echo(message, err=True)
    return typer.Exit(code)


@contextmanager
def told() -> Iterator[None]:
    """Turn wrong input and files that cannot be read or written into a message, and a refused run into exit code 1."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except (WrongInput, FileNotFoundError, FileExistsError, IsADirectoryError) as error:
        raise fail(str(error)) from error
    except (NotADirectoryError, PermissionError) as error:
        raise fail(str(error)) from error
    except RuntimeError as error:
        raise fail(str(error), FAILED) from error
