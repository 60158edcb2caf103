"""Where solves are done: in this process, in worker processes, or by the workers of a Dask scheduler.

All of them are `concurrent.futures` underneath: a `ProcessPoolExecutor`, or what a Dask `Client` gives for one. Who
asks for solves sees an `Executor` and never which.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor as Futures
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import wait
from typing import Any, Protocol

from trialopt import __version__
from trialopt.core import WrongInput
from trialopt.core.handed import a_whole, wrong_kind
from trialopt.core.run import Limits, Monitor
from trialopt.many.signals import orderly_end, without_ctrl_c
from trialopt.many.store import Json

Work = Callable[[Any, Monitor], Json]
"""A function of a module: a question and the monitor of its search in, an answer that JSON can write out.

An answer that is cut short says why in `stopped`, which is empty or missing for one that is final.
"""

LOCAL = "local"
"""The scheduler that is started here, with as many worker processes as asked for."""

AHEAD = 2
"""Solves handed over for each worker: one in hand and one that waits, so that none is idle."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What keeps linear algebra to one thread: workers with several threads each would wait for one another's cores."""

STEADY = 2.0
"""Seconds for which the number of workers of a Dask scheduler is believed: asking it costs as much as a submission."""

QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.limit": "30s",
    "distributed.worker.memory.monitor-interval": "1s",
}
"""Settings of a scheduler of our own. Watching itself many times a second costs Dask a tenth of a core."""

JOINING = 30.0
"""Seconds to wait for the first worker of a Dask scheduler, and for the scheduler itself."""


class Executor(Protocol):
    """Does solves, some at a time."""

    @property
    def room(self) -> int:
        """How many solves to hand over before one is waited for."""

    @property
    def where(self) -> str:
        """Where solves are done, in words."""

    def submit(self, work: Work, question: Any, monitor: Monitor) -> Future[Json]:
        """Begin a solve within the limits of a monitor."""

    def abandon(self, hand: Iterable[Future[Json]]) -> None:
        """Give up the solves in hand, at once; no other is begun after."""


@dataclass
class _Here:
    """One solve at a time, in this process: it is done when `submit` returns, and stops as its monitor says."""

    room: int = 1
    where: str = "this process"

    def submit(self, work: Work, question: Any, monitor: Monitor) -> Future[Json]:
        done: Future[Json] = Future()
        try:
            done.set_result(work(question, monitor))
        except Exception as error:  # raised where the result is asked for, as by every executor
            done.set_exception(error)
        return done

    def abandon(self, hand: Iterable[Future[Json]]) -> None:
        pass


@dataclass
class _Elsewhere:
    """In other processes, through `futures`."""

    futures: Futures
    workers: Callable[[], int]
    where: str
    leave: Callable[[Iterable[Future[Json]]], None]

    @property
    def room(self) -> int:
        return AHEAD * max(1, self.workers())

    def submit(self, work: Work, question: Any, monitor: Monitor) -> Future[Json]:
        packed = pickle.dumps(question, pickle.HIGHEST_PROTOCOL)
        return self.futures.submit(_called, work, packed, monitor.limits)

    def abandon(self, hand: Iterable[Future[Json]]) -> None:
        self.leave(hand)


_ONE = threading.Lock()
"""Solvers share the state of their process, so a worker with several threads does one solve at a time."""


def _called(work: Work, packed: bytes, limits: Limits) -> Json:
    """Do a solve in a worker. Its question comes as bytes: Dask would look through all parts of an instance, often."""
    with _ONE:
        collected = gc.isenabled()
        gc.disable()  # an instance is many small parts, and none of them is garbage yet
        try:
            question = pickle.loads(packed)
        finally:
            if collected:
                gc.enable()
        return work(question, Monitor(limits))


