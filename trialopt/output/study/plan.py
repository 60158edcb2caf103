"""A run as a planned study: its arms and their controls, cohorts, epochs, what is given, and what nobody has said yet.

The arms are those that are compared: each arm of the design and its control, randomised against each other. Subgroups
are cohorts: strata of the randomisation, never something a patient is randomised to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from trialopt.core.design import Dose
from trialopt.output.formats import ExportError
from trialopt.record.controls import controls
from trialopt.record.parts import Allocation
from trialopt.record.solution import Question, Solution, SolvedArm
from trialopt.record.words import heading, name

ENDPOINTS = {
    "response": "Overall response rate",
    "complete": "Complete response rate",
    "mrd": "Minimal residual disease negativity",
    "pfs": "Progression-free survival",
}
"""Name of the primary endpoint."""

CRITERIA = {
    "response": "Partial response or better by the IMWG criteria",
    "complete": "Complete response or better by the IMWG criteria",
    "mrd": "Minimal residual disease below 1 in 100,000 cells in the marrow, by the IMWG criteria",
    "pfs": "Time from randomisation to progression by the IMWG criteria or death",
}
"""What the endpoint is, in a sentence."""


@dataclass(frozen=True)
class Given:
    """One agent in one epoch of an arm, as the tables say: texts are empty and numbers `None` where they do not."""

    agent: str
    """Display name."""
    level: str
    dose: str
    """Dose in words."""
    amount: float | None
    unit: str
    route: str
    days: str
    cycle_days: int | None
    kind: str
    """small_molecule, biologic, cell_therapy or procedure."""
    group: str
    """Class of the agent, in words."""
    only: tuple[str, ...] = ()
    """Display names of the cohorts that are given it, where others of the arm are not."""

    @property
    def words(self) -> str:
        """Agent with its dose: `Carfilzomib 20/56 mg/m2 twice weekly`."""
        whom = f"({', '.join(self.only)})" if self.only else ""
        return " ".join(filter(None, (self.agent, self.dose, whom)))

    @property
    def when(self) -> str:
        """Days in words: `weekly`, `day 1 of a 28-day cycle`, `days 1-21`; empty where the tables do not say."""
        if not self.days or not self.days[0].isdigit() or any(sign.isalpha() for sign in self.days):
            return self.days
        cycle = f" of a {self.cycle_days}-day cycle" if self.cycle_days else ""
        return f"{'day' if self.days.isdigit() else 'days'} {self.days}{cycle}"

    @property
    def how(self) -> str:
        """Dose, route and days, each once: `1.3 mg/m2 SC d1,4,8,11 of 21, days 1,4,8,11 of a 21-day cycle`."""
        route = "" if self.route in self.dose.replace(",", " ").split() else self.route
        said = self.when in self.dose or f"d{self.days} of {self.cycle_days}" in self.dose
        when = "" if said else self.when
        return ", ".join(filter(None, (self.dose, route, when)))


@dataclass(frozen=True)
class StudyArm:
    """One arm of the comparison. `patients` is `None` in a design without sizes."""

    code: str
    """`A1` or, of its control, `C1`."""
    control: bool
    against: str
    """Code of the arm it is compared with."""
    cohorts: tuple[str, ...]
    """Subgroup ids."""
    given: Mapping[str, tuple[Given, ...] | None]
    """Epoch id -> what is given; `None` for a control whose regimen is not known."""
    patients: Mapping[str, int] | None
    """Subgroup id -> patients."""
    without: str = ""
    """Name of the agent that a component arm leaves out; `against` is then the arm that has to beat it."""
    months: float | None = None
    """From its first patient to its final analysis, where the run says."""
    read_in: str = ""
    """Id of the epoch at whose end response is read; empty for progression-free survival and without sizes."""
    controls: tuple[tuple[tuple[str, ...], Mapping[str, tuple[Given, ...]]], ...] = ()
    """Of a control that differs between cohorts: their display names, and what they are given."""

    @property
    def comparison(self) -> str:
        """Which arms are compared: `A1 against C1`, of a component arm `A1 against A1a`."""
        if self.without:
            return f"{self.against} against {self.code}"
        return f"{self.code} against {self.against}" if self.against else self.code

    @property
    def untreated(self) -> bool:
        """Whether it is known to be given nothing in any epoch."""
        return not any(doses is None or doses for doses in self.given.values())

    @property
    def total(self) -> int | None:
        """Patients of all cohorts."""
        return None if self.patients is None else sum(self.patients.values())

    @property
    def title(self) -> str:
        """What is given, epoch by epoch: `Carfilzomib + Dexamethasone, then Lenalidomide`; and whom, of several."""
        if self.controls:
            return "; ".join(f"{_title(given)} ({', '.join(whom)})" for whom, given in self.controls)
        return _title(self.given)

    def agents(self, epoch: str) -> str:
        """What is given in an epoch, without doses: `Daratumumab + Bortezomib`; of several controls, with `or`."""
        several = [_agents(given[epoch]) for _, given in self.controls]
        return " or ".join(dict.fromkeys(several)) or _agents(self.given[epoch])


def _agents(given: tuple[Given, ...] | None) -> str:
    if given is None:
        return "Control treatment"
    return " + ".join(one.agent for one in given) or "no treatment"


def _title(sequence: Mapping[str, tuple[Given, ...] | None]) -> str:
    if None in sequence.values():
        return _agents(None)
    told = [_agents(given) for given in sequence.values()]
    return ", then ".join(text for k, text in enumerate(told) if not k or told[k - 1] != text)


@dataclass(frozen=True)
class Cohort:
    """A subgroup that is served, with the patients planned for it (all arms)."""

    id: str
    name: str
    definition: str
    patients: int | None


@dataclass(frozen=True)
class Study:
    """The planned study."""

    id: str
    title: str
    facts: Mapping[str, Any]
    """`[registration]`, as far as it was given."""
    arms: tuple[StudyArm, ...]
    cohorts: tuple[Cohort, ...]
    epochs: Mapping[str, str]
    """Epoch id -> name."""
    cycles: Mapping[str, float]
    endpoint: str
    randomised: bool

    @property
    def patients(self) -> int | None:
        """Patients of all arms."""
        totals = [arm.total for arm in self.arms]
        return None if None in totals else sum(total for total in totals if total is not None)

    def names_of(self, arm: StudyArm) -> list[str]:
        """Names of the cohorts of an arm."""
        return [cohort.name for cohort in self.cohorts if cohort.id in arm.cohorts]

    @property
    def agents(self) -> dict[str, Given]:
        """Each agent that is given anywhere, by name, as it is given first."""
        every = (one for arm in self.arms for given in arm.given.values() for one in given or ())
        found: dict[str, Given] = {}
        for one in every:
            found.setdefault(one.agent, one)
        return found


def planned(solution: Solution) -> Study:
    """The study that a run plans. Raises `ExportError` for a run without a design."""
    if not solution.arms:
        raise ExportError("this run has no design, so there is no study to write")
    q = solution.question
    arms = tuple(made for arm in solution.arms for made in _compared(q, arm))
    cohorts = tuple(
        Cohort(g, heading(q, g), q.definitions.get(g, "").strip(), _patients(arms, g))
        for arm in solution.arms
        for g in arm.subgroups
    )
    return Study(
        id=q.name,
        title=str(q.registration.get("official_title") or q.title or q.name),
        facts=q.registration,
        arms=arms,
        cohorts=cohorts,
        epochs={s: heading(q, s) for s in q.epochs},
        cycles=q.cycles,
        endpoint=q.endpoint,
        randomised=any(arm.size is not None for arm in solution.arms),
    )


def _compared(q: Question, arm: SolvedArm) -> Iterator[StudyArm]:
    """An arm, its component arms, and its control where patients are randomised between them."""
    number = arm.name.removeprefix("A")
    control = f"C{number}"
    sizes: Mapping[str, Allocation] = {} if arm.size is None else arm.size.allocation
    sequence = {s: tuple(given(q, dose) for dose in arm.sequence.get(s, ())) for s in q.epochs}
    experimental = {g: cell.experimental for g, cell in sizes.items()} if sizes else None
    made = StudyArm(
        arm.name, False, control if sizes else "", arm.subgroups, sequence, experimental,
        months=None if arm.calendar is None else arm.calendar.study_months,
        read_in=str(arm.sizing.get("endpoint_epoch") or ""),
    )  # fmt: skip
    yield made
    for part in arm.component_arms:
        rest = {s: tuple(given(q, dose) for dose in part.sequence.get(s, ())) for s in q.epochs}
        left = heading(q, part.without)
        yield replace(made, code=part.arm, against=arm.name, given=rest, patients=part.allocation, without=left)
    if sizes:
        patients = {g: cell.control for g, cell in sizes.items()}
        yield _control(q, arm, control, patients)


def _control(q: Question, arm: SolvedArm, code: str, patients: Mapping[str, int]) -> StudyArm:
    """The control of an arm; where its cohorts have several, each dose says whom alone it is given."""
    several = tuple(
        (tuple(heading(q, g) for g in those), {s: tuple(given(q, dose) for dose in told.get(s, ())) for s in q.epochs})
        for those, told in controls(q, arm.subgroups)
    )
    if not several:
        return StudyArm(code, True, arm.name, arm.subgroups, dict.fromkeys(q.epochs), patients)
    if len(several) == 1:
        return StudyArm(code, True, arm.name, arm.subgroups, several[0][1], patients)
    union = {s: _together(several, s, len(arm.subgroups)) for s in q.epochs}
    return StudyArm(code, True, arm.name, arm.subgroups, union, patients, controls=several)


def _together(
    several: tuple[tuple[tuple[str, ...], Mapping[str, tuple[Given, ...]]], ...], epoch: str, cohorts: int
) -> tuple[Given, ...]:
    whom: dict[Given, tuple[str, ...]] = {}
    for those, told in several:
        for one in told[epoch]:
            whom[one] = (*whom.get(one, ()), *those)
    return tuple(replace(one, only=() if len(those) == cohorts else those) for one, those in whom.items())


def given(q: Question, dose: Dose) -> Given:
    """A dose with all that the tables say of it."""
    said = q.dosing.get(f"{dose.agent}@{dose.level}", {})
    text = " ".join((q.labels.get(f"{dose.agent}@{dose.level}") or "").split())
    return Given(
        agent=heading(q, dose.agent),
        level=dose.level,
        dose=text or ("" if dose.level == "standard" else dose.level),
        amount=said.get("amount"),
        unit=said.get("unit", ""),
        route=said.get("route", ""),
        days=said.get("days", ""),
        cycle_days=said.get("cycle_days"),
        kind=q.kinds.get(dose.agent, "small_molecule"),
        group=name(q, q.classes.get(dose.agent, "")),
    )


def _patients(arms: tuple[StudyArm, ...], cohort: str) -> int | None:
    counts = [arm.patients[cohort] for arm in arms if arm.patients is not None and cohort in arm.patients]
    return sum(counts) if counts else None


def missing(study: Study, needed: Mapping[str, str]) -> list[str]:
    """Which of the facts an export needs nobody has given, in words: key of `[registration]` -> what it is for."""
    keys = [key for key in needed if not study.facts.get(key)]
    lacking = [f"[registration] {', '.join(f'{key} ({needed[key]})' for key in keys)}"] if keys else []
    undated = sorted({one.agent for one in study.agents.values() if one.kind != "cell_therapy" and not one.days})
    if undated:
        lacking.append(f"levels.csv days of {', '.join(undated)}")
    return lacking
