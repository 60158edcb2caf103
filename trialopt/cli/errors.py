"""Exit codes, and errors of the user's making told in one line each, without a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

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


def fail(message: str, code: int) -> typer.Exit:
    """Print a message on stderr and return the exit to raise."""
    typer.echo(message, err=True)
    return typer.Exit(code)


@contextmanager
def told() -> Iterator[None]:
    """Turn wrong input into its message and exit code 2, and a refused run into exit code 1."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        code = _code(error)
        if code is None:
            raise
        raise fail(str(error), code) from error


def _code(error: Exception) -> int | None:
    """Exit code of an error that is told, `None` for one that is a fault of the program and shows where."""
    from trialopt.decision.differences import ListError
    from trialopt.evaluation.resolve import DesignError
    from trialopt.model.profiles import ProfileError
    from trialopt.reading.document import InputErrors
    from trialopt.record.solution import SolutionFileError

    if isinstance(error, ListError | InputErrors | DesignError | SolutionFileError | ProfileError):
        return WRONG_INPUT
    if isinstance(
        error, FileNotFoundError | FileExistsError | IsADirectoryError | NotADirectoryError | PermissionError
    ):
        return WRONG_INPUT
    return FAILED if isinstance(error, RuntimeError) else None
