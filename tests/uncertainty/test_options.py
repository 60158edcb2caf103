"""The options about truths are short for settings, on every command that takes `--set`."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from trialopt.cli.app import COMMANDS
from trialopt.cli.uncertainty import OPTIONS, with_truths

FUNCTIONS = {
    name: work
    for name, (module, _) in COMMANDS.items()
    if inspect.isfunction(work := getattr(import_module(f"trialopt.cli.{module}"), name))
}


@pytest.mark.parametrize(
    "name", [name for name, work in FUNCTIONS.items() if "settings" in inspect.signature(work).parameters]
)
def test_every_command_that_takes_set_has_them(name: str) -> None:
    assert set(OPTIONS) <= set(inspect.signature(with_truths(FUNCTIONS[name])).parameters)


def test_they_are_added_to_the_settings() -> None:
    def command(settings: list[str] | None = None, other: int = 1) -> None:
        seen.append((settings, other))

    seen: list[object] = []
    none = dict.fromkeys(OPTIONS)
    with_truths(command)(settings=None, other=2, **{**none, "draws": 20, "tail": 0.2})
    with_truths(command)(settings=["trial.max_arms=1"], other=1, **none)
    assert seen == [(["uncertainty.draws=20", "uncertainty.tail=0.2"], 2), (["trial.max_arms=1"], 1)]
