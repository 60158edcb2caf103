"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trialopt.core.instance import Instance
    from trialopt.reading import Document
    from trialopt.reading.overrides import Overrides


def shipped(incomplete: str) -> list[str]:
    """Names of shipped instances that begin so, for the completion of the shell."""
    from trialopt.core.catalog import instances

    return [instance.name for instance in instances() if instance.name.startswith(incomplete)]


INSTANCE_HELP = "An instance folder, a scenario file, or the name of a shipped one."

InstanceArgument = Annotated[
    str,
    typer.Argument(
        metavar="INSTANCE",
        help=INSTANCE_HELP,
        show_default=False,
        autocompletion=shipped,
    ),
]
InstancesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="INSTANCE...",
        help=f"{INSTANCE_HELP} Several are solved in turn and compared.",
        show_default=False,
        autocompletion=shipped,
    ),
]
RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run folder or its solution.json.", show_default=False)
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]


SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Ask otherwise than the files: trial.max_arms=4, epoch.induction.max_agents=2, rules.precedent=true, "
        "or a cell of a table as TABLE.KEY.COLUMN: categories.neutropenia.limit=0.5, "
        "toxicity.bortezomib.neutropenia.probability=0.1. Nothing after = removes it. May be repeated.",
        show_default=False,
    ),
]
IncludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="AGENT",
        help="An agent or class that every arm must contain; may be repeated, or a,b.",
        show_default=False,
    ),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="AGENT",
        help="An agent or class that no arm may contain; may be repeated, or a,b.",
        show_default=False,
    ),
]
QuestionArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN_OR_INSTANCE",
        help="A run folder that `solve --out` wrote or its solution.json, or an instance as for `solve`.",
        show_default=False,
        autocompletion=shipped,
    ),
]


def overrides_of(
    settings: list[str] | None = None, include: list[str] | None = None, exclude: list[str] | None = None
) -> Overrides:
    """Gather what `--set`, `--include` and `--exclude` say."""
    from trialopt.reading.overrides import Overrides

    return Overrides(ids(include), ids(exclude), tuple(settings or ()))


def ids(texts: list[str] | None) -> tuple[str, ...]:
    """Ids of an option that may be repeated, and hold several ids with commas between."""
    return tuple(name.strip() for text in texts or () for name in text.split(",") if name.strip())


def read_document(name: str, max_arms: int | None = None, *, overrides: Overrides | None = None) -> Document:
    """Read an instance by path or shipped name into a document that is not yet checked, overrides laid over it."""
    from dataclasses import replace

    from trialopt.core.catalog import find
    from trialopt.reading import load
    from trialopt.reading.overrides import apply

    document = load(find(name))
    if max_arms is not None:
        trial = {**document.settings.get("trial", {}), "max_arms": max_arms}
        document = replace(document, settings={**document.settings, "trial": trial})
    return apply(document, overrides) if overrides else document


def read_instance(name: str, max_arms: int | None = None, *, overrides: Overrides | None = None) -> Instance:
    """Read an instance by path or shipped name; `max_arms` and the overrides take the place of its own."""
    from trialopt.reading import build

    return build(read_document(name, max_arms, overrides=overrides))


def run_at(name: str) -> Path | None:
    """Path of the record when a name is a run folder or its solution.json, `None` when it is not.

    Raises `FileNotFoundError` for a folder that is neither a run's nor an instance.
    """
    from trialopt.core.catalog import find
    from trialopt.record.solution import FILE_NAME

    path = Path(name)
    if path.suffix == ".json":
        return path
    if not path.is_dir() or (path / "trial.toml").is_file():
        return None
    if (path / FILE_NAME).is_file():
        return path / FILE_NAME
    if find(name) == path:
        raise FileNotFoundError(f"{path}: neither a run, which has {FILE_NAME}, nor an instance, which has trial.toml")
    return None


def read_question(name: str, *, overrides: Overrides | None = None) -> Instance:
    """Read the instance a run answered, or an instance as `read_instance` does.

    Raises `SolutionFileError` when the run does not hold its question, or holds another one.
    """
    from trialopt.output.formats.folder import read_question_of
    from trialopt.reading import build
    from trialopt.reading.overrides import apply

    run = run_at(name)
    if run is None:
        return read_instance(name, overrides=overrides)
    document, instance = read_question_of(run)
    return build(apply(document, overrides)) if overrides else instance
