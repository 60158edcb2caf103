"""The engine of this source tree against another one's: CPU seconds of the same questions, in one run.

Each tree has a process of its own for each repetition, one after the other and in changing order, so that what else the
machine does meets both alike; the least of the repetitions counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.cases import SUITES, suite_cases
from trialopt.generate import Size

ROOT = Path(__file__).parents[1]
SHIPPED = ("rrmm_early_relapse", "rrmm_early_relapse_sized", "rrmm_triple_class")
MEDIUM = (Size(26, 6, 3, 3, 13), Size(20, 8, 4, 3, 13, levels=True))
Seconds = dict[str, tuple[float, float]]
"""By question: CPU seconds and the value found."""


def questions() -> list[dict[str, object]]:
    """Shipped instances, the quick sizes of the suites, and two sizes between those and the suites' own."""
    asked: list[dict[str, object]] = [{"name": name, "gap": 1e-4} for name in SHIPPED]
    sizes = [suite_cases(suite, 1, quick=True)[0].size for suite in SUITES]
    for size in dict.fromkeys([*sizes, *MEDIUM]):
        name = f"{size.agents} agents {size.subgroups} subgroups {size.arms} arms {size.epochs} epochs"
        asked.append({"name": f"{name} carry {size.carry:g}", "size": asdict(size), "seed": 1, "gap": 1e-4})
    return asked


def compare(other: Path, repeat: int) -> str:
    """A table of CPU seconds of both trees with their ratio, the whole in its last line.

    Raises `ValueError` where `other` has no package, and `CalledProcessError` where a tree cannot answer.
    """
    if not (other / "trialopt").is_dir():
        raise ValueError(f"{other} is not a source tree: it has no folder trialopt")
    trees = (ROOT, other.resolve())
    runs: dict[Path, list[Seconds]] = {tree: [] for tree in trees}
    for n in range(repeat):
        for tree in trees if n % 2 == 0 else reversed(trees):
            runs[tree].append(seconds(tree))
    return table(runs[ROOT], runs[trees[1]])


def seconds(tree: Path) -> Seconds:
    """Ask one tree everything, in a process that knows no other."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("engine_seconds.py"))],
        input=json.dumps(questions()),
        env={**os.environ, "PYTHONPATH": str(tree)},
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    if Path(answer["package"]).parents[1] != tree:
        raise ValueError(f"{tree} was asked, but {answer['package']} answered")
    return {name: (found[0], found[1]) for name, found in answer["seconds"].items()}


def table(these: list[Seconds], others: list[Seconds]) -> str:
    """The least seconds of each question, and of all of them."""
    lines = [f"{'CPU seconds':50} {'here':>7} {'there':>7} {'ratio':>6}"]
    sums = [0.0, 0.0]
    for name in these[0]:
        here, there = (min(run[name][0] for run in runs) for runs in (these, others))
        sums = [sums[0] + here, sums[1] + there]
        differs = abs(these[0][name][1] - others[0][name][1]) > 1e-9
        lines.append(f"{name:50} {here:7.2f} {there:7.2f} {here / there:6.2f}" + (" other value" if differs else ""))
    lines.append(f"{'all':50} {sums[0]:7.2f} {sums[1]:7.2f} {sums[0] / sums[1]:6.2f}")
    return "\n".join(lines)
