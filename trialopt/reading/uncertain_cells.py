"""Uncertain numbers of the tables that are about no single agent's response or events (model section 11).

Retained activity and sensitivity (0 and 1 stay as they are), pair terms, backgrounds, control rates and medians, and
hazard ratios. A row moves all the cells it stands for together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from trialopt.core.columns import TOXICITY_PREFIX
from trialopt.core.distributions import SHARE_TOP, Counted, Distribution, Fitted, Scaled
from trialopt.core.inputs import Cell, Input, Shared
from trialopt.core.instance import Bools, Instance, Ints
from trialopt.core.uncertainty import Uncertainty
from trialopt.evidence.shared import GROUND, together
from trialopt.reading.document import Document, Row
from trialopt.reading.fill import filled
from trialopt.reading.uncertain import assumed, ends_said, said_between, uncertain_inputs

NOTHING_SHARED: Shared = ()


def all_inputs(document: Document, instance: Instance, asked: Uncertainty) -> tuple[Input, ...]:
    """Every uncertain number of an instance. `instance` is the document, built, and has no truths yet."""
    known = filled(document)
    return (*uncertain_inputs(known, instance, asked.default), *_Cells(known, instance, asked).all())


class _Cells:
    def __init__(self, document: Document, instance: Instance, asked: Uncertainty) -> None:
        self._i, self._defaults = instance, asked.default
        self._tables: Mapping[str, tuple[Row, ...]] = document.tables
        self._no_row = Row({}, document.settings_file)

    def all(self) -> Iterator[Cell]:
        yield from self._shares("retained", "mechanism")
        yield from self._shares("sensitivity", "subgroup")
        yield from self._pairs()
        yield from self._backgrounds()
        yield from self._controls()
        yield from self._hazard_ratios()

    def _rows(self, table: str) -> tuple[Row, ...]:
        return tuple(self._tables.get(table, ()))

    def _shares(self, table: str, about: str) -> Iterator[Cell]:
        """Retained activity (D, M) or sensitivity (G, D): an agent's row wins over its class's."""
        i, rows = self._i, self._rows(table)
        own = {(row.cells[about], row.cells["key"]) for row in rows}
        for row in rows:
            where, key, given = row.cells[about], row.cells["key"], float(row.cells[table])
            ends = ends_said(row)
            if ends is None and given in (0.0, 1.0):
                continue
            agents = np.flatnonzero(i.agents_matching(key))
            if key not in i.agents:
                agents = np.array([d for d in agents if (where, i.agents[d]) not in own], dtype=np.int64)
            if not len(agents):
                continue
            if table == "retained":
                at = (agents, np.full(len(agents), i.mechanisms.index(where)))
            else:
                at = (np.full(len(agents), i.subgroups.index(where)), agents)
            guess = assumed(row)
            sd = self._defaults.assumed_share_sd if guess else self._defaults.read_share_sd
            scale = "logit" if max(given, *(ends or (0.0,))) < SHARE_TOP else "log"
            spread, said = self._about(given, scale, sd, ends, SHARE_TOP)
            words = "retained activity" if table == "retained" else "sensitivity"
            name = f"{words} of {key} {'against' if table == 'retained' else 'in'} {where}"
            mechanism = where if table == "retained" else ""
            yield Cell(table, at, given, spread, _basis(ends, guess), said, name, key, mechanism)

    def _about(
        self, given: float, scale: str, sd: float, ends: tuple[float, float] | None, top: float = 1.0
    ) -> tuple[Distribution, str]:
        if ends is not None:
            return Scaled.between(*ends, scale, top), said_between(ends)
        spread = Scaled.about(given, scale, sd, top)
        return spread, f"our assumption: standard deviation {sd:g} on the {scale.replace('plain', 'log')} scale"

    def _pairs(self) -> Iterator[Cell]:
        """Each row is a part of the sums of the pairs it stands for."""
        i = self._i
        for row in self._rows("interactions"):
            a, b = row.cells["a"], row.cells["b"]
            at = self._matching(i.agents_matching(a), i.agents_matching(b))
            name = " and ".join(sorted((a, b)))
            ends, guess = ends_said(row), assumed(row)
            given = float(row.cells.get("activity", 0.0))
            if len(at) and (given != 0 or ends is not None):
                spread, said = self._about(given, "plain", self._defaults.log_sd, ends)
                basis = _basis(ends, guess)
                yield Cell("pair_activity", (at,), given, spread, basis, said, f"interaction of {name}", added=True)
            for column, text in row.cells.items():
                if column.startswith(TOXICITY_PREFIX) and float(text) > 0 and len(at):
                    category = column.removeprefix(TOXICITY_PREFIX)
                    cells = (at, np.full(len(at), i.categories.index(category)))
                    spread, said = self._about(float(text), "log", self._defaults.log_sd, None)
                    words = f"{category} added by {name}"
                    yield Cell(
                        "pair_toxicity", cells, float(text), spread, _basis(None, guess), said, words, added=True
                    )

    def _matching(self, ones: Bools, others: Bools) -> Ints:
        first, second = self._i.pair_agents[:, 0], self._i.pair_agents[:, 1]
        return np.flatnonzero((ones[first] & others[second]) | (others[first] & ones[second]))

    def _backgrounds(self) -> Iterator[Cell]:
        for row in self._rows("categories"):
            given = float(row.cells.get("background", 0.0))
            ends = ends_said(row)
            if ends is None and not 0 < given < 1:
                continue
            guess, at = assumed(row), np.array([self._i.categories.index(row.cells["category"])])
            name = f"background of {row.cells['category']}"
            found = None if ends is not None else together(row.cells.get("source", ""), GROUND)
            if found is not None:
                said = f"joint model, standard deviation {found[0]:.3g} of the logarithm of its events"
                yield Cell("background", (at,), given, Fitted(given, found[0]), "fit", said, name, shared=found[1])
                continue
            patients = self._defaults.assumed_patients if guess else self._defaults.read_patients
            spread, said = _of_rate(given, patients, ends)
            yield Cell("background", (at,), given, spread, _basis(ends, guess), said, name)

    def _controls(self) -> Iterator[Cell]:
        """Control rates: each subgroup's own, and the trial's in the others together; medians likewise."""
        i, trial, patients = self._i, self._i.trial, self._defaults.control_patients
        rows = self._rows("subgroups")
        for column, array, common in (
            ("control_rate", "control_rate", trial.control_rate),
            ("control_median_months", "control_median", trial.control_median_months),
        ):
            shared = []
            for row in rows:
                g, text = i.subgroups.index(row.cells["subgroup"]), row.cells.get(column)
                if text is None:
                    shared.append(g)
                    continue
                ends = ends_said(row) if column == "control_rate" or "control_rate" not in row.cells else None
                yield from self._control(array, [g], float(text), ends, row, row.cells["subgroup"], patients)
            if common is not None and shared:
                yield from self._control(array, shared, common, None, None, "the trial", patients)

    def _control(
        self,
        array: str,
        groups: list[int],
        given: float,
        ends: tuple[float, float] | None,
        row: Row | None,
        where: str,
        patients: float,
    ) -> Iterator[Cell]:
        if array == "control_rate":
            if ends is None and not 0 < given < 1:
                return
            spread, said = _of_rate(given, patients, ends)
        else:
            spread, said = self._about(given, "log", patients**-0.5, ends)
        basis = _basis(ends, row is not None and assumed(row))
        yield Cell(array, (np.array(groups),), given, spread, basis, said, f"{array.replace('_', ' ')} of {where}")

    def _hazard_ratios(self) -> Iterator[Cell]:
        """Hazard ratios of agents.csv; `low` and `high` are theirs where the row gives no response rate."""
        for row in self._rows("agents"):
            if "hazard_ratio" not in row.cells:
                continue
            given, guess = float(row.cells["hazard_ratio"]), assumed(row)
            ends = None if {"orr", "responders"} & set(row.cells) else ends_said(row)
            agent = row.cells["agent"]
            found = None if ends is not None else together(row.cells.get("source", ""), agent)
            spread, said = self._about(given, "log", found[0] if found else self._defaults.log_sd, ends)
            basis, shared = _basis(ends, guess), NOTHING_SHARED
            if found is not None:
                said, basis = f"joint model, standard deviation {found[0]:.3g} of its logarithm", "fit"
                shared = found[1]
            at = np.array([self._i.agents.index(agent)])
            name = f"hazard ratio of {agent}"
            yield Cell("hazard_ratio", (at,), given, spread, basis, said, name, agent, shared=shared)


def _of_rate(given: float, patients: float, ends: tuple[float, float] | None) -> tuple[Distribution, str]:
    if ends is not None:
        return Scaled.between(*ends, "logit"), said_between(ends)
    return Counted.of_rate(given, patients), f"our assumption: as certain as {patients:g} patients"


def _basis(ends: tuple[float, float] | None, guess: bool) -> str:
    return "said" if ends is not None else "assumed" if guess else "rate"
