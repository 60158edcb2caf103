"""The way in from Python: runs by their folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trialopt.core.handed import a_path
from trialopt.core.run import Monitor
from trialopt.core.seams import late
from trialopt.record.solution import Solution
from trialopt.simulate.plan import trial_of
from trialopt.simulate.play import LATEST
from trialopt.simulate.scenario import Scenario, default_scenarios
from trialopt.simulate.simulate import simulate_trials
from trialopt.simulate.simulation import Simulation
from trialopt.simulate.trial import Trial
from trialopt.simulate.written import read_trial


def simulate(
    *runs: str | Path | Trial,
    scenarios: Sequence[Scenario] = (),
    trials: int = 10_000,
    seed: int = 1,
    workers: int | None = 1,
    scheduler: str | None = None,
    store: str | Path | None = None,
    latest: float = LATEST,
    monitor: Monitor | None = None,
) -> Simulation:
    """Play the trial of a run many times, patient by patient; of several runs side by side.

    Parameters
    ----------
    runs
        Folders that `solve --out` wrote, files of trials written by hand, or trials.
    scenarios
        What to play beside no effect, the effect sized for, the effect predicted and predictive draws.
    trials, seed, workers, scheduler, store, latest, monitor
        As for `simulate_trials`.

    Returns
    -------
    Simulation
        `frame` has every operating characteristic with its Monte Carlo error, `power` those of success alone.

    Raises
    ------
    WrongInput
        For runs without patients, and scenarios that do not fit them.
    """
    if not runs:
        raise ValueError("give at least one run")
    found: dict[str, Trial] = {}
    for run in runs:
        trial, name = (run, run.name) if isinstance(run, Trial) else _played(run, seed)
        found[name if name not in found else f"{name} ({len(found) + 1})"] = trial
    first = next(iter(found.values()))
    return simulate_trials(
        found,
        [*default_scenarios(first), *scenarios],
        trials=trials,
        seed=seed,
        workers=workers,
        scheduler=scheduler,
        store=store,
        latest=latest,
        monitor=monitor,
    )


def _played(run: str | Path, seed: int) -> tuple[Trial, str]:
    """The trial of a run's folder, and its name."""
    path = a_path(run, "run", "a run's folder, a trial's file or a Trial", "trialopt solve --out writes a folder")
    return _trial(path, seed), path.resolve().name


def _trial(run: Path, seed: int) -> Trial:
    document, instance = late("question of run")(run)
    if run.suffix == ".toml":
        return read_trial(run)
    return trial_of(Solution.load(run), instance, document, seed=seed)
