"""`trialopt whatif`: what a change of the instance changes in the answer."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

from trialopt.cli import arguments as shared
from trialopt.cli.errors import exit_code, fail
from trialopt.cli.question import overrides_of, read_asked
from trialopt.cli.runner import GAP, Runner


def whatif(
    instance: shared.QuestionArgument,
    settings: shared.SetOption = None,
    include: shared.IncludeOption = None,
    exclude: shared.ExcludeOption = None,
    gap: shared.GapOption = GAP,
    time_limit: shared.TimeOfEachOption = None,
    out: Annotated[Path | None, shared.folder_option("Write both runs, into the subfolders base and changed.")] = None,
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
    run = Runner(out, as_json, quiet, gap, time_limit)
    with run.told():
        from trialopt.decision import whatif as asking
        from trialopt.output.terminal.comparison import whatif_parts

        document, base = read_asked(instance)
        if out is not None:
            asking.check_folders(out)
        answer = asking.whatif(
            document,
            include=overrides.include,
            exclude=overrides.exclude,
            settings=overrides.settings,
            base=base,
            search=lambda name, question: run.solve(question, name),
        )
        code = exit_code(answer.changed.ending, answer.changed.design is not None)
        run.finish(partial(whatif_parts, answer), answer.to_json, code, write=answer.save)
