"""Numbers, days, names and words as people read them."""

import ast
import math
import string
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import sipas_survey
from sipas_survey import formats
from sipas_survey.formats import (
    Share,
    collation_key,
    form_code,
    masked,
    moment,
    name_key,
    normal,
    number,
    percent,
    plain_text,
    points,
    read_day,
    score,
    search_key,
    shown,
    significant,
    spreadsheet_text,
    target_percent,
    visible,
)

TARGET = Fraction(85, 100)
PACKAGE = Path(sipas_survey.__file__).parent


# ---------------------------------------------------------------- shares and numbers
@pytest.mark.parametrize(
    ("part", "whole", "vi"),
    [
        (1559, 1560, "99,94%"),
        (99_999, 100_000, "99,99%"),
        (1560, 1560, "100,00%"),
        (0, 1560, "0,00%"),
        (8829, 10_000, "88,29%"),
        (12_345, 1_000_000, "1,23%"),
        (12_350, 1_000_000, "1,24%"),
        (0, 0, "–"),
    ],
)
def test_percent_by_hand(part: int, whole: int, vi: str) -> None:
    """Two decimals, half up, comma, no space; never up to 100 %; a dash where nothing was counted."""
    assert percent(Share(part, whole), "vi") == vi
    assert percent(Share(part, whole), "en") == vi.replace(",", ".")


def test_a_share_just_below_its_target_never_prints_as_reached() -> None:
    """84.996 % of a target of 85 % prints 84.99 %, not 85.00 %."""
    share = Share(84_996, 100_000)
    assert percent(share, "vi", targets=(TARGET,)) == "84,99%"
    assert percent(share, "vi") == "85,00%"
    assert share.reaches(TARGET) is False
    assert Share(85, 100).reaches(TARGET) is True
    assert Share(0, 0).reaches(TARGET) is None


@given(
    whole=st.integers(1, 10**7),
    part=st.integers(0, 10**7),
    target=st.integers(0, 10_000).map(lambda n: Fraction(n, 10_000)),
)
def test_printing_never_carries_a_share_across_a_target(whole: int, part: int, target: Fraction) -> None:
    """What is printed reaches a target exactly where the integers do, and 100 % is printed for all of all only."""
    assume(part <= whole)
    share = Share(part, whole)
    printed = Fraction(percent(share, "en", targets=(target,)).replace(",", "").rstrip("%")) / 100
    assert (printed >= target) == share.reaches(target)
    assert (printed == 1) == (part == whole)
    assert abs(printed - Fraction(part, whole)) <= Fraction(1, 10_000)


@given(x=st.floats(-1e6, 1e6), decimals=st.integers(0, 3))
def test_a_printed_number_is_half_a_unit_away_at_most(x: float, decimals: int) -> None:
    """Rounding errs by half of the last place at most, in both languages alike."""
    english, vietnamese = number(x, "en", decimals=decimals), number(x, "vi", decimals=decimals)
    assert vietnamese.translate(str.maketrans(".,", ",.")) == english
    back = Fraction(english.replace(",", "").replace("−", "-"))
    assert abs(back - Fraction(repr(x))) <= Fraction(1, 2 * 10**decimals)


def test_a_float_is_the_decimal_that_it_prints_as() -> None:
    """0.85 as a float is on the target, although its double lies just below; the next float below is not."""
    target = Fraction(17, 20)
    assert percent(0.85, "en", targets=(target,)) == "85.00%"
    assert percent(math.nextafter(0.85, 0), "en", targets=(target,)) == "84.99%"


def test_numbers_by_hand() -> None:
    """Separators by language; half goes away from zero; minus is the minus sign; no value is a dash."""
    assert (number(1560, "vi"), number(1560, "en")) == ("1.560", "1,560")
    assert number(Fraction(1, 2), "vi") == "1"
    assert number(-1234.5, "vi", decimals=1) == "−1.234,5"
    assert number(-0.001, "vi", decimals=2) == "0,00"
    assert number(None, "vi") == number(float("nan"), "en") == number(float("inf"), "en") == "–"


def test_points_and_targets() -> None:
    """Differences carry their sign; targets print without decimals that say nothing."""
    assert (points(-0.0108, "vi"), points(0.0552, "en"), points(0, "vi")) == ("−1,08", "+5.52", "0,00")
    assert points(None, "vi") == "–"
    texts = [target_percent(t, "vi") for t in (Fraction(1), TARGET, Fraction(875, 1000), Fraction(0), Fraction(8, 10))]
    assert texts == ["100%", "85%", "87,5%", "0%", "80%"]


