"""What an arm's numbers rest on: the rows that went in, and no others; kept in the record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trialopt.core.catalog import find
from trialopt.core.design import Arm, Dose
from trialopt.core.instance import SourceRow
from trialopt.decision.solving import solve
from trialopt.reading import build, load, read
from trialopt.record.provenance import is_fitted, kind_of, rests_on
from trialopt.record.solution import Solution, decode


@pytest.fixture(scope="module")
def solved() -> Solution:
    return solve(read(find("tiny_duo")))


def arm(**sequence):
    doses = {s: tuple(Dose(*d) if isinstance(d, tuple) else Dose(d) for d in given) for s, given in sequence.items()}
    return Arm("A1", ("fit",), doses)


def test_kinds():
    assert [kind_of(SourceRow("f", 1, (), confidence=c)) for c in ("read", "Recalled", "assumption", "")] == [
        "read",
        "recalled",
        "assumed",
        "unstated",
    ]
    assert kind_of(SourceRow("f", 1, (), source="assumption")) == "assumed"
    assert is_fitted(SourceRow("f", 1, (), source="price list; hazard_ratio: fitted: x"))
    assert not is_fitted(SourceRow("f", 1, (), source="Fitted et al. 2001"))


def test_rows_of_what_is_given_to_whom_it_is_given():
    instance = read(find("tiny_duo"))
    rows = rests_on(instance, arm(induction=[("lenalidomide", "mg25"), "daratumumab"], maintenance=[]))
    keys = {(row.table, row.key) for row in rows}
    assert ("agents", ("lenalidomide",)) in keys
    assert ("agents", ("bortezomib",)) not in keys
    assert ("levels", ("lenalidomide", "mg25")) in keys
    assert ("levels", ("lenalidomide", "mg10")) not in keys
    assert ("subgroups", ("fit",)) in keys
    assert ("subgroups", ("frail",)) not in keys
    assert not [key for table, key in keys if table in ("precedents", "contraindicated", "regimens")]
    assert {key for table, key in keys if table == "categories"} == {("neutropenia",)}


def test_a_number_that_changes_the_arm_is_among_its_rows(solved):
    """Every number an arm's coverage reacts to is a row it rests on: rows outside leave its numbers alone."""
    document = load(find("tiny_duo"))
    first = solved.arms[0]
    used = {(row.table, row.key) for row in first.rests_on}
    from trialopt.core.design import Design
    from trialopt.evaluation import evaluate

    def numbers(doc):
        found = evaluate(build(doc), Design(tuple(a.arm for a in solved.arms))).arms[0]
        return found.coverage.tolist(), found.risk.tolist(), found.prevalence.tolist()

    before = numbers(document)
    columns = {"toxicity": "probability", "retained": "retained", "prevalence": "prevalence", "agents": "orr"}
    tried = 0
    for table, column in columns.items():
        for place, row in enumerate(document.tables[table]):
            if column not in row.cells:
                continue
            changed = replace(row, cells={**row.cells, column: str(float(row.cells[column]) * 0.9)})
            rows = (*document.tables[table][:place], changed, *document.tables[table][place + 1 :])
            after = numbers(replace(document, tables={**document.tables, table: rows}))
            key = next(s.key for s in build(document).sources if s.table == table and s.row == row.line)
            if after != before:
                assert (table, key) in used, (table, key)
                tried += 1
    assert tried >= 5


def test_the_record_keeps_it(solved, tmp_path):
    again = Solution.load(solved.save(tmp_path / "solution.json"))
    assert again.arms == solved.arms
    assert solved.arms[0].rests_on
    frame = again.tables.sources
    assert set(frame["arm"]) == {arm.name for arm in solved.arms}
    assert set(frame["kind"]) <= {"read", "recalled", "assumed", "unstated"}
    assert again.tables.precedent["novel"].tolist() == ["", "", "", ""]


def test_rows_without_a_source_are_counted_too():
    document = load(find("tiny_duo"))
    bare = tuple(
        replace(row, cells={c: v for c, v in row.cells.items() if c not in ("source", "confidence")})
        for row in document.tables["agents"]
    )
    solution = solve(build(replace(document, tables={**document.tables, "agents": bare})))
    frame = decode(solution.to_json(), "x.json").tables.sources
    assert (frame[frame["table"] == "agents"]["kind"] == "unstated").all()
    assert len(frame[frame["table"] == "agents"])


def test_old_records_still_load(solved):
    import json

    data = json.loads(solved.to_json())
    for entry in data["arms"]:
        del entry["precedent"], entry["rests_on"]
    old = decode(json.dumps(data), "old.json")
    assert old.tables.sources.empty
    assert old.tables.precedent.empty
