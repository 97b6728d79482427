"""Findings come in: each as an event of its form, and the answers given again under the form's code."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.exchange.rechecks import RecheckRow, read_rechecks
from sipas_survey.problems import Checked, Problem, problem
from sipas_survey.storage import casebook, rechecks
from sipas_survey.storage.rechecks import AskedAgain
from sipas_survey.storage.store import Store, Transaction
from sipas_survey.tracking.admission import Admission, Arrival, offer_all
from sipas_survey.tracking.forms import Act, Event
from sipas_survey.workflow.desk import open_desk, write
from sipas_survey.workflow.frame import Imported, file_digest
from sipas_survey.workflow.recheck import own_forms, short_form_of


def import_findings(
    store: Store, file: Path, *, keep_valid: bool = False, dry_run: bool = False, viewer: Viewer = EVERYONE
) -> Imported:
    """Take findings and short-form answers in, in one transaction; the same again changes nothing, in any order.

    Another finding of the same form and day, or other answers to it, is a clash, and nothing is stored. A form that is
    not ordered to `viewer` is as if it had not been ordered. Raises SurveyError RECHECK_NOTHING_ORDERED before any
    order.
    """
    with store.read() as connection:
        short = short_form_of(connection)
    checked = read_rechecks(file, short)
    files = {file.name: file_digest(file)}
    return _take(store, checked, viewer, files=files, keep_valid=keep_valid, dry_run=dry_run)


def record_findings(store: Store, rows: Sequence[RecheckRow], *, viewer: Viewer = EVERYONE) -> Imported:
    """Take in findings that were typed, as `import_findings` does those of a file."""
    with store.read() as connection:
        short_form_of(connection)
    return _take(store, Checked(tuple(rows)), viewer, files={})


def _take(
    store: Store, checked: Checked[tuple[RecheckRow, ...]], viewer: Viewer, *, files: Mapping[str, str],
    keep_valid: bool = False, dry_run: bool = False,
) -> Imported:  # fmt: skip
    wrong = len({(p.place.sheet, p.place.row) for p in checked.errors})
    with store.write() as transaction:
        batch = _Batch(transaction, checked.value, viewer)
        told = [*checked.problems, *batch.problems]
        wrong += batch.refused
        stored = not batch.clashes and (wrong == 0 or keep_valid) and not dry_run
        if stored and batch.new:
            batch.store(files)
        else:
            transaction.abandon()
    return Imported(batch.new, batch.known, batch.clashes, wrong, stored, tuple(told))


def _ordered_on(transaction: Transaction, viewer: Viewer) -> Mapping[str, date]:
    """The day on which each form in scope was ordered first."""
    connection = transaction.connection
    forms = set(own_forms(connection, viewer))
    found: dict[str, date] = {}
    for event in casebook.form_events(connection, forms=forms):
        if event.act is Act.ORDER_RECHECK:
            found[event.form] = min(found.get(event.form, event.happened_on), event.happened_on)
    return found


class _Batch:
    """The rows of an import, judged: what is new, known, clashing or refused."""

    def __init__(self, transaction: Transaction, rows: Sequence[RecheckRow], viewer: Viewer) -> None:
        self.transaction = transaction
        self.problems: list[Problem] = []
        self.new = self.known = self.clashes = self.refused = 0
        self.answers: dict[str, AskedAgain] = {}
        ordered = _ordered_on(transaction, viewer)
        held = [row for row in rows if self._is_ordered(row, ordered)]
        events = [
            Event("", r.form, Act.RECHECK, r.happened_on, reason=str(r.finding), author=transaction.store.author)
            for r in held
        ]
        self.desk = open_desk(transaction.connection, transaction.store, events)
        places = [replace(row.place, form=row.form) for row in held]
        admissions = offer_all(self.desk.register, list(zip(events, places, strict=True)))
        stored = {row.event_id: row for row in rechecks.read(transaction.connection)}
        for row, admission in zip(held, admissions, strict=True):
            self._count(row, admission, stored)

    def _is_ordered(self, row: RecheckRow, ordered: Mapping[str, date]) -> bool:
        place = replace(row.place, form=row.form)
        on = ordered.get(row.form)
        if on is not None and row.happened_on >= on:
            return True
        self.refused += 1
        if on is None:
            self.problems.append(problem("RECHECK_NOT_ORDERED", place, found=row.form))
        else:
            self.problems.append(problem("RECHECK_BEFORE_ORDER", place, day=row.happened_on, ordered=on))
        return False

    def _count(self, row: RecheckRow, admission: Admission, stored: Mapping[str, AskedAgain]) -> None:
        """One row: its event, and the answers that came with it."""
        self.problems += admission.problems
        if admission.arrival is Arrival.REFUSED:
            self.refused += 1
            return
        event = admission.event
        asked = AskedAgain(event.event_id, row.form, row.answers)
        before = self.answers.get(event.event_id) or stored.get(event.event_id)
        other = row.answers and before is not None and before.content != asked.content
        if admission.arrival is Arrival.CLASH or event.reason != row.finding or other:
            self.clashes += 1
            if admission.arrival is not Arrival.CLASH:
                found = replace(row.place, form=row.form)
                self.problems.append(problem("RECHECK_CLASH", found, found=row.form, day=row.happened_on))
            return
        adds = bool(row.answers) and before is None
        if adds:
            self.answers[event.event_id] = asked
        if admission.arrival is Arrival.NEW or adds:
            self.new += 1
        else:
            self.known += 1

    def store(self, files: Mapping[str, str]) -> None:
        """Write events, answers and the entry of the import."""
        if self.desk.register.admitted:
            write(self.transaction, self.desk)
        rows = list(self.answers.values())
        seq = self.transaction.note(
            "import_recheck",
            files=dict(files),
            findings=len(self.desk.register.admitted),
            answers=len(rows),
            stored_digest=rechecks.digest(rows),
        )
        rechecks.insert(self.transaction.connection, rows, batch=seq)
