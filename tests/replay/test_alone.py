"""The replay knows nothing of what chooses, judges or sizes designs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import trialopt.replay

BARRED = ("engine", "model", "evaluation", "sizing", "limits", "decision", "evidence", "record", "simulate")


def test_its_files_import_core_and_themselves_only():
    for path in Path(trialopt.replay.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            ours = [name for name in names if name.split(".")[0] == "trialopt"]
            assert all(name.split(".")[1] in ("core", "replay") for name in ours), path.name


def test_loading_it_loads_none_of_them():
    code = (
        "import sys, trialopt.replay.stage, trialopt.replay.trial, trialopt.replay.calibrate, trialopt.replay.escape;"
    )
    code += "print(' '.join(n for n in sys.modules if n.startswith('trialopt.')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in loaded if name.split(".")[1] in BARRED]
