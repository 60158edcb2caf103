"""Trials played in batches, in this process or on others, each batch kept as soon as it is finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from trialopt.core.handed import a_number, a_whole, of_kind
from trialopt.core.instance import Floats
from trialopt.core.run import Limits, Monitor
from trialopt.core.uncertainty import stream
from trialopt.many import Job, Store, answers, named
from trialopt.many.executor import executor
from trialopt.simulate.measures import Json, joined, measures, record
from trialopt.simulate.patients import AT_ONCE
from trialopt.simulate.play import LATEST, play
from trialopt.simulate.scenario import Scenario, check, default_scenarios
from trialopt.simulate.simulation import Claim, Simulation
from trialopt.simulate.situation import situation
from trialopt.simulate.trial import TESTS, Family, Trial

BATCH = 4 * AT_ONCE
"""Trials of one job."""

MODULE = __name__


@dataclass(frozen=True, eq=False)
class Batch:
    """Some trials of one family under one scenario."""

    family: Family
    scenario: Scenario
    start: int
    trials: int
    seed: int
    latest: float


def _batch(asked: Batch, monitor: Monitor) -> Json:
    """Play a batch; cut short, it says so and is not kept."""
    family, now, parts = asked.family, situation(asked.family, asked.scenario), []
    for first in range(asked.start, asked.start + asked.trials, AT_ONCE):
        if monitor.stop() is not None:
            return {"stopped": monitor.stop()}
        count = min(AT_ONCE, asked.start + asked.trials - first)
        chance = stream(asked.seed, f"patients of {family.name}, from {first}")
        played = record(play(family, now, AT_ONCE, first, chance, asked.latest))
        parts.append({name: values[:count] for name, values in played.items()})
    return {name: [row for part in parts for row in part[name]] for name in parts[0]}


def simulate_trials(
    trials_of: Mapping[str, Trial],
    scenarios: Sequence[Scenario] | None = None,
    *,
    trials: int = 10_000,
    seed: int = 1,
    workers: int | None = 1,
    scheduler: str | None = None,
    store: str | Path | None = None,
    latest: float = LATEST,
    monitor: Monitor | None = None,
) -> Simulation:
    """Play designs under scenarios and count what happens.

    Parameters
    ----------
    trials_of
        Designs by name; the first is the one the record is of.
    scenarios
        Default: no effect, the effect sized for, the effect predicted and predictive draws.
    trials
        Trials of each design under each scenario.
    seed
        Equal seeds play equal patients; a longer run begins with the trials of a shorter one, and all scenarios share
        their random numbers, so that their differences are known better than each alone.
    workers, scheduler, store
        As for other work of many parts: `trialopt.many`.
    latest
        Times the planned study after which a trial is analysed whatever its events.
    monitor
        Carries a time limit, progress and the wish to stop; what is finished by then is counted.

    Raises
    ------
    WrongInput
        For scenarios that a design cannot be played under, and less than one trial.
    """
    a_whole(trials, "trials", 1)
    a_whole(seed, "seed")
    a_number(latest, "latest")
    designs = dict(trials_of)
    first = next(iter(designs.values()))
    asked = list(default_scenarios(first) if scenarios is None else scenarios)
    for scenario in asked:
        how = "trialopt.simulate.scenario.Scenario makes one"
        of_kind(scenario, Scenario, "one of scenarios", "a Scenario", how)
    for trial in designs.values():
        check(trial, asked)
        for scenario in asked:
            for family in trial.families:
                situation(family, scenario)
    monitor = monitor or Monitor(Limits())
    jobs = list(_jobs(designs, asked, trials, seed, latest))
    found: dict[int, Json] = {}
    with executor(workers, scheduler, imports=MODULE) as place, Store(store) as kept:
        run = answers(_batch, jobs, place, monitor, total=len(jobs), store=kept, doing="batches of trials")
        for job, answer in run:
            found[job.number] = answer
    return _counted(designs, asked, jobs, found, trials, seed, latest)


def _jobs(designs: Mapping[str, Trial], asked: Sequence[Scenario], trials: int, seed: int, latest: float) -> Any:
    """Batch by batch, each of all scenarios, so that what is stopped has some trials of every one."""
    number = 0
    for start in range(0, trials, BATCH):
        for scenario in asked:
            for design, trial in designs.items():
                for family in trial.families:
                    batch = Batch(family, scenario, start, min(BATCH, trials - start), seed, latest)
                    what: dict[str, Any] = {"design": design, "content": _content(trial, family), "family": family.name}
                    what |= {"scenario": repr(scenario), "start": start, "trials": batch.trials, "seed": seed}
                    key = named(trial.sha256, "simulate", {**what, "latest": latest})
                    yield Job(number, key, batch, trial.sha256)
                    number += 1


def _content(trial: Trial, family: Family) -> str:
    """What a family is, in full: designs of one question differ in it."""
    arrays = {name: _digest(truth.outcome, truth.risk) for name, truth in family.truths.items()}
    return repr((family.test, family.strata, family.comparisons, family.fractions, family.events, arrays)) + repr(
        [(group.name, group.patients, group.cost) for group in family.groups]
    )


def _digest(*arrays: Floats) -> str:
    found = sha256()
    for values in arrays:
        found.update(repr(values.shape).encode())
        found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def _counted(
    designs: Mapping[str, Trial],
    asked: Sequence[Scenario],
    jobs: Sequence[Job],
    found: Mapping[int, Json],
    trials: int,
    seed: int,
    latest: float,
) -> Simulation:
    """Count what was played: of each scenario the trials that every design and family has."""
    done: dict[str, dict[str, dict[str, dict[int, Json]]]] = {
        one.name: {design: {f.name: {} for f in trial.families} for design, trial in designs.items()} for one in asked
    }
    place = iter(jobs)
    for start in range(0, trials, BATCH):
        for scenario in asked:
            for design, trial in designs.items():
                for family in trial.families:
                    job = next(place)
                    if job.number in found:
                        done[scenario.name][design][family.name][start] = found[job.number]
    counted: dict[str, int] = {}
    told: dict[str, list[Any]] = {design: [] for design in designs}
    for one in asked:
        starts = [set(batches) for by in done[one.name].values() for batches in by.values()]
        common = sorted(set.intersection(*starts))
        if not common:
            continue
        counted[one.name] = sum(min(BATCH, trials - start) for start in common)
        for design, trial in designs.items():
            arrays = {name: joined([by[k] for k in common]) for name, by in done[one.name][design].items()}
            truths = max(len(family.truths[one.effect]) for family in trial.families)
            told[design] += measures(trial, one.name, arrays, truths)
    first = next(iter(designs.values()))
    return Simulation(
        instance={"name": first.name, "title": first.title, "sha256": first.sha256},
        endpoint=first.endpoint,
        designs=tuple(designs),
        scenarios=counted,
        claims={name: tuple(_claims(trial)) for name, trial in designs.items()},
        measures={name: tuple(rows) for name, rows in told.items()},
        trials=trials,
        seed=seed,
        complete=all(counted.get(one.name) == trials for one in asked),
        labels=dict(first.labels),
        latest=latest,
        effects={one.name: one.effect for one in asked},
    )


def _claims(trial: Trial) -> list[Claim]:
    """An arm's claim; where it has to show what its agents add, one of each comparison, and what all of them attain."""
    found = []
    for family in trial.families:
        first, *others = family.comparisons
        if not family.adds:
            found.append(Claim(family.name, first.power, first.alpha, TESTS[family.test]))
            continue
        for one, agent in zip((first, *others), ("", *family.adds), strict=True):
            test = TESTS[one.test or family.test]
            found.append(Claim(family.name, one.power, one.alpha, test, one.name, agent))
        largest = max(one.alpha for one in family.comparisons)
        found.append(Claim(family.name, None, largest, "all of these"))
    return found
