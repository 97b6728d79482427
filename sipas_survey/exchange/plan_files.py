"""The province's plan in a folder: `plan.toml`, and a CSV file for each of its appendices; a file may be left out."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from importlib.resources import as_file
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from sipas_survey.exchange.figures import exact_figure
from sipas_survey.exchange.tables import open_table
from sipas_survey.formats import LANGUAGES, search_key, word
from sipas_survey.problems import Place, Problem, SurveyError, problem, stop
from sipas_survey.satisfaction.appendices import Citation, Plan, PlanItem, PublishedScore, PublishedShare, Statement
from sipas_survey.satisfaction.papi_index import Group

FILE = "plan.toml"
T = TypeVar("T")
_LONGEST = 1 << 16
_PERCENT = 100


@dataclass
class _Row:
    """One row of a file of the plan; every cell that cannot be used is noted."""

    cells: Mapping[str, str]
    place: Place
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str) -> str:
        """A cell as it is."""
        return self.cells[name]

    def figure(self, name: str) -> Fraction:
        """A number that must be there; 0 beside a problem."""
        found = exact_figure(self.cells[name])
        return self.wrong(name, Fraction(0)) if found is None else found

    def some(self, name: str) -> Fraction | None:
        """A number, or nothing."""
        return self.figure(name) if self.cells[name] else None

    def whole(self, name: str) -> int:
        """A whole number that must be there, 1 or more; 1 beside a problem."""
        found = self.figure(name)
        return int(found) if found.denominator == 1 and found >= 1 else self.wrong(name, 1)

    def group(self, name: str) -> Group | None:
        """A group by its name in any language, or nothing."""
        text = search_key(self.cells[name])
        return self.wrong(name, None) if text and text not in _GROUPS else _GROUPS.get(text)

    def wrong(self, name: str, instead: T) -> T:
        """Note that a cell cannot be used; what to go on with."""
        self.problems.append(problem("PLAN_CELL", self.place.at(column=name), found=self.cells[name]))
        return instead


_GROUPS = {
    search_key(text): group
    for group in Group
    for text in (str(group), *(word(f"group_{group}", lang) for lang in LANGUAGES))
}


def read_plan(folder: Path | Traversable) -> Plan:
    """The plan in a folder. Raises SurveyError PLAN_FILE_MISSING, PLAN_COLUMN_MISSING, PLAN_CELL."""
    head = _head(folder)
    year = head.year
    problems: list[Problem] = []

    def rows(name: str, columns: tuple[str, ...], make: Callable[[_Row], T]) -> tuple[T, ...]:
        found = []
        for row in _rows(folder, name, columns):
            found.append(make(row))
            problems.extend(row.problems)
        return tuple(found)

    def score(row: _Row) -> PublishedScore:
        groups = row.group(f"group_{year}"), row.group(f"group_{year - 1}")
        change = row.some(f"change_from_{year - 1}")
        return PublishedScore(row.text("dimension"), row.figure("score"), change, *groups, row.place)

    plan = replace(
        head,
        items=rows("appendix_1.csv", ("number", "vi", "en", "maximum", "reached", "remainder_printed"), _item),
        shares=rows("appendix_2.csv", ("element", "element_vi", "percent", "change_points"), _share),
        scores=rows(
            "appendix_3.csv",
            ("dimension", "score", f"change_from_{year - 1}", f"group_{year}", f"group_{year - 1}"),
            score,
        ),
        statements=rows("statements.csv", ("year", "dimension", "rank", "provinces", "group"), _statement),
        citations=rows("citations.csv", ("document", "different_dates"), _citation),
    )  # fmt: skip
    if problems:
        raise SurveyError(problems)
    return plan


def _item(row: _Row) -> PlanItem:
    labels = {lang: row.text(lang) for lang in LANGUAGES}
    figures = row.figure("maximum"), row.figure("reached"), row.some("remainder_printed")
    return PlanItem(row.text("number"), labels, *figures, row.place)


def _share(row: _Row) -> PublishedShare:
    change = row.some("change_points")
    share = row.figure("percent") / _PERCENT
    return PublishedShare(
        row.text("element"), row.text("element_vi"), share, None if change is None else change / _PERCENT, row.place
    )


def _statement(row: _Row) -> Statement:
    rank, provinces = row.whole("rank"), row.whole("provinces")
    if rank > provinces:
        rank = row.wrong("rank", provinces)
    return Statement(
        row.whole("year"), row.text("dimension"), rank, provinces, row.group("group") or Group.LOW, row.place
    )


def _citation(row: _Row) -> Citation:
    return Citation(row.text("document"), row.whole("different_dates"), row.place)


def _head(folder: Path | Traversable) -> Plan:
    """What plan.toml says."""
    place = Place(file=FILE)
    try:
        raw = tomllib.loads(folder.joinpath(FILE).read_bytes()[:_LONGEST].decode("utf-8"))
        head = Plan(
            number=str(raw["number"]),
            issued_on=raw["issued_on"],
            year=int(raw["year"]),
            units=tuple(str(name) for name in raw["units"]),
            papi_province=str(raw["papi_province"]),
            source={lang: str(raw["source"][lang]) for lang in LANGUAGES},
        )
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise stop("PLAN_FILE_MISSING", place, found=str(error) or FILE) from error
    if not isinstance(head.issued_on, date):
        raise stop("PLAN_FILE_MISSING", place, found="issued_on")
    return head


def _rows(folder: Path | Traversable, name: str, columns: tuple[str, ...]) -> Iterator[_Row]:
    """The rows of one file; none where there is no such file."""
    if not folder.joinpath(name).is_file():
        return
    with as_file(folder.joinpath(name)) as file:
        source = open_table(file)
        table = source.frame().or_raise()
    lacking = [column for column in columns if column not in source.columns]
    if lacking:
        place = source.place.at(row=source.header_row)
        raise SurveyError(problem("PLAN_COLUMN_MISSING", place, found=column) for column in lacking)
    for number, cells in zip(table.index.tolist(), table.to_dict("records"), strict=True):
        yield _Row({str(k): str(v) for k, v in cells.items()}, source.place.at(row=int(number)))
