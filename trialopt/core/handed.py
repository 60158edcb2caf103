"""What is handed to a public function has to be of the kind it asks for; else a sentence says how to get that kind."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from trialopt.core import WrongInput
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


def of_kind(value: object, kind: type | tuple[type, ...], name: str, wanted: str, how: str) -> None:
    """Raise `TypeError` unless a value is of a kind."""
    if not isinstance(value, kind):
        raise wrong_kind(value, name, wanted, how)


def a_path(value: Any, name: str, wanted: str = "a path", how: str = "give the name of a file or folder") -> Path:
    """The value as a path. Raises `TypeError` for anything but a text or a path."""
    if not isinstance(value, str | os.PathLike):
        raise wrong_kind(value, name, wanted, how)
    return Path(value)


def a_number(value: object, name: str) -> None:
    """Raise for anything but a number of 0 or more: `TypeError` for the kind, `WrongInput` for its value."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise wrong_kind(value, name, "a number", f"give {name} as 0.01 or 60, without quotes")
    if math.isnan(value) or value < 0:
        raise WrongInput(f"{name} is {value}, and must be a number of 0 or more")


def a_whole(value: object, name: str, least: int = 0) -> None:
    """Raise for anything but a whole number of `least` or more: `TypeError` for its kind, else `WrongInput`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise wrong_kind(value, name, "a whole number", f"give {name} as {max(least, 5)}, without quotes or decimals")
    if int(value) < least:
        raise WrongInput(f"{name} is {value}, and must be a whole number of {least} or more")


def draws_asked(draws: object, seed: object) -> None:
    """Raise as `a_whole` does unless draws are at least 2 and a seed at least 0; `None` is the default of either."""
    if draws is not None:
        a_whole(draws, "draws", 2)
    if seed is not None:
        a_whole(seed, "seed")


def texts(value: Iterable[str], name: str) -> tuple[str, ...]:
    """The texts of a list. Raises `TypeError` for a single text, whose letters would be taken for the list."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise wrong_kind(value, name, "a list of texts", f"give one as {name}=[{str(value)!r:.60}]")
    found = tuple(value)
    for one in found:
        if not isinstance(one, str):
            raise wrong_kind(one, f"one of {name}", "a text", "give it in quotes")
    return found


def numbers(value: Iterable[float], name: str, *, whole: bool = False) -> tuple[Any, ...]:
    """The numbers of a list, each 0 or more; 1 or more where they are `whole`. Raises as `a_number` and `a_whole`."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise wrong_kind(value, name, "a list of numbers", f"give one as {name}=[0.5, 0.9]")
    found = tuple(value)
    for one in found:
        if whole:
            a_whole(one, f"one of {name}", 1)
        else:
            a_number(one, f"one of {name}")
    return found
