"""Light work for many solves, and a run of it as a program: `python -m tests.many.work LOG STORE JOBS SECONDS WORKERS`.

Each piece of work writes a line into the log when it is done, so that a test can count what was done, and by whom.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from trialopt.core.run import Limits, Monitor
from trialopt.many import Job, Store, answers, executor, named


def squared(question: Any, monitor: Monitor) -> dict[str, Any]:
    number, seconds, log = question
    time.sleep(seconds)
    with Path(log).open("a", encoding="utf-8") as file:
        file.write(f"{number} {os.getpid()}\n")
    return {"square": number * number}


def falling(question: Any, monitor: Monitor) -> dict[str, Any]:
    os._exit(9)


def failing(question: Any, monitor: Monitor) -> dict[str, Any]:
    raise RuntimeError(f"no root of {question}")


def cut(question: Any, monitor: Monitor) -> dict[str, Any]:
    """Stopped at its time limit, as a search that has one would be."""
    return {"stopped": "" if monitor.limits.time is None else "time_limit", "had": monitor.limits.time}


def jobs(count: int, seconds: float, log: Path) -> list[Job]:
    return [Job(k, named(str(k), "square", {}), (k, seconds, str(log))) for k in range(count)]


def main(log: str, store: str, count: str, seconds: str, workers: str) -> None:
    monitor = Monitor(Limits())
    with Store(store) as kept, executor(int(workers)) as place:
        asked = jobs(int(count), float(seconds), Path(log))
        found = {
            job.number: answer for job, answer in answers(squared, asked, place, monitor, total=len(asked), store=kept)
        }
    assert found == {k: {"square": k * k} for k in range(int(count))}
    print("all")


if __name__ == "__main__":
    main(*sys.argv[1:])
