"""Terminals and shells as they are: a reader that leaves, a code page without Greek, folders of one name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trialopt.cli.solve import _names


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "trialopt", *arguments]
    return subprocess.run(command, capture_output=True, env={**os.environ, **environment}, check=False)


@pytest.mark.parametrize("command", [(), ("solve",), ("evidence", "list")])
def test_h_is_help(command: tuple[str, ...]) -> None:
    assert run(*command, "-h").stdout.startswith(b"Usage: ")


@pytest.mark.parametrize("command", ["solve tiny_duo --quiet", "schema", "evidence list"])
def test_a_reader_that_leaves_ends_it_in_silence(command: str) -> None:
    shell = f"'{sys.executable}' -m trialopt {command} | head -1; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", shell], capture_output=True, check=False)
    assert ended.stderr == b""
    assert ended.stdout.splitlines()[-1] in (b"0", b"141")


def test_letters_that_a_code_page_lacks_are_written_by_number(tmp_path: Path) -> None:
    assert run("new", "tiny_duo", str(tmp_path / "letters")).returncode == 0
    file = tmp_path / "letters" / "trial.toml"
    lines = file.read_text(encoding="utf-8").splitlines()
    titled = ['title = "Größe β \U0001d6fd"' if line.startswith("title") else line for line in lines]
    file.write_text("\n".join(titled), encoding="utf-8")
    shown = run("solve", str(file.parent), "--quiet", PYTHONIOENCODING="cp1252")
    assert shown.returncode == 0
    assert "Größe \\u03b2 \\ud835\\udefd".encode("cp1252") in shown.stdout
    written = run("solve", str(file.parent), "--quiet", "--json", PYTHONIOENCODING="ascii")
    assert json.loads(written.stdout)["instance"]["title"] == "Größe β \U0001d6fd"


@pytest.mark.parametrize(
    "instances",
    [["one/x", "two/x", "three/x_1"], ["td", "TD"], ["x_1", "x", "x"], ["a", "b"], ["x", "x", "x_1", "x_2", "X"]],
)
def test_names_of_runs_differ_whatever_the_case(instances: list[str]) -> None:
    names = _names(instances)
    assert len({name.casefold() for name in names}) == len(instances)


@pytest.mark.parametrize("streams", [">&- 2>&- <&-", pytest.param(">&-", marks=pytest.mark.slow)])
def test_closed_streams_are_no_error(streams: str, tmp_path: Path) -> None:
    shell = f"'{sys.executable}' -m trialopt solve tiny_duo --out run {streams}; exit $?"
    ended = subprocess.run(["bash", "-c", shell], capture_output=True, check=False, cwd=tmp_path)
    assert ended.returncode == 0
    assert b"Traceback" not in ended.stdout + ended.stderr
    assert json.loads((tmp_path / "run" / "solution.json").read_text())["ending"] == "optimal"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device")
@pytest.mark.parametrize("options", [(), pytest.param(("--json",), marks=pytest.mark.slow)])
def test_a_full_standard_output_is_told_in_a_line(options: tuple[str, ...], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trialopt", "solve", "tiny_duo", "--quiet", "--out", "run", *options]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (1, b"standard output: No space left on device\n")
    assert (tmp_path / "run" / "solution.json").is_file()


def test_a_poor_terminal_is_enough() -> None:
    environment = {key: text for key, text in os.environ.items() if key not in ("HOME", "USER", "LANG")}
    poor = {**environment, "TERM": "dumb", "COLUMNS": "20", "TMPDIR": "nowhere"}
    command = [sys.executable, "-m", "trialopt", "solve", "tiny_duo", "--quiet"]
    ended = subprocess.run(command, capture_output=True, env=poor, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"\x1b" not in ended.stdout


@pytest.mark.parametrize(
    "command",
    ["solve", *(pytest.param(c, marks=pytest.mark.slow) for c in ("show", "export {} -o x.csv", "compare tiny_duo"))],
)
def test_names_too_long_are_told_in_a_line(command: str) -> None:
    name = "n" * 5000
    words = command.format(name).split()
    ended = run(*words, *([] if name in words else [name]))
    assert ended.returncode == 2
    assert b"too long" in ended.stderr
    assert len(ended.stderr) < 400
