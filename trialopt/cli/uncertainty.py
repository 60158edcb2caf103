"""Options about many possible truths, the same on every command that takes `--set`: each is short for a setting."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, get_type_hints

import typer


def _option(kind: Any, name: str, value: str, told: str) -> Any:
    return Annotated[kind, typer.Option(name, metavar=value, help=told, show_default=False)]


OPTIONS: dict[str, Any] = {
    "draws": _option(int | None, "--draws", "N", "Draw N possible truths of the inputs."),
    "objective": _option(
        str | None,
        "--objective",
        "WORD",
        "Maximise the value with the inputs as given, its mean over the truths, or cvar, the mean of the worst.",
    ),
    "tail": _option(float | None, "--tail", "SHARE", "Share of the truths that cvar is the mean of."),
    "confidence": _option(float | None, "--confidence", "SHARE", "Share of the truths in which each limit holds."),
    "margin": _option(float | None, "--margin", "RISK", "Widen limits on risk by this, with --confidence."),
    "min_assurance": _option(float | None, "--min-assurance", "SHARE", "Least assurance of each sized arm."),
}
"""Key of `[uncertainty]` -> its option."""

BESIDE = "settings"
"""Parameter of the commands that take `--set`; what these options say is added to it."""


def with_truths(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that takes `--set` the options of `OPTIONS`, less those it has under the same name."""
    hints = get_type_hints(command, include_extras=True)
    given = signature(command).parameters
    if BESIDE not in given:
        return command
    added = {name: option for name, option in OPTIONS.items() if name not in given}

    @wraps(command)
    def asked(**arguments: Any) -> Any:
        said = {name: value for name in added if (value := arguments.pop(name)) is not None}
        texts = [f"uncertainty.{name}={value}" for name, value in said.items()]
        settings = [*(arguments[BESIDE] or []), *texts]
        return command(**{**arguments, BESIDE: settings or None})

    parameters = []
    for name, parameter in given.items():
        parameters.append(parameter.replace(annotation=hints[name], kind=Parameter.KEYWORD_ONLY))
        if name == BESIDE:
            parameters += [
                Parameter(other, Parameter.KEYWORD_ONLY, default=None, annotation=hint) for other, hint in added.items()
            ]
    asked.__signature__ = signature(command).replace(parameters=parameters)  # type: ignore[attr-defined]
    asked.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return asked
