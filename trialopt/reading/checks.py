"""Checks across cells, rows and tables: what one asks of another. Each is skipped where what it rests on is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from trialopt.core.vocabulary import BELOW_1
from trialopt.reading.accrual import check_accrual
from trialopt.reading.cells import wanted
from trialopt.reading.document import Problem, Problems
from trialopt.reading.frame import Frame, orr, probability
from trialopt.reading.tables import Entry, Ids, row_problem


class NoRoot(ValueError):
    """No log-activity gives the response rate; `ceiling` is the rate that any activity stays below."""

    def __init__(self, ceiling: float) -> None:
        super().__init__(f"response rates stay below {ceiling:g}")
        self.ceiling = ceiling


def log_activity(orr: float) -> float:
    """Log-activity `-ln(1 - ORR)` of a response rate below 1 on disease with no listed mechanism."""
    return -math.log1p(-orr) + 0.0  # no negative zero


def log_activity_in(orr: float, prevalence: Sequence[float], kept: Sequence[float]) -> float:
    """Log-activity that gives a response rate in patients of whom some carry resistance (model section 2).

    The root `beta` of `sum_m prevalence[m] * exp(-beta * kept[m]) = 1 - orr`, `none` included, where `kept` is
    sensitivity times retained. Newton's method on the logarithm of the left side, which is convex and decreasing in
    `beta`, so that it rises to the root from 0 without passing it. Sums are `math.fsum`, so that the order of
    mechanisms does not matter.

    Raises
    ------
    NoRoot
        When the patients the agent cannot work in are already more than `1 - orr`.
    """
    if orr == 0:
        return 0.0
    resistant = math.fsum(p for p, k in zip(prevalence, kept, strict=True) if k == 0)
    if 1 - orr <= resistant:
        raise NoRoot(1 - resistant)
    target = math.log1p(-orr)
    beta = 0.0
    for _ in range(200):
        terms = [p * math.exp(-beta * k) for p, k in zip(prevalence, kept, strict=True)]
        total = math.fsum(terms)
        slope = math.fsum(t * k for t, k in zip(terms, kept, strict=True)) / total
        if slope <= 0:
            raise NoRoot(1 - resistant)
        step = (math.log(total) - target) / slope
        beta += step
        if abs(step) <= 1e-14 * beta:
            break
    return beta


def check_across(frame: Frame, ids: Ids, problems: Problems) -> dict[str, float]:
    """Run every check; returns the log-activity of each agent whose response rate is known."""
    tables = frame.tables
    for table, check in (
        ("agents", _counts_of_agents),
        ("activity", _activity),
        ("toxicity", _counts_of_toxicity),
        ("limits", _limits),
    ):
        for entry in tables[table]:
            for problem in check(entry):
                problems.add(problem, table)
    _shared_ids(frame, ids, problems)
    for table in ("interactions", "precedents"):
        for entry in tables[table]:
            if entry["a"] == entry["b"] and entry["a"] in (ids.agent or ()):
                sentence = f"{entry['a']!r} stands on both sides, and a pair is two distinct agents"
                right = "name another agent" + (" or a class" if table == "interactions" else "")
                problems.add(row_problem(entry.row, "b", entry["b"], sentence, right), table)
    _shares(frame, problems)
    check_accrual(frame, problems)
    _prevalences(frame, problems)
    _epochs(frame, problems)
    return _log_activities(frame, problems)


def _counts_of_agents(entry: Entry) -> Iterator[Problem]:
    yield from _counts(entry, "responders", "n")
    if entry.number("orr") == 1:
        sentence = f"an ORR of {entry.row.cells['orr']} makes the log-activity infinite"
        yield row_problem(entry.row, "orr", entry.row.cells["orr"], sentence, wanted(BELOW_1))
    elif entry.number("orr") is None and orr(entry) == 1:
        sentence = "responders equal to n make an ORR of 1, and the log-activity infinite"
        right = "give an orr below 1, for example (responders + 0.5) / (n + 1)"
        yield row_problem(entry.row, "responders", entry.row.cells["responders"], sentence, right)


def _counts(entry: Entry, part: str, whole: str) -> Iterator[Problem]:
    some, all_ = entry.number(part), entry.number(whole)
    if part in entry.row.cells and whole not in entry.row.cells:
        yield row_problem(entry.row, whole, "", f"the cell is blank, and {part} is not", f"give {whole}")
    elif some is not None and all_ is not None and some > all_:
        sentence = f"{some:g} is more than {whole}, which is {all_:g}"
        yield row_problem(entry.row, part, f"{some:g}", sentence, f"give at most {all_:g}")


def _activity(entry: Entry) -> Iterator[Problem]:
    if not {"activity", "hazard_ratio"} & set(entry.row.cells):
        yield row_problem(entry.row, "activity", "", "the row gives no activity", "give activity or hazard_ratio")


def _counts_of_toxicity(entry: Entry) -> Iterator[Problem]:
    yield from _counts(entry, "events", "n")
    if not {"probability", "events"} & set(entry.row.cells):
        yield row_problem(entry.row, "probability", "", "the row gives no rate", "give probability, or events and n")


def _limits(entry: Entry) -> Iterator[Problem]:
    if not {"subgroup", "epoch"} & set(entry.row.cells):
        right = "give a subgroup or an epoch; the category's own limit stands in categories.csv"
        yield row_problem(entry.row, "subgroup", "", "the row names neither a subgroup nor an epoch", right)


def _shared_ids(frame: Frame, ids: Ids, problems: Problems) -> None:
    agents = frozenset(ids.agent or ())
    for entry in frame.tables["agents"]:
        if entry["class"] in agents:
            sentence = f"{entry['class']!r} is also the id of an agent"
            problem = row_problem(entry.row, "class", entry["class"], sentence, "give the class another id")
            problems.add(problem, "agents")


def _shares(frame: Frame, problems: Problems) -> None:
    rows = frame.tables["subgroups"]
    if rows and problems.clean("subgroups") and math.fsum(e.numbers["share"] for e in rows) == 0:
        problem = Problem("subgroups.csv", 0, "share", "0", "the shares sum to 0", "give at least one share above 0")
        problems.add(problem, "subgroups")


def _prevalences(frame: Frame, problems: Problems) -> None:
    if not problems.clean("prevalence", "subgroups", "mechanisms"):
        return
    by_subgroup: dict[str, list[Entry]] = {}
    for entry in frame.tables["prevalence"]:
        by_subgroup.setdefault(entry["subgroup"], []).append(entry)
    for subgroup, rows in by_subgroup.items():
        total = math.fsum(e.numbers["prevalence"] for e in rows)
        if total > 1 + 1e-9:
            last = rows[-1].row
            sentence = f"the prevalences of {subgroup!r} sum to {total:.10g}"
            right = "they may sum to at most 1, the rest is disease with no listed mechanism"
            problem = row_problem(last, "prevalence", last.cells["prevalence"], sentence, right)
            problems.add(problem, "prevalence")


def _epochs(frame: Frame, problems: Problems) -> None:
    settings = frame.settings
    for index, epoch in enumerate(settings.epochs):
        if not problems.clean("agents") or not frame.agents:
            break
        usable = sum(epoch["id"] in frame.usable(e) for e in frame.tables["agents"])
        if usable < epoch["min_agents"]:
            what = "no agent is" if usable == 0 else f"only {usable} agent{'s are' if usable > 1 else ' is'}"
            sentence = f"{what} usable in {epoch['id']!r}, and min_agents is {epoch['min_agents']}"
            right = "let more agents into the epoch (agents.csv, column epochs), or lower min_agents"
            label = f"[[epoch]] {epoch['id']} min_agents"
            settings.places.add(f"epoch.{index}.min_agents", label, epoch["min_agents"], sentence, right)
    for key in ("weight", "pfs_weight"):
        weights = [e["weight"] if e[key] is None else e[key] for e in settings.epochs]
        if weights and math.fsum(weights) == 0 and any(e[key] is not None for e in settings.epochs):
            sentence = f"the {key}s of the epochs sum to 0"
            settings.places.add(f"epoch.0.{key}", f"[[epoch]] {key}", 0, sentence, "give at least one above 0")


def _log_activities(frame: Frame, problems: Problems) -> dict[str, float]:
    found: dict[str, float] = {}
    for entry in frame.tables["agents"]:
        rate, subgroup = orr(entry), entry.text("orr_in")
        if rate is None or not rate < 1:
            continue
        if subgroup is None:
            found[entry["agent"]] = log_activity(rate)
        elif problems.clean("subgroups", "mechanisms", "prevalence", "sensitivity", "retained"):
            try:
                found[entry["agent"]] = _activity_in(frame, entry["agent"], rate, subgroup)
            except NoRoot as error:
                most = f"{error.ceiling:.10g}"
                sentence = (
                    f"an ORR of {rate:.10g} is beyond the agent in {subgroup!r}, where at most {most} can respond"
                )
                right = f"give an ORR below {most}, or another orr_in, prevalence, sensitivity or retained"
                problems.add(row_problem(entry.row, "orr_in", subgroup, sentence, right), "agents")
    return found


def _activity_in(frame: Frame, agent: str, rate: float, subgroup: str) -> float:
    listed = [frame.prevalence.get((subgroup, m), 0.0) for m in frame.mechanisms[1:]]
    sensitivity = frame.sensitivity.get((subgroup, agent), 1.0)
    kept = [sensitivity * frame.retained.get((m, agent), 1.0) for m in frame.mechanisms]
    return log_activity_in(rate, [max(0.0, 1 - math.fsum(listed)), *listed], kept)


def rate_of(entry: Entry) -> float:
    """Event probability of a checked row of toxicity.csv."""
    rate = probability(entry)
    return 0.0 if rate is None else rate
