"""A part of a later room is found by its name, and only when it is asked for."""

import subprocess
import sys

import pytest

from trialopt.core.seams import late, register


def test_a_registered_part_is_imported_and_returned():
    register("test part", "fractions:Fraction")
    assert late("test part")(1, 2) == 0.5


def test_an_unknown_name_is_told_with_those_known():
    with pytest.raises(KeyError, match=r"nothing is registered as 'nowhere'; known are: .*plots"):
        late("nowhere")


def test_registering_imports_nothing():
    code = "import sys, trialopt.record.solution; assert not any(m.startswith('trialopt.output') for m in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
