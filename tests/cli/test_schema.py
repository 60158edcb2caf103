"""`schema` prints what is declared; the page docs/input.md is held by it, the JSON Schema by files that are right."""

from __future__ import annotations

import csv
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from trialopt.core import catalog
from trialopt.core.columns import DESIGN, TABLES
from trialopt.core.settings import SECTIONS
from trialopt.output.schema import GROUPS, document
from trialopt.reading import load

PAGE = Path(__file__).parents[2] / "docs" / "input.md"
FOLDERS = [shipped.name for shipped in catalog.instances() if shipped.path.is_dir()]
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def wrong(value: Any, schema: dict[str, Any], whole: dict[str, Any], path: str = "") -> list[str]:
    """What of a value is against a JSON Schema, for the keywords that ours use."""
    if "$ref" in schema:
        return wrong(value, whole["$defs"][schema["$ref"].removeprefix("#/$defs/")], whole, path)
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if kinds and not any(_is(value, kind) for kind in kinds):
        return [f"{path}: {value!r} is not {kinds}"]
    found = [
        f"{path}: {value!r} is not {schema[key]!r}" for key in ("const",) if key in schema and value != schema[key]
    ]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: {value!r} is not one of {schema['enum']}")
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        found.append(f"{path}: {value!r} does not match {schema['pattern']}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        found += [f"{path}: {value} is out of range" for holds in _bounds(value, schema) if not holds]
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{path}: {len(value)} items")
        for n, item in enumerate(value):
            found += wrong(item, schema.get("items", {}), whole, f"{path}[{n}]")
    if isinstance(value, dict):
        found += [f"{path}: {name} is missing" for name in schema.get("required", ()) if name not in value]
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name)
            patterns = [s for p, s in schema.get("patternProperties", {}).items() if re.search(p, name)]
            inner = inner or (patterns[0] if patterns else schema.get("additionalProperties", {}))
            found += [f"{path}: {name} is not known"] if inner is False else wrong(item, inner, whole, f"{path}.{name}")
    return found


