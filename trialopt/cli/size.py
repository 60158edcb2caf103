"""The command `trialopt size`: patients, events, power or detectable effect of a trial, on its own."""

from __future__ import annotations

from typing import Annotated, Any

import typer

HELP = """Size a comparison: patients, events, power or the least effect detected, whichever is left out.

Give --p0 and --p1 (response) or --hr (pfs) to get a size; add --n to get its power; give --n without an effect
to get the effect it detects. A pfs endpoint needs --median and one of --accrual-rate and --accrual-months to
turn events into patients; with both, the follow-up needed is found. Docs and JSON keys: docs/sizing.md.

Example: trialopt size --endpoint response --p0 0.35 --p1 0.5 --power 0.9
"""

Number = float | None


def size_command(
    endpoint: Annotated[str, typer.Option(help="response (two proportions) or pfs (time to event).")],
    alpha: Annotated[float, typer.Option(help="Type I error of the whole trial, one-sided.")] = 0.025,
    sides: Annotated[int, typer.Option(help="2 if --alpha is two-sided; it is then halved.")] = 1,
    power: Annotated[Number, typer.Option(help="Power asked for; 0.9 unless it is solved for.")] = None,
    p0: Annotated[Number, typer.Option(help="Response rate of the control.")] = None,
    p1: Annotated[Number, typer.Option(help="Response rate of the experimental arm.")] = None,
    hr: Annotated[Number, typer.Option(help="Hazard ratio, experimental to control.")] = None,
    median: Annotated[Number, typer.Option(help="Median of the control, months.")] = None,
    accrual_months: Annotated[Number, typer.Option(help="Months over which patients enter.")] = None,
    accrual_rate: Annotated[Number, typer.Option(help="Patients a month, all arms together.")] = None,
    follow_up: Annotated[Number, typer.Option(help="Months after the last patient; 0 unless solved for.")] = None,
    dropout: Annotated[float, typer.Option(help="Hazard of dropping out per month (see --dropout-time).")] = 0.0,
    dropout_time: Annotated[
        Number, typer.Option(help="Makes --dropout the share of patients lost by this month.")
    ] = None,
    ratio: Annotated[
        str, typer.Option(help="Patients of an arm to those of its control, or best: fewest in all.")
    ] = "1",
    arms: Annotated[int, typer.Option(help="Experimental arms.")] = 1,
    multiplicity: Annotated[str, typer.Option(help="none, bonferroni, holm or dunnett.")] = "none",
    power_kind: Annotated[
        str, typer.Option(help="Power of a given arm (marginal), of any arm or of all arms.")
    ] = "marginal",
    shared_control: Annotated[
        bool, typer.Option(help="Arms share one control, or each has its own of the same kind.")
    ] = True,
    n: Annotated[Number, typer.Option("--n", help="Patients of all arms and controls together.")] = None,
    events: Annotated[Number, typer.Option(help="Events of one comparison, in place of patients.")] = None,
    looks: Annotated[int, typer.Option(help="Interim analyses, 0 to 3; the final one is not counted.")] = 0,
    spending: Annotated[
        str, typer.Option(help="Spending of alpha: obrien_fleming or pocock (Lan-DeMets).")
    ] = "obrien_fleming",
    futility: Annotated[
        str, typer.Option(help="Spending of beta, non-binding: none, obrien_fleming or pocock.")
    ] = "none",
    timing: Annotated[
        str | None, typer.Option(help="Information fractions of the looks, as 0.5,0.75; default equal steps.")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="response: unpooled (default), pooled. "
            "pfs: schoenfeld (default), freedman, lachin_foulkes, rubinstein."
        ),
    ] = None,
    exact: Annotated[bool, typer.Option("--exact", help="Add exact power and type I error (response).")] = False,
    subgroups: Annotated[
        str | None, typer.Option(help="Shares as 0.5,0.3,0.2: adds the power inside each subgroup.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, full precision.")] = False,
) -> None:
    """Answer one sizing question; see `HELP`."""
    from trialopt.sizing.checks import SizingError

    options = {k: v for k, v in locals().items() if k not in ("as_json", "SizingError")}
    try:
        result = _answer(options)
    except SizingError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        import json

        typer.echo(json.dumps(result, indent=2, allow_nan=False))
    else:
        from trialopt.sizing.report import report

        typer.echo(report(result))


def _answer(options: dict[str, Any]) -> dict[str, Any]:
    from trialopt.sizing.answer import answer
    from trialopt.sizing.request import SizeRequest

    ratio = options["ratio"]
    options["ratio"] = ratio if ratio == "best" else _numbers(ratio, "--ratio", 1)[0]
    for name in ("timing", "subgroups"):
        if options[name] is not None:
            options[name] = _numbers(options[name], f"--{name}")
    return answer(SizeRequest(**options))


def _numbers(text: str, option: str, count: int | None = None) -> tuple[float, ...]:
    from trialopt.sizing.checks import SizingError

    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if not values or (count is not None and len(values) != count):
        wanted = "one number or best" if count == 1 else "numbers separated by commas"
        raise SizingError(f"{option} must be {wanted}, not {text!r}")
    return values


def register(app: typer.Typer) -> None:
    """Add the command `size` to a Typer application."""
    app.command("size", help=HELP)(size_command)
