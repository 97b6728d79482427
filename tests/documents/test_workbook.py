"""Number formats, row heights and page headers of workbooks."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.documents.workbook import Book, header_text, lines_of, percent_format

TARGET = Fraction(17, 20)


def _as_displayed(value: Fraction, number_format: str) -> Fraction:
    """What a spreadsheet shows of a share under a percent format: rounded half up at its decimals."""
    decimals = len(number_format.removesuffix("%").split(".")[1])
    percent = Decimal(value.numerator * 100) / Decimal(value.denominator)
    return Fraction(percent.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) / 100


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(1, 2), "0.00%"),
        (Fraction(17, 20), "0.00%"),
        (Fraction(84996, 100_000), "0.000%"),
        (Fraction(849996, 1_000_000), "0.0000%"),
        (Fraction(1559, 1560), "0.00%"),
        (Fraction(99_999, 100_000), "0.000%"),
        (Fraction(1), "0.00%"),
        (Fraction(0), "0.00%"),
    ],
)
def test_decimals_grow_only_where_rounding_would_cross(value: Fraction, expected: str) -> None:
    """84,996 % needs three decimals not to read 85,00 %; 99,999 % three not to read 100 %; others keep two."""
    assert percent_format(value, (TARGET,)) == expected


@given(part=st.integers(0, 10**6), whole=st.integers(1, 10**6))
def test_no_share_is_displayed_across_its_target(part: int, whole: int) -> None:
    """Whatever the share, what is displayed lies on its side of the target and of 100 %."""
    value = Fraction(min(part, whole), whole)
    displayed = _as_displayed(value, percent_format(value, (TARGET,)))
    assert (displayed < TARGET) == (value < TARGET)
    assert (displayed < 1) == (value < 1)


def test_header_text_doubles_ampersands_and_is_cut() -> None:
    """An ampersand is a code in page headers, and their length is limited by the format."""
    assert header_text("Thu & phát") == "Thu && phát"
    assert header_text("x" * 300, limit=100) == "x" * 99 + "…"


def test_rows_are_as_high_as_their_text() -> None:
    """Numbers and short texts take one line; thirty small letters two lines in a column of twenty digits."""
    assert lines_of(1560, 3) == lines_of("", 3) == lines_of("ngắn", 10) == 1
    assert lines_of("một địa chỉ dài ba mươi chữ cái", 20) == 2


def test_a_workbook_that_cannot_be_written_is_an_error_of_the_disk(tmp_path: Path) -> None:
    """What the disk refuses, such as a file that stands open in Excel, is an OSError like any other."""
    with pytest.raises(OSError, match="directory"), Book(tmp_path, title="", created=None, lang="vi") as book:
        book.sheet("one")
