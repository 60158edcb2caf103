"""What a shell offers after an option that takes one of a few words, or agents of the instance that was named.

The words are those that the program checks against, where it declares them; they are imported when a shell asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from inspect import signature
from typing import Any, get_type_hints

import typer

Words = Callable[[Mapping[str, Any]], Iterable[str]]
"""What may follow an option, by the other arguments given."""


def _in(module: str, name: str, *more: str) -> Words:
    return lambda given: (*getattr(import_module(f"trialopt.{module}"), name), *more)


def _these(*words: str) -> Words:
    return lambda given: words


def _profiles(given: Mapping[str, Any]) -> Iterable[str]:
    """Shipped option files of HiGHS."""
    from trialopt.core.catalog import solver_file

    return sorted(file.stem for file in solver_file("highs", "default.opt").parent.glob("*.opt"))


def _tests(given: Mapping[str, Any]) -> Iterable[str]:
    """Methods of `size`, of the endpoint where one is given."""
    from trialopt.sizing import response_tests, survival

    by_endpoint = {"response": response_tests.METHODS, "pfs": survival.METHODS}
    either = (*response_tests.METHODS, *survival.METHODS)
    return by_endpoint.get(str(given.get("endpoint")), either)


def _populations(given: Mapping[str, Any]) -> Iterable[str]:
    from trialopt.evidence.facts import populations

    return populations()


def _library(given: Mapping[str, Any]) -> Iterable[str]:
    """Agents of the evidence library."""
    from trialopt.evidence.library import table

    return tuple(table("agents")["agent"])


def _items(given: Mapping[str, Any]) -> Iterable[str]:
    """Agents and classes of the instance that was named, or of what a run that was named answered."""
    from trialopt.cli.question import read_question

    typed = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
    for word in typed.split()[2:]:  # an option without its value, as here, leaves the arguments before it unread
        with suppress(Exception):
            question = read_question(word)
            return (*question.agents, *question.classes)
    return ()


def _setting(section: str, key: str) -> Words:
    def choices(given: Mapping[str, Any]) -> Iterable[str]:
        from trialopt.core.settings import SECTIONS

        fields = next(s.fields for s in SECTIONS if s.name == section)
        return next(field.choices for field in fields if field.name == key)

    return choices


WORDS: dict[str, Words] = {
    "solve method": _in("decision.solving", "METHODS"),
    "solve profile": _profiles,
    "frontier against": _in("engine.front", "AXES"),
    "explain part": _in("decision.explain", "PARTS"),
    "export formats": _in("output.formats", "FORMATS"),
    "export table": _in("record.rows", "NAMES"),
    "simulate test": _in("simulate.trial", "TESTS"),
    "size endpoint": _these("response", "pfs"),
    "size method": _tests,
    "size spending": _in("core.settings", "SPENDING"),
    "size futility": _in("core.settings", "SPENDING", "none"),
    "size multiplicity": _in("sizing.multiplicity", "MULTIPLICITY", "mams"),
    "size power_kind": _in("sizing.multiplicity", "POWER_KINDS"),
    "size shape": _in("sizing.answer_families", "SHAPES"),
    "size single_arm": _in("sizing.answer_single", "KINDS"),
    "size ratio": _these("best"),
    "new population": _populations,
    "new agents": _library,
    "predict population": _populations,
    "replay population": _populations,
    "show agent": _library,
    "regimens agents": _library,
    "objective": _setting("uncertainty", "objective"),
    "include": _items,
    "exclude": _items,
    "scheduler": _these("local"),
}
"""Command and parameter, or a parameter of any command -> what is offered."""


def offered(words: Words, given: Mapping[str, Any], incomplete: str) -> list[str]:
    """Words that go on from what was typed, after the last comma of it; nothing where they cannot be known."""
    begun, comma, last = incomplete.rpartition(",")
    try:
        found = list(words(given))
    except Exception:  # a shell must not be written into
        return []
    return [f"{begun}{comma}{word}" for word in found if word.startswith(last)]


def with_words(name: str, command: Callable[..., Any]) -> None:
    """Let the shell offer what the parameters of a command may be."""
    hints = get_type_hints(command, include_extras=True)
    command.__annotations__ = hints  # the objects that are changed here, not texts that are read into others
    for parameter in signature(command).parameters:
        words = WORDS.get(f"{name} {parameter}", WORDS.get(parameter))
        for about in getattr(hints.get(parameter), "__metadata__", ()):
            if words is not None and isinstance(about, typer.models.ParameterInfo):
                about.autocompletion = _asked(words)


def _asked(words: Words) -> Callable[..., list[str]]:
    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        return offered(words, ctx.params, incomplete)

    return complete
