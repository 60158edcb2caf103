"""The certificate of a run: what a checker needs beside the question to reproduce the bound (docs/verify.md)."""

from __future__ import annotations

import json
from typing import Any

from trialopt.record.solution import Solution

CERTIFICATE = "certificate.json"
FORMAT = 1

ARGUMENT = {
    True: "weak duality: these prices of subgroups, arms and shared resources, and every regimen enumerated anew",
    False: "enumeration: the search left no prices, so the checker looks at what rules and limits leave",
}
"""How the claim can be checked, by whether there are prices."""


def certificate_json(solution: Solution) -> str:
    """The certificate as text: what is claimed, and the prices that prove it."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "instance": {"name": solution.question.name, "sha256": solution.question.sha256},
        "ending": solution.ending,
        "value": solution.value,
        "bound": solution.bound,
        "argument": ARGUMENT[bool(solution.prices)],
        **({"weights": list(solution.prices[0].weights)} if solution.prices and solution.prices[0].weights else {}),
        "cases": [
            {
                "arms": case.arms,
                "exactly": case.exactly,
                "subgroup": dict(case.subgroup),
                "arm": case.arm,
                "takes": dict(case.takes),
            }
            for case in solution.prices
        ],
    }
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
