"""Instances before they are solved, what may stand in them and what is solved.

`trialopt instances`, `new`, `validate`, `generate`, `schema` and `formulation`.
"""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli.arguments import ExcludeOption, IncludeOption, InstanceArgument, SetOption
from trialopt.cli.errors import WRONG_INPUT, fail, making, told
from trialopt.cli.question import overrides_of, read_instance

if TYPE_CHECKING:
    from trialopt.reading import Document


def instances() -> None:
    """List the shipped instances and scenarios."""
    from trialopt.core import catalog
    from trialopt.output.terminal.console import grid, show

    shipped = catalog.instances()
    rows = [(s.name, s.title, f"scenario of {s.base}" if s.base else "instance") for s in shipped]
    show(lambda width: [grid(("name", "title", "kind"), rows, width)])


def validate(
    instance: InstanceArgument, settings: SetOption = None, include: IncludeOption = None, exclude: ExcludeOption = None
) -> None:
    """Check an instance, and count what it holds.

    Lists every problem (exit code 2). Without problems: how many agents, subgroups and other items there are, how many
    rows were read in a publication, recalled or assumed, and what to be wary of.
    """
    with told():
        found = read_instance(instance, overrides_of(settings, include, exclude))
        from trialopt.output.terminal.console import show
        from trialopt.output.terminal.listed import instance_parts

        show(partial(instance_parts, found))
    for warning in found.warnings:
        typer.echo(f"warning: {warning}")
    count = len(found.warnings)
    typer.echo(f"{found.name} is valid, {count or 'no'} warning{'' if count == 1 else 's'}")


def generate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.", show_default=False)],
    agents: Annotated[int, typer.Option(min=1, help="Number of agents.")] = 26,
    subgroups: Annotated[int, typer.Option(min=1, help="Number of patient subgroups.")] = 6,
    arms: Annotated[int, typer.Option(min=1, help="Maximum number of arms.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Number of epochs.")] = 3,
    mechanisms: Annotated[int, typer.Option(min=0, help="Number of resistance mechanisms.")] = 13,
    levels: Annotated[bool, typer.Option("--levels", help="Give half of the agents a second dose level.")] = False,
    sized: Annotated[bool, typer.Option("--sized", help="Set a power, so that arms have patient numbers.")] = False,
    carry: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of an effect that lasts into later epochs.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same instance.")] = 1,
) -> None:
    """Make a synthetic instance of any size.

    It has the shape of the real ones and serves to test how fast solving is. Its numbers mean nothing clinically.
    """
    with making(folder):
        from trialopt.generate import Size
        from trialopt.generate import generate as made
        from trialopt.reading import write

        write(made(Size(agents, subgroups, arms, epochs, mechanisms, levels, sized, carry), seed), folder)
    typer.echo(f"{folder}: run: trialopt solve {folder}")


def formulation() -> None:
    """Print the mathematical formulation that is solved."""
    from trialopt.model.formulation import formulation as text

    typer.echo(text())
    typer.echo("What every number means is the model text, docs/model.md. What may be written: trialopt schema.")


def new(
    places: Annotated[
        list[str], typer.Argument(metavar="[NAME] DIR", help="A shipped instance or a path, and the folder to make.")
    ],
    from_library: Annotated[
        bool, typer.Option("--from-library", help="Write the tables from the evidence library; give DIR alone.")
    ] = False,
    agents: Annotated[str, typer.Option(help="Agents of the library, as a,b,c: ids, or as usual: dara, VRd.")] = "",
    subgroups: Annotated[
        str, typer.Option(help="Subgroups of the library, as x,y; with own shares of all patients, as x=0.3,y=0.4.")
    ] = "",
    population: Annotated[
        str, typer.Option(help="newly_diagnosed, early_relapse, late_relapse or triple_class_exposed.")
    ] = "early_relapse",
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="Write one workbook instead, with a sheet for each table.")
    ] = False,
    outcome: Annotated[
        str, typer.Option(help="What coverage means: response, complete or mrd; numbers of the joint model.")
    ] = "",
) -> None:
    """Copy an instance into a new folder, to edit. A scenario is written out with its base merged in.

    Keys of trial.toml that are not set stand there as comments, with what they mean and what counts without them.

    With --from-library, write every table with its sources for the agents and subgroups named. Agents may be written
    as people do: DRd, dara. Says how overlapping subgroups were made exclusive, and which limits were left out.

    With --xlsx, or where DIR ends in .xlsx, write one workbook, which can be given wherever a folder can.
    """
    wanted = 1 if from_library else 2
    if len(places) != wanted:
        raise typer.BadParameter("give DIR alone" if from_library else "give NAME and DIR", param_hint="[NAME] DIR")
    if not from_library and (agents or subgroups or outcome):
        raise typer.BadParameter("--agents, --subgroups and --outcome go with --from-library")
    folder = Path(places[-1])
    remarks: list[str] = []
    if xlsx and folder.suffix.lower() != ".xlsx":
        folder = folder.with_name(f"{folder.name}.xlsx")
    with making(folder):
        if from_library:
            remarks = _from_library(folder, _ids(agents), _ids(subgroups), population, outcome)
        else:
            _from_instance(places[0], folder)
    for remark in remarks:
        typer.echo(remark)
    what = "the sheets" if folder.suffix.lower() == ".xlsx" else "trial.toml and the tables"
    typer.echo(f"{folder}: edit {what}, then run: trialopt validate {folder}")


