"""Command lines put together at random: options right and wrong, of every command."""

from __future__ import annotations

import random
import shlex
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import typer

from tests.fuzz.calls import Ended, call
from tests.fuzz.folders import SIZED_SEED
from tests.fuzz.mutations import CELLS
from trialopt.cli.app import COMMANDS, app

LEFT_OUT = {("evidence", "fit"), ("evidence", "backtest")}
"""Commands that take long whatever is asked of them."""

RIGHT = {
    "--set": ("trial.max_arms=1", "trial.toxicity_weight=0.1", "agents.bortezomib.orr=0.5", "trial.max_arms", "=",
    "x=1", "a.b.c=1",
              "trial.power=0.8", "epoch.induction.max_agents=1", "trial.max_arms=1e999", "trial.control=[]",
              "trial=1", "epoch=2"),
    "--include": ("bortezomib", "imid", "lenalidomide@mg25"),
    "--exclude": ("bortezomib", "imid", "lenalidomide@mg25"),
    "--require": ("bortezomib", "imid"),
    "--forbid": ("bortezomib", "imid"),
    "--method": ("auto", "compact", "decompose", "both", "unpooled", "pooled", "schoenfeld", "freedman"),
    "--objective": ("nominal", "expected", "cvar"),
    "--format": ("csv", "json", "md", "latex", "xlsx", "xpt", "html", "sdtm"),
    "--out": ("new", "run", "sized", "new/deep", "a.csv", "a.json", "a.html", "."),
    "--profile": ("quick", "default", "proof"),
    "--endpoint": ("response", "pfs"),
    "--alpha": ("0.025", "0.05"), "--power": ("0.8", "0.9"), "--p0": ("0.3", "0.5"), "--p1": ("0.5", "0.7"),
    "--hr": ("0.6", "0.7"),
    "--median": ("12", "24"), "--accrual-months": ("24",), "--accrual-rate": ("10",), "--follow-up": ("12",),
    "--ratio": ("1", "2", "2:1"),
    "--multiplicity": ("none", "bonferroni", "sidak", "holm", "dunnett", "mams"), "--power-kind": ("marginal",
    "disjunctive", "all"),
    "--spending": ("obrien_fleming", "pocock", "hsd:-4", "power:2", "hsd:", "hsd:1e9"), "--futility": ("none",
    "pocock", "hsd:-2"),
    "--timing": ("0.5", "0.3,0.6", "0.6,0.3", "0,1"), "--subgroups": ("0.5,0.5", "fit,frail", "3"), "--n": ("100",
    "400"),
    "--looks": ("1", "2"), "--single-arm": ("optimal", "minimax"), "--prior": ("0.3,0.1", "0.3", "x,y"),
    "--p-values": ("0.01,0.02", "2"),
    "--shape": ("triangular", "pocock"), "--events": ("100",), "--draws": ("2", "5"), "--trials": ("10", "50"),
    "--patients": ("20",),
    "--others": ("1",), "--agents": ("3", "bortezomib,daratumumab", "dara"), "--epochs": ("1", "2"), "--arms": ("1",
    "2"),
    "--mechanisms": ("1", "2"), "--control": ("x1.2", "+0.05", "-0.05"), "--accrual": ("x0.5",), "--delay": ("2",),
    "--hazard-ratio": ("0:1,6:0.6", "6:0.6,0:1"), "--without": ("fit", "g1"), "--study": ("bortezomib.orr",
    "bortezomib.neutropenia"),
    "--axis": ("patients", "arms", "burden"), "--by": ("arms", "patients"), "--count": ("2",), "--table": ("arms",
    "given"),
    "--confidence": ("0.8",), "--tail": ("0.2",), "--margin": ("0.05",), "--seed": ("1",), "--gap": ("0.1", "1e-9"),
}  # fmt: skip
"""Values that an option may well be given."""

PLACES = ("tiny_duo", "run", "sized", "run/solution.json", "mine", "grid.toml", "run/design.csv", "nowhere", "",
".", "plain.txt", "run/x/y",
          "a\x00b", "-", "--", "x" * 300, "é", "tiny_due", "trial.design")  # fmt: skip
"""What arguments may be."""

MOST = {
    "--workers": ("1", "0", "-1", "x"),
    "--scheduler": ("", "x"),
    "--time-limit": ("0", "0.5", "1", "-1", "nan", "x"),
    "--store": ("s.db",),
}
"""Options of which only these values are tried: more would start many processes or wait for a network."""


@cache
def commands() -> dict[tuple[str, ...], list[Any]]:
    """Words of every command, and its parameters."""
    group = typer.main.get_command(app)
    found: dict[tuple[str, ...], list[Any]] = {}
    for name in COMMANDS:
        command = group.commands[name]  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        if inner:
            found |= {(name, key): list(each.params) for key, each in inner.items()}
        else:
            found[(name,)] = list(command.params)
    return {words: params for words, params in found.items() if words not in LEFT_OUT}


