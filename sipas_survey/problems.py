"""What can be wrong, as values: every problem has a kind, a place, what was found, and a way out in two languages.

The catalogue of kinds is data (`messages/problems/*.toml`): severity, exit code, and one sentence per language
that says which rule, what was found, and what to do. Only what cannot go on raises `SurveyError`.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Generic, Literal, TypeVar

from sipas_survey.formats import Lang, shown, visible, word
from sipas_survey.resources import shipped

Severity = Literal["error", "warning"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem is: file, sheet, row as the file's viewer counts (the header is row 1), column, form."""

    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    form: str | None = None

    def at(self, *, row: int | None = None, column: str | None = None) -> "Place":
        """The same file and sheet, another cell."""
        return replace(self, row=self.row if row is None else row, column=self.column if column is None else column)


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `found` is the value as it stands in the file (masked by the caller where it is personal)."""

    kind: str
    place: Place = NOWHERE
    found: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """`error` stops what was asked; `warning` does not."""
        return catalogue()[self.kind].severity

    def message(self, lang: Lang) -> str:
        """The sentence of the catalogue with this problem's details filled in."""
        details = {key: shown(value, lang) for key, value in self.details.items()}
        return catalogue()[self.kind].text(lang).format_map({"found": self.found or "", **details})

    def line(self, lang: Lang) -> str:
        """The whole problem as one line of text: severity, place, sentence, kind."""
        where = [
            f"{word('place_' + name, lang)} {value}" if name != "file" else str(value)
            for name in ("file", "sheet", "row", "column", "form")
            if (value := getattr(self.place, name)) is not None
        ]
        severity = word(self.severity, lang)
        return visible(f"{severity}{' · ' if where else ''}{', '.join(where)}: {self.message(lang)} [{self.kind}]")

    def as_dict(self, lang: Lang) -> dict[str, Any]:
        """The problem as JSON of the contract."""
        place = {name: getattr(self.place, name) for name in ("file", "sheet", "row", "column")}
        form = {"form": self.place.form} if self.place.form else {}
        return {
            "kind": self.kind,
            "severity": self.severity,
            **place,
            **form,
            "found": self.found,
            "message": self.message(lang),
        }


@dataclass(frozen=True, slots=True)
class Kind:
    """An entry of the catalogue."""

    severity: Severity
    exit_code: int
    vi: str
    en: str

    def text(self, lang: Lang) -> str:
        """The sentence in a language."""
        return self.vi if lang == "vi" else self.en


@cache
def catalogue() -> Mapping[str, Kind]:
    """All kinds of problems, by code, from `messages/problems/*.toml`."""
    kinds: dict[str, Kind] = {}
    for file in sorted(shipped("messages/problems").iterdir(), key=lambda f: f.name):
        for code, entry in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if code in kinds:
                raise KeyError(f"problem {code!r} is defined twice, again in {file.name}")
            severity: Severity = "warning" if entry.get("severity") == "warning" else "error"
            kinds[code] = Kind(severity, entry.get("exit", 0 if severity == "warning" else 3), entry["vi"], entry["en"])
    return kinds


@dataclass(frozen=True, slots=True)
class Checked(Generic[T]):
    """A value with everything that was wrong on the way to it. Errors mean: rows of the source are not in the value."""

    value: T
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop an import."""
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that do not."""
        return tuple(p for p in self.problems if p.severity == "warning")

    def or_raise(self) -> T:
        """The value, or `SurveyError` with all problems where one of them is an error."""
        if self.errors:
            raise SurveyError(self.problems)
        return self.value


class SurveyError(Exception):
    """What was asked cannot be done. Raised in workflow and below it, rendered by the faces, never with new text."""

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(f"{p.kind}: {p.message('en')}" for p in self.problems[:5]))

    def __reduce__(self) -> tuple[type["SurveyError"], tuple[tuple[Problem, ...]]]:
        """Between processes the problems go, and not the text made of them."""
        return SurveyError, (self.problems,)

    @property
    def exit_code(self) -> int:
        """The exit code of the first error."""
        codes = [catalogue()[p.kind].exit_code for p in self.problems if p.severity == "error"]
        return codes[0] if codes else 70


def problem(kind: str, place: Place = NOWHERE, *, found: str | None = None, **details: object) -> Problem:
    """Make a problem; `details` are the words in braces of its sentence."""
    return Problem(kind, place, found, details)


def stop(kind: str, place: Place = NOWHERE, *, found: str | None = None, **details: object) -> SurveyError:
    """Make the error to raise for a single problem."""
    return SurveyError(Problem(kind, place, found, details))