# ---------------------------------------------------------------- days
@pytest.mark.parametrize(
    "text",
    ["2023-12-06", "06/12/2023", "6/12/2023", "6.12.2023", "06-12-2023", " 2023-12-06 ", "2023-12-06 08:30:00",
     "2023-12-06T08:30:00.5", "6/12/2023 8:30"],
)  # fmt: skip
def test_a_day_is_read_as_people_write_it(text: str) -> None:
    """ISO, or day first with one kind of sign, with or without a time of day."""
    assert read_day(text) == date(2023, 12, 6)


@pytest.mark.parametrize(
    "text",
    ["", "hôm qua", "31/02/2023", "2023-13-01", "12/06/23", "06/12-2023", "6 12 2023", "20231206", "45266",
     "2023/12/06", "٠٦/١٢/٢٠٢٣", "06/12/2023 sáng", "0/1/2023"],
)  # fmt: skip
def test_what_is_no_day_is_none(text: str) -> None:
    """Nothing is guessed: two-digit years, mixed signs, serial numbers, days that do not exist."""
    assert read_day(text) is None


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_printed_day_is_read_back(on: date) -> None:
    """Both printed forms mean the same day again."""
    assert read_day(formats.day(on, "vi")) == read_day(formats.day(on, "en")) == on


def test_an_instant_is_shown_in_the_zone_of_the_survey() -> None:
    """17:04:05 UTC is four minutes past midnight of the next day in Viet Nam."""
    at = datetime(2023, 7, 2, 17, 4, 5, tzinfo=UTC)
    assert moment(at, "vi", "Asia/Ho_Chi_Minh") == "00:04:05 03/07/2023"
    assert moment(at, "en", "Asia/Ho_Chi_Minh") == "2023-07-03 00:04:05"
    assert formats.day(None, "vi") == "–"


# ---------------------------------------------------------------- text
def test_normal_text_by_hand() -> None:
    """NFC, trimmed, whole numbers without a decimal point; nothing else changes."""
    assert normal("  Ho\u0300a\u00a0") == "Hòa"
    assert [normal(t) for t in ("4249.0", "04249.0", "4249.50", "1.0.0", ".0", "-3.0", "x.0")] == [
        "4249", "04249", "4249.50", "1.0.0", ".0", "-3.0", "x.0",
    ]  # fmt: skip


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    """`normal` and `search_key` give texts that they leave alone."""
    assert normal(normal(text)) == normal(text)
    assert search_key(search_key(text)) == search_key(text)


def test_search_ignores_accents_case_and_where_the_tone_stands() -> None:
    """Old and new tone marks, composed and decomposed text, đ and d are the same to a search."""
    assert search_key("Hoà  Bình") == search_key("HÒA BÌNH") == search_key("Ho\u0300a Bi\u0300nh") == "hoa binh"
    assert search_key("Đường Nguyễn Thị Minh Khai") == "duong nguyen thi minh khai"
    assert search_key("Mù Căng Chải") == search_key("Mù Cang Chải")


IN_ORDER = (
    ["an", "ăn", "ân", "bàn", "dan", "đan", "en", "ên", "in", "on", "ôn", "ơn", "un", "ưn", "y"],
    ["ma", "mà", "mả", "mã", "má", "mạ", "mai", "mài"],
    ["ba", "bà", "ban", "bàn", "bạn", "bang"],
    ["Ba Khe", "Bà Nà", "Bá Thước", "Báo Đáp", "Cát Thịnh", "Đại Lịch", "Động Quan", "Hát Lừu", "Yên Bái"],
)


@given(st.sampled_from(IN_ORDER).flatmap(lambda words: st.tuples(st.just(words), st.permutations(words))))
def test_sorting_is_that_of_a_vietnamese_dictionary(words: tuple[list[str], list[str]]) -> None:
    """Letters before tones (a ă â, d đ, e ê, o ô ơ, u ư), tones level, grave, hook, tilde, acute, dot; word by word."""
    in_order, shuffled = words
    assert sorted(shuffled, key=collation_key) == in_order


@given(st.text(alphabet="aăâbcdđeêghàảãáạ AĐ", max_size=12), st.text(alphabet="aăâbcdđeêghàảãáạ AĐ", max_size=12))
def test_words_that_sort_alike_differ_in_case_or_spaces_only(one: str, other: str) -> None:
    """The key loses nothing but case and spacing."""
    same = " ".join(one.casefold().split()) == " ".join(other.casefold().split())
    assert (collation_key(one) == collation_key(other)) == same


def test_people_are_sorted_by_given_name() -> None:
    """Anh, Bình, Đức, Hà: the last word decides, then the rest."""
    names = ["Trần Thị Hà", "Hà Văn Đức", "Lê Văn Anh", "Nguyễn Thị Hà", "Trần Thị Bình"]
    assert sorted(names, key=name_key) == [
        "Lê Văn Anh", "Trần Thị Bình", "Hà Văn Đức", "Nguyễn Thị Hà", "Trần Thị Hà",
    ]  # fmt: skip
    assert name_key("") == ("", "")


