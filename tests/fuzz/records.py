"""Results mutated at random and read back.

A mutated `solution.json`, `alternatives.json` or `design.csv` is refused with a `WrongInput`, or it is read, and then
whatever is made of it works. Anything else is a fault.
"""

from __future__ import annotations

import copy
import json
import random
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import trialopt
from tests.fuzz.calls import LIMIT, Ended, TookTooLong, patience
from tests.made import made
from trialopt.core import WrongInput, catalog
from trialopt.core.instance import Instance
from trialopt.decision.alternatives import Alternatives, alternatives
from trialopt.decision.solving import solve
from trialopt.generate import Size, generate
from trialopt.output.formats import FORMATS
from trialopt.output.report import page
from trialopt.output.terminal import run as shown
from trialopt.output.terminal.first import first_parts
from trialopt.reading import build
from trialopt.record.comparison import compare
from trialopt.record.design_file import read_design, write_design_csv
from trialopt.record.solution import Solution, decode

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 1e-300, 1e300, -0.0, 10**30, 0.5, "", "x", "\ud800", "None", "=1+1", "\x00",
    "a" * 5000, [], {}, [[]], {"": None}, [1], ["x"], {"x": {}}, "2020-13-45",
)  # fmt: skip
"""What takes the place of a value."""

RAW = (
    b"\xff", b"NaN", b"Infinity", b"1e999", b"9" * 5000, b"[" * 10_000, b'{"a":' * 10_000, b"\x00", b'"', b",",
    b"}", b"\\ud800", b"-",
)  # fmt: skip
"""What is put into the text."""


@cache
def samples() -> tuple[str, ...]:
    """Records that are right: with and without sizes, stopped, infeasible."""
    duo = trialopt.read(catalog.find("tiny_duo"))
    size = Size(agents=5, subgroups=2, arms=2, epochs=2, mechanisms=3, sized=True, levels=True)
    sized = build(generate(size, seed=3))
    found = [solve(duo), solve(sized)]
    found += [made(), made(sized=True), made(arms=())]
    return tuple(solution.to_json() for solution in found)


@cache
def lists() -> str:
    """A list of alternatives that is right."""
    return alternatives(trialopt.read(catalog.find("tiny_duo")), 3).to_json()


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key of a tree."""
    keys = data.keys() if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for key in list(keys):
        yield data, key
        yield from places(data[key])


def mutated(text: str, rng: random.Random) -> bytes:
    """The text with one to three values, keys or bytes changed."""
    if rng.random() < 0.3:
        return _bytes_mutated(text.encode(), rng)
    data = copy.deepcopy(json.loads(text))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = list(places(data))
        if rng.random() < 0.5:  # long lists of sources would take most of the changes
            at = [(holder, key) for holder, key in at if not _is_source(holder)] or at
        holder, key = rng.choice(at)
        _change(holder, key, rng, at)
    return json.dumps(data).encode("utf-8", "surrogatepass")


def _is_source(holder: Any) -> bool:
    return (isinstance(holder, dict) and "columns" in holder) or (isinstance(holder, list) and len(holder) > 30)


def _change(holder: Any, key: Any, rng: random.Random, at: list[tuple[Any, Any]]) -> None:
    kind = rng.randrange(6)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[rng.choice(("", "x", "\ud800", f"{key} ", str(key).upper()))] = holder.pop(key)
    elif kind == 1:
        holder.insert(key, copy.deepcopy(holder[key]))
    elif kind == 2 and isinstance(holder[key], int | float):
        holder[key] = holder[key] * rng.choice((-1, 1e-9, 2, 1e9, 1e300)) + rng.choice((0, 1e-4, 1))
    elif kind == 3:
        other, where = rng.choice(at)
        holder[key] = copy.deepcopy(other[where])
    else:
        holder[key] = rng.choice(ODD)


def _bytes_mutated(text: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(text))
    kind = rng.randrange(4)
    if kind == 0:
        return text[:at]
    if kind == 1:
        return text[:at] + rng.choice(RAW) + text[at:]
    if kind == 2:
        return text[:at] + bytes([rng.randrange(256)]) + text[at + 1 :]
    return text[:at] + text[at + rng.randrange(1, 40) :]


def use(solution: Solution, whole: bool, folder: Path) -> None:
    """Make of a record what can be made of it: all of it if `whole`, else what costs little."""
    for width in (40, 100):
        list(first_parts(solution, width))
        list(shown.run_parts(solution, width, sources=True))
    list(shown.page_parts(solution, ["arms", "given", "patients", "coverage", "toxicity", "sources"], 80))
    assert decode(solution.to_json(), "again") == solution
    compare(solution, decode(samples()[0], "sample"))
    if not whole:
        return
    page(solution)
    for name, form in FORMATS.items():
        if name != "docx":
            with suppress(WrongInput):
                form.files(solution)


@cache
def _design() -> bytes:
    design = decode(samples()[0], "sample").design
    assert design is not None
    with tempfile.TemporaryDirectory() as home:
        write_design_csv(design, Path(home) / "design.csv")
        return (Path(home) / "design.csv").read_bytes()


@cache
def _duo() -> Instance:
    return trialopt.read(catalog.find("tiny_duo"))


WHOLE = 0.025
"""Share of the records read of which everything is made that can be, exports and page too."""


def _read(kind: str, rng: random.Random, folder: Path) -> None:
    if kind == "solution":
        (folder / "solution.json").write_bytes(mutated(rng.choice(samples()), rng))
        use(Solution.load(folder), rng.random() < WHOLE, folder)
    elif kind == "alternatives":
        (folder / "alternatives.json").write_bytes(mutated(lists(), rng))
        several = Alternatives.load(folder)
        several.frame, several.arms, several.to_json()
    elif kind == "design":
        (folder / "design.csv").write_bytes(_bytes_mutated(_design(), rng))
        trialopt.evaluate(_duo(), read_design(folder / "design.csv", _duo()))
    else:
        (folder / "other.json").write_bytes(mutated(samples()[0], rng))
        trialopt.evaluate(_duo(), read_design(folder / "other.json", _duo()))


def one(rng: random.Random, folder: Path) -> tuple[str, Ended]:
    """Mutate a file, read it back, and make of it what can be made; a `WrongInput` with words is right too."""
    kind = rng.choice(("solution", "solution", "solution", "solution", "alternatives", "design", "as design"))
    began = time.process_time()
    wrong, ending = "", "read"
    try:
        with patience():
            _read(kind, rng, folder)
    except WrongInput as error:
        ending = "refused"
        wrong = "" if str(error).strip() else "no message"
    except (Exception, TookTooLong):
        ending, wrong = "failed", traceback.format_exc()
    seconds = time.process_time() - began
    if not wrong and seconds > LIMIT:
        wrong = f"took {seconds:.1f} CPU seconds"
    return f"{kind} {ending}", Ended(0, wrong, seconds)
