"""Trial design files read back by what did not write them: pandas for SAS transport, `json` for Dataset-JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd

from trialopt.output.sdtm.domains import Dataset, Study


def _cell(value: object) -> object:
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() else value
    return value


def read_transport(folder: Path) -> dict[str, list[dict]]:
    """Records of every `.xpt` of a folder, by domain."""
    read = {}
    for path in sorted(folder.glob("*.xpt")):
        frame = pd.read_sas(path, format="xport", encoding="ascii")
        read[path.stem.upper()] = [
            {name: _cell(value) for name, value in zip(frame.columns, row, strict=True)}
            for row in frame.astype(object).itertuples(index=False, name=None)
        ]
    return read


def read_dataset_json(folder: Path) -> Study:
    """The study in the Dataset-JSON files of a folder."""
    study = {}
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        names = [column["name"] for column in data["columns"]]
        labels = {column["name"]: column["label"] for column in data["columns"]}
        rows = [{name: _cell(value) for name, value in zip(names, row, strict=True)} for row in data["rows"]]
        study[path.stem.upper()] = Dataset(data["label"], labels, rows)
    return study


def write_dataset_json(study: Study, folder: Path) -> None:
    """Write a study, broken or not, as plainly as can be."""
    for name, dataset in study.items():
        columns = [
            {"itemOID": v, "name": v, "label": label, "dataType": "string"} for v, label in dataset.labels.items()
        ]
        rows = [[record.get(v) for v in dataset.labels] for record in dataset.records]
        text = json.dumps({"name": name, "label": dataset.label, "columns": columns, "rows": rows}, ensure_ascii=False)
        (folder / f"{name.lower()}.json").write_text(text, encoding="utf-8")
