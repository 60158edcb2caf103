"""`trialopt export`: one file, several formats, a folder; what is wrong is told with exit code 2."""

from __future__ import annotations

import pytest

from tests.cli.conftest import call
from tests.made import made
from trialopt.output.formats import FORMATS
from trialopt.output.sdtm.domains import DOMAINS
from trialopt.record.rows import NAMES

__all__ = ["call"]


@pytest.fixture
def run(tmp_path):
    made(sized=True).save(tmp_path / "run" / "solution.json")
    return "run"


def test_one_file_by_its_end(call, run, tmp_path):
    assert call("export", run, "-o", "a.csv", "-o", "b.xlsx").stdout == "a.csv written\nb.xlsx written\n"
    assert (tmp_path / "a.csv").exists()


def test_one_format_to_a_file(call, run, tmp_path):
    assert call("export", run, "--format", "latex", "-o", "arms.tex").exit_code == 0
    assert call("export", run, "-f", "parquet", "-o", "risk.parquet", "--table", "risk").exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"run", "arms.tex", "risk.parquet"}


SCRIPTS = {".r": "sizes.R", ".sas": "sizes.sas"}


def test_every_format_to_one_folder(call, run, tmp_path):
    result = call("export", run, "--format", ",".join(FORMATS), "-o", "all.files")
    assert result.exit_code == 0, result.stderr
    names = {path.name for path in (tmp_path / "all.files").iterdir()}
    assert names == {
        *(f"{table}{end}" for table in NAMES for end in (".csv", ".parquet")),
        *(f"{domain.lower()}{end}" for domain in DOMAINS for end in (".xpt", ".json")),
        *(SCRIPTS.get(f.suffix, f"design{f.suffix}") for f in FORMATS.values() if f.holds == "document"),
        *(f"randomisation_{name}.csv" for name in ("production", "development", "blocks", "fields")),
        *("usdm.json", "define.xml"),
    }
    assert len(result.stdout.splitlines()) == len(names)
    assert [line.partition(" still needs: ")[0] for line in result.stderr.splitlines()] == [
        "xpt", "dataset-json", "prs", "usdm",
    ]  # fmt: skip


def test_files_that_are_there_need_force(call, run):
    assert call("export", run, "-f", "csv", "-f", "md", "-o", "out").exit_code == 0
    again = call("export", run, "-f", "csv", "-f", "md", "-o", "out")
    assert again.exit_code == 2
    assert "are there already; --force replaces them" in again.stderr
    assert call("export", run, "-f", "csv", "-f", "md", "-o", "out", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-f", "excel", "-o", "out"), "no format 'excel'"),
        (("-f", "csv", "-o", "out.md"), "give a folder, or a file that ends in .csv"),
        (("-f", "csv", "-f", "md", "-o", "out.md"), "give a folder"),
        (("-f", "csv", "-o", "a", "-o", "b"), "give one -o with --format"),
        (("-f", "xpt", "-o", "ta.xpt"), "give a folder"),
        (("-o", "ta.xpt"), "--format and a folder"),
        (("-f", "csv", "-o", "x.csv", "--table", "arm"), "no table 'arm'"),
    ],
)
def test_wrong_arguments_are_told(call, run, tmp_path, arguments, message):
    result = call("export", run, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"run"}
