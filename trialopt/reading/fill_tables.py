"""The tables of a document while they are filled: which of the library's facts a designer has left room for."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import product

from trialopt.core.columns import TABLES
from trialopt.evidence import facts, facts_of_patients, library
from trialopt.evidence.arms import Fact
from trialopt.reading import fill_facts
from trialopt.reading.cells import parts
from trialopt.reading.document import Document, Problem, Row, _text, nearest
from trialopt.reading.fill_cells import lay
from trialopt.reading.fill_request import Request, epoch_ids
from trialopt.reading.tables import row_key

STAND_IN = "unknown"
"""Class of an agent whose problem is recorded, so that it is reported once."""


class Tables:
    """Rows of every table, the library's added where the designer has none. `fill` does it once."""

    def __init__(self, document: Document, request: Request) -> None:
        self._rows = {name: list(rows) for name, rows in document.tables.items()}
        self._keys: dict[str, set[tuple[str, ...]]] = {}
        self.columns: dict[str, tuple[str, ...]] = dict(document.columns)
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self._request = request
        self._epochs = epoch_ids(document)
        self._classes: dict[str, str] = {}
        self._matching: dict[str, set[str]] = {}

    @property
    def rows(self) -> dict[str, tuple[Row, ...]]:
        """Rows of every table, the document's first."""
        return {name: tuple(rows) for name, rows in self._rows.items()}

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
        self._note_agents()
        for name, step in steps.items():
            if name in self._request.tables:
                step()
                if name == "agents":
                    self._note_agents()

    # -- ids and rows ---------------------------------------------------------------------------------------------

    def _note_agents(self) -> None:
        """Note the class of every agent, and the agents that each id of an agent or a class stands for."""
        rows = self._rows.get("agents", ())
        self._classes = {row.cells["agent"]: row.cells.get("class", "") for row in rows if "agent" in row.cells}
        self._matching = defaultdict(set)
        for agent, cls in self._classes.items():
            self._matching[agent].add(agent)
            self._matching[cls].add(agent)

    def _ids(self, table: str, column: str) -> list[str]:
        return [row.cells[column] for row in self._rows.get(table, ()) if column in row.cells]

    def _agents_of(self, item: str | None) -> set[str]:
        """Agents that an id stands for; none if no agent has it or is of it."""
        return self._matching.get(item or "", set())

    def _keys_of(self, table: str) -> set[tuple[str, ...]]:
        """Keys of the rows a table has, kept so that adding a row does not look through all of them."""
        if table not in self._keys:
            self._keys[table] = {row_key(TABLES[table], row.cells) for row in self._rows.get(table, ())}
        return self._keys[table]

    def _add(self, table: str, fact: Fact) -> None:
        """Add a row of the library, unless the table has one with its key."""
        cells = {column: _text(value) for column, value in fact.items() if _text(value)}
        key, keys = row_key(TABLES[table], cells), self._keys_of(table)
        if key not in keys:
            keys.add(key)
            self._rows.setdefault(table, []).append(Row(cells, f"{table}.csv", 0, self._request.place))

    def _complete(self, table: str, column: str, facts_of: Callable[[str], Iterable[Fact | None]]) -> None:
        """Fill blank cells of the rows of a table; what is filled is named in the row's source."""
        header = list(self.columns.get(table, ()))
        rows = []
        for row in self._rows.get(table, ()):
            cells = dict(row.cells)
            for fact in facts_of(row.cells[column]) if column in row.cells else ():
                if fact:
                    lay(cells, fact)
            header += [name for name in cells if name not in header]
            rows.append(Row(cells, row.file, row.line, row.place))
        if table in self._rows:
            self._rows[table] = rows
            self._keys.pop(table, None)
        if header:
            self.columns[table] = tuple(header)

    # -- tables of ids --------------------------------------------------------------------------------------------

    def _agents(self) -> None:
        known = [*library.class_of(), *(a for a in library.table("fitted_hazard")["agent"])]
        unknown = set()
        for row in self._rows.get("agents", ()):
            agent = row.cells.get("agent")
            if agent is None or agent in known:
                continue
            if "class" not in row.cells:
                self.problems.append(_unknown_agent(row, agent, known))
                unknown.add(agent)
            elif close := nearest(agent, known):
                self.warnings.append(f"{agent} is not in the library, which has {close}: nothing is filled for it.")

        def facts_of(agent: str) -> list[Fact | None]:
            return [{"class": STAND_IN}] if agent in unknown else fill_facts.of_agent(agent, self._request)

        self._complete("agents", "agent", facts_of)

    def _subgroups(self) -> None:
        unknown = set()

        def facts_of(subgroup: str) -> list[Fact | None]:
            return [{"share": 1} if subgroup in unknown else facts.share_fact(subgroup, self._request.population)]

        known = facts_of_patients.subgroup_ids()
        for row in self._rows.get("subgroups", ()):
            name = row.cells.get("subgroup")
            if name and name not in known and "share" not in row.cells:
                close = nearest(name, known)
                right = f"did you mean {close!r}?" if close else f"give its share, or one of {', '.join(known)}"
                sentence = f"{name!r} is not a subgroup of the library and has no share"
                place = f"{row.place} subgroup".strip()
                self.problems.append(Problem(row.file, row.line, place, name, sentence, right))
                unknown.add(name)
        self._complete("subgroups", "subgroup", facts_of)

    def _categories(self) -> None:
        self._complete("categories", "category", lambda name: [fill_facts.ground(name, self._request)])

    def _mechanisms(self) -> None:
        self._complete("mechanisms", "mechanism", lambda name: [facts.mechanism_fact(name)])
        for mechanism in facts.fitted_mechanisms():
            fact = facts.mechanism_fact(mechanism)
            if fact is not None:
                self._add("mechanisms", {"mechanism": mechanism, **fact})

    # -- numbers --------------------------------------------------------------------------------------------------

    def _prevalence(self) -> None:
        """Shares of the population in every subgroup; where a subgroup's own leave less room they shrink to fit."""
        listed = set(self._ids("mechanisms", "mechanism"))
        self._of_subgroups("prevalence")
        rows_of: dict[str | None, list[Row]] = defaultdict(list)
        for row in self._rows.get("prevalence", ()):
            rows_of[row.cells.get("subgroup")].append(row)
        of_population = facts.prevalence_facts(self._request.population)
        for subgroup in self._ids("subgroups", "subgroup"):
            own = rows_of[subgroup]
            room = 1.0 - math.fsum(_number(row.cells.get("prevalence")) for row in own)
            given = {row.cells.get("mechanism") for row in own}
            found = [fact for fact in of_population if fact["mechanism"] in listed - given]
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
        known = fill_facts.activities(list(self._classes), self._request)
        for row in self._rows.get("agents", ()):
            agent = row.cells.get("agent", "")
            own = {"orr", "responders"} & set(row.cells)
            usable = parts(row.cells["epochs"]) if "epochs" in row.cells else self._epochs
            for epoch in (e for e in usable if e in self._epochs):
                if epoch in self._request.maintenance:
                    fact = facts.maintenance_fact(agent)
                else:
                    fact = None if own else known.get(agent)
                if fact is not None:
                    self._add("activity", {"agent": agent, "epoch": epoch, **fact})

    def _toxicity(self) -> None:
        before = len(self._rows.get("toxicity", ()))
        for fact in fill_facts.rates(self._classes, self._ids("categories", "category"), self._request):
            self._add("toxicity", fact)
        self.warnings += fill_facts.imputed_words(row.cells for row in self._rows.get("toxicity", ())[before:])

    def _retained(self) -> None:
        """Rows of agents and classes; a designer's row for a class keeps the library's rows for its agents out."""
        listed = set(self._ids("mechanisms", "mechanism"))
        own = {(row.cells.get("mechanism"), row.cells.get("key")) for row in self._rows.get("retained", ())}
        classes = library.class_of()
        for fact in facts.retained_facts():
            mechanism, key = fact["mechanism"], str(fact["key"])
            if mechanism not in listed:
                continue
            if key in self._classes:
                if (mechanism, self._classes[key]) not in own:
                    self._add("retained", fact)
                continue
            if self._agents_of(key):
                self._add("retained", fact)
            for agent, cls in self._classes.items():
                moved = classes.get(agent) == key and cls != key  # the designer gave it another class
                if moved and (mechanism, cls) not in own:
                    self._add("retained", {**fact, "key": agent})

    def _interactions(self) -> None:
        """Pair terms; rows add up, so a pair with a row of the designer's gets none of the library's."""
        taken = {
            pair
            for row in self._rows.get("interactions", ())
            if "activity" in row.cells
            for a, b in product(self._agents_of(row.cells.get("a")), self._agents_of(row.cells.get("b")))
            for pair in ((a, b), (b, a))
        }
        for fact in fill_facts.pairs(list(self._classes), self._request):
            ones, others = self._agents_of(str(fact["a"])), self._agents_of(str(fact["b"]))
            pairs = [(a, b) for a, b in product(sorted(ones), sorted(others)) if a != b]
            free = [pair for pair in pairs if pair not in taken]
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
        own = {(row.cells.get("subgroup"), row.cells.get("key")) for row in self._rows.get(table, ())}
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
            for row in self._rows.get("prevalence", ())
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


def _number(text: str | None) -> float:
    try:
        return float(text or 0.0)
    except ValueError:
        return 0.0


def _unknown_agent(row: Row, agent: str, known: Iterable[str]) -> Problem:
    """Problem of an agent that has no class of its own and is not in the library."""
    close = nearest(agent, known)
    right = f"did you mean {close!r}?" if close else "give its class, or an agent that `trialopt evidence list` names"
    place = f"{row.place} agent".strip()
    return Problem(row.file, row.line, place, agent, f"{agent!r} is not in the library and has no class", right)
