"""The third chapter: forms go out and come back; every fact enters the ledger once, and states follow from it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.cases import ListKind
from sipas_survey.exchange.events import EventRow, read_events
from sipas_survey.problems import NOWHERE, Place, Problem, SurveyError, problem, stop
from sipas_survey.sampling.design import top_of
from sipas_survey.storage import casebook, frames, ledger
from sipas_survey.storage.store import Store, Transaction
from sipas_survey.tracking.admission import Admission, Arrival, Register, Rules
from sipas_survey.tracking.fold import fold, reissued_forms, released_forms
from sipas_survey.tracking.forms import Act, Event, FormState, Standing
from sipas_survey.tracking.progress import COUNTED, FormRecord, Progress, Row, follow, follow_days
from sipas_survey.workflow.drawing import DrawRecord, record_of
from sipas_survey.workflow.frame import Imported
from sipas_survey.workflow.office import units_of

LEVELS: Mapping[str, tuple[str, ...]] = {
    "district": ("district_code",),
    "commune": ("commune_code",),
    "village": ("commune_code", "village"),
    "worker": ("worker",),
    "field": ("field",),
    "day": ("day",),
}


# ---------------------------------------------------------------- writing
def import_events(store: Store, file: Path, *, keep_valid: bool = False, dry_run: bool = False) -> Imported:
    """Take a file of events, or a clerk's workbook, into the ledger: all of it or, with an error, nothing."""
    with store.read() as connection:
        printed = {e.form for e in casebook.form_events(connection) if e.act is Act.PRINT}
    checked = read_events(file, is_printed=printed.__contains__)
    return take_in(store, checked.value, problems=checked.problems, keep_valid=keep_valid, dry_run=dry_run)


def record(
    store: Store, act: str, forms: Sequence[str], *, on: date, worker: str = "", reason: str = "",
    refers_to: str = "", dry_run: bool = False,
) -> Imported:  # fmt: skip
    """Record one act on some forms."""
    rows = [
        EventRow(None, form, act, on, worker=worker, reason=reason, refers_to=refers_to, place=NOWHERE)
        for form in forms
    ]
    return take_in(store, rows, dry_run=dry_run)


def take_in(
    store: Store, rows: Sequence[EventRow], *, problems: Iterable[Problem] = (), keep_valid: bool = False,
    dry_run: bool = False,
) -> Imported:  # fmt: skip
    """Judge a batch of events against the ledger and store it in one transaction.

    Nothing is stored where a row is wrong (unless `keep_valid`) or an id clashes with a stored event.
    """
    told = list(problems)
    wrong = len({(p.place.sheet, p.place.row) for p in told if p.severity == "error"})
    with store.write() as transaction:
        register = _register(transaction.connection, store)
        offered, unreadable = _as_events(store, rows)
        told += unreadable
        admissions = register.offer_all(offered)
        admissions += register.approve_open(admissions)
        told += [p for a in admissions for p in a.problems]
        count = {arrival: sum(a.arrival is arrival for a in admissions) for arrival in Arrival}
        wrong += len(unreadable) + count[Arrival.REFUSED]
        stored = count[Arrival.CLASH] == 0 and (wrong == 0 or keep_valid) and not dry_run
        if stored and register.admitted:
            _write(transaction, register, _notes(store, rows))
        else:
            transaction.abandon()
    return Imported(count[Arrival.NEW], count[Arrival.KNOWN], count[Arrival.CLASH], wrong, stored, tuple(told))


def _register(connection: Connection, store: Store) -> Register:
    if not casebook.drawn(connection):
        raise stop("DRAW_MISSING")
    settings = store.settings
    rules = Rules(
        store.today, settings.round_code, settings.defaults.visits, approval=settings.approvals.replace
    )  # fmt: skip
    cards = casebook.cards(casebook.form_rows(connection, EVERYONE))
    return Register(cards, casebook.form_events(connection), rules=rules)


def _as_events(store: Store, rows: Sequence[EventRow]) -> tuple[list[tuple[Event, Place]], list[Problem]]:
    """Rows of a source as events; acts that do not exist are told."""
    events, told = [], []
    for row in rows:
        try:
            act = Act(row.act)
        except ValueError:
            place = replace(row.place, form=row.form)
            told.append(problem("EVENT_UNKNOWN_ACT", place, found=row.act, acts=[str(act) for act in Act]))
            continue
        note_digest = store.unlocked().digest(row.note) if row.note else ""
        event = Event(
            event_id=row.event_id or "",
            form=row.form,
            act=act,
            happened_on=row.happened_on,
            worker=row.worker,
            reason=row.reason,
            refers_to=row.refers_to,
            note_digest=note_digest,
            author=store.author,
        )
        events.append((event, row.place))
    return events, told


