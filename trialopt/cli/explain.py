"""`trialopt explain` and `trialopt whatif`: what the answer rests on, and what a change of the instance does to it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli import arguments as shared
from trialopt.cli.errors import DONE, INFEASIBLE, STOPPED, STOPPED_EMPTY, exit_code, fail
from trialopt.cli.question import overrides_of, read_asked
from trialopt.cli.runner import GAP, Runner

if TYPE_CHECKING:
    from trialopt.decision.explain import Explanation


RECORD = "explanation.json"
"""File of the whole explanation."""


def explain(
    instance: shared.QuestionArgument,
    part: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART",
            help="limits, agents or contribution; all three by default. May be repeated, or written a,b.",
            show_default=False,
        ),
    ] = None,
    settings: shared.SetOption = None,
    include: shared.IncludeOption = None,
    exclude: shared.ExcludeOption = None,
    time_limit: shared.TimeOption = None,
    processes: Annotated[
        int, typer.Option(min=1, max=2, help="Use 2 to examine limits and agents at the same time.")
    ] = 2,
    out: Annotated[Path | None, shared.folder_option("Write explanation.json and the tables as CSV.")] = None,
    force: shared.ForceRun = False,
    as_json: shared.JsonOption = False,
    quiet: shared.QuietOption = False,
) -> None:
    """Explain the best design, or why no design is possible.

    limits: which limits hold the value down, and what relaxing each would gain. agents: why each agent is or is not
    used, and what the opposite would cost. contribution: what each component adds to coverage and to toxicity. If no
    design is possible: the limits in conflict, and the smallest changes that resolve it.

    Every number comes from solving a changed instance. There is no --gap: each answer is proven to 1e-6.

    Exit codes: 0 complete; 2 wrong command line or instance; 3 proven infeasible; 4 stopped before every question was
    answered; 5 stopped without a design.
    """
    run = Runner(out, as_json, quiet, time_limit=time_limit, force=force)
    with run.told():
        from trialopt.decision import explain as reasons
        from trialopt.output.formats.data import explanation_json
        from trialopt.output.formats.folder import write_tables
        from trialopt.output.terminal.explain import explanation_parts
        from trialopt.reading import build

        parts = shared.listed(part) or reasons.PARTS
        for name in parts:
            if name not in reasons.PARTS:
                raise typer.BadParameter(f"{name!r} is not one of {', '.join(reasons.PARTS)}", param_hint="--part")
        document, solution = read_asked(instance, overrides_of(settings, include, exclude))
        question = build(document)
        run.reserve(RECORD, question.sha256)
        found = run.follow(
            lambda monitor: reasons.explain(question, solution, parts=parts, monitor=monitor, processes=processes)
        )
        run.finish(
            partial(explanation_parts, found),
            partial(explanation_json, found),
            _code(found),
            write=lambda folder: write_tables(
                folder, found.tables, (RECORD, explanation_json(found)), question.sha256, force=force
            ),
        )


def _code(explanation: Explanation) -> int:
    if explanation.infeasible is not None:
        return INFEASIBLE
    if explanation.design is None:
        return STOPPED_EMPTY
    return DONE if explanation.complete else STOPPED


def whatif(
    instance: shared.QuestionArgument,
    settings: shared.SetOption = None,
    include: shared.IncludeOption = None,
    exclude: shared.ExcludeOption = None,
    gap: shared.GapOption = GAP,
    time_limit: shared.TimeOfEachOption = None,
    out: Annotated[Path | None, shared.folder_option("Write both runs, into the subfolders base and changed.")] = None,
    force: shared.ForceRun = False,
    as_json: shared.JsonOption = False,
    quiet: shared.QuietOption = False,
) -> None:
    """Change an instance, without editing its files, and see what that changes.

    Solves the instance as it is and as changed by --set, --include and --exclude, and compares the two answers. Given
    a run instead of an instance, its answer is used and only the changed instance is solved.

    Exit codes are those of `solve` for the changed instance.
    """
    overrides = overrides_of(settings, include, exclude)
    if not overrides:
        raise fail("say what to change: --set, --include or --exclude")
    run = Runner(out, as_json, quiet, gap, time_limit, force=force)
    with run.told():
        from trialopt.decision import whatif as asking
        from trialopt.output.terminal.comparison import whatif_parts

        document, base = read_asked(instance)
        if out is not None:
            from trialopt.output.formats.folder import check_folder
            from trialopt.reading import build
            from trialopt.reading.overrides import apply

            asked = {asking.BASE: document, asking.CHANGED: apply(document, overrides)}
            check_folder(out, {name: build(question).sha256 for name, question in asked.items()}, force=force)
        answer = asking.whatif(
            document,
            include=overrides.include,
            exclude=overrides.exclude,
            settings=overrides.settings,
            base=base,
            search=lambda name, question: run.solve(question, name),
        )
        code = exit_code(answer.changed.ending, answer.changed.design is not None)
        run.finish(partial(whatif_parts, answer), answer.to_json, code, write=partial(answer.save, force=force))
