"""Writing whole files and folders or none: text and bytes go beside their place and are renamed into it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole. Missing parent folders are made; an existing file is replaced in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(beside, 0o666 & ~_umask())
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


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
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already; give another folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield beside
        beside.chmod(0o755)
        beside.rename(target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
