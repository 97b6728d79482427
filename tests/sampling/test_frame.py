"""The one checked door of the frame, and its digests."""

import hashlib
import hmac
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey import places
from sipas_survey.problems import Place
from sipas_survey.sampling.frame import PERSONAL, PUBLIC, FrameChecker, digest, frame_digest, people_digest, person_key
from tests import published_rule


def checker() -> FrameChecker:
    return FrameChecker(places.load("yen_bai_2023"), date(2023, 12, 5), Place(file="f.csv"))


def table(*rows: dict[str, str], first: int = 2) -> pd.DataFrame:
    found = [{"unit_id": f"A{i}", "commune_code": "04249", **row} for i, row in enumerate(rows)]
    return pd.DataFrame(found, index=range(first, first + len(rows)), dtype=object).fillna("")


def test_a_clean_frame() -> None:
    """Two tables with the same ids: public columns and personal ones, all text, missing = empty."""
    given_table = table({}, {})
    before = given_table.copy()
    checked = checker().check(given_table)
    assert checked.problems == ()
    assert list(checked.value.units.columns) == list(PUBLIC)
    assert list(checked.value.people.columns) == ["unit_id", *PERSONAL]
    assert checked.value.units.loc[2].tolist() == ["A0", "132", "04249", "", "", "", "", ""]
    assert len(checked.value) == 2
    pd.testing.assert_frame_equal(given_table, before)


@pytest.mark.parametrize(
    ("column", "text", "stored"),
    [
        ("commune_code", "4249", "04249"),
        ("commune_code", "Yên Thịnh", "04249"),
        ("birth_year", "02/03/1980", "1980"),
        ("birth_year", "1903", "1903"),
        ("birth_year", "2023", "2023"),
        ("sex", "nữ", "F"),
        ("sex", "Female", "F"),
        ("sex", "NAM", "M"),
        ("sex", "?", ""),
        ("result_on", "6/12/2022", "2022-12-06"),
        ("result_on", "2022-12-06", "2022-12-06"),
        ("size", "007", "7"),
        ("size", "0", "0"),
        ("village", "Thôn\t1\nB", "Thôn 1 B"),
        ("full_name", "Lý\r\nA", "Lý A"),
    ],
)
def test_what_is_mended(column: str, text: str, stored: str) -> None:
    """Codes get their zeros, days and years one form, words for the sexes a letter, line breaks become spaces."""
    frame = checker().check(table({column: text})).value
    assert (frame.units if column in PUBLIC else frame.people)[column].tolist() == [stored]


@pytest.mark.parametrize(
    ("column", "text", "kind"),
    [
        ("unit_id", "", "FRAME_ID_EMPTY"),
        ("unit_id", "A\t1", "FRAME_TEXT_UNUSABLE"),
        ("unit_id", "A\r1", "FRAME_TEXT_UNUSABLE"),
        ("unit_id", "x" * 501, "FRAME_TEXT_UNUSABLE"),
        ("birth_year", "1902", "FRAME_BIRTH_YEAR"),
        ("birth_year", "2024", "FRAME_BIRTH_YEAR"),
        ("birth_year", "80", "FRAME_BIRTH_YEAR"),
        ("result_on", "06/12/22", "FRAME_RESULT_DAY"),
        ("size", "-1", "FRAME_SIZE"),
        ("size", "1.5", "FRAME_SIZE"),
        ("size", "²", "FRAME_SIZE"),
        ("size", "9" * 5000, "FRAME_SIZE"),
        ("address", "x" * 501, "FRAME_TEXT_UNUSABLE"),
    ],
)
def test_what_is_wrong(column: str, text: str, kind: str) -> None:
    """A row with an error is left out and told with its cell; personal values are masked."""
    checked = checker().check(table({}, {column: text}))
    (told,) = checked.problems
    assert (told.kind, told.severity, told.place) == (kind, "error", Place("f.csv", None, 3, column))
    assert checked.value.units.index.tolist() == [2]
    if column in PERSONAL:
        assert told.found == f"{text[0]}…"


def test_ids_are_remembered_over_chunks() -> None:
    """An id may not come back in a later chunk; the message names the row where it stood first."""
    door = checker()
    door.check(table({}))
    (told,) = door.check(table({}, first=3)).problems
    assert (told.kind, told.place.row, told.details["first"]) == ("FRAME_ID_REPEATED", 3, 2)


def test_problems_come_in_order_of_rows() -> None:
    """All problems of a chunk, several in a row if need be, from top to bottom."""
    told = checker().check(table({"size": "x"}, {"birth_year": "1"}, {"commune_code": "9", "size": "x"})).problems
    assert [p.place.row for p in told] == [2, 3, 4, 4]


def test_missing_columns() -> None:
    """Only the id and the commune are required."""
    assert checker().missing_columns(["unit_id", "commune_code"]) == ()
    assert [p.found for p in checker().missing_columns(["full_name"])] == ["unit_id", "commune_code"]


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=5)


@given(st.lists(st.tuples(*[TEXT] * len(PUBLIC)), unique_by=lambda row: row[0], max_size=6), st.randoms())
def test_the_digest_is_the_published_text(rows: list[tuple[str, ...]], chance: object) -> None:
    """Whatever the order of the rows, the digest is SHA-256 of the lines of METHOD, sorted by code point."""
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    units = pd.DataFrame(shuffled, columns=list(PUBLIC), dtype=object)
    frame = checker().check(table({})).value
    expected = published_rule.frame_digest([dict(zip(PUBLIC, row, strict=True)) for row in rows])
    assert frame_digest(type(frame)(units, frame.people)) == expected
    assert digest(sorted(rows)) == expected


def test_the_people_digest_is_keyed() -> None:
    """HMAC-SHA-256 of the same kind of text over the personal columns."""
    rows = [("A1", "Lý A", "1980", "", "", ""), ("A2", "", "", "", "", "")]
    text = "A1\tLý A\t1980\t\t\t\nA2\t\t\t\t\t\n"
    assert people_digest(rows, b"key") == hmac.new(b"key", text.encode(), hashlib.sha256).hexdigest()


def test_who_may_be_the_same_person() -> None:
    """Name, birth year and village without accents, case and spaces; nobody without a name or a year."""
    assert person_key("Lý  Thị Á", "1980", "Tổ 1") == person_key("LY THI A", "1980", "to  1") == "ly thi a|1980|to 1"
    assert person_key("Lý A", "1980", "Tổ 1") != person_key("Lý A", "1981", "Tổ 1")
    assert person_key("", "1980", "") is None
    assert person_key("Lý A", "", "") is None