@contextmanager
def executor(workers: int | None = 1, scheduler: str | None = None, *, imports: str = "") -> Iterator[Executor]:
    """Open the place where solves are done, and close it after the block.

    Parameters
    ----------
    workers
        Processes; 1 is this one. Default (`None`) as many as this process may use cores. For a scheduler of its own
        (`local`) the workers it starts; a scheduler that is there has its own.
    scheduler
        `local`, the address of a Dask scheduler (`tcp://HOST:PORT`), or the file that it wrote (`--scheduler-file`).
    imports
        Module that workers import once, before their first solve.

    Raises
    ------
    WrongInput
        For less than one worker; where Dask is not installed, the scheduler does not answer, or its workers have
        another trialopt.
    """
    if workers is not None:
        a_whole(workers, "workers", 1)
    if scheduler is not None and not isinstance(scheduler, str):
        raise wrong_kind(scheduler, "scheduler", "a text", "give local, its address or its scheduler file")
    count = workers or _cores()
    if scheduler is not None:
        with _dask(scheduler, count) as made:
            yield made
    elif count == 1:
        yield _Here()
    else:
        with _processes(count, imports) as made:
            yield made


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _processes(count: int, imports: str) -> Iterator[Executor]:
    """Worker processes that start from one that has imported all there is to import, where the system can do so."""
    served = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if served else "spawn")
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    if served and imports:
        context.set_forkserver_preload([imports])
    others = set(multiprocessing.active_children())
    with orderly_end():
        if served:
            with without_ctrl_c():
                forkserver.ensure_running()
        pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin)

        def leave(hand: Iterable[Future[Json]] = ()) -> None:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - others:
                process.kill()

        try:
            yield _Elsewhere(pool, lambda: count, f"{count} processes", leave)
        except BaseException:
            leave()
            raise
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """A worker leaves Ctrl-C to the process that started it, and ends with it, however that ends."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    starter = multiprocessing.parent_process()
    if starter is not None:
        threading.Thread(target=_end_after, args=(starter.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


@contextmanager
def _dask(scheduler: str, count: int) -> Iterator[Executor]:
    try:
        from dask import config
        from distributed import Client, LocalCluster
    except ImportError:
        raise WrongInput("a scheduler needs Dask: pip install 'trialopt[dask]'") from None
    cluster = None
    if scheduler == LOCAL:
        with config.set(QUIET):
            cluster = LocalCluster(
                n_workers=count, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50
            )
    try:
        client = _client(Client, cluster or scheduler, scheduler)
        try:
            _same_program(client, scheduler)
            futures = client.get_executor(pure=False)
            where = f"Dask at {client.scheduler.address}, {len(client.nthreads())} workers"
            yield _Elsewhere(futures, _counted(client), where, _cancel)
        finally:
            client.close()
    finally:
        if cluster is not None:
            cluster.close()


def _counted(client: Any) -> Callable[[], int]:
    """How many workers a scheduler has now, or had a moment ago: they may join and leave."""
    count, since = 0, float("-inf")

    def workers() -> int:
        nonlocal count, since
        if time.monotonic() - since > STEADY:
            count, since = len(client.nthreads()), time.monotonic()
        return count

    return workers


def _cancel(hand: Iterable[Future[Json]]) -> None:
    for future in hand:
        future.cancel()


def _client(client: Any, place: Any, scheduler: str) -> Any:
    """Connect to a scheduler that has at least one worker. Raises `WrongInput` where there is none."""
    right = "give local, its address (tcp://HOST:PORT) or its scheduler file"
    try:
        if isinstance(place, str) and place.endswith(".json"):
            if not os.path.isfile(place):
                raise FileNotFoundError("no such file")
            made = client(scheduler_file=place, timeout=JOINING, set_as_default=False)
        else:
            made = client(place, timeout=JOINING, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise WrongInput(f"--scheduler {scheduler}: no Dask scheduler answers there ({error}); {right}") from None
    try:
        made.wait_for_workers(1, timeout=JOINING)
    except TimeoutError:
        made.close()
        raise WrongInput(f"--scheduler {scheduler}: it has no workers; start some with `dask worker`") from None
    return made


def _same_program(client: Any, scheduler: str) -> None:
    """Raise `WrongInput` unless every worker has this version of trialopt."""
    try:
        versions = client.run(_version)
    except Exception as error:  # whatever a worker without trialopt, or with another Python, says
        raise WrongInput(f"--scheduler {scheduler}: its workers cannot run trialopt ({error})") from None
    if other := sorted(set(versions.values()) - {__version__}):
        raise WrongInput(
            f"--scheduler {scheduler}: its workers have trialopt {', '.join(other)}, here is {__version__}"
        )


def _version() -> str:
    return __version__
