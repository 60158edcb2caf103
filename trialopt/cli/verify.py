"""`trialopt verify`: a run's claims checked by a program that has no solver and no search."""

from __future__ import annotations

import typer

from trialopt.cli import arguments as shared
from trialopt.cli.errors import DONE, INFEASIBLE, STOPPED, told


def verify(run: shared.RunArgument, as_json: shared.JsonOption = False) -> None:
    """Check what a run claims, without a solver.

    Reads the run's folder again and recomputes value, limits, rules and sizes with formulas of its own; reproduces the
    bound from the tables and the prices in certificate.json. Exit codes: 0 all verified; 2 a file is missing or cannot
    be read; 3 something is not so; 4 nothing is wrong, but not all could be checked.
    """
    with told():
        from trialopt.record.solution import Solution
        from trialopt.verify import verify as checked

        Solution.load(run)
        verdict = checked(run)
        if as_json:
            import json

            found = [vars(finding) for finding in verdict.findings]
            typer.echo(json.dumps({"verdict": verdict.sentence, "findings": found}, indent=1, ensure_ascii=False))
        else:
            for finding in verdict.findings:
                typer.echo(f"{finding.about:<10} {MARKS[finding.state]}  {finding.sentence}")
            typer.echo(verdict.sentence)
        code = INFEASIBLE if verdict.contradicted else DONE if verdict.verified else STOPPED
        raise typer.Exit(code)


MARKS = {"right": "ok", "wrong": "NO", "open": "? "}
