"""Events in: files of events, and the sheet "Theo dõi" that a clerk fills in and hands back.

Only the shape is read here: a form, an act, a day. Whether the act exists and is allowed is judged in tracking.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sipas_survey.cases import plain_code
from sipas_survey.exchange.headings import CLERK_ALIASES, EVENT_ALIASES, Aliases, match, renamed
from sipas_survey.exchange.tables import Rows, Source, open_preferred
from sipas_survey.formats import masked, read_day, search_key
from sipas_survey.problems import NOWHERE, Checked, Place, Problem, SurveyError, problem
from sipas_survey.tracking.forms import Act, automatic_id

CLERK_SHEET = "Theo dõi"
OUTCOME_WORDS: Mapping[str, str] = {
    "Từ chối": "refuse",
    "Không gặp": "not_met",
    "Chuyển đi": "moved",
    "Không thuộc đối tượng": "ineligible",
    "Đã mất": "deceased",
    "Mất phiếu": "lose",
}
"""What stands in the drop-down of "Kết quả", and the act that it means."""

REQUEST_WORDS: Mapping[str, str] = {
    "Xin thay người": "request_replace",
    "Xin cấp lại phiếu": "reissue",
    "Gỡ vì ghi nhầm": "undo",
}
"""What stands in the drop-down of "Đề nghị", and the act that it means."""

_REQUIRED = {"form": "form", "act": "act", "happened_on": "happened_on"}
_CLERK_REQUIRED = {"form": "Mã phiếu", "issued_on": "Ngày phát", "collected_on": "Ngày thu", "outcome": "Kết quả"}
_OUTCOME_ACTS = {search_key(words): act for words, act in OUTCOME_WORDS.items()}
_REQUEST_ACTS = {search_key(words): act for words, act in REQUEST_WORDS.items()}
Cells = Mapping[str, str]


class EventRow(NamedTuple):
    """One fact as a file tells it. `event_id` is None where the source gives none; `place` is its row in the file."""

    event_id: str | None
    form: str
    act: str
    happened_on: date
    worker: str = ""
    reason: str = ""
    note: str = ""
    refers_to: str = ""
    place: Place = NOWHERE


Read = Checked[tuple[EventRow, ...]]


def read_events(path: Path, *, is_printed: Callable[[str], bool]) -> Read:
    """Read a file of events, or a list workbook that came back from a clerk.

    A workbook with a sheet "Theo dõi", or a table with its headings, is the clerk's: a day of issue is `issue` (with
    `print` on the same day where the form is not printed yet), a day of delivery `deliver`, a day of collection is
    `return`, or the act of the outcome beside it, and a request made beside an outcome is of the same day. "Gỡ vì ghi
    nhầm" takes back the last thing that its row tells. Rows with nothing filled in are skipped.

    Parameters
    ----------
    path : CSV, XLSX or Parquet; days ISO or day first, form codes with or without the spaces of their groups.
    is_printed : whether a form has been printed already.

    Returns
    -------
    The facts of the rows without an error, in the file's order, with the problems of the others.
    Raises SurveyError where the file as a whole cannot be read (see `open_table`) or lacks a column
    (EVENT_COLUMN_MISSING, EVENT_CLERK_COLUMN_MISSING, COLUMN_TWICE).
    """
    source = open_preferred(path, CLERK_SHEET)
    if _is_clerks(source):
        columns = _recognised(source, CLERK_ALIASES, _CLERK_REQUIRED, "EVENT_CLERK_COLUMN_MISSING")
        return _read(source, columns, partial(_clerk_facts, is_printed=is_printed))
    return _read_in_bulk(source, _recognised(source, EVENT_ALIASES, _REQUIRED, "EVENT_COLUMN_MISSING"))


def _is_clerks(source: Source) -> bool:
    """Whether a table is the clerk's sheet: by its name, or by a heading that only he fills in and none of an act."""
    theirs = set(match(source.columns, CLERK_ALIASES, place=source.place).value.values())
    acts = match(source.columns, EVENT_ALIASES, place=source.place).value.values()
    named = search_key(source.place.sheet or "") == search_key(CLERK_SHEET)
    return named or ("act" not in acts and bool(theirs & {"issued_on", "delivered_on", "collected_on", "outcome"}))


