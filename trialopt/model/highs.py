"""HiGHS on one compact model: rows added as they come, solved again and again, stopped when the run has to stop.

Pyomo's persistent interface translates the model and adds rows to it; the run itself is started on the `highspy` object
underneath, because only that offers the callbacks which stop it promptly and hand over solutions as they are found.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
from pyomo.contrib.solver.solvers.highs import Highs

from trialopt.core.instance import Floats
from trialopt.core.silent_highs import without_faulty_rules
from trialopt.model import profiles
from trialopt.model.incumbents import Columns
from trialopt.model.space import Unbuilt

Solution = Callable[[Floats], None]
"""Called with the column values of each solution found."""

Watch = Callable[[float, float], str | None]
"""Called with the MIP's bound and its own incumbent; says why to stop, or `None`."""

Stop = Callable[[], str | None]
"""Says why the run has to stop, or `None`."""

PIECE = 200
"""Rows that are translated between two looks at whether the run has to stop: some hundredths of a second."""

POLL = 0.05
"""Seconds between two looks at whether the run has to stop."""
PATIENCE = 0.8
"""Seconds given to HiGHS to end once it has been asked to."""

_ENDINGS = {
    highspy.HighsModelStatus.kOptimal: "solved",
    highspy.HighsModelStatus.kTimeLimit: "time_limit",
    highspy.HighsModelStatus.kSolutionLimit: "node_limit",
    highspy.HighsModelStatus.kInterrupt: "interrupted",
}

_winding_down: list[threading.Thread] = []


def settle() -> None:
    """Wait for runs of HiGHS that were stopped but had not ended. Two runs at once would share its scheduler."""
    while _winding_down:
        _winding_down.pop().join()


@dataclass(frozen=True)
class Round:
    """How one MIP ended.

    `ended` is `solved`, `infeasible`, `time_limit`, `node_limit`, or what `watch` or `stop` said. `bound` is
    the MIP's dual bound (inf if it has none yet); `values` are the column values of its best solution, or `None`.
    """

    ended: str
    bound: float
    values: Floats | None
    nodes: int


class _Translator(Highs):  # type: ignore[misc]
    """Pyomo's interface to HiGHS, which takes rows by pieces and asks between them whether the run has to stop."""

    stop: Stop = staticmethod(lambda: None)

    def add_constraints(self, cons: Sequence[Any]) -> None:
        rows = list(cons)
        for first in range(0, len(rows), PIECE):
            if self.stop() is not None:
                raise Unbuilt
            super().add_constraints(rows[first : first + PIECE])


