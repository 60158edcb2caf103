"""A record of ours read back: from its file, or from the folder that it was written into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.json_read import NotJson, parsed, text_of
from trialopt.core.run_folder import settle


def read_back(path: str | Path, file: str, error: type[WrongInput] = WrongInput) -> tuple[Path, Any]:
    """Path of the record and its data, unchecked: `file` where `path` is a folder.

    A change of the folder whose writer was stopped is finished first. Raises `error`, which names the path, for what
    cannot be read or is no JSON.
    """
    path = Path(path)
    path = path / file if path.is_dir() else path
    settle(path.parent)
    try:
        return path, parsed(text_of(path))
    except NotJson as wrong:
        raise error(f"{path}: {wrong}") from None
    except OSError as wrong:
        raise error(f"{path}: cannot be read ({wrong.strerror or wrong})") from None
