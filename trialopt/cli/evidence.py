"""`trialopt evidence`: look into the library of published evidence, rebuild the fits, test them on later trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli.arguments import Force, JsonOption, file_option, folder_option
from trialopt.cli.errors import FAILED, fail, told
from trialopt.cli.tables import tell, tell_all
from trialopt.core import WrongInput
from trialopt.core.agent_names import agent_named, agents_of
from trialopt.core.beside import try_folder

if TYPE_CHECKING:
    from trialopt.evidence.rebuild import Change

evidence = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Look up the published evidence, refit it, and test the fit against later trials.",
)

TableFile = Annotated[Path | None, file_option("Write the table to a CSV file instead of printing it.", "--csv")]


@evidence.command("list")
def list_agents(
    tables: Annotated[bool, typer.Option("--tables", help="List the tables of the library instead.")] = False,
    output: TableFile = None,
    force: Force = False,
    as_json: JsonOption = False,
) -> None:
    """List the agents with their class, their estimated activity and the number of arms and patients behind it."""
    with told(file=output, force=force):
        import pandas as pd

        from trialopt.evidence import library, rebuild

        if tables:
            rows = [{"table": name, "rows": len(library.table(name)), "holds": what} for name, what in _held().items()]
            tell(pd.DataFrame(rows), output, force, as_json)
            return
        frame = library.agents()[["agent", "name", "class"]]
        fitted = rebuild.shipped("fitted_activity")
        if fitted is not None:
            columns = ["agent", "activity", "low", "high", "arms", "patients", "basis"]
            frame = frame.merge(fitted[columns], on="agent", how="left")
            frame[["arms", "patients"]] = frame[["arms", "patients"]].astype("Int64")
        tell(frame, output, force, as_json)


@evidence.command("show")
def show(
    agent: Annotated[str, typer.Argument(help="An agent id of `evidence list`, or as usual: dara.")],
    as_json: JsonOption = False,
) -> None:
    """Show everything the library holds on an agent: dose, response, adverse events, hazard ratios, rules, sources."""
    with told():
        from trialopt.evidence import library, precedent, rebuild
        from trialopt.evidence.arms import response_arms

        agents = library.agents().set_index("agent", drop=False)
        agent = agent if agent in agents.index else agent_named(agent) or agent
        _check_agents([agent], list(agents.index))
        fields = ("name", "class", "targets", "approval_status", "typical_dose", "source", "confidence")
        about = agents.loc[[agent], list(fields)]
        sections = {}
        for title, name in (
            ("Activity (log scale, disease with no listed mechanism, early relapse)", "fitted_activity"),
            ("Adverse events, grade 3 or worse, attributable probability", "fitted_toxicity"),
            ("Hazard ratio", "fitted_hazard"),
        ):
            fitted = rebuild.shipped(name)
            if fitted is not None:
                sections[title] = fitted[fitted["agent"] == agent].drop(columns=["agent", "class"], errors="ignore")
        arms = response_arms()
        mine = arms[[agent in library.agent_ids(text) for text in arms["agents"]]]
        sections["Response, arm by arm"] = mine[
            ["trial", "agents", "population", "n", "orr_pct", "confidence", "source"]
        ]
        rules = library.contraindications()
        named = rules[rules[["item_a", "item_b"]].isin([agent, about["class"].iloc[0]]).any(axis=1)]
        sections["Rules"] = named[["rule", "item_a", "item_b", "applies_to", "level", "source"]]
        pairs = precedent.pairs()
        together = pairs[(pairs["a"] == agent) | (pairs["b"] == agent)]
        sections["Given together with"] = together[["a", "b", "trials"]]
        tell_all(sections, as_json, [f"{field}: {about[field].iloc[0]}" for field in fields], about)


@evidence.command("sources")
def sources(
    recalled: Annotated[bool, typer.Option("--recalled", help="Only what was recalled or assumed, not read.")] = False,
    output: TableFile = None,
    force: Force = False,
    as_json: JsonOption = False,
) -> None:
    """List every citation, whether it was read or recalled, and how many rows of which tables rest on it."""
    with told(file=output, force=force):
        from trialopt.evidence import library

        frame = library.sources()
        if recalled:
            frame = frame[frame["confidence"] != "read"]
        tell(frame, output, force, as_json, hidden=("source_url",))


@evidence.command("regimens")
def regimens(
    agents: Annotated[list[str], typer.Argument(help="Agents: ids of `evidence list`, or as usual: dara, VRd.")],
    output: Annotated[
        Path | None, file_option("Write them as the regimens.csv of an instance instead of printing them.", "--csv")
    ] = None,
    force: Force = False,
    as_json: JsonOption = False,
) -> None:
    """List the tested regimens with any of these agents, each with its most recent trial.

    Regimens whose trial was halted are left out.
    """
    with told(file=output, force=force):
        import pandas as pd

        from trialopt.evidence import library
        from trialopt.evidence.facts_of_patients import regimen_facts

        named = agents_of([part for text in agents for part in text.split("+")], library.class_of())
        _check_agents(named, list(library.class_of()))
        if set(named) != set(agents):
            typer.echo(f"read as {', '.join(named)}", err=True)
        frame = pd.DataFrame(regimen_facts(named), columns=["trial", "agents", "source", "confidence", "note"])
        tell(frame, output, force, as_json, hidden=("source",))


@evidence.command("fit")
def fit(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing, only say what would change; exit code 1 if anything would.")
    ] = False,
    out: Annotated[
        Path | None, folder_option("Folder to write the tables to, in place of the package's own.", "--to")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Rebuild the fitted tables and the draws of the joint model from the library, and say what changed.

    The seed is fixed, so the same library gives the same tables. Takes about 25 seconds.
    """
    with told():
        if out is not None and not check:
            try_folder(out)
        import pandas as pd

        from trialopt.evidence import library, rebuild

        try:
            changes = rebuild.rebuild(out or library.DATA, write=not check)
        except OSError as problem:
            raise fail(f"cannot write the tables: {problem}") from problem
        if as_json:
            tell(pd.DataFrame([vars(change) | {"same": change.same} for change in changes]), None, False, True)
        else:
            typer.echo("\n".join(map(_in_words, changes)))
    if check and not all(change.same for change in changes):
        raise typer.Exit(FAILED)


