"""Finished solves in one SQLite file, so that a run that was killed goes on where it was.

    solved(key, question, what, seconds, time_limit, answer)

`key` is the sha256 of the question's digest, of what was asked of it and of all that may change the answer (`named`);
`answer` is JSON. Each answer is a transaction of its own in a write-ahead log that is flushed to the disk (`synchronous
= FULL`): whatever ends the program, and whenever, what was put in before is there. Several runs may share a file.

Where the file takes no more, as on a full disk, the run goes on with its answers held in memory: `NotKept` warns once.
"""

from __future__ import annotations

import json
import sqlite3
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.handed import a_path

Json = dict[str, Any]

FORMAT = 1
"""Version of the file, its `user_version`."""

OURS = 0x74726C6F
"""The `application_id` of the file: `trlo`."""

WAIT = 60.0
"""Seconds to wait for another run that writes into the same file."""

TABLE = """CREATE TABLE IF NOT EXISTS solved (
  key TEXT PRIMARY KEY, question TEXT NOT NULL, what TEXT NOT NULL, seconds REAL NOT NULL, time_limit REAL,
  answer TEXT NOT NULL) WITHOUT ROWID"""


class StoreError(WrongInput):
    """A file that cannot keep solves. The message names it and says what is wrong."""


class NotKept(UserWarning):
    """Solves that are done are not kept in their file. The message names it and says why."""


class Store:
    """Answers by key; in memory alone without a path.

    An answer that a time limit cut short counts only where no more time is given than it had.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = None if path is None else a_path(path, "store")
        self._instead: Store | None = None
        """In memory, of what the file did not take."""
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._file = sqlite3.connect(self.path or ":memory:", timeout=WAIT, isolation_level=None)
            self._prepare()
        except sqlite3.Error as error:
            right = "give a new file, or one that an earlier run wrote"
            raise StoreError(f"{self.path}: solves cannot be kept in it ({error}); {right}") from None

    def _prepare(self) -> None:
        (ours,) = self._file.execute("PRAGMA application_id").fetchone()
        (version,) = self._file.execute("PRAGMA user_version").fetchone()
        (tables,) = self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if (ours, version) != (OURS, FORMAT):
            if ours == OURS:
                raise sqlite3.DatabaseError(f"it is of format {version}, this version writes format {FORMAT}")
            if tables:
                raise sqlite3.DatabaseError("it is the database of another program")
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = FULL")
        self._file.execute(f"PRAGMA application_id = {OURS}")
        self._file.execute(f"PRAGMA user_version = {FORMAT}")
        self._file.execute(TABLE)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        rows = self._rows("SELECT count(*) FROM solved", ())
        return (int(rows[0][0]) if rows else 0) + (0 if self._instead is None else len(self._instead))

    def get(self, key: str, time_limit: float | None = None) -> Json | None:
        """The answer kept under a key, if it serves a run that has `time_limit` seconds for it; else `None`."""
        rows = self._rows("SELECT answer, time_limit FROM solved WHERE key = ?", (key,))
        if not rows:
            return None if self._instead is None else self._instead.get(key, time_limit)
        try:
            answer = json.loads(rows[0][0])
        except (TypeError, ValueError):
            answer = None
        if not isinstance(answer, dict):
            return None  # damaged: it is found anew, and kept in its place
        had = rows[0][1]
        enough = not answer.get("stopped") or had is None or (time_limit is not None and time_limit <= had)
        return answer if enough else None

    def put(
        self,
        key: str,
        answer: Mapping[str, Any],
        *,
        question: str = "",
        what: str = "",
        seconds: float = 0.0,
        time_limit: float | None = None,
    ) -> None:
        """Keep an answer, in the place of an earlier one of its key; in memory once the file has refused one."""
        if self._instead is not None:
            self._instead.put(key, answer, question=question, what=what, seconds=seconds, time_limit=time_limit)
            return
        text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        row = (key, question, what, seconds, time_limit, text)
        try:
            self._file.execute("INSERT OR REPLACE INTO solved VALUES (?, ?, ?, ?, ?, ?)", row)
        except sqlite3.Error as error:
            self._give_up(error)
            self.put(key, answer, question=question, what=what, seconds=seconds, time_limit=time_limit)

    def _rows(self, query: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        """What the file answers; nothing where it can no longer be read."""
        try:
            return self._file.execute(query, values).fetchall()
        except sqlite3.Error as error:
            if self.path is None:
                raise
            self._give_up(error)
            return []

    def _give_up(self, error: sqlite3.Error) -> None:
        """Hold in memory what comes from now on, and say so, once."""
        if self._instead is None:
            self._instead = Store()
            warnings.warn(f"{self.path}: solves are no longer kept ({error})", NotKept, stacklevel=4)