def _is(value: Any, kind: str) -> bool:
    if kind in ("number", "integer"):
        return isinstance(value, int if kind == "integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[kind])


def _bounds(value: float, schema: dict[str, Any]) -> list[bool]:
    return [
        value >= schema.get("minimum", value),
        value <= schema.get("maximum", value),
        value > schema.get("exclusiveMinimum", value - 1),
        value < schema.get("exclusiveMaximum", value + 1),
    ]


def typed(file: Path) -> list[dict[str, Any]]:
    """Rows of a table with numbers as numbers, blank cells left out."""
    table = {**TABLES, "design": DESIGN}[file.stem]
    rows = []
    for row in csv.DictReader(file.open(encoding="utf-8-sig")):
        cells = {}
        for name, text in row.items():
            column = table.column(name)
            kind = "number" if name in ("low", "high") else column.kind if column else "text"
            read = {"number": float, "count": int}.get(kind, str)
            if text.strip():
                cells[name] = text == "true" if column and column.kind == "flag" else read(text)
        rows.append(cells)
    return rows


@pytest.mark.parametrize("name", FOLDERS)
def test_shipped_files_are_as_the_json_schema_says(name):
    folder = catalog.find(name)
    files = {f"{table}.csv": typed(folder / f"{table}.csv") for table in TABLES if (folder / f"{table}.csv").is_file()}
    files["trial.toml"] = tomllib.loads((folder / "trial.toml").read_text(encoding="utf-8"))
    whole = document()
    assert wrong(files, whole, whole) == []


@pytest.mark.parametrize("name", [shipped.name for shipped in catalog.instances()])
def test_settings_of_scenarios_are_too(name):
    whole = document()
    assert wrong({"trial.toml": dict(load(catalog.find(name)).settings)}, whole, whole) == []


BAD = {
    "an unknown key": (("trial.toml", "trial", "colour"), "red", "colour is not known"),
    "a number out of range": (("trial.toml", "trial", "carry"), 1.5, "1.5 is out of range"),
    "a bound that is open": (("trial.toml", "trial", "alpha"), 0.5, "0.5 is out of range"),
    "a text for a number": (("trial.toml", "trial", "max_arms"), "two", "'two' is not"),
    "an unknown word": (("trial.toml", "trial", "endpoint"), "survival", "is not one of"),
    "a missing key": (("trial.toml", "trial"), {}, "max_arms is missing"),
    "no epoch": (("trial.toml", "epoch"), [], "0 items"),
    "an id of another form": (("agents.csv", 0, "agent"), "Bortezomib!", "does not match"),
    "a missing column": (("agents.csv", 0), {"agent": "x"}, "class is missing"),
    "a negative toxicity": (("interactions.csv", 0, "toxicity:x"), -1.0, "-1.0 is out of range"),
}


@pytest.mark.parametrize(("place", "value", "sentence"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_against_the_schema(place, value, sentence):
    folder = catalog.find("tiny_duo")
    files: dict[str, Any] = {name: typed(folder / name) for name in ("agents.csv", "interactions.csv")}
    files["trial.toml"] = tomllib.loads((folder / "trial.toml").read_text(encoding="utf-8"))
    *above, last = place
    at: Any = files
    for step in above:
        at = at[step]
    at[last] = value
    whole = document()
    found = wrong(files, whole, whole)
    assert len(found) == 1
    assert sentence in found[0]


@pytest.mark.parametrize("name", ["tiny_duo", "rrmm_early_relapse_sized", "t11_14_too_few_patients"])
def test_a_solution_is_as_the_json_schema_says_and_nothing_in_it_is_left_out(call, name):
    call("solve", name, "--gap", "0.05", "--quiet", "--out", "run")
    data = json.loads(Path("run/solution.json").read_text(encoding="utf-8"))
    whole = document()
    assert wrong({"solution.json": data}, whole, whole) == []
    assert _undescribed(data, whole["$defs"]["solution.json"]) == []


def _undescribed(value: Any, schema: dict[str, Any], path: str = "") -> list[str]:
    """Keys of a record that its schema does not describe."""
    if isinstance(value, list):
        return [f for item in value for f in _undescribed(item, schema.get("items", {}), f"{path}[]")]
    if not isinstance(value, dict) or path in (".provenance", ".arms[].rests_on[]"):
        return []
    known = schema.get("properties", {})
    found = []
    for name, item in value.items():
        inner = known.get(name) or schema.get("additionalProperties")
        found += _undescribed(item, inner, f"{path}.{name}") if inner else [f"{path}.{name}"]
    return sorted(set(found))


def test_every_number_of_the_json_schema_has_a_unit():
    def without(schema: Any, path: str) -> list[str]:
        if isinstance(schema, list):
            return [f for n, part in enumerate(schema) for f in without(part, f"{path}[{n}]")]
        if not isinstance(schema, dict):
            return []
        kinds = schema.get("type", ())
        number = {"number", "integer"} & set([kinds] if isinstance(kinds, str) else kinds)
        own = (
            [path]
            if number and "object" not in kinds and not (schema.get("unit") and schema.get("description"))
            else []
        )
        return own + [f for key, part in schema.items() for f in without(part, f"{path}.{key}")]

    assert without(document()["$defs"], "") == []


@pytest.mark.parametrize("width", [80, 100])
def test_all_of_it_fits_the_page(call, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    text = call("schema").stdout
    assert max(map(len, text.splitlines())) <= width
    for group in GROUPS:
        assert f"\n{group.title}\n" in f"\n{text}"
        for field in group.declared:
            assert f"\n  {field.name}" in text


def test_one_table_and_one_part_of_the_settings(call):
    text = call("schema", "agents").stdout
    assert text.startswith("agents.csv\n")
    assert "hazard_ratio" in text
    assert "[trial]" not in text
    for name in ("[trial.interim]", "trial.interim", "interim"):
        assert call("schema", name).stdout.startswith("[trial.interim]\n  Interim looks")


def test_a_name_that_is_not_there_is_met_with_the_nearest(call):
    result = call("schema", "agent")
    assert result.exit_code == 2
    assert "did you mean 'agents'?" in result.stderr


def test_json_of_one_table(call):
    only = json.loads(call("schema", "levels", "--json").stdout)
    assert list(only["$defs"]) == ["levels.csv"]
    everything = json.loads(call("schema", "--json").stdout)
    assert everything["$schema"].endswith("/draft/2020-12/schema")
    assert set(everything["$defs"]) == {f"{t}.csv" for t in (*TABLES, "design")} | {"trial.toml", "solution.json"}


def test_the_page_is_what_is_declared(call):
    page = call("schema", "--markdown").stdout
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(page, encoding="utf-8")
    assert page == PAGE.read_text(encoding="utf-8")
    assert all(section.title in page for section in SECTIONS if section.name)


def test_formulation_points_to_the_model_text(call):
    last = call("formulation").stdout.splitlines()[-1]
    assert "docs/model.md" in last
