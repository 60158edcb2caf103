"""Files: shipped instances and solver files by name, however the package is installed; and writing whole files or none.

Text and bytes are written beside their place and renamed into it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from trialopt.core.beside import NotWritten, beside
from trialopt.core.handed import a_path


@dataclass(frozen=True)
class Shipped:
    """One shipped instance: a folder, or a scenario file with the folder it varies."""

    name: str
    title: str
    path: Path
    base: str | None = None


def instances() -> tuple[Shipped, ...]:
    """All shipped instances and scenarios, by name."""
    home = _folder("instances")
    found = [
        Shipped(folder.name, str(_toml(folder / "trial.toml").get("title", "")), folder)
        for folder in sorted(home.iterdir())
        if (folder / "trial.toml").is_file()
    ]
    for file in sorted([*home.glob("*.toml"), *home.glob("*/*.toml")]):
        data = _toml(file)
        if file.name != "trial.toml" and "base" in data:
            base = (file.parent / str(data["base"])).resolve().name
            found.append(Shipped(file.stem, str(data.get("title", "")), file, base))
    return tuple(sorted(found, key=lambda shipped: shipped.name))


def find(name: str) -> Path:
    """Path of the instance or scenario that `name` stands for: a path, or the name of a shipped one.

    A folder that is no instance, such as a run's, does not hide the shipped instance of its name. Raises
    `FileNotFoundError` with the nearest known name.
    """
    path = a_path(name, "name", "a path or a name", "give that of an instance")
    if path.is_file() or (path / "trial.toml").is_file():
        return path
    known = {shipped.name: shipped.path for shipped in instances()}
    if name in known:
        return known[name]
    if path.exists():
        return path
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; shipped are {', '.join(known)}"
    raise FileNotFoundError(f"{name}: no such folder or file, nor a shipped instance{hint}")


def solver_file(kind: str, name: str) -> Path:
    """Path of a shipped solver option file, e.g. `solver_file("highs", "quick.opt")`.

    Raises `FileNotFoundError` that lists the files there are.
    """
    folder = _folder("solvers") / kind
    path = folder / name
    if not path.is_file():
        there = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
        raise FileNotFoundError(f"no solver file {kind}/{name}; there are: {', '.join(there) or 'none'}")
    return path


def _folder(package: str) -> Path:
    return Path(str(files(f"trialopt.{package}")))


def _toml(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text(encoding="utf-8-sig"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole. Missing parent folders are made; an existing file is replaced in one step.

    Raises `NotWritten` where the place or the disk does not let it.
    """
    path = path.resolve() if path.is_symlink() else path
    try:
        with beside(path.parent, file=True) as fresh:
            fresh.write_bytes(content)
            fresh.chmod(0o666 & ~_umask())
            fresh.replace(path)
    except OSError as error:
        raise NotWritten(f"{path}: not written ({error.strerror or error})") from error


def write_text(path: Path, content: str) -> None:
    """Write a UTF-8 text file whole, line ends as given."""
    write_bytes(path, content.encode("utf-8"))


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Fill a new folder, whole or not at all: what is written to the path yielded is there when the block ends.

    Raises
    ------
    FileExistsError
        When the folder is there already.
    NotWritten
        Where the place or the disk does not let it.
    """
    if os.path.lexists(target):
        raise FileExistsError(f"{target} is there already; give another folder")
    try:
        with beside(target.parent, file=False) as fresh:
            yield fresh
            fresh.chmod(0o777 & ~_umask())
            fresh.rename(target)
    except OSError as error:
        why = error.__cause__ if isinstance(error, NotWritten) else error  # of whatever file in it was being written
        said = why.strerror if isinstance(why, OSError) else None
        raise NotWritten(f"{target}: not written ({said or error})") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
