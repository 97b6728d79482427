"""The day of finish, by hand and against a walk through the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.tracking.forecast import forecast, window_start

FRIDAY, SUNDAY, MONDAY = date(2024, 1, 5), date(2024, 1, 7), date(2024, 1, 8)


@pytest.mark.parametrize(
    ("day", "since"), [(FRIDAY, date(2024, 1, 1)), (SUNDAY, date(2024, 1, 1)), (MONDAY, date(2024, 1, 2))]
)
def test_the_window(day: date, since: date) -> None:
    """Five working days up to a day; a weekend adds none."""
    assert window_start(day) == since


@pytest.mark.parametrize(
    ("outstanding", "recent", "as_of", "finish"),
    [
        (10, 10, FRIDAY, date(2024, 1, 12)),
        (10, 50, FRIDAY, MONDAY),
        (11, 50, FRIDAY, date(2024, 1, 9)),
        (1, 1, SUNDAY, date(2024, 1, 12)),
        (0, 10, FRIDAY, None),
        (10, 0, FRIDAY, None),
    ],
)
def test_the_finish_by_hand(outstanding: int, recent: int, as_of: date, finish: date | None) -> None:
    """Ten forms at two a day are a week of work; nothing out, or nothing back lately, has no day."""
    assert forecast(outstanding=outstanding, recent=recent, as_of=as_of).finish == finish


@given(st.integers(1, 500), st.integers(1, 500), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_the_finish_is_a_walk(outstanding: int, recent: int, as_of: date) -> None:
    """Going from day to day and taking a fifth of the recent returns on each working day ends on the same day."""
    day, left = as_of, outstanding * 5
    while left > 0:
        day += timedelta(days=1)
        left -= recent if day.weekday() < 5 else 0
    assert forecast(outstanding=outstanding, recent=recent, as_of=as_of).finish == day


def test_the_ends_of_the_calendar() -> None:
    """Before the first day there is none, and after the last no day of finish."""
    assert window_start(date.min) == date.min
    assert forecast(outstanding=5, recent=0, as_of=date.min).since == date.min
    assert forecast(outstanding=500, recent=1, as_of=date.max).finish is None
