"""No shipped instance leaves a dose open that a label forbids its patients, nor a regimen that mixes cycle lengths.

Whatever is not open is in no recommendation, so every recommended arm of every shipped instance is held against the
labels without being solved.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import trialopt
from trialopt.core.catalog import instances
from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import Instance
from trialopt.evaluation import evaluate

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


def with_doses(name: str) -> Instance:
    """A shipped instance; one whose levels.csv says no amounts cannot be held against labels."""
    instance = trialopt.read(trialopt.find(name))
    if not instance.dosing:
        pytest.skip("levels.csv says no amounts")
    return instance


@pytest.mark.parametrize("name", [shipped.name for shipped in instances() if shipped.name != "tiny_duo"])
def test_no_dose_above_the_label_is_open(name: str) -> None:
    instance = with_doses(name)
    for subgroup in instance.subgroups:
        groups = patients_of(instance.definitions.get(subgroup, ""))
        for limit in LIMITS:
            agent = limit["agent"]
            if limit["patients"] not in groups or agent not in instance.agents:
                continue
            levels = [
                level
                for d, level in zip(instance.option_agent.tolist(), instance.option_level, strict=True)
                if instance.agents[d] == agent
            ]
            for level in levels:
                if too_much(instance, agent, level, limit):
                    barred = barred_epochs(instance, subgroup, Dose(agent, level))
                    may = instance.usable[instance.agents.index(agent)]
                    usable = {s for s, yes in zip(instance.epochs, may, strict=True) if yes}
                    assert usable <= barred, f"{agent}@{level} in {subgroup}: {limit['most']} {limit['unit']} at most"


def barred_epochs(instance: Instance, subgroup: str, dose: Dose) -> set[str]:
    """Epochs in which a dose is contraindicated in a subgroup, by the judge."""
    found = set()
    for epoch in instance.epochs:
        judged = evaluate(instance, Design((Arm("A1", (subgroup,), {epoch: (dose,)}),)))
        found |= {epoch for v in judged.violations if v.rule in ("contraindicated", "exclude", "exclude_in")}
    return found


@pytest.mark.parametrize("name", [shipped.name for shipped in instances() if shipped.name != "tiny_duo"])
def test_no_shipped_instance_lets_a_regimen_mix_cycle_lengths(name: str) -> None:
    instance = with_doses(name)
    assert not instance.rules.mixed_cycles
    assert (instance.cycle_days > 0).any()


def test_the_groups_are_found_where_they_are_meant() -> None:
    assert patients_of("creatinine clearance 30 to 49 ml/min; any cytogenetics") == {"renal_30_to_59"}
    assert patients_of("creatinine clearance 15 to 49 ml/min") == {"renal_30_to_59", "renal_below_30"}
    assert patients_of("up to 65 years, creatinine clearance 50 ml/min or more") == set()
    assert patients_of("1-3 prior lines; IMWG frailty score 2 or more; any cytogenetics") == {"over_75_or_frail"}
    assert patients_of("80 years or older and dependent in daily life") == {"over_75_or_frail"}
