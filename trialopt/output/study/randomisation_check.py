"""Our own check of randomisation lists: what REDCap would refuse, and what would break the randomisation.

REDCap wants the head as its template has it, a code of the field's choices in every cell, and lists that differ between
development and production. Blocks have to be whole, in the ratio of their stratum, and long enough for the patients
planned.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping

from trialopt.output.study.plan import Study

HEADS = ("redcap_randomization_number", "redcap_randomization_group", "cohort")
"""Columns of an allocation table, as REDCap's template orders them."""

BLOCKS = ("list", "number", "arm", "cohort", "stratum", "block")

DICTIONARY = (
    *("Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label"),
    *("Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number"),
    *("Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)"),
    *("Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?"),
    "Field Annotation",
)
"""Columns of REDCap's data dictionary."""

Rows = list[dict[str, str]]


def problems(files: Mapping[str, bytes], study: Study) -> list[str]:
    """Everything wrong with the lists of a study: file name -> content."""
    read = {name: list(csv.reader(io.StringIO(content.decode()))) for name, content in files.items()}
    tables = {name: [dict(zip(rows[0], row, strict=False)) for row in rows[1:]] for name, rows in read.items() if rows}
    wanted = {"randomisation_blocks.csv": BLOCKS, "randomisation_fields.csv": DICTIONARY}
    wanted |= dict.fromkeys(("randomisation_production.csv", "randomisation_development.csv"), HEADS)
    heads = [f"{name} is missing" for name in wanted.keys() - read.keys()]
    heads += [
        f"{name} has the columns {', '.join(read[name][0]) if read[name] else 'none'}"
        for name, head in wanted.items()
        if name in read and (not read[name] or tuple(read[name][0]) != head)
    ]
    if heads:
        return heads
    choices = _choices(tables["randomisation_fields.csv"])
    found = []
    for kind in ("production", "development"):
        blocks = [row for row in tables["randomisation_blocks.csv"] if row["list"] == kind]
        name = f"randomisation_{kind}.csv"
        found += [f"{name}: {line}" for line in (*_codes(tables[name], choices), *_list(tables[name], blocks, study))]
    if tables["randomisation_production.csv"] == tables["randomisation_development.csv"]:
        found.append("the lists for production and development are the same")
    return found


def _choices(dictionary: Rows) -> dict[str, set[str]]:
    """Field -> codes of its choices; none for a field of text."""
    return {
        row["Variable / Field Name"]: {
            choice.partition(",")[0].strip()
            for choice in row["Choices, Calculations, OR Slider Labels"].split("|")
            if choice.strip()
        }
        for row in dictionary
    }


def _codes(rows: Rows, choices: Mapping[str, set[str]]) -> Iterator[str]:
    for head, field in (("redcap_randomization_group", "arm"), ("cohort", "cohort")):
        if field not in choices:
            yield f"the dictionary has no field {field}"
        elif choices[field]:
            lost = sorted({row.get(head, "") for row in rows} - choices[field])
            yield from (f"{head} {code!r} is no choice of the field {field}" for code in lost)
    numbers = Counter(row.get("redcap_randomization_number", "") for row in rows)
    yield from (f"number {number!r} stands {count} times" for number, count in numbers.items() if count > 1)
    yield from ("a row has no number" for number in numbers if not number)


def _list(rows: Rows, blocks: Rows, study: Study) -> Iterator[str]:
    """Rows that are not those of the blocks, blocks that are not in one ratio, strata that are too short."""
    arms = {arm.code: str(code) for code, arm in enumerate(study.arms, start=1)}
    cohorts = {cohort.id: str(code) for code, cohort in enumerate(study.cohorts, start=1)}
    told = [(b["number"], arms.get(b["arm"], "?"), cohorts.get(b["cohort"], "?")) for b in blocks]
    if told != [tuple(row.get(head, "") for head in HEADS) for row in rows]:
        yield "the rows are not those of the blocks"
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row in blocks:
        counts.setdefault((row["cohort"], row["block"]), Counter())[row["arm"]] += 1
    ratios: dict[str, set[tuple[tuple[str, float], ...]]] = {}
    for (whom, _), count in counts.items():
        ratios.setdefault(whom, set()).add(tuple(sorted((arm, n / count.total()) for arm, n in count.items())))
    yield from (f"blocks of {whom} have different ratios" for whom, found in ratios.items() if len(found) > 1)
    for cohort in study.cohorts:
        planned = sum((arm.patients or {}).get(cohort.id, 0) for arm in study.arms)
        listed = sum(row["cohort"] == cohort.id for row in blocks)
        if listed < planned:
            yield f"{cohort.id} has {listed} places for {planned} patients"
        groups = {row["arm"] for row in blocks if row["cohort"] == cohort.id}
        compared = {arm.code for arm in study.arms if (arm.patients or {}).get(cohort.id)}
        if planned and groups != compared:
            yield f"{cohort.id} is randomised to {', '.join(sorted(groups))}, not to {', '.join(sorted(compared))}"
