"""Files and folders written beside their place: known to be in use while they are, and cleared away once nobody does.

What a killed write left behind has a name that begins with `.trialopt-` and no lock on it; the next write into the same
folder removes it. Locks are those of the operating system, so they end with the process, however that ends.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trialopt.core import WrongInput

try:
    import fcntl
except ImportError:  # Windows: nothing is locked, and only old leftovers are cleared away
    fcntl = None  # type: ignore[assignment]

PREFIX = ".trialopt-"
"""Begins the names of what is being written."""

PATIENCE = 60.0
"""Seconds that a write waits for another one into the same folder."""

_OLD = 86_400.0
"""Seconds after which a leftover counts as dead where there are no locks."""


class CannotWrite(WrongInput):
    """A place that nothing can be written to. The message names it and says why."""


class NotWritten(OSError):
    """Something that was found could not be written. The message names the place and says why."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for oneself; waits for whoever writes into it. Raises `NotWritten` after a minute."""
    handle = os.open(folder, os.O_RDONLY) if fcntl else -1
    try:
        end = time.monotonic() + PATIENCE
        while fcntl and not _taken(handle, wait=False):
            if time.monotonic() > end:
                raise NotWritten(f"{folder}: another run has been writing into it for {PATIENCE:.0f} s")
            time.sleep(0.02)
        yield
    finally:
        if handle >= 0:
            os.close(handle)


@contextmanager
def beside(folder: Path, *, file: bool) -> Iterator[Path]:
    """An empty file or folder in `folder` to write to, gone when the block ends unless it was renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    clear(folder)
    path, handle = _made(folder, file)
    try:
        yield path
    finally:
        if handle >= 0:
            os.close(handle)
        _remove(path)


def clear(folder: Path) -> None:
    """Remove what killed writes left in a folder."""
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            if entry.name.startswith(PREFIX) and _is_dead(Path(entry.path)):
                _remove(Path(entry.path))


def _made(folder: Path, file: bool) -> tuple[Path, int]:
    """A new file or folder, with a handle that holds its lock."""
    while True:
        if file:
            handle, name = tempfile.mkstemp(dir=folder, prefix=PREFIX)
            if not fcntl:
                os.close(handle)
        else:
            name = tempfile.mkdtemp(dir=folder, prefix=PREFIX)
            handle = os.open(name, os.O_RDONLY) if fcntl else -1
        if not fcntl:
            return Path(name), -1
        _taken(handle, wait=True)
        if os.path.lexists(name):  # nobody took it for a leftover before it was locked
            return Path(name), handle
        os.close(handle)


def _is_dead(path: Path) -> bool:
    if not fcntl:
        return time.time() - path.lstat().st_mtime > _OLD
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False
    try:
        return _taken(handle, wait=False)
    finally:
        os.close(handle)


def _taken(handle: int, *, wait: bool) -> bool:
    """Whether the lock is ours now; a file system without locks counts as one where nobody else writes."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def refuse_instance(folder: Path) -> None:
    """Raise `CannotWrite` for a folder that holds an instance: what is written would be mixed with its tables."""
    if os.path.isfile(folder / "trial.toml"):  # False too for a name that cannot be
        other = f"give another folder to write to, as {folder / 'run'}"
        raise CannotWrite(f"{folder} holds an instance (trial.toml); {other}")


def try_folder(folder: Path) -> None:
    """Find out whether a folder, which need not be there yet, can take what is found. Raises `CannotWrite`."""
    refuse_instance(folder)
    _try_writing(folder)


def _try_writing(folder: Path) -> None:
    """Find out whether a folder, which need not be there yet, can be written to. Raises `CannotWrite`.

    Nothing is made in its place: where it is missing, it is made inside a leftover-to-be in the folder around it.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise CannotWrite(f"{folder} is a file; give a folder")
        there = folder
        while not there.exists():
            if os.path.lexists(there):
                raise CannotWrite(f"{there} is a link to what is not there; give another folder")
            there = there.parent
        if not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        with beside(there, file=True):
            pass
        if there != folder:
            with beside(there, file=False) as fresh:
                (fresh / folder.relative_to(there)).mkdir(parents=True)
    except OSError as error:
        raise CannotWrite(f"{folder}: cannot be written to ({error.strerror or error})") from None


def try_file(path: Path, *, force: bool) -> None:
    """Find out whether a file can be written, leaving it as it is. Raises `CannotWrite`."""
    try:
        there = _is_there(path)
        if there and path.is_dir():
            raise CannotWrite(f"{path} is a folder; give a file")
        if there and path.exists() and not path.is_file():
            raise CannotWrite(f"{path} is no plain file, so it cannot be replaced; give another")
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror or error})") from None
    if there and not force:
        raise CannotWrite(f"{path} is there already; --force replaces it")
    _try_writing(path.parent)


def _is_there(path: Path) -> bool:
    """Whether there is a file or a link; raises `OSError` where there cannot be one."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def try_place(path: Path, *, force: bool) -> None:
    """Find out whether a path can be written: a folder where it is one or has no suffix, else a file."""
    if path.is_dir() or not (path.suffix or path.exists()):
        try_folder(path)
    else:
        try_file(path, force=force)
