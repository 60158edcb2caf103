"""Run the suites, write `results.csv`, `results.md` and `growth.svg`, and with `--docs` the page of the docs."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.against import compare
from benchmarks.cases import COMPACT, GROWTH, METHODS, SUITES, Case, growth_cases, suite_cases
from benchmarks.measure import Row, measure
from benchmarks.page import update_page
from benchmarks.plots import growth
from benchmarks.table import headline, markdown, read_csv, write_csv

ROOT = Path(__file__).parents[1]


def arguments() -> argparse.Namespace:
    """Command line."""
    names = [*(suite.name for suite in SUITES), GROWTH]
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--quick", action="store_true", help="smaller sizes and limits, one seed: minutes")
    how.add_argument("--full", action="store_true", help="the sizes of the suites: hours")
    how.add_argument("--report", action="store_true", help="run nothing, write the report of results.csv again")
    parser.add_argument("--suites", nargs="+", choices=names, default=names, help="which suites (default all)")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS, help="which methods (default all)")
    parser.add_argument("--seeds", type=int, help="seeds of each suite (default 5, of growth 3; quick 1)")
    parser.add_argument("--out", type=Path, help="where results go (default benchmarks/results; quick: run/benchmarks)")
    parser.add_argument("--resume", action="store_true", help="keep the cases that results.csv has already")
    parser.add_argument("--against", type=Path, help="with --quick: only compare the engine with this source tree")
    parser.add_argument("--repeat", type=int, default=3, help="how often each tree is run with --against (default 3)")
    parser.add_argument("--docs", action="store_true", help="put tables and plot into docs/benchmarks.md")
    args = parser.parse_args()
    if args.against is not None and not args.quick:
        parser.error("--against needs --quick")
    args.out = args.out or ROOT / ("run/benchmarks" if args.quick else "benchmarks/results")
    return args


def cases(args: argparse.Namespace) -> list[Case]:
    """What is to be run, in order."""
    chosen: list[Case] = []
    for suite in SUITES:
        if suite.name in args.suites:
            chosen += suite_cases(suite, args.seeds or (1 if args.quick else 5), args.quick)
    if GROWTH in args.suites:
        chosen += growth_cases(args.seeds or (1 if args.quick else 3), args.quick)
    return [case for case in chosen if case.method in args.methods]


def hopeless(case: Case, rows: list[Row]) -> bool:
    """In the growth suite a compact method is not tried beyond the first size it could not finish."""
    return case.method in COMPACT and any(
        row.suite == GROWTH == case.suite and row.axis == case.axis and row.method == case.method and not row.closed
        for row in rows
    )


def main() -> None:
    """Run, and write after every case so that nothing is lost."""
    args = arguments()
    if args.against is not None:
        print(compare(args.against, args.repeat))
        return
    args.out.mkdir(parents=True, exist_ok=True)
    table = args.out / "results.csv"
    rows = read_csv(table) if (args.resume or args.report) and table.exists() else []
    there = {(r.suite, r.axis, r.agents, r.subgroups, r.arms, r.epochs, r.seed, r.method) for r in rows}
    for case in [] if args.report else cases(args):
        size = case.size
        key = (case.suite, case.axis, size.agents, size.subgroups, size.arms, size.epochs, case.seed, case.method)
        if key in there or hopeless(case, rows):
            continue
        row = measure(case)
        rows.append(row)
        write_csv(rows, table)
        print(_line(row), file=sys.stderr, flush=True)
    if not rows:
        raise SystemExit("nothing was run")
    (args.out / "results.md").write_text(markdown(rows, machine()), encoding="utf-8")
    plotted = args.out / "growth.svg"
    if any(row.suite == GROWTH for row in rows):
        growth(rows, plotted)
    if args.docs:
        update_page(ROOT / "docs", markdown(rows, machine()), plotted)
    print(headline(rows))


def machine() -> str:
    """What the numbers were measured on."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("pyomo", "highspy", "pyscipopt", "numpy"))
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {packages}. Seconds are "
        "wall clock of solving (imports and reading left out, for all methods alike), memory is the peak of the whole "
        f"process, and every run has a process of its own. Load average of the machine when the runs ended: {_load()}."
    )


def _load() -> str:
    return f"{os.getloadavg()[2]:.1f}" if hasattr(os, "getloadavg") else "not known"


def _line(row: Row) -> str:
    gap = "none" if row.gap is None else f"{row.gap:.1e}"
    sizes = f"{row.agents} agents {row.subgroups} subgroups {row.arms} arms {row.epochs} epochs carry {row.carry:g}"
    return (
        f"{row.suite} {row.axis} {sizes} seed {row.seed} {row.method}: {row.ending} gap {gap} "
        f"{row.seconds:.1f} s (CPU {row.cpu_seconds:.1f} s) {row.megabytes:.0f} MB {row.note}"
    )


if __name__ == "__main__":
    main()
