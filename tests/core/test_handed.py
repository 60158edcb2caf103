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


def test_a_record_that_is_not_there_is_told_in_one_way(tmp_path: Path) -> None:
    wrong = trialopt.core.WrongInput
    with pytest.raises(wrong, match=r"solution\.json: no such file; a run is a folder that"):
        trialopt.Solution.load(tmp_path)
    with pytest.raises(
        trialopt.core.WrongInput, match=r"robust\.json: no such file; `trialopt robust --out` writes it"
    ):
        read_back(tmp_path, "robust.json")
