"""Document -> Document: what the tables leave out, filled from the evidence library the trial names.

Only a trial with `[evidence]` is touched. A designer's own row or cell always wins. A filled row says where it comes
from in `source`, `confidence` and `note`, and its place is the library, which is imported only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from trialopt.reading.document import Document, Problem, Row, nearest, suggest

FILLED = (
    "agents",
    "activity",
    "toxicity",
    "categories",
    "mechanisms",
    "prevalence",
    "retained",
    "interactions",
    "subgroups",
    "sensitivity",
    "susceptibility",
    "contraindicated",
    "precedents",
    "regimens",
)
"""Tables that can be filled; all are, unless `fill` names some."""

OF_POPULATION = ("activity", "categories", "prevalence", "interactions", "subgroups")
"""Tables whose content depends on the population."""

WITH_ACTIVITY = ("mechanisms", "prevalence", "retained")
"""What the fitted activity assumes; filled with it, else resistance is not counted."""

MAINTENANCE = "maintenance"


@dataclass(frozen=True)
class Request:
    """What `[evidence]` asks for, checked."""

    library: str
    population: str
    tables: tuple[str, ...]
    maintenance: tuple[str, ...]

    @property
    def place(self) -> str:
        """Where a filled row stands."""
        return f"library {self.library}"


def filled(document: Document) -> Document:
    """Fill a document from the library its `[evidence]` names; without one it is returned as it is.

    What is wrong with `[evidence]`, and agents that neither the tables nor the library describe, are added to the
    document's problems.
    """
    if "evidence" not in document.settings:
        return document
    problems: list[Problem] = []
    request = _request(document, problems)
    if request is None:
        unreadable = document.unreadable | {"agents", "subgroups"}
        return replace(document, problems=(*document.problems, *problems), unreadable=unreadable)
    from trialopt.reading.fill_tables import Tables

    tables = Tables(document, request)
    tables.fill()
    return replace(
        document,
        tables=tables.rows,
        columns=tables.columns,
        problems=(*document.problems, *tables.problems),
        warnings=(*document.warnings, *tables.warnings),
    )


def without_library(document: Document) -> Document:
    """Write the filled rows out as the document's own, so that it stands without the library."""
    whole = filled(document)
    tables = {
        name: tuple(Row(row.cells, f"{name}.csv", line) for line, row in enumerate(rows, start=2))
        for name, rows in whole.tables.items()
    }
    settings = {key: value for key, value in whole.settings.items() if key != "evidence"}
    return replace(whole, settings=settings, tables=tables, columns={})


def _request(document: Document, problems: list[Problem]) -> Request | None:
    from trialopt.evidence.facts import populations
    from trialopt.evidence.library import library_names

    asked = document.settings["evidence"]
    if not isinstance(asked, Mapping):
        return None  # reported with the other settings

    def wrong(key: str, value: object, sentence: str, right: str) -> None:
        stands = document.places
        file, line = stands.get(f"evidence.{key}", stands.get("evidence", (document.settings_file, 0)))
        problems.append(Problem(file, line, f"[evidence] {key}", str(value), sentence, right))

    def named(key: str, values: Collection[object], known: Collection[object], what: str) -> None:
        for value in values:
            if value not in known:
                wrong(key, value, f"{value!r} is not {what}", suggest(str(value), map(str, known), f"give {what}"))

    library, population = asked.get("library"), asked.get("population")
    fill, maintenance = asked.get("fill", FILLED), asked.get("maintenance")
    epochs = epoch_ids(document)
    if maintenance is None:
        maintenance = [e for e in epochs if e == MAINTENANCE]
    lists = all(isinstance(e, list | tuple) and all(isinstance(i, str) for i in e) for e in (fill, maintenance))
    if not isinstance(library, str) or not isinstance(population, str | None) or not lists:
        return None  # reported with the other settings
    named("library", [library], library_names(), "a library")
    named("fill", fill, FILLED, "a table the library fills")
    named("maintenance", maintenance, epochs, "an epoch")
    if population is not None:
        named("population", [population], populations(), "a population of the library")
    elif needs := [table for table in OF_POPULATION if table in fill]:
        right = f"write population = one of {', '.join(map(repr, populations()))}"
        wrong("population", "", f"the population is missing, and {needs[0]} depends on it", right)
    lacking = [table for table in WITH_ACTIVITY if table not in fill]
    if "activity" in fill and lacking:
        sentence = f"the activity of the library assumes its {', '.join(lacking)}, which fill leaves out"
        wrong("fill", list(fill), sentence, f"add {', '.join(map(repr, lacking))}, or leave out 'activity'")
    if problems:
        return None
    return Request(library, str(population or ""), tuple(fill), tuple(maintenance))


def epoch_ids(document: Document) -> list[str]:
    """Ids of the epochs as written, those that are texts."""
    epochs = document.settings.get("epoch")
    listed = epochs if isinstance(epochs, list | tuple) else ()
    return [e["id"] for e in listed if isinstance(e, Mapping) and isinstance(e.get("id"), str)]


def unknown_agent(row: Row, agent: str, known: Iterable[str]) -> Problem:
    """Problem of an agent that has no class of its own and is not in the library."""
    close = nearest(agent, known)
    right = f"did you mean {close!r}?" if close else "give its class, or an agent that `trialopt evidence list` names"
    place = f"{row.place} agent".strip()
    return Problem(row.file, row.line, place, agent, f"{agent!r} is not in the library and has no class", right)
