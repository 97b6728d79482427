"""CSV out: what programs and Excel get."""

from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.exchange.delimited import csv_text

COLUMNS = ("district", "rate", "n", "on", "met")
ROWS = [
    ("Huyện Văn Yên", 59 / 60, 1560, date(2024, 1, 15), True),
    ("=cmd", Fraction(1, 2), None, pd.NaT, np.bool_(False)),
    ('Xã "Mới"; cũ', np.float64("nan"), np.int64(-3), pd.NA, None),
]


def test_for_programs() -> None:
    """UTF-8 text, commas, full precision, empty where there is nothing; formulas guarded, numbers never."""
    assert csv_text(COLUMNS, ROWS).splitlines() == [
        "district,rate,n,on,met",
        "Huyện Văn Yên,0.9833333333333333,1560,2024-01-15,true",
        "'=cmd,0.5,,,false",
        '"Xã ""Mới""; cũ",,-3,,',
    ]


def test_for_excel() -> None:
    """Byte-order mark, semicolons, decimal comma."""
    assert csv_text(COLUMNS, ROWS, excel=True).splitlines()[:3] == [
        "\ufeffdistrict;rate;n;on;met",
        "Huyện Văn Yên;0,9833333333333333;1560;2024-01-15;true",
        "'=cmd;0,5;;;false",
    ]


def test_a_table_without_rows_has_its_headings() -> None:
    """Whoever reads it still learns the columns."""
    assert csv_text(["a", "b"], []) == "a,b\n"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_full_precision(x: float) -> None:
    """What is read back is the same number, with a point or with a comma."""
    assert float(csv_text(["x"], [[x]]).split("\n")[1]) == x
    assert float(csv_text(["x"], [[x]], excel=True).split("\n")[1].replace(",", ".")) == x
