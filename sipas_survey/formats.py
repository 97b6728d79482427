"""Numbers, dates, names and words as people read them, in Vietnamese and English.

Shares live in [0, 1] everywhere else; percent exists only here.
"""

import math
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from sipas_survey.resources import shipped

Lang = Literal["vi", "en"]
LANGUAGES: tuple[Lang, ...] = ("vi", "en")
MISSING = "–"


# ---------------------------------------------------------------- shares and numbers
@dataclass(frozen=True, slots=True)
class Share:
    """An exact share: `part` of `whole`, both counts, 0 <= part <= whole unless several visits are counted."""

    part: int
    whole: int

    @property
    def fraction(self) -> Fraction | None:
        """The exact value, or None where nothing was counted."""
        return Fraction(self.part, self.whole) if self.whole else None

    @property
    def value(self) -> float | None:
        """The value as a float in [0, 1], or None where nothing was counted."""
        return self.part / self.whole if self.whole else None

    def reaches(self, target: Fraction) -> bool | None:
        """Whether part/whole >= target, judged on integers; None where nothing was counted."""
        return self.part * target.denominator >= target.numerator * self.whole if self.whole else None


def exact(x: Share | Fraction | float | None) -> Fraction | None:
    """The exact rational behind a share or a fraction; None for nothing and for NaN.

    A float is read as the shortest decimal that means it: 0.85 is 17/20, not the double just below.
    """
    if x is None or isinstance(x, Fraction):
        return x
    if isinstance(x, Share):
        return x.fraction
    return Fraction(repr(float(x))) if x == x and abs(x) != float("inf") else None


def number(x: int | float | Fraction | None, lang: Lang, *, decimals: int = 0) -> str:
    """A number with the language's separators, rounded half up: 1560 → `1.560` (vi), `1,560` (en)."""
    value = exact(x if not isinstance(x, int) else Fraction(x))
    if value is None:
        return MISSING
    return _grouped(_half_up(value, decimals), decimals, lang)


def significant(x: float | None, lang: Lang, *, digits: int = 6) -> str:
    """A figure with so many significant digits, whole numbers whole: 187142.857 → `187.143` (vi), `187,143` (en)."""
    if x is None or isinstance(x, int) or not math.isfinite(x):
        return number(x if isinstance(x, int) else None, lang)
    before = math.floor(math.log10(abs(x))) + 1 if x else 1
    return number(x, lang, decimals=min(max(digits - before, 0), 12))


def score(x: float | Fraction | None, lang: Lang, *, decimals: int = 4, below: Fraction | None = None) -> str:
    """Points with the decimals they have, up to `decimals`: 12.937 → `12,937` (vi), 13 → `13`; half up.

    Rounding never carries points up to a maximum, `below`, that they do not reach.
    """
    value = exact(x)
    if value is None:
        return MISSING
    scaled = _half_up(value, decimals)
    if below is not None and value < below and Fraction(scaled, 10**decimals) >= below:
        scaled = _below(below * 10**decimals)
    while decimals and scaled % 10 == 0:
        scaled, decimals = scaled // 10, decimals - 1
    return _grouped(scaled, decimals, lang)


def percent(
    x: Share | Fraction | float | None, lang: Lang, *, targets: Sequence[Fraction] = (), decimals: int = 2
) -> str:
    """A share in [0, 1] as percent: `88,29%` (vi), `88.29%` (en); half up.

    Rounding never carries a share across one of `targets`, nor up to 100 %: 84.996 % of target 85 % is `84,99%`.
    """
    value = exact(x)
    if value is None:
        return MISSING
    hundredths, scale = _half_up(value * 100, decimals), 10**decimals
    for target in (*targets, Fraction(1)):
        if value < target and Fraction(hundredths, 100 * scale) >= target:
            hundredths = _below(target * 100 * scale)
        if value > target and Fraction(hundredths, 100 * scale) < target:
            hundredths = -_below(-target * 100 * scale, strict=False)
    return _grouped(hundredths, decimals, lang) + "%"


def _below(x: Fraction, *, strict: bool = True) -> int:
    """The greatest integer below x (or at most x)."""
    floor = x.numerator // x.denominator
    return floor - 1 if strict and floor == x else floor


def target_percent(target: Fraction, lang: Lang) -> str:
    """A target as percent, without decimals where it has none: `85%`, `100%`, `87,5%`."""
    text = percent(target, lang)
    return re.sub(r"[.,]?0+%$", "%", text) if re.search(r"[.,]\d*0%$", text) else text


def points(x: float | Fraction | None, lang: Lang, *, decimals: int = 2) -> str:
    """A difference of shares in percentage points with its sign: 0.0108 → `+1,08`."""
    value = exact(x)
    if value is None:
        return MISSING
    hundredths = _half_up(value * 100, decimals)
    sign = "+" if hundredths > 0 else "−" if hundredths < 0 else ""
    return sign + _grouped(abs(hundredths), decimals, lang)


def _half_up(value: Fraction, decimals: int) -> int:
    """value · 10^decimals rounded half away from zero."""
    scaled = abs(value) * 10**decimals * 2
    rounded: int = (scaled.numerator // scaled.denominator + 1) // 2
    return rounded if value >= 0 else -rounded


def _grouped(scaled: int, decimals: int, lang: Lang) -> str:
    whole, rest = divmod(abs(scaled), 10**decimals)
    text = f"{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")
    if lang == "vi":
        text = text.translate(str.maketrans(",.", ".,"))
    return ("−" if scaled < 0 else "") + text


