"""Every version that is claimed is tried by `.ci/versions`: it finds a floor for each dependency, and uses it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPT = (ROOT / ".ci" / "versions").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_lowest_of_every_dependency_is_tried():
    (program,) = re.findall(r"<< 'EOF'\n(.*?)\nEOF\n", SCRIPT, flags=re.S)
    found = subprocess.run(
        [sys.executable, "-", str(ROOT / "pyproject.toml")], input=program, capture_output=True, text=True, check=True
    ).stdout.split()
    extras = PROJECT["optional-dependencies"]
    asked = PROJECT["dependencies"] + [text for name in extras if name not in ("test", "dev") for text in extras[name]]
    ours = [text for text in asked if not text.startswith(PROJECT["name"])]  # an extra may name others
    assert sorted(set(found)) == sorted({text.partition(",")[0].replace(">=", "==") for text in ours})
    assert {"pyomo", "highspy", "numpy", "pandas", "scipy", "typer"} <= {text.split("==")[0] for text in found}


def test_the_oldest_python_that_is_claimed_is_tried():
    tried = re.search(r"for version in \$\{1:-([\d. ]+)\}", SCRIPT)
    assert tried
    assert PROJECT["requires-python"] == f">={tried[1].split()[0]}"


def test_what_failed_with_old_versions_is_tried_with_them():
    for words in ("trialopt --version", '"$command" --help', "--method", "trialopt export", "trialopt verify run"):
        assert words in SCRIPT, words
