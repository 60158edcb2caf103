"""One instance, one method, one process: solves and leaves its numbers in a file.

    python -m benchmarks.worker CASE.json ANSWER.json

The clock runs from the instance in memory to the design judged by `trialopt.evaluate`; imports are done before, for
all methods alike.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cases import ENGINE, HIGHS, SCIP
from trialopt.core.instance import Instance
from trialopt.generate import Size, generate
from trialopt.reading import build


@dataclass(frozen=True)
class Answer:
    """What a method says: `value` is exact, `bound` proven, `ending` in words."""

    value: float | None
    bound: float | None
    ending: str
    note: str = ""


def package(instance: Instance, method: str, gap: float, limit: float) -> Answer:
    """Solve by one of the package's own methods."""
    import trialopt

    try:
        solution = trialopt.solve(instance, method=method, gap=gap, time_limit=limit)
    except ValueError as error:
        return Answer(None, None, "outside the engine", str(error))
    timings = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in solution.provenance["timings"].items())
    return Answer(solution.value, solution.bound, solution.ending, timings)


def run(instance: Instance, method: str, gap: float, limit: float) -> Answer:
    """Solve by any method."""
    if method == SCIP:
        from benchmarks import scip

        return scip.search(instance, gap, limit)
    return package(instance, {ENGINE: "decompose", HIGHS: "compact"}[method], gap, limit)


def warm_up() -> None:
    """Import what the methods import when first used."""
    import highspy  # noqa: F401
    import pandas  # noqa: F401
    import pyomo.environ  # noqa: F401
    import scipy.optimize  # noqa: F401
    from pyomo.contrib.solver.solvers import highs  # noqa: F401

    import trialopt.engine
    import trialopt.model
    import trialopt.record.solution  # noqa: F401


def main(case_file: str, answer_file: str) -> None:
    """Solve the case of one file, write the answer to the other."""
    case: dict[str, Any] = json.loads(Path(case_file).read_text())
    instance = build(generate(Size(**case["size"]), case["seed"]))
    warm_up()
    if case["method"] == SCIP:
        import pyscipopt  # noqa: F401
    start = time.perf_counter()
    answer = run(instance, case["method"], case["gap"], case["limit"])
    seconds = time.perf_counter() - start
    Path(answer_file).write_text(json.dumps({**answer.__dict__, "seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
