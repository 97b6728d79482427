"""When the last form will be back, if it goes on as in the last five working days."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

WINDOW = 5  # working days looked back upon
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Forecast:
    """The finish of a field.

    outstanding : forms still out. recent : forms that came back from `since` on. finish : the working day on which the
    last one comes back at that pace; None where nothing is out any more, or nothing came back lately.
    """

    outstanding: int
    recent: int
    since: date
    finish: date | None


def window_start(as_of: date) -> date:
    """The first of the last five working days (Monday to Friday) up to a day; public holidays are not known."""
    day, left = as_of, WINDOW
    while True:
        left -= day.weekday() < _SATURDAY
        if not left or day == date.min:
            return day
        day -= timedelta(days=1)


def forecast(*, outstanding: int, recent: int, as_of: date) -> Forecast:
    """The working day on which `outstanding` forms are back, at the pace of `recent` forms in five working days."""
    finish = None
    if outstanding and recent:
        with suppress(OverflowError):  # beyond the calendar there is no day
            finish = _after(as_of, -(-outstanding * WINDOW // recent))
    return Forecast(outstanding, recent, window_start(as_of), finish)


def _after(day: date, working_days: int) -> date:
    """The day that lies some working days after another."""
    weeks, rest = divmod(working_days, WINDOW)
    day += timedelta(weeks=weeks)
    while rest:
        day += timedelta(days=1)
        rest -= day.weekday() < _SATURDAY
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    return day
