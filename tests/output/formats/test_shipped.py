"""Every shipped instance in every format: its trial design files, read back, keep every rule of the standard."""

from __future__ import annotations

import pytest

import trialopt
from tests.output.formats.studies import read_dataset_json, read_transport
from tests.word import faults
from trialopt.core.catalog import find, instances
from trialopt.output.formats import FORMATS, ExportError, write_all
from trialopt.output.sdtm.study import findings
from trialopt.record.rows import NAMES


@pytest.mark.slow
@pytest.mark.parametrize("name", [shipped.name for shipped in instances()])
def test_a_shipped_instance_in_every_format(tmp_path, name):
    solution = trialopt.solve(trialopt.read(find(name)), gap=0.3, time_limit=120)
    if not solution.arms:
        assert solution.ending == "infeasible"
        return
    for form in FORMATS:
        if form == "randomisation" and not solution.question.sized:
            with pytest.raises(ExportError, match="nobody is randomised"):
                write_all(solution, tmp_path / form, [form])
            continue
        assert write_all(solution, tmp_path / form, [form])
    assert faults((tmp_path / "docx" / "design.docx").read_bytes(), solution) == []
    study = read_dataset_json(tmp_path / "dataset-json")
    assert findings(study) == []
    assert read_transport(tmp_path / "xpt") == {domain: dataset.records for domain, dataset in study.items()}
    assert len(list((tmp_path / "csv").iterdir())) == len(NAMES)
