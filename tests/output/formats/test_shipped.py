"""Every shipped instance in every format: its trial design files, read back, keep every rule of the standard."""

from __future__ import annotations

import re

import pytest

import trialopt
from tests.output.formats.studies import read_dataset_json, read_transport
from tests.output.names import ids_said
from tests.word import faults
from trialopt.core.catalog import find, instances
from trialopt.output.formats import FORMATS, ExportError, write_all
from trialopt.output.report.page import page
from trialopt.output.sdtm.study import findings
from trialopt.output.terminal.first import first_parts
from trialopt.record.rows import NAMES
from trialopt.record.solution import Solution


def assert_screens_read_well(solution: Solution) -> None:
    """The first screen has room on a terminal, breaks no word, and no sentence of it or of the page has an id."""
    for width in (60, 80, 100, 160):
        lines = [str(line) for line in first_parts(solution, width)]
        assert max(map(len, lines)) <= width
        assert width < 100 or len(lines) <= 25
    text = " ".join(str(line) for line in first_parts(solution, 100))
    shown = re.sub(r"<(?:script|style).*?</(?:script|style)>|<[^>]*>", " ", page(solution), flags=re.DOTALL)
    assert not list(ids_said(f"{text} {shown.replace(solution.question.name, '')}", solution.question))


@pytest.mark.slow
@pytest.mark.parametrize("name", [shipped.name for shipped in instances()])
def test_a_shipped_instance_in_every_format(tmp_path, name):
    solution = trialopt.solve(trialopt.read(find(name)), gap=0.3, time_limit=120)
    assert_screens_read_well(solution)
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
