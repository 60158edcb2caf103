"""``trialopt evidence``: look into the library, rebuild the fits, run the backtest. Thin: the work is elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

evidence = typer.Typer(
    no_args_is_help=True, help="Published evidence: look it up, refit it, test it against later trials."
)


def register(app: typer.Typer) -> None:
    """Add the ``evidence`` commands to an application."""
    app.add_typer(evidence, name="evidence")


def _print(frame: pd.DataFrame) -> None:
    import pandas as pd

    if frame.empty:
        typer.echo("none")
        return
    with pd.option_context("display.width", 200, "display.max_colwidth", 70, "display.max_columns", None):
        typer.echo(frame.to_string(index=False, na_rep=""))


def _stop(message: str) -> typer.Exit:
    typer.echo(f"error: {message}", err=True)
    return typer.Exit(2)


def _one_thread() -> None:
    """Keep linear algebra to one thread, unless told otherwise: the matrices are small, threads only wait."""
    import os

    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


@evidence.command("list")
def list_agents(
    tables: Annotated[bool, typer.Option("--tables", help="List the tables instead of the agents.")] = False,
) -> None:
    """List the agents with their class, estimated activity and how much stands behind it."""
    import pandas as pd

    from trialopt.evidence import library, rebuild

    if tables:
        rows = [
            {"table": name, "rows": len(library.table(name)), "holds": what} for name, what in library.TABLES.items()
        ]
        _print(pd.DataFrame(rows))
        return
    frame = library.agents()[["agent", "name", "class"]]
    fitted = rebuild.shipped("fitted_activity")
    if fitted is not None:
        frame = frame.merge(
            fitted[["agent", "activity", "low", "high", "arms", "patients", "basis"]], on="agent", how="left"
        )
        frame[["arms", "patients"]] = frame[["arms", "patients"]].astype("Int64")
    _print(frame)


@evidence.command("show")
def show(agent: Annotated[str, typer.Argument(help="An agent id, as `evidence list` prints it.")]) -> None:
    """Show all the library holds on an agent: dose, response, adverse events, hazard ratios, rules, sources."""
    from trialopt.evidence import library, precedent, rebuild
    from trialopt.evidence.arms import response_arms

    agents = library.agents().set_index("agent", drop=False)
    if agent not in agents.index:
        from difflib import get_close_matches

        near = get_close_matches(agent, list(agents.index), n=1)
        hint = f"; did you mean {near[0]}?" if near else "; `trialopt evidence list` names them"
        raise _stop(f"no agent {agent!r} in the library{hint}")
    row = agents.loc[agent]
    for field in ("name", "class", "targets", "approval_status", "typical_dose", "source", "confidence"):
        typer.echo(f"{field}: {row[field]}")

    def section(title: str, frame: pd.DataFrame) -> None:
        typer.echo(f"\n{title}")
        _print(frame)

    for title, name, key in [
        ("Activity (log scale, disease with no listed mechanism, early relapse)", "fitted_activity", "agent"),
        ("Adverse events, grade 3 or worse, attributable probability", "fitted_toxicity", "agent"),
        ("Hazard ratio", "fitted_hazard", "agent"),
    ]:
        fitted = rebuild.shipped(name)
        if fitted is not None:
            section(title, fitted[fitted[key] == agent].drop(columns=[key]))
    arms = response_arms()
    mine = arms[[agent in library.agent_ids(text) for text in arms["agents"]]]
    section("Response, arm by arm", mine[["trial", "agents", "population", "n", "orr_pct", "confidence", "source"]])
    rules = library.contraindications()
    named = rules[
        (rules[["item_a", "item_b"]] == agent).any(axis=1) | (rules[["item_a", "item_b"]] == row["class"]).any(axis=1)
    ]
    section("Rules", named[["rule", "item_a", "item_b", "applies_to", "level", "source"]])
    pairs = precedent.pairs()
    together = pairs[(pairs["a"] == agent) | (pairs["b"] == agent)]
    section("Given together with", together[["a", "b", "trials"]])


@evidence.command("sources")
def sources(
    recalled: Annotated[bool, typer.Option("--recalled", help="Only what was recalled or assumed, not read.")] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the list to a file instead.")] = None,
) -> None:
    """List every citation, whether it was read or recalled, and how many rows of which tables rest on it."""
    from trialopt.evidence import library

    frame = library.sources()
    if recalled:
        frame = frame[frame["confidence"] != "read"]
    if csv is not None:
        beside = csv.with_name(f".{csv.name}.new")
        frame.to_csv(beside, index=False)
        beside.replace(csv)
        typer.echo(f"{len(frame)} sources written to {csv}")
        return
    _print(frame.drop(columns="source_url"))


@evidence.command("regimens")
def regimens(
    agents: Annotated[list[str], typer.Argument(help="Agent ids, as `evidence list` prints them.")],
    csv: Annotated[Path | None, typer.Option("--csv", help="Write a regimens.csv for an instance instead.")] = None,
) -> None:
    """List the tested regimens that have any of these agents, the most recent trial of each; halted ones left out."""
    import pandas as pd

    from trialopt.evidence import library
    from trialopt.evidence.facts_of_patients import regimen_facts

    unknown = [agent for agent in agents if agent not in library.class_of()]
    if unknown:
        from difflib import get_close_matches

        near = get_close_matches(unknown[0], library.class_of(), n=1)
        hint = f"; did you mean {near[0]}?" if near else "; `trialopt evidence list` names them"
        raise _stop(f"no agent {unknown[0]!r} in the library{hint}")
    frame = pd.DataFrame(regimen_facts(agents), columns=["trial", "agents", "source", "confidence", "note"])
    if csv is None:
        _print(frame.drop(columns="source"))
        return
    beside = csv.with_name(f".{csv.name}.new")
    frame.to_csv(beside, index=False, lineterminator="\n")
    beside.replace(csv)
    typer.echo(f"{len(frame)} regimens written to {csv}")


@evidence.command("fit")
def fit(
    check: Annotated[
        bool, typer.Option("--check", help="Only say what would change; exit 1 if anything would.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to write to; default the package's own tables.")
    ] = None,
) -> None:
    """Rebuild the fitted tables from the library and say what changed (seeded; about 15 seconds)."""
    _one_thread()
    from trialopt.evidence import library, rebuild

    try:
        changes = rebuild.rebuild(to or library.DATA, write=not check)
    except OSError as problem:
        raise _stop(f"cannot write the tables: {problem}") from problem
    for change in changes:
        what = (
            "unchanged" if change.same else f"{change.added} new, {change.removed} gone, {change.changed} cells changed"
        )
        largest = f"; largest {change.largest}" if change.largest else ""
        typer.echo(f"{change.table}: {change.rows} rows, {what}{largest}")
    if check and not all(change.same for change in changes):
        raise typer.Exit(1)


@evidence.command("backtest")
def backtest(
    trials: Annotated[bool, typer.Option("--trials", help="Print the prediction of each trial too.")] = False,
    rerun: Annotated[bool, typer.Option("--rerun", help="Predict again instead of reading the stored run.")] = False,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Headline figures under other priors (minutes).")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Write the calibration plot to a file (png, svg, pdf).")
    ] = None,
) -> None:
    """Print how well earlier trials predict later ones, against independence and the control arm alone."""
    _one_thread()
    from trialopt.evidence import backtest as backtesting
    from trialopt.evidence import rebuild

    predictions = None if rerun else rebuild.shipped("backtest_predictions")
    if predictions is None:
        predictions = backtesting.run().predictions
    if trials:
        columns = ["trial_id", "published", "n", "observed", "component", "low", "high", "independence"]
        columns += ["control", "gain", "component_gain", "predictable"]
        _print(predictions[columns].round(3))
        typer.echo("")
    _print(backtesting.summary(predictions).round(2))
    typer.echo("")
    _print(backtesting.calibration(predictions).round(1))
    ceiling = rebuild.shipped("backtest_ceiling")
    if ceiling is not None:
        typer.echo("\nWhat a model that is exactly right would show on these trials:")
        _print(ceiling)
    if sensitivity:
        typer.echo("")
        _print(backtesting.sensitivity().round(2))
    if plot is not None:
        from trialopt.evidence.diagnostics import calibration_plot

        try:
            calibration_plot(predictions, plot)
        except ImportError as problem:
            raise _stop("the plot needs matplotlib: install trialopt[plot]") from problem
        typer.echo(f"plot written to {plot}")
