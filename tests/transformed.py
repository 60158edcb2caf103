"""Other documents that ask the same question, or a question whose answer is known to be no worse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from random import Random
from typing import Any

from trialopt.reading.document import Document, document

Table = list[dict[str, str]]
ID = re.compile(r"\b(ag|cl|sg|me|ae|ep|low|high)(\d*)\b")


def parts(original: Document) -> tuple[dict[str, Any], dict[str, Table]]:
    """Settings and tables to edit."""
    tables = {name: [dict(row.cells) for row in rows] for name, rows in original.tables.items()}
    return deepcopy(dict(original.settings)), tables


def new_id(old: str) -> str:
    """Another id for every id of a random document, in another alphabetical order."""
    return ID.sub(lambda found: f"{found[1][::-1]}_{9 - int(found[2] or 0)}_x", old)


def renamed(original: Document) -> Document:
    """Every id renamed, wherever it stands: `standard` keeps its name, which has a meaning."""

    def rename(value: Any) -> Any:
        if isinstance(value, str):
            return new_id(value)
        if isinstance(value, list):
            return [rename(entry) for entry in value]
        if isinstance(value, Mapping):
            return {
                key if isinstance(entry, int | float) else rename(key): rename(entry) for key, entry in value.items()
            }
        return value

    settings, tables = parts(original)
    free_text = {
        name: [{new_id(c): new_id(v) for c, v in row.items()} for row in rows] for name, rows in tables.items()
    }
    return document("renamed", rename(settings), free_text)


def permuted(original: Document, random: Random) -> Document:
    """Rows, columns and every list shuffled, pairs turned round; the order of epochs, which counts, is kept."""

    def shuffled(value: Any) -> Any:
        if isinstance(value, list):
            return [shuffled(entry) for entry in random.sample(value, len(value))]
        if isinstance(value, Mapping):
            return {key: shuffled(value[key]) for key in random.sample(list(value), len(value))}
        return value

    settings, tables = parts(original)
    epochs = settings["epoch"]
    settings = shuffled(settings)
    settings["epoch"] = epochs
    for first, second, name in [
        ("a", "b", "interactions"),
        ("a", "b", "precedents"),
        ("key", "with", "contraindicated"),
    ]:
        for row in tables.get(name, []):
            if second in row and random.random() < 0.5:
                row[first], row[second] = row[second], row[first]
    return document("permuted", settings, shuffled(tables))


def with_barred_agent(original: Document, random: Random, how: str) -> Document:
    """One more agent, very good and not toxic, that no arm may have: by `exclude`, or by every subgroup."""
    settings, tables = parts(original)
    classes = sorted({row["class"] for row in tables["agents"]})
    row = {"agent": "newcomer", "class": random.choice(classes), "orr": "0.9"}
    tables["agents"].insert(random.randint(0, len(tables["agents"])), row)
    tables.setdefault("levels", []).extend({"agent": "newcomer", "level": level} for level in ("standard", "high"))
    if how == "exclude":
        settings["trial"].setdefault("exclude", []).append("newcomer")
    else:
        tables.setdefault("contraindicated", []).extend(
            {"subgroup": subgroup["subgroup"], "key": "newcomer"} for subgroup in tables["subgroups"]
        )
    return document("barred", settings, tables)


def loosened(original: Document) -> Iterator[tuple[str, Document]]:
    """Every way of loosening one thing of the document, with its name."""
    for table, column in [("categories", "limit"), ("categories", "cumulative_limit"), ("limits", "limit")]:
        for index, found in enumerate(parts(original)[1].get(table, [])):
            if column in found:
                settings, tables = parts(original)
                tables[table][index][column] = repr(min(1.0, 1.15 * float(found[column])))
                yield f"{table} {column} {index}", document("loosened", settings, tables)
    for column, less in [("min_coverage", 0.05), ("min_active", 1)]:
        for index, found in enumerate(parts(original)[1]["mechanisms"]):
            if column in found:
                settings, tables = parts(original)
                lower = type(less)(found[column]) - less
                tables["mechanisms"][index][column] = repr(max(type(less)(0), lower))
                yield f"{column} {index}", document("loosened", settings, tables)
    for rule in original.settings["rules"]:
        settings, tables = parts(original)
        del settings["rules"][rule]
        yield f"without {rule}", document("loosened", settings, tables)
    for setting in ["include", "exclude", "no_harm"]:
        if original.settings["trial"].get(setting):
            settings, tables = parts(original)
            del settings["trial"][setting]
            yield f"without {setting}", document("loosened", settings, tables)
    for index in range(len(original.settings["epoch"])):
        settings, tables = parts(original)
        settings["epoch"][index]["max_agents"] += 1
        yield f"max_agents {index}", document("loosened", settings, tables)
    settings, tables = parts(original)
    settings["trial"]["max_arms"] += 1
    yield "max_arms", document("loosened", settings, tables)
