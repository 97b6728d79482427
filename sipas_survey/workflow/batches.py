"""What one import has stored: the entries of the ledger that carry one instant and one author."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sipas_survey.access import Right, Viewer
from sipas_survey.problems import stop
from sipas_survey.storage import casebook, ledger
from sipas_survey.storage.store import Store
from sipas_survey.workflow.acting import unseen


@dataclass(frozen=True)
class Batch:
    """Entries written together. `events` are those about forms in scope, `notes` those about the survey."""

    first: int
    last: int
    author: str
    recorded_at: datetime
    events: tuple[dict[str, Any], ...]
    notes: tuple[dict[str, Any], ...]


def head_of(store: Store) -> int:
    """The last sequence number there is."""
    with store.read() as connection:
        return ledger.head(connection, str(store.settings.id))[0]


def batch_of(store: Store, viewer: Viewer, seq: int) -> Batch:
    """The batch that an entry belongs to: its own, or that of anybody for who may read the journal.

    Raises SurveyError PAGE_UNKNOWN where there is none to be seen.
    """
    with store.read() as connection:
        found = [dict(row) for row in ledger.entries_beside(connection, seq)]
        known = casebook.drawn(connection)
    if not found or not (viewer.may(Right.JOURNAL) or found[0]["author"] == viewer.name):
        raise stop("PAGE_UNKNOWN")
    hidden = {p.found for p in unseen(store, viewer, (r["form"] for r in found if r["form"]))} if known else set()
    return Batch(
        found[0]["seq"],
        found[-1]["seq"],
        found[0]["author"],
        datetime.fromisoformat(found[0]["recorded_at"]),
        tuple(row for row in found if row["form"] and row["form"] not in hidden),
        tuple({**row, "details": ledger.details_of(row)} for row in found if not row["form"]),
    )
