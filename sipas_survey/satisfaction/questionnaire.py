"""The questionnaire as data: sections, questions, the satisfaction table; read from TOML and checked.

The file has the keys code, version, kind, languages, satisfied, and the tables source, overall, scale, sections, parts,
elements, criteria, respondent and questions, as in `questionnaires/sipas_2022.toml`; `questionnaires/README.md` says
what each holds. A further version is a further file, never code.
"""

import re
import tomllib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from sipas_survey.formats import LANGUAGES, word
from sipas_survey.problems import Checked, Place, stop
from sipas_survey.resources import shipped
from sipas_survey.satisfaction.items import (
    CRITERIA,
    OVERALL,
    QUESTIONS,
    RESPONDENT,
    Choice,
    Condition,
    Criterion,
    Element,
    Index,
    IndexLevel,
    Labels,
    Part,
    Question,
    QuestionKind,
    Questionnaire,
    ScalePoint,
    Section,
    wording,
)
from sipas_survey.satisfaction.question_reader import Entry, Reader
from sipas_survey.satisfaction.toml_lines import Path as EntryPath
from sipas_survey.satisfaction.toml_lines import lines_of

__all__ = [
    "CRITERIA", "OVERALL", "QUESTIONS", "RESPONDENT", "Choice", "Condition", "Criterion", "Element", "Index",
    "IndexLevel", "Labels", "Part", "Question", "QuestionKind", "Questionnaire", "ScalePoint", "Section", "load",
    "shipped_names", "wording",
]  # fmt: skip

KINDS = ("citizens", "officials")


def shipped_names() -> tuple[str, ...]:
    """Names of the questionnaires that come with the package, in alphabetical order."""
    files = shipped("questionnaires").iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def load(name_or_path: str) -> Checked[Questionnaire]:
    """Read a questionnaire: the name of a shipped one, else the path of a TOML file.

    Entries with a fault are named and left out of the value. Raises SurveyError with QUESTIONNAIRE_NOT_FOUND or
    QUESTIONNAIRE_UNREADABLE where there is nothing to read.
    """
    return _read(*_text_of(name_or_path))


