"""Every kind of wrong cell, row and column of a table has one clear message."""

from __future__ import annotations

import pytest

from tests.reading.base import Folder, message

CASES = {
    "unknown agent": (
        "activity.csv",
        "bortezomib,m",
        "bortezomip,m",
        "activity.csv:3 agent: 'bortezomip' is not an agent of agents.csv; did you mean 'bortezomib'?",
    ),
    "unknown agent, nothing alike": (
        "activity.csv",
        "bortezomib,m",
        "xyz,m",
        "activity.csv:3 agent: 'xyz' is not an agent of agents.csv; give one of bortezomib, carfilzomib, lenalidomide",
    ),
    "level of an unknown agent": (
        "levels.csv",
        "carfilzomib,low",
        "carfilzomab,low",
        "levels.csv:2 agent: 'carfilzomab' is not an agent of agents.csv; did you mean 'carfilzomib'?",
    ),
    "unknown class or agent": (
        "retained.csv",
        "crbn,imid",
        "crbn,imids",
        "retained.csv:4 key: 'imids' is not an agent or a class of agents.csv; did you mean 'imid'?",
    ),
    "unknown category": (
        "toxicity.csv",
        "bortezomib,neuropathy",
        "bortezomib,neuropathie",
        "toxicity.csv:2 category: 'neuropathie' is not a category of categories.csv; did you mean 'neuropathy'?",
    ),
    "unknown subgroup": (
        "reach.csv",
        "frail",
        "frial",
        "reach.csv:2 subgroup: 'frial' is not a subgroup of subgroups.csv; did you mean 'frail'?",
    ),
    "unknown epoch": (
        "reach.csv",
        "maintenance",
        "maintainance",
        "reach.csv:2 epoch: 'maintainance' is not an epoch of trial.toml; did you mean 'maintenance'?",
    ),
    "unknown epoch in a list": (
        "mechanisms.csv",
        "0.2,,,induction",
        "0.2,,,induction;late",
        "mechanisms.csv:3 epochs: 'late' is not an epoch of trial.toml; give one of induction, maintenance",
    ),
    "unknown mechanism": (
        "prevalence.csv",
        "fit,psmb5",
        "fit,psmb",
        "prevalence.csv:2 mechanism: 'psmb' is not a mechanism of mechanisms.csv; did you mean 'psmb5'?",
    ),
    "unknown reference population": (
        "agents.csv",
        "0.3,,,,,",
        "0.3,old,,,,",
        "agents.csv:4 orr_in: 'old' is not a subgroup of subgroups.csv; give one of fit, frail",
    ),
    "unknown partner": (
        "contraindicated.csv",
        ",lenalidomide",
        ",thalidomide",
        "contraindicated.csv:2 with: 'thalidomide' is not an agent or a class of agents.csv; "
        "did you mean 'lenalidomide'?",
    ),
    "a category of no table in a toxicity column": (
        "interactions.csv",
        "toxicity:neutropenia",
        "toxicity:neutropenya",
        "interactions.csv:1 toxicity:neutropenya: 'neutropenya' is not a category of categories.csv; "
        "did you mean 'neutropenia'?",
    ),
    "unknown kind": (
        "mechanisms.csv",
        "subunit,genetic",
        "subunit,genes",
        "mechanisms.csv:2 kind: 'genes' is not a kind; did you mean 'genetic'?",
    ),
    "a mechanism called none": (
        "mechanisms.csv",
        "$",
        "none,,,,,,,\n",
        "mechanisms.csv:4 mechanism: 'none' is reserved for disease with no listed mechanism; use another id",
    ),
    "prevalence of none": (
        "prevalence.csv",
        "frail,crbn",
        "frail,none",
        "prevalence.csv:4 mechanism: 'none' is what the listed mechanisms leave over; leave the row out",
    ),
    "not lower_snake": (
        "levels.csv",
        "carfilzomib,low",
        "carfilzomib,Low dose",
        "levels.csv:2 level: 'Low dose' is not a lower_snake id; write it like 'low_dose'",
    ),
    "nothing of an id": (
        "levels.csv",
        "carfilzomib,low",
        "carfilzomib,--",
        "levels.csv:2 level: '--' is not a lower_snake id; write it with lower-case letters, digits and _",
    ),
    "class with the id of an agent": (
        "agents.csv",
        "carfilzomib,,proteasome_inhibitor",
        "carfilzomib,,lenalidomide",
        "agents.csv:3 class: 'lenalidomide' is also the id of an agent; give the class another id",
    ),
    "a list of no epoch": (
        "agents.csv",
        "induction",
        ";",
        "agents.csv:3 epochs: ';' names no epoch; give epochs separated by ;, or leave the cell blank for all",
    ),
    "duplicate agent": (
        "agents.csv",
        "$",
        "lenalidomide,,imid,,,0.2,,,,,\n",
        "agents.csv:5 agent: 'lenalidomide' is already given in line 4; keep one row",
    ),
    "duplicate key of several columns": (
        "toxicity.csv",
        "$",
        "lenalidomide,neutropenia,maintenance,,,0.2,\n",
        "toxicity.csv:9 agent, category, epoch: 'lenalidomide', 'neutropenia', 'maintenance' is already "
        "given in line 8; keep one row",
    ),
    "duplicate key with a blank in it": (
        "limits.csv",
        "$",
        "neutropenia,frail,,0.2\n",
        "limits.csv:5 category, subgroup: 'neutropenia', 'frail' is already given in line 2; keep one row",
    ),
    "a pair in either order": (
        "interactions.csv",
        "$",
        "imid,proteasome_inhibitor,0.1,\n",
        "interactions.csv:4 a, b: 'imid', 'proteasome_inhibitor' is already given in line 2 (in either "
        "order); keep one row",
    ),
    "a pair with itself": (
        "interactions.csv",
        "$",
        "bortezomib,bortezomib,0.1,\n",
        "interactions.csv:4 b: 'bortezomib' stands on both sides, and a pair is two distinct agents; "
        "name another agent or a class",
    ),
    "a precedent with itself": (
        "precedents.csv",
        "$",
        "bortezomib,bortezomib\n",
        "precedents.csv:3 b: 'bortezomib' stands on both sides, and a pair is two distinct agents; name another agent",
    ),
    "blank id": (
        "categories.csv",
        "neuropathy,",
        ",",
        "categories.csv:2 category: the cell is blank; give an id",
    ),
    "blank class": (
        "agents.csv",
        "lenalidomide,,imid",
        "lenalidomide,,",
        "agents.csv:4 class: the cell is blank; give an id",
    ),
    "blank reference": (
        "prevalence.csv",
        "frail,crbn",
        ",crbn",
        "prevalence.csv:4 subgroup: the cell is blank; give a subgroup",
    ),
    "blank number": (
        "emergence.csv",
        "crbn,imid,3",
        "crbn,imid,",
        "emergence.csv:4 multiplier: the cell is blank; give a number of at least 1",
    ),
    "a row cut short": (
        "emergence.csv",
        "crbn,imid,3",
        "crbn",
        "emergence.csv:4 key: the cell is blank; give an agent or a class\n"
        "emergence.csv:4 multiplier: the cell is blank; give a number of at least 1",
    ),
    "an activity row without activity": (
        "activity.csv",
        ",,0.5",
        ",,",
        "activity.csv:2 activity: the row gives no activity; give activity or hazard_ratio",
    ),
    "a toxicity row without a rate": (
        "toxicity.csv",
        ",,,0.1,a trial",
        ",,,,a trial",
        "toxicity.csv:3 probability: the row gives no rate; give probability, or events and n",
    ),
    "a limit of nothing": (
        "limits.csv",
        ",frail,,0.4",
        ",,,0.4",
        "limits.csv:2 subgroup: the row names neither a subgroup nor an epoch; give a subgroup or an epoch; "
        "the category's own limit stands in categories.csv",
    ),
    "responders without n": (
        "agents.csv",
        "30,60",
        "30,",
        "agents.csv:3 n: the cell is blank, and responders is not; give n",
    ),
    "text for a number": (
        "agents.csv",
        "0.3,,,,,",
        "n/a,,,,,",
        "agents.csv:4 orr: 'n/a' is not a number; give a number from 0 to 1, or leave the cell blank",
    ),
    "text for a required number": (
        "retained.csv",
        "crbn,imid,0",
        "crbn,imid,none",
        "retained.csv:4 retained: 'none' is not a number; give a number of at least 0",
    ),
    "decimal comma": (
        "agents.csv",
        "0.3,,,,,",
        '"0,3",,,,,',
        "agents.csv:4 orr: '0,3' has a decimal comma; write 0.3",
    ),
    "one comma and three digits, which may be either": (
        "agents.csv",
        "0.3,,,,,",
        '0.3,,,"12,500",,',
        "agents.csv:4 cost_per_cycle: '12,500' has a separator of thousands; "
        "write 12500, or 12.5 if the comma is a decimal one",
    ),
    "several commas": (
        "agents.csv",
        "30,60",
        '30,"1,250,000"',
        "agents.csv:3 n: '1,250,000' has a separator of thousands; write 1250000",
    ),
    "points and a comma": (
        "agents.csv",
        "30,60",
        '30,"12.500,00"',
        "agents.csv:3 n: '12.500,00' has a separator of thousands; write 12500.00",
    ),
    "a space": (
        "agents.csv",
        "30,60",
        "30,2 500",
        "agents.csv:3 n: '2 500' has a separator of thousands; write 2500",
    ),
    "percentage": (
        "agents.csv",
        "0.3,,,,,",
        "0.3,,30%,,,",
        "agents.csv:4 hazard_ratio: '30%' is a percentage; write 0.3",
    ),
    "percentage above 100": (
        "agents.csv",
        "0.3,,,,,",
        "130%,,,,,",
        "agents.csv:4 orr: 130% is out of range; give a percentage from 0 % to 100 %",
    ),
    "a rate that looks like a percentage": (
        "agents.csv",
        "0.3,,,,,",
        "45.9,,,,,",
        "agents.csv:4 orr: 45.9 is out of range; give a number from 0 to 1, or leave the cell blank; 45.9 % is 0.459",
    ),
    "a hazard ratio that looks like a percentage": (
        "agents.csv",
        "0.3,,,,,",
        "0.3,,45.9,,,",
        "agents.csv:4 hazard_ratio: 45.9 is out of range; "
        "give a number above 0 and at most 3, or leave the cell blank; 45.9 % is 0.459",
    ),
    "not a number": (
        "agents.csv",
        "0.3,,,,,",
        "NaN,,,,,",
        "agents.csv:4 orr: 'NaN' is not a finite number; give a number from 0 to 1, or leave the cell blank",
    ),
    "infinite": (
        "agents.csv",
        "200,50",
        "inf,50",
        "agents.csv:3 cost_per_cycle: 'inf' is not a finite number; "
        "give a number of at least 0, or leave the cell blank",
    ),
    "too large for a number": (
        "agents.csv",
        "200,50",
        "1e999,50",
        "agents.csv:3 cost_per_cycle: '1e999' is not a finite number; "
        "give a number of at least 0, or leave the cell blank",
    ),
    "an Excel error": (
        "agents.csv",
        "200,50",
        "#DIV/0!,50",
        "agents.csv:3 cost_per_cycle: '#DIV/0!' is not a finite number; "
        "give a number of at least 0, or leave the cell blank",
    ),
    "half a patient": (
        "agents.csv",
        "30,60",
        "30.5,60",
        "agents.csv:3 responders: 30.5 is not a whole number; "
        "give a whole number of at least 0, or leave the cell blank",
    ),
    "probability above 1": (
        "toxicity.csv",
        ",,,0.1,a trial",
        ",,,1.2,a trial",
        "toxicity.csv:3 probability: 1.2 is out of range; give a number from 0 to 1, or leave the cell blank",
    ),
    "probability below 0": (
        "toxicity.csv",
        ",,,0.1,a trial",
        ",,,-0.1,a trial",
        "toxicity.csv:3 probability: -0.1 is out of range; give a number from 0 to 1, or leave the cell blank",
    ),
    "threshold above 1": (
        "mechanisms.csv",
        "genetic,,0.2",
        "genetic,,20",
        "mechanisms.csv:3 min_coverage: 20 is out of range; "
        "give a number from 0 to 1, or leave the cell blank; 20 % is 0.2",
    ),
    "limit above 1": (
        "limits.csv",
        "frail,,0.4",
        "frail,,40",
        "limits.csv:2 limit: 40 is out of range; give a number from 0 to 1; 40 % is 0.4",
    ),
    "ORR of 1": (
        "agents.csv",
        "0.3,,,,,",
        "1,,,,,",
        "agents.csv:4 orr: an ORR of 1 makes the log-activity infinite; give a number of at least 0 and below 1",
    ),
    "ORR of 1 from counts": (
        "agents.csv",
        "30,60",
        "60,60",
        "agents.csv:3 responders: responders equal to n make an ORR of 1, and the log-activity infinite; "
        "give an orr below 1, for example (responders + 0.5) / (n + 1)",
    ),
    "more responders than patients": (
        "agents.csv",
        "30,60",
        "70,60",
        "agents.csv:3 responders: 70 is more than n, which is 60; give at most 60",
    ),
    "more events than patients": (
        "toxicity.csv",
        "30,100",
        "300,100",
        "toxicity.csv:2 events: 300 is more than n, which is 100; give at most 100",
    ),
    "prevalence above 1": (
        "prevalence.csv",
        "fit,psmb5,0.2",
        "fit,psmb5,1.01",
        "prevalence.csv:2 prevalence: 1.01 is out of range; give a number from 0 to 1",
    ),
    "prevalences above 1 together": (
        "prevalence.csv",
        "fit,psmb5,0.2",
        "fit,psmb5,0.95",
        "prevalence.csv:3 prevalence: the prevalences of 'fit' sum to 1.05; "
        "they may sum to at most 1, the rest is disease with no listed mechanism",
    ),
    "negative share": (
        "subgroups.csv",
        "older,0.25",
        "older,-0.25",
        "subgroups.csv:3 share: -0.25 is out of range; give a number of at least 0",
    ),
    "shares that sum to 0": (
        "subgroups.csv",
        "fit,Fit,,0.75,,\nfrail,Frail,80 years or older,0.25",
        "fit,Fit,,0,,\nfrail,Frail,80 years or older,0",
        "subgroups.csv share: the shares sum to 0; give at least one share above 0",
    ),
    "multiplier below 1": (
        "emergence.csv",
        "crbn,imid,3",
        "crbn,imid,0.9",
        "emergence.csv:4 multiplier: 0.9 is out of range; give a number of at least 1",
    ),
    "hazard ratio of 0": (
        "activity.csv",
        ",,0.5",
        ",,0",
        "activity.csv:2 hazard_ratio: 0 is out of range; give a number above 0 and at most 3, or leave the cell blank",
    ),
    "negative pair toxicity": (
        "interactions.csv",
        "0.05,0.02",
        "0.05,-0.02",
        "interactions.csv:2 toxicity:neutropenia: -0.02 is out of range; "
        "give a number of at least 0, or leave the cell blank",
    ),
    "an ORR out of reach of its population": (
        "agents.csv",
        "0.3,,,,,",
        "0.95,fit,,,,",
        "agents.csv:4 orr_in: an ORR of 0.95 is beyond the agent in 'fit', where at most 0.9 can respond; "
        "give an ORR below 0.9, or another orr_in, prevalence, sensitivity or retained",
    ),
    "unknown column": (
        "retained.csv",
        ",retained",
        ",retaind",
        "retained.csv:1 retaind: 'retaind' is not a column of retained.csv; did you mean 'retained'?\n"
        "retained.csv:1 retained: the column 'retained' is missing; add it, it is required",
    ),
    "unknown column, nothing alike": (
        "reach.csv",
        "epoch,reach\nfrail,maintenance,0.7",
        "epoch,reach,zzz\nfrail,maintenance,0.7,1",
        "reach.csv:1 zzz: 'zzz' is not a column of reach.csv; "
        "the columns are subgroup, epoch, reach, low, high, source, confidence, recalled_fields, note; "
        "one of your own begins with x_",
    ),
    "missing column": (
        "levels.csv",
        "agent,level,dose",
        "agent,levels,dose",
        "levels.csv:1 levels: 'levels' is not a column of levels.csv; did you mean 'level'?\n"
        "levels.csv:1 level: the column 'level' is missing; add it, it is required",
    ),
    "a column twice": (
        "reach.csv",
        "subgroup,epoch,reach\nfrail,maintenance,0.7",
        "subgroup,epoch,reach,reach\nfrail,maintenance,0.7,0.8",
        "reach.csv:1 reach: the column 'reach' is there twice; keep one of them",
    ),
    "a column without a name": (
        "reach.csv",
        "subgroup,epoch,reach\nfrail,maintenance,0.7",
        "subgroup,,epoch,reach\nfrail,,maintenance,0.7",
        "reach.csv:1: column 2 has no name; name it or remove it",
    ),
    "more cells than columns": (
        "contraindicated.csv",
        ",lenalidomide",
        ",lenalidomide,for now",
        "contraindicated.csv:2: the row has 4 cells, and the header 3; "
        "put text with a comma in double quotes, or name the column",
    ),
    "too many to count": (
        "agents.csv",
        "30,60",
        "30,6e10",
        "agents.csv:3 n: 6e10 is out of range; give a whole number of at most 1000000000",
    ),
}  # name: file, what stands there, what the test writes instead, the whole message


@pytest.mark.parametrize(("file", "old", "new", "expected"), CASES.values(), ids=CASES)
def test_wrong_cell(folder: Folder, file: str, old: str, new: str, expected: str) -> None:
    folder.edit(file, old, new)
    assert message(folder.path) == expected


@pytest.mark.parametrize(("wrong", "last"), [(50, ""), (51, "and 1 more problem"), (90, "and 40 more problems")])
def test_fifty_problems_are_told_and_the_rest_counted(folder: Folder, wrong: int, last: str) -> None:
    rows = "".join(f"bortezomib,x{number},0.1\n" for number in range(wrong))
    folder.write("toxicity.csv", f"agent,category,probability\n{rows}")
    lines = message(folder.path).splitlines()
    assert len(lines) == min(wrong, 50) + bool(last)
    assert lines[-1] == last or (not last and lines[-1].startswith("toxicity.csv:51 category:"))