def test_form_codes_are_printed_in_groups() -> None:
    """Round, running number, check digits; what is no code stays as it is."""
    assert form_code("2310000131") == "23 100001 31"
    assert form_code("HS-1") == "HS-1"


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\na5 "), max_size=6))
def test_escaping_for_spreadsheets_loses_nothing(text: str) -> None:
    """Every text comes back, and no cell begins as a formula does."""
    cell = spreadsheet_text(text)
    assert plain_text(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_ordinary_text_is_not_escaped() -> None:
    """Only a dangerous start is guarded; an apostrophe that people write stays alone."""
    assert [spreadsheet_text(t) for t in ("=1+1", "-5", "a=1", "'tis", "")] == ["'=1+1", "'-5", "a=1", "'tis", ""]
    assert plain_text("'tis") == "'tis"


def test_a_masked_value_shows_one_letter() -> None:
    """Length and content are hidden."""
    assert [masked(t) for t in ("0912345678", "Nguyễn Văn Anh", "")] == ["0…", "N…", ""]


# ---------------------------------------------------------------- words
def test_details_of_messages_are_shown_in_the_language() -> None:
    """Days, whole numbers, lists and mappings; a set has one order whatever its own."""
    assert shown([date(2023, 7, 3), 1560], "vi") == "03/07/2023, 1.560"
    assert shown({"b", "a", "c"}, "vi") == "a, b, c"
    assert shown({"x": 1}, "en") == "x: 1"
    assert [shown(v, "en") for v in (None, True, "t", 1.5)] == ["–", "True", "t", "1.5"]


def test_every_word_has_both_languages_with_the_same_braces() -> None:
    """The catalogue of words is complete in Vietnamese and English."""
    for key, entry in formats._words().items():
        assert set(entry) == {"vi", "en"}, key
        assert _fields(entry["vi"]) == _fields(entry["en"]), key
        assert entry["vi"], key


def test_every_word_asked_for_in_the_source_is_in_the_catalogue() -> None:
    """Scans the package for `word("key", …)` and `has_word("key")` with a key written out."""
    asked = {
        node.args[0].value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("word", "has_word")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert sorted(key for key in asked if not formats.has_word(str(key))) == []


def test_words_take_details() -> None:
    """Braces are filled in; a key that is not there is a bug."""
    assert formats.word("error", "vi") == "lỗi"
    with pytest.raises(KeyError, match="no such word"):
        formats.word("no such word", "vi")


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(
    ("x", "vi"),
    [
        (None, "–"), (math.inf, "–"), (math.nan, "–"), (1234567, "1.234.567"), (187142.857, "187.143"),
        (12.3456789, "12,3457"), (0.0123456789, "0,0123457"), (0.0, "0,00000"), (-3.5, "−3,50000"),
        (1e-20, "0,000000000000"), (99.99995, "100,0000"),
    ],
)  # fmt: skip
def test_significant_digits(x: float | None, vi: str) -> None:
    """Six of them, whole numbers whole, at most twelve decimals; a dash for what is no number."""
    assert significant(x, "vi").replace("-", "−") == vi


def test_scores_by_hand() -> None:
    """Zeros at the end are left out, and rounding never reaches a maximum that the score does not."""
    assert [score(x, "vi") for x in (12.937, 13, 0, 100, 0.5, 20.0, None)] == [
        "12,937",
        "13",
        "0",
        "100",
        "0,5",
        "20",
        "–",
    ]
    assert score(Fraction(1, 3), "en", decimals=2) == "0.33"
    assert score(Fraction(99_999, 10_000), "en", decimals=3, below=Fraction(10)) == "9.999"
    assert score(Fraction(10), "en", decimals=3, below=Fraction(10)) == "10"


def test_the_whole_alphabet_is_in_order() -> None:
    """All 33 letters, and the six tones of a vowel; other signs come first."""
    alphabet = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
    assert sorted(set(alphabet), key=collation_key) == list(alphabet)
    tones = ["ma", "mà", "mả", "mã", "má", "mạ"]
    assert sorted(set(tones), key=collation_key) == tones
    assert sorted(["a", "1", "#"], key=collation_key)[-1] == "a"


def test_only_ascii_numbers_lose_their_decimal_point() -> None:
    """What a spreadsheet has made of a code; nothing else is touched."""
    assert [normal(text) for text in ("12.0", "².0", "ab.0", "1.50", ".0")] == ["12", "².0", "ab.0", "1.50", ".0"]


def test_signs_that_a_terminal_obeys_are_shown() -> None:
    """As numbers; ordinary text, Vietnamese too, is not touched."""
    assert visible("a\x1b[2Jb\u202e") == "a\\u001b[2Jb\\u202e"
    assert visible("Nguyễn Thị –") == "Nguyễn Thị –"