@lru_cache(maxsize=8)
def _read(text: str, place: Place) -> Checked[Questionnaire]:
    try:
        raw = tomllib.loads(text)
        lines = lines_of(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        raise stop(
            "QUESTIONNAIRE_UNREADABLE", place.at(row=int(line[1]) if line else None), reason=str(error)
        ) from error
    return _FileReader(raw, lines, place).questionnaire(text)


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
_KEYS = (
    "code", "version", "kind", "languages", "satisfied", "source", "overall", "scale", "sections", "parts", "elements",
    "criteria", "respondent", "questions",
)  # fmt: skip


class _FileReader(Reader):
    """Turns the raw tables of a whole file into a questionnaire."""

    def questionnaire(self, text: str) -> Checked[Questionnaire]:
        """The value, with every fault of the file in the order of its lines."""
        self.only(self.raw, (), "questionnaire", _KEYS)
        parts, elements, criteria = self.hierarchy()
        before = len(self.problems)
        scale = self.scale()
        whole = len(self.problems) == before
        value = Questionnaire(
            code=self.string(self.raw, ("code",), "questionnaire"),
            version=self.string(self.raw, ("version",), "questionnaire"),
            kind=self.who(),
            languages=self.languages,
            source=self.labels(self.raw, ("source",), "source"),
            overall=self.labels(self.raw, ("overall",), OVERALL),
            parts=parts,
            elements=elements,
            criteria=criteria,
            scale=scale,
            satisfied=self.satisfied(scale, told=not whole),
            sections=self.sections(criteria),
            text=text,
        )
        return Checked(value, tuple(sorted(self.problems, key=lambda p: p.place.row or 0)))

    def who(self) -> str:
        """Who is asked: citizens where nothing is said."""
        found = self.raw.get("kind", KINDS[0])
        if found not in KINDS:
            self.fault("QUESTIONNAIRE_KIND", ("kind",), "questionnaire", found=str(found), kinds=KINDS)
            return KINDS[0]
        return str(found)

    # ------------------------------------------------------------ the satisfaction table
    def hierarchy(self) -> tuple[tuple[Part, ...], tuple[Element, ...], tuple[Criterion, ...]]:
        """Parts, elements and criteria; an entry whose parent is unknown is left out."""
        parts = [Part(code, labels) for code, labels, _ in self.coded("parts")]
        above = [p.code for p in parts]
        elements = [Element(code, parent, labels) for code, labels, parent in self.coded("elements", above, "part")]
        above = [e.code for e in elements]
        criteria = [
            Criterion(code, parent, labels) for code, labels, parent in self.coded("criteria", above, "element")
        ]
        self.complete("parts", [p.code for p in parts], [e.part for e in elements])
        self.complete("elements", [e.code for e in elements], [c.element for c in criteria])
        return tuple(parts), tuple(elements), tuple(criteria)

    def coded(self, table: str, above: Collection[str] = (), key: str = "") -> list[tuple[str, Labels, str]]:
        """Entries of a table whose code is well formed and new and, with `key`, whose parent is one of `above`."""
        rows = []
        for path, where, entry in self.entries((table,), self.raw, table):
            self.only(entry, path, where, ("code", "label", *((key,) if key else ())))
            code = self.code(entry, path, where, self.codes)
            labels = self.labels(entry, (*path, "label"), code or where)
            parent = self.parent(entry, (*path, key), code, above) if key and code else ""
            if code and (parent or not key):
                rows.append((code, labels, parent))
        return rows

    def parent(self, entry: Entry, path: EntryPath, code: str, known: Collection[str]) -> str:
        """The element or part that an entry belongs to; empty where there is no such one."""
        parent = self.string(entry, path, code)
        if parent and parent not in known:
            self.fault("QUESTIONNAIRE_UNKNOWN_PARENT", path, code, found=parent, known=tuple(known))
            return ""
        return parent

    def complete(self, table: str, codes: Sequence[str], used: Sequence[str]) -> None:
        """Every part has an element, every element a criterion."""
        found = self.raw.get(table)
        entries = found if isinstance(found, list) else []
        for i, entry in enumerate(entries):
            code = entry.get("code") if isinstance(entry, dict) else None
            if isinstance(code, str) and code in codes and code not in used:
                self.fault("QUESTIONNAIRE_EMPTY_GROUP", (table, i), code)

    def scale(self) -> tuple[ScalePoint, ...]:
        """The points of the scale: different whole numbers from 1 to 9."""
        points: dict[EntryPath, ScalePoint] = {}
        for path, where, entry in self.entries(("scale",), self.raw, "scale"):
            self.only(entry, path, where, ("value", "label"))
            labels, value = self.labels(entry, (*path, "label"), where), entry.get("value")
            if type(value) is not int or not 1 <= value <= 9 or value in [p.value for p in points.values()]:
                self.fault("QUESTIONNAIRE_SCALE", (*path, "value"), where, found=str(value))
                continue
            points[path] = ScalePoint(value, labels)
        self.different((path, f"scale {point.value}", point.labels) for path, point in points.items())
        return tuple(points.values())

    def satisfied(self, scale: Sequence[ScalePoint], *, told: bool) -> tuple[int, ...]:
        """The answers that count as satisfied: some of the scale, not all. No fault follows from one that is told."""
        found, values = self.raw.get("satisfied"), {p.value for p in scale}
        numbers = found if isinstance(found, list) and all(type(x) is int for x in found) else []
        if not numbers or not set(numbers) < values:
            if numbers and told:
                return ()
            self.fault("QUESTIONNAIRE_SCALE", ("satisfied",), "satisfied", found=str(found))
            return ()
        return tuple(sorted(set(numbers)))

    # ------------------------------------------------------------ the form
    def sections(self, criteria: tuple[Criterion, ...]) -> tuple[Section, ...]:
        """The whole form, in its order."""
        heads = self.heads()
        held: dict[str, list[Question]] = {code: [] for code in heads}
        asked: dict[str, Question] = {}
        for table in (RESPONDENT, QUESTIONS):
            for path, where, entry in self.entries((table,), self.raw, table) if table in self.raw else ():
                code = RESPONDENT if table == RESPONDENT else self.section(entry, path, where, heads)
                question = self.question(entry, path, where, asked)
                if question and table == RESPONDENT and self.not_one(question, path):
                    continue
                if question and code:
                    asked[question.code] = question
                    held[code].append(question)
        self.in_order([q.code for code in heads for q in held[code]], asked)
        found = [Section(c, heads[c], tuple(held[c]), criteria if c == CRITERIA else ()) for c in heads]
        return tuple(section for section in found if section.questions or section.criteria)

    def not_one(self, question: Question, path: EntryPath) -> bool:
        """Whether a question about the respondent cannot be reported by, with the fault."""
        if question.kind is not QuestionKind.ONE:
            self.fault("QUESTIONNAIRE_KIND", (*path, "kind"), question.code, found=question.kind.value, kinds=("one",))
        return question.kind is not QuestionKind.ONE

    def heads(self) -> dict[str, Labels]:
        """Code and words of every section, in order; those of the three usual ones where the file has no sections."""
        if "sections" not in self.raw:
            names = (RESPONDENT, QUESTIONS, CRITERIA)
            return {code: {lang: word(f"section_{code}", lang) for lang in LANGUAGES} for code in names}
        heads: dict[str, Labels] = {}
        for path, where, entry in self.entries(("sections",), self.raw, "sections"):
            self.only(entry, path, where, ("code", "label"))
            code = self.code(entry, path, where, self.codes)
            labels = self.labels(entry, (*path, "label"), code or where)
            if code:
                heads[code] = labels
        for needed in (RESPONDENT, CRITERIA):
            if needed not in heads and needed in self.raw:
                self.fault("QUESTIONNAIRE_SECTION", ("sections",), needed, found=needed)
                heads[needed] = {lang: word(f"section_{needed}", lang) for lang in LANGUAGES}
        return heads

    def section(self, entry: Entry, path: EntryPath, where: str, heads: Mapping[str, Labels]) -> str:
        """The section that a question stands in; empty where there is no such one."""
        if "sections" not in self.raw:
            return QUESTIONS
        free = [code for code in heads if code not in (RESPONDENT, CRITERIA)]
        return self.parent(entry, (*path, "section"), where, free)

    def in_order(self, order: Sequence[str], asked: Mapping[str, Question]) -> None:
        """A condition speaks of a question that stands before its own on the form."""
        found = self.raw.get(QUESTIONS)
        for i, entry in enumerate(found if isinstance(found, list) else []):
            code = entry.get("code") if isinstance(entry, dict) else None
            condition = asked[code].asked_if if isinstance(code, str) and code in asked else None
            before = tuple(order[: order.index(code)]) if condition else ()
            if condition and condition.question not in before:
                where = (QUESTIONS, i, "asked_if")
                self.fault("QUESTIONNAIRE_CONDITION", where, str(code), found=condition.question, known=before)
