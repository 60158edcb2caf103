"""What judges a design shares no code with what finds it, and costs little to import."""

import ast
import subprocess
import sys
from pathlib import Path

import trialopt.evaluation

FORBIDDEN = (
    "trialopt.core.coefficients",
    "trialopt.model",
    "trialopt.engine",
    "trialopt.decision",
    "pyomo",
    "highspy",
)


def test_nothing_that_searches_is_imported():
    """Asserted on a fresh process, so that other tests' imports do not count."""
    code = "import sys, trialopt.evaluation; print('\\n'.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "trialopt.evaluation.judge" in loaded
    for name in (*FORBIDDEN, "pandas", "scipy"):
        assert not [module for module in loaded if module == name or module.startswith(f"{name}.")]


def test_nor_later_inside_a_function():
    for file in Path(trialopt.evaluation.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file.name} imports relatively"
                names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            for name in names:
                assert not name.startswith(FORBIDDEN), f"{file.name} imports {name}"
