"""Arguments and options that several commands share, spelt and told the same in all of them.

`--out` is a folder, `--output` a file; where only one of them makes sense, both are taken.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def shipped(incomplete: str) -> list[str]:
    """Names of shipped instances that begin so, for the completion of the shell."""
    from trialopt.core.catalog import instances

    return [instance.name for instance in instances() if instance.name.startswith(incomplete)]


INSTANCE_HELP = "An instance folder, a workbook, a scenario file, or the name of a shipped instance."

InstanceArgument = Annotated[
    str, typer.Argument(metavar="INSTANCE", help=INSTANCE_HELP, show_default=False, autocompletion=shipped)
]
InstancesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="INSTANCE...",
        help=f"{INSTANCE_HELP} Several are solved in turn and compared.",
        show_default=False,
        autocompletion=shipped,
    ),
]
QuestionArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN_OR_INSTANCE",
        help="A run folder written by `solve --out`, its solution.json, or an instance as for `solve`.",
        show_default=False,
        autocompletion=shipped,
    ),
]
RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run folder or its solution.json.", show_default=False)
]

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Replace a value of the instance, leaving its files as they are: a setting (trial.max_arms=4, "
        "epoch.induction.max_agents=2, rules.precedent=true) or a table cell as TABLE.KEY.COLUMN "
        "(categories.neutropenia.limit=0.5, toxicity.bortezomib.neutropenia.probability=0.1). "
        "Leave VALUE empty to remove the value. May be repeated.",
        show_default=False,
    ),
]
IncludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="AGENT",
        help="Require this agent or class in every arm. May be repeated, or written a,b.",
        show_default=False,
    ),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="AGENT",
        help="Forbid this agent or class in every arm. May be repeated, or written a,b.",
        show_default=False,
    ),
]

FullOption = Annotated[bool, typer.Option("--full", help="Every table, not only the first screen.")]

GapOption = Annotated[
    float,
    typer.Option(
        "--gap", min=0.0, help="Stop once the value is proven to be within this share of the best possible value."
    ),
]
TimeOption = Annotated[
    float | None,
    typer.Option("--time-limit", min=0.0, metavar="SECONDS", help="Stop after this time and keep what was found."),
]
TimeOfEachOption = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        min=0.0,
        metavar="SECONDS",
        help="Stop each solve after this time; there are many, so the command takes longer.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        metavar="N",
        help="Solve in N processes of this machine; 1 is this one. Default: one for each core.",
        show_default=False,
    ),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="Solve by the workers of a Dask scheduler: its address (tcp://HOST:PORT), its scheduler file, or local "
        "to start one here with --workers processes.",
        show_default=False,
    ),
]
StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="FILE",
        help="Keep finished solves in this SQLite file, and take from it what an earlier run finished. "
        "Default: solves.sqlite in the folder of --out.",
        show_default=False,
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Print no progress and no remarks on stderr.")]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
ForceRun = Annotated[
    bool, typer.Option("--force", help="Replace a run of another question, or files changed since, in the folder.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that already exist.")]


def folder_option(holds: str, *older: str) -> Any:
    """`--out DIR` of a command that writes a folder."""
    return typer.Option("--out", "--output", "-o", *older, metavar="DIR", help=holds, show_default=False)


def file_option(holds: str, *older: str) -> Any:
    """`--output FILE` of a command that writes a file."""
    return typer.Option("--output", "-o", "--out", *older, metavar="FILE", help=holds, show_default=False)


def place_option(holds: str, *older: str) -> Any:
    """`--output PATH` of a command that writes a file or a folder, by what the path looks like."""
    return typer.Option("--output", "-o", "--out", *older, metavar="PATH", help=holds, show_default=False)


def store_of(store: Path | None, out: Path | None) -> Path | None:
    """File that keeps finished solves; `None` where neither it nor a folder is given."""
    return store if store is not None or out is None else out / "solves.sqlite"


DrawsOption = Annotated[
    int | None,
    typer.Option(
        "--draws",
        min=2,
        metavar="N",
        help="How many truths to draw. Default: those of [uncertainty], else 200.",
        show_default=False,
    ),
]
SeedOfDrawsOption = Annotated[
    int | None, typer.Option(min=0, help="Seed of the draws. Default: that of [uncertainty].", show_default=False)
]


def with_draws(settings: list[str] | None, draws: int | None, seed: int | None) -> list[str]:
    """Settings with what `--draws` and `--seed` ask for, as they are of every other command: a part of the question."""
    asked = {"draws": draws, "seed": seed}
    return [*(settings or ()), *(f"uncertainty.{key}={value}" for key, value in asked.items() if value is not None)]


def listed(texts: list[str] | None) -> tuple[str, ...]:
    """Values of an option that may be repeated and may hold several with commas between."""
    return tuple(name.strip() for text in texts or () for name in text.split(",") if name.strip())
