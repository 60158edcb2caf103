"""`trialopt new`: a copy of a shipped instance to edit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialopt.cli.errors import told


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A shipped instance, or a path.", show_default=False)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.", show_default=False)],
) -> None:
    """Copy an instance into a new folder, to edit. A scenario is written out with its base merged in."""
    with told():
        from trialopt import catalog
        from trialopt.reading import load, write

        source = catalog.find(name)
        if source.is_dir():
            _copy(source, folder)
        else:
            write(load(source), folder)
    typer.echo(f"{folder}: edit trial.toml and the tables, then run: trialopt validate {folder}")


def _copy(source: Path, folder: Path) -> None:
    """Copy the files of an instance folder as they are, whole or not at all."""
    import shutil
    import tempfile

    if folder.exists():
        raise FileExistsError(f"{folder} is there already; give another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for file in sorted(source.iterdir()):
            if file.suffix in (".csv", ".md", ".toml") and not _is_scenario(file):
                shutil.copyfile(file, beside / file.name)
        beside.chmod(0o755)
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _is_scenario(file: Path) -> bool:
    return file.suffix == ".toml" and file.name not in ("trial.toml", "reference.toml")
