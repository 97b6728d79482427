"""Figures as offices type them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.exchange.figures import exact_figure


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12,937", "12.937"),
        ("12.937", "12.937"),
        ("13", "13"),
        (" −0,027 ", "-0.027"),
        ("88,29%", "88.29"),
        ("0.30000000000000004", "0.3"),
        ("1e-05", "0.00001"),
        ("+2", "2"),
    ],
)
def test_numbers_are_read_exactly(text: str, value: str) -> None:
    """Point or comma, a percent sign, a sign; the noise of a spreadsheet's sums is taken away."""
    assert exact_figure(text) == Fraction(value)


@pytest.mark.parametrize("text", ["", "–", "1.234,5", "nan", "inf", "1/3", "x", "1,2,3", "٣", "9" * 16, "1e999"])
def test_what_is_no_number(text: str) -> None:
    """Anything else is none, also what Python's float would take."""
    assert exact_figure(text) is None


@given(st.decimals(min_value=-1000, max_value=1000, places=4))
def test_every_decimal_comes_back(value: object) -> None:
    """Four decimals written with a comma are that number."""
    assert exact_figure(str(value).replace(".", ",")) == Fraction(str(value))
