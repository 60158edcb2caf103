"""What is done with a run that is there: `trialopt show`, `check`, `export` and `report`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer

from trialopt.cli import arguments as shared
from trialopt.cli.errors import DONE, INFEASIBLE, fail, told
from trialopt.cli.question import overrides_of, read_instance
from trialopt.output import PAGES, TRUTHS

if TYPE_CHECKING:
    from trialopt.decision.alternatives import Alternatives
    from trialopt.decision.verdict import Verdict
    from trialopt.record.solution import Solution


def show(
    run: shared.RunArgument,
    pages: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PAGE]...",
            help=f"Whole tables: {', '.join((*PAGES, TRUTHS))}. Without one, the first screen.",
            show_default=False,
            autocompletion=lambda incomplete: [page for page in (*PAGES, TRUTHS) if page.startswith(incomplete)],
        ),
    ] = None,
    full: shared.FullOption = False,
    sources: Annotated[bool, typer.Option("--sources", help="The page sources, after the others.")] = False,
    as_json: shared.JsonOption = False,
) -> None:
    """Show a run again: the answer on one screen, or its tables."""
    with told():
        for page in pages or ():
            if page not in (*PAGES, TRUTHS):
                raise typer.BadParameter(f"{page!r} is not one of {', '.join((*PAGES, TRUTHS))}", param_hint="PAGE")
        from trialopt.record.solution import Solution

        solution = Solution.load(run)
        if as_json:
            typer.echo(solution.to_json(), nl=False)
            return
        from trialopt.output.terminal import console

        console.show(_shown(solution, run, pages or [], full, sources))


def _shown(solution: Solution, run: Path, pages: list[str], full: bool, sources: bool) -> Callable[[int], Any]:
    """What `show` draws: all tables, some of them, or the first screen."""
    from trialopt.output.terminal import run as whole

    if full:
        return partial(whole.run_parts, solution, sources=sources)
    if pages or sources:
        return partial(whole.page_parts, solution, [*pages, *(["sources"] if sources else [])])
    from trialopt.output.terminal.first import first_parts

    return partial(first_parts, solution, where=str(run), runner_up=_runner_up(run, solution))


def _runner_up(run: Path, solution: Solution) -> str:
    """The second of the alternatives in the run's folder, in words; empty where nobody asked for them."""
    found = _alternatives(run, solution)
    if found is None or len(found.items) < 2:
        return ""
    second = found.items[1]
    from trialopt.output.terminal.first_words import changes_in_words, worse

    return worse(solution, second.loss, changes_in_words(solution.question, found.items[0].design, second.design))


def check(
    instance: shared.InstanceArgument,
    design: Annotated[
        Path,
        typer.Argument(metavar="DESIGN", help="A solution.json, a run folder or a design.csv.", show_default=False),
    ],
    settings: shared.SetOption = None,
    include: shared.IncludeOption = None,
    exclude: shared.ExcludeOption = None,
) -> None:
    """Check any design against an instance.

    Prints the design's exact numbers and every rule and limit that it breaks. Exit code 3 if it breaks any.
    """
    with told():
        from trialopt.evaluation import evaluate
        from trialopt.output.terminal import console
        from trialopt.output.terminal.run import check_parts
        from trialopt.record.design_file import read_design
        from trialopt.record.solution import numbers_of
        from trialopt.record.words import worded

        question = read_instance(instance, overrides_of(settings, include, exclude))
        evaluation = evaluate(question, read_design(design, question))
        numbers = numbers_of(question, evaluation)
        console.show(partial(check_parts, numbers, evaluation))
        for warning in evaluation.warnings:
            typer.echo(f"warning: {worded(numbers.question, warning)}", err=True)
    raise typer.Exit(INFEASIBLE if evaluation.violations else DONE)


def export(
    run: shared.RunArgument,
    output: Annotated[list[Path], shared.place_option("A file, or a folder for several. May be repeated.")],
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="csv, parquet, json, md, latex, xlsx, docx, xpt, dataset-json, prs, usdm or randomisation. May be "
            "repeated, or written a,b. Without it, the ending of each file decides.",
        ),
    ] = None,
    table: Annotated[
        str, typer.Option(help="The table a single .csv or .parquet file holds: arms, allocation, coverage, risk, ...")
    ] = "arms",
    force: shared.Force = False,
) -> None:
    """Write the tables of a run to files.

    A folder gets every file of the formats: a .csv or .parquet file for each table, a .xpt (SAS transport) or .json
    (Dataset-JSON) file for each domain of the CDISC SDTM trial design, a single file for the other formats.
    """
    with told(*output, force=force):
        solution, asked = _with_simulation(run), shared.listed(formats)
        for path in _written(solution, output, asked, table, force):
            typer.echo(f"{path} written")
        from trialopt.output.formats import format_of, known, lacking

        for line in lacking(solution, map(known, asked) if asked else map(format_of, output)):
            typer.echo(line, err=True)


