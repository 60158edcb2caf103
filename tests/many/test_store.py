"""Finished solves are kept in one file, and taken only where they answer what is asked."""

from __future__ import annotations

import sqlite3
import warnings

import pytest

from trialopt.core import WrongInput
from trialopt.many import NotKept, Store, named


def test_what_was_put_in_is_there_for_the_next_run(tmp_path):
    path = tmp_path / "new" / "solves.sqlite"
    with Store(path) as store:
        store.put("a", {"value": 0.1 + 0.2, "said": ["≥ 1"]}, question="q", what="solve", seconds=1.5)
        assert store.get("b") is None
    with Store(path) as store:
        assert (store.get("a"), len(store)) == ({"value": 0.1 + 0.2, "said": ["≥ 1"]}, 1)


def test_an_answer_cut_short_serves_only_runs_with_no_more_time():
    store = Store()
    store.put("a", {"stopped": "time_limit"}, time_limit=10.0)
    assert store.get("a", 5.0) == store.get("a", 10.0) == {"stopped": "time_limit"}
    assert store.get("a", 20.0) is store.get("a") is None
    store.put("a", {"stopped": ""}, time_limit=20.0)
    assert store.get("a") == {"stopped": ""}


def test_two_runs_share_a_file(tmp_path):
    with Store(tmp_path / "s") as one, Store(tmp_path / "s") as other:
        one.put("a", {"value": 1})
        other.put("b", {"value": 2})
        assert (one.get("b"), other.get("a")) == ({"value": 2}, {"value": 1})


def test_each_answer_is_flushed_in_a_transaction_of_its_own(tmp_path):
    with Store(tmp_path / "s") as store:
        store.put("a", {"value": 1})
        assert not store._file.in_transaction
        assert store._file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store._file.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_file_of_somebody_else_is_refused_and_left_alone(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be looked at\n" * 10)
    with pytest.raises(WrongInput, match=r"notes\.txt: solves cannot be kept in it .*give a new file"):
        Store(text)
    assert text.read_text().startswith("not a database")
    other = tmp_path / "other.sqlite"
    file = sqlite3.connect(other)
    file.execute("CREATE TABLE theirs (a)")
    file.close()
    with pytest.raises(WrongInput, match="the database of another program"):
        Store(other)
    newer = tmp_path / "newer.sqlite"
    with Store(newer) as store:
        store._file.execute("PRAGMA user_version = 99")
    with pytest.raises(WrongInput, match="it is of format 99, this version writes format 1"):
        Store(newer)


def test_a_file_that_takes_no_more_holds_up_no_run_and_says_so_once(tmp_path):
    path = tmp_path / "s"
    with Store(path) as store:
        store.put("a", {"value": 1})
        store._file.execute("PRAGMA max_page_count = 2")
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            store.put("b", {"said": "x" * 100_000})
            store.put("c", {"value": 3})
        assert [(w.category, str(w.message)) for w in told] == [
            (NotKept, f"{path}: solves are no longer kept (database or disk is full)")
        ]
        assert (store.get("a"), store.get("c"), len(store)) == ({"value": 1}, {"value": 3}, 3)
        assert store.get("b") == {"said": "x" * 100_000}
    with Store(path) as store:
        assert (store.get("a"), store.get("b"), len(store)) == ({"value": 1}, None, 1)


def test_a_file_that_can_no_longer_be_read_holds_up_no_run(tmp_path):
    with Store(tmp_path / "s") as store:
        store.put("a", {"value": 1})
        store._file.execute("DROP TABLE solved")
        with pytest.warns(NotKept, match="no longer kept .no such table"):
            assert store.get("a") is None
        store.put("b", {"value": 2})
        assert (store.get("b"), len(store)) == ({"value": 2}, 1)


def test_keys_tell_questions_and_options_apart_but_not_their_order():
    key = named("q", "solve", {"gap": 1e-4, "method": "auto"})
    assert key == named("q", "solve", {"method": "auto", "gap": 1e-4})
    others = {
        named("p", "solve", {"gap": 1e-4, "method": "auto"}),
        named("q", "best", {"gap": 1e-4, "method": "auto"}),
        named("q", "solve", {"gap": 1e-3, "method": "auto"}),
    }
    assert key not in others
    assert len(others) == 3
