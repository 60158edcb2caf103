"""Many possible truths of one instance, drawn: the numbers of model section 11 as arrays with the truths first.

Letters as in `Instance`, N truths. What is not here is the same in every truth. The recipe of every draw is that of
`trialopt.core.uncertainty.stream`: the uniform numbers of the stream of an input, through its quantiles; and standard
normal numbers of the stream of a set of agents for its own deviation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from trialopt.core.uncertainty import regimen_name, stream

if TYPE_CHECKING:
    from trialopt.core.inputs import Input
    from trialopt.core.instance import Floats, Instance, Ints

LEAST_FACTOR = 0.2
"""A regimen's own factor on its log-activity is never below this."""

ACTIVITY = ("beta", "sensitivity", "retained", "pair_activity")
TOXICITY = ("event_rate", "background", "pair_toxicity")
COMPARISON = ("control_rate", "hazard_ratio")
HELD = 20_000_000
"""Most numbers of regimens' own factors that are remembered; those of further regimens are drawn when asked for."""

DRAWN = (*ACTIVITY, *TOXICITY, *COMPARISON)
"""Arrays of an instance that a truth has its own of, by block."""


@dataclass(frozen=True, eq=False)
class Truths:
    """N possible truths, equally likely."""

    seed: int
    numbers: Ints
    """(N,) which draws of the streams these are, from 0."""
    agents: tuple[str, ...]
    beta: Floats
    """(N, D, S)"""
    sensitivity: Floats
    """(N, G, D)"""
    retained: Floats
    """(N, D, M)"""
    pair_activity: Floats
    """(N, P)"""
    event_rate: Floats
    """(N, D, E, S)"""
    background: Floats
    """(N, E)"""
    pair_toxicity: Floats
    """(N, P, E)"""
    control_rate: Floats
    """(N, G) NaN where none is given."""
    hazard_ratio: Floats
    """(N, D) NaN where none is given."""
    control_median: Floats
    """(N, G) months; NaN where none is given."""
    arm_deviation: float = 0.0
    inputs: tuple[Input, ...] = ()
    """What was drawn, so that more can be (`trialopt.core.inputs.fresh`)."""
    sha256: str = ""
    """Digest of the draws: equal draws have equal digests, whatever the order of rows."""
    _factors: dict[str, Floats] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for f in fields(self):
            if isinstance(array := getattr(self, f.name), np.ndarray):
                array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.numbers)

    def factor(self, agents: Iterable[str]) -> Floats:
        """(N,) a regimen's own factor on its log-activity: one for each set of agents, whatever epoch and level."""
        name = regimen_name(agents)
        known = self._factors.get(name)
        if known is not None:
            return known
        made = np.ones(len(self))
        if self.arm_deviation > 0 and name and len(self):
            normal = stream(self.seed, name).standard_normal(int(self.numbers.max()) + 1)[self.numbers]
            made = np.maximum(LEAST_FACTOR, 1 + self.arm_deviation * normal)
        if (len(self._factors) + 1) * len(self) <= HELD:
            self._factors[name] = made
        return made

    def __getstate__(self) -> dict[str, object]:
        """What another process gets: it draws the factors that it asks for."""
        return {**self.__dict__, "_factors": {}}

    def pick(self, rows: Sequence[int] | Ints) -> Truths:
        """Some of them, as truths of their own."""
        rows = np.asarray(rows, dtype=np.int64)
        arrays = {name: getattr(self, name)[rows] for name in (*DRAWN, "control_median", "numbers")}
        return replace(self, **arrays, sha256="", _factors={})

    def written_in(self, base: Instance, row: int) -> Instance:
        """The instance whose numbers are those of one truth, as given ones; a regimen's own deviation is left out."""
        arrays = {name: getattr(self, name)[row].copy() for name in DRAWN}
        return replace(base, sha256="", truths=None, uncertainty=None, **arrays)


def digest(instance: Instance, truths: Truths) -> str:
    """Hash the draws, by sha256 in hexadecimal: numbers to nine digits, axes in the order of ids."""
    i = instance

    def order(ids: Sequence[object]) -> list[int]:
        return sorted(range(len(ids)), key=lambda k: str(ids[k]))

    pairs = [tuple(sorted((i.agents[a], i.agents[b]))) for a, b in i.pair_agents.tolist()]
    axes = {
        "D": order(i.agents),
        "S": list(range(len(i.epochs))),
        "G": order(i.subgroups),
        "M": order(i.mechanisms),
        "E": order(i.categories),
        "P": order(pairs),
    }
    shapes = {
        **{"beta": "DS", "sensitivity": "GD", "retained": "DM", "pair_activity": "P", "event_rate": "DES"},
        **{"background": "E", "pair_toxicity": "PE", "control_rate": "G", "hazard_ratio": "D", "control_median": "G"},
    }
    head = {"seed": truths.seed, "numbers": truths.numbers.tolist(), "arm_deviation": truths.arm_deviation}
    found = sha256(json.dumps(head, sort_keys=True).encode())
    for name, letters in shapes.items():
        array = getattr(truths, name)[np.ix_(range(len(truths)), *(axes[letter] for letter in letters))]
        found.update(name.encode())
        found.update(_rounded(array).tobytes())
    return found.hexdigest()


def _rounded(array: Floats) -> Floats:
    """Numbers to nine significant digits, NaN and zeros alike."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (8 - np.floor(np.log10(np.abs(array))))
        rounded = np.round(array * scale) / scale
    result: Floats = np.where(np.isnan(array), -1.0, np.where(array == 0, 0.0, rounded))
    return result