def _recognised(source: Source, aliases: Aliases, required: Mapping[str, str], missing: str) -> dict[str, str]:
    """Their heading → our column; raises SurveyError, a problem of kind `missing` for each required one not there."""
    columns = match(source.columns, aliases, place=source.place).or_raise()
    lacking = [shown for name, shown in required.items() if name not in columns.values()]
    if lacking:
        place = source.place.at(row=source.header_row)
        raise SurveyError(problem(missing, place, found=heading) for heading in lacking)
    return columns


@dataclass(frozen=True, slots=True)
class _Row:
    """A row under our names, and how to speak of its cells under the names of the file."""

    cells: Cells
    place: Place
    headings: Mapping[str, str]

    def wrong(self, kind: str, column: str, **details: object) -> Problem:
        place = self.place.at(column=self.headings.get(column, column))
        found = self.cells.get(column, "")
        return problem(kind, place, found=masked(found) if column == "reason" else found, **details)

    def form(self) -> str | Problem:
        return _code(self.cells["form"]) or self.wrong("EVENT_FORM_EMPTY", "form")

    def day(self, column: str) -> date | Problem:
        return read_day(self.cells[column]) or self.wrong("EVENT_DAY_UNREADABLE", column)


Facts = Iterator[EventRow | Problem]


def _read(source: Source, columns: Mapping[str, str], facts: Callable[[_Row], Facts]) -> Read:
    """All rows through one reader; the facts of a row with an error are left out together."""
    events: list[EventRow] = []
    problems: list[Problem] = []
    headings = {ours: theirs for theirs, ours in columns.items()}
    for chunk in source.chunks():
        problems += chunk.problems
        for cells, number in _rows(renamed(chunk.value, columns)):
            told = list(facts(_Row(cells, source.place.at(row=number), headings)))
            problems += [each for each in told if isinstance(each, Problem)]
            if not any(isinstance(each, Problem) and each.severity == "error" for each in told):
                events += [each for each in told if isinstance(each, EventRow)]
    return Checked(tuple(events), tuple(problems))


def _rows(table: pd.DataFrame) -> Iterator[tuple[Cells, int]]:
    names = list(table.columns)
    for values, number in zip(table.to_numpy(), table.index, strict=True):
        yield dict(zip(names, values, strict=True)), int(number)


def _code(text: str) -> str:
    """A form code without the spaces of its printed groups and the page of its QR code; any other text as it is."""
    code = plain_code(text)
    return code if code.isdigit() else text


# ---------------------------------------------------------------- files of events
def _read_in_bulk(source: Source, columns: Mapping[str, str]) -> Read:
    """All rows of a file of events, column by column; only a row with an error is looked at by itself."""
    events: list[EventRow] = []
    problems: list[Problem] = []
    headings = {ours: theirs for theirs, ours in columns.items()}
    positions = {ours: source.columns.index(theirs) for ours, theirs in headings.items()}
    for piece in source.pieces():
        problems += piece.problems
        numbers, rows = piece.value
        told = _events(positions, piece.value, source.place)
        events += [event for event in told if event is not None]
        for i in [i for i, event in enumerate(told) if event is None]:
            cells = {ours: rows[i][at] for ours, at in positions.items()}
            problems += _wrong(_Row(cells, source.place.at(row=numbers[i]), headings))
    return Checked(tuple(events), tuple(problems))


def _events(positions: Mapping[str, int], rows: Rows, place: Place) -> list[EventRow | None]:
    """The fact of each row; None where form, act or day cannot be read."""
    columns = list(zip(*rows.cells, strict=True))
    blank = ("",) * len(rows.numbers)
    told = [columns[positions[name]] if name in positions and columns else blank for name in EventRow._fields[:-1]]
    days = {text: read_day(text) for text in set(told[3])}  # a file has many rows and few days
    file, sheet = place.file, place.sheet
    return [
        EventRow(
            event_id or None,
            form if form.isdigit() else _code(form),
            act,
            day,
            worker,
            reason,
            note,
            _code(refers_to) if refers_to else "",
            Place(file, sheet, row),
        )
        if form and act and (day := days[text])
        else None
        for event_id, form, act, text, worker, reason, note, refers_to, row in zip(*told, rows.numbers, strict=True)
    ]


