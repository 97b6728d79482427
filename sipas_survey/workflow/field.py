"""The third chapter: forms go out and come back; every fact enters the ledger once, and states follow from it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.cases import ListKind
from sipas_survey.exchange.events import EventRow, read_events
from sipas_survey.formats import normal
from sipas_survey.problems import Place, Problem, SurveyError, problem, stop
from sipas_survey.storage import casebook
from sipas_survey.storage.store import Store, Transaction
from sipas_survey.tracking.admission import Admission, Arrival, approve_open, offer, offer_all
from sipas_survey.tracking.fold import fold, released_forms
from sipas_survey.tracking.forms import Act, Event, FormState, Standing, State
from sipas_survey.tracking.register import Register
from sipas_survey.workflow.desk import open_desk, write
from sipas_survey.workflow.frame import Change, Imported, without_cycles


# ---------------------------------------------------------------- writing
def import_events(
    store: Store, file: Path, *, keep_valid: bool = False, dry_run: bool = False,
    advance: Callable[[int], None] = lambda _: None,
) -> Imported:  # fmt: skip
    """Take a file of events, or a clerk's workbook, into the ledger: all of it or, with an error, nothing.

    `advance` is called with the number of rows judged since the last call.
    """

    @cache
    def printed() -> set[str]:
        with store.read() as connection:
            return casebook.printed_forms(connection)

    with without_cycles():
        checked = read_events(file, is_printed=lambda form: form in printed())
        return take_in(
            store, checked.value, problems=checked.problems, keep_valid=keep_valid, dry_run=dry_run, advance=advance
        )


def record(
    store: Store, act: str, forms: Sequence[str], *, on: date, worker: str = "", reason: str = "",
    refers_to: str = "", dry_run: bool = False,
) -> Imported:  # fmt: skip
    """Record one act on some forms."""
    said: dict[str, Any] = {"worker": normal(worker), "reason": normal(reason), "refers_to": normal(refers_to)}
    return take_in(store, [EventRow(None, form, act, on, **said) for form in forms], dry_run=dry_run)


def take_in(
    store: Store, rows: Sequence[EventRow], *, problems: Iterable[Problem] = (), keep_valid: bool = False,
    dry_run: bool = False, advance: Callable[[int], None] = lambda _: None,
) -> Imported:  # fmt: skip
    """Judge a batch of events against the ledger and store it in one transaction.

    Nothing is stored where a row is wrong (unless `keep_valid`) or an id clashes with a stored event.
    """
    told = list(problems)
    wrong = len({(p.place.sheet, p.place.row) for p in told if p.severity == "error"})
    offered, unreadable = _as_events(store, rows)
    told += unreadable
    with store.write() as transaction:
        desk = open_desk(transaction.connection, store, [event for event, _ in offered])
        before = _states(desk.register) if dry_run else {}
        admissions = offer_all(desk.register, offered, advance=advance)
        admissions += approve_open(desk.register, admissions)
        told += [p for a in admissions for p in a.problems]
        count = Counter(a.arrival for a in admissions)
        wrong += len(unreadable) + count[Arrival.REFUSED]
        stored = count[Arrival.CLASH] == 0 and (wrong == 0 or keep_valid) and not dry_run
        if stored and desk.register.admitted:
            write(transaction, desk, rows)
        else:
            transaction.abandon()
        changes = _changes(desk.register, before) if dry_run else ()
    counts = (count[Arrival.NEW], count[Arrival.KNOWN], count[Arrival.CLASH])
    return Imported(*counts, wrong, stored, tuple(told), changes)


def take_in_together(batches: Sequence[tuple[Store, Sequence[EventRow]]]) -> list[Imported] | None:
    """Store batches of several people in one transaction, one after another, each in its author's name.

    None, and nothing is stored, where anything in them is wrong or clashes: then each has to be taken in by itself.
    """
    store = batches[0][0]
    read = [_as_events(each, rows) for each, rows in batches]
    if any(unreadable for _, unreadable in read):
        return None
    done = []
    with store.write() as transaction:
        desk = open_desk(transaction.connection, store, [event for offered, _ in read for event, _ in offered])
        for offered, _ in read:
            admissions = offer_all(desk.register, offered)
            admissions += approve_open(desk.register, admissions)
            count = Counter(a.arrival for a in admissions)
            if count[Arrival.CLASH] or count[Arrival.REFUSED]:
                transaction.abandon()
                return None
            told = tuple(p for a in admissions for p in a.problems)
            done.append(Imported(count[Arrival.NEW], count[Arrival.KNOWN], 0, 0, stored=True, problems=told))
        if desk.register.admitted:
            write(transaction, desk, [row for _, rows in batches for row in rows])
        else:
            transaction.abandon()
    return done


def _states(register: Register) -> dict[str, str]:
    """Where every form of a register stands, as a word that people know: its state, or that it is in question."""
    return {form: _shown(register.state(form)) for form in list(register.cards)}


def _shown(state: FormState) -> str:
    return "in_question" if state.in_question else str(state.state)


def _changes(register: Register, before: Mapping[str, str]) -> tuple[Change, ...]:
    """What the admitted events would change, form by form in the order of the events."""
    acts: dict[str, list[str]] = defaultdict(list)
    for event in register.admitted:
        acts[event.form].append(str(event.act))
    return tuple(
        Change(form, before.get(form, str(State.PLANNED)), _shown(register.state(form)), tuple(told))
        for form, told in acts.items()
    )


def _as_events(store: Store, rows: Sequence[EventRow]) -> tuple[list[tuple[Event, Place]], list[Problem]]:
    """Rows of a source as events; acts that do not exist are told."""
    acts = {str(act): act for act in Act}
    events, told = [], []
    for row in rows:
        act = acts.get(row.act)
        if act is None:
            place = replace(row.place, form=row.form)
            told.append(problem("EVENT_UNKNOWN_ACT", place, found=row.act, acts=list(acts)))
            continue
        note_digest = store.unlocked().digest(row.note) if row.note else ""
        event = Event(
            row.event_id or "",
            row.form,
            act,
            row.happened_on,
            row.worker,
            row.reason,
            row.refers_to,
            note_digest,
            store.author,
        )
        events.append((event, row.place))
    return events, told


def point(store: Store, act: Act, form: str, *, on: date, reason: str = "", refers_to: str = "") -> Admission:
    """Record one act that points at something (replace, reissue, decide, undo …) and say what it points at.

    Where survey.toml wants a second person, `replace` becomes a request; `approve` makes it a replacement.
    Raises SurveyError where the act is refused.
    """
    asked = Act.REQUEST_REPLACE if act is Act.REPLACE and store.settings.approvals.replace else act
    said: dict[str, Any] = {"reason": normal(reason), "refers_to": normal(refers_to)}
    with store.write() as transaction:
        return _point(transaction, Event("", form, asked, on, author=store.author, **said))


def undo(store: Store, event_id: str, *, reason: str = "", on: date | None = None) -> Admission:
    """Take an event back by a later event. Raises SurveyError where it is unknown, or something rests on it."""
    with store.write() as transaction:
        found = casebook.form_events(transaction.connection, ids=[event_id])
        if not found:
            raise stop("EVENT_REFERENCE_UNKNOWN", found=event_id)
        said: dict[str, Any] = {"reason": normal(reason), "refers_to": event_id}
        return _point(transaction, Event("", found[0].form, Act.UNDO, on or store.today, author=store.author, **said))


def approve(store: Store, form: str, *, on: date) -> Admission:
    """Turn an open request into a replacement; whoever requested it cannot approve it."""
    with store.write() as transaction:
        known = casebook.form_events(transaction.connection, forms=[form])
        if not fold(known, visits=store.settings.defaults.visits).request_open:
            raise stop("REQUEST_MISSING", Place(form=form))
        reason = [e.reason for e in known if e.act is Act.REQUEST_REPLACE][-1]
        return _point(transaction, Event("", form, Act.REPLACE, on, reason=reason, author=store.author))


def _point(transaction: Transaction, event: Event) -> Admission:
    desk = open_desk(transaction.connection, transaction.store, [event])
    admission = offer(desk.register, event)
    if admission.arrival in (Arrival.REFUSED, Arrival.CLASH):
        raise SurveyError(admission.problems)
    for followed in approve_open(desk.register, [admission]):
        if followed.arrival is not Arrival.NEW:
            raise SurveyError(followed.problems)
    if admission.arrival is Arrival.NEW:
        write(transaction, desk)
    else:
        transaction.abandon()
    return admission


# ---------------------------------------------------------------- reading
@dataclass(frozen=True)
class Ineffective:
    """A stored event that counts for nothing as things stand."""

    event: Event
    standing: Standing


def waiting(store: Store, viewer: Viewer = EVERYONE) -> list[Ineffective]:
    """Stored events that wait, cannot have happened, contradict another, or came from a dead code."""
    shown = (Standing.WAITING, Standing.IMPOSSIBLE, Standing.CONTRADICTION, Standing.ALERT, Standing.SUSPENDED)
    by_form: dict[str, list[Event]] = defaultdict(list)
    with store.read() as connection:
        for event in casebook.form_events(connection):
            by_form[event.form].append(event)
        codes = [row.form for row in casebook.form_rows(connection, viewer)]
    found = []
    for form in codes:
        standing = fold(by_form[form], visits=store.settings.defaults.visits).standing
        found += [Ineffective(e, standing[e.event_id]) for e in by_form[form] if standing[e.event_id] in shown]
    return found


@dataclass(frozen=True)
class FormHistory:
    """A form: its case and place, where it stands, and all its events with what each amounts to."""

    row: casebook.FormRow
    state: FormState
    held: bool
    events: tuple[Event, ...]


def history(store: Store, form: str, viewer: Viewer = EVERYONE) -> FormHistory:
    """Everything the ledger knows of a form, without personal data. Raises SurveyError FORM_UNKNOWN."""
    with store.read() as connection:
        rows = casebook.form_rows(connection, viewer, beside=[form])
        row = next((row for row in rows if row.form == form), None)
        if row is None:
            raise stop("FORM_UNKNOWN", Place(form=form), found=form)
        first = next((other.form for other in rows if not other.reissue_of), form)  # it may be out of scope
        held = row.kind is ListKind.RESERVE and first not in released_forms(casebook.pointing_events(connection))
        events = sorted(casebook.form_events(connection, forms=[form]), key=lambda e: e.order)
    return FormHistory(row, fold(events, visits=store.settings.defaults.visits), held, tuple(events))
