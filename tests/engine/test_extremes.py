"""Values far below zero are values like any other: they never look like "no design"."""

import pytest

from trialopt.decision.solving import solve
from trialopt.reading import build
from trialopt.reading.document import document


@pytest.mark.parametrize("activity", [-8, -15])
def test_a_very_bad_design_is_still_a_design(activity):
    instance = build(
        document(
            "harmful",
            {
                "format": 1,
                "title": "One agent that makes the disease far worse later",
                "trial": {"max_arms": 1},
                "epoch": [
                    {"id": "first", "cycles": 1, "max_agents": 1},
                    {"id": "second", "cycles": 1, "max_agents": 1},
                ],
            },
            {
                "agents": [{"agent": "x", "class": "c", "orr": 0.3}],
                "activity": [{"agent": "x", "epoch": "second", "activity": activity}],
                "categories": [{"category": "n"}],
                "toxicity": [{"agent": "x", "category": "n", "probability": 0.1}],
                "mechanisms": [{"mechanism": "m", "kind": "genetic"}],
                "subgroups": [{"subgroup": "g", "share": 1}],
            },
        )
    )
    solution = solve(instance, method="decompose")
    assert solution.ending == "optimal"
    assert solution.value == pytest.approx(0.5 * 0.3 + 0.5 * (1 - 2.718281828459045**-activity))
