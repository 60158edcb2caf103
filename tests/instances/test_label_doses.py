"""No shipped instance leaves a dose open that a label forbids its patients, nor a regimen that mixes cycle lengths.

Whatever is not open is in no recommendation, so every recommended arm of every shipped instance is held against the
labels without being solved. `tests/instances/test_references.py` also holds what is recommended, and a test here the
runners-up.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

import trialopt
from tests.instances.labels import LIMITS, faults, patients_of, too_much
from tests.instances.references import SOLVABLE
from trialopt.core.catalog import instances
from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import Instance
from trialopt.evaluation import evaluate


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


QUICK = {"gmmg_hd7", "ndmm_transplant_eligible"}
LISTED = [
    pytest.param(name, marks=[] if name in QUICK else [pytest.mark.many])
    for name in sorted({*SOLVABLE, "rrmm_early_relapse"})
]


@pytest.mark.parametrize("name", LISTED)
def test_no_runner_up_breaks_a_label(name: str) -> None:
    """Recommended arms and the four designs after them."""
    instance = with_doses(name)
    listed = trialopt.alternatives(instance, 5)
    assert len(listed.items) > 1
    for item in listed.items:
        assert faults(instance, item.design) == []


def test_a_design_that_breaks_labels_is_sent_back() -> None:
    """The controls are real designs: full lenalidomide in renal patients, and a transplant twice, are found."""
    instance = trialopt.read(trialopt.find("ndmm_transplant_eligible"))
    full, twice = Dose("lenalidomide", "mg25"), Dose("high_dose_melphalan", "mg140")
    arm = Arm("A1", ("renal",), {"induction": (full, twice), "intensification": (twice,)})
    found = " ".join(faults(replace(instance, one_off=instance.one_off | {"high_dose_melphalan"}), Design((arm,))))
    assert "lenalidomide@mg25 in renal, 10 at most" in found
    assert "high_dose_melphalan, given once, in induction, intensification" in found
    frail = trialopt.read(trialopt.find("ndmm_frail"))
    mixed = Arm("A1", ("frail",), {"induction": (Dose("bortezomib", "weekly_42"), Dose("lenalidomide", "mg10"))})
    assert faults(frail, Design((mixed,))) == ["A1: cycles of [28, 42] days in induction"]
    by_clearance = Arm("A1", ("renal",), {"induction": (Dose("lenalidomide", "by_clearance"),)})
    assert faults(instance, Design((by_clearance,))) == []


def test_the_groups_are_found_where_they_are_meant() -> None:
    assert patients_of("creatinine clearance 30 to 49 ml/min; any cytogenetics") == {"renal_30_to_59"}
    assert patients_of("creatinine clearance 15 to 49 ml/min") == {"renal_30_to_59", "renal_below_30"}
    assert patients_of("up to 65 years, creatinine clearance 50 ml/min or more") == set()
    assert patients_of("1-3 prior lines; IMWG frailty score 2 or more; any cytogenetics") == {"over_75_or_frail"}
    assert patients_of("80 years or older and dependent in daily life") == {"over_75_or_frail"}
    assert patients_of("bilirubin above 1.5 times normal (Child-Pugh B)") == {"hepatic_moderate_or_severe"}
