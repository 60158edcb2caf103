"""Kill commands that write at random moments, and look at what is left: `python -m tests.killing --count 200`.

Each command is run in a child of this process, so that importing costs nothing, and killed by SIGKILL: half of the
times at any moment of the command, half within its first writes. What is then in the folder must be the run that was
there before or the new one, whole; the next run must leave nothing of ours behind.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from pyomo.common import dependencies
from typer.testing import CliRunner

from trialopt.cli.app import app
from trialopt.core import catalog, run_folder
from trialopt.core.beside import beside
from trialopt.core.run_folder import LIST, READY, settle


class Case(NamedTuple):
    """A command that writes into `out`, and the one that wrote there before; `run` is a run of tiny_duo."""

    before: tuple[str, ...]
    then: tuple[str, ...]


CASES = {
    "solve": Case(
        ("solve", "tiny_duo", "--out", "out"), ("solve", "tiny_duo", "--max-arms", "1", "--out", "out", "--force")
    ),
    "alternatives": Case(
        ("alternatives", "run", "-k", "2", "--out", "out"), ("alternatives", "run", "-k", "3", "--out", "out")
    ),
    "frontier": Case(
        ("frontier", "run", "--against", "arms", "--out", "out"),
        ("frontier", "run", "--against", "burden", "--out", "out"),
    ),
    "explain": Case(
        ("explain", "run", "--part", "contribution", "--out", "out"),
        ("explain", "run", "--part", "agents", "--out", "out"),
    ),
    "stability": Case(
        ("stability", "tiny_duo", "--draws", "20", "--verify", "0", "--out", "out"),
        ("stability", "tiny_duo", "--draws", "30", "--verify", "0", "--out", "out"),
    ),
    "whatif": Case(
        ("whatif", "tiny_duo", "--exclude", "lenalidomide", "--out", "out"),
        ("whatif", "tiny_duo", "--exclude", "bortezomib", "--out", "out", "--force"),
    ),
    "export": Case(
        ("export", "run", "-f", "csv,md", "-o", "out"), ("export", "other", "-f", "csv,md", "-o", "out", "--force")
    ),
    "compare": Case(
        ("compare", "run", "other", "-o", "out"), ("compare", "other", "run", "-o", "out", "--force")
    ),
    "report": Case(
        ("report", "run", "-o", "out/page.html"), ("report", "other", "-o", "out/page.html", "--force")
    ),
    "size": Case(
        ("size", "--endpoint", "response", "--p0", "0.3", "--p1", "0.5", "-o", "out/size.json"),
        ("size", "--endpoint", "response", "--p0", "0.3", "--p1", "0.6", "-o", "out/size.json", "--force"),
    ),
    "new": Case((), ("new", "tiny_duo", "out/mine")),
    "generate": Case((), ("generate", "out/mine", "--agents", "5", "--subgroups", "2")),
}  # fmt: skip

Fingerprint = frozenset[tuple[str, str]]


def kill_often(name: str, count: int, seed: int = 1) -> Counter[str]:
    """Kill a command `count` times and say how often which state was found. Raises `AssertionError` for a bad one."""
    random_ = random.Random(f"{name}:{seed}")
    case = CASES[name]
    here = os.getcwd()
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as home:
        os.chdir(home)
        try:
            for run, arms in (("run", "2"), ("other", "1")):
                _call(("solve", "tiny_duo", "--max-arms", arms, "--out", run))
            old = _state(case.before)
            start = time.perf_counter()
            new = _state(case.then, keep=True)
            seconds = time.perf_counter() - start
            for k in range(count):
                _state(case.before)
                _killed(case.then, random_.uniform(0, 1.2 * seconds), writing=k % 2 == 1, random_=random_)
                found[_judged(name, old, new)] += 1
                if name in ("new", "generate"):
                    shutil.rmtree("out/mine", ignore_errors=True)
                _call(case.then)
                left = [str(path) for path in Path("out").rglob("*") if path.name.startswith(".")]
                assert not left, (name, k, left)
                assert _fingerprint(Path("out")) == new, (name, k, "the next run")
        finally:
            os.chdir(here)
    return found


def _state(arguments: tuple[str, ...], *, keep: bool = False) -> Fingerprint:
    """What a command leaves in `out`, emptied before unless it is to be kept."""
    out = Path("out")
    if not keep:
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        (out / "notes.txt").write_text("mine")
    if arguments:
        _call(arguments)
    return _fingerprint(out)


def _judged(name: str, old: Fingerprint, new: Fingerprint) -> str:
    out = Path("out")
    had_leftovers = any(path.name.startswith(".trialopt") for path in out.rglob("*"))
    if (out / READY).exists():
        had_leftovers = True
    settle(out)
    now = _fingerprint(out)
    assert now in (old, new), (name, sorted(now ^ old), sorted(now ^ new))
    _lists_hold(out)
    return ("new" if now == new else "old") + (" with leftovers" if had_leftovers else "")


def _lists_hold(out: Path) -> None:
    """Every file that a list names has the digest that it says."""
    for place in out.rglob(LIST):
        if any(part.startswith(".trialopt") for part in place.parts):
            continue
        for files in json.loads(place.read_text(encoding="utf-8")).values():
            for file, digest in files.items():
                assert sha256((place.parent / file).read_bytes()).hexdigest() == digest, (place, file)


def _fingerprint(out: Path) -> Fingerprint:
    """Names and digests of files; of records, which hold the time, the names alone."""
    return frozenset(
        (name, "" if path.suffix in (".json", ".html") else sha256(path.read_bytes()).hexdigest())
        for path in out.rglob("*")
        if path.is_file()
        for name in [path.relative_to(out).as_posix()]
        if not name.startswith(".trialopt")
    )


def _call(arguments: tuple[str, ...]) -> None:
    searches = ("solve", "alternatives", "frontier", "explain", "stability", "whatif")
    quiet = ("--quiet",) if arguments[0] in searches else ()
    more = ("--processes", "1") if arguments[0] == "explain" else ()
    result = CliRunner().invoke(app, [*arguments, *quiet, *more])
    assert result.exit_code == 0, (arguments, result.output)


def _killed(arguments: tuple[str, ...], after: float, *, writing: bool, random_: random.Random) -> None:
    """Run a command in a child and kill it after a time, or a short time after it began to write."""
    reading, told = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            dependencies.capture_output_lock = threading.Lock()  # the one it has is shared with the parent for good
            _tell_of_writes(lambda: os.write(told, b"w"))
            _call(arguments)
        finally:
            os._exit(0)
    os.close(told)
    if writing:
        os.read(reading, 1)
        after = random_.uniform(0, 0.03)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)


def _tell_of_writes(tell: Callable[[], object]) -> None:
    """Call `tell` whenever files begin to be written beside their place; trying a place is no write."""
    for module in (catalog, run_folder):
        module.beside = _telling(tell)


def _telling(tell: Callable[[], object]) -> Callable[..., AbstractContextManager[Path]]:
    def told(folder: Path, *, file: bool) -> AbstractContextManager[Path]:
        tell()
        return beside(folder, file=file)

    return told


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--command", choices=CASES, action="append")
    asked = parser.parse_args()
    for command in asked.command or CASES:
        print(command, dict(kill_often(command, asked.count)), flush=True)
