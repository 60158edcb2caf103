"""`trialopt new`: a copy of a shipped instance, or one written from the evidence library, to edit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialopt.cli.errors import WRONG_INPUT, fail, told


def new(
    places: Annotated[
        list[str], typer.Argument(metavar="[NAME] DIR", help="A shipped instance or a path, and the folder to make.")
    ],
    from_library: Annotated[
        bool, typer.Option("--from-library", help="Write the tables from the evidence library; give DIR alone.")
    ] = False,
    agents: Annotated[str, typer.Option(help="Agents of the library, as a,b,c.")] = "",
    subgroups: Annotated[str, typer.Option(help="Subgroups of the library, as x,y.")] = "",
    population: Annotated[
        str, typer.Option(help="newly_diagnosed, early_relapse, late_relapse or triple_class_exposed.")
    ] = "early_relapse",
) -> None:
    """Copy an instance into a new folder, to edit. A scenario is written out with its base merged in.

    Keys of trial.toml that are not set stand there as comments, with what they mean and what counts without them.

    With --from-library, write every table with its sources for the agents and subgroups named.
    """
    wanted = 1 if from_library else 2
    if len(places) != wanted:
        raise typer.BadParameter("give DIR alone" if from_library else "give NAME and DIR", param_hint="[NAME] DIR")
    if not from_library and (agents or subgroups):
        raise typer.BadParameter("--agents and --subgroups go with --from-library")
    folder = Path(places[-1])
    with told():
        if from_library:
            _from_library(folder, _ids(agents), _ids(subgroups), population)
        else:
            _from_instance(places[0], folder)
    typer.echo(f"{folder}: edit trial.toml and the tables, then run: trialopt validate {folder}")


def _ids(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _from_instance(name: str, folder: Path) -> None:
    from trialopt.core import catalog
    from trialopt.reading import load, write

    source = catalog.find(name)
    if source.is_dir():
        _copy(source, folder)
    else:
        write(load(source), folder, commented=True)


def _from_library(folder: Path, agents: list[str], subgroups: list[str], population: str) -> None:
    from trialopt.evidence.starter import starter
    from trialopt.reading import document, write
    from trialopt.reading.fill import without_library

    if folder.exists():
        raise FileExistsError(f"{folder} is there already; give another folder")
    try:
        settings, tables = starter(agents, subgroups, population)
    except ValueError as error:
        raise fail(str(error), WRONG_INPUT) from error
    write(without_library(document(folder.name, settings, tables)), folder, commented=True)


def _copy(source: Path, folder: Path) -> None:
    """Copy the files of an instance folder, whole or not at all; keys that are not set are added as comments."""
    import shutil

    from trialopt.core.files import new_folder, write_text
    from trialopt.reading.comments import with_comments

    with new_folder(folder) as beside:
        for file in sorted(source.iterdir()):
            if file.name == "trial.toml":
                write_text(beside / file.name, with_comments(file.read_text(encoding="utf-8-sig")))
            elif file.suffix in (".csv", ".md", ".toml") and not _is_scenario(file):
                shutil.copyfile(file, beside / file.name)


def _is_scenario(file: Path) -> bool:
    return file.suffix == ".toml" and file.name != "reference.toml"
