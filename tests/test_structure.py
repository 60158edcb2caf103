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

FOUNDATION = {"core"}

MAY_IMPORT = {
    "core": set(),
    "evidence": FOUNDATION,
    "sizing": FOUNDATION,
    "evaluation": FOUNDATION | {"sizing"},
    "reading": FOUNDATION | {"evidence", "evaluation"},
    "verify": FOUNDATION | {"reading"},
    "generate": FOUNDATION | {"reading", "evaluation"},
    "replay": FOUNDATION,
    "model": FOUNDATION | {"evaluation"},
    "engine": FOUNDATION | {"evaluation", "sizing"},
    "limits": FOUNDATION | {"evaluation", "engine", "model"},
    "record": FOUNDATION | {"reading", "evaluation"},
    "many": FOUNDATION,
    "decision": FOUNDATION
    | {"reading", "evidence", "evaluation", "engine", "model", "limits", "record", "many"}
    | {"replay"},
    "simulate": FOUNDATION | {"reading", "evaluation", "record", "many"},
    "output": FOUNDATION | {"reading", "evaluation", "record", "decision", "simulate"},
    "cli": FOUNDATION
    | {"reading", "evidence", "sizing", "evaluation", "generate", "model", "engine", "limits", "record"}
    | {"many", "decision", "simulate", "output", "verify"},
}
"""Room -> the other rooms it may know, inside functions and for types too. Every room stands here, left to right."""

DOORS = {"__init__", "__main__", "stability"}
"""Modules of the top floor: the public names, and where they are reached."""


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(path: Path, types: bool = True) -> frozenset[str]:
    """Full names of what a file imports, inside functions too; for `types` alone as well, if asked for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not types
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
def rooms_known(path: Path) -> frozenset[str]:
    rooms = {PACKAGE / name.split(".")[1] for name in imports(path) if name.startswith("trialopt.")}
    return frozenset(p.name for p in rooms if p.is_dir() or p.with_suffix(".py").exists())


def test_every_room_is_known():
    assert {room_of(path) for path in MODULES} == set(MAY_IMPORT) | DOORS


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_nothing_on_the_right_is_known_on_the_left(room):
    for path in (path for path in MODULES if room_of(path) == room):
        assert rooms_known(path) <= MAY_IMPORT[room] | {room}, path.relative_to(ROOT)


def test_rooms_stand_in_one_direction():
    """A room knows only rooms before it, so that no circle is possible."""
    order = list(MAY_IMPORT)
    for room, known in MAY_IMPORT.items():
        assert all(order.index(other) < order.index(room) for other in known), room


def test_no_files_import_each_other_in_a_circle():
    names = {module_of(path): path for path in MODULES}
    known = {
        name: {other for other in imports(path, types=False) if other in names and other != name}
        for name, path in names.items()
        if path.name != "__init__.py"
    }
    left = dict(known)
    while free := [name for name, others in left.items() if not others & set(left)]:
        for name in free:
            del left[name]
    assert left == {}


@pytest.mark.parametrize(
    ("package", "home"),
    [
        ("typer", {"cli"}),
        ("rich", {"output"}),
        ("pyomo", {"model"}),
        ("highspy", {"core", "model", "engine"}),
        ("xlsxwriter", {"output"}),
        ("openpyxl", {"reading"}),
        ("pyarrow", {"output"}),
        ("pyreadstat", {"output"}),
        ("matplotlib", {"output", "evidence"}),
        ("jinja2", {"output"}),
        ("docx", {"output"}),
        ("distributed", {"many"}),
    ],
)
def test_each_heavy_package_is_known_in_one_place(package, home):
    users = {room_of(path) for path in MODULES if any(name.split(".")[0] == package for name in imports(path))}
    assert users <= home


ROOM_FOR = {
    "core": (27, 4_180),
    "evidence": (31, 5_200),
    "reading": (34, 5_600),
    "verify": (31, 4_330),
    "sizing": (43, 6_400),
    "evaluation": (26, 4_100),
    "generate": (4, 500),
    "replay": (12, 1_520),
    "model": (17, 2_550),
    "engine": (38, 6_900),
    "limits": (8, 1_300),
    "record": (25, 3_780),
    "many": (6, 700),
    "decision": (44, 7_250),
    "simulate": (18, 2_400),
    "output": (102, 14_600),
    "cli": (25, 3_500),
}
"""Most files and lines of a room. Larger is a decision: change it here, in the commit that needs it."""


def test_files_are_small():
    lines = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n") for path in MODULES}
    assert {name: n for name, n in lines.items() if n > 300} == {}


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_no_room_grows_unnoticed(room):
    files = [path for path in MODULES if room_of(path) == room]
    most_files, most_lines = ROOM_FOR[room]
    assert len(files) <= most_files
    assert sum(path.read_text(encoding="utf-8").count("\n") for path in files) <= most_lines


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
    suffixes = {".py", ".ipynb", ".md", ".toml", ".csv", ".opt", ".txt", ".in", ""}
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
