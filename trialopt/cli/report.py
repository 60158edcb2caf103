"""`trialopt report`: a run as one page to read, print and send."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli.arguments import Force, RunArgument
from trialopt.cli.errors import WRONG_INPUT, fail, told

if TYPE_CHECKING:
    from trialopt.decision.alternatives import Alternatives


def report(
    run: RunArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The page, a .html file.")],
    force: Force = False,
) -> None:
    """Write a run as one self-contained HTML page.

    It holds the question, the recommendation, figures, tables, sources and the certificate, and the runners-up where
    `trialopt alternatives RUN --out RUN` has put them into the run's folder; it loads nothing.
    """
    if output.suffix.lower() not in (".html", ".htm"):
        raise fail(f"{output}: a report is one page; give a file that ends in .html", WRONG_INPUT)
    with told():
        from trialopt.core.files import write_text
        from trialopt.output.report import ReportError, page
        from trialopt.record.solution import Solution

        solution = Solution.load(run)
        if output.exists() and not force:
            raise fail(f"{output} is there already; --force replaces it", WRONG_INPUT)
        try:
            text = page(solution, alternatives=_alternatives(run))
        except ReportError as error:
            raise fail(str(error), WRONG_INPUT) from error
        write_text(output, text)
        typer.echo(f"{output} written")


def _alternatives(run: Path) -> Alternatives | None:
    """The list in the run's folder, `None` where there is none."""
    from trialopt.decision.alternatives import FILE_NAME, Alternatives

    folder = run if run.is_dir() else run.parent
    return Alternatives.load(folder) if (folder / FILE_NAME).is_file() else None
