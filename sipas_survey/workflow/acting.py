"""What somebody may do to forms, and what he sees of them: role and scope before the ledger's own rules."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sipas_survey.access import EVERYONE, Role, Viewer
from sipas_survey.exchange.events import EventRow
from sipas_survey.formats import search_key
from sipas_survey.problems import Place, Problem, problem, stop
from sipas_survey.storage import casebook
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forms import Act, FormState
from sipas_survey.tracking.progress import AGES, FormRecord
from sipas_survey.workflow import progress
from sipas_survey.workflow.field import take_in
from sipas_survey.workflow.frame import Imported
from sipas_survey.workflow.office import units_of


def submit(
    store: Store, viewer: Viewer, rows: Sequence[EventRow], *,
    take: Callable[[Store, Sequence[EventRow]], Imported] = take_in,
) -> Imported:  # fmt: skip
    """Take in what a user reports: all of it or nothing. `store` has him as its author; `take` does it.

    A form out of his scope is as if it did not exist. Raises SurveyError ACT_NOT_ALLOWED for an act outside his role,
    or another worker's name under his own.
    """
    for row in rows:
        if not viewer.may_do(row.act) and row.act in list(Act):
            raise stop("ACT_NOT_ALLOWED", Place(form=row.form), found=row.act)
        if viewer.worker is not None and row.worker not in ("", viewer.worker):
            raise stop("ACT_NOT_ALLOWED", Place(form=row.form), found=row.act)
    told = unseen(store, viewer, (row.form for row in rows)) + _not_own(store, viewer, rows)
    if told:
        return Imported(0, 0, 0, len(told), stored=False, problems=tuple(told))
    if viewer.worker is not None:
        rows = [row._replace(worker=viewer.worker) for row in rows]
    return take(store, rows)


def unseen(store: Store, viewer: Viewer, forms: Iterable[str]) -> list[Problem]:
    """A problem for each form that does not exist, or is out of scope: one cannot be told from the other."""
    codes = list(dict.fromkeys(forms))
    if viewer.districts is None and viewer.communes is None and viewer.worker is None:
        return []
    with store.read() as connection:
        units = casebook.units_of_forms(connection, codes)
        seen = {row.form for row in casebook.form_rows(connection, viewer, units=units)}
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


# ---------------------------------------------------------------- forms as plain values
FLAGS: Mapping[str, Callable[[FormState, int | None], bool]] = {
    "late": lambda state, days: days is not None and days >= max(AGES.values()),  # noqa: ARG005 - all are called alike
    "question": lambda state, days: state.in_question,  # noqa: ARG005
    "request": lambda state, days: state.request_open,  # noqa: ARG005
    "withdrawn": lambda state, days: state.withdrawn,  # noqa: ARG005
    "lost": lambda state, days: state.lost,  # noqa: ARG005
}
"""What makes somebody look at a form: by where it stands, and for how many days it has been out."""


def form_list(store: Store, viewer: Viewer = EVERYONE, *, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """The forms in scope that fit a filter, as plain values without personal data.

    `wanted` may hold state (or a group: `outstanding`, `returned_all`, `withdrawn`, `issued_all`, `handed_out`,
    `request`), kind, district, commune, worker, days (out for so many or more), flag (one of FLAGS) and q: part of a
    code, a village or a place, without accents.
    """
    names, today = units_of(store).names, store.today
    rows = []
    for record in progress.form_records(store, viewer):
        row = _row(record, names, _days_out(record.state, today))
        if not wanted or _fits(record.state, row, wanted):
            rows.append(row)
    return rows


def _days_out(state: FormState, today: date) -> int | None:
    """For how many days a form has been out; None where it is not."""
    return (today - state.issued_on).days if state.outstanding and state.issued_on else None


def _row(record: FormRecord, names: Mapping[str, str], days: int | None) -> dict[str, Any]:
    state, place = record.state, record.place
    return {
        "form": record.form,
        "state": "in_question" if state.in_question else str(state.state),
        "kind": str(record.kind),
        "held": not record.released and str(record.kind) == "reserve",
        "district_code": place["district_code"],
        "district": names.get(place["district_code"], place["district_code"]),
        "commune_code": place["commune_code"],
        "commune": names.get(place["commune_code"], place["commune_code"]),
        "village": place["village"],
        "worker": state.worker,
        "issued_on": state.issued_on.isoformat() if state.issued_on else None,
        "returned_on": state.returned_on.isoformat() if state.returned_on else None,
        "days_out": days,
        "request_open": state.request_open,
    }


def _fits(state: FormState, row: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    asked = wanted.get("state", "")
    groups = {
        "outstanding": state.outstanding,
        "returned_all": state.returned,
        "withdrawn": state.withdrawn,
        "issued_all": state.handed_out and not state.withdrawn,
        "handed_out": state.handed_out,
        "request": state.request_open,
    }
    if asked and not groups.get(asked, row["state"] == asked):
        return False
    for name, column in (("district", "district_code"), ("commune", "commune_code"), ("worker", "worker")):
        if wanted.get(name) and row[column] != wanted[name]:
            return False
    if wanted.get("kind") and row["kind"] != wanted["kind"]:
        return False
    flag = FLAGS.get(wanted.get("flag", ""))
    if flag is not None and not flag(state, row["days_out"]):
        return False
    days = wanted.get("days", "")
    if days.isdecimal() and (row["days_out"] is None or row["days_out"] < int(days[:6])):
        return False
    if not wanted.get("q"):
        return True
    text = search_key(wanted["q"])
    return not text or text.replace(" ", "") in row["form"] or any(
        text in search_key(row[name]) for name in ("village", "commune", "district", "worker")
    )  # fmt: skip
