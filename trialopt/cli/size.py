"""`trialopt size`: patients, events, power or detectable effect of a comparison, on its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from trialopt.cli.arguments import Force, JsonOption, file_option
from trialopt.cli.errors import told

Number = float | None


def size(
    endpoint: Annotated[
        str | None, typer.Option(help="response (two proportions) or pfs (time to event); every comparison needs it.")
    ] = None,
    alpha: Annotated[float, typer.Option(help="One-sided type I error of the whole trial.")] = 0.025,
    sides: Annotated[int, typer.Option(help="2 if --alpha is two-sided; it is then halved.")] = 1,
    power: Annotated[Number, typer.Option(help="Power; 0.9 unless power is what is calculated.")] = None,
    p0: Annotated[Number, typer.Option(help="Response rate of the control.")] = None,
    p1: Annotated[Number, typer.Option(help="Response rate of the experimental arm.")] = None,
    hr: Annotated[Number, typer.Option(help="Hazard ratio, experimental to control.")] = None,
    median: Annotated[Number, typer.Option(help="Median time to event of the control, in months.")] = None,
    accrual_months: Annotated[Number, typer.Option(help="Months over which patients enter.")] = None,
    accrual_rate: Annotated[Number, typer.Option(help="Patients entering per month, all arms together.")] = None,
    follow_up: Annotated[
        Number, typer.Option(help="Months of follow-up after the last patient; 0 unless it is calculated.")
    ] = None,
    dropout: Annotated[float, typer.Option(help="Hazard of dropping out per month (see --dropout-time).")] = 0.0,
    dropout_time: Annotated[
        Number, typer.Option(help="If given, --dropout is the share of patients lost by this month.")
    ] = None,
    ratio: Annotated[
        str, typer.Option(help="Patients per arm to patients of its control, or best: fewest patients in all.")
    ] = "1",
    arms: Annotated[int, typer.Option(help="Number of experimental arms.")] = 1,
    multiplicity: Annotated[
        str,
        typer.Option(help="none, bonferroni, sidak, holm, dunnett, mams (two stages: with --looks 1)."),
    ] = "none",
    power_kind: Annotated[
        str, typer.Option(help="Power of each single arm (marginal), of at least one (any) or of all arms (all).")
    ] = "marginal",
    shared_control: Annotated[
        bool, typer.Option(help="Whether all arms share one control, or each has a control of its own.")
    ] = True,
    n: Annotated[Number, typer.Option("--n", help="Patients of all arms and controls together.")] = None,
    events: Annotated[Number, typer.Option(help="Events of one comparison, instead of patients.")] = None,
    looks: Annotated[int, typer.Option(help="Interim analyses, 0 to 9, not counting the final analysis.")] = 0,
    spending: Annotated[
        str, typer.Option(help="Alpha spending: obrien_fleming, pocock, hsd:GAMMA or power:RHO.")
    ] = "obrien_fleming",
    futility: Annotated[str, typer.Option(help="Non-binding beta spending: none, or as --spending.")] = "none",
    timing: Annotated[
        str | None, typer.Option(help="Information fractions of the interim analyses, as 0.5,0.75; equal by default.")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="response: unpooled (default), pooled, casagrande, fisher, boschloo. "
            "pfs: schoenfeld (default), freedman, lachin_foulkes, rubinstein."
        ),
    ] = None,
    exact: Annotated[bool, typer.Option("--exact", help="Add exact power and type I error (response).")] = False,
    block: Annotated[
        int | None, typer.Option(help="Patients of a block of the randomisation: sides are whole blocks.")
    ] = None,
    subgroups: Annotated[
        str | None, typer.Option(help="Shares as 0.5,0.3,0.2: adds the power within each subgroup.")
    ] = None,
    margin: Annotated[
        Number,
        typer.Option(
            help="Non-inferiority: a difference of rates, or a hazard ratio above 1; without --p1 or --hr no effect."
        ),
    ] = None,
    delay: Annotated[Number, typer.Option(help="Months after entry at which --hr sets in (pfs).")] = None,
    early_hr: Annotated[float, typer.Option(help="Hazard ratio before --delay.")] = 1.0,
    nested: Annotated[
        Number, typer.Option(help="Share of patients with a biomarker: a second test in them, beside the overall one.")
    ] = None,
    nested_effect: Annotated[
        Number, typer.Option(help="Experimental rate, or hazard ratio, in them; the overall one by default.")
    ] = None,
    overall_alpha: Annotated[Number, typer.Option(help="Alpha of the overall test; 0.8 of --alpha by default.")] = None,
    shape: Annotated[str, typer.Option(help="Bounds of mams: triangular, pocock or obrien_fleming.")] = "triangular",
    others: Annotated[float, typer.Option(help="Share of the effect that every other arm has (mams).")] = 0.0,
    single_arm: Annotated[
        str | None, typer.Option(help="No control: optimal or minimax (Simon's two stages), or one_stage; exact.")
    ] = None,
    at_look: Annotated[
        int | None, typer.Option(help="Interim look that was reached: conditional and predictive power there.")
    ] = None,
    z: Annotated[Number, typer.Option("--z", help="Statistic seen at the look.")] = None,
    observed: Annotated[
        Number, typer.Option(help="Effect seen at the look instead: a difference of rates, or a hazard ratio.")
    ] = None,
    prior: Annotated[
        str | None, typer.Option(help="MEAN,SD of the effect before the trial, in shares of the planned one.")
    ] = None,
    p_values: Annotated[
        str | None, typer.Option(help="One-sided p-values as 0.01,0.03: adjusted by five procedures.")
    ] = None,
    output: Annotated[Path | None, file_option("Write the answer as JSON to a file too.")] = None,
    force: Force = False,
    as_json: JsonOption = False,
) -> None:
    """Calculate the patients, events, power or detectable effect of one comparison: whichever is left out.

    Give --p0 and --p1 (response) or --hr (pfs) to get a size; add --n to get its power; give --n without an effect to
    get the smallest effect detected. With pfs, --median and either --accrual-rate or --accrual-months turn events into
    patients; with both, the follow-up needed is calculated. Other questions: --margin (non-inferiority), --delay (late
    effects), --nested (a biomarker), --single-arm, --at-look, --p-values. Methods and JSON keys: docs/sizing.md.

    Example: trialopt size --endpoint response --p0 0.35 --p1 0.5 --power 0.9
    """
    options = {name: value for name, value in locals().items() if name not in ("output", "force", "as_json")}
    with told(file=output, force=force):
        from trialopt.sizing.answer_text import report

        result = _answer(options)
        text = json.dumps(result, indent=2, allow_nan=False)
        if output is not None:
            from trialopt.output.formats import write_new

            write_new({output: f"{text}\n".encode()}, force)
        typer.echo(text if as_json else report(result))
        if output is not None:
            typer.echo(f"{output} written", err=True)


def _answer(options: dict[str, Any]) -> dict[str, Any]:
    from trialopt.sizing.answer import answer
    from trialopt.sizing.request import SizeRequest

    ratio = options["ratio"]
    options["ratio"] = ratio if ratio == "best" else _numbers(ratio, "--ratio", 1)[0]
    for name in ("timing", "subgroups", "prior", "p_values"):
        if options[name] is not None:
            options[name] = _numbers(options[name], f"--{name.replace('_', '-')}")
    return answer(SizeRequest(**options))


def _numbers(text: str, option: str, count: int | None = None) -> tuple[float, ...]:
    from trialopt.core import WrongInput

    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if not values or (count is not None and len(values) != count):
        wanted = "one number or best" if count == 1 else "numbers separated by commas"
        raise WrongInput(f"{option} must be {wanted}, not {text!r}")
    return values
