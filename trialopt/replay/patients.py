"""Virtual patients of one subgroup: clones, growth, sensitivities, M-protein.

Letters as in `Instance`; n patients, K clones: disease with no listed mechanism first, then the listed mechanisms, then
one clone that keeps little of any kill (the resistant share that was fitted in IKEMA). Patients do not depend on the
design, so that two designs are played on the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Bools, Floats, Instance
from trialopt.replay.table import Constants, Population

Singles = NDArray[np.float32]


def stream(*names: object) -> np.random.Generator:
    """Generator of the draws of one name."""
    key = int.from_bytes(sha256(":".join(map(str, names)).encode()).digest()[:16], "big")
    return np.random.Generator(np.random.SFC64(key))


@dataclass(frozen=True, eq=False)
class Patients:
    """n patients of a subgroup."""

    instance: Instance
    subgroup: int
    constants: Constants
    population: Population
    seed: tuple[object, ...]
    growth: Singles
    """(n,) a day."""
    shared: Singles
    """(n,) factor on every kill."""
    clones: Singles
    """(n, K) share of cells at the start; rows sum to 1."""
    driver: NDArray[np.int64]
    """(n,) mechanism that drives the disease."""
    protein: Singles
    """(n,) M-protein at the start, g/dl."""
    marrow: Singles
    """(n,) share of marrow cells at the start."""
    deaths: Singles
    """(n,) months to death without progression."""
    frailty: Singles
    """(n,) factor on the hazard of every severe event, mean 1."""
    _own: dict[int, Singles] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.growth)

    @cached_property
    def stops(self) -> Singles:
        """(n,) months to the end of treatment for reasons of no event."""
        rng = stream(*self.seed, "stops")
        return rng.standard_exponential(len(self), dtype=np.float32) / np.float32(max(self.constants.other_stop, 1e-9))

    def own(self, agent: int) -> Singles:
        """(n,) factor of an agent's kill in each patient: its own spread, and what prior exposure left of it.

        A `sensitivity` below 1 is a mixture: refractory patients keep `refractory_keeps` of the kill (all of one class
        together), the others all of it. Above 1 it is a factor.
        """
        if agent not in self._own:
            c, i = self.constants, self.instance
            name, class_ = i.agents[agent], i.classes[int(i.agent_class[agent])]
            normal = stream(*self.seed, "agent", name).standard_normal(len(self), dtype=np.float32)
            factor = np.exp(c.own_spread * normal)
            given = float(i.sensitivity[self.subgroup, agent])
            if given >= 1:
                factor = factor * np.float32(given)
            else:
                least = min(c.refractory_keeps, given)
                share = (1 - given) / (1 - least)
                refractory = stream(*self.seed, "class", class_).random(len(self), dtype=np.float32) < share
                factor = np.where(refractory, factor * np.float32(least), factor)
            self._own[agent] = factor.astype(np.float32)
        return self._own[agent]

    def harms(self, name: str, epoch: int) -> Singles:
        """(n, E) unit exponentials of the severe events of one cause in an epoch."""
        rng = stream(*self.seed, "harm", name, epoch)
        return rng.standard_exponential((len(self), len(self.instance.categories)), dtype=np.float32)

    def noise(self, visits: int) -> Singles:
        """(2, visits, n) standard normal errors of the assay: relative and absolute."""
        return stream(*self.seed, "assay").standard_normal((2, visits, len(self)), dtype=np.float32)


def draw(
    instance: Instance,
    subgroup: int,
    n: int,
    constants: Constants,
    population: Population,
    seed: object = 1,
    block: int = 0,
    minor: bool = True,
) -> Patients:
    """Draw n patients of a subgroup; the same seed and block draw the same ones. `minor` false: no small clones."""
    c = constants
    name = (seed, instance.subgroups[subgroup], block)
    rng = stream(*name, "patients")

    def lognormal(median: float, spread: float) -> Floats:
        values: Floats = median * np.exp(spread * rng.standard_normal(n))
        return values

    share = instance.prevalence[subgroup]
    driver = np.searchsorted(np.cumsum(share)[:-1], rng.random(n), side="right")
    escape = c.escape_share * population.escape
    clones = _clones(rng, instance, subgroup, driver, replace(c, escape_share=escape), minor)
    susceptible = float(instance.susceptibility[subgroup].mean()) if len(instance.categories) else 1.0
    monthly = population.deaths_per_month * susceptible
    shape = 1 / c.frailty if c.frailty > 0 else 0.0
    values = {
        "growth": lognormal(c.growth * population.growth, c.growth_spread),
        "shared": lognormal(c.kill * population.sensitivity, c.shared_spread),
        "protein": np.maximum(lognormal(c.protein, c.protein_spread), c.protein_least),
        "marrow": np.minimum(lognormal(c.marrow, c.marrow_spread), 1.0),
        "deaths": rng.standard_exponential(n) / max(monthly, 1e-9),
        "frailty": rng.gamma(shape, c.frailty, n) if shape else np.ones(n),
    }
    singles: dict[str, Any] = {key: value.astype(np.float32) for key, value in values.items()}
    return Patients(instance, subgroup, c, population, name, clones=clones, driver=driver, **singles)


def _clones(
    rng: np.random.Generator, instance: Instance, subgroup: int, driver: NDArray[np.int64], c: Constants, minor: bool
) -> Singles:
    """(n, K) shares: the driver's clone, small ones of other mechanisms, the one that escapes, the rest sensitive."""
    n, mechanisms = len(driver), len(instance.mechanisms)
    found = np.zeros((n, mechanisms + 1))
    some = np.maximum(instance.prevalence[subgroup], instance.seed)
    carried: Bools = rng.random((n, mechanisms)) < np.minimum(c.minor_carriers * some, 1.0)
    sizes = c.minor_share * np.exp(c.minor_spread * rng.standard_normal((n, mechanisms)))
    escape = np.minimum(c.escape_share * np.exp(c.escape_spread * rng.standard_normal(n)), 0.5)
    if minor:
        found[:, :mechanisms] = np.where(carried, np.minimum(sizes, 0.2), 0.0)
        found[:, mechanisms] = escape
    found[:, 0] = 0.0
    rows = np.arange(n)
    driven = driver > 0
    found[rows[driven], driver[driven]] = 0.0
    small = found.sum(axis=1)
    found *= np.where(small > 0.6, 0.6 / np.maximum(small, 1e-12), 1.0)[:, None]
    rest = 1 - found.sum(axis=1)
    found[rows[driven], driver[driven]] = rest[driven] * c.driver_share
    found[:, 0] = np.where(driven, rest * (1 - c.driver_share), rest)
    return found.astype(np.float32)
