"""Designs as files: anybody's `solution.json`, or a simple `design.csv`.

    arm,subgroups,epoch,agent,level
    A1,fit;frail,induction,bortezomib,
    A1,,induction,lenalidomide,low

`subgroups` (separated by `;`) is needed in one row of each arm. A blank `level` is `standard`, or the agent's
only level. A row without epoch and agent names an arm that gives nothing. Of a `solution.json` only the
`subgroups` and `sequence` of each of its `arms` are read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trialopt.core.catalog import write_text
from trialopt.core.columns import DESIGN, REMARKS
from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import Instance
from trialopt.core.json_read import NotJson, parsed, text_of
from trialopt.core.run_folder import settle
from trialopt.evaluation.resolve import DesignError, levels_of
from trialopt.reading.document import Problem, suggest

COLUMNS = tuple(DESIGN.names)
REQUIRED = tuple(column.name for column in DESIGN.columns if column.required)


def read_design(path: str | Path, instance: Instance) -> Design:
    """Read the arms of a design and check every name in it against the instance.

    Parameters
    ----------
    path
        A `.json` or `.csv` file, or the folder of a run, which holds a `solution.json`.
    instance
        The question the design answers. It need not be the one the design was found for.

    Raises
    ------
    DesignError
        Every problem of the file at once, each with its row and column (or its place in the JSON).
    """
    file = Path(path)
    if file.is_dir():
        file = file / "solution.json"
    settle(file.parent)
    reader = _Reader(file.name, instance)
    read = {".json": reader.from_json, ".csv": reader.from_csv}.get(file.suffix.lower())
    if read is None:
        raise DesignError([f"{file}: not a design; give a solution.json or a design.csv"])
    try:
        text = text_of(file)
    except NotJson as error:
        raise DesignError([f"{file}: {error}"]) from None
    except OSError as error:
        raise DesignError([f"{file}: cannot be read ({error.strerror})"]) from None
    try:
        arms = read(text)
    except csv.Error as error:
        raise DesignError([f"{file}: not a table ({error})"]) from None
    if not arms and not reader.problems:
        reader.problem(0, "", "", "no arms", "a design has at least one arm")
    if reader.problems:
        raise DesignError([str(problem) for problem in sorted(reader.problems, key=lambda p: p.row)])
    return Design(tuple(arms))


def write_design_csv(design: Design, path: str | Path) -> None:
    """Write a design as a `design.csv` that `read_design` takes back. Levels are always written."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for arm in design.arms:
        doses = [(epoch, dose) for epoch, given in arm.sequence.items() for dose in given]
        subgroups = ";".join(arm.subgroups)
        if not doses:
            writer.writerow((arm.name, subgroups, "", "", ""))
        for epoch, dose in doses:
            writer.writerow((arm.name, subgroups, epoch, dose.agent, dose.level))
    write_text(Path(path), out.getvalue())


@dataclass
class _Draft:
    """An arm being read from rows, and the row its subgroups stand in."""

    row: int
    subgroups: tuple[str, ...] = ()
    subgroups_row: int = 0
    doses: dict[str, list[Dose]] = field(default_factory=dict)


