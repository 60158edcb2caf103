"""The small right instance that every test of reading starts from, as files that a test may edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from trialopt.core.instance import Instance
from trialopt.reading import InputErrors, read

FILES = {
    "trial.toml": """\
format = 1
title = "Two epochs, by hand"

[trial]
max_arms = 2

[[epoch]]
id = "induction"
cycles = 4
max_agents = 3

[[epoch]]
id = "maintenance"
cycles = 12
weight = 3
max_agents = 1
""",
    "agents.csv": """\
agent,name,class,responders,n,orr,orr_in,hazard_ratio,cost_per_cycle,cost_per_course,epochs
bortezomib,Bortezomib,proteasome_inhibitor,,,0.4,,,100,,
carfilzomib,,proteasome_inhibitor,30,60,,,,200,50,induction
lenalidomide,,imid,,,0.3,,,,,
""",
    "activity.csv": """\
agent,epoch,activity,hazard_ratio
lenalidomide,maintenance,,0.5
bortezomib,maintenance,0.2,0.9
""",
    "levels.csv": """\
agent,level,dose,activity_factor,toxicity_factor
carfilzomib,low,27 mg/m2,0.8,0.5
carfilzomib,high,56 mg/m2,,
""",
    "toxicity.csv": """\
agent,category,epoch,events,n,probability,source
bortezomib,neuropathy,,30,100,,a trial
bortezomib,neutropenia,,,,0.1,a trial
carfilzomib,neuropathy,,,,0,a trial
carfilzomib,neutropenia,,,,0.2,a trial
lenalidomide,neuropathy,,,,0.01,a trial
lenalidomide,neutropenia,,,,0.3,a trial
lenalidomide,neutropenia,maintenance,,,0.15,another trial
""",
    "categories.csv": """\
category,name,background,limit,cumulative_limit
neuropathy,,,0.3,0.4
neutropenia,,0.05,0.5,
""",
    "limits.csv": """\
category,subgroup,epoch,limit
neutropenia,frail,,0.4
neutropenia,,maintenance,0.35
neutropenia,frail,maintenance,0.45
""",
    "mechanisms.csv": """\
mechanism,name,kind,seed,min_coverage,min_active,prevalence_floor,epochs
psmb5,Proteasome subunit,genetic,0.01,,1,0.05,
crbn,,genetic,,0.2,,,induction
""",
    "retained.csv": """\
mechanism,key,retained
psmb5,proteasome_inhibitor,0.2
psmb5,carfilzomib,0.6
crbn,imid,0
""",
    "emergence.csv": """\
mechanism,key,multiplier
psmb5,proteasome_inhibitor,2
psmb5,carfilzomib,1.5
crbn,imid,3
""",
    "subgroups.csv": """\
subgroup,name,definition,share,accrual_per_month,control_rate
fit,Fit,,0.75,,
frail,Frail,80 years or older,0.25,,
""",
    "reach.csv": """\
subgroup,epoch,reach
frail,maintenance,0.7
""",
    "prevalence.csv": """\
subgroup,mechanism,prevalence
fit,psmb5,0.2
fit,crbn,0.1
frail,crbn,0.3
""",
    "sensitivity.csv": """\
subgroup,key,sensitivity
frail,proteasome_inhibitor,0.9
frail,carfilzomib,0.5
""",
    "susceptibility.csv": """\
subgroup,category,susceptibility
frail,neutropenia,1.5
""",
    "contraindicated.csv": """\
subgroup,key,with
frail,carfilzomib,lenalidomide
""",
    "precedents.csv": """\
a,b
bortezomib,lenalidomide
""",
    "interactions.csv": """\
a,b,activity,toxicity:neutropenia
proteasome_inhibitor,imid,0.05,0.02
bortezomib,lenalidomide,0.1,
""",
}


class Folder:
    """An instance folder under test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str | bytes) -> None:
        content = text if isinstance(text, bytes) else text.encode()
        (self.path / name).write_bytes(content)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace the one occurrence of a text in a file; `^` stands for the start of the file."""
        text = (self.path / name).read_text()
        if old == "^":
            self.write(name, new + text)
        elif old == "$":
            self.write(name, text + new)
        else:
            assert text.count(old) == 1, f"{old!r} is in {name} {text.count(old)} times"
            self.write(name, text.replace(old, new))

    def scenario(self, text: str, name: str = "scenario.toml") -> Path:
        """A scenario beside the folder; `base` is written unless the text has one."""
        path = self.path.parent / name
        path.write_text(text if "base =" in text else f'base = "{self.path.name}"\n{text}')
        return path

    def read(self) -> Instance:
        return read(self.path)


def message(path: Path) -> str:
    """Everything that reading says of wrong input."""
    with pytest.raises(InputErrors) as caught:
        read(path)
    return str(caught.value)
