"""Mutate at random for long: `python -m tests.fuzz --cases 100000 --kind folders --seed 1`."""

from __future__ import annotations

import argparse
import sys

from tests.fuzz.run import KINDS, run

parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
parser.add_argument("--cases", type=int, default=1000)
parser.add_argument("--kind", choices=tuple(KINDS), default="folders")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--first", type=int, default=0, help="number of the first case, to repeat one")
parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many minutes")
asked = parser.parse_args()
found = run(asked.kind, asked.cases, asked.seed, asked.first, asked.minutes, told=print)
print(f"{found.cases} {asked.kind}: {dict(sorted(found.counts.items()))}; the slowest took {found.slowest:.1f} CPU s")
print(f"{len(found.faults)} faults")
sys.exit(bool(found.faults))