def _written(solution: Solution, output: list[Path], formats: tuple[str, ...], table: str, force: bool) -> list[Path]:
    from trialopt.output.formats import FORMATS, ExportError, known, write, write_all, write_each

    if not formats:
        return list(write_each(solution, output, table=table, force=force))
    if len(output) > 1:
        raise ExportError("give one -o with --format: a folder, or the file of a single format")
    formats = tuple(known(name) for name in formats)
    path = output[0]
    if len(formats) == 1 and path.suffix.lower() == FORMATS[formats[0]].suffix and not path.is_dir():
        return [write(solution, path, name=formats[0], table=table, force=force)]
    if path.is_file() or path.suffix.lower() in {form.suffix for form in FORMATS.values()}:
        ends = " or ".join(dict.fromkeys(FORMATS[name].suffix for name in formats))
        raise ExportError(f"{path}: give a folder" + (f", or a file that ends in {ends}" if len(formats) == 1 else ""))
    return list(write_all(solution, path, list(formats), force=force))


def report(
    run: shared.RunArgument,
    output: Annotated[Path, shared.file_option("The page to write, a .html file.")],
    force: shared.Force = False,
) -> None:
    """Write a run as one self-contained HTML page.

    It holds the question, the recommendation, figures, tables, sources and the certificate, and the next best designs
    if `trialopt alternatives RUN --out RUN` has put them into the run's folder; so it does what `stability`, `robust`
    and `learn` have put there for the same question, and what-ifs in folders of the run (`trialopt whatif RUN
    --exclude X --out RUN/without_X`). The page needs no other file and no network.
    """
    if output.suffix.lower() not in (".html", ".htm"):
        raise fail(f"{output}: a report is one page; give a file that ends in .html")
    with told(file=output, force=force):
        from trialopt.core.catalog import write_text
        from trialopt.output.report import page

        solution = _with_simulation(run)
        beside = _beside(run, solution)
        listed, replay = _alternatives(run, solution), _replay(run, solution)
        text = page(solution, alternatives=listed, replay=replay, beside=beside, whatifs=_whatifs(run, solution))
        write_text(output, text)
        typer.echo(f"{output} written")


class _Record(Protocol):
    """What a command wrote into a run's folder; it says of which question it is."""

    @property
    def instance(self) -> Mapping[str, str]: ...


R = TypeVar("R", bound=_Record)


def _of_the_run(run: Path, solution: Solution, file: str, load: Callable[[Path], R], wrong: str) -> R | None:
    """What `load` reads from a file beside a run, `None` where there is none.

    Raises `WrongInput`, which says what is `wrong`, for a record of another question.
    """
    from trialopt.core import WrongInput

    folder = run if run.is_dir() else run.parent
    if not (folder / file).is_file():
        return None
    found = load(folder)
    if found.instance["sha256"] != solution.question.sha256:
        raise WrongInput(f"{folder / file}: {wrong}")
    return found


def _with_simulation(run: Path) -> Solution:
    """A run, with what `simulate` wrote beside it. Raises `WrongInput` for a simulation of another question."""
    from dataclasses import replace

    from trialopt.record.solution import Solution
    from trialopt.simulate.simulation import FILE_NAME, Simulation

    solution = Solution.load(run)
    wrong = "plays another question than the run beside it; remove it, or simulate the run again"
    found = _of_the_run(run, solution, FILE_NAME, Simulation.load, wrong)
    return solution if found is None else replace(solution, simulation=found)


def _replay(run: Path, solution: Solution) -> Verdict | None:
    """The replay in the run's folder, `None` where there is none. Raises `WrongInput` for one of another question."""
    from trialopt.decision.verdict import FILE_NAME, Verdict

    wrong = "plays another question than the run beside it; remove it, or replay the run again"
    return _of_the_run(run, solution, FILE_NAME, Verdict.load, wrong)


def _alternatives(run: Path, solution: Solution) -> Alternatives | None:
    """The list in the run's folder, `None` where there is none. Raises `WrongInput` for one of another question."""
    from trialopt.decision.alternatives import FILE_NAME, Alternatives

    wrong = "answers another question than the run beside it; remove it, or list the designs again"
    return _of_the_run(run, solution, FILE_NAME, Alternatives.load, wrong)


def _whatifs(run: Path, solution: Solution) -> dict[str, Solution]:
    """Runs of changed questions that `whatif --out` wrote into folders of the run, by the folder's name."""
    from trialopt.core import WrongInput
    from trialopt.decision.whatif import BASE, CHANGED
    from trialopt.record.solution import FILE_NAME, Solution

    folder, found = run if run.is_dir() else run.parent, {}
    for changed in sorted(folder.glob(f"*/{CHANGED}/{FILE_NAME}")):
        base = changed.parent.parent / BASE
        try:
            same = Solution.load(base).question.sha256 == solution.question.sha256
        except WrongInput:
            continue  # not the two runs of a what-if
        if same:
            found[changed.parent.parent.name] = Solution.load(changed)
    return found


def _beside(run: Path, solution: Solution) -> dict[str, Any]:
    """Records of `robust` and `learn` in the run's folder that answer its question."""
    from trialopt.core import WrongInput
    from trialopt.core.read_back import read_back
    from trialopt.output.under_truths import BESIDE

    folder = run if run.is_dir() else run.parent
    found = {}
    for file in BESIDE:
        if (folder / file).is_file():
            path, record = read_back(folder, file)
            try:
                same = record["instance"]["sha256"] == solution.question.sha256
            except (KeyError, TypeError):
                raise WrongInput(f"{path}: not what trialopt writes; remove it, or make it again") from None
            if same:
                found[file] = record
    return found
