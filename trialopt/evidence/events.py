"""Severe adverse events as rates over the time on treatment.

For a category, ``-ln(1 - P) = (background of the population + sum of the agents' rates) * (months / 12) ** pace`` in
the engine of ``posterior``. ``pace`` below 1 says that events come early. Of cytopenias the whole is multiplied by the
number of agents to a fitted power (-0.4 to -0.5): the marrow is one organ. A cell therapy is given once: its events
have a pace of their own, over the months watched. Of newly diagnosed patients those unfit for a transplant have more
events than those meant for one. Trials and arms deviate; cytopenias read from the laboratory count more.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialopt.evidence import library
from trialopt.evidence.library import all_classes as classes
from trialopt.evidence.outcomes import T_CELL, given
from trialopt.evidence.posterior import Described, Observations, Posterior, Sparse, Terms, dense, deviations, fit, rates

Array = NDArray[np.float64]
YEAR = 12.0
QUANTILES = (5, 10, 25, 75, 90, 95)
GROUPS = {
    "class": (1.0, 10.0), "population": (0.3, 10.0), "agent": (0.5, 20.0), "ground": (0.5, 10.0),
    "trial": (0.25, 5.0), "arm": (0.1, 5.0),
}  # fmt: skip
"""Groups of parameters: standard deviation before data (log scale), and the members that guess is worth."""
CELLULAR = "_car_t"
T_CELL_ONLY = ("crs", "icans")
WITH_CD38, CEREBLON = "anti_cd38", ("imid", "celmod")
"""An antibody against CD38 adds little neutropenia alone and much beside an IMiD: there rates multiply."""
OF_THE_MARROW = ("neutropenia", "thrombocytopenia", "anaemia")
"""Categories of one organ, which several agents cannot empty twice: there their rates add up to less."""
BESIDE = ("corticosteroid", "anti_cd38")
"""Classes that do not count as one more agent: the steroid has its own factor, the antibody too."""
CYTOTOXIC = ("alkylator", "anthracycline")
"""Classes that kill what divides in the marrow, as the chemotherapy before a cell therapy does: they share a term."""
EARLY, OVER_TIME = (0.0, 0.1), (0.5, 0.25)
"""Pace, mean and standard deviation before data. Cytopenias of a cell therapy are at their worst in its first week
(Logue JM et al. Blood Adv 2022;6:6109-19), CRS and ICANS come within days: watching longer adds none."""
FLAGS = {"laboratory": (0.4, 0.3), "routine": (-0.4, 0.3)}
"""Counted from laboratory values, or in routine care, log scale: mean and standard deviation before data."""
UNFIT = {"y": -0.5, "n": 0.5}
"""Newly diagnosed and meant for a transplant, or not; blank where both are in, or after a relapse."""


def event_arms(category: str = "") -> pd.DataFrame:
    """Arms with events and patients of grade 3 or worse, and the median months on treatment; of one category or all."""
    frame = library.table("event_arms")
    return frame[frame["category"] == category].reset_index(drop=True) if category else frame


def categories() -> list[str]:
    """Categories with six arms or more, the most reported first."""
    counts = event_arms()["category"].value_counts()
    return [str(name) for name in counts[counts >= 6].index]


def causing(agents: str, category: str) -> list[str]:
    """Agents of a regimen that can cause a category: all of them, but for what only T-cell therapies do."""
    found = list(given(agents))
    return [a for a in found if classes()[a].endswith(T_CELL)] if category in T_CELL_ONLY else found


def together(agents: str) -> int:
    """Agents of a regimen that share the same patients' events: not the steroid and not an antibody against CD38."""
    return sum(classes()[a] not in BESIDE for a in given(agents))


def component(agent: str, category: str, pace: float, terms: Terms) -> Sparse:
    """Terms of one agent's rate; ``pace`` is the log of the years on treatment, or watched.

    T-cell therapies share a term, as they do in ``outcomes``: a new one starts from the others.
    """
    family, marrow = classes()[agent], category in OF_THE_MARROW
    cell = family.endswith(CELLULAR)
    early = cell and (marrow or category in T_CELL_ONLY)
    out = [
        (terms.alone("level", -2.5, 1.0), 1.0), (terms.of(f"class:{family}", "class"), 1.0),
        (terms.of(f"agent:{agent}", "agent"), 1.0),
        (terms.alone("pace:cell" if cell else "pace", *(EARLY if early else OVER_TIME)), pace),
    ]  # fmt: skip
    if marrow and (cell or family in CYTOTOXIC):
        out.append((terms.alone("cytotoxic", 0.5, 0.5), 1.0))
    if family.endswith(T_CELL) and category not in T_CELL_ONLY:
        out.append((terms.alone("t_cell", 0.0, 0.7), 1.0))
    return out


