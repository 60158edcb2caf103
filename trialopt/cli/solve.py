"""`trialopt solve`: the best design of an instance, with its proof; of several, side by side."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trialopt.cli import STARTED
from trialopt.cli import arguments as shared
from trialopt.cli.errors import exit_code
from trialopt.cli.question import overrides_of, read_document
from trialopt.cli.runner import GAP, Runner

if TYPE_CHECKING:
    from trialopt.core.instance import Instance
    from trialopt.record.solution import Solution


def solve(
    instances: shared.InstancesArgument,
    settings: shared.SetOption = None,
    include: shared.IncludeOption = None,
    exclude: shared.ExcludeOption = None,
    max_arms: Annotated[int | None, typer.Option(help="Short for --set trial.max_arms=N.", metavar="N")] = None,
    method: Annotated[
        str,
        typer.Option(
            help="decompose (the fast exact engine), compact (the mixed-integer program as written down) or auto "
            "(the engine, or the program where the instance is too large for the engine), or both: proven by one and "
            "the other, with an error if they disagree."
        ),
    ] = "auto",
    gap: shared.GapOption = GAP,
    time_limit: shared.TimeOfEachOption = None,
    node_limit: Annotated[
        int | None, typer.Option(min=1, help="Stop after this many branch-and-bound nodes in any one program.")
    ] = None,
    profile: Annotated[
        str, typer.Option(help="HiGHS options for the compact program: quick, default, proof, or a file.")
    ] = "default",
    out: Annotated[
        Path | None,
        shared.folder_option("Write solution.json and the tables as CSV; for several instances, a subfolder for each."),
    ] = None,
    force: shared.ForceRun = False,
    as_json: shared.JsonOption = False,
    sources: Annotated[bool, typer.Option("--sources", help="List the sources behind each arm's numbers.")] = False,
    full: shared.FullOption = False,
    timings: Annotated[bool, typer.Option("--timings", help="Print on stderr how long each step took.")] = False,
    quiet: shared.QuietOption = False,
) -> None:
    """Find the best design and prove how good it is.

    Exit codes: 0 a design within the gap; 1 the program failed; 2 wrong command line or instance; 3 proven infeasible;
    4 stopped at a limit or by Ctrl-C with a design; 5 stopped without a design. For several instances, the largest.
    """
    run = Runner(out, as_json, quiet, gap, time_limit, node_limit, profile, force)
    with run.told():
        _check_options(method, profile)
        imported = time.perf_counter()
        overrides = overrides_of(settings, include, exclude, max_arms)
        documents = [read_document(name, overrides) for name in instances]
        from trialopt.reading import build

        questions = [build(document) for document in documents]
        names = _names(instances)
        folders = _folders(names, questions, out, force)
        spent = {"importing": imported - STARTED, "reading": time.perf_counter() - imported}
        solutions: list[Solution] = []
        for name, document, question, folder in zip(names, documents, questions, folders, strict=True):
            solution = run.solve(question, name if len(names) > 1 else "", method)
            known = {**spent, **solution.provenance["timings"]}
            solution = replace(solution, provenance={**solution.provenance, "timings": known})
            if solution.design is not None:
                from trialopt.decision.predicted import predicted

                solution = replace(solution, predicted=predicted(document, question, solution.design))
            solutions.append(solution)
            if folder is not None:
                from trialopt.output.formats.folder import write_runs

                run.keep(partial(write_runs, {"": (solution, document)}, folder, force=force))
            if run.interrupted:
                break
        code = max(exit_code(solution.ending, solution.design is not None) for solution in solutions)
        try:
            run.finish(
                partial(_parts, solutions, names, sources, full, out),
                partial(_json, solutions, len(names) > 1),
                code,
                remarks=_remarks(questions, solutions),
            )
        finally:
            if timings:
                _print_timings(solutions)


def _check_options(method: str, profile: str) -> None:
    """Refuse an unknown method or profile before anything is computed."""
    from trialopt.decision.solving import METHODS

    if method in ("compact", "both"):
        import_module("trialopt.model.rounds")  # about a second, in which Ctrl-C still ends the program at once
    if method not in METHODS:
        raise typer.BadParameter(f"{method!r} is not one of {', '.join(METHODS)}", param_hint="--method")
    if profile != "default":
        from trialopt.model import profiles

        profiles.load(profile)


def _names(instances: list[str]) -> list[str]:
    """A name for each, also of its folder: the folder's or file's own, numbered where it is taken (case aside)."""
    plain = [
        Path(name).resolve().stem if name.endswith((".toml", ".xlsx")) else Path(name).resolve().name
        for name in instances
    ]
    lower = [name.casefold() for name in plain]
    taken = {name for name in lower if lower.count(name) == 1}
    names: list[str] = []
    for name in plain:
        own, number = name, 0
        while lower.count(name.casefold()) > 1 and (not number or own.casefold() in taken):
            number += 1
            own = f"{name}_{number}"
        taken.add(own.casefold())
        names.append(own)
    return names


def _folders(names: list[str], questions: list[Instance], out: Path | None, force: bool) -> list[Path | None]:
    """Where each run is written; refused before anything is solved where it cannot be."""
    if out is None:
        return [None] * len(names)
    from trialopt.output.formats.folder import check_folder

    folders = [out / name if len(names) > 1 else out for name in names]
    for folder, question in zip(folders, questions, strict=True):
        check_folder(folder, {"": question.sha256}, force=force)
    return list(folders)


def _json(solutions: list[Solution], several: bool) -> str:
    """One record, or a list of them where several were asked for."""
    records = [solution.to_json() for solution in solutions]
    return f"[\n{','.join(records)}]\n" if several else records[0]


def _parts(
    solutions: list[Solution], names: list[str], sources: bool, full: bool, out: Path | None, width: int
) -> Iterable[Any]:
    """The first screen of one run, or its tables; several side by side."""
    if len(solutions) == 1:
        if full or sources:
            from trialopt.output.terminal.run import run_parts

            yield from run_parts(solutions[0], width, sources=sources)
            return
        from trialopt.output.terminal.first import first_parts

        yield from first_parts(solutions[0], width, where="" if out is None else str(out))
        return
    from trialopt.output.terminal.comparison import comparison_parts
    from trialopt.output.terminal.sizes import source_tables
    from trialopt.record.comparison import compare

    yield from comparison_parts(compare(*solutions, names=names[: len(solutions)]), width)
    for name, solution in zip(names, solutions, strict=False):
        if sources:
            yield f"\n{name}\n"
            yield from source_tables(solution, width)


def _remarks(questions: list[Instance], solutions: list[Solution]) -> Iterator[str]:
    warnings = sum(len(solution.warnings) for solution in solutions)
    if warnings:
        listed = sum(len(question.warnings) for question in questions)
        which = "them" if listed == warnings else f"{listed} of them"
        more = f"; trialopt validate lists {which}" if listed else ""
        yield f"{warnings} warning{'' if warnings == 1 else 's'}{more}"
    from trialopt.output.doubts import doubts

    for solution in solutions:
        yield from (f"warning: {text}" for text in doubts(solution))
    if len(solutions) < len(questions):
        yield f"stopped: {len(questions) - len(solutions)} not solved"


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
