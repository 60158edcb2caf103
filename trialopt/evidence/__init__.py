"""Published arm-level evidence, and what is estimated from it.

``library``     the sourced tables as DataFrames or rows of text, and the names of agents
``arms``        the arms the fits use, one row each
``component``   the additive component model and its posterior
``response``, ``toxicity``, ``hazard``   the three fits that instances are filled from
``posterior``   the engine of the joint model: counts, groups of parameters, draws
``outcomes``, ``surrogate``, ``events``   response, CR and MRD together; hazard ratios from CR; events over time
``forecast``    predictions for any regimen from the shipped draws; ``predict`` is its door
``joint``       agents' activity, events and hazard ratios of that model; ``joint.drawn`` gives N joint draws
``shared``, ``shared_fit``   what numbers of that model share when truths are drawn, and the fit of it
``backtest``, ``forward``   later trials predicted from earlier ones, by the two models
``starter``     the trial `new --from-library` writes; ``scaffold_groups``, ``scaffold_limits`` are its parts
``precedent``, ``given``   which agents were given together in people, to whom, and how far the trial is
``rebuild``     the fitted tables and the draws, rewritten and compared

Nothing here is imported by the rest of the package at start-up, and this package imports nothing from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def predict(
    regimen: str,
    population: str,
    *,
    control: str = "",
    lines: float | None = None,
    refractory: str | None = None,
    extramedullary: float = 0.0,
    months: float | None = None,
    patients: int | None = None,
    year: int | None = None,
    transplant: str = "",
) -> pd.DataFrame:
    """Predict response, CR, MRD, hazard ratio and adverse events of a regimen: see ``forecast.predict``."""
    from trialopt.evidence import forecast  # pandas costs start-up time

    return forecast.predict(
        regimen,
        population,
        control=control,
        lines=lines,
        refractory=refractory,
        extramedullary=extramedullary,
        months=months,
        patients=patients,
        year=year or forecast.YEAR,
        transplant=transplant,
    )
