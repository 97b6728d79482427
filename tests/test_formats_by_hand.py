"""Numbers, texts and words at their edges, each figure worked out by hand."""

import string
from datetime import UTC, date, datetime
from enum import StrEnum
from fractions import Fraction

import pytest

from sipas_survey import formats
from sipas_survey.formats import (
    Share,
    collation_key,
    exact,
    form_code,
    masked,
    name_key,
    normal,
    number,
    percent,
    points,
    read_day,
    score,
    search_key,
    shown,
    significant,
    spreadsheet_text,
    target_percent,
    visible,
    word,
)
from sipas_survey.tracking.forms import Act

INFINITY = float("inf")


# ---------------------------------------------------------------- shares and numbers
def test_an_exact_value_is_what_is_written() -> None:
    """0.85 is 17/20; a share of nothing, NaN and the infinities are nothing."""
    assert (exact(0.85), exact(3), exact(Fraction(1, 3)), exact(Share(2, 6))) == (
        Fraction(17, 20), 3, Fraction(1, 3), Fraction(1, 3),
    )  # fmt: skip
    assert [exact(x) for x in (None, float("nan"), INFINITY, -INFINITY, Share(0, 0))] == [None] * 5


def test_a_share_has_a_value_where_something_was_counted() -> None:
    """3 of 4; 0 of 1 is a value; nothing of nothing is none. A share reaches a target that it equals."""
    assert (Share(3, 4).value, Share(3, 4).fraction, Share(0, 1).value) == (0.75, Fraction(3, 4), 0.0)
    assert (Share(0, 0).value, Share(0, 0).fraction) == (None, None)
    assert [Share(part, 3).reaches(Fraction(2, 3)) for part in (1, 2, 3)] == [False, True, True]


@pytest.mark.parametrize(
    ("x", "decimals", "text"),
    [
        (0.5, 0, "1"), (0.49, 0, "0"), (-0.5, 0, "−1"), (1.005, 2, "1.01"), (1.0049, 2, "1.00"), (999.5, 0, "1,000"),
        (1_234_567.05, 1, "1,234,567.1"), (0.05, 1, "0.1"), (-0.04, 1, "0.0"), (3, 2, "3.00"), (0, 0, "0"),
    ],
)  # fmt: skip
def test_half_goes_away_from_zero(x: float, decimals: int, text: str) -> None:
    """A half is rounded up in size, less than a half down."""
    assert number(x, "en", decimals=decimals) == text


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (187_142.857, "187,143"), (1_234_567.8, "1,234,568"), (12_345.678, "12,345.7"), (9.87654321, "9.87654"),
        (0.0123456789, "0.0123457"), (1.0, "1.00000"), (10.0, "10.0000"), (0.0, "0.00000"), (-2.5, "−2.50000"),
        (1e-9, "0.000000001000"), (7, "7"), (12_345_678, "12,345,678"), (None, "–"), (INFINITY, "–"),
    ],
)  # fmt: skip
def test_significant_digits(x: float | None, text: str) -> None:
    """Six digits from the first that is not nought, at most twelve behind the point; whole numbers whole."""
    assert significant(x, "en") == text


def test_significant_digits_of_another_number() -> None:
    """Three digits of 3.14159 and of 27.18."""
    assert [significant(x, "vi", digits=3) for x in (3.14159, 27.18, 1234.0)] == ["3,14", "27,2", "1.234"]


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (12.937, "12,937"), (13.0, "13"), (12.93705, "12,9371"), (12.50004, "12,5"), (0.0, "0"), (100.0, "100"),
        (1234.5, "1.234,5"), (-0.25, "−0,25"), (None, "–"),
    ],
)  # fmt: skip
def test_points_have_the_decimals_that_they_need(x: float | None, text: str) -> None:
    """Up to four, without noughts at the end; noughts before the point stay."""
    assert score(x, "vi") == text


def test_points_stay_below_a_maximum_that_they_do_not_reach() -> None:
    """12.99999 of 13 is 12.9999; 13 of 13 is 13; more than the maximum is shown as it is; a maximum of 12.5 holds."""
    thirteen = Fraction(13)
    shown_as = [score(x, "en", below=thirteen) for x in (12.99999, 13.0, 13.00004, 13.5, 12.99994)]
    assert shown_as == ["12.9999", "13", "13", "13.5", "12.9999"]
    assert score(Fraction(12_499_999, 1_000_000), "en", decimals=2, below=Fraction(25, 2)) == "12.49"
    assert score(Fraction(2, 3), "en", decimals=2, below=Fraction(2, 3)) == "0.67"
    assert score(Fraction(3333, 5000), "en", decimals=2, below=Fraction(2, 3)) == "0.66"