@evidence.command("predict")
def predict(
    regimen: Annotated[str, typer.Argument(help="Agents joined by + or commas, or as usual: dara+VRd, Isa-Kd.")],
    population: Annotated[str, typer.Option("--population", help="Patients, e.g. newly_diagnosed, early_relapse.")],
    control: Annotated[str, typer.Option("--control", help="What the hazard ratio is against.")] = "",
    lines: Annotated[float | None, typer.Option("--lines", help="Median lines of therapy before.")] = None,
    refractory: Annotated[
        str | None, typer.Option("--refractory", help="Shares refractory, as lenalidomide=0.8;anti_cd38=0.2.")
    ] = None,
    months: Annotated[float | None, typer.Option("--months", help="Months on treatment, for adverse events.")] = None,
    patients: Annotated[int | None, typer.Option("--patients", help="Add the sampling of an arm of this size.")] = None,
    transplant: Annotated[
        str, typer.Option("--transplant", help="Newly diagnosed: eligible or ineligible; by default both.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Predict what a regimen would do in a new trial: response, CR, MRD, hazard ratio, events; with intervals."""
    with told():
        from trialopt.evidence import predict as predicted

        try:
            frame = predicted(
                regimen,
                population,
                control=control,
                lines=lines,
                refractory=refractory,
                months=months,
                patients=patients,
                transplant=transplant,
            )
        except ValueError as problem:
            raise WrongInput(str(problem)) from problem
        if as_json:
            tell(frame.round(2), None, False, True)
            return
        from trialopt.cli.predicted import sections
        from trialopt.evidence import forecast, library

        agents = ", ".join(library.agents_named(regimen)).replace("_", " ")
        whom = f"a new trial, {population.replace('_', ' ')}" + (f", {patients} patients" if patients else "")
        tell_all(sections(frame, months or forecast.SETTINGS[population].months), False, [f"{agents}: {whom}"])


@evidence.command("backtest")
def backtest(
    trials: Annotated[bool, typer.Option("--trials", help="Show the prediction of each trial too.")] = False,
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Make the predictions again instead of reading the stored ones.")
    ] = False,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Also show the main figures under other priors (takes minutes).")
    ] = False,
    joint: Annotated[bool, typer.Option("--joint", help="Show the tests of the joint model instead.")] = False,
    plot: Annotated[Path | None, file_option("Write the calibration plot to a file (png, svg, pdf).", "--plot")] = None,
    force: Force = False,
    as_json: JsonOption = False,
) -> None:
    """Show how well earlier trials predict later ones, against independence of agents and the control arm alone."""
    if plot is not None and plot.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise fail(f"{plot}: give a file that ends in .png, .svg or .pdf")
    with told(file=plot, force=force):
        from trialopt.evidence import backtest as backtesting
        from trialopt.evidence import rebuild

        if joint:
            import pandas as pd

            from trialopt.evidence import forward

            tables = forward.rebuild() if rerun else {name: rebuild.shipped(name) for name in forward.TABLES}
            shown = forward.TABLES if trials else forward.TABLES[-2:]
            tell_all({name: pd.DataFrame(tables[name]).round(2) for name in shown}, as_json)
            return
        predictions = None if rerun else rebuild.shipped("backtest_predictions")
        if predictions is None:
            predictions = backtesting.run().predictions
        sections = {}
        if trials:
            columns = ["trial_id", "published", "n", "observed", "component", "low", "high", "independence"]
            columns += ["control", "gain", "component_gain", "predictable"]
            sections["Trial by trial"] = predictions[columns].round(3)
        for which, part in backtesting.summary(predictions).round(2).groupby("trials_of", sort=False):
            sections[f"Errors of the predictions, trials: {which}"] = part.drop(columns="trials_of")
        sections["Calibration"] = backtesting.calibration(predictions).round(1)
        ceiling = rebuild.shipped("backtest_ceiling")
        if ceiling is not None:
            sections["What a model that is exactly right would show on these trials"] = ceiling
        if sensitivity:
            sections["Under other priors"] = backtesting.sensitivity().round(2)
        tell_all(sections, as_json)
        if plot is not None:
            from trialopt.evidence.response import calibration_plot

            try:
                calibration_plot(predictions, plot)
            except ImportError as problem:
                raise fail("the plot needs matplotlib: install trialopt[plot]") from problem
            typer.echo(f"{plot} written", err=True)


def _held() -> Mapping[str, str]:
    from trialopt.evidence import library

    return library.TABLES


def _check_agents(agents: Iterable[str], known: list[str]) -> None:
    """Raise `WrongInput` that names the first unknown agent and the nearest known one."""
    for agent in agents:
        if agent not in known:
            near = get_close_matches(agent, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "`trialopt evidence list` names them"
            raise WrongInput(f"no agent {agent!r} in the library; {hint}")


def _in_words(change: Change) -> str:
    what = "unchanged" if change.same else f"{change.added} new, {change.removed} gone, {change.changed} cells changed"
    largest = f"; largest {change.largest}" if change.largest else ""
    return f"{change.table}: {change.rows} rows, {what}{largest}"
