"""What somebody may do to forms: role and scope before the ledger's own rules."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sipas_survey.access import Role, Viewer
from sipas_survey.exchange.events import EventRow, read_events
from sipas_survey.problems import Place, Problem, problem, stop
from sipas_survey.storage import casebook
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forms import Act
from sipas_survey.workflow.field import take_in
from sipas_survey.workflow.frame import Imported


def submit(
    store: Store, viewer: Viewer, rows: Sequence[EventRow], *, problems: Iterable[Problem] = (),
    take: Callable[[Store, Sequence[EventRow]], Imported] = take_in,
) -> Imported:  # fmt: skip
    """Take in what a user reports: all of it or nothing. `store` has him as its author; `take` does it.

    A form out of his scope is as if it did not exist; then `problems`, met on the way to the rows, are told too. Raises
    SurveyError ACT_NOT_ALLOWED for an act outside his role, or another worker's name under his own.
    """
    for row in rows:
        if not viewer.may_do(row.act) and row.act in list(Act):
            raise stop("ACT_NOT_ALLOWED", Place(form=row.form), found=row.act)
        if viewer.worker is not None and row.worker not in ("", viewer.worker):
            raise stop("ACT_NOT_ALLOWED", Place(form=row.form), found=row.act)
    places = {row.form: replace(row.place, form=row.form) for row in reversed(rows)}
    told = [replace(p, place=places[str(p.found)]) for p in unseen(store, viewer, places)] + _not_own(
        store, viewer, rows
    )
    if told:
        return Imported(0, 0, 0, len(told), stored=False, problems=(*problems, *told))
    if viewer.worker is not None:
        rows = [row._replace(worker=viewer.worker) for row in rows]
    return take(store, rows)


def submit_file(store: Store, viewer: Viewer, file: Path, *, dry_run: bool = False) -> Imported:
    """Take in a file of events, or a clerk's workbook, as `submit` does: all of it or nothing."""
    with store.read() as connection:
        printed = casebook.printed_forms(connection)
    read = read_events(file, is_printed=lambda form: form in printed)
    take = partial(take_in, problems=read.problems, dry_run=dry_run)
    return submit(store, viewer, read.value, problems=read.problems, take=take)


def unseen(store: Store, viewer: Viewer, forms: Iterable[str]) -> list[Problem]:
    """A problem for each form that does not exist, or is out of scope: one cannot be told from the other."""
    codes = list(dict.fromkeys(forms))
    if viewer.districts is None and viewer.communes is None and viewer.worker is None:
        return []
    with store.look() as connection:
        seen = casebook.forms_in_scope(connection, viewer, codes)
    return [problem("FORM_UNKNOWN", Place(form=code), found=code) for code in codes if code not in seen]


def _not_own(store: Store, viewer: Viewer, rows: Sequence[EventRow]) -> list[Problem]:
    """The post office takes back its own entries of the same day only."""
    wanted = {row.refers_to: row for row in rows if row.act == Act.UNDO}
    if viewer.role is not Role.POST_OFFICE or not wanted:
        return []
    with store.read() as connection:
        found = casebook.form_events(connection, ids=wanted)
        own = {
            e.event_id
            for e in found
            if e.author == viewer.name and casebook.recorded_on(connection, e.seq, store.settings.zone) == store.today
        }
    return [
        problem("UNDO_NOT_OWN", Place(form=row.form), found=event_id)
        for event_id, row in wanted.items()
        if event_id not in own
    ]


def as_author(store: Store, viewer: Viewer) -> Store:
    """The same survey in the hands of a user: he is the author of what is written."""
    return replace(store, author=viewer.name)
