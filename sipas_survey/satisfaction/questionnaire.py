"""The questionnaire as data: criteria, elements, parts, scale, respondent section; read from TOML and checked.

The file has the keys code, version, languages, satisfied, and the tables source, overall, scale, parts, elements,
criteria and respondent, as in `questionnaires/sipas_2022.toml`. A further version is a further file, never code.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from sipas_survey.formats import Lang
from sipas_survey.problems import Checked, Place, Problem, problem, stop
from sipas_survey.resources import shipped

Labels = Mapping[str, str]
OVERALL = "overall"


class IndexLevel(StrEnum):
    """The four storeys of the indices."""

    OVERALL = "overall"
    PART = "part"
    ELEMENT = "element"
    CRITERION = "criterion"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the questionnaire: policy, service."""

    code: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Element:
    """A group of criteria within a part; the five service elements are the dimensions of SIPAS."""

    code: str
    part: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the satisfaction table."""

    code: str
    element: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class ScalePoint:
    """One answer of the scale: a whole number from 1 to 9 and its words."""

    value: int
    labels: Labels


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question about the respondent."""

    code: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class RespondentField:
    """A question about the respondent."""

    code: str
    labels: Labels
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """A figure that is reported: its criteria are those it is computed from."""

    code: str
    level: IndexLevel
    labels: Labels
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A version of the questionnaire. `satisfied` are the answers that count as satisfied; `text` is its file."""

    code: str
    version: str
    languages: tuple[str, ...]
    source: Labels
    overall: Labels
    parts: tuple[Part, ...]
    elements: tuple[Element, ...]
    criteria: tuple[Criterion, ...]
    scale: tuple[ScalePoint, ...]
    satisfied: tuple[int, ...]
    respondent: tuple[RespondentField, ...]
    text: str = field(repr=False)

    @property
    def indices(self) -> tuple[Index, ...]:
        """All indices in print order: overall, then each part, its elements, and their criteria."""
        rows = [Index(OVERALL, IndexLevel.OVERALL, self.overall, tuple(c.code for c in self.criteria))]
        for part in self.parts:
            elements = [e for e in self.elements if e.part == part.code]
            inside = {e.code: [c for c in self.criteria if c.element == e.code] for e in elements}
            everything = tuple(c.code for e in elements for c in inside[e.code])
            rows.append(Index(part.code, IndexLevel.PART, part.labels, everything))
            for element in elements:
                criteria = inside[element.code]
                rows.append(Index(element.code, IndexLevel.ELEMENT, element.labels, tuple(c.code for c in criteria)))
                rows += [Index(c.code, IndexLevel.CRITERION, c.labels, (c.code,)) for c in criteria]
        return tuple(rows)

    def label(self, index: str, lang: Lang) -> str:
        """The words of an index; in the questionnaire's first language where it has none in `lang`."""
        return wording(self._index(index).labels, lang)

    def criteria_of(self, index: str) -> tuple[str, ...]:
        """Codes of the criteria an index is computed from. KeyError for an unknown index."""
        return self._index(index).criteria

    def digest(self) -> str:
        """SHA-256 of the file's text (NFC, line ends LF, no blanks at line ends), in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def _index(self, code: str) -> Index:
        for index in self.indices:
            if index.code == code:
                return index
        raise KeyError(code)


def wording(labels: Labels, lang: Lang) -> str:
    """The label in a language, or in the first one there is."""
    return labels.get(lang) or next(iter(labels.values()), "")


def shipped_names() -> tuple[str, ...]:
    """Names of the questionnaires that come with the package, in alphabetical order."""
    files = shipped("questionnaires").iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def load(name_or_path: str) -> Checked[Questionnaire]:
    """Read a questionnaire: the name of a shipped one, else the path of a TOML file.

    Entries with a fault are named and left out of the value. Raises SurveyError with QUESTIONNAIRE_NOT_FOUND or
    QUESTIONNAIRE_UNREADABLE where there is nothing to read.
    """
    text, place = _text_of(name_or_path)
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise stop("QUESTIONNAIRE_UNREADABLE", place, reason=str(error)) from error
    return _Reader(raw, place, text).questionnaire()


def _text_of(name_or_path: str) -> tuple[str, Place]:
    path = Path(name_or_path)
    if name_or_path in shipped_names():
        source, place = shipped(f"questionnaires/{name_or_path}.toml"), Place(file=f"{name_or_path}.toml")
    elif path.is_file():
        source, place = path, Place(file=path.name)
    else:
        raise stop("QUESTIONNAIRE_NOT_FOUND", found=name_or_path, names=shipped_names())
    try:
        with source.open("rb") as stream:
            held = stream.read(_LONGEST + 1)
        text = held.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise stop("QUESTIONNAIRE_UNREADABLE", place, reason=type(error).__name__) from error
    if len(held) > _LONGEST or max(map(len, held.splitlines()), default=0) > _LONGEST_LINE:
        raise stop("QUESTIONNAIRE_UNREADABLE", place, reason=f"{len(held)} bytes")
    lines = unicodedata.normalize("NFC", text).splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n", place


_LONGEST = 1 << 20
_LONGEST_LINE = 10_000  # a key of many dotted parts takes the parser endless time
_CODE = re.compile(r"[a-z][a-z0-9_]*")
_CHOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")


class _Reader:
    """Turns the raw tables into values and collects what is wrong with them."""

    def __init__(self, raw: Mapping[str, Any], place: Place, text: str) -> None:
        self.raw, self.place, self.text = raw, place, text
        self.problems: list[Problem] = []
        self.codes: set[str] = {OVERALL}
        languages = raw.get("languages")
        self.languages = tuple(str(x) for x in languages) if isinstance(languages, list) and languages else ()

    def questionnaire(self) -> Checked[Questionnaire]:
        """The value, with every fault of the file."""
        if not self.languages:
            self.fault("QUESTIONNAIRE_KEY_MISSING", "questionnaire", key="languages")
        parts, elements, criteria = self.hierarchy()
        scale = self.scale()
        value = Questionnaire(
            code=self.string(self.raw, "code", "questionnaire"),
            version=self.string(self.raw, "version", "questionnaire"),
            languages=self.languages,
            source=self.labels(self.raw.get("source"), "source"),
            overall=self.labels(self.raw.get("overall"), OVERALL),
            parts=parts,
            elements=elements,
            criteria=criteria,
            scale=scale,
            satisfied=self.satisfied(scale),
            respondent=self.respondent(),
            text=self.text,
        )
        return Checked(value, tuple(self.problems))

    def hierarchy(self) -> tuple[tuple[Part, ...], tuple[Element, ...], tuple[Criterion, ...]]:
        """Parts, elements and criteria; an entry whose parent is unknown is left out."""
        parts = tuple(Part(code, labels) for code, labels, _ in self.coded("parts"))
        elements = tuple(
            Element(code, parent, labels)
            for code, labels, entry in self.coded("elements")
            if (parent := self.parent(entry, "part", code, [p.code for p in parts]))
        )
        criteria = tuple(
            Criterion(code, parent, labels)
            for code, labels, entry in self.coded("criteria")
            if (parent := self.parent(entry, "element", code, [e.code for e in elements]))
        )
        self.complete([p.code for p in parts], [e.part for e in elements])
        self.complete([e.code for e in elements], [c.element for c in criteria])
        return parts, elements, criteria

    def coded(self, key: str) -> list[tuple[str, Labels, Mapping[str, Any]]]:
        """Entries of a table whose code is well formed and new."""
        rows = []
        for where, entry in self.entries(self.raw, key, key):
            code = self.code(entry, where, self.codes, _CODE)
            if code:
                rows.append((code, self.labels(entry.get("label"), code), entry))
        return rows

    def entries(self, table: Mapping[str, Any], key: str, where: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The entries of a list of tables, each with the name it has in messages: `criteria 3`."""
        found = table.get(key)
        if not isinstance(found, list) or not found or not all(isinstance(entry, dict) for entry in found):
            self.fault("QUESTIONNAIRE_KEY_MISSING", where, key=key)
            return []
        return [(f"{where} {i}", entry) for i, entry in enumerate(found, start=1)]

    def code(self, entry: Mapping[str, Any], where: str, known: set[str], shape: re.Pattern[str]) -> str:
        """The code of an entry; empty where it is missing, badly formed or used before."""
        code = self.string(entry, "code", where)
        if code and not shape.fullmatch(code):
            self.fault("QUESTIONNAIRE_CODE_SHAPE", where, found=code)
            return ""
        if code in known:
            self.fault("QUESTIONNAIRE_CODE_TWICE", where, found=code)
            return ""
        known.add(code)
        return code

    def parent(self, entry: Mapping[str, Any], key: str, code: str, known: Sequence[str]) -> str:
        """The element or part that an entry belongs to; empty where there is no such one."""
        parent = self.string(entry, key, code)
        if parent and parent not in known:
            self.fault("QUESTIONNAIRE_UNKNOWN_PARENT", code, found=parent, known=tuple(known))
            return ""
        return parent

    def complete(self, codes: Sequence[str], used: Sequence[str]) -> None:
        """Every part has an element, every element a criterion."""
        for code in codes:
            if code not in used:
                self.fault("QUESTIONNAIRE_EMPTY_GROUP", code)

    def scale(self) -> tuple[ScalePoint, ...]:
        """The points of the scale: different whole numbers from 1 to 9."""
        points: list[ScalePoint] = []
        for where, entry in self.entries(self.raw, "scale", "scale"):
            value = entry.get("value")
            if type(value) is not int or not 1 <= value <= 9 or value in [p.value for p in points]:
                self.fault("QUESTIONNAIRE_SCALE", where, found=str(value))
                continue
            points.append(ScalePoint(value, self.labels(entry.get("label"), where)))
        return tuple(points)

    def satisfied(self, scale: Sequence[ScalePoint]) -> tuple[int, ...]:
        """The answers that count as satisfied: some of the scale, not all."""
        found, values = self.raw.get("satisfied"), {p.value for p in scale}
        numbers = found if isinstance(found, list) and all(type(x) is int for x in found) else []
        if not numbers or not set(numbers) < values:
            self.fault("QUESTIONNAIRE_SCALE", "satisfied", found=str(found))
            return ()
        return tuple(sorted(set(numbers)))

    def respondent(self) -> tuple[RespondentField, ...]:
        """The questions about the respondent; a questionnaire may have none."""
        fields: list[RespondentField] = []
        for where, entry in self.entries(self.raw, "respondent", "respondent") if "respondent" in self.raw else []:
            code = self.code(entry, where, self.codes, _CODE)
            if code:
                fields.append(RespondentField(code, self.labels(entry.get("label"), code), self.choices(entry, code)))
        return tuple(fields)

    def choices(self, entry: Mapping[str, Any], where: str) -> tuple[Choice, ...]:
        """The answers to one question."""
        known: set[str] = set()
        return tuple(
            Choice(code, self.labels(choice.get("label"), f"{where} {code}"))
            for name, choice in self.entries(entry, "choices", where)
            if (code := self.code(choice, name, known, _CHOICE))
        )

    def labels(self, found: object, where: str) -> Labels:
        """The words in every language of the questionnaire."""
        labels = {str(k): v.strip() for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}
        for language in self.languages:
            if not labels.get(language):
                self.fault("QUESTIONNAIRE_LABEL_MISSING", where, language=language)
        return labels

    def string(self, entry: Mapping[str, Any], key: str, where: str) -> str:
        """A text that must be there; empty where it is not."""
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            self.fault("QUESTIONNAIRE_KEY_MISSING", where, key=key)
            return ""
        return value.strip()

    def fault(self, kind: str, where: str, *, found: str | None = None, **details: object) -> None:
        """Note a problem of an entry, with the line at which the entry begins."""
        place = self.place.at(row=_line_of(self.text, where))
        self.problems.append(problem(kind, place, found=found, entry=where, **details))


def _line_of(text: str, entry: str) -> int | None:
    """The line of a file at which an entry begins, counted from 1: `criteria 3`, `q03`, `sex M`, `source`.

    None for what stands nowhere, as a missing table does.
    """
    lines = text.splitlines()
    table, _, last = entry.rpartition(" ")
    heads = [i for i, line in enumerate(lines, 1) if line.strip() == f"[[{table}]]"]
    if last.isdecimal() and 0 < int(last) <= len(heads):
        return heads[int(last) - 1]
    name = re.escape(last)
    begins = re.compile(rf"\s*(?:\[{name}\]|{name}\s*=|.*\bcode\s*=\s*[\"']{name}[\"'])")
    return next((i for i, line in enumerate(lines, 1) if begins.match(line)), None)
