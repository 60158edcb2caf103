"""CPU seconds of `trialopt.solve` for the questions on stdin (see `against`). Knows the public names only.

It is run on other versions of the package too, so it imports nothing that could have moved.
"""

from __future__ import annotations

import json
import sys
import time

import trialopt
from trialopt.generate import Size, generate
from trialopt.reading import build


def main() -> None:
    """Solve a small instance to import everything, then each question; print the seconds and values as JSON."""
    trialopt.solve(trialopt.read(trialopt.find("tiny_duo")))
    found = {}
    for question in json.load(sys.stdin):
        if "size" in question:
            instance = build(generate(Size(**question["size"]), question["seed"]))
        else:
            instance = trialopt.read(trialopt.find(question["name"]))
        begin = time.process_time()
        solution = trialopt.solve(instance, gap=question["gap"])
        found[question["name"]] = time.process_time() - begin, solution.value
    print(json.dumps({"package": trialopt.__file__, "seconds": found}))


if __name__ == "__main__":
    main()