class _Reader:
    """Reads one file and collects what is wrong with it."""

    def __init__(self, file: str, instance: Instance) -> None:
        self.file = file
        self.instance = instance
        self.problems: list[Problem] = []

    def problem(self, row: int, column: str, value: str, sentence: str, right: str) -> None:
        self.problems.append(Problem(self.file, row, column, value, sentence, right))

    def known(self, row: int, column: str, thing: str, name: str, names: Collection[str]) -> bool:
        if name in names:
            return True
        right = suggest(name, names, f"give {thing} ids of the instance")
        self.problem(row, column, name, f"unknown {thing} {name!r}", right)
        return False

    def dose(self, row: int, agent_column: str, level_column: str, agent: str, level: str) -> Dose | None:
        if not self.known(row, agent_column, "agent", agent, self.instance.agents):
            return None
        levels = levels_of(self.instance, agent)
        if level and self.known(row, level_column, f"level of {agent}", level, levels):
            return Dose(agent, level)
        if not level and (len(levels) == 1 or "standard" in levels):
            return Dose(agent, levels[0] if len(levels) == 1 else "standard")
        if not level:
            right = f"give one of {', '.join(levels)}"
            self.problem(row, level_column, "", f"{agent} has several levels", right)
        return None

    def sequence(self, doses: dict[str, list[Dose]]) -> dict[str, tuple[Dose, ...]]:
        return {epoch: tuple(doses.get(epoch, ())) for epoch in self.instance.epochs}

    def subgroups(self, row: int, column: str, names: list[str]) -> tuple[str, ...]:
        for position, name in enumerate(names):
            self.known(row, column, "subgroup", name, self.instance.subgroups)
            if name in names[:position]:
                self.problem(row, column, name, f"{name} is listed twice", "list each subgroup once")
        return tuple(names)

    def from_csv(self, text: str) -> list[Arm]:
        drafts: dict[str, _Draft] = {}
        seen: dict[tuple[str, str, Dose], int] = {}
        for row, cells in self.rows(text):
            name, epoch, agent = cells["arm"], cells["epoch"], cells["agent"]
            if not name:
                self.problem(row, "arm", "", "blank", "give the name of the arm, for example A1")
                continue
            draft = drafts.setdefault(name, _Draft(row))
            self.take_subgroups(row, name, draft, cells["subgroups"])
            if not epoch and not agent:
                continue
            if not epoch:
                self.problem(row, "epoch", "", "blank", "give the epoch id, or leave the agent blank too")
                continue
            if not agent:
                self.problem(row, "agent", "", "blank", "give the agent id, or leave the epoch blank too")
                continue
            epoch_known = self.known(row, "epoch", "epoch", epoch, self.instance.epochs)
            dose = self.dose(row, "agent", "level", agent, cells.get("level", ""))
            if not epoch_known or dose is None:
                continue
            if (first := seen.setdefault((name, epoch, dose), row)) != row:
                self.problem(row, "agent", agent, f"repeats row {first}", "give each dose once")
            draft.doses.setdefault(epoch, []).append(dose)
        for name, draft in drafts.items():
            if not draft.subgroups_row:
                self.problem(draft.row, "subgroups", "", f"{name} serves no subgroup", "give ids separated by ;")
        return [Arm(name, draft.subgroups, self.sequence(draft.doses)) for name, draft in drafts.items()]

    def take_subgroups(self, row: int, name: str, draft: _Draft, cell: str) -> None:
        names = [part.strip() for part in cell.split(";") if part.strip()]
        if not names:
            return
        if not draft.subgroups_row:
            draft.subgroups, draft.subgroups_row = self.subgroups(row, "subgroups", names), row
        elif set(names) != set(draft.subgroups):
            sentence = f"{name} serves {';'.join(draft.subgroups)} in row {draft.subgroups_row} and {cell} here"
            self.problem(row, "subgroups", cell, sentence, "give one list for each arm")

    def rows(self, text: str) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield line number and cells (stripped) of each row that is not blank, if the header is right."""
        first = text.split("\n", 1)[0]
        reader = csv.reader(io.StringIO(text, newline=""), delimiter="," if "," in first else ";")
        header = [cell.strip() for cell in next(reader, [])]
        if not any(header):
            self.problem(1, "", "", "the file is empty", f"start with the header {','.join(COLUMNS)}")
            return
        known = (*COLUMNS, *REMARKS)
        for column in header:
            self.known(1, column, "column", column, known)
        for column in REQUIRED:
            if column not in header:
                self.problem(1, column, "", "the column is missing", f"give {', '.join(REQUIRED)}")
        for column in sorted({c for c in header if header.count(c) > 1}):
            self.problem(1, column, column, "the column is there twice", "give each column once")
        if self.problems:
            return
        line = reader.line_num + 1
        for values in reader:
            row, line = line, reader.line_num + 1
            cells = [value.strip() for value in values]
            if len(cells) > len(header) and any(cells[len(header) :]):
                sentence = f"{len(cells)} cells under a header of {len(header)}"
                self.problem(row, "", "", sentence, "quote a cell that holds a comma")
            elif any(cells):
                yield row, {**dict.fromkeys(header, ""), **dict(zip(header, cells, strict=False))}

    def from_json(self, text: str) -> list[Arm]:
        try:
            content = parsed(text)
        except NotJson as error:
            self.problem(error.line, "", "", error.words, "give a solution.json")
            return []
        arms = content.get("arms") if isinstance(content, dict) else None
        if not isinstance(arms, list):
            self.problem(0, "arms", "", "missing or not a list", "give the list of arms")
            return []
        found: dict[str, Arm] = {}
        for position, entry in enumerate(arms):
            place = f"arms[{position}]"
            if not isinstance(entry, dict):
                self.problem(0, place, "", "not an object", "give subgroups and sequence")
                continue
            name = str(entry.get("arm") or f"A{position + 1}")
            if name in found:
                self.problem(0, f"{place}.arm", name, f"a second arm {name!r}", "give each arm its own name")
            found[name] = Arm(name, self.json_subgroups(place, entry), self.json_sequence(place, entry))
        return list(found.values())

    def json_subgroups(self, place: str, entry: dict[str, Any]) -> tuple[str, ...]:
        place, names = f"{place}.subgroups", entry.get("subgroups")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            self.problem(0, place, "", "missing or not a list of ids", "list the subgroups the arm serves")
            return ()
        return self.subgroups(0, place, names)

    def json_sequence(self, place: str, entry: dict[str, Any]) -> dict[str, tuple[Dose, ...]]:
        place, epochs = f"{place}.sequence", entry.get("sequence")
        if not isinstance(epochs, dict):
            self.problem(0, place, "", "missing or not an object", "give the doses of each epoch")
            return {}
        doses: dict[str, list[Dose]] = {}
        for epoch, given in epochs.items():
            self.known(0, place, "epoch", epoch, self.instance.epochs)
            if not isinstance(given, list):
                self.problem(0, f"{place}.{epoch}", "", "not a list", "list the doses")
                continue
            for position, cell in enumerate(given):
                dose = self.json_dose(f"{place}.{epoch}[{position}]", cell)
                if dose is not None:
                    doses.setdefault(epoch, []).append(dose)
        return self.sequence(doses)

    def json_dose(self, place: str, cell: object) -> Dose | None:
        agent = cell.get("agent") if isinstance(cell, dict) else None
        level = (cell.get("level") or "") if isinstance(cell, dict) else ""
        if not isinstance(agent, str) or not isinstance(level, str):
            self.problem(0, place, "", "not a dose", 'give {"agent": "...", "level": "..."}')
            return None
        return self.dose(0, f"{place}.agent", f"{place}.level", agent, level)
