"""`trialopt simulate`: a design's operating characteristics, from trials that are played."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli import arguments as shared
from trialopt.cli.errors import DONE, STOPPED, STOPPED_EMPTY
from trialopt.cli.runner import Runner

if TYPE_CHECKING:
    from trialopt.simulate.trial import Trial


def _several(name: str, metavar: str, told: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        name, metavar=metavar, help=f"{told} May be repeated.", show_default=False
    )
    return option


def simulate(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...",
            help="Run folders written by `solve --out`, for trials with patients, or .toml files of trials written by "
            "hand. Several are held side by side.",
            show_default=False,
        ),
    ],
    trials: Annotated[int, typer.Option(min=1, help="Trials of each design under each scenario.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the patients; the same seed repeats them.")] = 1,
    delay: Annotated[
        list[float] | None, _several("--delay", "MONTHS", "Also play an effect that begins so late (pfs).")
    ] = None,
    accrual: Annotated[
        list[str] | None, _several("--accrual", "xFACTOR", "Also play with accrual so many times as fast: x0.5.")
    ] = None,
    dropout: Annotated[
        list[str] | None, _several("--dropout", "xFACTOR", "Also play with so many times the dropout: x2.")
    ] = None,
    control: Annotated[
        list[str] | None,
        _several("--control", "SHIFT", "Also play with another control rate or median: x1.2, +0.05 or -0.05."),
    ] = None,
    without: Annotated[
        list[str] | None, _several("--without", "SUBGROUP", "Also play without an effect in this subgroup.")
    ] = None,
    hazard_ratio: Annotated[
        list[str] | None,
        _several("--hazard-ratio", "PIECES", "Also play a hazard ratio by month after entry, as 0:1,6:0.6 (pfs)."),
    ] = None,
    alternatives: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Hold the first N designs of the run's alternatives.json side by side, the recommended one included.",
        ),
    ] = 0,
    standard_of_care: Annotated[
        bool, typer.Option("--standard-of-care", help="Also play the trial with the control given to everybody.")
    ] = False,
    test: Annotated[
        str | None,
        typer.Option(
            metavar="TEST",
            help="Decide by another test than the one the design names: mantel_haenszel, mantel_haenszel_pooled, "
            "z_unpooled, z_pooled, fisher, boschloo, stratified_logrank or logrank.",
            show_default=False,
        ),
    ] = None,
    latest: Annotated[
        float, typer.Option(min=1.0, help="Analyse at the latest after so many times the planned study (pfs).")
    ] = 2.0,
    workers: shared.WorkersOption = None,
    scheduler: shared.SchedulerOption = None,
    store: shared.StoreOption = None,
    out: Annotated[
        Path | None,
        shared.folder_option(
            "Write simulation.json, CSV tables and, if matplotlib is installed, a figure. In the run's folder, its "
            "report will show them."
        ),
    ] = None,
    force: shared.ForceRun = False,
    time_limit: shared.TimeOption = None,
    as_json: shared.JsonOption = False,
    quiet: shared.QuietOption = False,
) -> None:
    """Play a design's trial many times, patient by patient.

    Each arm is played with its subgroups as strata, its accrual, dropout, looks, bounds and the test it names, without
    an effect, with the effect it is sized for, with the effect predicted and with effects drawn from all that is
    uncertain; each option adds a scenario to these, on the effect sized for.

    Exit codes: 0 all trials played; 2 wrong command line, run or scenario; 4 stopped by Ctrl-C or the time limit with
    what was played by then; 5 stopped before any.
    """
    run = Runner(out, as_json, quiet, time_limit=time_limit, force=force)
    with run.told():
        from trialopt.output.formats.folder import figure_of, write_tables
        from trialopt.output.terminal.simulation import simulation_parts
        from trialopt.simulate.scenario import asked_scenarios, default_scenarios
        from trialopt.simulate.simulate import simulate_trials
        from trialopt.simulate.simulation import FILE_NAME

        asked = asked_scenarios(
            delay=delay or (),
            accrual=shared.listed(accrual),
            dropout=shared.listed(dropout),
            control=shared.listed(control),
            without=shared.listed(without),
            hazard_ratio=hazard_ratio or (),
        )
        designs = _designs(runs, alternatives, test, seed)
        first = next(iter(designs.values()))
        if standard_of_care:
            designs["standard of care"] = first.standard_of_care()
        run.reserve(FILE_NAME, first.sha256)
        found = run.count(
            lambda monitor: simulate_trials(
                designs,
                [*default_scenarios(first), *asked],
                trials=trials,
                seed=seed,
                workers=workers,
                scheduler=scheduler,
                store=shared.store_of(store, out),
                latest=latest,
                monitor=monitor,
            ),
            whole=True,
        )

        def write(folder: Path) -> None:
            write_tables(
                folder,
                found.tables,
                (FILE_NAME, found.to_json()),
                first.sha256,
                force=force,
                figures=figure_of(FILE_NAME, found),
            )

        run.finish(
            partial(simulation_parts, found),
            found.to_json,
            DONE if found.complete else STOPPED if found.scenarios else STOPPED_EMPTY,
            write=write if found.scenarios else None,
            remarks=["" if found.complete or (store is None and out is None) else "the same command again goes on"],
        )


def _designs(runs: list[Path], alternatives: int, test: str | None, seed: int) -> dict[str, Trial]:
    """The trials of all designs asked for, by name."""
    from trialopt.cli.errors import fail
    from trialopt.output.formats.folder import read_question_of
    from trialopt.record.solution import Solution
    from trialopt.simulate.plan import trial_of
    from trialopt.simulate.trial import RATE_TESTS, SURVIVAL_TESTS
    from trialopt.simulate.written import read_trial

    if alternatives and len(runs) > 1:
        raise fail("--alternatives goes with one run")
    found: dict[str, Trial] = {}
    for path in runs:
        if path.suffix == ".toml":
            found[path.stem] = read_trial(path)
            continue
        document, instance = read_question_of(path)
        folder = path if path.is_dir() else path.parent
        name = folder.resolve().name if len(runs) > 1 else "recommended"
        while name in found:
            name += "'"
        found[name] = trial_of(Solution.load(path), instance, document, seed=seed)
        if alternatives > 1:
            for rank, numbers in _alternatives(folder, instance, alternatives):
                found[f"number {rank}"] = trial_of(numbers, instance, document, seed=seed)
    endpoints = {trial.endpoint == "pfs" for trial in found.values()}
    if len(endpoints) > 1:
        raise fail("runs with response rates and with progression-free survival cannot be held side by side")
    if test is not None:
        known = SURVIVAL_TESTS if endpoints == {True} else RATE_TESTS
        if test not in known:
            raise fail(f"--test {test}: it has to be one of {', '.join(known)} for this endpoint")
        if test in ("fisher", "boschloo") and any(trial.looks > 1 for trial in found.values()):
            raise fail(f"--test {test}: exact tests are for trials without interim looks")
        found = {name: trial.tested_by(test) for name, trial in found.items()}
    return found


def _alternatives(folder: Path, instance, most: int):  # type: ignore[no-untyped-def]
    from trialopt.decision.alternatives import Alternatives
    from trialopt.evaluation import evaluate
    from trialopt.record.solution import numbers_of

    for item in Alternatives.load(folder).items[:most]:
        if item.rank > 1:
            yield item.rank, numbers_of(instance, evaluate(instance, item.design))
