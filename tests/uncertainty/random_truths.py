"""Small random documents that ask something under 5 to 20 truths."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from tests.random_documents import random_document
from trialopt.reading import Document


def truth_document(seed: int) -> Document:
    """A random document of at most three of everything but agents, with a random `[uncertainty]`."""
    random = Random(f"{seed}/truths")
    base = random_document(seed, frozenset(), 3)
    asked: dict[str, Any] = {
        "draws": random.randint(5, 20),
        "seed": seed,
        "objective": random.choice(["mean", "mean", "cvar", "cvar", "cvar", "given"]),
        "tail": random.choice([0.1, 0.25, 0.5, 0.33]),
    }
    if random.random() < 0.5 or asked["objective"] == "given":
        asked["confidence"] = random.choice([0.4, 0.6, 0.7, 0.9])
        if random.random() < 0.3:
            asked["margin"] = 0.02
    if random.random() < 0.3:
        asked["default"] = {"arm_deviation": random.choice([0.0, 0.4])}
    return replace(base, settings={**base.settings, "uncertainty": asked})