def _notes(store: Store, rows: Sequence[EventRow]) -> dict[tuple[str, str], str]:
    """The texts of notes by form and digest, to be sealed beside the person."""
    return {(row.form, store.unlocked().digest(row.note)): row.note for row in rows if row.note}


def _write(transaction: Transaction, register: Register, notes: Mapping[tuple[str, str], str]) -> None:
    connection = transaction.connection
    first_print = any(e.act is Act.PRINT for e in register.admitted) and not casebook.any_printed(connection)
    transaction.append(
        ledger.Entry(
            event_id=e.event_id,
            act=e.act,
            happened_on=e.happened_on,
            form=e.form,
            worker=e.worker,
            reason=e.reason,
            refers_to=e.refers_to,
            note_digest=e.note_digest,
            author=e.author,
        )
        for e in register.admitted
    )
    dead_of = {e.refers_to: e.form for e in register.admitted if e.act is Act.REISSUE}
    casebook.add_forms(connection, [(card, dead_of[card.form]) for card in register.reissued])
    casebook.add_notes(connection, _sealed_notes(transaction.store, register, notes))
    if first_print:  # until now `draw` might have been repeated with other people; from now on nobody else is needed
        transaction.note("forget_undrawn", people=frames.forget_undrawn(connection))


def _sealed_notes(store: Store, register: Register, notes: Mapping[tuple[str, str], str]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for event in register.admitted:
        if event.note_digest:
            unit = register.cards[event.form].unit_id
            text = {"note": notes[event.form, event.note_digest]}
            seal = store.unlocked().seal(unit, text, event_id=event.event_id)
            rows.append(
                {
                    "unit_id": unit,
                    "event_id": event.event_id,
                    "key_id": seal.key_id,
                    "nonce": seal.nonce,
                    "sealed": seal.sealed,
                }
            )
    return rows


def point(store: Store, act: Act, form: str, *, on: date, reason: str = "", refers_to: str = "") -> Admission:
    """Record one act that points at something (replace, reissue, decide, undo …) and say what it points at.

    Where survey.toml wants a second person, `replace` becomes a request; `approve` makes it a replacement.
    Raises SurveyError where the act is refused.
    """
    asked = Act.REQUEST_REPLACE if act is Act.REPLACE and store.settings.approvals.replace else act
    with store.write() as transaction:
        return _point(transaction, Event("", form, asked, on, reason=reason, refers_to=refers_to, author=store.author))


def undo(store: Store, event_id: str, *, reason: str = "", on: date | None = None) -> Admission:
    """Take an event back by a later event. Raises SurveyError where it is unknown, or something rests on it."""
    with store.write() as transaction:
        found = [e for e in casebook.form_events(transaction.connection) if e.event_id == event_id]
        if not found:
            raise stop("EVENT_REFERENCE_UNKNOWN", found=event_id)
        proposed = Event(
            "", found[0].form, Act.UNDO, on or store.today, reason=reason, refers_to=event_id, author=store.author
        )
        return _point(transaction, proposed)


def approve(store: Store, form: str, *, on: date) -> Admission:
    """Turn an open request into a replacement; whoever requested it cannot approve it."""
    with store.write() as transaction:
        known = casebook.form_events(transaction.connection, form=form)
        if not fold(known, visits=store.settings.defaults.visits).request_open:
            raise stop("REQUEST_MISSING", Place(form=form))
        reason = [e.reason for e in known if e.act is Act.REQUEST_REPLACE][-1]
        return _point(transaction, Event("", form, Act.REPLACE, on, reason=reason, author=store.author))


def _point(transaction: Transaction, event: Event) -> Admission:
    register = _register(transaction.connection, transaction.store)
    admission = register.offer(event)
    if admission.arrival in (Arrival.REFUSED, Arrival.CLASH):
        raise SurveyError(admission.problems)
    for followed in register.approve_open([admission]):
        if followed.arrival is not Arrival.NEW:
            raise SurveyError(followed.problems)
    if admission.arrival is Arrival.NEW:
        _write(transaction, register, {})
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
    with store.read() as connection:
        by_form = _by_form(casebook.form_events(connection))
        codes = [row.form for row in casebook.form_rows(connection, viewer)]
    found = []
    for form in codes:
        state = fold(by_form[form], visits=store.settings.defaults.visits)
        found += [Ineffective(e, s) for e in by_form[form] if (s := state.standing[e.event_id]) in shown]
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
        rows = {row.form: row for row in casebook.form_rows(connection, viewer)}
        if form not in rows:
            raise stop("FORM_UNKNOWN", Place(form=form), found=form)
        every = casebook.form_events(connection)
    row = rows[form]
    first = {r.unit_id: r.form for r in rows.values() if not r.reissue_of}
    held = row.kind is ListKind.RESERVE and first[row.unit_id] not in released_forms(every)
    events = tuple(sorted((e for e in every if e.form == form), key=lambda e: e.order))
    return FormHistory(row, fold(events, visits=store.settings.defaults.visits), held, events)


def _by_form(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        found[event.form].append(event)
    return found


def form_records(
    store: Store, viewer: Viewer = EVERYONE, *, as_of: date | None = None, known_on: date | None = None
) -> list[FormRecord]:
    """Where every form in scope stood on a day, by what was recorded until the end of another day."""
    known_until = None
    if known_on is not None:
        known_until = datetime.combine(known_on + timedelta(days=1), time(), store.settings.zone)
    with store.read() as connection:
        rows = casebook.form_rows(connection, viewer)
        events = casebook.form_events(connection, until=as_of, known_until=known_until)
    by_form = _by_form(events)
    released = released_forms(events)
    reissued = reissued_forms(events)
    alive = [row for row in rows if not row.reissue_of or row.form in reissued]
    first = {row.unit_id: row.form for row in alive if not row.reissue_of}
    last = {row.unit_id: row.form for row in alive}  # codes of a case come in order
    states = {row.form: fold(by_form[row.form], visits=store.settings.defaults.visits) for row in alive}
    return [
        FormRecord(
            form=row.form,
            unit_id=row.unit_id,
            kind=row.kind,
            stratum=row.stratum,
            released=first[row.unit_id] in released or states[row.form].handed_out,
            last_of_case=last[row.unit_id] == row.form,
            state=states[row.form],
            place=row.place,
        )
        for row in alive
    ]


def default_level(store: Store) -> str:
    """Districts, or communes in a frame without districts."""
    return "district" if units_of(store).districts else "commune"


def track(
    store: Store, viewer: Viewer = EVERYONE, *, by: str | None = None, as_of: date | None = None,
    known_on: date | None = None,
) -> Progress:  # fmt: skip
    """Where every form stands, and the five numbers, on a day."""
    as_of = as_of or store.today
    record = record_of(store)
    records = form_records(store, viewer, as_of=as_of, known_on=known_on)
    if by == "day":
        return follow_days(records, as_of=as_of)
    columns = LEVELS[by or default_level(store)]
    return follow(records, as_of=as_of, by=columns, quota=_quota(record, viewer))


def _quota(record: DrawRecord, viewer: Viewer) -> dict[str, int]:
    """The quota of each district in scope."""
    wanted = {top: record.design.main(top) for top in map(top_of, record.population)}
    return {top: size for top, size in wanted.items() if size and viewer.sees(top)}


# ---------------------------------------------------------------- as plain values
SHARES = ("return_rate", "valid_rate", "target_fill", "rr1", "substitution_rate")
_RUNNING = (
    "printed",
    "handed_out",
    "withdrawn",
    "issued",
    "returned",
    "valid",
    "invalid",
    "unchecked",
    "outstanding",
    "lost",
)


def status(
    store: Store, viewer: Viewer = EVERYONE, *, by: str | None = None, as_of: date | None = None,
    known_on: date | None = None,
) -> dict[str, Any]:  # fmt: skip
    """`track` as the record of the contract: plain values, shares as numbers in [0, 1] or None."""
    progress = track(store, viewer, by=by, as_of=as_of, known_on=known_on)
    units = units_of(store)
    names = {**units.districts, **{c.code: c.name for c in units.communes.values()}}
    rows = [{**_key(progress.by, row.key, names), **_counts(row)} for row in progress.rows]
    cells = [row.to_date or row.counts for row in progress.rows]
    broken = sorted({name for counts in (*cells, progress.total) for name in counts.broken})
    return {
        "as_of": progress.as_of.isoformat(),
        "target": store.settings.targets.return_rate,
        "rows": rows,
        "total": _counts(Row((), progress.total)),
        "problems": [problem("STATUS_IDENTITY_BROKEN", found=name) for name in broken],
    }


def _key(by: Sequence[str], key: Sequence[str], names: Mapping[str, str]) -> dict[str, str | None]:
    """The columns of a level: codes with their names beside them."""
    columns: dict[str, str | None] = {}
    for name, value in zip(by, key, strict=True):
        columns[name] = value or None
        if name in ("district_code", "commune_code"):
            columns[name.removesuffix("_code")] = names.get(value, value)
    return columns


def _counts(row: Row) -> dict[str, Any]:
    counts = row.counts
    shares: dict[str, Any] = {name: getattr(counts, name).value for name in SHARES}
    if row.to_date is not None:  # what happened on one day has no rate of its own
        shares = dict.fromkeys(SHARES)
    running = {}
    if row.to_date is not None:
        running = {f"{name}_to_date": getattr(row.to_date, name) for name in _RUNNING}
        running["return_rate_to_date"] = row.to_date.return_rate.value
    target_met = counts.target_met if row.to_date is None else row.to_date.target_met
    return {
        "quota": counts.quota,
        **{n: getattr(counts, n) for n in COUNTED},
        **shares,
        "target_met": target_met,
        **running,
    }