def _ids(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _from_instance(name: str, folder: Path) -> None:
    from trialopt.core import catalog
    from trialopt.reading import load

    source = catalog.find(name)
    if source.is_dir() and folder.suffix.lower() != ".xlsx":
        _copy(source, folder)
    else:
        _write(load(source), folder)


def _write(document: Document, target: Path) -> None:
    """Write a document as a folder with comments, or as a workbook where the name says so."""
    from trialopt.reading import InputErrors, write

    if document.problems:
        raise InputErrors(document.problems)
    if target.suffix.lower() == ".xlsx":
        from trialopt.reading.workbook_write import write_workbook

        write_workbook(document, target)
    else:
        write(document, target, commented=True)


def _shares(subgroups: list[str]) -> dict[str, float | None]:
    """Read `x` and `x=0.3`."""
    found: dict[str, float | None] = {}
    for text in subgroups:
        name, _, number = (part.strip() for part in text.partition("="))
        if name in found:
            raise fail(f"subgroup {name!r} is given twice", WRONG_INPUT)
        try:
            found[name] = float(number) if number else None
        except ValueError:
            found[name] = -1.0
        if not (found[name] is None or 0.0 < float(found[name] or 0.0) <= 1.0):
            raise fail(f"{text!r} is no share of a subgroup; write {name}=0.3, above 0 and at most 1", WRONG_INPUT)
    return found


def _from_library(folder: Path, agents: list[str], subgroups: list[str], population: str, outcome: str) -> list[str]:
    from trialopt.evidence.starter import starter
    from trialopt.reading import document
    from trialopt.reading.fill import without_library

    if folder.exists():
        raise FileExistsError(f"{folder} is there already; give another folder")
    try:
        made = starter(agents, _shares(subgroups), population, outcome=outcome)
    except ValueError as error:
        raise fail(str(error), WRONG_INPUT) from error
    whole = without_library(document(folder.name, made.settings, made.tables))
    _write(whole, folder)
    return [*made.remarks, *whole.warnings]


def _copy(source: Path, folder: Path) -> None:
    """Copy the files of an instance folder, whole or not at all; keys that are not set are added as comments."""
    from trialopt.core.catalog import new_folder, write_text
    from trialopt.reading.document import with_comments

    with new_folder(folder) as beside:
        for file in sorted(source.iterdir()):
            if file.name == "trial.toml":
                write_text(beside / file.name, with_comments(file.read_text(encoding="utf-8-sig")))
            elif file.suffix in (".csv", ".md", ".toml") and not _is_scenario(file):
                shutil.copyfile(file, beside / file.name)


def _is_scenario(file: Path) -> bool:
    return file.suffix == ".toml" and file.name != "reference.toml"


def schema(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Tables or parts of trial.toml: agents, trial.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON Schema of trial.toml, the tables and solution.json.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page docs/input.md.")] = False,
) -> None:
    """Print what may be written in trial.toml and the tables."""
    from trialopt.output import schema as declared

    try:
        groups = [declared.group(name) for name in names or ()] or list(declared.GROUPS)
    except KeyError as error:
        raise fail(str(error.args[0]), WRONG_INPUT) from None
    if as_json:
        typer.echo(json.dumps(declared.document(groups if names else None), indent=1, ensure_ascii=False))
    elif markdown:
        typer.echo(declared.page(groups), nl=False)
    else:
        typer.echo(declared.text(groups, shutil.get_terminal_size((declared.WIDEST, 24)).columns))
