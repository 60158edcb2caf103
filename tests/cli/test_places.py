"""Where results are written is tried before the work, and what was found is shown whatever happens to it later."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from trialopt.core import beside
from trialopt.many import Store

SEARCHES = (
    ("solve", "tiny_duo"),
    pytest.param(("alternatives", "tiny_duo", "-k", "2"), marks=pytest.mark.slow),
    pytest.param(("frontier", "tiny_duo", "--against", "arms"), marks=pytest.mark.slow),
    pytest.param(("explain", "tiny_duo", "--part", "contribution"), marks=pytest.mark.slow),
    pytest.param(("stability", "tiny_duo", "--draws", "5", "--verify", "0"), marks=pytest.mark.slow),
    ("whatif", "tiny_duo", "--exclude", "lenalidomide"),
)


@pytest.mark.parametrize("arguments", SEARCHES, ids=lambda arguments: arguments[0])
def test_a_search_refuses_its_folder_before_it_begins(call, arguments, monkeypatch, tmp_path):
    monkeypatch.setattr("trialopt.core.run.Monitor.report", lambda *_, **__: pytest.fail("it searched"))
    (tmp_path / "file").write_text("x")
    for place in ("file", "file/below", "n" * 300):
        result = call(*arguments, "--out", place, "--quiet")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.count("\n") == 1
        assert place[:70] in result.stderr

    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(beside.tempfile, "mkstemp", read_only)
    result = call(*arguments, "--out", "ro/run", "--quiet")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "ro/run: cannot be written to (Read-only file system)\n"
    assert not (tmp_path / "ro").exists()


@pytest.mark.parametrize("arguments", SEARCHES, ids=lambda arguments: arguments[0])
def test_a_disk_that_is_full_after_the_search_costs_no_answer(call, arguments, monkeypatch, tmp_path):
    shown = call(*arguments, "--json", "--quiet").stdout

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    result = call(*arguments, "--json", "--out", "run", "--quiet")
    assert result.exit_code == 1
    assert json.loads(result.stdout).keys() == json.loads(shown).keys()
    assert result.stderr == "run: not written (No space left on device)\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "two_arms", "-o", "{}.csv"),
        ("report", "two_arms", "-o", "{}.html"),
        ("compare", "two_arms", "one_arm", "-o", "{}.csv"),
        ("compare", "tiny_duo", "one_arm", "-o", "{}.csv"),
        ("size", "--endpoint", "response", "--p0", "0.3", "--p1", "0.5", "-o", "{}.json"),
        ("evidence", "list", "--csv", "{}.csv"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_file_is_tried_before_the_work(call, runs, arguments, monkeypatch, tmp_path):
    monkeypatch.setattr("trialopt.core.run.Monitor.report", lambda *_, **__: pytest.fail("it searched"))
    for run in ("two_arms", "one_arm"):
        shutil.copytree(runs / run, run)
    ending = arguments[-1].removeprefix("{}")
    (tmp_path / f"there{ending}").write_text("mine")
    (tmp_path / "file").write_text("mine")
    before = sorted(path.name for path in tmp_path.iterdir())
    for place in ("there", "file/below", "n" * 300):
        result = call(*(text.format(place) for text in arguments))
        assert (result.exit_code, result.stdout) == (2, ""), result.stderr
        assert result.stderr.count("\n") == 1
    assert (tmp_path / f"there{ending}").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "run"),
        ("evidence", "list"),
        ("evidence", "sources"),
        ("evidence", "regimens", "bortezomib"),
        ("size", "--endpoint", "response", "--p0", "0.5", "--p1", "0.7"),
    ],
)
def test_a_folder_in_the_place_of_a_file_is_refused(call, runs, arguments, tmp_path):
    shutil.copytree(runs / "two_arms", tmp_path / "run")
    for name in ("a.html", "a.csv"):
        (tmp_path / name).mkdir()
    place = "a.html" if arguments[0] == "report" else "a.csv"
    result = call(*arguments, "-o", place, "--force")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{place} is a folder; give a file\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("new", "tiny_duo", "in/made"),
        ("new", "tiny_duo", "--xlsx", "in/made.xlsx"),
        ("generate", "in/made", "--agents", "6", "--subgroups", "2"),
    ],
    ids=["copied", "workbook", "generated"],
)
def test_a_place_that_takes_no_input_is_wrong_input(call, arguments, monkeypatch, tmp_path):
    place = next(text for text in arguments if text.startswith("in/"))

    def failing(number: int) -> Callable[..., None]:
        def fails(*_: object, **__: object) -> None:
            raise OSError(number, os.strerror(number))

        return fails

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", failing(errno.ENOSPC))
        result = call(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.endswith("not written (No space left on device); give another place\n")
        assert place in result.stderr
    monkeypatch.setattr(beside.tempfile, "mkstemp", failing(errno.EROFS))
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{place}: cannot be written to (Read-only file system)\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "asked",
    [
        ("solve", "own", "--out", "own/"),
        ("solve", "link", "--out", "own", "--force"),
        ("robust", "own", "--out", "link"),
        ("compare", "own", "tiny_duo", "-o", "own"),
    ],
)
def test_a_run_is_not_mixed_into_an_instance(call, asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call("new", "tiny_duo", "own")
    Path("link").symlink_to("own")
    before = sorted(path.name for path in Path("own").iterdir())
    result = call(*asked)
    place = asked[-1] if asked[-1] == "link" else "own"
    assert result.exit_code == 2
    assert result.stderr == f"{place} holds an instance (trial.toml); give another folder to write to, as {place}/run\n"
    assert sorted(path.name for path in Path("own").iterdir()) == before
    if asked[0] == "solve":
        assert call("solve", "own", "--quiet", "--out", "own/run").exit_code == 0
        assert call("validate", "own").stdout.endswith("is valid, no warnings\n")


def test_a_store_that_takes_no_more_costs_no_answer(call, monkeypatch, tmp_path):
    prepare = Store._prepare

    def closed(store: Store) -> None:
        prepare(store)
        store._file.execute(f"PRAGMA query_only = {'OFF' if store.path is None else 'ON'}")

    (tmp_path / "grid.toml").write_text('base = "tiny_duo"\n[grid]\n"trial.max_arms" = [1, 2]\n')
    asked = ("sweep", "grid.toml", "--workers", "1", "--out", "run")
    monkeypatch.setattr(Store, "_prepare", closed)
    result = call(*asked, "--store", "kept.sqlite", "--json")
    assert result.exit_code == 1
    assert len(json.loads(result.stdout)["points"]) == 2
    why = "kept.sqlite: solves are no longer kept (attempt to write a readonly database)"
    assert result.stderr.splitlines()[-2:] == ["written to run", why]
    assert result.stderr.count("no longer kept") == 1
    assert (tmp_path / "run" / "sweep.json").read_text() == result.stdout


def test_several_instances_try_all_folders_first(call, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "other").write_text("x")
    call("new", "tiny_duo", "other")
    monkeypatch.setattr("trialopt.core.run.Monitor.report", lambda *_, **__: pytest.fail("it searched"))
    result = call("solve", "tiny_duo", "other", "--out", "out", "--quiet")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "other is a file" in result.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["other"]


def test_an_export_is_written_whole_or_not_at_all(call, runs, monkeypatch, tmp_path):
    written = []

    def third_fails(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        with path.open("wb") as file:
            return file.write(content)

    monkeypatch.setattr(Path, "write_bytes", third_fails)
    result = call("export", runs / "two_arms", "-f", "csv", "-o", "tables")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "tables: not written (No space left on device)\n"
    assert len(written) == 3
    assert list(tmp_path.iterdir()) == []
