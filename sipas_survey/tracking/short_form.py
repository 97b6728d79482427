"""The short form of the re-check as data: few questions, each with what it is compared with; read from TOML, checked.

The file has the keys code, version, languages and the tables scale and items, as in
`questionnaires/recheck/short_form.toml`. Another short form is another file, never code.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sipas_survey.formats import Lang, search_key
from sipas_survey.problems import Checked, Place, Problem, problem, stop
from sipas_survey.resources import shipped

Labels = Mapping[str, str]
TYPES = (1, 2, 3)
SHIPPED = "questionnaires/recheck/short_form.toml"
_LONGEST = 1 << 18
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_CHOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")
_LABELLED = re.compile(r"([0-9])\s*[-–—.:)=]\s*(.*\S)")
_DASHES = str.maketrans("–—−", "---")


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: its code (a point of the scale: its number) and words."""

    code: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Item:
    """One question. `compared_with`: what it is compared with, by the questionnaire's code; empty for any other one.

    on_scale : the choices are points of the scale, that may lie `tolerance` apart and count as the same.
    """

    code: str
    type: int
    labels: Labels
    choices: tuple[Choice, ...]
    on_scale: bool = False
    tolerance: int = 0
    compared_with: Mapping[str, str] = field(default_factory=dict)

    def target(self, questionnaire: str) -> str:
        """The criterion or respondent field of a questionnaire that it is compared with; empty where there is none."""
        return self.compared_with.get(questionnaire) or self.compared_with.get("", "")

    def read(self, text: str) -> str | None:
        """The code of the choice that a cell names by code or words; None where it names none."""
        words = {_folded(label): c.code for c in self.choices for label in c.labels.values()}
        words |= {_folded(c.code): c.code for c in self.choices}
        folded = _folded(text)
        if folded in words:
            return words[folded]
        labelled = _LABELLED.fullmatch(folded)
        same = labelled is not None and words.get(labelled[1]) == words.get(labelled[2])
        return words.get(labelled[1]) if labelled is not None and same else None

    def differ(self, first: str, second: str) -> bool:
        """Whether two answers differ by more than is allowed."""
        if not self.on_scale:
            return first != second
        return abs(int(first) - int(second)) > self.tolerance


@dataclass(frozen=True, slots=True)
class ShortForm:
    """A version of the short form. `satisfied`: points of the scale that count as yes; `text` is its file."""

    code: str
    version: str
    items: tuple[Item, ...]
    satisfied: tuple[int, ...]
    text: str = field(repr=False)

    def compared(self, questionnaire: str) -> dict[str, Item]:
        """The items that are compared with something in a questionnaire, by that."""
        return {item.target(questionnaire): item for item in self.items if item.target(questionnaire)}


def wording(labels: Labels, lang: Lang) -> str:
    """The label in a language, or in the first one there is."""
    return labels.get(lang) or next(iter(labels.values()), "")


def _folded(text: str) -> str:
    return search_key(text.translate(_DASHES))


# ---------------------------------------------------------------- reading
def load(path: Path | None = None) -> Checked[ShortForm]:
    """Read a short form: a file, or the one that comes with the package.

    Raises SurveyError FILE_NOT_FOUND, SHORT_FORM_UNREADABLE.
    """
    place = Place(file=path.name if path else SHIPPED.rpartition("/")[2])
    if path is not None and not path.is_file():
        raise stop("FILE_NOT_FOUND", place, found=str(path))
    try:
        held = (path or shipped(SHIPPED)).read_bytes()
        text = held.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise stop("SHORT_FORM_UNREADABLE", place, reason=type(error).__name__) from error
    if len(held) > _LONGEST:
        raise stop("SHORT_FORM_UNREADABLE", place, reason=f"{len(held)} bytes")
    return parse(text, place=place)


def parse(text: str, *, place: Place) -> Checked[ShortForm]:
    """The short form in a text; entries with a fault are named and left out. Raises SHORT_FORM_UNREADABLE."""
    lines = unicodedata.normalize("NFC", text).splitlines()
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise stop("SHORT_FORM_UNREADABLE", place, reason=str(error)) from error
    return _Reader(raw, place, text).short_form()