def test_percent_on_both_sides_of_a_target() -> None:
    """Just above a target that has more decimals than are printed, a share prints above; at the target it rounds."""
    target = Fraction(850_049, 1_000_000)  # 85.0049 %
    above, at, below = target + Fraction(1, 10**9), target, target - Fraction(1, 10**9)
    assert [percent(x, "en", targets=(target,)) for x in (above, at, below)] == ["85.01%", "85.00%", "85.00%"]
    assert [percent(x, "en", targets=(Fraction(1, 3),), decimals=0) for x in (0.334, 0.333)] == ["34%", "33%"]
    assert percent(1.5, "en") == "150.00%"
    assert percent(Fraction(9_999_999, 10**7), "en", decimals=0) == "99%"
    assert percent(Fraction(84_999_999, 10**8), "en", targets=(Fraction(1, 2), Fraction(17, 20))) == "84.99%"


def test_targets_are_printed_without_needless_noughts() -> None:
    """Noughts of a whole number stay; those behind the point go."""
    targets = [Fraction(1, 10), Fraction(1, 3), Fraction(805, 1000), Fraction(2, 1), Fraction(8505, 10_000)]
    assert [target_percent(t, "en") for t in targets] == ["10%", "33.33%", "80.5%", "200%", "85.05%"]
    assert [target_percent(t, "vi") for t in targets] == ["10%", "33,33%", "80,5%", "200%", "85,05%"]


def test_differences_have_a_sign_where_they_print_as_one() -> None:
    """What rounds to nothing has none."""
    assert [points(x, "en") for x in (0.00005, 0.00004, -0.00005, -0.00004)] == ["+0.01", "0.00", "−0.01", "0.00"]
    assert points(Fraction(1, 8), "vi", decimals=1) == "+12,5"
    assert points(12.345, "en") == "+1,234.50"


# ---------------------------------------------------------------- text
def test_days_at_the_ends_of_months() -> None:
    """29 February in leap years; digits of one or two; seconds with and without a fraction; nothing in front."""
    assert read_day("29/02/2024") == date(2024, 2, 29)
    assert read_day("2024-2-9 7:05") == date(2024, 2, 9)
    assert [read_day(t) for t in ("29/02/2023", "x2024-02-09", "2024-02-09x", "1/1/20240", "2024-02-09 7")] == [
        None
    ] * 5


def test_a_decimal_point_goes_from_plain_digits_only() -> None:
    """`7.0` is 7; digits of other scripts and a point alone stay."""
    assert [normal(t) for t in ("7.0", "10.0", " 12.0 ", "٣.0", "7.00", "7.0.0", "")] == [
        "7", "10", "12", "٣.0", "7.00", "7.0.0", "",
    ]  # fmt: skip


def test_search_keys_by_hand() -> None:
    """đ and Đ are d; signs of tone and of letters go; spaces become one."""
    assert [search_key(t) for t in ("Đà Đẵng", "đ", "Ươm  Mơ", "\tSơn\nLa ")] == ["da dang", "d", "uom mo", "son la"]


def test_keys_of_collation_by_hand() -> None:
    """Place in the alphabet from 10 on, then the tone; other signs by their number, before every letter."""
    assert [collation_key(t) for t in ("a", "Ă", "á", "ạ", "ả", "ã", "à", "z")] == [
        "10!0", "11!0", "10!4", "10!5", "10!2", "10!3", "10!1", "42!0",
    ]  # fmt: skip
    assert collation_key("Mỹ 2") == f"{_place('m')}{_place('y')}!3 032.!0"
    assert collation_key("đường") == f"{_place('đ')}{_place('ư')}{_place('ơ')}{_place('n')}{_place('g')}!1"
    assert collation_key("") == ""


def _place(letter: str) -> int:
    """Where a letter stands in the alphabet of a dictionary (with f, j, w and z), from 10 on."""
    rows = ("a ă â b c d đ e ê f g h i j k l m", "n o ô ơ p q r s t u ư v w x y z")
    return 10 + " ".join(rows).split().index(letter)


