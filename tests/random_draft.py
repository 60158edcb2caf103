"""A random document in the making: names and a bare core, before any feature is written into it."""

from __future__ import annotations

from math import comb
from random import Random
from typing import Any

Tables = dict[str, list[dict[str, object]]]
LARGEST = 12000
"""Most sequences (before any rule) that a document may have, for the sake of the brute force."""


class Draft:
    """A document in the making: names first, then one feature after the other fills settings and tables."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        sizes = Random(f"{seed}/sizes")
        self.epochs = [f"ep{s}" for s in range(1, sizes.choice([1, 2, 2, 2, 2, 2, 2, 3]) + 1)]
        self.agents = [f"ag{d}" for d in range(1, sizes.choice([3, 4, 5, 5, 6, 6, 7]) + 1)]
        self.classes = [f"cl{c}" for c in range(1, sizes.choice([2, 3, 3]) + 1)]
        self.subgroups = [f"sg{g}" for g in range(1, sizes.choice([1, 2, 2, 3, 3, 3, 4]) + 1)]
        self.mechanisms = [f"me{m}" for m in range(1, sizes.choice([1, 2, 3, 4]) + 1)]
        self.categories = [f"ae{e}" for e in range(1, sizes.choice([1, 2, 3]) + 1)]
        self.class_of = {d: sizes.choice(self.classes) for d in self.agents}
        self.class_of.update(zip(self.agents, self.classes, strict=False))
        self.settings: dict[str, Any] = {
            "format": 1,
            "title": f"random {seed}",
            "trial": {"max_arms": sizes.choice([1, 2, 2, 2, 3])},
            "epoch": [{"id": s, "cycles": 4, "max_agents": sizes.choice([2, 3, 3])} for s in self.epochs],
            "rules": {},
        }
        self.tables: Tables = {
            "agents": [{"agent": d, "class": self.class_of[d], "orr": between(sizes, 0.1, 0.7)} for d in self.agents],
            "categories": [{"category": e} for e in self.categories],
            "toxicity": [
                {"agent": d, "category": e, "probability": between(sizes, 0.0, 0.3)}
                for d in self.agents
                for e in self.categories
                if sizes.random() < 0.9
            ],
            "mechanisms": [{"mechanism": m} for m in self.mechanisms],
            "subgroups": [{"subgroup": g, "share": 1} for g in self.subgroups],
            "prevalence": [
                {
                    "subgroup": g,
                    "mechanism": m,
                    "prevalence": between(sizes, 0.02, 0.9 / len(self.mechanisms)),
                }
                for g in self.subgroups
                for m in self.mechanisms
                if sizes.random() < 0.8
            ],
        }

    @property
    def trial(self) -> dict[str, Any]:
        trial: dict[str, Any] = self.settings["trial"]
        return trial

    @property
    def rules(self) -> dict[str, Any]:
        rules: dict[str, Any] = self.settings["rules"]
        return rules

    def rows(self, table: str) -> list[dict[str, object]]:
        return self.tables.setdefault(table, [])

    def item(self, random: Random) -> str:
        """An agent or a class."""
        return random.choice(self.agents if random.random() < 0.6 else self.classes)

    def pair(self, random: Random) -> list[str]:
        """Two items that two distinct agents could meet."""
        while True:
            a, b = self.item(random), self.item(random)
            if any(self.matches(x, a) and self.matches(y, b) for x in self.agents for y in self.agents if x != y):
                return [a, b]

    def matches(self, agent: str, item: str) -> bool:
        return item in (agent, self.class_of[agent])

    def keyed(self, random: Random, most: int) -> list[str]:
        """A few distinct items."""
        items = [*self.agents, *self.classes]
        return random.sample(items, random.randint(1, most))

    def options(self) -> int:
        """Options of the document: levels counted."""
        with_levels = {row["agent"] for row in self.rows("levels")}
        return len(self.rows("levels")) + len(self.agents) - len(with_levels)

    def fit(self) -> None:
        """Lower `max_agents` until the brute force has few enough sequences to look at."""
        while True:
            counts = [
                sum(comb(self.options(), k) for k in range(epoch["max_agents"] + 1)) for epoch in self.settings["epoch"]
            ]
            total = 1
            for count in counts:
                total *= count
            if total <= LARGEST:
                return
            widest = max(self.settings["epoch"], key=lambda epoch: int(epoch["max_agents"]))
            if widest["max_agents"] == 1:
                return
            widest["max_agents"] -= 1
            widest["min_agents"] = min(widest.get("min_agents", 1), widest["max_agents"])


def between(random: Random, low: float, high: float) -> float:
    return round(random.uniform(low, high), 3)