def line(rng: random.Random) -> list[str]:
    """A command line."""
    words = rng.choice(list(commands()))
    params = commands()[words]
    arguments = list(words)
    for param in params:
        if not param.opts[0].startswith("-"):
            arguments += _argument(words, param, rng)
    options = [param for param in params if param.opts[0].startswith("-")]
    for param in rng.sample(options, min(len(options), rng.choice((0, 1, 1, 2, 3, 5)))):
        arguments += _option(param, rng)
    if words == ("size",) and rng.random() < 0.8:
        arguments += rng.choice((
            ["--endpoint", "response", "--p0", "0.5", "--p1", "0.65"],
            ["--endpoint", "pfs", "--hr", "0.7", "--median", "12", "--accrual-months", "24", "--follow-up", "12"],
            ["--single-arm", "optimal", "--p0", "0.2", "--p1", "0.4"],
        ))  # fmt: skip
    if words == ("generate",) and rng.random() < 0.8:
        arguments += ["--agents", "4", "--subgroups", "2", "--arms", "2", "--epochs", "2", "--mechanisms", "2"]
    if any("--time-limit" in param.opts for param in options) and "--time-limit" not in arguments:
        arguments += ["--time-limit", "1"]
    if rng.random() < 0.05:
        arguments.insert(
            rng.randrange(1, len(arguments) + 1),
            rng.choice(("--unheard-of", "-x", "-", "--", "", "--help", "--out", "--se")),
        )
    return arguments


def _argument(words: tuple[str, ...], param: Any, rng: random.Random) -> list[str]:
    if rng.random() < 0.07:
        return rng.choices(PLACES + CELLS, k=rng.randrange(3))
    name = words[0]
    if name == "check":
        return (
            [rng.choice(("tiny_duo", "mine"))]
            if param.name == "instance"
            else [rng.choice(("run/design.csv", "run", "sized", "plain.txt"))]
        )
    if name == "new":
        return ["tiny_duo", "copy"]
    if name == "sweep":
        return ["grid.toml"]
    if name == "evidence":
        return [rng.choice(("bortezomib", "daratumumab", "dara", "lenalidomide,dexamethasone", "fit", "x"))]
    if name == "schema":
        return [rng.choice(("agents", "trial", "x"))] if rng.random() < 0.5 else []
    if name == "generate":
        return ["made"]
    if name in ("show", "verify", "simulate", "replay", "export", "report"):
        return [rng.choice(("run", "sized", "run/solution.json"))]
    return rng.choices(("tiny_duo", "mine", "run", "sized"), (6, 4, 1, 1), k=2 if name == "compare" else 1)


def _option(param: Any, rng: random.Random) -> list[str]:
    name = rng.choice([*param.opts, *getattr(param, "secondary_opts", ())])
    if getattr(param, "is_flag", False) or isinstance(param.default, bool):
        return [name]
    for known in param.opts:
        if known in MOST:
            return [name, rng.choice(MOST[known])]
    right = next((RIGHT[known] for known in param.opts if known in RIGHT), ())
    return [name, rng.choice(right) if right and rng.random() < 0.88 else rng.choice(CELLS)]


def prepare(home: Path) -> None:
    """Write what command lines speak of: runs, an instance, a grid, a plain file."""
    call(["solve", "tiny_duo", "--quiet", "--out", "run"], home)
    call(["new", "tiny_duo", "mine"], home)
    small = ["--agents", "4", "--subgroups", "2", "--arms", "2", "--epochs", "2", "--mechanisms", "2", "--sized"]
    call(["generate", "small", *small, "--seed", str(SIZED_SEED)], home)
    if call(["solve", "small", "--quiet", "--out", "sized"], home).code:
        raise RuntimeError("the sized instance has no design, so commands would be tried on none")
    (home / "grid.toml").write_text('instance = "tiny_duo"\n\n[grid]\n"trial.max_arms" = [1, 2]\n', encoding="utf-8")
    (home / "plain.txt").write_text("plain\n", encoding="utf-8")


def one(rng: random.Random, home: Path) -> tuple[str, Ended]:
    """Call a random command line in a folder that other calls have left their files in, now and then a new one."""
    if not (home / "grid.toml").exists() or rng.random() < 0.03:
        shutil.rmtree(home)
        home.mkdir()
        prepare(home)
    arguments = line(rng)
    ended = call(arguments, home, limit=7)
    return f"{arguments[0]} {ended.code}", Ended(
        ended.code, ended.wrong and f"{shlex.join(arguments)[:600]}\n{ended.wrong}", ended.seconds
    )
