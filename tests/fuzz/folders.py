"""Instance folders with files, rows, cells and bytes changed at random, checked and solved."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tests.fuzz.calls import Ended, call
from tests.fuzz.mutations import in_bytes, in_table, in_toml
from trialopt.core import catalog
from trialopt.core.columns import TABLES
from trialopt.core.settings import SCENARIO, SECTIONS
from trialopt.generate import Size, generate
from trialopt.reading import write

Files = dict[str, bytes]

SETTINGS = tuple(
    (section.title if section.name else "", field.name) for section in (*SECTIONS, SCENARIO) for field in section.fields
)
"""Every header and key of trial.toml."""

SOLVED = 0.15
"""Share of the folders that are right which are solved too."""


def _files(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".csv", ".toml")}


SIZED_SEED = 7
"""Of a small sized instance that has a design."""


@cache
def samples() -> tuple[Files, ...]:
    """Folders that are right: small, sized, with levels, and as a workbook."""
    duo = catalog.find("tiny_duo")
    found = [_files(duo)]
    with tempfile.TemporaryDirectory() as home:
        for seed, sized in ((1, False), (SIZED_SEED, True)):
            folder = Path(home) / str(seed)
            write(
                generate(
                    Size(agents=4, subgroups=2, arms=2, epochs=2, mechanisms=2, sized=sized, levels=True), seed=seed
                ),
                folder,
            )
            found.append(_files(folder))
        (Path(home) / "books").mkdir()
        call(["new", "tiny_duo", "book.xlsx", "--xlsx"], Path(home) / "books")
        book = {path.name: path.read_bytes() for path in (Path(home) / "books").rglob("*.xlsx")}
    assert book
    return *found, book


def mutated(rng: random.Random) -> Files:
    """The files of a folder with one to three things changed."""
    files = dict(samples()[rng.choices((0, 1, 2, 3), (10, 4, 4, 1))[0]])
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        name = rng.choice(list(files) or ["x"])
        kind = rng.random()
        if kind < 0.08 or name not in files:
            _change_files(files, name, rng)
        elif name.endswith(".csv") and kind < 0.75:
            files[name] = in_table(files[name], rng)
        elif name.endswith(".toml") and kind < 0.9:
            files[name] = in_toml(files[name], rng, SETTINGS)
        else:
            files[name] = in_bytes(files[name], rng)
    if len(files) > 1 and rng.random() < 0.3 and "trial.toml" in files:
        files["trial.toml"] = in_toml(files["trial.toml"], rng, SETTINGS)
    return files


def _change_files(files: Files, name: str, rng: random.Random) -> None:
    kind = rng.randrange(6)
    if kind == 0:
        files.pop(name, None)
    elif kind == 1:
        files[name] = b""
    elif kind == 2 and files:
        files[name] = rng.choice(list(files.values()))
    elif kind == 3 and name in files and not name.endswith("/"):
        stem = name.split(".")[0]
        new = (
            name.upper(),
            f"{stem} (1).csv",
            f"{stem}.txt",
            f"{name}.bak",
            f"{stem}s.csv",
            f"~${name}",
            f".{name}",
            f"é{name}",
        )
        files[rng.choice(new)] = files.pop(name)
    elif kind == 4:
        table = rng.choice(list(TABLES.values()))
        header = ",".join(field.name for field in table.fields)
        files[f"{table.name}.csv"] = in_table(f"{header}\n{','.join('x' for _ in table.fields)}\n".encode(), rng)
    else:
        files[f"{name}/"] = files.pop(name, b"")


def put(files: Files, folder: Path, rng: random.Random) -> None:
    """Write the files anew; a name that ends in a slash is a folder, now and then a link that leads nowhere."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in sorted(files, key=lambda name: name.endswith("/")):
        if not name.endswith("/"):
            (folder / name).write_bytes(files[name])
        elif not (folder / name).exists():
            if rng.random() < 0.5 and os.name != "nt":
                (folder / name.rstrip("/")).symlink_to(folder / "nowhere")
            else:
                (folder / name).mkdir()


def one(rng: random.Random, home: Path) -> tuple[str, Ended]:
    """Mutate a folder, check it, and solve some of those that are right."""
    folder = home / "mine"
    put(mutated(rng), folder, rng)
    books = list(folder.glob("*.xlsx"))
    target = "mine" if not books else f"mine/{books[0].name}"
    ended = call(["validate", target], home)
    if ended.wrong or ended.code != 0 or rng.random() > SOLVED:
        return f"validate {ended.code}", ended
    solving = ["solve", target, "--quiet", "--time-limit", "2", "--out", "run", "--force"]
    if rng.random() < 0.2:
        solving += ["--method", rng.choice(("compact", "both"))]
    ended = call(solving, home, limit=9)
    return f"solve {ended.code}", ended
