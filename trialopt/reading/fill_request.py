"""What `[evidence]` of a document asks for: the library, the population, and the tables to fill."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from trialopt.reading.document import Document, Problem, suggest

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

OUTCOMES = ("response", "complete", "mrd")
"""What coverage may mean."""


@dataclass(frozen=True)
class Request:
    """What `[evidence]` asks for, checked."""

    library: str
    population: str
    tables: tuple[str, ...]
    maintenance: tuple[str, ...]
    outcome: str = ""
    """What coverage means, from the joint model; empty for response from the component model."""

    @property
    def place(self) -> str:
        """Where a filled row stands."""
        return f"library {self.library}"


def request_of(document: Document, problems: list[Problem]) -> Request | None:
    """Read and check `[evidence]`; `None` if it is wrong, and what is wrong with it is added to the problems."""
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
    outcome = asked.get("outcome")
    epochs = epoch_ids(document)
    if maintenance is None:
        maintenance = [e for e in epochs if e == MAINTENANCE]
    lists = all(isinstance(e, list | tuple) and all(isinstance(i, str) for i in e) for e in (fill, maintenance))
    words = isinstance(population, str | None) and isinstance(outcome, str | None)
    if not isinstance(library, str) or not words or not lists:
        return None  # reported with the other settings
    named("library", [library], library_names(), "a library")
    named("fill", fill, FILLED, "a table the library fills")
    named("outcome", [outcome] if outcome is not None else [], OUTCOMES, "an outcome")
    named("maintenance", maintenance, epochs, "an epoch")
    if isinstance(population, str):
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
    return Request(library, str(population or ""), tuple(fill), tuple(maintenance), str(outcome or ""))


def epoch_ids(document: Document) -> list[str]:
    """Ids of the epochs as written, those that are texts."""
    epochs = document.settings.get("epoch")
    listed = epochs if isinstance(epochs, list | tuple) else ()
    return [e["id"] for e in listed if isinstance(e, Mapping) and isinstance(e.get("id"), str)]
