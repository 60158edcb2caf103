"""`trialopt explain`: what binds a design, what each agent costs or is worth, or why nothing fits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli.arguments import (
    ExcludeOption,
    IncludeOption,
    QuestionArgument,
    SetOption,
    overrides_of,
    read_question,
    run_at,
)
from trialopt.cli.errors import DONE, INFEASIBLE, STOPPED, STOPPED_EMPTY, told
from trialopt.cli.searching import Progress, QuietOption, folder_for, stops

if TYPE_CHECKING:
    from trialopt.core.instance import Instance
    from trialopt.decision.explain import Explanation
    from trialopt.record.solution import Solution


def explain(
    instance: QuestionArgument,
    part: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART",
            help="limits, agents or contribution; may be repeated. All without it.",
            show_default=False,
        ),
    ] = None,
    settings: SetOption = None,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", min=0.0, help="Seconds after which to stop; what is done is kept.")
    ] = None,
    processes: Annotated[
        int, typer.Option(min=1, max=2, help="With 2, limits and agents are looked into at the same time.")
    ] = 2,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write explanation.json and the tables as CSV.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON and no tables.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Explain the best design: which limits bind, what each agent costs or is worth, and what each component does.

    Every number comes from solving a changed question again. Where nothing fits: the limits in conflict, and the
    smallest repairs. Exit codes: 0 complete; 2 the command line or the instance is wrong; 3 proven infeasible; 4
    stopped before all was answered; 5 stopped without a design.
    """
    with told():
        from trialopt.decision.explain import PARTS

        for name in part or ():
            if name not in PARTS:
                raise typer.BadParameter(f"{name!r} is not one of {', '.join(PARTS)}", param_hint="--part")
        folder_for(out)
        overrides = overrides_of(settings, include, exclude)
        question = read_question(instance, overrides=overrides)
        solution = None if overrides else _answer(instance)
        explanation = _explained(question, solution, part or list(PARTS), time_limit, processes, quiet)
        if out is not None:
            from trialopt.output.formats.explanation import write

            write(explanation, out)
    if as_json:
        from trialopt.output.formats.explanation import encode

        typer.echo(encode(explanation), nl=False)
    else:
        from trialopt.output.terminal.console import show
        from trialopt.output.terminal.explain import explanation_parts

        show(lambda width: explanation_parts(explanation, width))
    if out is not None and not quiet:
        typer.echo(f"written to {out}", err=True)
    raise typer.Exit(_code(explanation))


def _answer(name: str) -> Solution | None:
    """The record of a run; `None` when the name is an instance's."""
    from trialopt.record.solution import Solution

    run = run_at(name)
    return None if run is None else Solution.load(run)


def _explained(
    question: Instance, solution: Solution | None, parts: list[str], time: float | None, processes: int, quiet: bool
) -> Explanation:
    from trialopt.core.run import Limits, Monitor
    from trialopt.decision.explain import explain as reasons

    with Progress(quiet) as progress:
        monitor = Monitor(Limits(time=time), progress)
        with stops(monitor):
            return reasons(question, solution, parts=parts, monitor=monitor, processes=processes)


def _code(explanation: Explanation) -> int:
    if explanation.infeasible is not None:
        return INFEASIBLE
    if explanation.design is None:
        return STOPPED_EMPTY
    return DONE if explanation.complete else STOPPED
