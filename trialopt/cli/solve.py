"""`trialopt solve`: the best design of an instance, with its proof; of several, side by side."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli import STARTED
from trialopt.cli.arguments import InstancesArgument, read_document
from trialopt.cli.errors import exit_code, told
from trialopt.cli.searching import Searches, promised

if TYPE_CHECKING:
    from trialopt.core.instance import Instance
    from trialopt.record.solution import Solution


def solve(
    instances: InstancesArgument,
    method: Annotated[
        str, typer.Option(help="auto, compact (the model as written down) or decompose (the fast exact engine).")
    ] = "auto",
    gap: Annotated[float, typer.Option(min=0.0, help="Stop when value and bound are this close, relatively.")] = 1e-4,
    time_limit: Annotated[float | None, typer.Option(min=0.0, help="Seconds after which to stop.")] = None,
    node_limit: Annotated[int | None, typer.Option(min=1, help="Branch-and-bound nodes of any one program.")] = None,
    profile: Annotated[
        str, typer.Option(help="HiGHS option file of the compact model: quick, default, proof, or a path.")
    ] = "default",
    max_arms: Annotated[int | None, typer.Option(help="Most arms, in the place of the instance's.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write solution.json and the tables as CSV; of several, a folder in it each."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the solution as JSON and no tables; several as a list.")
    ] = False,
    sources: Annotated[bool, typer.Option("--sources", help="List what each arm's numbers rest on.")] = False,
    timings: Annotated[bool, typer.Option("--timings", help="Print where the time went.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Find the best arms and prove how good they are.

    Exit codes: 0 a design within the gap; 1 the program failed; 2 the command line or the instance is wrong;
    3 proven infeasible; 4 stopped at a limit or by Ctrl-C with a design; 5 stopped without one. Of several, the
    largest.
    """
    with told():
        from trialopt.core.run import Limits
        from trialopt.decision.solving import METHODS
        from trialopt.reading import build

        if method not in METHODS:
            raise typer.BadParameter(f"{method!r} is not one of {', '.join(METHODS)}", param_hint="--method")
        _check_profile(profile)
        gap = promised(gap)
        imported = time.perf_counter()
        documents = [read_document(name, max_arms) for name in instances]
        questions = [build(document) for document in documents]
        names = _names(instances)
        folders = _folders(names, out)
        read = time.perf_counter()
        spent = {"importing": imported - STARTED, "reading": read - imported}
        search = Searches(Limits(gap, time_limit, node_limit, profile), method=method, quiet=quiet)
        solutions: list[Solution] = []
        for name, document, question, folder in zip(names, documents, questions, folders, strict=True):
            solution = search(question, name if len(names) > 1 else "")
            known = {**spent, **solution.provenance["timings"]}
            solution = replace(solution, provenance={**solution.provenance, "timings": known})
            solutions.append(solution)
            if folder is not None:
                from trialopt.output.formats.folder import write_run

                write_run(solution, folder, document)
            if search.interrupted:
                break
    _print(solutions, names, as_json, sources)
    if not quiet:
        _remarks(questions, solutions, out)
    if timings:
        _print_timings(solutions)
    raise typer.Exit(max(exit_code(solution.ending, solution.design is not None) for solution in solutions))


def _names(instances: list[str]) -> list[str]:
    """A name for each, also of its folder: the folder's or file's own, numbered where it repeats."""
    plain = [Path(name).resolve().stem if name.endswith(".toml") else Path(name).resolve().name for name in instances]
    return [f"{name}_{plain[: k + 1].count(name)}" if plain.count(name) > 1 else name for k, name in enumerate(plain)]


def _folders(names: list[str], out: Path | None) -> list[Path | None]:
    """Where each run is written; refused before anything is solved where it cannot be."""
    if out is None:
        return [None] * len(names)
    from trialopt.output.formats.folder import check_folder

    folders = [out / name if len(names) > 1 else out for name in names]
    for folder in (out, *folders):
        check_folder(folder)
    return list(folders)


def _check_profile(profile: str) -> None:
    """Refuse an unknown profile before anything is computed."""
    if profile != "default":
        from trialopt.model import profiles

        profiles.load(profile)


def _print(solutions: list[Solution], names: list[str], as_json: bool, sources: bool) -> None:
    if as_json:
        records = [solution.to_json() for solution in solutions]
        typer.echo(records[0] if len(names) == 1 else f"[\n{','.join(records)}]\n", nl=False)
        return
    from trialopt.output.terminal.console import show
    from trialopt.output.terminal.run import run_parts

    if len(solutions) == 1:
        show(lambda width: run_parts(solutions[0], width, sources=sources))
        return
    from trialopt.output.terminal.comparison import comparison_parts
    from trialopt.record.comparison import compare

    comparison = compare(*solutions, names=names[: len(solutions)])
    show(lambda width: comparison_parts(comparison, width))
    if sources:
        from trialopt.output.terminal.sizes import source_tables

        for name, solution in zip(names, solutions, strict=False):
            typer.echo(f"\n{name}\n")
            show(partial(source_tables, solution))


def _remarks(questions: list[Instance], solutions: list[Solution], out: Path | None) -> None:
    warnings = sum(len(solution.warnings) for solution in solutions)
    if warnings:
        listed = sum(len(question.warnings) for question in questions)
        more = f"; trialopt validate lists {listed} of them" if listed else ""
        typer.echo(f"{warnings} warning{'' if warnings == 1 else 's'}{more}", err=True)
    if len(solutions) < len(questions):
        typer.echo(f"stopped: {len(questions) - len(solutions)} not solved", err=True)
    if out is not None:
        typer.echo(f"written to {out}", err=True)


def _print_timings(solutions: list[Solution]) -> None:
    spent: dict[str, float] = {}
    for k, solution in enumerate(solutions):
        for name, seconds in solution.provenance["timings"].items():
            once = name in ("importing", "reading")
            spent[name] = seconds if once or k == 0 else spent.get(name, 0.0) + seconds
    whole = time.perf_counter() - STARTED
    spent["showing and the rest"] = max(0.0, whole - sum(spent.values()))
    for name, seconds in spent.items():
        typer.echo(f"{name:<24}{seconds:8.2f} s {100 * seconds / whole:5.1f} %", err=True)
    typer.echo(f"{'all':<24}{whole:8.2f} s", err=True)
