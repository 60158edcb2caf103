"""The benchmarks' own machinery: measuring, the SCIP driver, verdicts and the report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import hopeless
from benchmarks.against import compare, table
from benchmarks.cases import ENGINE, GROWTH, HIGHS, METHODS, SCIP, SUITES, Case, growth_cases, suite_cases
from benchmarks.measure import Row, measure
from benchmarks.page import BEGIN, END, update_page
from benchmarks.plots import growth
from benchmarks.table import headline, markdown, ratios, read_csv, verdict, write_csv
from trialopt.generate import Size

TINY = Size(agents=6, subgroups=2, arms=1, epochs=1, mechanisms=2)
ROW = Row(
    suite="a",
    axis="",
    agents=26,
    mechanisms=13,
    epochs=3,
    subgroups=6,
    arms=3,
    levels=False,
    carry=0.0,
    seed=1,
    method=ENGINE,
    value=0.7,
    bound=0.70001,
    gap=0.00001 / 0.7,
    asked_gap=1e-4,
    ending="optimal",
    seconds=1.0,
    cpu_seconds=2.0,
    megabytes=150.0,
    limit=60.0,
)
SLOW = replace(ROW, method=HIGHS, bound=0.8, gap=0.1 / 0.7, ending="time_limit", seconds=300.0, limit=300.0)
SUITE = {suite.name: suite for suite in SUITES}


@pytest.mark.slow
def test_all_methods_agree_on_a_tiny_case() -> None:
    pytest.importorskip("pyscipopt")
    rows = [measure(Case("a", TINY, 1, method, 1e-6, 60.0)) for method in METHODS]
    for row in rows:
        assert row.ending == "optimal", row.note
        assert row.closed
        assert row.value == pytest.approx(rows[0].value, abs=1e-6)
        assert 0 < row.seconds < 60
        assert row.cpu_seconds > 0.1
        assert 30 < row.megabytes < 2000


def test_a_run_that_fails_is_a_row_that_says_so() -> None:
    row = measure(Case("a", replace(TINY, epochs=9), 1, ENGINE, 1e-4, 5.0))
    assert row.ending == "failed"
    assert "epochs" in row.note
    assert row.value is None
    assert not row.closed


def test_rows_survive_the_file(tmp_path: Path) -> None:
    rows = [ROW, replace(SLOW, value=None, bound=None, gap=None, note='a "note", with comma')]
    write_csv(rows, tmp_path / "results.csv")
    assert read_csv(tmp_path / "results.csv") == rows


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([ROW, SLOW], "yes"),
        ([ROW, replace(SLOW, seconds=99.0)], "ratio"),
        ([ROW], "ratio"),
        ([replace(ROW, gap=2e-4), SLOW], "gap"),
        ([replace(ROW, gap=None, value=None), SLOW], "gap"),
        ([replace(ROW, agents=13), SLOW], "not judged"),
        ([ROW, SLOW, replace(ROW, seed=2, seconds=4.0), replace(SLOW, seed=2)], "ratio"),
    ],
)
def test_verdicts(rows: list[Row], expected: str) -> None:
    assert expected in verdict(SUITE["a"], rows)


def test_verdicts_on_time_and_memory() -> None:
    size = SUITE["b12"].size
    row = replace(ROW, suite="b12", agents=size.agents, subgroups=size.subgroups, arms=size.arms)
    assert verdict(SUITE["b12"], [row]) == "yes"
    assert "seconds" in verdict(SUITE["b12"], [row, replace(row, seed=2, seconds=31.0)])
    assert "memory" in verdict(SUITE["b12"], [replace(row, megabytes=2100.0)])


def test_ratios_count_the_better_rival() -> None:
    faster = replace(SLOW, method=SCIP, seconds=50.0, ending="optimal", gap=1e-5)
    assert ratios([ROW, SLOW]) == [(300.0, True)]
    assert ratios([ROW, SLOW, faster]) == [(50.0, False)]


def test_the_report_says_what_ran_out_of_time(tmp_path: Path) -> None:
    rows = [replace(row, suite=GROWTH, axis="arms") for row in (ROW, SLOW)]
    report = markdown([ROW, SLOW, *rows], "About the machine.")
    assert "time limit 300 s" in report
    assert "over 300 of 100 times" in headline([ROW, SLOW])
    assert "| arms | 3 | 1.0 s | 150 | time limit 300 s, gap 14.3 % | not run |" in report
    growth(rows, tmp_path / "growth.svg")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "benchmarks.md").write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    update_page(docs, report, tmp_path / "growth.svg")
    text = (docs / "benchmarks.md").read_text()
    assert text.startswith("before")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "About the machine." in text
    assert (docs / "figures" / "benchmarks_growth.svg").read_bytes() == (tmp_path / "growth.svg").read_bytes()
    (docs / "benchmarks.md").write_text("no marks")
    with pytest.raises(ValueError, match="no place"):
        update_page(docs, report, tmp_path / "growth.svg")


def test_cases() -> None:
    a = suite_cases(SUITE["a"], 5, quick=False)
    assert [case.method for case in a].count(ENGINE) == 5
    assert [case.method for case in a].count(SCIP) == 3
    assert all(case.size.agents < 26 for case in suite_cases(SUITE["a"], 1, quick=True))
    grown = growth_cases(3, quick=False)
    assert {case.axis for case in grown} == {"subgroups", "arms", "agents", "epochs"}
    assert {case.size.epochs for case in grown if case.axis == "epochs"} == set(range(1, 7))
    late = next(case for case in grown if case.method == HIGHS and case.axis == "arms")
    assert hopeless(late, [replace(SLOW, suite=GROWTH, axis="arms")])
    assert not hopeless(late, [replace(SLOW, suite=GROWTH, axis="agents")])
    assert not hopeless(late, [replace(ROW, suite=GROWTH, axis="arms", method=HIGHS)])


def test_seconds_against_another_tree_take_the_least_and_show_other_values() -> None:
    these = [{"x": (2.0, 0.5), "y": (1.0, 0.7)}, {"x": (1.5, 0.5), "y": (1.5, 0.7)}]
    lines = table(these, [{"x": (3.0, 0.5), "y": (1.0, 0.6)}]).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["x", "1.50", "3.00", "0.50"],
        ["y", "1.00", "1.00", "1.00", "other", "value"],
        ["all", "2.50", "4.00", "0.62"],
    ]


def test_a_folder_that_is_no_source_tree(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not a source tree"):
        compare(tmp_path, 1)
