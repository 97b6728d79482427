"""Questions, choices and labels out of the raw tables of a questionnaire's file; every fault is kept with its line."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sipas_survey.problems import Place, Problem, problem
from sipas_survey.satisfaction.items import Choice, Condition, Labels, Question, QuestionKind
from sipas_survey.satisfaction.toml_lines import Path

Entry = Mapping[str, Any]

CODE = re.compile(r"[a-z][a-z0-9_]*")
_CHOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_LONGEST_CODE = 32  # what statistical packages take for the name of a column
RESERVED = frozenset(
    {
        "form", "start", "end", "today", "key", "deviceid", "username", "phonenumber", "meta", "status", "unit_id",
        "stratum", "district_code", "commune_code", "district", "commune", "village", "field", "agency", "worker",
        "day",
        "weight", "scale",
    }
)  # fmt: skip
"""Columns that answers have beside the questions, from the form, the tablet or the ledger."""


class Reader:
    """The raw tables with what is wrong with them. An entry is known by its path, and in messages by a name."""

    def __init__(self, raw: Entry, lines: Mapping[Path, int], place: Place) -> None:
        self.raw, self.lines, self.place = raw, lines, place
        self.problems: list[Problem] = []
        self.codes: set[str] = {"overall"}
        found = raw.get("languages")
        names = found if isinstance(found, list) else []
        self.languages = tuple(x for x in names if isinstance(x, str) and _LANGUAGE.fullmatch(x))
        if not names or len(self.languages) < len(names) or len(set(names)) < len(names):
            self.fault("QUESTIONNAIRE_KEY_MISSING", ("languages",), "questionnaire", key="languages")

    def entries(self, path: Path, table: Entry, where: str) -> Iterator[tuple[Path, str, Entry]]:
        """The entries of a list of tables, each with the name it has in messages: `criteria 3`."""
        found = table.get(str(path[-1]))
        if not isinstance(found, list) or not found or not all(isinstance(entry, dict) for entry in found):
            self.fault("QUESTIONNAIRE_KEY_MISSING", path, where, key=path[-1])
            return
        for i, entry in enumerate(found):
            yield (*path, i), f"{where} {i + 1}", entry

    def only(self, entry: Entry, path: Path, where: str, keys: Iterable[str]) -> None:
        """A key that nobody reads is most likely misspelt."""
        known = tuple(keys)
        for key in entry:
            if key not in known:
                self.fault("QUESTIONNAIRE_KEY_UNKNOWN", (*path, key), where, found=key, known=known)

    def code(self, entry: Entry, path: Path, where: str, known: set[str], shape: re.Pattern[str] = CODE) -> str:
        """The code of an entry; empty where it is missing, badly formed or used before."""
        code = self.string(entry, (*path, "code"), where)
        if not code:
            return ""
        if not shape.fullmatch(code) or len(code) > _LONGEST_CODE:
            kind = "QUESTIONNAIRE_CODE_SHAPE"
        elif code in known:
            kind = "QUESTIONNAIRE_CODE_TWICE"
        elif code in RESERVED and shape is CODE:
            kind = "QUESTIONNAIRE_CODE_RESERVED"
        else:
            known.add(code)
            return code
        self.fault(kind, (*path, "code"), where, found=code)
        return ""

    def string(self, entry: Entry, path: Path, where: str) -> str:
        """A text that must be there; empty where it is not."""
        value = entry.get(str(path[-1]))
        if not isinstance(value, str) or not value.strip():
            self.fault("QUESTIONNAIRE_KEY_MISSING", path, where, key=path[-1])
            return ""
        return value.strip()

    def labels(self, entry: Entry, path: Path, where: str) -> Labels:
        """The words in every language of the questionnaire."""
        found = entry.get(str(path[-1]))
        labels = {str(k): v.strip() for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}
        for language in self.languages:
            if not labels.get(language):
                self.fault("QUESTIONNAIRE_LABEL_MISSING", path, where, language=language)
        if isinstance(found, dict):
            self.only(found, path, where, self.languages)
        return labels

    def different(self, labelled: Iterable[tuple[Path, str, Labels]]) -> None:
        """Answers of one question differ in their words too: a file may hold the words in place of the code."""
        first: dict[tuple[str, str], str] = {}
        for path, where, labels in labelled:
            for language, label in labels.items():
                other = first.setdefault((language, label.casefold()), where)
                if other != where:
                    self.fault("QUESTIONNAIRE_LABEL_TWICE", (*path, "label"), where, found=label, other=other)

    # ------------------------------------------------------------ questions
    def question(self, entry: Entry, path: Path, where: str, asked: Mapping[str, Question]) -> Question | None:
        """A question; None where it has no code. `asked` are those before it, which a condition may speak of."""
        code = self.code(entry, path, where, self.codes)
        if not code:
            return None
        labels = self.labels(entry, (*path, "label"), code)
        kind = self.kind(entry, path, code)
        choices = () if kind is QuestionKind.TEXT else self.choices(entry, (*path, "choices"), code)
        keys = ["code", "section", "kind", "label", "asked_if", *(["choices"] if kind is not QuestionKind.TEXT else [])]
        self.only(entry, path, code, [*keys, "most"] if kind is QuestionKind.MANY else keys)
        most = self.most(entry, path, code, len(choices)) if kind is QuestionKind.MANY else None
        return Question(code, kind, labels, choices, most, self.condition(entry, (*path, "asked_if"), code, asked))

    def kind(self, entry: Entry, path: Path, code: str) -> QuestionKind:
        """`one` where nothing is said."""
        found = entry.get("kind", QuestionKind.ONE)
        if found in list(QuestionKind):
            return QuestionKind(found)
        self.fault(
            "QUESTIONNAIRE_KIND",
            (*path, "kind"),
            code,
            found=str(found),
            kinds=tuple(kind.value for kind in QuestionKind),
        )
        return QuestionKind.ONE

    def choices(self, entry: Entry, path: Path, where: str) -> tuple[Choice, ...]:
        """The answers to one question."""
        known: set[str] = set()
        found: list[tuple[Path, Choice]] = []
        for inner, name, choice in self.entries(path, entry, where):
            self.only(choice, inner, name, ("code", "label", "alone"))
            code = self.code(choice, inner, name, known, _CHOICE)
            alone = choice.get("alone", False)
            if not isinstance(alone, bool):
                self.fault("QUESTIONNAIRE_KEY_MISSING", (*inner, "alone"), name, key="alone = true")
            if code:
                labels = self.labels(choice, (*inner, "label"), f"{where} {code}")
                found.append((inner, Choice(code, labels, alone is True)))
        self.different((inner, f"{where} {choice.code}", choice.labels) for inner, choice in found)
        return tuple(choice for _, choice in found)

    def most(self, entry: Entry, path: Path, code: str, n: int) -> int | None:
        """The greatest number of choices that may be ticked, 2 to one less than there are; None where any may."""
        most = entry.get("most")
        if most is None or (type(most) is int and 2 <= most < max(n, 3)):
            return most
        self.fault("QUESTIONNAIRE_MOST", (*path, "most"), code, found=str(most), last=n - 1)
        return None

    def condition(self, entry: Entry, path: Path, code: str, asked: Mapping[str, Question]) -> Condition | None:
        """`{ question = "contact", is = ["yes"] }`: an earlier question, and some of its choices."""
        found = entry.get("asked_if")
        if found is None:
            return None
        known = {name: [c.code for c in other.choices] for name, other in asked.items() if other.choices}
        about, values = (found.get("question"), found.get("is")) if isinstance(found, dict) else (None, None)
        wanted: list[Any] = values if isinstance(values, list) and values else [values]
        if not isinstance(about, str) or about not in known:
            self.fault("QUESTIONNAIRE_CONDITION", path, code, found=str(about), known=tuple(known))
        elif wrong := [str(v) for v in wanted if v not in known[about]]:
            self.fault("QUESTIONNAIRE_CONDITION", path, code, found=", ".join(wrong), known=tuple(known[about]))
        else:
            return Condition(about, tuple(wanted))
        return None

    # ------------------------------------------------------------ faults
    def fault(self, kind: str, path: Path, where: str, *, found: str | None = None, **details: object) -> None:
        """Note a problem at the line of a path or, where that is missing, of what should hold it."""
        while path and path not in self.lines:
            path = path[:-1]
        place = self.place.at(row=self.lines.get(path, 1))
        self.problems.append(problem(kind, place, found=found, entry=where, **details))
