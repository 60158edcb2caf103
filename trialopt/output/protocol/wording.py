"""Words of the protocol section: names in place of ids, arms in sentences, and which sources stand behind what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trialopt.output.report.sentences import listed
from trialopt.output.study.plan import ENDPOINTS, Given, Study, StudyArm
from trialopt.output.study.randomisation import ratio
from trialopt.output.voices import Words
from trialopt.record.solution import Solution


@dataclass(frozen=True)
class Comparison:
    """An arm and one that it is compared with: its control, or the arm that leaves one of its agents out."""

    arm: StudyArm
    against: StudyArm

    @property
    def title(self) -> str:
        """`A1 against C1`."""
        return f"{self.arm.code} against {self.against.code}"


def comparisons(study: Study) -> Iterator[Comparison]:
    """Every comparison of a randomised study: each arm with its control, then with its component arms."""
    by_code = {arm.code: arm for arm in study.arms}
    for arm in experimental(study):
        if arm.against:
            yield Comparison(arm, by_code[arm.against])
            yield from (Comparison(arm, part) for part in components(study, arm))


def experimental(study: Study) -> list[StudyArm]:
    """The arms that are neither controls nor component arms."""
    return [arm for arm in study.arms if not arm.control and not arm.without]


def components(study: Study, arm: StudyArm) -> list[StudyArm]:
    """The component arms of an arm."""
    return [part for part in study.arms if part.without and part.against == arm.code]


def regimens(study: Study, arm: StudyArm) -> str:
    """What is given, epoch by epoch: `Induction and consolidation: Carfilzomib 20/56 mg/m2 + ...; Maintenance: ...`."""
    return "; ".join(f"{_together(study, epochs)}: {doses(given)}" for epochs, given in stretches(arm))


def stretches(arm: StudyArm) -> list[tuple[list[str], tuple[Given, ...] | None]]:
    """Epochs, one after the other, in which the same is given, and what."""
    found: list[tuple[list[str], tuple[Given, ...] | None]] = []
    for epoch, given in arm.given.items():
        if found and found[-1][1] == given:
            found[-1][0].append(epoch)
        else:
            found.append(([epoch], given))
    return found


def _together(study: Study, epochs: list[str]) -> str:
    first, *rest = (study.epochs[epoch] for epoch in epochs)
    return listed([first, *(text[:1].lower() + text[1:] for text in rest)])


def with_cycles(study: Study, epochs: list[str]) -> str:
    """Names of epochs with their cycles: `Induction and consolidation (6 + 4 cycles)`."""
    cycles = [study.cycles[epoch] for epoch in epochs if epoch in study.cycles]
    count = " + ".join(f"{n:g}" for n in cycles)
    return _together(study, epochs) + (f" ({count} cycle{'' if cycles == [1] else 's'})" if cycles else "")


def doses(given: tuple[Given, ...] | None) -> str:
    """A regimen with its doses."""
    if given is None:
        return "control treatment, to be specified by the sponsor"
    return " + ".join(one.words for one in given) or "no treatment"


def allocation(study: Study, arm: StudyArm) -> str:
    """The ratio of an arm to those it is randomised with, in their order: `1:1`, with component arms `1:1:1`."""
    control = next(one for one in study.arms if one.code == arm.against)
    mine, other = ratio(arm.total or 0, control.total or 0)
    return ":".join(map(str, [mine] * (1 + len(components(study, arm))) + [other]))


def endpoint(study: Study) -> str:
    """The primary endpoint within a sentence."""
    text = ENDPOINTS.get(study.endpoint, study.endpoint.replace("_", " "))
    return text[:1].lower() + text[1:]


def indication(study: Study) -> str:
    """The disease within a sentence."""
    return str(study.facts.get("indication") or "multiple myeloma")


class Voice(Words):
    """Words of documents in which no id is left."""


KINDS: dict[str, tuple[str, ...]] = {
    "Activity of agents and combinations": ("agents", "activity", "interactions", "regimens"),
    "Severe toxicity": ("toxicity", "categories", "susceptibility", "contraindicated"),
    "Doses and schedules": ("levels",),
    "Resistance mechanisms": ("mechanisms", "prevalence", "emergence", "retained"),
    "Cohorts, control rates and treatment duration": ("subgroups", "reach", "sensitivity", "limits"),
}
"""What a prediction rests on -> the tables of the instance that say it."""


def resting(solution: Solution, kind: str, arms: Iterable[str] | None = None) -> tuple[str, ...]:
    """Cells that name sources of one kind, of the rows that the arms' numbers rest on; of all arms by default."""
    wanted = set(arms) if arms is not None else None
    found: dict[str, None] = {}
    for arm in solution.arms:
        if wanted is None or arm.name in wanted:
            for row in arm.rests_on:
                if (row.table or row.file.removesuffix(".csv")) in KINDS[kind] and row.source:
                    found.setdefault(row.source)
    return tuple(found)
