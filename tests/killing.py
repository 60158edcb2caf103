"""Kill commands that write at random moments, and look at what is left: `python -m tests.killing --count 200`.

Each command is run in a child of this process, so that importing costs nothing, and killed by SIGKILL: half of the
times at any moment of the command, half shortly after one of its writes began. Before anybody tidies up, no file of the
run that was there before may stand beside one of the new run; once the folder was read, it must hold one of the two,
whole; the next run must leave nothing of ours behind. Processes that the command had started end with it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import highspy
from pyomo.common import dependencies
from typer.testing import CliRunner

from trialopt.cli.app import app
from trialopt.core import catalog, run_folder
from trialopt.core.beside import beside
from trialopt.core.run_folder import LIST, READY, settle
from trialopt.evidence import rebuild
from trialopt.many.store import Store
from trialopt.output.formats import FORMATS


class Case(NamedTuple):
    """A command that writes into `out`, and the one that wrote there before, if any.

    `run`, `other` and `sized` are runs; `one.toml` and `two.toml` grids.
    """

    before: tuple[str, ...]
    then: tuple[str, ...]


def _case(text: str, before: str, then: str) -> Case:
    """A command line with `{}` where the two differ."""
    return Case(tuple(text.format(before).split()), tuple(text.format(then).split()))


def _new(text: str) -> Case:
    """A command that makes what was not there."""
    return Case((), tuple(text.split()))


CASES = {
    "solve": _case("solve tiny_duo --out out {}", "", "--max-arms 1 --force"),
    "alternatives": _case("alternatives run -k {} --out out", "2", "3"),
    "frontier": _case("frontier run --against {} --out out", "arms", "burden"),
    "explain": _case("explain run --part {} --out out --processes 1", "contribution", "agents"),
    "stability": _case("stability tiny_duo --draws {} --verify 0 --out out", "20", "30"),
    "whatif": _case("whatif tiny_duo --exclude {} --out out", "lenalidomide", "bortezomib --force"),
    "robust": _case(
        "robust tiny_duo --draws {} --confidence 0.5 --tail 1 --workers 1 --out out --force", "3", "4"
    ),
    "learn": _case("learn tiny_duo --draws {} --n 20 --workers 1 --out out --force", "3", "4"),
    "sweep": _case("sweep {}.toml --workers 1 --out out --force", "one", "two"),
    "sweep in two processes": _case("sweep {}.toml --workers 2 --out out --force", "one", "two"),
    "simulate": _case("simulate sized --trials {} --workers 1 --out out", "20", "30"),
    "replay": _case(
        "replay sized --others 1 --patients 10 --trials {} --workers 1 --out out", "10", "11"
    ),
    "report": _case("report {} -o out/page.html --force", "run", "other"),
    "compare": _case("compare {} -o out --force", "run other", "other run"),
    "compare to a file": _case("compare {} -o out/table.csv --force", "run other", "other run"),
    "size": _case("size --endpoint response --p0 0.3 --p1 {} -o out/size.json --force", "0.5", "0.6"),
    "export of several files": _case("export {} -o out/a.xlsx -o out/b.docx -o out/c.md --force", "run", "other"),
    **{f"export {name}": _case(f"export {{}} -f {name} -o out --force", "run", "other") for name in FORMATS},
    "export randomisation": _case("export {} -f randomisation -o out --force", "sized", "sized"),
    "new": _new("new tiny_duo out/mine"),
    "new --xlsx": _new("new tiny_duo out/mine --xlsx"),
    "new --from-library": _new("new --from-library --agents DRd --subgroups standard_risk out/mine"),
    "generate": _new("generate out/mine --agents 5 --subgroups 2"),
    "evidence list": _case("evidence list {} --csv out/list.csv --force", "--tables", ""),
    "evidence regimens": _case("evidence regimens {} --csv out/list.csv --force", "VRd", "DRd"),
    "evidence backtest": _new("evidence backtest --plot out/plot.png"),
    "evidence fit": Case(("stale",), ("evidence", "fit", "--to", "out")),
}  # fmt: skip

QUIET = (
    *("solve", "alternatives", "frontier", "explain", "stability", "whatif", "robust", "learn", "sweep", "simulate"),
    *("replay", "compare"),
)

EVERY = 10
"""Kills without leftovers after which the command is run to its end once."""

TIMED = ("sweep.csv", "mine.xlsx")
"""Files that hold the time."""

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
            _prepare(case)
            old = _begun(case)
            told: list[int] = []
            start = time.perf_counter()
            with _telling(lambda: told.append(1)):
                _call(case.then)
            seconds = time.perf_counter() - start
            new = _fingerprint()
            for k in range(count):
                _restore()
                write = random_.randint(1, len(told)) if k % 2 else 0
                _killed(case.then, random_.uniform(0, 1.2 * seconds), write, random_)
                state = _judged(name, old, new)
                found[state] += 1
                if state.endswith("leftovers") or k % EVERY == 0:
                    if not case.before:
                        _restore(leaving=".trialopt")
                    _call(case.then)
                    left = [str(path) for path in Path("out").rglob("*") if _is_left(path)]
                    assert not left, (name, k, left)
                    assert _fingerprint() == new, (name, k, "the next run")
        finally:
            os.chdir(here)
    return found


def _prepare(case: Case) -> None:
    """The runs and grids that a case speaks of."""
    for run, arms in (("run", "2"), ("other", "1")):
        _call(("solve", "tiny_duo", "--max-arms", arms, "--out", run))
    for grid, arms in (("one", "1"), ("two", "1, 2")):
        Path(f"{grid}.toml").write_text(f'base = "tiny_duo"\n[grid]\n"trial.max_arms" = [{arms}]\n')
    if "sized" in case.then:
        small = "--agents 4 --subgroups 2 --arms 2 --epochs 2 --mechanisms 2 --sized --seed 7"
        _call(("generate", "small", *small.split()))
        _call(("solve", "small", "--out", "sized"))


def _begun(case: Case) -> Fingerprint:
    """What the first command leaves in `out`, beside a file of somebody's own."""
    Path("out").mkdir()
    Path("out", "notes.txt").write_text("mine")
    if case.before == ("stale",):
        shutil.copytree(rebuild.library.DATA, "out", dirs_exist_ok=True, ignore=lambda _, names: _not_fitted(names))
        for table in Path("out").glob("*.csv"):
            table.write_text(
                "".join(table.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8"
            )
    elif case.before:
        _call(case.before)
    shutil.copytree("out", "as_begun")
    return _fingerprint()


def _not_fitted(names: list[str]) -> list[str]:
    return [name for name in names if name.removesuffix(".csv") not in rebuild.KEYS]


def _restore(leaving: str = "no such name") -> None:
    """Make `out` what it was in the beginning, but for what begins with `leaving`."""
    for path in list(Path("out").iterdir()):
        if not path.name.startswith(leaving):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree("as_begun", "out", dirs_exist_ok=True)


def _is_left(path: Path) -> bool:
    return path.name.startswith(".") or path.name.endswith(("-wal", "-shm", "-journal"))


def _judged(name: str, old: Fingerprint, new: Fingerprint) -> str:
    out = Path("out")
    seen = _fingerprint()
    assert seen <= old or seen <= new, (name, "old beside new", sorted(seen - old), sorted(seen - new))
    had_leftovers = any(_is_left(path) for path in out.rglob("*"))
    if not (out / READY).exists() and name != "evidence fit":
        assert seen in (old, new), (name, sorted(seen ^ old), sorted(seen ^ new))
    settle(out)
    now = _fingerprint()
    assert now in (old, new), (name, sorted(now ^ old), sorted(now ^ new))
    _lists_hold(out)
    _files_are_whole(out)
    return ("new" if now == new else "old") + (" with leftovers" if had_leftovers else "")


def _lists_hold(out: Path) -> None:
    """Every file that a list names has the digest that it says."""
    for place in out.rglob(LIST):
        if any(part.startswith(".trialopt") for part in place.parts):
            continue
        for files in json.loads(place.read_text(encoding="utf-8")).values():
            for file, digest in files.items():
                assert sha256((place.parent / file).read_bytes()).hexdigest() == digest, (place, file)


def _files_are_whole(out: Path) -> None:
    """Files whose content differs from run to run can be read to their end; so can the store of finished solves."""
    for path in out.rglob("*"):
        if any(part.startswith(".trialopt") for part in path.parts):
            continue
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".html":
            assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
        elif path.suffix in (".xlsx", ".docx"):
            assert zipfile.ZipFile(path).testzip() is None
        elif path.suffix == ".sqlite":
            file = sqlite3.connect(path)
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            for (answer,) in file.execute("SELECT answer FROM solved").fetchall() if _has_table(file) else ():
                json.loads(answer)
            file.close()


def _has_table(file: sqlite3.Connection) -> bool:
    return bool(file.execute("SELECT count(*) FROM sqlite_master WHERE name = 'solved'").fetchone()[0])


def _fingerprint() -> Fingerprint:
    """Names and digests of files; of those that hold the time, the names alone. The store is no part of a run."""
    return frozenset(
        (name, "" if path.suffix in (".json", ".html") or name in TIMED else sha256(path.read_bytes()).hexdigest())
        for path in Path("out").rglob("*")
        if path.is_file() and ".sqlite" not in path.name
        for name in [path.relative_to("out").as_posix()]
        if not name.startswith(".trialopt")  # no leftover may be inside what is made
    )


def _call(arguments: tuple[str, ...]) -> None:
    quiet = ("--quiet",) if arguments[0] in QUIET else ()
    with ExitStack() as stack:
        if arguments[:2] == ("evidence", "fit"):  # half a minute's work, which is not what is tried here
            joint = ("joint_shared", "arm_deviation")
            tables = {name: rebuild.shipped(name) for name in rebuild.KEYS}
            fits = {name: table for name, table in tables.items() if name not in joint}
            stack.enter_context(patch.object(rebuild, "build", lambda: fits))
            stack.enter_context(patch.object(rebuild, "_of_joint", lambda: {name: tables[name] for name in joint}))
            stack.enter_context(patch.object(rebuild.forecast, "fit_all", rebuild.forecast._shipped))
        result = CliRunner().invoke(app, [*arguments, *quiet])
    assert result.exit_code == 0, (arguments, result.output)


def _killed(arguments: tuple[str, ...], after: float, write: int, random_: random.Random) -> None:
    """Run a command in a child and kill it after a time, or a short time after it began so many writes."""
    highspy.Highs.resetGlobalScheduler(True)  # a child has none of its threads
    reading, told = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            os.setpgrp()
            dependencies.capture_output_lock = threading.Lock()  # the one it has is shared with the parent for good
            with _telling(lambda: os.write(told, b"w")):
                _call(arguments)
        finally:
            os._exit(0)
    os.close(told)
    if write:
        for _ in range(write):
            os.read(reading, 1)
        after = random_.uniform(0, 0.03)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    _nobody_left(child)


def _nobody_left(group: int) -> None:
    """Processes that a killed command had started are gone within ten seconds."""
    end = time.monotonic() + 10
    while True:
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return
        assert time.monotonic() < end, "processes are left"
        time.sleep(0.02)


@contextmanager
def _telling(tell: Callable[[], object]) -> Iterator[None]:
    """Call `tell` whenever files begin to be written beside their place, or an answer into a store."""

    @contextmanager
    def told(folder: Path, *, file: bool) -> Iterator[Path]:
        tell()
        with beside(folder, file=file) as path:
            yield path

    put = Store.put

    def kept(*arguments: object, **options: object) -> None:
        tell()
        put(*arguments, **options)  # type: ignore[arg-type]

    with (
        patch.object(catalog, "beside", told),
        patch.object(run_folder, "beside", told),
        patch.object(Store, "put", kept),
    ):
        yield


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--command", choices=CASES, action="append")
    asked = parser.parse_args()
    for command in asked.command or CASES:
        began = time.process_time()
        print(command, dict(kill_often(command, asked.count)), f"{time.process_time() - began:.0f} s", flush=True)
