"""The report as a workbook: real numbers, days and shares, to compute with and to print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sipas_survey.documents import appendices, findings
from sipas_survey.documents.report import FIVE_NUMBERS, Fact, Report, ResultRow
from sipas_survey.documents.workbook import CENTRED, Book, Cell, Column, header_text
from sipas_survey.formats import Lang, Share, day, word
from sipas_survey.tracking.progress import Counts

COUNTS = (
    "quota", "printed", "handed_out", "withdrawn", "issued", "returned", "valid", "invalid", "unchecked",
    "outstanding", "lost", "in_question", "main", "released_reserve",
)  # fmt: skip
OF_DAY = ("handed_out", "withdrawn", "issued", "returned", "lost")
TO_DATE = ("issued", "returned", "outstanding", "lost")
_TITLE_LIMIT = 100


@dataclass(frozen=True, slots=True)
class _Table:
    """A sheet with one table: the key of its name, its columns, rows, and total."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    notes: Sequence[str] = ()  # the first is the title


def write_xlsx(report: Report, path: Path, *, lang: Lang) -> None:
    """Write the report as a workbook in a language. The same report gives the same bytes.

    A share is the exact value; its format has as many decimals as it takes not to show it across its target.
    """
    tables = [
        _summary(report, lang),
        _returns(report, lang),
        _days(report, lang),
        _results(report, lang),
        _districts(report, lang),
        *_appendices(report, lang),
    ]
    title = f"{word('report_title', lang)} – {report.survey_name}"
    with Book(path, title=title, created=report.as_of, lang=lang, targets=(report.threshold,)) as book:
        for table in (*tables, _provenance(report, tables, lang)):
            _write(book, table, report, lang)


def _write(book: Book, table: _Table, report: Report, lang: Lang) -> None:
    sheet = book.sheet(word(f"report_sheet_{table.name}", lang))
    after = book.table(sheet, table.columns, table.rows, total=table.total)
    rows, wide = after, len(table.columns)
    if table.name == "summary":
        rows = book.facts(sheet, after + 1, _findings(report, lang), columns=wide, width=90)
    if table.notes:
        names = (f"report_sheet_{table.name}", *["report_notes"] * (len(table.notes) - 1))
        notes = [(word(name, lang), note) for name, note in zip(names, table.notes, strict=True)]
        rows = book.facts(sheet, after + 1, notes, columns=wide, width=90)
    survey = header_text(report.survey_name, limit=_TITLE_LIMIT)
    about = header_text(word("report_of", lang, round=report.round, as_of=day(report.as_of, lang)), limit=_TITLE_LIMIT)
    header = f'&L&"Arial,Bold"{survey}\n&"Arial,Regular"{about}'
    footer = f'&R&"Arial,Regular"{word("report_page", lang)}'
    filtered = after - (table.total is not None)
    book.print_setup(sheet, header=header, footer=footer, columns=wide, rows=rows, filtered=filtered)


# ---------------------------------------------------------------- the return of forms
def _summary(report: Report, lang: Lang) -> _Table:
    """The five numbers with the withdrawn forms beside the first, and the index that is judged."""
    counts, judged = report.counts, report.judged
    keys = {
        "number": 34, "part": 10, "whole": 10, "share": 12, "lower": 12, "upper": 12, "by_rule": 18, "by_interval": 22,
    }  # fmt: skip
    shares = {name: getattr(counts, name) for name in FIVE_NUMBERS}
    shares = {"return_rate": shares["return_rate"], "withdrawn": Share(counts.withdrawn, counts.handed_out), **shares}
    ruling = {"return_rate": findings.return_target(counts, lang)}
    numbers: list[Sequence[Cell]] = [
        (word(f"count_{name}", lang), share.part, share.whole, share, None, None, ruling.get(name), None)
        for name, share in shares.items()
    ]
    if judged:
        rulings = findings.rule(judged.reached, lang), findings.verdict(judged.verdict, lang)
        figures = judged.satisfied, judged.valid, judged.value, judged.lower, judged.upper
        numbers.append((judged.label(lang), *figures, *rulings))
    return _Table("summary", _columns(keys, lang), numbers)


def _findings(report: Report, lang: Lang) -> list[tuple[str, Cell]]:
    returned = findings.returned(report, lang), findings.withdrawn(report, lang)
    sentences = [
        *(("report_return_heading", text) for text in returned),
        *(("report_satisfaction_heading", text) for text in findings.judged(report, lang)),
        *(("report_remarks", text) for text in findings.remarks(report, lang)),
    ]
    return [(word(key, lang), text) for key, text in sentences]


