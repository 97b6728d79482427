"""Many report at once: what waits is written together, in one transaction, and each is told of his own batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Lock

from sipas_survey.exchange.events import EventRow
from sipas_survey.storage.store import Store
from sipas_survey.workflow.field import take_in, take_in_together
from sipas_survey.workflow.frame import Imported

_MOST = 1_000  # rows that are written together


@dataclass
class _Batch:
    """What somebody reports, and what became of it. `woken` once that is known, or once it is his turn to write."""

    store: Store
    rows: Sequence[EventRow]
    woken: Event = field(default_factory=Event)
    done: Imported | None = None
    failed: Exception | None = None

    @property
    def told(self) -> bool:
        """Whether it is known what became of it."""
        return self.done is not None or self.failed is not None


class Intake:
    """Where the threads of a server leave their batches.

    Whoever finds the desk free writes what has come until then, his own batch among it, while the next ones gather;
    then he wakes the first of these to write them, and those whose batches are stored. To wait costs nobody more than
    the transaction before. Nobody is told before the transaction is stored.
    """

    def __init__(self) -> None:
        self._waiting: list[_Batch] = []
        self._list, self._writing = Lock(), False

    def take(self, store: Store, rows: Sequence[EventRow]) -> Imported:
        """As `take_in`. Raises what it raises."""
        mine = _Batch(store, rows)
        with self._list:
            self._waiting.append(mine)
            wait, self._writing = self._writing, True
        if wait:
            mine.woken.wait()
        if not mine.told:
            self._write_next()
        if mine.done is None:
            raise mine.failed or AssertionError("a batch that was neither stored nor refused")
        return mine.done

    def _write_next(self) -> None:
        """Write a group, hand the desk to the first who waits, and wake the group."""
        group = self._next()
        try:
            _write(group)
        finally:
            with self._list:
                following = self._waiting[:1]
                self._writing = bool(following)
            for batch in (*following, *group):
                batch.woken.set()

    def _next(self) -> list[_Batch]:
        """The batches that have waited longest, as many as are written together; at least one."""
        with self._list:
            count, rows = 0, 0
            while count < len(self._waiting) and (count == 0 or rows + len(self._waiting[count].rows) <= _MOST):
                rows += len(self._waiting[count].rows)
                count += 1
            group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group


def _write(group: Sequence[_Batch]) -> None:
    """Write a group together, or each by itself where that cannot be."""
    together = _together(group) if len(group) > 1 else None
    if together is not None:
        for batch, done in zip(group, together, strict=True):
            batch.done = done
        return
    for batch in group:
        try:
            batch.done = take_in(batch.store, batch.rows)
        except Exception as error:  # noqa: BLE001 - told to the one whose batch it is
            batch.failed = error


def _together(group: Sequence[_Batch]) -> list[Imported] | None:
    try:
        return take_in_together([(batch.store, batch.rows) for batch in group])
    except Exception:  # noqa: BLE001 - whose fault it is comes out when each is taken in by itself
        return None