def on_the_whole(row: pd.Series, terms: Terms) -> Sparse:
    """Terms that multiply all rates of an arm: patients, how events were counted, what agents do together."""
    out: Sparse = [(terms.of(f"population:{row['population']}", "population"), 1.0)]
    out += [(terms.alone(name, *FLAGS[name]), 1.0) for name in FLAGS if row[name] == "y"]
    if row["transplant"] in UNFIT:
        out.append((terms.alone("unfit", 0.0, 0.5), UNFIT[row["transplant"]]))
    families = {classes()[a] for a in given(row["agents"])}
    if "corticosteroid" in families and ";" in row["agents"]:
        out.append((terms.alone("steroid", 0.0, 0.3), 1.0))
    if row["category"] in OF_THE_MARROW and (several := together(row["agents"])) > 1:
        out.append((terms.alone("several", 0.0, 0.3), float(np.log(several))))
    if row["category"] == "neutropenia" and WITH_CD38 in families and families & set(CEREBLON):
        out.append((terms.alone("anti_cd38:imid", 0.0, 0.3), 1.0))
    return out


def observe(frame: pd.DataFrame, terms: Terms, *, known: bool = True) -> Observations:
    """Describe arms to the engine; without ``known``, without effects of trial and arm."""
    rows: list[Described] = []
    for place, (_, row) in enumerate(frame.iterrows()):
        category, pace = row["category"], float(np.log(row["months"] / YEAR))
        parts: list[Sparse] = []
        if category not in T_CELL_ONLY:
            ground = terms.of(f"ground:{row['population']}", "ground")
            level, slow = terms.alone("level:ground", -3.0, 1.0), terms.alone("pace", *OVER_TIME)
            parts.append([(level, 1.0), (ground, 1.0), (slow, pace)])
        parts += [component(agent, category, pace, terms) for agent in causing(row["agents"], category)]
        outer = on_the_whole(row, terms)
        if known:
            outer += [(terms.of(f"trial:{row['trial_id']}", "trial"), 1.0), (terms.of(f"arm:{place}", "arm"), 1.0)]
        rows.append((row["events"], row["n"], [1.0] * len(parts), parts, [], outer, -1, -1))
    return dense(rows, len(terms.index))


def new_terms() -> Terms:
    """Parameters with their groups, before any arm is described."""
    terms = Terms()
    for name, (spread, weight) in GROUPS.items():
        terms.add_group(name, spread, weight)
    return terms


def fit_events(frame: pd.DataFrame, extra: pd.DataFrame | None = None) -> Posterior:
    """Fit one category; ``extra`` arms get terms too."""
    terms = new_terms()
    observe(frame, terms)
    if extra is not None:
        observe(extra, terms, known=False)
    return fit(observe(frame, terms), terms)


def leave_one_out(category: str, draws: int = 2000, seed: int = 5) -> pd.DataFrame:
    """Predict each trial's arms from the other trials.

    Columns: category, trial_id, agents, n, months, known (every agent is in another trial), observed, predicted, and
    the quantiles of what so many patients would show, in percent.
    """
    frame = event_arms(category)
    out: list[pd.DataFrame] = []
    for number, trial in enumerate(dict.fromkeys(frame["trial_id"])):
        mine = frame[frame["trial_id"] == trial].reset_index(drop=True)
        rest = frame[frame["trial_id"] != trial].reset_index(drop=True)
        found = fit_events(rest, mine)
        theta, seen = found.draws(draws, seed), observe(mine, found.terms, known=False)
        labels = {"trial": [trial] * len(mine), "arm": [str(i) for i in range(len(mine))]}
        drawn = rates(theta, seen, deviations(seen, theta, found.spread, labels, seed + number))
        size = mine["n"].to_numpy(dtype=np.int64)
        shown = np.random.default_rng([seed, number]).binomial(size, drawn) / size
        others = {agent for text in rest["agents"] for agent in given(text)}
        part = mine[["category", "trial_id", "agents", "n", "months"]].assign(
            known=[set(given(text)) <= others for text in mine["agents"]],
            observed=100.0 * mine["events"] / mine["n"],
            predicted=100.0 * np.median(drawn, axis=0),
        )
        for q in QUANTILES:
            part[f"q{q}"] = 100.0 * np.quantile(shown, q / 100.0, axis=0)
        out.append(part)
    return pd.concat(out, ignore_index=True)