def test_a_sign_without_a_place_in_the_alphabet_keeps_no_mark() -> None:
    """A mark that is neither tone nor part of a letter is left out; a tone counts wherever it stands."""
    assert collation_key("n\u0308") == collation_key("n")
    assert collation_key("a\u0301i") == collation_key("ai\u0301")


def test_names_of_one_and_of_many_words() -> None:
    """The given name first, then the others in their order."""
    assert name_key("Anh") == (collation_key("Anh"), "")
    assert name_key("Lê Văn Anh") == (collation_key("Anh"), collation_key("Lê Văn"))


def test_codes_of_forms_have_ten_digits() -> None:
    """Nine or eleven are no code, nor are ten signs with a letter."""
    assert [form_code(c) for c in ("231000013", "23100001310", "231000013x", "2310000131")] == [
        "231000013", "23100001310", "231000013x", "23 100001 31",
    ]  # fmt: skip


def test_every_dangerous_sign_is_guarded() -> None:
    """= + - @, tab and both line breaks; behind apostrophes too."""
    for sign in ("=", "+", "-", "@", "\t", "\r", "\n"):
        assert spreadsheet_text(f"{sign}1") == f"'{sign}1"
        assert formats.plain_text(f"'{sign}1") == f"{sign}1"
        assert spreadsheet_text(f"''{sign}") == f"'''{sign}"
    assert formats.plain_text("=1") == "=1"


def test_signs_that_a_terminal_obeys_are_numbers() -> None:
    """Escape, bell and line breaks; letters stay."""
    assert visible("Đ\x1b[2Jx\u202e\n") == "Đ\\u001b[2Jx\\u202e\\u000a"
    assert visible("Hồ Chí Minh") == "Hồ Chí Minh"


def test_masked_values_of_one_and_two_letters() -> None:
    """One letter hides nothing that dots could; of two only the first is seen."""
    assert (masked("A"), masked("An")) == ("A", "A…")


# ---------------------------------------------------------------- words
class Colour(StrEnum):
    RED = "red"


def test_every_kind_of_detail() -> None:
    """Acts by their word, instants as they are, exact fractions as points, truth as truth."""
    assert shown(Act.RETURN, "en") == word("act_return", "en")
    at = datetime(2023, 7, 3, 1, 2, 3, tzinfo=UTC)
    assert shown(at, "vi") == "2023-07-03 01:02:03+00:00"
    assert shown(date(2023, 7, 3), "en") == "2023-07-03"
    assert shown(Fraction(5, 4), "vi") == "1,25"
    assert [shown(x, "vi") for x in (False, True, None, 12_345, -1)] == ["False", "True", "–", "12.345", "−1"]
    assert shown(frozenset({"b", "a"}), "en") == shown(("a", "b"), "en") == "a, b"
    assert shown({"a": 1, "b": [2, 3]}, "en") == "a: 1, b: 2, 3"
    with pytest.raises(KeyError, match="colour_red"):
        shown(Colour.RED, "en")


def test_words_with_and_without_braces() -> None:
    """Braces are filled where details are given; without details a word is as it is written, in each language."""
    entries = formats._words()
    key = next(k for k, entry in entries.items() if "{" in entry["en"])
    details = {name: 7 for _, name, _, _ in string.Formatter().parse(entries[key]["en"]) if name}
    for lang in formats.LANGUAGES:
        assert word(key, lang) == entries[key][lang]
        assert word(key, lang, **details) == entries[key][lang].format(**details)
    assert (formats.has_word(key), formats.has_word("no such word")) == (True, False)


def test_a_word_defined_twice_is_a_bug(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The second file that defines it is named; with other keys both files are read."""
    folder = tmp_path_factory.mktemp("words")
    (folder / "a.toml").write_text('[one]\nvi = "một"\nen = "one"\n', encoding="utf-8")
    (folder / "b.toml").write_text('[two]\nvi = "hai"\nen = "two"\n', encoding="utf-8")
    asked = []
    monkeypatch.setattr(formats, "shipped", lambda path: asked.append(path) or folder)
    assert list(formats._words.__wrapped__()) == ["one", "two"]
    assert asked == ["messages/words"]
    (folder / "b.toml").write_text('[one]\nvi = "hai"\nen = "two"\n', encoding="utf-8")
    with pytest.raises(KeyError, match=r"'one' is defined twice, again in b\.toml"):
        formats._words.__wrapped__()
