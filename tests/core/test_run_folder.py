"""A folder changes as one, wherever a write is stopped; nothing of anybody's is replaced without force."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import threading
from pathlib import Path

import pytest

from trialopt.core.beside import CannotWrite, NotWritten, beside, clear, locked, try_file, try_folder
from trialopt.core.catalog import new_folder, write_bytes
from trialopt.core.run_folder import LIST, READY, Part, changing, check, settle

OLD, NEW = "a" * 64, "b" * 64


class Stopped(BaseException):
    """The moment at which a process is killed: nothing after it happens."""


def record(question: str, text: str = "") -> str:
    return json.dumps({"instance": {"sha256": question}, "text": text})


def write(folder: Path, question: str, tables: dict[str, str], *, force: bool = False, text: str = "") -> None:
    with changing(folder, {"": Part("solution.json", question, ("instance",))}, force=force) as fresh:
        for name, content in tables.items():
            (fresh / name).parent.mkdir(exist_ok=True)
            (fresh / name).write_text(content)
        (fresh / "solution.json").write_text(record(question, text))


def content(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


FIRST = {"arms.csv": "old", "risk.csv": "old", "instance/trial.toml": "old", "instance/more.csv": "old"}
SECOND = {"arms.csv": "new", "coverage.csv": "new", "instance/trial.toml": "new"}


def stopping_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the `step`-th change of a name on disk be the last thing that happens, and nothing be tidied up."""
    left = iter(range(step))

    def counted(work):
        def done(*arguments, **options):
            if next(left, None) is None:
                raise Stopped
            return work(*arguments, **options)

        return done

    for name in ("replace", "rename", "unlink"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))
    monkeypatch.setattr("trialopt.core.beside._remove", lambda path: None)
    monkeypatch.setattr("trialopt.core.run_folder.shutil.rmtree", counted(__import__("shutil").rmtree))


def test_wherever_it_is_stopped_the_folder_is_the_old_run_or_the_new(tmp_path):
    seen = set()
    write(tmp_path / "whole", OLD, FIRST)
    write(tmp_path / "whole", NEW, SECOND, force=True)
    after = content(tmp_path / "whole") | {"notes.txt": "mine"}
    for step in range(40):
        folder = tmp_path / str(step)
        write(folder, OLD, FIRST)
        (folder / "notes.txt").write_text("mine")
        before = content(folder)
        with pytest.MonkeyPatch.context() as patch:
            stopping_at(step, patch)
            try:
                write(folder, NEW, SECOND, force=True)
            except Stopped:
                ended = False
            else:
                ended = True
        if (folder / "solution.json").exists() and (folder / READY).exists():  # read by a program that is not ours
            whole = json.loads((folder / "solution.json").read_text())["instance"]["sha256"]
            assert (folder / "arms.csv").read_text() == ("old" if whole == OLD else "new")
        there = {text for name, text in content(folder).items() if not name.startswith(".trialopt")}
        assert not {"old", "new"} <= there, step  # whoever reads it, ours or not
        settle(folder)
        now = {name: text for name, text in content(folder).items() if not name.startswith(".trialopt-")}
        assert now in (before, after), step
        seen.add(now == after)
        write(folder, NEW, SECOND, force=True, text="again")
        assert [p for p in folder.rglob("*") if p.name.startswith(".")] == []
        if ended:
            break
    assert ended
    assert step > 8
    assert seen == {True, False}


def test_a_plan_that_leads_outside_is_refused(tmp_path):
    (tmp_path / "run" / READY / "files").mkdir(parents=True)
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "run" / READY / "plan.json").write_text(json.dumps({"remove": ["../precious"], "last": []}))
    with pytest.raises(ValueError, match="outside the folder"):
        settle(tmp_path / "run")
    assert (tmp_path / "precious").read_text() == "kept"


def test_a_run_of_another_question_needs_force(tmp_path):
    write(tmp_path, OLD, FIRST)
    with changing(tmp_path, {"": Part("alternatives.json", OLD)}) as fresh:
        (fresh / "alternatives.json").write_text(record(OLD))
        (fresh / "alternatives.csv").write_text("old")
    before = content(tmp_path)
    for record_name in ("solution.json", "stability.json"):
        with pytest.raises(CannotWrite, match="another question"):
            check(tmp_path, {"": Part(record_name, NEW)})
    with pytest.raises(CannotWrite, match="another question"):
        write(tmp_path, NEW, SECOND)
    assert content(tmp_path) == before
    write(tmp_path, NEW, SECOND, force=True)
    assert set(content(tmp_path)) == {*SECOND, "solution.json", LIST}


