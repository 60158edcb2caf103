"""The tables of a document while they are filled: which of the library's facts a designer has left room for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import product

from trialopt.core.columns import REMARKS, TABLES
from trialopt.evidence import facts, facts_of_patients, library
from trialopt.evidence.arms import Fact
from trialopt.reading.cells import parts
from trialopt.reading.document import Document, Problem, Row, _text, nearest
from trialopt.reading.fill import Request, epoch_ids, unknown_agent
from trialopt.reading.tables import row_key

WEAKER = ("read", "recalled", "assumption")
"""Words of `confidence`, the strongest first."""

STAND_IN = "unknown"
"""Class of an agent whose problem is recorded, so that it is reported once."""


class Tables:
    """Rows of every table, the library's added where the designer has none. `fill` does it once."""

    def __init__(self, document: Document, request: Request) -> None:
        self.rows: dict[str, tuple[Row, ...]] = dict(document.tables)
        self.columns: dict[str, tuple[str, ...]] = dict(document.columns)
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self._request = request
        self._epochs = epoch_ids(document)
        self._classes: dict[str, str] = {}

    def fill(self) -> None:
        """Fill every table asked for; those that name ids come before those that refer to them."""
        steps: dict[str, Callable[[], None]] = {
            "agents": self._agents,
            "subgroups": self._subgroups,
            "categories": self._categories,
            "mechanisms": self._mechanisms,
            "prevalence": self._prevalence,
            "activity": self._activity,
            "toxicity": self._toxicity,
            "retained": self._retained,
            "interactions": self._interactions,
            "sensitivity": lambda: self._of_subgroups("sensitivity"),
            "susceptibility": lambda: self._of_subgroups("susceptibility"),
            "contraindicated": self._contraindicated,
            "precedents": self._precedents,
            "regimens": self._regimens,
        }
        self._classes = self._classes_now()
        for name, step in steps.items():
            if name in self._request.tables:
                step()
                self._classes = self._classes_now()

    # -- ids and rows ---------------------------------------------------------------------------------------------

    def _classes_now(self) -> dict[str, str]:
        rows = self.rows.get("agents", ())
        return {row.cells["agent"]: row.cells.get("class", "") for row in rows if "agent" in row.cells}

    def _ids(self, table: str, column: str) -> list[str]:
        return [row.cells[column] for row in self.rows.get(table, ()) if column in row.cells]

    def _matching(self, item: str) -> set[str]:
        return {agent for agent, cls in self._classes.items() if item in (agent, cls)}

    def _has(self, table: str, fact: Mapping[str, object]) -> bool:
        """Whether the table has a row with the key of a fact."""
        schema = TABLES[table]
        key = row_key(schema, {column: _text(value) for column, value in fact.items()})
        return any(row_key(schema, row.cells) == key for row in self.rows.get(table, ()))

    def _add(self, table: str, fact: Fact) -> None:
        """Add a row of the library, unless the table has one with its key."""
        if not self._has(table, fact):
            cells = {column: _text(value) for column, value in fact.items() if _text(value)}
            row = Row(cells, f"{table}.csv", 0, self._request.place)
            self.rows[table] = (*self.rows.get(table, ()), row)

    def _complete(self, table: str, column: str, fact_of: Callable[[str], list[Fact]]) -> None:
        """Fill blank cells of the rows of a table; what is filled is named in the row's source."""
        header = list(self.columns.get(table, ()))
        rows = []
        for row in self.rows.get(table, ()):
            cells = dict(row.cells)
            for fact in fact_of(row.cells[column]) if column in row.cells else ():
                _lay(cells, fact)
            header += [name for name in cells if name not in header]
            rows.append(Row(cells, row.file, row.line, row.place))
        if table in self.rows:
            self.rows[table] = tuple(rows)
        if header:
            self.columns[table] = tuple(header)

    # -- tables of ids --------------------------------------------------------------------------------------------

    def _agents(self) -> None:
        known = [*library.class_of(), *(a for a in library.table("fitted_hazard")["agent"])]
        unknown = set()
        for row in self.rows.get("agents", ()):
            agent = row.cells.get("agent")
            if agent is None or agent in known:
                continue
            if "class" not in row.cells:
                self.problems.append(unknown_agent(row, agent, known))
                unknown.add(agent)
            elif close := nearest(agent, known):
                self.warnings.append(f"{agent} is not in the library, which has {close}: nothing is filled for it.")

        def facts_of(agent: str) -> list[Fact]:
            if agent in unknown:
                return [{"class": STAND_IN}]
            return [fact for fact in (facts.agent_fact(agent), facts.hazard_fact(agent)) if fact]

        self._complete("agents", "agent", facts_of)

    def _subgroups(self) -> None:
        unknown = set()

        def fact_of(subgroup: str) -> list[Fact]:
            if subgroup in unknown:
                return [{"share": 1}]
            fact = facts.share_fact(subgroup, self._request.population)
            return [fact] if fact else []

        known = facts_of_patients.subgroup_ids()
        for row in self.rows.get("subgroups", ()):
            name = row.cells.get("subgroup")
            if name and name not in known and "share" not in row.cells:
                close = nearest(name, known)
                right = f"did you mean {close!r}?" if close else f"give its share, or one of {', '.join(known)}"
                sentence = f"{name!r} is not a subgroup of the library and has no share"
                place = f"{row.place} subgroup".strip()
                self.problems.append(Problem(row.file, row.line, place, name, sentence, right))
                unknown.add(name)
        self._complete("subgroups", "subgroup", fact_of)

    def _categories(self) -> None:
        def fact_of(category: str) -> list[Fact]:
            fact = facts_of_patients.background_fact(category, self._request.population)
            return [fact] if fact else []

        self._complete("categories", "category", fact_of)

    def _mechanisms(self) -> None:
        def fact_of(mechanism: str) -> list[Fact]:
            fact = facts.mechanism_fact(mechanism)
            return [fact] if fact else []

        self._complete("mechanisms", "mechanism", fact_of)
        for mechanism in facts.fitted_mechanisms():
            for fact in fact_of(mechanism):
                self._add("mechanisms", {"mechanism": mechanism, **fact})

    # -- numbers --------------------------------------------------------------------------------------------------

    def _prevalence(self) -> None:
        """Shares of the population in every subgroup; where a subgroup's own leave less room they shrink to fit."""
        listed = set(self._ids("mechanisms", "mechanism"))
        self._of_subgroups("prevalence")
        for subgroup in self._ids("subgroups", "subgroup"):
            own = [row for row in self.rows.get("prevalence", ()) if row.cells.get("subgroup") == subgroup]
            room = 1.0 - math.fsum(_number(row.cells.get("prevalence")) for row in own)
            given = {row.cells.get("mechanism") for row in own}
            found = [f for f in facts.prevalence_facts(self._request.population) if f["mechanism"] in listed - given]
            total = math.fsum(_number(_text(f["prevalence"])) for f in found)
            scale = 1.0 if total <= room else max(0.0, room / total)
            for fact in found:
                share = _number(_text(fact["prevalence"]))
                if scale < 1.0:
                    share = math.floor(share * scale * 1e6) / 1e6
                    fact = {**fact, "note": f"{fact['note']}; reduced to the room the others leave"}
                    fact["confidence"] = "assumption"
                self._add("prevalence", {"subgroup": subgroup, **fact, "prevalence": share})

    def _activity(self) -> None:
        """Log-activity by epoch, for agents without a response rate of their own."""
        for row in self.rows.get("agents", ()):
            agent = row.cells.get("agent", "")
            own = {"orr", "responders"} & set(row.cells)
            usable = parts(row.cells["epochs"]) if "epochs" in row.cells else self._epochs
            for epoch in (e for e in usable if e in self._epochs):
                if epoch in self._request.maintenance:
                    fact = facts.maintenance_fact(agent)
                else:
                    fact = None if own else facts.activity_fact(agent, self._request.population)
                if fact is not None:
                    self._add("activity", {"agent": agent, "epoch": epoch, **fact})

    def _toxicity(self) -> None:
        for agent, category in product(self._classes, self._ids("categories", "category")):
            fact = facts_of_patients.rate_fact(agent, category)
            if fact is not None:
                self._add("toxicity", {"agent": agent, "category": category, **fact})

    def _retained(self) -> None:
        """Rows of agents and classes; a designer's row for a class keeps the library's rows for its agents out."""
        listed = set(self._ids("mechanisms", "mechanism"))
        own = {(row.cells.get("mechanism"), row.cells.get("key")) for row in self.rows.get("retained", ())}
        classes = library.class_of()
        for fact in facts.retained_facts():
            mechanism, key = fact["mechanism"], str(fact["key"])
            if mechanism not in listed:
                continue
            if key in self._classes:
                if (mechanism, self._classes[key]) not in own:
                    self._add("retained", fact)
                continue
            if self._matching(key):
                self._add("retained", fact)
            for agent, cls in self._classes.items():
                moved = classes.get(agent) == key and cls != key  # the designer gave it another class
                if moved and (mechanism, cls) not in own:
                    self._add("retained", {**fact, "key": agent})

    def _interactions(self) -> None:
        """Pair terms; rows add up, so a pair with a row of the designer's gets none of the library's."""
        own = [
            (self._matching(row.cells.get("a", "")), self._matching(row.cells.get("b", "")))
            for row in self.rows.get("interactions", ())
            if "activity" in row.cells
        ]

        def taken(a: str, b: str) -> bool:
            return any((a in x and b in y) or (b in x and a in y) for x, y in own)

        for fact in facts.interaction_facts(self._request.population):
            ones, others = self._matching(str(fact["a"])), self._matching(str(fact["b"]))
            pairs = [(a, b) for a, b in product(sorted(ones), sorted(others)) if a != b]
            free = [pair for pair in pairs if not taken(*pair)]
            if free and len(free) == len(pairs):
                self._add("interactions", fact)
            else:
                for a, b in free:
                    self._add("interactions", {**fact, "a": a, "b": b})

    def _of_subgroups(self, table: str) -> None:
        """What belonging to a subgroup of the library changes."""
        items = {
            "prevalence": set(self._ids("mechanisms", "mechanism")),
            "susceptibility": set(self._ids("categories", "category")),
        }.get(table, {*self._classes, *self._classes.values()})
        own = {(row.cells.get("subgroup"), row.cells.get("key")) for row in self.rows.get(table, ())}
        for subgroup in self._ids("subgroups", "subgroup"):
            for fact in facts_of_patients.effect_facts(subgroup, table):
                item = str(fact.get("key", fact.get("mechanism", fact.get("category"))))
                by_class = (subgroup, self._classes.get(item)) in own
                if item in items and not by_class:
                    self._add(table, fact)

    # -- what was given, what is barred -----------------------------------------------------------------------------

    def _contraindicated(self) -> None:
        self._of_subgroups("contraindicated")
        carried = {
            row.cells.get("subgroup"): _number(row.cells.get("prevalence"))
            for row in self.rows.get("prevalence", ())
            if row.cells.get("mechanism") == "t11_14"
        }
        for fact, lifted in facts_of_patients.barred_facts(self._classes):
            for subgroup in self._ids("subgroups", "subgroup"):
                if not (lifted and carried.get(subgroup, 0.0) >= 1.0):
                    self._add("contraindicated", {"subgroup": subgroup, **fact})

    def _precedents(self) -> None:
        for fact in facts_of_patients.precedent_facts(self._classes):
            self._add("precedents", fact)

    def _regimens(self) -> None:
        for fact in facts_of_patients.regimen_facts(self._classes):
            self._add("regimens", fact)


