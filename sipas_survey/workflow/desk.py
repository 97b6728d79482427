"""The desk where events are judged: the register of what the ledger holds, and the writing of what was admitted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from sipas_survey.exchange.events import EventRow
from sipas_survey.problems import stop
from sipas_survey.storage import casebook, frames, states
from sipas_survey.storage.casebook import FormRow
from sipas_survey.storage.database import insert_rows
from sipas_survey.storage.schema import people
from sipas_survey.storage.store import Store, Transaction
from sipas_survey.tracking.fold import reissued_forms, released_forms
from sipas_survey.tracking.forms import Act, Event
from sipas_survey.tracking.progress import FormRecord
from sipas_survey.tracking.register import Elsewhere, Register, Rules

_SMALL = 2_000  # a batch of so few events is judged without reading the whole ledger


@dataclass(frozen=True)
class Desk:
    """A register with the rows of its forms. `whole`: it holds every form of the survey."""

    register: Register
    rows: Sequence[FormRow]
    whole: bool


# ---------------------------------------------------------------- opening
def open_desk(connection: Connection, store: Store, batch: Sequence[Event]) -> Desk:
    """What is needed to judge a batch. Raises SurveyError DRAW_MISSING."""
    if not casebook.drawn(connection):
        raise stop("DRAW_MISSING")
    settings = store.settings
    rules = Rules(
        store.today, settings.round_code, settings.defaults.visits, approval=settings.approvals.replace
    )  # fmt: skip
    if len(batch) > _SMALL:
        rows = casebook.form_rows(connection)
        return Desk(Register(casebook.cards(rows), casebook.form_events(connection), rules=rules), rows, whole=True)
    rows = casebook.form_rows(connection, units=_touched(connection, batch))
    codes = {row.form for row in rows}
    elsewhere = _elsewhere(connection, batch, codes)
    known = casebook.form_events(connection, forms=codes)
    return Desk(Register(casebook.cards(rows), known, rules=rules, elsewhere=elsewhere), rows, whole=False)


def _touched(connection: Connection, batch: Sequence[Event]) -> set[str]:
    """The units whose forms a batch can change or rest on: its own, those that they released, those to be released."""
    units = casebook.units_of_forms(connection, {event.form for event in batch})
    rows = casebook.form_rows(connection, units=units)
    known = casebook.form_events(connection, forms={row.form for row in rows})
    units |= casebook.units_of_forms(connection, {e.refers_to for e in known if e.act is Act.REPLACE})
    if any(event.act in (Act.REPLACE, Act.REQUEST_REPLACE) for event in batch):
        units |= casebook.reserve_units(connection, {row.stratum for row in rows})
    return units


def _elsewhere(connection: Connection, batch: Sequence[Event], held: set[str]) -> Elsewhere:
    """What other forms have to do with a batch: the order of releases, ids that it uses again, the highest code."""
    ids = {event.event_id for event in batch} - {""}
    return Elsewhere(
        releases=tuple(e for e in casebook.pointing_events(connection) if e.form not in held),
        same_ids=tuple(e for e in casebook.form_events(connection, ids=ids) if e.form not in held),
        highest=casebook.highest_number(connection) if any(e.act is Act.REISSUE for e in batch) else 0,
    )


# ---------------------------------------------------------------- writing
def write(transaction: Transaction, desk: Desk, rows: Iterable[EventRow] = ()) -> None:
    """Store what a register has admitted: events, codes, the notes of the rows that they came from, the cache."""
    connection, register = transaction.connection, desk.register
    cached = states.known_until(connection, visits=register.rules.visits) == states.last_seq(connection)
    first_print = any(e.act is Act.PRINT for e in register.admitted) and not casebook.any_printed(connection)
    transaction.ledger.append_events(register.admitted)
    dead_of = {e.refers_to: e.form for e in register.admitted if e.act is Act.REISSUE}
    casebook.add_forms(connection, [(card, dead_of[card.form]) for card in register.reissued])
    insert_rows(connection, people, _sealed_notes(transaction.store, register, rows))
    _cache(connection, desk, goes_on=cached)
    if first_print:  # until now `draw` might have been repeated with other people; from now on nobody else is needed
        transaction.note("forget_undrawn", people=frames.forget_undrawn(connection))


def _sealed_notes(store: Store, register: Register, rows: Iterable[EventRow]) -> list[tuple[object, ...]]:
    """The notes of admitted events as rows of `people`, sealed beside the person."""
    notes = {(row.form, store.unlocked().digest(row.note)): row.note for row in rows if row.note}
    sealed: list[tuple[object, ...]] = []
    for event in register.admitted if notes else ():
        if event.note_digest:
            unit = register.cards[event.form].unit_id
            text = {"note": notes[event.form, event.note_digest]}
            sealed.append((unit, event.event_id, *store.unlocked().seal(unit, text, event_id=event.event_id)))
    return sealed


# ---------------------------------------------------------------- the cache
def _cache(connection: Connection, desk: Desk, *, goes_on: bool) -> None:
    """Bring the cache of form states up to the events just written, or make it anew where it was behind."""
    register = desk.register
    if not states.exists(connection):
        return  # dropped: everything is folded until `db rebuild`
    if desk.whole:
        rows = sorted([*desk.rows, *_reissued(desk)], key=lambda row: (row.stratum, row.turn, row.form))
        records = _records(connection, rows, register)
        states.rewrite(connection, records, last_on=casebook.last_day(connection), visits=register.rules.visits)
    elif goes_on:
        rows = casebook.form_rows(connection, units=_changed_units(register))
        records = _records(connection, rows, register)
        gone = {row.form for row in rows} - {record.form for record in records}
        states.update(connection, records, gone=gone, last_on=max(e.happened_on for e in register.admitted))
    else:
        rebuild(connection, visits=register.rules.visits)


def _records(connection: Connection, rows: Iterable[FormRow], register: Register) -> list[FormRecord]:
    pointing = casebook.pointing_events(connection)
    released, reissued = released_forms(pointing), reissued_forms(pointing)
    return casebook.records(rows, register.state, released=released, reissued=reissued)


def _reissued(desk: Desk) -> list[FormRow]:
    """The rows of the codes that this batch has given."""
    row_of = {row.form: row for row in desk.rows}
    made = []
    for card in desk.register.reissued:
        old = desk.register.made_by[card.form].form
        row_of[card.form] = row_of[old]._replace(form=card.form, reissue_of=old)
        made.append(row_of[card.form])
    return made


def _changed_units(register: Register) -> set[str]:
    """The units of the forms that something happened to, and of those that they released or took back."""
    changed = {event.form for event in register.admitted}
    changed |= {event.refers_to for form in list(changed) for event in register.events_of(form)}
    return {register.cards[form].unit_id for form in changed if form in register.cards}


def rebuild(connection: Connection, *, visits: int) -> int:
    """Fold every form anew and write the whole cache; return how many forms there are."""
    records = casebook.folded(connection, visits=visits)
    states.rewrite(connection, records, last_on=casebook.last_day(connection), visits=visits)
    return len(records)
