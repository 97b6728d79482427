"""Findings of the re-check in: the workbook of an order that came back, or any table with its headings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sipas_survey.exchange.headings import Aliases, match, renamed
from sipas_survey.exchange.tables import Source, open_preferred
from sipas_survey.formats import LANGUAGES, masked, read_day, search_key, word
from sipas_survey.problems import NOWHERE, Checked, Place, Problem, SurveyError, problem
from sipas_survey.tracking.recheck import Finding
from sipas_survey.tracking.short_form import ShortForm

SHEET = "Kết quả phúc tra"
_FIXED: Aliases = {
    "form": ("Mã phiếu", "Phiếu", "Form code"),
    "happened_on": ("Ngày phúc tra", "Ngày", "Day", "Date"),
    "finding": ("Kết luận", "Kết quả"),
}
_FINDINGS = {search_key(str(finding)): finding for finding in Finding} | {
    search_key(word(f"finding_{finding}", lang)): finding for finding in Finding for lang in LANGUAGES
}


class RecheckRow(NamedTuple):
    """One finding as a file tells it, with the answers that were given: item → code of the choice."""

    form: str
    happened_on: date
    finding: Finding
    answers: Mapping[str, str]
    place: Place = NOWHERE


def read_rechecks(path: Path, short: ShortForm) -> Checked[tuple[RecheckRow, ...]]:
    """Read findings and answers; rows with nothing filled in are skipped, those with an error left out.

    A finding may be written in words of either language or as its code; an answer likewise. Columns that are no
    question of the short form are left aside. Raises SurveyError where the file as a whole cannot be read, or lacks a
    column (RECHECK_COLUMN_MISSING).
    """
    source = open_preferred(path, SHEET)
    columns = match(source.columns, _aliases(short), place=source.place).or_raise()
    lacking = [names[0] for ours, names in _FIXED.items() if ours not in columns.values()]
    if lacking:
        place = source.place.at(row=source.header_row)
        raise SurveyError(problem("RECHECK_COLUMN_MISSING", place, found=heading) for heading in lacking)
    return _rows(source, columns, short)


def _aliases(short: ShortForm) -> Aliases:
    named = dict(_FIXED)
    for item in short.items:
        words = list(item.labels.values())
        named[item.code] = (*words, *(f"{item.code} – {text}" for text in words))
    return named


def _rows(source: Source, columns: Mapping[str, str], short: ShortForm) -> Checked[tuple[RecheckRow, ...]]:
    rows: list[RecheckRow] = []
    problems: list[Problem] = []
    headings = {ours: theirs for theirs, ours in columns.items()}
    for chunk in source.chunks():
        problems += chunk.problems
        table = renamed(chunk.value, columns)
        for number, cells in zip(table.index, table.to_dict("records"), strict=True):
            line = _Line({str(k): str(v) for k, v in cells.items()}, source.place.at(row=int(number)), headings)
            told = line.read(short)
            if isinstance(told, RecheckRow):
                rows.append(told)
            else:
                problems += told
    return Checked(tuple(rows), tuple(problems))


@dataclass(frozen=True, slots=True)
class _Line:
    """A row under our names, and what is wrong with it."""

    cells: Mapping[str, str]
    place: Place
    headings: Mapping[str, str]

    def read(self, short: ShortForm) -> RecheckRow | list[Problem]:
        """The finding of the row, or what is wrong with it: nothing where nothing is filled in."""
        if not any(text for name, text in self.cells.items() if name != "form"):
            return []
        problems: list[Problem] = []
        form = "".join(self.cells["form"].split())
        if not form:
            problems.append(self._problem("EVENT_FORM_EMPTY", "form"))
        day, finding = read_day(self.cells["happened_on"]), _FINDINGS.get(search_key(self.cells["finding"]))
        if day is None:
            problems.append(self._problem("EVENT_DAY_UNREADABLE", "happened_on"))
        if finding is None:
            names = [word(f"finding_{each}", "vi") for each in Finding]
            problems.append(self._problem("RECHECK_FINDING_UNKNOWN", "finding", findings=names))
        answers: dict[str, str] = {}
        for item in short.items:
            if text := self.cells.get(item.code, ""):
                code = item.read(text)
                choices = [choice.code for choice in item.choices]
                if code is None:
                    problems.append(self._problem("RECHECK_ANSWER_UNKNOWN", item.code, choices=choices))
                else:
                    answers[item.code] = code
        if problems or day is None or finding is None:
            return problems
        return RecheckRow(form, day, finding, answers, self.place)

    def _problem(self, kind: str, column: str, **details: object) -> Problem:
        found = self.cells.get(column, "")
        shown = found if column in ("form", "happened_on") else masked(found)
        return problem(kind, self.place.at(column=self.headings.get(column, column)), found=shown, **details)
