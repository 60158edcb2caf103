"""The question a command is asked about: an instance, or the instance that a run answered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trialopt.cli.arguments import listed

if TYPE_CHECKING:
    from trialopt.core.instance import Instance
    from trialopt.reading import Document
    from trialopt.reading.overrides import Overrides
    from trialopt.record.solution import Solution


def overrides_of(
    settings: list[str] | None = None,
    include: list[str] | None = None,
    exclude: list[str] | None = None,
    max_arms: int | None = None,
) -> Overrides:
    """Gather what `--set`, `--include`, `--exclude` and `--max-arms` say."""
    from trialopt.reading.overrides import Overrides

    most = () if max_arms is None else (f"trial.max_arms={max_arms}",)
    return Overrides(listed(include), listed(exclude), (*(settings or ()), *most))


def read_document(name: str, overrides: Overrides | None = None) -> Document:
    """Read an instance by path or shipped name into a document that is not yet checked, overrides laid over it."""
    from trialopt.core.catalog import find
    from trialopt.reading import load
    from trialopt.reading.overrides import apply

    document = load(find(name))
    return apply(document, overrides) if overrides else document


def read_instance(name: str, overrides: Overrides | None = None) -> Instance:
    """Read an instance by path or shipped name; overrides take the place of what its files say."""
    from trialopt.reading import build

    return build(read_document(name, overrides))


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


def read_asked(name: str, overrides: Overrides | None = None) -> tuple[Document, Solution | None]:
    """The document of an instance, or of what a run answered, overrides laid over it; and that run.

    With overrides the run answered another question: it is `None` then. Raises `SolutionFileError` when the run does
    not hold its question, or holds another one.
    """
    from trialopt.output.formats.folder import read_question_of
    from trialopt.reading.overrides import apply
    from trialopt.record.solution import Solution

    run = run_at(name)
    if run is None:
        return read_document(name, overrides), None
    document, _ = read_question_of(run)
    return (apply(document, overrides), None) if overrides else (document, Solution.load(run))


def read_question(name: str, overrides: Overrides | None = None) -> Instance:
    """Read the instance a run answered, or an instance as `read_instance` does; raises what `read_asked` does."""
    from trialopt.reading import build

    return build(read_asked(name, overrides)[0])
