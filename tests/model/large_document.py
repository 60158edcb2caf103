"""A made-up instance of realistic size, which the compact model cannot finish in seconds."""

from __future__ import annotations

from random import Random

from trialopt.reading.document import Document, document


def large_document(
    agents: int = 20,
    classes: int = 10,
    mechanisms: int = 12,
    subgroups: int = 5,
    categories: int = 10,
    max_arms: int = 3,
    seed: int = 1,
) -> Document:
    """Three epochs; every agent's rates, retained shares and sensitivities drawn from plausible ranges."""
    random = Random(seed)
    ids = [f"agent_{n}" for n in range(agents)]
    klass = {d: f"class_{n % classes}" for n, d in enumerate(ids)}
    groups = [f"group_{n}" for n in range(subgroups)]
    listed = [f"mechanism_{n}" for n in range(mechanisms)]
    events = [f"event_{n}" for n in range(categories)]

    def number(low: float, high: float) -> float:
        return round(random.uniform(low, high), 3)

    return document(
        "large",
        {
            "format": 1,
            "title": "A large made-up trial",
            "trial": {"max_arms": max_arms, "carry": 0.3, "toxicity_weight": 0.02},
            "epoch": [
                {"id": "induction", "cycles": 6, "weight": 0.5, "max_agents": 4, "min_agents": 2},
                {"id": "consolidation", "cycles": 4, "weight": 0.3, "max_agents": 3},
                {"id": "maintenance", "cycles": 12, "weight": 0.2, "max_agents": 2},
            ],
            "rules": {"one_per_class": sorted(set(klass.values())), "once": [ids[0]]},
        },
        {
            "agents": [{"agent": d, "class": klass[d], "orr": number(0.1, 0.6)} for d in ids],
            "levels": [
                row
                for d in ids[:5]
                for row in (
                    {"agent": d, "level": "full", "activity_factor": 1, "toxicity_factor": 1},
                    {"agent": d, "level": "low", "activity_factor": 0.8, "toxicity_factor": 0.5},
                )
            ],
            "categories": [{"category": e, "limit": number(0.3, 0.5)} for e in events],
            "toxicity": [{"agent": d, "category": e, "probability": number(0, 0.2)} for d in ids for e in events],
            "mechanisms": [{"mechanism": m, "seed": 0.01} for m in listed],
            "retained": [
                {"mechanism": m, "key": d, "retained": number(0, 0.6)}
                for m in listed
                for d in random.sample(ids, max(1, agents // 4))
            ],
            "emergence": [
                {"mechanism": m, "key": d, "multiplier": number(1, 2)} for m in listed for d in random.sample(ids, 3)
            ],
            "subgroups": [{"subgroup": g, "share": number(0.5, 2)} for g in groups],
            "prevalence": [
                {"subgroup": g, "mechanism": m, "prevalence": number(0, 0.9 / mechanisms)}
                for g in groups
                for m in listed
            ],
            "sensitivity": [
                {"subgroup": g, "key": d, "sensitivity": number(0.3, 1)} for g in groups for d in random.sample(ids, 6)
            ],
            "susceptibility": [
                {"subgroup": g, "category": e, "susceptibility": number(0.7, 1.6)} for g in groups for e in events
            ],
        },
    )
