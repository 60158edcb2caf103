"""The trial design as files: two formats, read back by what did not write them, say the same and keep every rule."""

from __future__ import annotations

import json
import re
import sys

import pyreadstat
import pytest

from tests.made import made
from tests.output.formats.studies import read_dataset_json, read_transport
from trialopt.output.formats import FORMATS, ExportError, write, write_all
from trialopt.output.sdtm.domains import DOMAINS, Dataset
from trialopt.output.sdtm.study import findings, trial_design

RUNS = ("tiny_duo", "rrmm_early_relapse", "sized", "made")


@pytest.mark.parametrize("name", RUNS)
def test_both_formats_hold_the_same_study(runs, tmp_path, name):
    write_all(runs[name], tmp_path, ["xpt", "dataset-json"])
    transport, study = read_transport(tmp_path), read_dataset_json(tmp_path)
    assert set(transport) == set(DOMAINS) == set(study)
    for domain, dataset in study.items():
        assert transport[domain] == dataset.records
    assert study == trial_design(runs[name])


@pytest.mark.parametrize("name", RUNS)
def test_transport_files_read_back_keep_every_rule(runs, tmp_path, name):
    write_all(runs[name], tmp_path, ["xpt"])
    study = {}
    for domain, records in read_transport(tmp_path).items():
        _, meta = pyreadstat.read_xport(str(tmp_path / f"{domain.lower()}.xpt"))
        assert meta.table_name == domain
        study[domain] = Dataset(meta.file_label, dict(meta.column_names_to_labels), records)
    assert findings(study) == []


@pytest.mark.parametrize("name", RUNS)
def test_transport_files_keep_to_version_5(runs, tmp_path, name):
    *files, definition = write_all(runs[name], tmp_path, ["xpt"])
    assert definition.name == "define.xml"
    for path in files:
        content = path.read_bytes()
        assert content.startswith(b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!")
        assert len(content) % 80 == 0
        assert content.isascii() or b"\x00" in content  # numbers are binary, text is ASCII


def is_of_type(value: object, kind: str) -> bool:
    if value is None:  # the standard's missing number
        return kind != "string"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str) if kind == "string" else isinstance(value, int) if kind == "integer" else number


def breaches(data: dict) -> list[str]:
    """What in a file breaks the published schema of Dataset-JSON 1.1."""
    day, clock = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", r"([01]\d|2[0-3]):[0-5]\d"
    moment = rf"{day}T{clock}:[0-5]\d(\.\d+)?([+-]{clock}|Z)?"
    allowed = {
        *("datasetJSONCreationDateTime", "datasetJSONVersion", "fileOID", "dbLastModifiedDateTime", "originator"),
        *("sourceSystem", "studyOID", "metaDataVersionOID", "metaDataRef", "itemGroupOID", "records", "name", "label"),
        *("columns", "rows"),
    }
    required = {
        "datasetJSONCreationDateTime",
        "datasetJSONVersion",
        "itemGroupOID",
        "records",
        "name",
        "label",
        "columns",
    }
    of_columns = {"itemOID", "name", "label", "dataType", "targetDataType", "length", "displayFormat", "keySequence"}
    found = [f"missing {name}" for name in required - data.keys()] + [f"extra {name}" for name in data.keys() - allowed]
    found += [] if re.fullmatch(moment, data["datasetJSONCreationDateTime"]) else ["creation time"]
    found += [] if re.fullmatch(r"1\.1(\.(0|[1-9]\d*))?", data["datasetJSONVersion"]) else ["version"]
    found += [] if data["records"] == len(data["rows"]) else ["records"]
    found += [] if set(data.get("sourceSystem", {"name": "", "version": ""})) == {"name", "version"} else ["system"]
    for column in data["columns"]:
        found += [f"column lacks {name}" for name in {"itemOID", "name", "label", "dataType"} - column.keys()]
        found += [f"column has {name}" for name in column.keys() - of_columns]
        found += [] if column["dataType"] in ("string", "integer", "float") else ["type"]
        found += [] if column.get("length", 1) >= 1 and column.get("keySequence", 1) >= 1 else ["length or key"]
    for row in data["rows"]:
        found += [] if len(row) == len(data["columns"]) else ["cells of a row"]
        for value, column in zip(row, data["columns"], strict=False):
            found += [] if is_of_type(value, column["dataType"]) else [f"{column['name']}: {value!r}"]
            found += [] if column["dataType"] != "string" or len(value) <= column["length"] else ["length of a value"]
    return found


@pytest.mark.parametrize("name", RUNS)
def test_dataset_json_keeps_the_schema(runs, tmp_path, name):
    for path in write_all(runs[name], tmp_path, ["dataset-json"])[:-1]:
        data = json.loads(path.read_text(encoding="utf-8"))
        assert breaches(data) == []
        assert data["name"] == path.stem.upper()
        assert data["itemGroupOID"] == f"IG.{data['name']}"
        keys = sorted((c["keySequence"], c["name"]) for c in data["columns"] if "keySequence" in c)
        assert [number for number, _ in keys] == list(range(1, len(keys) + 1))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda d: d.pop("itemGroupOID"), "missing itemGroupOID"),
        (lambda d: d.update(note=""), "extra note"),
        (lambda d: d.update(datasetJSONVersion="1.0"), "version"),
        (lambda d: d.update(records=0), "records"),
        (lambda d: d["columns"][0].pop("itemOID"), "column lacks itemOID"),
        (lambda d: d["rows"][0].append(""), "cells of a row"),
        (lambda d: d["rows"][0].__setitem__(4, "1"), "TAETORD: '1'"),
    ],
)
def test_the_check_of_the_schema_fails_on_broken_files(runs, change, what):
    data = json.loads(FORMATS["dataset-json"].files(runs["sized"])["ta.json"])
    change(data)
    assert breaches(data) == [what]


def test_files_carry_the_time_of_the_run(runs, tmp_path):
    finished = runs["tiny_duo"].provenance["finished"]
    data = json.loads(FORMATS["dataset-json"].files(runs["tiny_duo"])["ta.json"])
    assert data["datasetJSONCreationDateTime"] == finished.replace("+00:00", "Z")
    assert FORMATS["xpt"].files(made())["ta.xpt"].count(b"01JAN00:00:00:00") == 4


def test_domains_need_a_folder_and_a_design(tmp_path):
    with pytest.raises(ExportError, match="give a folder"):
        write(made(), tmp_path / "ta.xpt", name="xpt")
    for name in ("xpt", "dataset-json"):
        with pytest.raises(ExportError, match="no design"):
            write_all(made(arms=()), tmp_path, [name])
    assert list(tmp_path.iterdir()) == []


def test_transport_without_its_extra_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(ExportError, match=re.escape("pip install 'trialopt[sdtm]'")):
        write_all(made(), tmp_path, ["xpt"])
    assert write_all(made(), tmp_path, ["dataset-json"])
