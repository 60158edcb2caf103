"""What is handed to a public function has to be of the kind it asks for; else a sentence says how to get that kind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from trialopt.core.design import Design
from trialopt.core.instance import Instance


def wrong_kind(value: object, name: str, wanted: str, how: str) -> TypeError:
    """The error for an argument of the wrong kind: its name, what it is, what is wanted, and how to get that."""
    kind = type(value).__name__
    return TypeError(f"{name} is {'an' if kind[0] in 'AEIOUaeiou' else 'a'} {kind}, and must be {wanted}: {how}")


def an_instance(value: object) -> None:
    """Raise `TypeError` for anything but an instance."""
    if isinstance(value, Instance):
        return
    if isinstance(value, str | os.PathLike):
        how = f"trialopt.read(trialopt.find({str(value)!r:.60})) reads one"
    elif type(value).__name__ == "Document":
        how = "trialopt.reading.build(document) makes it one"
    elif type(value).__name__ == "Solution":
        how = "trialopt.read(RUN / 'instance') reads the question of a run's folder"
    else:
        how = "trialopt.read(trialopt.find('tiny_duo')) reads one"
    raise wrong_kind(value, "instance", "an Instance", how)


def a_design(value: object) -> None:
    """Raise `TypeError` for anything but a design."""
    if not isinstance(value, Design):
        how = "solution.design is that of a run, trialopt.Design(arms) makes one"
        raise wrong_kind(value, "design", "a Design", how)


def a_path(value: Any, name: str, wanted: str = "a path", how: str = "give the name of a file or folder") -> Path:
    """The value as a path. Raises `TypeError` for anything but a text or a path."""
    if not isinstance(value, str | os.PathLike):
        raise wrong_kind(value, name, wanted, how)
    return Path(value)
