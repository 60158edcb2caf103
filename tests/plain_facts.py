"""What a document says, with every default of the file format filled in, in plain Python.

Part of the brute force in `oracle.py`: it shares no code with the package, so that a slip in reading, in a
coefficient or in a search shows as a difference. Nothing is checked; documents are taken to be right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from trialopt.reading.document import Document

NONE = "none"
Option = tuple[str, str]
Regimen = tuple[Option, ...]


class Requirement(NamedTuple):
    min_coverage: float | None
    min_active: int
    floor: float
    epochs: frozenset[str]


class Facts:
    """Every number and rule of model.md's sections 1 to 6 and 8, by id."""

    def __init__(self, document: Document) -> None:
        settings: Mapping[str, Any] = document.settings
        self._tables = {name: [dict(row.cells) for row in rows] for name, rows in document.tables.items()}
        trial = settings["trial"]
        epochs = settings["epoch"]
        self.max_arms: int = trial["max_arms"]
        self.carry: float = trial.get("carry", 0.0)
        self.toxicity_weight: float = trial.get("toxicity_weight", 0.0)
        self.no_harm: bool = trial.get("no_harm", False)
        self.include = self._uses(trial.get("include", []))
        self.exclude = self._uses(trial.get("exclude", []))
        self.same_arm: list[list[str]] = trial.get("same_arm", [])
        self.apart: list[list[str]] = trial.get("apart", [])
        self.epochs: list[str] = [epoch["id"] for epoch in epochs]
        total = math.fsum(epoch.get("weight", 1.0) for epoch in epochs)
        self.weight = {epoch["id"]: epoch.get("weight", 1.0) / total for epoch in epochs}
        self.exposure = {epoch["id"]: epoch.get("exposure", 1.0) for epoch in epochs}
        self.min_agents = {epoch["id"]: epoch.get("min_agents", 1) for epoch in epochs}
        self.max_agents = {epoch["id"]: epoch["max_agents"] for epoch in epochs}
        self.max_classes = {epoch["id"]: epoch.get("max_classes", 10**9) for epoch in epochs}

        self.agents = [row["agent"] for row in self.rows("agents")]
        self.class_of = {row["agent"]: row["class"] for row in self.rows("agents")}
        self.subgroups = [row["subgroup"] for row in self.rows("subgroups")]
        self.mechanisms = [row["mechanism"] for row in self.rows("mechanisms")]
        self.categories = [row["category"] for row in self.rows("categories")]

        self._read_subgroups()
        self._read_mechanisms()
        self._read_agents()
        self._read_toxicity()
        self._read_interactions()
        self._read_rules(settings.get("rules", {}))
        self._read_control(settings.get("control"))

    def rows(self, table: str) -> list[dict[str, str]]:
        return self._tables.get(table, [])

    @staticmethod
    def _uses(entries: list[Any]) -> list[tuple[str, list[str] | None]]:
        """Items with the epochs they are meant for, `None` where none is named."""
        return [(e, None) if isinstance(e, str) else (e["item"], e["epochs"]) for e in entries]

    def matches(self, agent: str, item: str) -> bool:
        return item in (agent, self.class_of[agent])

    def meets(self, option: Option, item: str) -> bool:
        """Whether an agent at a level is an agent, of a class, or the very `agent@level`."""
        return self.matches(option[0], item) or f"{option[0]}@{option[1]}" == item

    def two_meet(self, a: Option, b: Option, first: str, second: str) -> bool:
        """Whether two agents, each at a level, meet a pair of items, in either order."""
        either = (self.meets(a, first) and self.meets(b, second)) or (self.meets(b, first) and self.meets(a, second))
        return a[0] != b[0] and either

    def two_match(self, a: str, b: str, first: str, second: str) -> bool:
        """Whether two distinct agents meet a pair of items, in either order."""
        return (self.matches(a, first) and self.matches(b, second)) or (
            self.matches(b, first) and self.matches(a, second)
        )

    def listed_epochs(self, cell: str | None) -> frozenset[str]:
        return frozenset(part.strip() for part in cell.split(";")) if cell else frozenset(self.epochs)

    def _own_or_class(self, table: dict[tuple[str, str], float], first: str, agent: str) -> float:
        return table.get((first, agent), table.get((first, self.class_of[agent]), 1.0))

    def _read_subgroups(self) -> None:
        shares = {row["subgroup"]: float(row["share"]) for row in self.rows("subgroups")}
        total = math.fsum(shares.values())
        self.share = {g: share / total for g, share in shares.items()}
        self.reach = {(g, s): 1.0 for g in self.subgroups for s in self.epochs}
        for row in self.rows("reach"):
            self.reach[row["subgroup"], row["epoch"]] = float(row["reach"])
        keyed = {(row["subgroup"], row["key"]): float(row["sensitivity"]) for row in self.rows("sensitivity")}
        self.sensitivity = {(g, d): self._own_or_class(keyed, g, d) for g in self.subgroups for d in self.agents}

    def _read_mechanisms(self) -> None:
        self.p = {(g, m): 0.0 for g in self.subgroups for m in self.mechanisms}
        for row in self.rows("prevalence"):
            self.p[row["subgroup"], row["mechanism"]] = float(row["prevalence"])
        for g in self.subgroups:
            self.p[g, NONE] = 1.0 - math.fsum(self.p[g, m] for m in self.mechanisms)
        keyed = {(row["mechanism"], row["key"]): float(row["retained"]) for row in self.rows("retained")}
        self.retained = {(d, m): self._own_or_class(keyed, m, d) for d in self.agents for m in self.mechanisms}
        self.retained.update({(d, NONE): 1.0 for d in self.agents})
        self.all_mechanisms = [NONE, *self.mechanisms]
        self.seed = dict.fromkeys(self.all_mechanisms, 0.0)
        self.requirement: dict[str, Requirement] = {}
        for row in self.rows("mechanisms"):
            self.seed[row["mechanism"]] = float(row.get("seed", 0.0))
            self.requirement[row["mechanism"]] = Requirement(
                float(row["min_coverage"]) if "min_coverage" in row else None,
                int(row.get("min_active", 0)),
                float(row.get("prevalence_floor", 0.0)),
                self.listed_epochs(row.get("epochs")),
            )
        self.emergence: list[tuple[str, frozenset[str], float]] = []
        own = {(row["mechanism"], row["key"]) for row in self.rows("emergence") if row["key"] in self.class_of}
        for row in self.rows("emergence"):
            mechanism, key = row["mechanism"], row["key"]
            agents = frozenset(
                d for d in self.agents if d == key or (self.class_of[d] == key and (mechanism, d) not in own)
            )
            self.emergence.append((mechanism, agents, float(row["multiplier"])))

    def starting(self, g: str, m: str, epoch: str) -> float:
        """Share with the mechanism before exposure counts: the seed stands in from the second epoch on."""
        return self.p[g, m] if epoch == self.epochs[0] else max(self.p[g, m], self.seed[m])

    def _read_agents(self) -> None:
        self.usable: dict[str, frozenset[str]] = {}
        self.beta: dict[tuple[str, str], float] = {}
        self.levels: dict[str, list[str]] = {d: [] for d in self.agents}
        self.activity_factor: dict[Option, float] = {}
        self.toxicity_factor: dict[Option, float] = {}
        self.cycle_days: dict[Option, int] = {}
        for row in self.rows("levels"):
            option = (row["agent"], row["level"])
            self.levels[row["agent"]].append(row["level"])
            self.activity_factor[option] = float(row.get("activity_factor", 1.0))
            self.toxicity_factor[option] = float(row.get("toxicity_factor", 1.0))
            if "cycle_days" in row:
                self.cycle_days[option] = int(row["cycle_days"])
        for row in self.rows("agents"):
            agent = row["agent"]
            if not self.levels[agent]:
                self.levels[agent] = ["standard"]
                self.activity_factor[agent, "standard"] = self.toxicity_factor[agent, "standard"] = 1.0
            self.usable[agent] = self.listed_epochs(row.get("epochs"))
            own = self._own_activity(row)
            for s in self.epochs:
                self.beta[agent, s] = own
        for row in self.rows("activity"):
            given = float(row["activity"]) if "activity" in row else -math.log(float(row["hazard_ratio"]))
            self.beta[row["agent"], row["epoch"]] = given

    def _own_activity(self, row: dict[str, str]) -> float:
        if "orr" in row:
            orr = float(row["orr"])
        elif "responders" in row and "n" in row:
            orr = float(row["responders"]) / float(row["n"])
        else:
            return 0.0
        if "orr_in" not in row:
            return -math.log(1.0 - orr)
        g, d = row["orr_in"], row["agent"]

        def misses(beta: float) -> float:
            return math.fsum(
                self.p[g, m] * math.exp(-beta * self.sensitivity[g, d] * self.retained[d, m])
                for m in self.all_mechanisms
            )

        return _falling_root(misses, 1.0 - orr)

    def _read_toxicity(self) -> None:
        whole: dict[tuple[str, str], float] = {}
        in_epoch: dict[tuple[str, str, str], float] = {}
        for row in self.rows("toxicity"):
            q = float(row["probability"]) if "probability" in row else float(row["events"]) / float(row["n"])
            if "epoch" in row:
                in_epoch[row["agent"], row["category"], row["epoch"]] = q
            else:
                whole[row["agent"], row["category"]] = q
        self.q = {
            (d, e, s): in_epoch.get((d, e, s), whole.get((d, e), 0.0))
            for d in self.agents
            for e in self.categories
            for s in self.epochs
        }
        rows = {row["category"]: row for row in self.rows("categories")}
        self.background = {e: float(rows[e].get("background", 0.0)) for e in self.categories}
        self.cumulative_limit = {e: float(rows[e].get("cumulative_limit", 1.0)) for e in self.categories}
        self.not_worse = {e: float(rows[e].get("not_worse_than_control", 1.0)) for e in self.categories}
        special = {
            (row["category"], row.get("subgroup", ""), row.get("epoch", "")): float(row["limit"])
            for row in self.rows("limits")
        }
        self.limit: dict[tuple[str, str, str], float] = {}
        for g in self.subgroups:
            for e in self.categories:
                for s in self.epochs:
                    choices = [(e, g, s), (e, g, ""), (e, "", s)]
                    found = [special[key] for key in choices if key in special]
                    self.limit[g, e, s] = found[0] if found else float(rows[e].get("limit", 1.0))
        self.susceptibility = {(g, e): 1.0 for g in self.subgroups for e in self.categories}
        for row in self.rows("susceptibility"):
            self.susceptibility[row["subgroup"], row["category"]] = float(row["susceptibility"])

    def _read_interactions(self) -> None:
        self.delta: dict[frozenset[str], float] = {}
        self.pair_toxicity: dict[tuple[frozenset[str], str], float] = {}
        for a, b in combinations(self.agents, 2):
            pair = frozenset((a, b))
            rows = [r for r in self.rows("interactions") if self.two_match(a, b, r["a"], r["b"])]
            self.delta[pair] = math.fsum(float(row.get("activity", 0.0)) for row in rows)
            for e in self.categories:
                taus = [float(row.get(f"toxicity:{e}", 0.0)) for row in rows]
                self.pair_toxicity[pair, e] = math.fsum(taus)

    def _read_rules(self, rules: Mapping[str, Any]) -> None:
        self.one_per_class: list[str] = rules.get("one_per_class", [])
        self.not_together: list[list[str]] = rules.get("not_together", [])
        needs = rules.get("requires", {})
        if isinstance(needs, Mapping):
            needs = [{"item": item, "any": choices} for item, choices in needs.items()]
        self.requires = [(need["item"], need["any"], need.get("epochs")) for need in needs]
        self.mixed_cycles: bool = rules.get("mixed_cycles", False)
        self.precedent: bool = rules.get("precedent", False)
        self.precedents = {frozenset((row["a"], row["b"])) for row in self.rows("precedents")}
        self.alone: list[str] = rules.get("alone", [])
        self.once: list[str] = rules.get("once", [])
        self.not_after = [(rule["item"], rule["after"]) for rule in rules.get("not_after", [])]
        self.contraindicated = [
            (row["subgroup"], row["key"], row.get("with"), self.listed_epochs(row.get("epochs")))
            for row in self.rows("contraindicated")
        ]

    def _read_control(self, control: Mapping[str, Any] | None) -> None:
        self.control = None if control is None else self._control_regimen(control)
        own = {g: given for g, given in (control or {}).items() if g in self.subgroups}
        self.control_of: dict[str, tuple[Regimen, ...] | None] = {
            g: self._control_regimen(own[g]) if g in own else self.control for g in self.subgroups
        }

    def _control_regimen(self, control: Mapping[str, Any]) -> tuple[Regimen, ...]:
        return tuple(tuple(self._named_option(name) for name in control.get(s, [])) for s in self.epochs)

    def _named_option(self, name: str) -> Option:
        agent, _, level = name.partition("@")
        if level:
            return agent, level
        return agent, "standard" if "standard" in self.levels[agent] else self.levels[agent][0]


def _falling_root(function: Callable[[float], float], target: float) -> float:
    """The root of `function(x) = target` on x >= 0, for a function that falls from 1, by halving."""
    low, high = 0.0, 1.0
    while function(high) > target:
        low, high = high, 2.0 * high
        if high > 1e6:
            raise ValueError("the response rate cannot be reached in the subgroup it was measured in")
    for _ in range(200):
        middle = (low + high) / 2.0
        if function(middle) > target:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0
