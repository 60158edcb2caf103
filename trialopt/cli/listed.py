"""Lists of designs as files of a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from trialopt.figures.picture import Picture


class Listed(Protocol):
    """A list of designs."""

    def to_json(self) -> str:
        """The list as text."""


def folder_for(out: Path | None) -> None:
    """Refuse a file where a folder is asked for, before anything is computed."""
    if out is not None and out.exists() and not out.is_dir():
        raise NotADirectoryError(f"{out} is a file; --out takes a folder")


def write_list(
    found: Listed,
    folder: Path,
    name: str,
    frames: Mapping[str, pd.DataFrame],
    figure: Callable[[], Picture] | None = None,
) -> None:
    """Write the record, its tables as CSV, and a figure where matplotlib is installed."""
    from importlib.util import find_spec

    from trialopt.export.delimited import encode
    from trialopt.files import write_bytes, write_text

    for table, frame in frames.items():
        write_bytes(folder / f"{table}.csv", encode(frame))
    write_text(folder / name, found.to_json())
    if figure is not None and find_spec("matplotlib"):
        figure().write(folder / f"{Path(name).stem}.svg")