class Solver:
    """HiGHS, holding one model.

    `profile` is a profile's name or an option file. Raises `ProfileError` when HiGHS does not accept it, and `Unbuilt`
    when `stop` says that the run has to while the model is translated.
    """

    def __init__(self, model: pyo.ConcreteModel, profile: str = "default", stop: Stop = lambda: None) -> None:
        chosen = profiles.load(profile)
        self._pyomo = _Translator()
        self._pyomo.stop = stop
        self._pyomo.set_instance(model)
        self._pyomo.stop = lambda: None  # rows that are added later are few
        self._highs = self._pyomo._solver_model
        self.options = profiles.apply(self._highs, chosen.path)
        without_faulty_rules(self._highs)
        self._highs.setOptionValue("output_flag", False)
        column = self._pyomo._pyomo_var_to_solver_var_map
        self.columns = Columns(
            {key: column[id(var)] for key, var in model.choice.given.items()},
            {key: column[id(var)] for key, var in model.arms.serves.items()},
        )

    def add(self, rows: Sequence[Any]) -> None:
        """Add Pyomo rows that the model has gained."""
        if rows:
            self._pyomo.add_constraints(list(rows))

    def solve(
        self,
        *,
        gap: float,
        time: float | None,
        nodes: int | None,
        start: tuple[list[int], list[float]] | None,
        found: Solution,
        watch: Watch,
        stop: Stop,
        one_arm: bool = False,
    ) -> Round:
        """Solve the MIP to a relative `gap`, in at most `time` seconds and `nodes` nodes.

        `one_arm` puts all subgroups in one arm: a restriction, whose bound says nothing about other designs. `start`
        gives columns and values of a known solution. `found` and `watch` are called from another thread while
        HiGHS works, `stop` from this one.
        """
        highs = self._highs
        settle()
        highspy.Highs.resetGlobalScheduler(True)  # threads of an earlier run must not outlive it
        highs.clearSolver()
        self._set("mip_rel_gap", gap)
        self._set("mip_abs_gap", 1e-9)
        self._set("time_limit", time if time is not None else highspy.kHighsInf)
        self._set("mip_max_nodes", nodes if nodes is not None else highspy.kHighsIInf)
        self._assign(one_arm)
        if start is not None:
            columns, values = start
            highs.setSolution(len(columns), np.array(columns, dtype=np.int32), np.array(values))
        ear = _Ear(found, watch)
        ear.listen(highs)
        if not self._run(ear, stop):
            return Round(ear.reason or "interrupted", np.inf, None, 0)
        ear.leave(highs)
        if ear.error is not None:
            raise ear.error
        return self._round(ear.reason)

    def _run(self, ear: _Ear, stop: Stop) -> bool:
        """Run HiGHS in a thread of its own, ask here several times a second whether it has to stop; say if it ended.

        HiGHS asks its callbacks only between nodes, which can be many seconds apart, but most of it looks at the
        time limit. So to stop it, its time limit is set to 0 as well. A heuristic that keeps a limit of its own may
        still take seconds: then it is left alone to wind down, and nothing more is heard from it.
        """
        done = threading.Event()

        def work() -> None:
            try:
                self._highs.run()
            finally:
                done.set()

        thread = threading.Thread(target=work, name="highs")
        thread.start()
        try:
            while not done.wait(POLL):
                if (reason := stop()) is not None:
                    return self._halt(ear, reason, thread)
                if ear.reason is not None or ear.error is not None:
                    self._set("time_limit", 0.0)
        except BaseException:
            self._halt(ear, "interrupted", thread)
            raise
        thread.join()
        return True

    def _halt(self, ear: _Ear, reason: str, thread: threading.Thread) -> bool:
        """Ask HiGHS to end; say whether it did within the time it is given."""
        ear.reason = reason
        self._set("time_limit", 0.0)
        thread.join(PATIENCE)
        if not thread.is_alive():
            return True
        ear.deaf = True
        _winding_down.append(thread)
        return False

    def _assign(self, one_arm: bool) -> None:
        """Fix every subgroup to the arm named after the first, or leave the assignment free."""
        for (name, _), column in self.columns.serves.items():
            low, high = (float(name == 0), float(name == 0)) if one_arm else (0.0, 1.0)
            self._highs.changeColBounds(column, low, high)

    def _set(self, option: str, value: float | int) -> None:
        if self._highs.setOptionValue(option, value) != highspy.HighsStatus.kOk:
            raise profiles.ProfileError(f"HiGHS does not take {value!r} for {option}")

    def _round(self, reason: str | None) -> Round:
        highs, status = self._highs, highspy.HighsModelStatus
        info, ended = highs.getInfo(), highs.getModelStatus()
        if ended in (status.kInfeasible, status.kUnboundedOrInfeasible):
            return Round("infeasible", -np.inf, None, int(info.mip_node_count))
        feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        values = np.array(highs.getSolution().col_value) if feasible else None
        if reason is None and ended not in _ENDINGS:
            raise RuntimeError(f"HiGHS ended with {highs.modelStatusToString(ended)}")
        word = "solved" if ended == status.kOptimal else reason or _ENDINGS[ended]
        bound = float(info.mip_dual_bound) if np.isfinite(info.mip_dual_bound) else np.inf
        return Round(word, bound, values, int(info.mip_node_count))


class _Ear:
    """Callbacks of one run. An exception raised by ours stops the run and is raised again after it."""

    def __init__(self, found: Solution, watch: Watch) -> None:
        self._found, self._watch = found, watch
        self.reason: str | None = None
        self.error: BaseException | None = None
        self.deaf = False

    def listen(self, highs: Any) -> None:
        highs.cbMipSolution += self._solution
        highs.cbMipInterrupt += self._mip
        highs.cbSimplexInterrupt += self._simplex

    def leave(self, highs: Any) -> None:
        highs.cbMipSolution -= self._solution
        highs.cbMipInterrupt -= self._mip
        highs.cbSimplexInterrupt -= self._simplex

    def _solution(self, event: Any) -> None:
        if self.error is None and not self.deaf:
            try:
                self._found(np.array(event.data_out.mip_solution))
            except BaseException as error:
                self.error = error

    def _ask(self, event: Any, bound: float, incumbent: float) -> None:
        if self.reason is None and self.error is None:
            try:
                self.reason = self._watch(bound, incumbent)
            except BaseException as error:
                self.error = error
        # said every time: HiGHS keeps the last answer, even that of an earlier run
        event.data_in.user_interrupt = self.reason is not None or self.error is not None

    def _mip(self, event: Any) -> None:
        self._ask(event, float(event.data_out.mip_dual_bound), float(event.data_out.mip_primal_bound))

    def _simplex(self, event: Any) -> None:
        self._ask(event, float("inf"), float("-inf"))
