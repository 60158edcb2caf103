"""`trialopt export`: a run's tables as files for others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli.arguments import Force, RunArgument
from trialopt.cli.errors import WRONG_INPUT, fail, told

if TYPE_CHECKING:
    from trialopt.record.solution import Solution


def export(
    run: RunArgument,
    output: Annotated[
        list[Path],
        typer.Option("--output", "-o", metavar="PATH", help="A file, or a folder for several; may be repeated."),
    ],
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FMT",
            help="csv, parquet, json, md, latex, xlsx, docx, xpt or dataset-json; may be repeated. "
            "Without it the end of the file says the format.",
        ),
    ] = None,
    table: Annotated[
        str, typer.Option(help="The table a single .csv or .parquet holds: arms, allocation, coverage, risk, ...")
    ] = "arms",
    force: Force = False,
) -> None:
    """Write a run's tables to files.

    A folder gets every file of the formats: a .csv or .parquet per table, a .xpt (SAS transport) or .json
    (Dataset-JSON) per domain of the CDISC SDTM trial design, one file of the others.
    """
    with told():
        from trialopt.output.formats import ExportError
        from trialopt.record.solution import Solution

        solution = Solution.load(run)
        try:
            for path in _written(solution, output, _split(formats or []), table, force):
                typer.echo(f"{path} written")
        except ExportError as error:
            raise fail(str(error), WRONG_INPUT) from error


def _split(formats: list[str]) -> list[str]:
    return [name.strip() for text in formats for name in text.split(",") if name.strip()]


def _written(solution: Solution, output: list[Path], formats: list[str], table: str, force: bool) -> list[Path]:
    from trialopt.output.formats import FORMATS, ExportError, known, write, write_all

    if not formats:
        return [write(solution, path, table=table, force=force) for path in output]
    if len(output) > 1:
        raise ExportError("give one -o with --format: a folder, or the file of a single format")
    formats = [known(name) for name in formats]
    path = output[0]
    if len(formats) == 1 and path.suffix.lower() == FORMATS[formats[0]].suffix and not path.is_dir():
        return [write(solution, path, name=formats[0], table=table, force=force)]
    if path.is_file() or path.suffix.lower() in {form.suffix for form in FORMATS.values()}:
        ends = " or ".join(dict.fromkeys(FORMATS[name].suffix for name in formats))
        raise ExportError(f"{path}: give a folder" + (f", or a file that ends in {ends}" if len(formats) == 1 else ""))
    return list(write_all(solution, path, formats, force=force))
