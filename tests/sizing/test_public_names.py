"""`trialopt.sizing` has every name that docs/sizing.md lists, and importing it loads none of its files."""

import re
import subprocess
import sys
from pathlib import Path

import trialopt.sizing

DOC = (Path(__file__).parents[2] / "docs" / "sizing.md").read_text(encoding="utf-8")


def test_every_name_can_be_imported():
    for name in trialopt.sizing.__all__:
        assert getattr(trialopt.sizing, name) is not None
    listed = DOC[DOC.index("## Functions\n") :]
    named = {name for name in re.findall(r"`([a-z_]+)`", listed) if hasattr(trialopt.sizing, name)}
    rows = [line for line in listed.splitlines() if line.startswith("|") and "`" in line]
    assert len(rows) >= 9
    for row in rows:
        assert named & set(re.findall(r"`([a-z_]+)`", row)), row


def test_importing_it_loads_nothing():
    code = "import sys, trialopt.sizing; print([m for m in sys.modules if m.startswith(('trialopt.sizing.', 'scipy'))])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