def _wrong(row: _Row) -> list[Problem]:
    """What keeps a row from being an event."""
    wrong = [each for each in (row.form(), row.day("happened_on")) if isinstance(each, Problem)]
    return wrong if row.cells["act"] else [*wrong, row.wrong("EVENT_ACT_EMPTY", "act")]


# ---------------------------------------------------------------- the clerk's sheet
def _clerk_facts(row: _Row, *, is_printed: Callable[[str], bool]) -> Facts:
    """What a row says: an issue, a delivery, the end of it, a request or that it was a mistake; or nothing."""
    told = list(_field_facts(row, is_printed=is_printed))
    yield from told
    if row.cells.get("request") and row.cells["form"]:
        yield from _request(row, [fact for fact in told if isinstance(fact, EventRow)])


def _field_facts(row: _Row, *, is_printed: Callable[[str], bool]) -> Facts:
    told = ("issued_on", "delivered_on", "collected_on", "outcome", "reason", "request")
    filled = {name for name in told if row.cells.get(name)}
    if not filled:
        return
    form = row.form()
    if isinstance(form, Problem):
        yield form
        return
    fact = partial(EventRow, None, form, worker=row.cells.get("worker", ""), place=row.place)
    if "issued_on" in filled:
        day = row.day("issued_on")
        if isinstance(day, date) and not is_printed(form):
            yield EventRow(None, form, "print", day, place=row.place)
        yield fact("issue", day) if isinstance(day, date) else day
    if "delivered_on" in filled:
        day = row.day("delivered_on")
        yield fact("deliver", day) if isinstance(day, date) else day
    if filled & {"collected_on", "outcome"}:
        yield from _end(row, fact)
    elif "reason" in filled and "request" not in filled:
        yield row.wrong("EVENT_REASON_ALONE", "reason")


def _request(row: _Row, told: Sequence[EventRow]) -> Facts:
    """A request beside an outcome, on its day; or the taking back of the last fact that the row tells."""
    act = _REQUEST_ACTS.get(search_key(row.cells["request"]))
    if act is None:
        yield row.wrong("EVENT_REQUEST_UNKNOWN", "request", requests=tuple(REQUEST_WORDS))
    elif act == Act.UNDO:
        yield _taken_back(row, told[-1]) if told else row.wrong("EVENT_UNDO_NOTHING", "request")
    elif not (row.cells.get("collected_on") and row.cells.get("outcome")):
        yield row.wrong("EVENT_REQUEST_WITHOUT_OUTCOME", "request", form=_code(row.cells["form"]))
    elif isinstance(day := row.day("collected_on"), date):  # that it cannot be read is told once, beside the outcome
        yield EventRow(None, _code(row.cells["form"]), act, day, reason=row.cells.get("reason", ""), place=row.place)


def _taken_back(row: _Row, last: EventRow) -> EventRow:
    """An undo of a fact as the sheet told it before, on the fact's own day: the sheet handed in twice says it once."""
    mistaken = automatic_id(last.form, Act(last.act), last.happened_on, worker=last.worker)
    undo = EventRow(None, last.form, str(Act.UNDO), last.happened_on, refers_to=mistaken, place=row.place)
    return undo._replace(reason=row.cells.get("reason", ""))


def _end(row: _Row, fact: Callable[..., EventRow]) -> Facts:
    """The day of collection: a return, or the act of the outcome beside it."""
    outcome = row.cells.get("outcome", "")
    act = _OUTCOME_ACTS.get(search_key(outcome)) if outcome else "return"
    if act is None:
        yield row.wrong("EVENT_OUTCOME_UNKNOWN", "outcome", outcomes=tuple(OUTCOME_WORDS))
    if not row.cells.get("collected_on"):
        yield row.wrong("EVENT_OUTCOME_WITHOUT_DAY", "outcome", form=_code(row.cells["form"]))
        return
    day = row.day("collected_on")
    if isinstance(day, Problem):
        yield day
    elif act is not None:
        yield fact(act, day, reason=row.cells.get("reason", ""))
