"""Long work of a server is done in a process of its own: one interpreter runs one thing at a time, and whoever reports
an event does not wait for somebody else's list of a whole province."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sipas_survey.storage import casebook
from sipas_survey.storage.database import Home
from sipas_survey.storage.settings import Settings
from sipas_survey.storage.store import Store, open_store

LONG = 3_000
"""A survey of so many cases is long; the work of a shorter one is done before another process has heard of it."""
_NICE = 15  # of the other process, where the system knows no idle class
P = ParamSpec("P")
T = TypeVar("T")


class Workshop:
    """Where long work is taken to; the process is started when it is first needed, and again where it has died."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()

    def run(self, store: Store, work: Callable[Concatenate[Store, P], T], *given: P.args, **said: P.kwargs) -> T:
        """What a function of a module makes of a survey. `given`, `said` and what it returns go between processes.

        Raises what it raises. Those who come together wait for one another.
        """
        with store.read() as connection:
            long = casebook.number_of_cases(connection) >= LONG
        if not long:
            return work(store, *given, **said)
        parcel = (store.folder, store.home, store.settings, store.author, store.clock(), work, given, said)
        pool = self._open()
        try:
            done: T = pool.submit(_work, *parcel).result()
        except BrokenProcessPool:  # killed, for want of memory perhaps
            self._drop(pool)
            done = self._open().submit(_work, *parcel).result()
        return done

    def _open(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                apart = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(1, mp_context=apart, initializer=_begin)
            return self._pool

    def _drop(self, broken: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is broken:
                self._pool = None
        broken.shutdown(wait=False)

    def close(self) -> None:
        """Let the process go, once it has done what it is at."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)


# ---------------------------------------------------------------- in the other process
_stores: dict[Path, Store] = {}


def _begin() -> None:
    """Leave the keyboard to the server, come after it, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "SCHED_IDLE"):  # whoever reports an event takes the processor from it at once
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    elif hasattr(os, "nice"):
        os.nice(_NICE)
    threading.Thread(target=_end_with_server, daemon=True).start()


def _end_with_server() -> None:
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
        os._exit(0)


def _work(
    folder: Path, home: Home, settings: Settings, author: str, now: datetime, work: Callable[..., Any],
    given: tuple[Any, ...], said: dict[str, Any],
) -> Any:  # fmt: skip
    if folder not in _stores:
        _stores[folder] = open_store(folder, home=home)
    return work(replace(_stores[folder], settings=settings, author=author, clock=lambda: now), *given, **said)
