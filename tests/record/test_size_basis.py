"""What a record says a size rests on is enough to compute the size again."""

from __future__ import annotations

import json
import math
from statistics import NormalDist

import trialopt
from tests.random_sized import sized_document
from trialopt.reading import build

Z = NormalDist().inv_cdf


def recomputed(arm: dict[str, object]) -> tuple[int, int]:
    """Patients of a response arm from nothing but its record."""
    s = arm["sizing"]
    assert isinstance(s, dict)
    r, rows = s["allocation_ratio"], list(s["strata"])
    cells = [(x["f"], x["p0"], x["p1"]) for x in rows]
    real = sum(f * (p * (1 - p) + q * (1 - q) / r) for f, p, q in cells)
    common = [(f, (p + r * q) / (1 + r)) for f, p, q in cells]
    null = sum(f * (1 + 1 / r) * m * (1 - m) for f, m in common) if s["method"] == "pooled" else real
    gain = sum(f * (q - p) for f, p, q in cells)
    n0 = s["inflation"] / (1 - s["not_evaluable"])
    n0 *= ((Z(1 - s["alpha"]) * math.sqrt(null) + Z(s["power"]) * math.sqrt(real)) / gain) ** 2
    return math.ceil(r * n0 - 1e-9), math.ceil(n0 - 1e-9)


def test_sizes_are_recomputed_from_the_record() -> None:
    checked = 0
    for seed in range(30):
        document = sized_document(seed)
        trial = document.settings["trial"]
        if trial["endpoint"] != "response" or trial.get("analysis") == "exact":
            continue
        solution = trialopt.solve(build(document))
        for arm in json.loads(solution.to_json())["arms"]:
            assert recomputed(arm) == (arm["patients"], arm["control_patients"])
            sentence = arm["sizing"]["sentence"]
            assert all(g in sentence for g in arm["subgroups"])
            assert f"power of {100 * trial['power']:g} %" in sentence
            checked += 1
    assert checked >= 8
