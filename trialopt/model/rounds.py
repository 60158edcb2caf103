"""Solve the compact model in rounds of tangents and cut-offs; and write it as a file.

Every round is a MIP whose optimum is a valid bound, since tangents under-estimate what is left of the disease. The
designs it meets are judged exactly. Tangents at their exponents make the model exact there, and choices that were
rejected are cut off, so each round either closes the gap or learns something.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyomo.environ as pyo

from trialopt.core import WrongInput
from trialopt.core.beside import beside
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor, Outcome, relative_gap
from trialopt.evaluation import evaluate
from trialopt.model import objective
from trialopt.model.activity import exponents
from trialopt.model.assemble import build
from trialopt.model.drawn import truths_count
from trialopt.model.highs import Round, Solver
from trialopt.model.incumbents import Incumbents, Judged, point_of, polish, read_point
from trialopt.model.residual import add_tangents, first_bound
from trialopt.model.space import Space, Unbuilt
from trialopt.model.truths import add_drawn_tangents

METHOD = "compact"
MIP_SHARE = 0.5
"""Part of the gap asked for that the MIP may leave; the rest is for the tangents."""
REFINE_SHARE = 0.25
"""A MIP is left early for new tangents once its own gap is this part of the whole gap."""

MOST_CHOICES = 20_000
"""Choices of the largest program that is built; it takes about a gigabyte (50 agents, 20 subgroups and 4 epochs: 4,000
choices, 270 MB)."""
MANY_CHOICES = 150
"""From so many choices on, a first design is sought with one arm for all."""
ROUGH_GAP = 0.05
"""Gap to which that is done."""


def search(instance: Instance, monitor: Monitor, start: Design | None = None) -> Outcome:
    """Find the best design of model sections 1 to 6 and 8 with the compact MIP.

    Parameters
    ----------
    instance
        The question.
    monitor
        Limits, clock, progress and the wish to stop.
    start
        A known design to begin with; it is judged like any other, and left aside if it breaks a rule.

    Returns
    -------
    Outcome
        The incumbent, or `None`, and a proven bound: `-inf` when no design exists. `stopped` says why the search
        ended; at a limit or on Ctrl-C the incumbent and its bound are kept.

    Raises
    ------
    WrongInput
        For more choices than `MOST_CHOICES`.
    ProfileError
        When the solver profile does not exist or HiGHS does not accept it.
    DesignError
        When `start` names what the instance does not have.
    """
    choices = len(instance.subgroups) * len(instance.epochs) * len(instance.option_agent)
    if choices > MOST_CHOICES:
        groups, epochs, doses = len(instance.subgroups), len(instance.epochs), len(instance.option_agent)
        sizes = f"{groups} subgroups x {epochs} epochs x {doses} doses are {choices:,} choices"
        raise WrongInput(f"too large to be solved: {sizes}, and {MOST_CHOICES:,} are the most")
    monitor.report(doing="building the model")
    try:
        model = build(instance, stop=monitor.stop)
        built = monitor.seconds
        rounds = _Rounds(model, monitor, start)
    except Unbuilt:
        kept = start if start is not None and _takes(instance, start, monitor) else None
        timings = {"build": monitor.seconds}
        return Outcome(kept, _first_bound(Space(instance)), monitor.stop() or "interrupted", METHOD, timings)
    return _searched(rounds, built)


def solve(model: pyo.ConcreteModel, monitor: Monitor, start: Design | None = None) -> Outcome:
    """Search with a model made by `build`; the tangents and cut-offs it needed stay in the model."""
    return _searched(_Rounds(model, monitor, start), monitor.seconds)


def _takes(instance: Instance, start: Design, monitor: Monitor) -> bool:
    """Whether a known design keeps all rules; its value is told."""
    judged = evaluate(instance, start)
    if judged.feasible:
        monitor.report(value=judged.value)
    return judged.feasible


def _first_bound(space: Space) -> float:
    """A bound from the data alone."""
    return float(space.c.value_weight.sum()) if truths_count(space.instance) else first_bound(space)


def _searched(rounds: _Rounds, built: float) -> Outcome:
    model, monitor = rounds.model, rounds.monitor
    stopped = rounds.run()
    best = rounds.incumbents.best
    design = None if best is None else polish(model.space.instance, best.design)
    if best is not None:
        rounds.bound = max(rounds.bound, best.evaluation.value)
    return Outcome(
        design=design,
        bound=rounds.bound,
        stopped=stopped,
        method=METHOD,
        timings={"build": built, "search": monitor.seconds - built},
        details={
            "rounds": rounds.count,
            "nodes": rounds.nodes,
            "tangents": len(model.residual.tangent),
            "cutoffs": len(model.cutoffs.rejected),
            "highs_options": dict(rounds.solver.options),
        },
    )


class _Rounds:
    """The rounds of one search."""

    def __init__(self, model: pyo.ConcreteModel, monitor: Monitor, start: Design | None) -> None:
        self.model, self.monitor = model, monitor
        self.space: Space = model.space
        self.solver = Solver(model, monitor.limits.profile, monitor.stop)
        self.incumbents = Incumbents(self.space)
        self.bound = _first_bound(self.space)
        self.count = self.nodes = 0
        self._known: set[tuple[int, int, int, float]] = set()
        self._drawn: set[tuple[float, ...]] = set()
        if start is not None:
            self._begin(start)

    def _begin(self, start: Design) -> None:
        """Take a known design, if it keeps all rules: one that does not need not be a point of the model at all."""
        if evaluate(self.space.instance, start).feasible:
            self._meet(*point_of(self.space, start))
            self._learn()

    def run(self) -> str:
        """Solve round after round; say why it ended."""
        gap = self.monitor.limits.gap * MIP_SHARE
        self.monitor.report(bound=self.bound, doing="model built")
        if self.incumbents.best is None and len(self.space.given) >= MANY_CHOICES:
            self._one_arm()
        while True:
            if self._closed():
                return "finished"
            if (stop := self.monitor.stop()) is not None:
                return stop
            ended = self._round(gap)
            if ended.ended == "infeasible":
                self.bound = -float("inf")
                return "finished"
            self.bound = min(self.bound, ended.bound)
            self.monitor.report(bound=self.bound, doing=f"round {self.count} done")
            learnt = self._learn()
            if self._closed():
                return "finished"
            if ended.ended in ("interrupted", "time_limit", "node_limit"):
                return ended.ended
            if not learnt:
                if gap == 0.0:
                    return "finished"
                gap = 0.0

    def _one_arm(self) -> None:
        """Find a first design quickly: the same arm for everybody, to a rough gap. Its bound is not used."""
        if len(self.space.groups) == 1 or self.space.instance.trial.max_arms == 1 or self.monitor.stop() is not None:
            return
        self.monitor.report(doing="one arm for all")
        ended = self.solver.solve(
            gap=ROUGH_GAP,
            time=self.monitor.remaining,
            nodes=self.monitor.limits.nodes,
            start=None,
            found=self._found,
            watch=lambda bound, incumbent: self.monitor.stop(),
            stop=self.monitor.stop,
            one_arm=True,
        )
        self.nodes += max(0, ended.nodes)
        self._learn()

    def _round(self, gap: float) -> Round:
        self.count += 1
        best = self.incumbents.best
        ended = self.solver.solve(
            gap=gap,
            time=self.monitor.remaining,
            nodes=self.monitor.limits.nodes,
            start=None if best is None else self.solver.columns.start(best.chosen, best.members),
            found=self._found,
            watch=self._watch,
            stop=self.monitor.stop,
        )
        self.nodes += max(0, ended.nodes)
        if ended.values is not None:
            self._found(ended.values)
        return ended

    def _found(self, values: Any) -> None:
        self._meet(*read_point(self.space, self.solver.columns, values))

    def _meet(self, chosen: Any, members: Any) -> None:
        before = self.incumbents.value
        self.incumbents.meet(chosen, members)
        if self.incumbents.value != before:
            self.monitor.report(value=self.incumbents.value, doing=f"round {self.count}")

    def _watch(self, bound: float, incumbent: float) -> str | None:
        """Ask whether to stop this MIP: the run has to stop, the gap is closed, or tangents are what is missing."""
        if (stop := self.monitor.stop()) is not None:
            return stop
        if bound < self.bound:
            self.bound = bound
            self.monitor.report(bound=bound, doing=f"round {self.count}")
        value = self.incumbents.value
        if value is None:
            return None
        if self._closed():
            return "closed"
        whole = min(bound, self.bound) - value
        return "refine" if bound - incumbent < REFINE_SHARE * whole else None

    def _closed(self) -> bool:
        value = self.incumbents.value
        return value is not None and relative_gap(value, self.bound) <= self.monitor.limits.gap

    def _learn(self) -> bool:
        """Add what the points met since the last round teach; say whether it is anything new."""
        rows: list[Any] = []
        for point in self.incumbents.fresh():
            rows += add_tangents(self.model, self.space, exponents(self.space, point.chosen), self._known)
            rows += add_drawn_tangents(self.model, self.space, point.chosen, self._drawn)
            if not point.evaluation.feasible:
                rows += self._cut(point)
        self.solver.add(rows)
        return bool(rows)

    def _cut(self, point: Judged) -> list[Any]:
        """Cut off what broke a rule: a subgroup's choices, an arm, or the whole design.

        Whether an arm can be sized may depend on how many arms there are; so in a sized trial what an arm breaks cuts
        off this design only.
        """
        space, rows = self.space, []
        group = {name: g for g, name in enumerate(space.instance.subgroups)}
        arms = {arm.name: [group[name] for name in arm.subgroups] for arm in point.design.arms}
        about = {(v.subgroup, None if v.subgroup else v.arm) for v in point.evaluation.violations}
        for subgroup, arm in sorted(about, key=str):
            if subgroup is not None:
                rows.append(objective.cut_subgroup(self.model, space, point.chosen, group[subgroup]))
            elif arm is not None and not space.instance.trial.sized:
                rows.append(objective.cut_arm(self.model, space, point.chosen, arms[arm]))
            else:
                rows.append(objective.cut_design(self.model, space, point.chosen, list(arms.values())))
        return rows


def write_lp(question: Instance | pyo.ConcreteModel, path: Path | str, limits: Limits | None = None) -> Path:
    """Write a compact model as LP, or as MPS if `path` ends so, with names that say family, subgroup and epoch.

    An instance is solved first (within `limits`, default a gap of 1e-4), so that the file holds the tangents its
    optimum needs: any MIP solver then finds its bound. A model is written as it is.
    """
    if isinstance(question, Instance):
        model = build(question)
        solve(model, Monitor(limits or Limits()))
    else:
        model = question
    path = Path(path)
    with beside(path.parent, file=False) as fresh:
        model.write(str(fresh / path.name), io_options={"symbolic_solver_labels": True})
        (fresh / path.name).replace(path)
    return path