def _returns(report: Report, lang: Lang) -> _Table:
    columns = [
        Column(word("report_index_code", lang), 6),
        Column(word("report_unit", lang), 20),
        *(Column(word(f"count_{name}", lang), 7.5) for name in COUNTS),
        *(Column(word(f"count_{name}", lang), 9) for name in FIVE_NUMBERS),
        Column(word("count_target_met", lang), 12, CENTRED),
    ]
    rows = [
        (row.key[-1], findings.place(report, row.key[-1], lang), *_counts(row.counts, lang))
        for row in report.returns.rows
    ]
    return _Table("returns", columns, rows, (None, word("report_all", lang), *_counts(report.counts, lang)))


def _counts(counts: Counts, lang: Lang) -> tuple[Cell, ...]:
    numbers = (getattr(counts, name) for name in (*COUNTS, *FIVE_NUMBERS))
    return (*numbers, findings.return_target(counts, lang))


def _days(report: Report, lang: Lang) -> _Table:
    of_day = [word(f"count_{name}", lang) for name in OF_DAY]
    to_date = [word("to_date", lang, what=word(f"count_{name}", lang)) for name in TO_DATE]
    columns = [Column(word("report_day", lang), 12, CENTRED), *(Column(name, 13) for name in of_day + to_date)]
    rows = [
        (
            date.fromisoformat(row.key[0]),
            *(getattr(row.counts, name) for name in OF_DAY),
            *(getattr(row.to_date or row.counts, name) for name in TO_DATE),
        )
        for row in report.days.rows
    ]
    return _Table("days", columns, rows)


# ---------------------------------------------------------------- results
_RESULT_COLUMNS = {
    "forms": 7, "satisfied": 8, "valid_answers": 8, "blank": 7, "percent": 9, "se": 7, "lower": 8.5, "upper": 8.5,
    "low_bound": 10, "high_bound": 10, "weighted": 9, "weighted_lower": 9, "weighted_upper": 9,
    "by_rule": 11, "by_interval": 15, "small": 7,
}  # fmt: skip
_RULINGS = ("by_rule", "by_interval", "small")


def _results(report: Report, lang: Lang) -> _Table:
    own = {"index_code": 13, "index": 28, "level": 9}
    rows = [
        (row.index, row.label(lang), word(f"index_level_{row.level}", lang), *_result(row, lang))
        for row in report.results
    ]
    return _Table("results", _columns({**own, **_RESULT_COLUMNS}, lang), rows)


def _districts(report: Report, lang: Lang) -> _Table:
    own = {"index_code": 6, "unit": 20, "index": 22}
    rows = [
        (row.place, findings.place(report, row.place, lang), row.label(lang), *_result(row, lang))
        for row in report.district_results
    ]
    return _Table("districts", _columns({**own, **_RESULT_COLUMNS}, lang), rows)


def _columns(widths: Mapping[str, float], lang: Lang) -> list[Column]:
    """Columns headed by the words of the report, rulings centred."""
    return [
        Column(word(f"report_{key}", lang), width, CENTRED if key in _RULINGS else {}) for key, width in widths.items()
    ]


def _result(row: ResultRow, lang: Lang) -> tuple[Cell, ...]:
    """The cells of `_RESULT_COLUMNS`."""
    counts = row.forms, row.satisfied, row.valid, row.blank
    shares = row.value, row.se, row.lower, row.upper, row.lower_bound, row.upper_bound
    weighted = row.weighted_value, row.weighted_lower, row.weighted_upper
    rulings = findings.rule(row.reached, lang), findings.verdict(row.verdict, lang)
    return *counts, *shares, *weighted, *rulings, word("report_small", lang) if row.small else None


def _appendices(report: Report, lang: Lang) -> list[_Table]:
    """The appendices of the plan, each a sheet of numbers in the plan's own form."""
    if report.appendices is None:
        return []
    made = appendices.tables(report.appendices, lang, round_name=report.round, threshold=report.threshold)
    return [
        _Table(
            table.key,
            [Column(c.text, c.width, appendices.look_of(c)) for c in table.columns],
            table.cells,
            notes=(table.title, *table.notes, table.source),
        )
        for table in made
    ]


# ---------------------------------------------------------------- where it comes from
def _provenance(report: Report, tables: Sequence[_Table], lang: Lang) -> _Table:
    """Facts of the survey, how many rows each sheet has, and the rules with their sources."""
    facts = [(word(f"report_{key}", lang), _local(value, report)) for key, value in report.facts]
    sheets = [
        (word("report_rows_in", lang, sheet=word(f"report_sheet_{table.name}", lang)), len(table.rows))
        for table in tables
    ]
    columns = [
        Column(word("report_item", lang), 34),
        Column(word("report_share", lang), 90, {"align": "left"}),
    ]
    return _Table("provenance", columns, [*facts, *sheets, *findings.rules(report, lang)])


def _local(value: Fact, report: Report) -> Fact:
    """An instant on the clock of the survey's place: a workbook knows no time zones."""
    return value.astimezone(ZoneInfo(report.timezone)).replace(tzinfo=None) if isinstance(value, datetime) else value
