"""The tables of a report on what people said: dimensions, places, criteria, the plan's appendices, the re-check."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from sipas_survey.documents import appendices, findings
from sipas_survey.documents.campaign import Campaign, RecheckRow, ResultRow
from sipas_survey.documents.printing import Printing
from sipas_survey.documents.report import Cell, Column, ColumnKind, Raw, Table
from sipas_survey.formats import MISSING

_FIGURES: dict[str, tuple[ColumnKind, float]] = {
    "forms": ("count", 8), "answers": ("parts", 10), "blank": ("count", 7), "percent": ("share", 9),
    "se": ("share", 7), "interval": ("interval", 9), "bounds": ("interval", 10), "weighted": ("share", 9),
    "weighted_interval": ("interval", 9), "by_rule": ("sign", 11), "by_interval": ("sign", 15), "small": ("text", 7),
}  # fmt: skip
_OFF_PAGE = ("blank", "se", "small", "index_code", "level")
_CRITERIA = ("forms", "answers", "blank", "percent", "interval")


def results(campaign: Campaign, printing: Printing) -> Table:
    """Every index of the whole survey."""
    own: dict[str, tuple[ColumnKind, float]] = {
        "index_code": ("text", 13), "index": ("text", 28), "level": ("text", 9),
    }  # fmt: skip
    label = campaign.judged.label(printing.lang) if campaign.judged else campaign.check
    rows = [
        (row.index, row.label(printing.lang), printing.word(f"index_level_{row.level}"), *_figures(row, printing))
        for row in campaign.results
    ]
    columns = printing.columns({**own, **_FIGURES}, detail=_OFF_PAGE)
    return Table(
        "results", printing.word("report_sheet_results"), printing.word("report_results_note", label=label),
        tuple(columns), tuple(printing.row(columns, row) for row in rows),
        strong=frozenset(i for i, row in enumerate(campaign.results) if row.index == campaign.check),
        inset=frozenset(i for i, row in enumerate(campaign.results) if row.level == "element"),
    )  # fmt: skip


def district_results(campaign: Campaign, printing: Printing) -> Table:
    """The judged index by place."""
    own: dict[str, tuple[ColumnKind, float]] = {"index_code": ("text", 6), "unit": ("text", 20)}
    columns = printing.columns({**own, **_FIGURES}, detail=_OFF_PAGE)
    rows = [
        (row.place, findings.place(campaign, row.place, printing.lang), *_figures(row, printing))
        for row in campaign.district_results
    ]
    return _table("districts", printing, printing.word("report_districts_note"), columns, rows)


def _figures(row: ResultRow, printing: Printing) -> tuple[Raw | Cell, ...]:
    """The cells of `_FIGURES`; few forms are said so where their number stands."""
    few = printing.word("report_small") if row.small else ""
    forms = Cell(
        row.forms, f"{printing.number(row.forms)} ({few})" if row.small and row.forms else printing.number(row.forms)
    )
    rulings = findings.rule(row.reached, printing.lang), findings.verdict(row.verdict, printing.lang)
    return (
        forms, (row.satisfied, row.valid), row.blank, row.value, row.se, (row.lower, row.upper),
        (row.lower_bound, row.upper_bound), row.weighted_value, (row.weighted_lower, row.weighted_upper),
        *rulings, few,
    )  # fmt: skip


def criteria(campaign: Campaign, printing: Printing) -> Table:
    """The single questions in order of the share satisfied, the lowest first."""
    own: dict[str, tuple[ColumnKind, float]] = {
        "order": ("count", 6), "index_code": ("text", 7), "criterion": ("text", 52),
    }  # fmt: skip
    columns = printing.columns(
        own | {key: _FIGURES[key] for key in _CRITERIA},
        detail=("index_code", "blank"),
    )
    rows = [
        (i, row.index, row.label(printing.lang), row.forms, (row.satisfied, row.valid), row.blank, row.value,
         (row.lower, row.upper))
        for i, row in enumerate(ranked(campaign.criteria), 1)
    ]  # fmt: skip
    return _table("criteria", printing, printing.word("report_criteria_note"), columns, rows)


def ranked(rows: Iterable[ResultRow]) -> list[ResultRow]:
    """Rows with answers, the lowest share first."""
    known = [row for row in rows if row.value is not None]
    return sorted(known, key=lambda row: (Fraction(row.satisfied, row.valid), row.index))


def plan_tables(campaign: Campaign, printing: Printing) -> list[tuple[str, Table]]:
    """The appendices of the plan with their titles, each in the plan's own form."""
    if campaign.appendices is None:
        return []
    made = appendices.tables(
        campaign.appendices, printing.lang, round_name=campaign.round, threshold=campaign.threshold
    )  # fmt: skip
    return [(table.title, _appendix(table, printing)) for table in made]


def _appendix(table: appendices.AppendixTable, printing: Printing) -> Table:
    columns = tuple(
        Column(f"{table.key}_{i}", c.text, "share" if c.kind == "percent" else c.kind, c.width)
        for i, c in enumerate(table.columns, 1)
    )
    rows = tuple(
        tuple(Cell(value, text) for value, text in zip(values, texts, strict=True))
        for values, texts in zip(table.rows, table.texts, strict=True)
    )
    name = printing.word(f"report_sheet_{table.key}")
    return Table(table.key, name, table.source, columns, rows, notes=(*table.notes,))


# ---------------------------------------------------------------- the re-check
def recheck(campaign: Campaign, printing: Printing) -> Table:
    """What the re-check found, of the round, of districts and of workers."""
    columns = printing.columns(
        {
            "about": ("text", 24), "ordered": ("count", 9), "confirmed": ("count", 10), "not_confirmed": ("count", 10),
            "left_open": ("count", 9), "waiting": ("count", 9), "not_confirmed_rate": ("share", 12),
            "interval": ("interval", 12),
        }
    )  # fmt: skip
    order = ("round", "district", "worker")
    rows = sorted(campaign.recheck, key=lambda row: (order.index(row.about), row.who))
    made = [
        (_who(campaign, row, printing), row.ordered, row.confirmed, row.not_confirmed, row.open, row.waiting,
         row.rate, (row.lower, row.upper))
        for row in rows
    ]  # fmt: skip
    return _table("recheck", printing, printing.word("report_recheck_note"), columns, made)


def _who(campaign: Campaign, row: RecheckRow, printing: Printing) -> str:
    if row.about == "round":
        return printing.word("report_all")
    return findings.place(campaign, row.who, printing.lang) if row.about == "district" else row.who or MISSING


# ---------------------------------------------------------------- where it comes from
def rules(campaign: Campaign, printing: Printing) -> Table:
    """The rules behind the numbers, each with where it comes from."""
    columns = printing.columns({"rule": ("text", 66), "source": ("text", 24)})
    rows = [(text, source) for source, text in findings.rules(campaign, printing.lang)]
    return _table("rules", printing, printing.word("report_method_note"), columns, rows)


def provenance(campaign: Campaign, printing: Printing, *, names: Sequence[str] = ()) -> Table:
    """What the survey is and where its numbers come from; `names` choose among the facts."""
    columns = printing.columns({"item": ("text", 34), "share": ("fact", 64)})
    rows = [(printing.word(f"report_{key}"), value) for key, value in campaign.facts if not names or key in names]
    return _table("provenance", printing, printing.word("report_provenance_note"), columns, rows)


def _table(
    key: str, printing: Printing, caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Raw | Cell]]
) -> Table:
    made = tuple(printing.row(columns, row) for row in rows)
    return Table(key, printing.word(f"report_sheet_{key}"), caption, tuple(columns), made)
