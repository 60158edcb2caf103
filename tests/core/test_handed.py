"""Public functions say what to hand them, whatever they are handed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import trialopt
from trialopt.core.read_back import read_back
from trialopt.reading import load

INSTANCE = trialopt.read(trialopt.find("tiny_duo"))
DOCUMENT = load(trialopt.find("tiny_duo"))
NOTHING = trialopt.Design(())

OF_INSTANCES: dict[str, Callable[[Any], Any]] = {
    "solve": trialopt.solve,
    "evaluate": lambda it: trialopt.evaluate(it, NOTHING),
    "alternatives": trialopt.alternatives,
    "explain": trialopt.explain,
    "frontier": lambda it: trialopt.frontier(it, "arms"),
    "virtual_trial": lambda it: trialopt.virtual_trial(it, NOTHING),
}
OF_QUESTIONS: dict[str, Callable[[Any], Any]] = {
    "whatif": trialopt.whatif,
    "learn": trialopt.learn,
    "robust": trialopt.robust,
    "sweep": trialopt.sweep,
    "simulate": trialopt.simulate,
    "read": trialopt.read,
    "find": trialopt.find,
    "load": trialopt.Solution.load,
    "compare": lambda it: trialopt.compare(it, it),
    "evaluate": lambda it: trialopt.evaluate(INSTANCE, it),
    "virtual_trial": lambda it: trialopt.virtual_trial(INSTANCE, it),
}


@pytest.mark.parametrize("name", OF_INSTANCES)
def test_an_instance_is_asked_for_by_name(name: str) -> None:
    said = "instance is a Document, and must be an Instance: trialopt.reading.build(document) makes it one"
    with pytest.raises(TypeError) as caught:
        OF_INSTANCES[name](DOCUMENT)
    assert str(caught.value) == said
    for other, how in (("tiny_duo", r"trialopt\.read"), (None, r"trialopt\.read"), (NOTHING, r"trialopt\.read")):
        with pytest.raises(TypeError, match=rf"^instance is a \w+, and must be an Instance: {how}"):
            OF_INSTANCES[name](other)


@pytest.mark.parametrize("name", OF_QUESTIONS)
def test_other_arguments_say_what_they_are(name: str) -> None:
    for other in (None, 3, [INSTANCE], INSTANCE):
        with pytest.raises(TypeError, match=r"^[\w ]+ is an? \w+, and must be an? [\w', ]+: "):
            OF_QUESTIONS[name](other)


NAN = float("nan")
WRONG: dict[str, Callable[[], Any]] = {
    "gap is a str, and must be a number: give gap as": lambda: trialopt.solve(INSTANCE, gap="x"),  # type: ignore[arg-type]
    "gap is nan, and must be a number of 0 or more": lambda: trialopt.whatif("tiny_duo", gap=NAN),
    "time_limit is -1, and must be": lambda: trialopt.robust("tiny_duo", time_limit=-1),
    "node_limit is a float, and must be a whole number": lambda: trialopt.solve(INSTANCE, node_limit=2.5),  # type: ignore[arg-type]
    "k is a str, and must be a whole number: give k as 5": lambda: trialopt.alternatives(INSTANCE, k="5"),  # type: ignore[arg-type]
    "k is 0, and must be a whole number of 1 or more": lambda: trialopt.alternatives(INSTANCE, k=0),
    "parts is a str, and must be a list of texts: give one": lambda: trialopt.explain(INSTANCE, parts="limits"),
    "'x' is no part of an explanation": lambda: trialopt.explain(INSTANCE, parts=["x"]),
    "exclude is a str, and must be a list of texts": lambda: trialopt.whatif("tiny_duo", exclude="daratumumab"),
    "base is a str, and must be a Solution": lambda: trialopt.whatif("tiny_duo", base="run"),  # type: ignore[arg-type]
    "draws is -5, and must be a whole number of 2 or more": lambda: trialopt.learn("tiny_duo", draws=-5),
    "studies is a str, and must be": lambda: trialopt.learn("tiny_duo", studies="daratumumab.response"),
    "one of sizes is -3, and must be": lambda: trialopt.learn("tiny_duo", sizes=[-3]),
    "confidences is a float, and must be a list of numbers": lambda: trialopt.robust("tiny_duo", confidences=0.5),  # type: ignore[arg-type]
    "one of tails is nan": lambda: trialopt.robust("tiny_duo", tails=[NAN]),
    "workers is a str, and must be": lambda: trialopt.robust("tiny_duo", draws=2, workers="2"),  # type: ignore[arg-type]
    "store is an int, and must be a path": lambda: trialopt.robust("tiny_duo", draws=2, store=3),  # type: ignore[arg-type]
    "no solver profile": lambda: trialopt.solve(INSTANCE, profile="fast"),
}


@pytest.mark.parametrize("said", WRONG)
def test_wrong_values_are_told_in_one_sentence(said: str) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        WRONG[said]()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_record_that_is_not_there_is_told_in_one_way(tmp_path: Path) -> None:
    wrong = trialopt.core.WrongInput
    with pytest.raises(wrong, match=r"solution\.json: no such file; a run is a folder that"):
        trialopt.Solution.load(tmp_path)
    with pytest.raises(
        trialopt.core.WrongInput, match=r"robust\.json: no such file; `trialopt robust --out` writes it"
    ):
        read_back(tmp_path, "robust.json")
