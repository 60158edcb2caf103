"""The question: one whole design problem, as frozen NumPy arrays and names.

Nothing here reads files or solves. `trialopt.reading` builds an `Instance`; everything to the right of it
(model, engine, evaluation, tables) only looks at it. What the numbers mean is the model text, section by
section; this module states meaning, shape, unit and range of each field once.

Shapes use these letters: G subgroups, S epochs, D agents, O options (an agent at a dose level), M mechanisms
with `none` first, E adverse-event categories, R emergence rows, P interacting pairs of agents.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialopt.core.design import Rules, TrialSettings
from trialopt.core.input_files import InputFile
from trialopt.core.shown import Dosing, Spread, Tested, brief
from trialopt.core.truths import Truths
from trialopt.core.uncertainty import Uncertainty

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NONE = "none"
"""Id of disease with no listed mechanism: always column 0 of every array over mechanisms."""

NO_LIMIT = 10**9
"""A count that nothing reaches."""

TOLERANCE = 1e-9
"""A limit or minimum holds when it is missed by at most this much (probability, share, months or money)."""


def over(axes: str, default: float | None = None) -> dict[str, Any]:
    """Metadata of an array: its axes, by which the digest puts it in an order of its own.

    An array that came after the first digests gives its `default`, and is left out where it is that all over.
    """
    return {"axes": axes, "default": default}


@dataclass(frozen=True)
class SourceRow:
    """Where one row of one table comes from: kept and shown, never computed with.

    `row` is the line of the file (header is 1), or 0 for a row given by a scenario; `key` names what the row is about.
    """

    file: str
    row: int
    key: tuple[str, ...]
    source: str = ""
    confidence: str = ""
    recalled_fields: str = ""
    note: str = ""
    table: str = ""
    """Table the row belongs to, whichever file it stands in."""
    columns: tuple[str, ...] = ()
    """The column of each part of `key`."""


@dataclass(frozen=True)
class Instance:
    """One whole design problem, checked and resolved. Build it with `trialopt.read` or `trialopt.reading.build`."""

    name: str
    title: str
    sha256: str
    """Digest of the resolved documents: equal questions have equal digests."""

    # -- ids, in table order ----------------------------------------------------------------------------------
    agents: tuple[str, ...]
    classes: tuple[str, ...]
    epochs: tuple[str, ...]
    subgroups: tuple[str, ...]
    mechanisms: tuple[str, ...]
    """`none` first, then the listed ones."""
    categories: tuple[str, ...]
    labels: Mapping[str, str]
    """Display name of an id, and dose of an `agent@level`, where the tables give one."""

    trial: TrialSettings
    rules: Rules

    # -- agents and options -----------------------------------------------------------------------------------
    agent_class: Ints
    """(D,) index into `classes`."""
    usable: Bools = field(metadata=over("DS"))
    """(D, S) epochs in which an agent may be used (its `epochs` column; `exclude` is a rule, not part of this)."""
    beta: Floats = field(metadata=over("DS"))
    """(D, S) log-activity on disease with no listed mechanism."""
    hazard_ratio: Floats = field(metadata=over("D"))
    """(D,) hazard ratio when added to a backbone; NaN where not given."""
    cost_per_cycle: Floats = field(metadata=over("D"))
    """(D,) money per patient and cycle."""
    cost_per_course: Floats = field(metadata=over("D"))
    """(D,) money per patient, once in every epoch that has the agent."""
    option_agent: Ints
    """(O,) agent of the option."""
    option_level: tuple[str, ...]
    """(O,) level id; `standard` for an agent without rows in levels.csv."""
    activity_factor: Floats = field(metadata=over("O"))
    """(O,) factor on beta, >= 0."""
    toxicity_factor: Floats = field(metadata=over("O"))
    """(O,) factor on the event probability, >= 0."""
    cycle_days: Ints = field(metadata=over("O", default=0))
    """(O,) length of the option's cycle, days; 0 where none is given, which goes with any."""

    # -- epochs -----------------------------------------------------------------------------------------------
    cycles: Floats = field(metadata=over("S"))
    """(S,) treatment cycles."""
    weight: Floats = field(metadata=over("S"))
    """(S,) objective weight v, sums to 1."""
    pfs_weight: Floats = field(metadata=over("S"))
    """(S,) weight u of the hazard-ratio endpoint, sums to 1."""
    exposure: Floats = field(metadata=over("S"))
    """(S,) factor on toxicity."""
    min_agents: Ints = field(metadata=over("S"))
    """(S,)"""
    max_agents: Ints = field(metadata=over("S"))
    """(S,)"""
    max_classes: Ints = field(metadata=over("S", default=NO_LIMIT))
    """(S,) distinct classes among the agents of the epoch; `NO_LIMIT` where there is none."""

    # -- subgroups --------------------------------------------------------------------------------------------
    share: Floats = field(metadata=over("G"))
    """(G,) w, sums to 1."""
    accrual: Floats = field(metadata=over("G"))
    """(G,) patients per month; NaN where not given."""
    control_rate: Floats = field(metadata=over("G"))
    """(G,) response rate of the control (the subgroup's own, else the trial's); NaN where neither is given."""
    control_median: Floats = field(metadata=over("G", default=math.nan))
    """(G,) the control's median progression-free survival, months: the subgroup's own, else the trial's; NaN all over
    where no subgroup has its own. Read it by `control_medians`."""
    reach: Floats = field(metadata=over("GS"))
    """(G, S) share still on protocol by the epoch, 0..1."""
    sensitivity: Floats = field(metadata=over("GD"))
    """(G, D) factor on an agent's activity, >= 0."""
    susceptibility: Floats = field(metadata=over("GE"))
    """(G, E) factor on event probabilities, >= 0."""

    # -- mechanisms -------------------------------------------------------------------------------------------
    prevalence: Floats = field(metadata=over("GM"))
    """(G, M) share of the subgroup's patients at the start; rows sum to 1."""
    seed: Floats = field(metadata=over("M"))
    """(M,) share carried by clones too small to see; 0 for `none`."""
    retained: Floats = field(metadata=over("DM"))
    """(D, M) share of activity that survives the mechanism; 1 for `none`."""
    min_coverage: Floats = field(metadata=over("M"))
    """(M,) required mechanism coverage; NaN where none is required."""
    min_active: Ints = field(metadata=over("M"))
    """(M,) required active agents; 0 where none are required."""
    prevalence_floor: Floats = field(metadata=over("M"))
    """(M,) a requirement binds from this prevalence on."""
    require_epochs: Bools = field(metadata=over("MS"))
    """(M, S) epochs in which the mechanism's requirements bind."""
    emergence_mechanism: Ints
    """(R,) mechanism of the row."""
    emergence_multiplier: Floats
    """(R,) factor >= 1 on its prevalence once any of the row's agents was given."""
    emergence_agents: Bools
    """(R, D) agents the row applies to (an agent's own row wins over its class's)."""

    # -- pairs ------------------------------------------------------------------------------------------------
    pair_agents: Ints
    """(P, 2) distinct agents, a < b; class rows are spelled out and rows of one pair added up."""
    pair_activity: Floats
    """(P,) delta, log-activity gained or lost when both are in the epoch."""
    pair_toxicity: Floats
    """(P, E) tau added when both are in the epoch, >= 0."""

    # -- toxicity ---------------------------------------------------------------------------------------------
    event_rate: Floats = field(metadata=over("DES"))
    """(D, E, S) q, probability of a grade >= 3 event in an epoch of exposure 1."""
    background: Floats = field(metadata=over("E"))
    """(E,) probability whatever is given."""
    limit: Floats = field(metadata=over("GES"))
    """(G, E, S) the most specific limit given, 1 where there is none."""
    cumulative_limit: Floats = field(metadata=over("E"))
    """(E,) limit over all epochs, 1 where there is none."""
    not_worse_than_control: Floats = field(metadata=over("E", default=1.0))
    """(E,) most that an attributable risk may exceed the control's by, 0..1; 1 where there is no such limit."""

    # -- control ----------------------------------------------------------------------------------------------
    control: tuple[tuple[int, ...], ...] | None
    """Options per epoch of the control regimen, or `None`."""
    own_control: Mapping[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    """Subgroup id -> options per epoch of a control of its own; `control_of` says which one counts."""

    accrual_steps: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    """Subgroup id -> (month, factor on `accrual` from then on), rising from month 0, where it is not 1 throughout. Only
    the first factor may be 0: the subgroup opens later."""
    ramp_up: Mapping[str, float] = field(default_factory=dict)
    """Subgroup id -> months from its opening over which its accrual grows evenly to its rate, where above 0."""

    spreads: frozenset[Spread] = frozenset()
    """Rows that say themselves how uncertain their number is (columns `low` and `high`)."""
    dosing: Mapping[tuple[str, str], Dosing] = field(default_factory=dict)
    """(agent, level) -> how it is given, for levels of levels.csv that say anything of it."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Agent -> small_molecule, biologic, cell_therapy or procedure."""
    one_off: frozenset[str] = frozenset()
    """Agents given once in an epoch, whatever its cycles."""
    # -- many possible truths ---------------------------------------------------------------------------------
    uncertainty: Uncertainty | None = None
    """What is asked under many possible truths, or `None`: the inputs as given."""
    truths: Truths | None = None
    """The truths drawn, with `uncertainty` only."""
    # -- shown, never computed with ---------------------------------------------------------------------------
    registration: Mapping[str, Any] = field(default_factory=dict)
    """Facts of `[registration]` that were given, by key."""
    tested: tuple[Tested, ...] = ()
    library: tuple[Tested, ...] = ()
    """Regimens of the evidence library, where the instance has agents of it; `listed` ones are no precedent."""
    settings: tuple[str, ...] = ()
    """Patients it is about, as `Tested.setting` names them; empty where that is not known."""
    sources: tuple[SourceRow, ...] = ()
    definitions: Mapping[str, str] = field(default_factory=dict)
    """What makes a patient one of a subgroup, in words, where the tables say."""
    warnings: tuple[str, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    """Every file that reading saw, used or not."""
    _option: Mapping[tuple[str, str], int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for f in fields(self):
            if f.init and isinstance(array := getattr(self, f.name), np.ndarray):
                array.flags.writeable = False
        options = zip(self.option_agent.tolist(), self.option_level, strict=True)
        index = {(self.agents[d], level): o for o, (d, level) in enumerate(options)}
        object.__setattr__(self, "_option", index)

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __repr__(self) -> str:
        return brief(f"<Instance {self.name}: {self._counts()}>")

    def _repr_html_(self) -> str:
        name, title, counts = (escape(text) for text in (self.name, self.title or self.name, self._counts()))
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.warnings)
        warned = f"<p>Warnings:</p><ul>{lines}</ul>" if lines else ""
        return f"<div><p><b>{title}</b> ({name})<br>{counts}</p>{warned}</div>"

    def _counts(self) -> str:
        told = {"agents": self.agents, "epochs": self.epochs, "subgroups": self.subgroups}
        told |= {"mechanisms": self.mechanisms[1:], "toxicity categories": self.categories}
        sizes = [(len(ids), what) for what, ids in told.items()]
        sized = "sized" if self.trial.sized else "not sized"
        return f"{', '.join(f'{n} {what}' for n, what in sizes)}; at most {self.trial.max_arms} arms, {sized}"

    def label(self, identifier: str) -> str:
        """Display name of an id, the id itself where the tables give none."""
        return self.labels.get(identifier) or identifier

    @property
    def accrues_evenly(self) -> bool:
        """Whether every subgroup enrols at one rate from the first month on."""
        return not self.accrual_steps and not self.ramp_up

    def option(self, agent: str, level: str) -> int:
        """Index of an option. Raises `KeyError` when the agent has no such level."""
        return self._option[agent, level]

    def options_matching(self, item: str) -> Bools:
        """(O,) options that meet `item`: an agent, a class or `agent@level`."""
        if "@" not in item:
            return np.asarray(self.agents_matching(item)[self.option_agent])
        names = zip(self.option_agent.tolist(), self.option_level, strict=True)
        return np.array([f"{self.agents[d]}@{level}" == item for d, level in names], dtype=bool)

    def control_of(self, subgroup: int) -> tuple[tuple[int, ...], ...] | None:
        """Options per epoch of the regimen that the subgroup's control patients get, or `None`."""
        return self.own_control.get(self.subgroups[subgroup], self.control)

    @property
    def control_medians(self) -> Floats:
        """(G,) median progression-free survival under the control, months; NaN where none is given."""
        whole = math.nan if self.trial.control_median_months is None else self.trial.control_median_months
        return np.where(np.isnan(self.control_median), whole, self.control_median)

    def agents_matching(self, item: str) -> Bools:
        """(D,) agents that are, or are of the class, `item`."""
        pairs = zip(self.agents, self.agent_class, strict=True)
        return np.array([item in (agent, self.classes[c]) for agent, c in pairs], dtype=bool)