# ---------------------------------------------------------------- days
def day(on: date | None, lang: Lang) -> str:
    """A day: `03/07/2023` (vi), `2023-07-03` (en)."""
    if on is None:
        return MISSING
    return on.strftime("%d/%m/%Y") if lang == "vi" else on.strftime("%Y-%m-%d")


def moment(at: datetime, lang: Lang, timezone: str) -> str:
    """An instant in the survey's time zone, to the second: `15:04:05 03/07/2023` (vi), `2023-07-03 15:04:05` (en)."""
    local = at.astimezone(ZoneInfo(timezone))
    return local.strftime("%H:%M:%S %d/%m/%Y") if lang == "vi" else local.strftime("%Y-%m-%d %H:%M:%S")


_ISO_DAY = re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(?P<d>\d{1,2})(?P<sep>[/.-])(?P<m>\d{1,2})(?P=sep)(?P<y>\d{4})", re.ASCII)
_TIME_OF_DAY = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$", re.ASCII)


def read_day(text: str) -> date | None:
    """The day that a text means: ISO (`2023-12-06`) or day first (`06/12/2023`, `6.12.2023`, `6-12-2023`).

    A time of day behind it is allowed and dropped. None where the text is no day: empty, two-digit years, 31 February.
    """
    bare = _TIME_OF_DAY.sub("", text.strip())
    found = _ISO_DAY.fullmatch(bare) or _DAY_FIRST.fullmatch(bare)
    if found is None:
        return None
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None


# ---------------------------------------------------------------- text
def normal(text: str) -> str:
    """Text as it is stored and compared: NFC, outer spaces removed, whole numbers without a decimal point."""
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    text = text.strip()
    if text.endswith(".0") and text[:-2].isascii() and text[:-2].isdigit():
        return text[:-2]
    return text


def search_key(text: str) -> str:
    """Text for searching and matching names: lower case, no accents, no tone marks (old and new style), đ as d."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONE_RANK = {"": 0, "\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_MODIFIERS = {"\u0306", "\u0302", "\u031b"}


def collation_key(text: str) -> str:
    """A key that sorts Vietnamese text by dictionary order: letters first (a ă â b …), then tones, word by word.

    The order of tones is level, grave, hook, tilde, acute, dot below. The key is plain text and can be stored.
    """
    return " ".join(_word_key(word) for word in unicodedata.normalize("NFD", text.casefold()).split())


@cache
def _word_key(word: str) -> str:
    letters, tone, i = "", "0", 0
    while i < len(word):
        base, marks = word[i], ""
        i += 1
        while i < len(word) and unicodedata.combining(word[i]):
            if word[i] in _TONE_RANK:
                tone = str(_TONE_RANK[word[i]])
            elif word[i] in _MODIFIERS:
                marks += word[i]
            i += 1
        letter = unicodedata.normalize("NFC", base + marks)
        rank = _ALPHABET.find(letter)
        letters += f"{rank + 10}" if rank >= 0 else f"0{ord(base):x}."
    return letters + "!" + tone


def name_key(full_name: str) -> tuple[str, str]:
    """Sort key of a person's name, as Vietnamese lists are sorted: the given name (last word) first."""
    words = full_name.split()
    return (collation_key(words[-1]) if words else "", collation_key(" ".join(words[:-1])))


def form_code(code: str) -> str:
    """A form code in the groups in which it is printed: 2310000131 → `23 100001 31`; anything else as it is."""
    return f"{code[:2]} {code[2:8]} {code[8:]}" if len(code) == 10 and code.isdigit() else code


_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def spreadsheet_text(text: str) -> str:
    """Text that a spreadsheet cannot take for a formula: a leading apostrophe before = + - @, tab and line breaks.

    Text that already has apostrophes before one of these gets one more, so that `plain_text` gives back every text.
    """
    return "'" + text if text.lstrip("'").startswith(_RISKY) else text


def plain_text(cell: str) -> str:
    """The text behind a cell written by `spreadsheet_text`."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_RISKY) else cell


def visible(text: str) -> str:
    """Text without signs that a terminal obeys: each such sign as its number. Text of a file may hold anything."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


def masked(text: str) -> str:
    """A personal value that may be shown in a message: its first letter and its length hidden behind dots."""
    return f"{text[:1]}…" if len(text) > 1 else text


# ---------------------------------------------------------------- words
@cache
def _words() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for file in sorted(shipped("messages/words").iterdir(), key=lambda f: f.name):
        for key, entry in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if key in table:
                raise KeyError(f"word {key!r} is defined twice, again in {file.name}")
            table[key] = entry
    return table


def word(key: str, lang: Lang, **details: object) -> str:
    """A word, heading or sentence of the interface, from `messages/words/*.toml`, with `{details}` filled in."""
    text = _words()[key][lang]
    return text.format_map(details) if details else text


def has_word(key: str) -> bool:
    """Whether the catalogue of words holds this key."""
    return key in _words()


def shown(value: object, lang: Lang) -> str:
    """Any detail of a message as text: days, numbers, lists and named values in the language, else as it is.

    A member of a StrEnum is shown by its word `<class>_<value>`, e.g. `act_return`.
    """
    if isinstance(value, StrEnum):
        return word(f"{type(value).__name__.lower()}_{value}", lang)
    if isinstance(value, date) and not isinstance(value, datetime):
        return day(value, lang)
    if isinstance(value, bool) or value is None:
        return MISSING if value is None else str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {shown(v, lang)}" for k, v in value.items())
    if isinstance(value, (set, frozenset)):
        return ", ".join(sorted(shown(v, lang) for v in value))  # a set has no order of its own: the text needs one
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(v, lang) for v in value)
    if isinstance(value, int):
        return number(value, lang)
    return score(value, lang) if isinstance(value, Fraction) else str(value)
