"""The stage: one lot of patients of each subgroup, on which any sequence is played, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from trialopt.core.design import Arm, Design
from trialopt.core.instance import Floats, Instance
from trialopt.replay.course import DIED, Played, follow
from trialopt.replay.given import Options, given, options_of
from trialopt.replay.patients import Patients, draw
from trialopt.replay.table import Constants, Population, constants, population_of, populations

SWITCHES = ("carried", "small clones", "unequal patients", "doses", "assay")
"""What can be left out of a replay, to see what causes a difference."""

MONTHS_24 = 24.0


@dataclass(frozen=True)
class Summary:
    """What was seen in one subgroup under one sequence: shares of patients, months, and standard errors."""

    patients: int
    response: float
    """Confirmed partial response or better, ever."""
    complete: float
    mrd: float
    pfs_24: float
    """Alive without progression at 24 months."""
    severe: float
    """Patients with a severe event while treated."""
    events: float
    """Severe events (first ones of a category in an epoch) a patient."""
    median_pfs: float
    """Months; the end of follow-up where fewer than half have ended."""
    died: float
    """Died without progression."""
    by_epoch: Floats
    """(S,) in response: by the end of the first epoch, at the end of later ones among those who began them."""
    began: Floats
    """(S,) alive without progression at the start of the epoch."""
    risk: Floats
    """(S, E) a severe event of the category in the epoch, among those who began it."""

    def error(self, share: float) -> float:
        """Standard error of a share."""
        return float(np.sqrt(max(share * (1 - share), 0.0) / self.patients))


def summary(played: Played, first_end: float) -> Summary:
    """Sum up a play; `first_end` is the month in which the first epoch ends."""
    n = len(played)
    began = played.started.mean(axis=0)
    late = played.responding.sum(axis=0) / np.maximum(played.started.sum(axis=0), 1)
    by_epoch = np.append((played.response <= first_end + 0.1).mean(), late[1:])
    among = np.maximum(played.started.sum(axis=0), 1)[:, None]
    return Summary(
        patients=n,
        response=float(np.isfinite(played.response).mean()),
        complete=float(np.isfinite(played.complete).mean()),
        mrd=float(np.isfinite(played.negative).mean()),
        pfs_24=float((played.ended >= MONTHS_24).mean()),
        severe=float(played.severe.any(axis=(1, 2)).mean()),
        events=float(played.severe.sum()) / n,
        median_pfs=float(np.median(played.ended)),
        died=float((played.how == DIED).mean()),
        by_epoch=by_epoch,
        began=began,
        risk=played.severe.sum(axis=0) / among,
    )


@dataclass(eq=False)
class Stage:
    """Plays sequences of an instance on one lot of patients a subgroup.

    Attributes
    ----------
    without
        Names of `SWITCHES` that are left out.
    population
        Whom the trial is about; read off the title where it is not given.
    """

    instance: Instance
    patients: int = 1000
    seed: object = 1
    months: float = 25.0
    population: str = ""
    without: frozenset[str] = frozenset()
    frozen: Constants | None = None
    _lots: dict[int, Patients] = field(default_factory=dict, repr=False)
    _known: dict[tuple[int, Options], Summary] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if unknown := self.without - set(SWITCHES):
            raise ValueError(f"{sorted(unknown)} cannot be left out of a replay; these can: {', '.join(SWITCHES)}")
        self.population = self.population or population_of(f"{self.instance.name} {self.instance.title}")

    @property
    def whom(self) -> Population:
        """Factor on kills, and deaths, of the population."""
        return populations()[self.population]

    @property
    def constants(self) -> Constants:
        """The frozen constants, less what is left out."""
        c = self.frozen or constants()
        if "unequal patients" in self.without:
            c = replace(c, growth_spread=0.0, shared_spread=0.0, own_spread=0.0, frailty=0.0)
        return c

    def lot(self, subgroup: int) -> Patients:
        """The patients of a subgroup."""
        if subgroup not in self._lots:
            self._lots[subgroup] = self.fresh(subgroup, self.patients, 0)
        return self._lots[subgroup]

    def fresh(self, subgroup: int, n: int, block: int) -> Patients:
        """Other patients of a subgroup."""
        minor = "small clones" not in self.without
        return draw(self.instance, subgroup, n, self.constants, self.whom, self.seed, block, minor)

    def play(self, patients: Patients, options: Options) -> Played:
        """Play a sequence on given patients."""
        course = given(self.instance, patients.subgroup, options, self.constants)
        doses, noise = "doses" not in self.without, "assay" not in self.without
        return follow(patients, course, self.months, doses=doses, noise=noise)

    def bare(self, months: float | None = None) -> Stage:
        """The same stage without the patients and summaries it keeps; it may follow patients for longer."""
        c = self
        return Stage(
            *(c.instance, c.patients, c.seed, c.months if months is None else months, c.population, c.without, c.frozen)
        )

    def keep(self, subgroup: int, options: Options, found: Summary) -> None:
        """Take what another stage like this one saw."""
        self._known[subgroup, options] = found

    def knows(self, of: Mapping[str, Options]) -> bool:
        """Whether the sequences of these subgroups were played."""
        return all((self.instance.subgroups.index(g), options) in self._known for g, options in of.items())

    def see(self, subgroup: int, options: Options) -> Summary:
        """What a sequence does in the lot of a subgroup; kept."""
        key = subgroup, options
        if key not in self._known:
            course = given(self.instance, subgroup, options, self.constants)
            found = summary(self.play(self.lot(subgroup), options), course.epochs[0].end)
            if "carried" in self.without:
                found = replace(found, by_epoch=self._afresh(subgroup, options, found))
            self._known[key] = found
        return self._known[key]

    def _afresh(self, subgroup: int, options: Options, found: Summary) -> Floats:
        """Responses by epoch if every epoch met untreated disease."""
        alone = [found.by_epoch[0]]
        for s in range(1, len(options)):
            only: Options = tuple(taken if k == s else () for k, taken in enumerate(options))
            moved = replace(self.instance, cycles=np.where(np.arange(len(options)) < s, 0.0, self.instance.cycles))
            course = given(moved, subgroup, only, self.constants)
            played = follow(self.lot(subgroup), course, self.months)
            alone.append(float((played.response <= course.epochs[s].end + 0.1).mean()))
        return np.array(alone)

    def see_design(self, design: Design) -> dict[str, Summary]:
        """What a design does, by subgroup."""
        return {
            subgroup: self.see(self.instance.subgroups.index(subgroup), options_of(self.instance, arm.sequence))
            for arm in design.arms
            for subgroup in arm.subgroups
        }

    def see_control(self) -> dict[str, Summary]:
        """What the control regimen does, by subgroup; empty where there is none."""
        found = {g: self.instance.control_of(g) for g in range(len(self.instance.subgroups))}
        return {self.instance.subgroups[g]: self.see(g, options) for g, options in found.items() if options is not None}


OUTCOMES = ("response", "mrd", "pfs_24", "severe")
"""What designs are ranked by."""


def overall(instance: Instance, seen: dict[str, Summary]) -> dict[str, float]:
    """Outcomes over all patients: subgroups by their shares."""
    weights = {instance.subgroups[g]: float(w) for g, w in enumerate(instance.share)}
    total = sum(weights[g] for g in seen)
    return {name: sum(weights[g] * getattr(s, name) for g, s in seen.items()) / total for name in OUTCOMES}


def sequences(instance: Instance, arms: Iterable[Arm]) -> dict[str, Options]:
    """Options of each epoch by subgroup."""
    return {g: options_of(instance, arm.sequence) for arm in arms for g in arm.subgroups}
