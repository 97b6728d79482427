"""The forms that somebody sees, filtered, as plain values without personal data."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.exchange.records import csv_of, workbook_of
from sipas_survey.formats import search_key
from sipas_survey.storage.states import Listed
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forms import RETURNED_STATES, WITHDRAWN_STATES, State
from sipas_survey.tracking.progress import AGES
from sipas_survey.workflow import progress
from sipas_survey.workflow.office import units_of

COLUMNS = (
    "form", "state", "kind", "held", "district_code", "district", "commune_code", "commune", "village", "worker",
    "issued_on", "returned_on", "days_out", "request_open",
)  # fmt: skip
Test = Callable[[Mapping[str, Any]], bool]
_RETURNED, _WITHDRAWN = ({str(each) for each in states} for states in (RETURNED_STATES, WITHDRAWN_STATES))


def _counted_in(states: set[str]) -> Test:
    """Forms that are counted under some states: issued, and nothing reported of them contradicts."""
    return lambda row: bool(row["issued_on"]) and row["state"] in states


GROUPS: Mapping[str, Test] = {
    "outstanding": lambda row: row["days_out"] is not None,
    "returned_all": _counted_in(_RETURNED),
    "withdrawn": _counted_in(_WITHDRAWN),
    "issued_all": lambda row: _handed_out(row) and row["state"] not in _WITHDRAWN,
    "handed_out": lambda row: _handed_out(row),
    "request": lambda row: bool(row["request_open"]),
}
"""What a filter by state may ask for besides a state: the counts of the overview."""

FLAGS: Mapping[str, Test] = {
    "late": lambda row: row["days_out"] is not None and row["days_out"] >= max(AGES.values()),
    "question": lambda row: row["state"] == "in_question",
    "request": GROUPS["request"],
    "withdrawn": GROUPS["withdrawn"],
    "lost": _counted_in({str(State.LOST)}),
}
"""What makes somebody look at a form."""


def _handed_out(row: Mapping[str, Any]) -> bool:
    return bool(row["issued_on"]) and row["state"] != State.ANNULLED


def form_list(store: Store, viewer: Viewer = EVERYONE, *, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """The forms in scope that fit a filter, in order of stratum and turn.

    `wanted` may hold state (or one of GROUPS), kind, district, commune, worker, days (out for so many or more), flag
    (one of FLAGS) and q: part of a code, a village or a place, without accents. Rows have form, state (or
    `in_question`) and the rest of COLUMNS.
    """
    names, tests = units_of(store).names, _tests(wanted)
    days = _Days(store.today)
    rows = [_row(form, names, days) for form in progress.listed_forms(store, viewer)]
    return [row for row in rows if all(test(row) for test in tests)] if tests else rows


def form_file(store: Store, viewer: Viewer, *, wanted: Mapping[str, str], kind: str) -> bytes:
    """The list as a file: `json` (an object with `rows`), `csv`, `excel` (CSV that Excel opens) or `xlsx`."""
    rows = form_list(store, viewer, wanted=wanted)
    match kind:
        case "json":
            return json.dumps({"rows": rows}, ensure_ascii=False, allow_nan=False).encode()
        case "xlsx":
            return workbook_of(rows, created=store.clock(), columns=COLUMNS)
        case _:
            return csv_of(rows, columns=COLUMNS, excel=kind == "excel").encode()


class _Days(dict[str, int | None]):
    """For how many days what was issued on a day has been out; None of what is not out."""

    def __init__(self, today: date) -> None:
        super().__init__({"": None})
        self.today = today

    def __missing__(self, day: str) -> int | None:
        self[day] = (self.today - date.fromisoformat(day)).days
        return self[day]


def _row(form: Listed, names: Mapping[str, str], days: Mapping[str, int | None]) -> dict[str, Any]:
    return {
        "form": form.form,
        "state": "in_question" if form.in_question else form.state,
        "kind": form.kind,
        "held": form.kind == "reserve" and not form.released,
        "district_code": form.district_code,
        "district": names.get(form.district_code, form.district_code),
        "commune_code": form.commune_code,
        "commune": names.get(form.commune_code, form.commune_code),
        "village": form.village,
        "worker": form.worker,
        "issued_on": form.issued_on or None,
        "returned_on": form.returned_on or None,
        "days_out": days[form.out_since],
        "request_open": bool(form.request_open),
    }


def _tests(wanted: Mapping[str, str]) -> list[Test]:
    """What a row has to pass. An unknown flag asks for nothing; an unknown state or place finds nothing."""
    tests: list[Test] = []
    if state := wanted.get("state"):
        tests.append(GROUPS.get(state) or _equal("state", state))
    for name, column in (
        ("kind", "kind"), ("district", "district_code"), ("commune", "commune_code"), ("worker", "worker"),
    ):  # fmt: skip
        if wanted.get(name):
            tests.append(_equal(column, wanted[name]))
    if wanted.get("flag") in FLAGS:
        tests.append(FLAGS[wanted["flag"]])
    if (days := wanted.get("days", "")).isdecimal():
        tests.append(_out_for(int(days[:6])))
    if text := search_key(wanted.get("q", "")):
        tests.append(_holding(text))
    return tests


def _equal(column: str, value: str) -> Test:
    return lambda row: row[column] == value


def _out_for(days: int) -> Test:
    return lambda row: row["days_out"] is not None and row["days_out"] >= days


def _holding(text: str) -> Test:
    code, keys = text.replace(" ", ""), _Keys()
    return lambda row: (
        code in row["form"] or any(text in keys[row[name]] for name in ("village", "commune", "district", "worker"))
    )


class _Keys(dict[str, str]):
    """Texts without accents: of many forms there are few places."""

    def __missing__(self, text: str) -> str:
        self[text] = search_key(text)
        return self[text]
