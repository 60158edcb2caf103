"""The shape of the code: one direction of flow, small files, and nothing in them that belongs to one machine."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "trialopt"
MODULES = sorted(PACKAGE.rglob("*.py"))

QUESTION = {"instance", "design", "run"}
ANSWER = {"solution", "solution_json", "record", "files"}
PAGES = {"tables", "words", "comparison", "recruitment", "matching"}

MAY_IMPORT = {
    "instance": set(),
    "design": set(),
    "run": {"design"},
    "files": set(),
    "evidence": set(),
    "reading": {"instance", "files", "evidence"},
    "sizing": {"instance"},
    "evaluation": {"instance", "design", "sizing"},
    "stability": QUESTION | {"catalog", "coefficients", "reading", "evidence", "evaluation", "decision"},
    "coefficients": {"instance"},
    "model": QUESTION | {"coefficients", "evaluation", "profiles", "files"},
    "engine": QUESTION | {"coefficients", "evaluation", "sizing"},
    "named_limit": {"instance"},
    "trial_limits": {"instance", "named_limit"},
    "limits": {"instance", "named_limit", "trial_limits", "evaluation"},
    "existence": QUESTION | {"engine", "model"},
    "least_change": {"instance", "design", "named_limit", "existence", "evaluation"},
    "shortage": {"instance", "named_limit", "trial_limits", "existence", "least_change"},
    "conflict": {"instance", "run", "named_limit", "trial_limits", "limits", "existence", "shortage"},
    "provenance": {"instance", "design"},
    "precedent": {"instance"},
    "recruitment": {"solution"},
    "tables": {"design", "solution", "words", "provenance", "recruitment"},
    "words": {"solution"},
    "matching": {"design"},
    "comparison": {"solution", "tables", "matching", "recruitment"},
    "export": ANSWER | PAGES | {"design", "report", "instance", "reading"},
    "closest": {"solution"},
    "figures": {"design", "solution", "words", "files", "closest"},
    "report": {"design", "figures", "closest", "instance", "provenance", "decision"} | ANSWER | PAGES,
    "show": {"instance", "evaluation", "record", "solution", "stability", "decision"} | PAGES,
}
"""Part of the package -> the other parts it may know. What is not listed is held by the rules below alone."""


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imports(path: Path) -> frozenset[str]:
    """Full names of the modules a file imports at run time, inside functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


@cache
def parts_known(path: Path) -> frozenset[str]:
    parts = {PACKAGE / name.split(".")[1] for name in imports(path) if name.startswith("trialopt.")}
    return frozenset(p.name for p in parts if p.is_dir() or p.with_suffix(".py").exists())


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_nothing_on_the_right_is_known_on_the_left(part):
    files = [path for path in MODULES if part_of(path) == part]
    assert files
    for path in files:
        assert parts_known(path) <= MAY_IMPORT[part] | {part}, path.relative_to(ROOT)


@pytest.mark.parametrize(
    ("package", "home"),
    [
        ("typer", {"cli", "cli_size", "cli_evidence"}),
        ("rich", {"show"}),
        ("pyomo", {"model", "engine", "profiles"}),
        ("highspy", {"model", "engine", "profiles"}),
        ("xlsxwriter", {"export"}),
        ("pyarrow", {"export"}),
        ("pyreadstat", {"export"}),
        ("matplotlib", {"figures", "evidence"}),
        ("jinja2", {"report"}),
        ("docx", {"report"}),
    ],
)
def test_each_heavy_package_is_known_in_one_place(package, home):
    users = {part_of(path) for path in MODULES if any(name.split(".")[0] == package for name in imports(path))}
    assert users <= home


def test_only_the_command_line_knows_the_command_line():
    for path in MODULES:
        if not part_of(path).startswith(("cli", "__main__")):
            assert "cli" not in parts_known(path), path.relative_to(ROOT)


def test_files_are_small():
    """About 300 lines is the aim, 500 the end of it."""
    long = {str(path.relative_to(ROOT)): lines for path in MODULES if (lines := path.read_text().count("\n")) > 500}
    assert long == {}


def shipped_text() -> list[Path]:
    """Every text file of the repository."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        files = [ROOT / name for name in listed]
    except (OSError, subprocess.CalledProcessError):
        folders = ("trialopt", "instances", "solvers", "tests", "notebooks", "benchmarks", "docs")
        files = [path for folder in folders for path in (ROOT / folder).rglob("*")] + list(ROOT.glob("*.*"))
    suffixes = {".py", ".md", ".toml", ".csv", ".opt", ".txt", ".in", ""}
    return [path for path in files if path.is_file() and path.suffix in suffixes and "__pycache__" not in path.parts]


FORBIDDEN = {
    "a path of one machine": r"(?<![\w./<])/(?:work|opt|tmp|root|home)/",
    "a registry of packages": r"py" + r"pi\.org|files\.python" + r"hosted|conda\.ana" + r"conda",
    "unfinished work": r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b|NotImplemented" + r"Error",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_repository_is_free_of(what):
    found = []
    for path in shipped_text():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {m.group()}" for m in re.finditer(FORBIDDEN[what], text)]
    assert found == []
