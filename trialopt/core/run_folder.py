"""A folder of results changes as one: whatever stops a write, it holds what it held before, or all of what is new.

New files are written into a folder beside the old ones. One rename makes it `.trialopt_ready`: from then on the change
counts as made, and whoever next reads or writes the folder finishes moving the files if the writer was stopped. All old
files leave before the first new one comes, so other programs never see both side by side. The record of a run leaves
first and comes last, so a folder half moved has none.

`run_files.json` in the folder lists the files of each record with their digests: they are what a later run may
replace. A file that is not ours, or was changed since, is replaced only by force, and so is a run of another question.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.beside import CannotWrite, NotWritten, beside, clear, locked, refuse_instance, try_folder

READY = ".trialopt_ready"
PLAN = "plan.json"
FILES = "files"
LIST = "run_files.json"

RECORDS = (
    *("solution.json", "alternatives.json", "frontier.json", "explanation.json", "stability.json"),
    *("sweep.json", "learning.json", "robust.json", "simulation.json", "replay.json"),
)
"""Files that each stand for a run and name the question they answer."""

Files = dict[str, str]
"""File, by its path in the folder -> digest of its content."""


@dataclass(frozen=True)
class Part:
    """What one run puts into a folder: its record, and the digest of the question that it answers."""

    record: str
    question: str
    owned: tuple[str, ...] = ()
    """Subfolders that hold nothing but what the run writes."""


@contextmanager
def changing(folder: Path, parts: Mapping[str, Part], *, force: bool = False) -> Iterator[Path]:
    """Write files to the path yielded; they are in the folder when the block ends, all of them or none.

    `parts` says which runs they are, by subfolder, `""` for the folder itself; it may be empty for files that are no
    run's. Of an earlier write of the same record, files that are not written again are removed.

    Raises
    ------
    CannotWrite
        When the folder holds an instance, or something that only force may replace.
    NotWritten
        Where the place or the disk does not let it.
    """
    for sub in parts:
        refuse_instance(folder / sub)
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            _finish(folder)
            clear(folder)
            with beside(folder, file=False) as stage:
                (stage / FILES).mkdir()
                yield stage / FILES
                _plan(folder, stage, parts, force)
                stage.chmod(0o755)
                stage.rename(folder / READY)
            _finish(folder)
    except BaseException as error:
        for place in missing:
            with suppress(OSError):
                place.rmdir()
        why = error.__cause__ if isinstance(error, NotWritten) else error
        if isinstance(why, OSError):  # of whatever file beside it was being written
            raise NotWritten(f"{folder}: not written ({why.strerror or why})") from error
        raise


def check(folder: Path, parts: Mapping[str, Part], *, force: bool = False) -> None:
    """Find out whether runs could be written into a folder. Raises `CannotWrite`."""
    try_folder(folder)
    settle(folder)
    for sub in parts:
        refuse_instance(folder / sub)
        if (folder / sub).exists() and not (folder / sub).is_dir():
            raise CannotWrite(f"{folder / sub} is a file; give another folder to --out")
    if not force:
        for sub, part in parts.items():
            _refuse(folder / sub, part, _there(folder / sub, part))


def settle(folder: Path) -> None:
    """Finish a change of a folder, or of the one around it, whose writer was stopped. Raises `WrongInput`."""
    for place in (folder, folder.parent):
        if not os.path.isfile(place / READY / PLAN):
            continue
        try:
            with locked(place):
                _finish(place)
        except OSError as error:
            sentence = f"a run was stopped while it was being put here, and it cannot be finished ({error.strerror})"
            raise WrongInput(f"{place}: {sentence}; make the folder writable") from None


def changed(folder: Path, record: str) -> list[str] | None:
    """Files of a run that are missing or no longer what it wrote; `None` where it left no list of them."""
    listed = _listed(folder).get(record)
    if not listed:
        return None
    return [name for name, digest in listed.items() if _digest(folder / name) != digest]


def _plan(folder: Path, stage: Path, parts: Mapping[str, Part], force: bool) -> None:
    """Check what the new files replace, add the lists, and write down which files are moved and which removed."""
    files = stage / FILES
    remove: list[str] = []
    last: list[str] = []
    for sub, part in parts.items():
        new = _digests(files / sub)
        if not force:
            _refuse(folder / sub, part, {**_there(folder / sub, part), **new})
        kept, gone = _kept(folder / sub, part)
        remove += [str(PurePosixPath(sub, name)) for name in gone if name not in new]
        (files / sub / LIST).write_text(json.dumps({**kept, part.record: new}, indent=1), encoding="utf-8")
        last += [str(PurePosixPath(sub, name)) for name in (part.record, LIST)]
    for name in _digests(files):
        if (folder / name).is_dir() and not (folder / name).is_symlink():
            raise CannotWrite(f"{folder / name} is a folder, in the place of a file; give another folder to --out")
    plan = {"remove": remove, "last": last}
    (stage / PLAN).write_text(json.dumps(plan, indent=1), encoding="utf-8")


def _kept(folder: Path, part: Part) -> tuple[dict[str, Files], list[str]]:
    """Lists of other records that stay, and files that go: those of the record, and of runs of other questions."""
    stay: dict[str, Files] = {}
    gone = list(_there(folder, part))
    listed = _listed(folder)
    for record in {**listed, **dict.fromkeys(RECORDS)}:
        files = listed.get(record, {record: ""})
        if record != part.record and _question(folder / record) == part.question:
            stay[record] = listed.get(record, {})
        elif record != part.record:
            gone += files
    return {record: files for record, files in stay.items() if files}, gone


def _there(folder: Path, part: Part) -> Files:
    """Files of an earlier write of the record, and all that is in the subfolders it owns."""
    owned = {f"{sub}/{name}": "" for sub in part.owned for name in _names(folder / sub)}
    return {part.record: "", **owned, **_listed(folder).get(part.record, {})}


def _refuse(folder: Path, part: Part, files: Files) -> None:
    """Raise `CannotWrite` where a folder holds a run of another question, or files that would be lost."""
    records = [record for record in RECORDS if (folder / record).is_file()]
    for record in records:
        if _question(folder / record) != part.question:
            raise CannotWrite(f"{folder} holds a run of another question ({record}); --force replaces it")
    listed = {name: digest for own in _listed(folder).values() for name, digest in own.items()}
    for name in files:
        if not os.path.lexists(folder / name):
            continue
        if name not in listed and not (records and not listed):  # folders of early versions have no list
            raise CannotWrite(f"{folder / name} is there, and no run wrote it; --force replaces it")
        if name in listed and _digest(folder / name) not in (listed[name], files[name]):
            raise CannotWrite(f"{folder / name} was changed since a run wrote it; --force replaces it")


def _finish(folder: Path) -> None:
    """Move what is ready into the folder; the same however often it was begun."""
    ready = folder / READY
    plan = ready / PLAN
    if plan.is_file():
        content = json.loads(plan.read_text(encoding="utf-8"))
        files = ready / FILES
        last = [name for name in map(_inside, content["last"]) if (files / name).exists()]
        others = [name for name in _names(files) if name not in last]
        # where this was begun before, those that came already are no more in `files`
        for name in (*last, *map(_inside, content["remove"]), *others):
            (folder / name).unlink(missing_ok=True)
            with suppress(OSError):
                (folder / name).parent.rmdir()
        for name in (*others, *last):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (files / name).replace(folder / name)
        plan.unlink()
    if ready.exists():
        shutil.rmtree(ready)


def _inside(name: str) -> str:
    """A path that stays in its folder; any other is not a plan of ours."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise WrongInput(f"{READY}: {name} is outside the folder; remove {READY}")
    return name


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _digests(folder: Path) -> Files:
    return {name: _digest(folder / name) for name in _names(folder)} if folder.is_dir() else {}


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _listed(folder: Path) -> dict[str, Files]:
    """Files of each record of a folder; nothing where the list is missing or is none."""
    try:
        data = json.loads((folder / LIST).read_text(encoding="utf-8"))
        return {str(record): {_inside(str(k)): str(v) for k, v in files.items()} for record, files in data.items()}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def _question(record: Path) -> str | None:
    """Digest of the question that a record answers; `None` where it cannot be told."""
    try:
        data: Any = json.loads(record.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None
    instance = data.get("instance") if isinstance(data, dict) else None
    found = (
        instance.get("sha256") if isinstance(instance, dict) else data.get("sha256") if isinstance(data, dict) else 0
    )
    return found if isinstance(found, str) else None
