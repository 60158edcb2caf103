"""A record of ours read back: from its file, or from the folder that it was written into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.handed import a_path
from trialopt.core.json_read import NotJson, parsed, text_of
from trialopt.core.run_folder import settle


def read_back(path: str | Path, file: str, error: type[WrongInput] = WrongInput) -> tuple[Path, Any]:
    """Path of the record and its data, unchecked: `file` where `path` is a folder.

    A change of the folder whose writer was stopped is finished first. Raises `error`, which names the path, for what
    cannot be read or is no JSON.
    """
    path, text = text_back(path, file, error)
    try:
        return path, parsed(text)
    except NotJson as wrong:
        raise error(f"{path}: {wrong}") from None


def text_back(path: str | Path, file: str, error: type[WrongInput] = WrongInput) -> tuple[Path, str]:
    """Path of the record and its text, as `read_back` finds it. Raises `error` for what cannot be read."""
    path = a_path(path, "path", how="give a run's folder, or the file in it")
    path = path / file if path.is_dir() else path
    settle(path.parent)
    try:
        return path, text_of(path)
    except NotJson as wrong:
        raise error(f"{path}: {wrong}") from None
    except FileNotFoundError:
        raise error(f"{path}: no such file; {_maker(file)}") from None
    except OSError as wrong:
        raise error(f"{path}: cannot be read ({wrong.strerror or wrong})") from None


def _maker(file: str) -> str:
    """What writes a record."""
    command = _COMMANDS.get(file, "")
    return f"`trialopt {command} --out` writes it" if command else "a run is a folder that `solve --out` wrote"


_COMMANDS = {
    "certificate.json": "solve",
    "alternatives.json": "alternatives",
    "frontier.json": "frontier",
    "explanation.json": "explain",
    "stability.json": "stability",
    "sweep.json": "sweep",
    "learning.json": "learn",
    "robust.json": "robust",
    "simulation.json": "simulate",
    "replay.json": "replay",
}