class _Reader:
    """Turns the raw tables into values and collects what is wrong with them."""

    def __init__(self, raw: Mapping[str, Any], place: Place, text: str) -> None:
        self.raw, self.place, self.text = raw, place, text
        self.problems: list[Problem] = []
        found = raw.get("languages")
        self.languages = [str(x) for x in found] if isinstance(found, list) else []

    def short_form(self) -> Checked[ShortForm]:
        """The value, with every fault of the file."""
        if not self.languages:
            self.fault("languages", "languages")
        scale = self.choices(self.raw.get("scale"), "scale", key="value") if "scale" in self.raw else ()
        satisfied = self.satisfied(scale)
        entries = self.raw.get("items")
        if not isinstance(entries, list) or not entries:
            self.fault("items", "items")
            entries = []
        items: list[Item] = []
        for i, entry in enumerate(entries, start=1):
            item = self.item(entry if isinstance(entry, dict) else {}, f"items {i}", scale)
            if item is not None and item.code in {other.code for other in items}:
                self.fault(f"items {i}", "code", found=item.code)
            elif item is not None:
                items.append(item)
        names = [self.string(self.raw, name, "–") for name in ("code", "version")]
        return Checked(ShortForm(names[0], names[1], tuple(items), satisfied, self.text), tuple(self.problems))

    def item(self, entry: Mapping[str, Any], where: str, scale: tuple[Choice, ...]) -> Item | None:
        """One question; None where its code or type cannot be used."""
        code, kind = self.string(entry, "code", where), entry.get("type")
        if code and not _CODE.fullmatch(code):
            self.fault(where, "code", found=code)
            return None
        if not code or kind not in TYPES or type(kind) is not int:
            self.fault(code or where, "type", found=str(kind))
            return None
        on_scale = "choices" not in entry
        choices = scale if on_scale else self.choices(entry["choices"], code, key="code")
        if len(choices) < 2:
            self.fault(code, "choices")
        tolerance = entry.get("tolerance", 0)
        if type(tolerance) is not int or tolerance < 0:
            self.fault(code, "tolerance", found=str(tolerance))
            tolerance = 0
        compared = self.compared(entry.get("compared_with", {}), code)
        return Item(code, kind, self.labels(entry.get("label"), code), choices, on_scale, tolerance, compared)

    def compared(self, found: object, where: str) -> Mapping[str, str]:
        """What an item is compared with, by questionnaire; under an empty code for any."""
        told = {"": found} if isinstance(found, str) else found
        if not isinstance(told, dict) or not all(isinstance(v, str) for v in told.values()):
            self.fault(where, "compared_with", found=str(found))
            return {}
        return {str(k): v.strip() for k, v in told.items() if v.strip()}

    def choices(self, found: object, where: str, *, key: str) -> tuple[Choice, ...]:
        """Answers, or points of the scale, with different codes."""
        made: list[Choice] = []
        for entry in found if isinstance(found, list) else []:
            code = str(entry.get(key, "")).strip() if isinstance(entry, dict) else ""
            number = key == "code" or code in [str(n) for n in range(1, 10)]
            if not _CHOICE.fullmatch(code) or not number or code in [c.code for c in made]:
                self.fault(where, key, found=code)
                continue
            made.append(Choice(code, self.labels(entry.get("label"), f"{where} {code}")))
        return tuple(made)

    def satisfied(self, scale: Sequence[Choice]) -> tuple[int, ...]:
        """Points of the scale that count as yes; there need not be any."""
        found = self.raw.get("satisfied", [])
        points = found if isinstance(found, list) and all(str(x) in [c.code for c in scale] for x in found) else None
        if points is None:
            self.fault("satisfied", "satisfied", found=str(found))
        return tuple(sorted(set(points or [])))

    def labels(self, found: object, where: str) -> Labels:
        """The words in every language."""
        labels = {str(k): v.strip() for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}
        for language in self.languages:
            if not labels.get(language):
                self.fault(where, f"label.{language}")
        return labels

    def string(self, entry: Mapping[str, Any], key: str, where: str) -> str:
        """A text that must be there; empty where it is not."""
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            self.fault(where, key)
            return ""
        return value.strip()

    def fault(self, entry: str, key: str, *, found: str | None = None) -> None:
        """Note a problem of an entry."""
        self.problems.append(problem("SHORT_FORM_WRONG", self.place, found=found, entry=entry, key=key))