def _lay(cells: dict[str, str], fact: Fact) -> None:
    """Lay the values of a fact into blank cells, and say so in the row's remarks."""
    new = {c: _text(v) for c, v in fact.items() if c not in REMARKS and c not in cells and _text(v)}
    if not new:
        return
    remarks = {c: _text(fact.get(c)) for c in REMARKS}
    alone = not any(cells.get(c) for c in REMARKS)
    cells |= new
    columns = ", ".join(new)
    cells["source"] = _joined(cells.get("source", ""), f"{columns}: {remarks['source']}")
    if remarks["note"]:
        cells["note"] = _joined(cells.get("note", ""), f"{columns}: {remarks['note']}")
    own = cells.get("confidence", "")
    words = [word for word in (own, remarks["confidence"]) if word in WEAKER]
    if words and (alone or own in WEAKER):
        cells["confidence"] = max(words, key=WEAKER.index)
    if remarks["recalled_fields"]:
        cells["recalled_fields"] = _joined(cells.get("recalled_fields", ""), remarks["recalled_fields"], ";")


def _joined(own: str, more: str, by: str = "; ") -> str:
    return f"{own}{by}{more}" if own else more


def _number(text: str | None) -> float:
    try:
        return float(text or 0.0)
    except ValueError:
        return 0.0
