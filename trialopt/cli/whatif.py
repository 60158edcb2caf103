"""`trialopt whatif`: the question asked otherwise, without editing files, and what that changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli.arguments import (
    ExcludeOption,
    IncludeOption,
    QuestionArgument,
    SetOption,
    overrides_of,
    read_document,
    run_at,
)
from trialopt.cli.errors import WRONG_INPUT, exit_code, fail, told
from trialopt.cli.searching import GapOption, QuietOption, Searches, TimeOption, promised

if TYPE_CHECKING:
    from trialopt.reading import Document
    from trialopt.record.solution import Solution


def whatif(
    instance: QuestionArgument,
    settings: SetOption = None,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    gap: GapOption = 1e-4,
    time_limit: TimeOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write both runs, into `base` and `changed` in it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON and no tables.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Ask an instance otherwise, without editing its files.

    Solves it as it is and with --set, --include and --exclude laid over it, and holds the answers together. Of a run
    only the changed question is solved. Exit codes are those of `solve`, of the changed question.
    """
    overrides = overrides_of(settings, include, exclude)
    if not overrides:
        raise fail("give what to ask otherwise: --set, --include or --exclude", WRONG_INPUT)
    with told():
        from trialopt.core.run import Limits
        from trialopt.decision.whatif import check_folders
        from trialopt.decision.whatif import whatif as asked_otherwise

        document, base = _read(instance)
        search = Searches(Limits(promised(gap), time_limit), quiet=quiet)
        if out is not None:
            check_folders(out)

        answer = asked_otherwise(
            document,
            include=overrides.include,
            exclude=overrides.exclude,
            settings=overrides.settings,
            base=base,
            search=lambda name, question: search(question, name),
        )
        if out is not None:
            answer.save(out)
    if as_json:
        typer.echo(answer.to_json(), nl=False)
    else:
        from trialopt.output.terminal.console import show
        from trialopt.output.terminal.whatif import whatif_parts

        show(lambda width: whatif_parts(answer, width))
    if out is not None and not quiet:
        typer.echo(f"written to {out}", err=True)
    raise typer.Exit(exit_code(answer.changed.ending, answer.changed.design is not None))


def _read(name: str) -> tuple[Document, Solution | None]:
    """The question, and its run where a run was given."""
    run = run_at(name)
    if run is None:
        return read_document(name), None
    from trialopt.output.formats.folder import read_question_of
    from trialopt.record.solution import Solution

    return read_question_of(run)[0], Solution.load(run)
