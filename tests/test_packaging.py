"""Wheel and sdist hold what the program looks up at run time, and the metadata lists every package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = ("instances", "solvers")
METADATA = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def data_files() -> set[str]:
    """Shipped files that are no code, as paths inside the package."""
    files = [path for folder in DATA for path in (ROOT / folder).rglob("*") if path.is_file()]
    return {
        f"trialopt/{path.relative_to(ROOT).as_posix()}"
        for path in files
        if path.suffix in (".toml", ".csv", ".md", ".opt", ".set")
    }


def code_files() -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in (ROOT / "trialopt").rglob("*.py")}


def test_every_package_is_listed():
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "trialopt").rglob("__init__.py")}
    there = {".".join(folder.parts) for folder in folders}
    assert set(METADATA["tool"]["setuptools"]["packages"]) == there | {f"trialopt.{name}" for name in DATA}


def test_the_version_is_stated_once():
    from trialopt import __version__

    assert METADATA["project"]["version"] == __version__


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Wheel and sdist, built from a copy so that nothing is left in the tree."""
    folder = tmp_path_factory.mktemp("built")
    ignored = shutil.ignore_patterns(".git", "__pycache__", "*.egg-info", "build", "dist", ".venv*", ".*_cache", "run")
    shutil.copytree(ROOT, folder / "tree", ignore=ignored)
    code = "from setuptools import build_meta as b; b.build_sdist('../dist'); b.build_wheel('../dist')"
    (folder / "dist").mkdir()
    subprocess.run([sys.executable, "-c", code], cwd=folder / "tree", check=True, capture_output=True)
    return folder / "dist"


@pytest.mark.slow
def test_the_wheel_holds_code_instances_and_solver_files(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert data_files() | code_files() | {"trialopt/py.typed"} <= names
    assert {"trialopt/output/report/page.html", "trialopt/output/report/page.css"} <= names
    assert not [name for name in names if name.startswith(("tests/", "notebooks/", "instances/"))]


@pytest.mark.slow
def test_the_sdist_builds_the_same_wheel(built, tmp_path):
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        sdist.extractall(tmp_path, filter="data")
    tree = next(tmp_path.iterdir())
    assert (tree / "tests" / "oracle.py").exists()
    assert (tree / "README.md").exists()
    code = "from setuptools import build_meta as b; b.build_wheel('..')"
    subprocess.run([sys.executable, "-c", code], cwd=tree, check=True, capture_output=True)
    with (
        zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as again,
        zipfile.ZipFile(next(built.glob("*.whl"))) as first,
    ):
        assert sorted(again.namelist()) == sorted(first.namelist())


@pytest.mark.slow
def test_the_installed_wheel_finds_its_files_and_solves(built, tmp_path):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    where = "import trialopt, trialopt.core.catalog as c; print(trialopt.__file__); print(c.find('tiny_duo'));"
    where += " print(c.solver_file('highs', 'quick.opt'))"
    done = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert all(line.startswith(str(tmp_path / "site")) for line in done.stdout.splitlines())
    solved = subprocess.run(
        [sys.executable, "-m", "trialopt", "solve", "tiny_duo", "--full", "--method", "compact", "--profile", "quick"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert solved.returncode == 0, solved.stderr
    assert "value 0.4101" in solved.stdout
