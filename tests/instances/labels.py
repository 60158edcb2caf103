"""A design held against the labels' doses, its cycle lengths and what is given once: shares no code with the search."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import trialopt
from trialopt.core.design import Arm, Design
from trialopt.core.instance import Instance

DATA = Path(trialopt.__file__).parent / "evidence" / "data"
LIMITS = list(csv.DictReader((DATA / "label_limits.csv").open(encoding="utf-8")))
FULL = {
    row["agent"]: row
    for row in csv.DictReader((DATA / "doses.csv").open(encoding="utf-8"))
    if row["level"] == "standard"
}


def patients_of(definition: str) -> set[str]:
    """Groups of label_limits.csv that a subgroup's definition speaks of."""
    found = set()
    if clearance := re.search(r"creatinine clearance (?:of )?(\d+) to (\d+)", definition):
        low, high = map(int, clearance.groups())
        found |= {"renal_30_to_59"} if high < 60 else set()
        found |= {"renal_below_30"} if low < 30 and high < 60 else set()
    if re.search(r"creatinine clearance (?:below|under) 30", definition):
        found.add("renal_below_30")
    if re.search(r"frailty score 2|(?:75|80) years or older|above 75|over 75", definition) and "not " not in definition:
        found.add("over_75_or_frail")
    if re.search(r"Child-Pugh [BC]|moderate hepatic impairment|severe hepatic impairment", definition):
        found.add("hepatic_moderate_or_severe")
    return found


def too_much(instance: Instance, agent: str, level: str, limit: dict[str, str]) -> bool:
    """Whether a level is above a label's limit; a level that does not say is taken for the usual full dose."""
    dosing = instance.dosing.get((agent, level))
    amount = dosing.amount if dosing is not None and dosing.amount is not None else None
    if amount is None:
        said = re.search(r"(\d+(?:\.\d+)?) ?mg", instance.labels.get(f"{agent}@{level}", ""))
        amount = float(said[1]) if said else float(FULL[agent]["amount"])
    if limit["but"]:
        most, _, days = limit["but"].partition(" ")
        given = f"{dosing.days if dosing else ''} {instance.labels.get(f'{agent}@{level}', '')}"
        if days in given:
            return amount > float(most)
    return amount > float(limit["most"])


def faults(instance: Instance, design: Design) -> list[str]:
    """What a pharmacist would send back: doses above a label, cycle lengths mixed, single courses repeated."""
    return [words for arm in design.arms for words in _of_arm(instance, arm)]


def _of_arm(instance: Instance, arm: Arm) -> Iterator[str]:
    groups = {g: patients_of(instance.definitions.get(g, "")) for g in arm.subgroups}
    times: dict[str, list[str]] = {}
    for epoch, doses in arm.sequence.items():
        lengths = set()
        for dose in doses:
            times.setdefault(dose.agent, []).append(epoch)
            given = instance.dosing.get((dose.agent, dose.level))
            lengths |= {given.cycle_days} if given is not None and given.cycle_days else set()
            for limit in LIMITS:
                for subgroup, patients in groups.items():
                    meant = limit["agent"] == dose.agent and limit["patients"] in patients
                    if meant and too_much(instance, dose.agent, dose.level, limit):
                        yield f"{arm.name}: {dose.agent}@{dose.level} in {subgroup}, {limit['most']} at most"
        if len(lengths) > 1:
            yield f"{arm.name}: cycles of {sorted(lengths)} days in {epoch}"
    for agent, epochs in times.items():
        if agent in instance.one_off and len(epochs) > 1:
            yield f"{arm.name}: {agent}, given once, in {', '.join(epochs)}"
