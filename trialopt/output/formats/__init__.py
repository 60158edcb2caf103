"""Files for others, each from a `Solution` alone, whole or not at all.

A format is one function from a solution to the names and contents of its files, the same bytes for the same run.
Modules are imported when they are used, so that naming the formats costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trialopt.core import WrongInput
from trialopt.core.catalog import write_bytes
from trialopt.core.run_folder import changing

if TYPE_CHECKING:
    from trialopt.record.solution import Solution


class ExportError(WrongInput):
    """An export that cannot be written as asked. The message says what would be right."""


class ReportError(WrongInput):
    """A document that cannot be written as asked. The message says what would be right."""


class FiguresMissing(ImportError):
    """Matplotlib is not installed. The message says how to get it."""

    def __init__(self) -> None:
        super().__init__("figures need matplotlib: pip install 'trialopt[plot]'")


@dataclass(frozen=True)
class Format:
    """One format: its writer as `module:function`, the end of its files, and what a folder of it holds."""

    writer: str
    suffix: str
    holds: str
    """`document` (one file), `tables` (a file per table) or `domains` (a file per SDTM domain)."""
    facts: str = ""
    """What says which facts of the registration it lacks, as `module:function`; empty where it needs none."""

    def files(self, solution: Solution) -> dict[str, bytes]:
        """Names and contents of all files. Raises `ExportError` for a missing extra or a run without a design."""
        write: Callable[[Solution], dict[str, bytes]] = _named(self.writer)
        return write(solution)


def _named(place: str) -> Callable[..., Any]:
    """The function that `module:function` names; its module is imported now."""
    module, _, function = place.partition(":")
    found: Callable[..., Any] = getattr(import_module(f"trialopt.output.{module}"), function)
    return found


FORMATS: dict[str, Format] = {
    "csv": Format("formats.separated:files", ".csv", "tables"),
    "parquet": Format("formats.data:parquet_files", ".parquet", "tables"),
    "json": Format("formats.data:json_files", ".json", "document"),
    "md": Format("formats.markup:markdown_files", ".md", "document"),
    "latex": Format("formats.markup:latex_files", ".tex", "document"),
    "xlsx": Format("formats.workbook:files", ".xlsx", "document"),
    "docx": Format("protocol.section:files", ".docx", "document"),
    "r": Format("formats.size_scripts:r_files", ".r", "document"),
    "sas": Format("formats.size_sas:files", ".sas", "document"),
    "xpt": Format("sdtm.files:transport_files", ".xpt", "domains", "sdtm.files:lacking"),
    "dataset-json": Format("sdtm.files:json_files", ".json", "domains", "sdtm.files:lacking"),
    "prs": Format("study.registry:files", ".xml", "document", "study.registry:lacking"),
    "usdm": Format("study.usdm:files", ".json", "domains", "study.usdm:lacking"),
    "randomisation": Format("study.randomisation:files", ".csv", "domains"),
}

BY_SUFFIX: dict[str, str] = {f.suffix: name for name, f in FORMATS.items() if f.holds != "domains"}
"""End of a file -> the format it says. Domains are not here: their files are named by the standard."""


def write(
    solution: Solution, path: str | Path, *, name: str | None = None, table: str = "arms", force: bool = False
) -> Path:
    """Write a run to one file. The format is `name`, else what the end of the file says.

    `table` is what a `.csv` or `.parquet` holds; the other formats hold all tables. Raises `ExportError` for an unknown
    format or table, a missing extra, or a file that is there already and `force` is not set.
    """
    path = Path(path)
    name = _by_suffix(path) if name is None else known(name)
    write_new({path: _one(solution, name, table)}, force)
    return path


def write_each(
    solution: Solution, paths: Iterable[Path], *, table: str = "arms", force: bool = False
) -> tuple[Path, ...]:
    """Write a run to several files, each in the format that its end says; those of one folder in one step.

    Raises `ExportError` as `write` does.
    """
    contents = {path: _one(solution, _by_suffix(path), table) for path in paths}
    write_new(contents, force)
    return tuple(contents)


def write_all(
    solution: Solution, folder: str | Path, formats: Sequence[str], *, force: bool = False
) -> tuple[Path, ...]:
    """Write all files of some formats into a folder, and say which. Nothing is written unless all can be.

    Raises `ExportError` as `write` does.
    """
    folder = Path(folder)
    contents: dict[Path, bytes] = {}
    for name in dict.fromkeys(known(name) for name in formats):
        made = {folder / file: content for file, content in FORMATS[name].files(solution).items()}
        contents = made | contents  # of two formats that share a file, as define.xml, the first writes it
    write_new(contents, force)
    return tuple(contents)


def lacking(solution: Solution, names: Iterable[str]) -> list[str]:
    """One line for each format that needs facts which nobody has given: what they are, and where they go."""
    from trialopt.output.study.plan import planned

    lines = []
    for name in dict.fromkeys(names):
        if FORMATS[name].facts and (facts := _named(FORMATS[name].facts)(planned(solution))):
            lines.append(f"{name} still needs: {'; '.join(facts)}")
    return lines


def format_of(path: str | Path) -> str:
    """Name of the format that the end of a file says. Raises `ExportError` where it says none."""
    return _by_suffix(Path(path))


def known(name: str) -> str:
    """Name of a format, lower case. Raises `ExportError` with the nearest one for a name that is none."""
    if name.lower() in FORMATS:
        return name.lower()
    near = get_close_matches(name.lower(), FORMATS, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise ExportError(f"no format {name!r}; {hint}there are {', '.join(FORMATS)}")


def _by_suffix(path: Path) -> str:
    if name := BY_SUFFIX.get(path.suffix.lower()):
        return name
    raise ExportError(
        f"{path}: no such format; give a file that ends in {', '.join(BY_SUFFIX)}, or --format and a folder"
    )


def _one(solution: Solution, name: str, table: str) -> bytes:
    """Content of the one file that a format makes, or of its file for one table."""
    entry = FORMATS[name]
    if entry.holds == "domains":
        raise ExportError(f"{name} writes a file per domain, named by the standard; give a folder")
    if entry.holds == "tables":
        from trialopt.record.rows import NAMES

        if table not in NAMES:
            raise ExportError(f"no table {table!r}; there are {', '.join(NAMES)}")
        return entry.files(solution)[f"{table}{entry.suffix}"]
    (content,) = entry.files(solution).values()
    return content


def write_new(contents: Mapping[Path, bytes], force: bool) -> None:
    """Write files, those of one folder in one step: none if one is there and `force` is not set, or cannot be written.

    Raises `ExportError` and `NotWritten`.
    """
    if not force:
        refuse_present(contents)
    for folder in dict.fromkeys(path.parent for path in contents):
        mine = [path for path in contents if path.parent == folder]
        if len(mine) == 1:
            write_bytes(mine[0], contents[mine[0]])
            continue
        with changing(folder, {}) as fresh:
            for path in mine:
                (fresh / path.name).write_bytes(contents[path])


def refuse_present(paths: Iterable[Path]) -> None:
    """Raise `ExportError` when a file is there already."""
    there = [path for path in paths if path.exists()]
    if there:
        one = f"{there[0]} is there already; --force replaces it"
        many = f"{there[0]} and {len(there) - 1} more are there already; --force replaces them"
        raise ExportError(one if len(there) == 1 else many)