def test_runs_of_one_question_stand_side_by_side(tmp_path):
    write(tmp_path, OLD, FIRST)
    with changing(tmp_path, {"": Part("alternatives.json", OLD)}) as fresh:
        (fresh / "alternatives.json").write_text(record(OLD))
    write(tmp_path, OLD, SECOND)
    assert set(content(tmp_path)) == {*SECOND, "solution.json", "alternatives.json", LIST}
    assert set(json.loads((tmp_path / LIST).read_text())) == {"solution.json", "alternatives.json"}


@pytest.mark.parametrize("name", ["arms.csv", "solution.json", "instance/trial.toml"])
def test_what_was_changed_by_hand_needs_force(tmp_path, name):
    write(tmp_path, OLD, FIRST)
    (tmp_path / name).write_text(record(OLD, "edited"))
    with pytest.raises(CannotWrite, match="was changed since a run wrote it; --force"):
        check(tmp_path, {"": Part("solution.json", OLD, ("instance",))})
    write(tmp_path, OLD, SECOND, force=True)


def test_a_file_that_no_run_wrote_needs_force(tmp_path):
    (tmp_path / "arms.csv").write_text("mine")
    with pytest.raises(CannotWrite, match=r"arms\.csv is there, and no run wrote it"):
        write(tmp_path, OLD, FIRST)
    assert content(tmp_path) == {"arms.csv": "mine"}


def test_an_early_run_without_a_list_is_replaced_by_one_of_its_question(tmp_path):
    (tmp_path / "arms.csv").write_text("old")
    (tmp_path / "solution.json").write_text(record(OLD))
    write(tmp_path, OLD, SECOND)
    assert (tmp_path / "arms.csv").read_text() == "new"


def test_a_full_disk_leaves_the_old_run(tmp_path, monkeypatch):
    write(tmp_path / "run", OLD, FIRST)
    before = content(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    monkeypatch.setattr(Path, "write_bytes", full)
    for work in (
        lambda: write(tmp_path / "run", NEW, SECOND, force=True),
        lambda: write(tmp_path / "none" / "yet", NEW, SECOND),
        lambda: write_bytes(tmp_path / "run" / "report.html", b"x"),
    ):
        with pytest.raises(NotWritten, match=r"not written \(No space left on device\)"):
            work()
    monkeypatch.undo()
    assert content(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_second_writer_waits(tmp_path):
    write(tmp_path, OLD, FIRST)
    order = []

    def second() -> None:
        write(tmp_path, OLD, SECOND)
        order.append("second")

    with locked(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.15)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def _hold(path: Path, held, end) -> None:
    with beside(path, file=True), beside(path, file=False):
        held.set()
        end.wait(10)
        os._exit(9)


def test_leftovers_go_once_their_writer_is_dead(tmp_path):
    context = multiprocessing.get_context("fork")
    held, end = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(tmp_path, held, end))
    process.start()
    assert held.wait(10)
    clear(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    end.set()
    process.join()
    assert len(list(tmp_path.iterdir())) == 2
    write_bytes(tmp_path / "report.html", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_places_are_tried(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("x")
    for work, words in (
        (lambda: try_folder(file), "is a file"),
        (lambda: try_folder(file / "below"), "cannot be written to"),
        (lambda: try_folder(tmp_path / ("n" * 300)), "too long"),
        (lambda: try_file(tmp_path / ("n" * 300 + ".csv"), force=False), "too long"),
        (lambda: try_file(tmp_path, force=True), "is a folder"),
        (lambda: try_file(file, force=False), "--force replaces it"),
        (lambda: try_file(Path(os.devnull), force=True), "no plain file"),
    ):
        with pytest.raises(CannotWrite, match=words):
            work()
    try_folder(tmp_path / "a" / "b")
    with monkeypatch.context() as killed:  # at the worst moment: nothing stands in the place itself
        killed.setattr("trialopt.core.beside._remove", lambda path: None)
        try_folder(tmp_path / "a" / "b")
    assert not (tmp_path / "a").exists()
    try_folder(tmp_path / "c")
    try_file(file, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_name_as_long_as_may_be_is_written(tmp_path):
    write_bytes(tmp_path / ("n" * 255), b"x")
    with new_folder(tmp_path / ("m" * 255)) as fresh:
        (fresh / "a").write_text("x")
    assert sorted(len(path.name) for path in tmp_path.iterdir()) == [255, 255]
