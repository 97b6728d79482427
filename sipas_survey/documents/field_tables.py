"""The tables of a report on the return of forms: by place, day, week, age and worker, and what to do today."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sipas_survey.cases import Outcome
from sipas_survey.documents import findings
from sipas_survey.documents.campaign import FIVE_NUMBERS, Campaign
from sipas_survey.documents.printing import Printing
from sipas_survey.documents.report import Cell, Column, Raw, Table
from sipas_survey.formats import Share
from sipas_survey.statistics.funnel import usual_counts
from sipas_survey.tracking.outcomes import rates
from sipas_survey.tracking.progress import AGES, Counts, Row

COUNTS = (
    "quota", "printed", "handed_out", "withdrawn", "issued", "returned", "valid", "invalid", "unchecked",
    "outstanding", "lost", "in_question", "main", "released_reserve",
)  # fmt: skip
_OFF_PAGE = ("printed", "invalid", "unchecked", "in_question", "main", "released_reserve")
_OFF_PAGE_SHARES = ("valid_rate", "target_fill", "substitution_rate")
_DAILY = ("quota", "issued", "returned", "outstanding", "lost", "withdrawn", "return_rate", "rr1")
OF_DAY = ("handed_out", "withdrawn", "issued", "returned", "lost")
TO_DATE = ("issued", "returned", "outstanding", "lost")
WORST, MOST_ON_A_PAGE = 10, 12
_RATES = ("rr1", "rr2", "rr3", "rr5", "coop1", "ref1", "con1")


# ---------------------------------------------------------------- headline
def summary(campaign: Campaign, printing: Printing) -> Table:
    """The five numbers with the withdrawn forms beside the first, and the index that is judged."""
    counts, judged = campaign.counts, campaign.judged
    columns = printing.columns(
        {
            "number": ("text", 34), "of_all": ("parts", 11), "share": ("share", 12), "interval": ("interval", 14),
            "by_rule": ("sign", 18), "by_interval": ("sign", 22), "meaning": ("text", 44),
        },
        detail=("interval", "by_rule", "by_interval"),
    )  # fmt: skip
    shares = {name: getattr(counts, name) for name in FIVE_NUMBERS}
    shares = {"return_rate": shares["return_rate"], "withdrawn": Share(counts.withdrawn, counts.handed_out), **shares}
    ruling = {"return_rate": findings.return_target(counts, printing.lang)}
    rows: list[Sequence[Raw]] = [
        (printing.word(f"count_{name}"), (share.part, share.whole), share, (None, None), ruling.get(name, ""), "",
         printing.word(f"report_means_{name}"))
        for name, share in shares.items()
    ]  # fmt: skip
    if judged:
        rulings = findings.rule(judged.reached, printing.lang), findings.verdict(judged.verdict, printing.lang)
        figures = (judged.satisfied, judged.valid), judged.value, (judged.lower, judged.upper)
        rows.append((judged.label(printing.lang), *figures, *rulings, printing.word("report_means_judged")))
    as_of = printing.cell("day", campaign.as_of).text
    caption = printing.word("report_summary_note", day=as_of, withdrawn=printing.number(counts.withdrawn))
    return _table("summary", printing, caption, columns, rows)


# ---------------------------------------------------------------- by place
def returns(campaign: Campaign, printing: Printing) -> Table:
    """Every count and share of every place, and of the whole survey."""
    columns = [
        *printing.columns({"index_code": ("text", 6), "unit": ("text", 20)}, detail=("index_code",)),
        *printing.counts(COUNTS, detail=_OFF_PAGE),
        *printing.counts(FIVE_NUMBERS, detail=_OFF_PAGE_SHARES),
        Column("target_met", printing.word("count_target_met"), "sign", 12),
    ]
    names = (*COUNTS, *FIVE_NUMBERS)
    rows = [(row.key[-1], *_place(campaign, row.key[-1], row.counts, names, printing)) for row in campaign.returns.rows]
    total = ("", *_whole(campaign, names, printing))
    caption = f"{printing.word('report_returns_note')} {printing.word('report_rr1_note')}"
    return _table("returns", printing, caption, columns, [*rows, total], total=True)


def short_returns(campaign: Campaign, printing: Printing) -> Table:
    """The counts of a day's page: of every place, or of the places furthest from their target where there are many."""
    columns = [
        *printing.columns({"index_code": ("text", 6), "unit": ("text", 24)}, detail=("index_code",)),
        *printing.counts(_DAILY),
        Column("target_met", printing.word("count_target_met"), "sign", 12),
    ]
    places = campaign.returns.rows
    shown = places if len(places) <= MOST_ON_A_PAGE else _furthest(places)[:MOST_ON_A_PAGE]
    rows = [(row.key[-1], *_place(campaign, row.key[-1], row.counts, _DAILY, printing)) for row in shown]
    left_out = len(places) - len(shown)
    key = "report_returns_note" if not left_out else "report_returns_some"
    caption = printing.word(key, shown=printing.number(len(shown)), places=printing.number(len(places)))
    caption = f"{caption} {printing.word('report_rr1_note')}"
    total = ("", *_whole(campaign, _DAILY, printing))
    return _table("returns", printing, caption, columns, [*rows, total], total=True)


def _place(
    campaign: Campaign, code: str, counts: Counts, names: Iterable[str], printing: Printing
) -> tuple[Raw, ...]:  # fmt: skip
    return (findings.place(campaign, code, printing.lang), *_figures(counts, names, printing))


def _whole(campaign: Campaign, names: Iterable[str], printing: Printing) -> tuple[Raw, ...]:
    return (printing.word("report_all"), *_figures(campaign.counts, names, printing))


def _figures(counts: Counts, names: Iterable[str], printing: Printing) -> tuple[Raw, ...]:
    return (*(getattr(counts, name) for name in names), findings.return_target(counts, printing.lang))


def _furthest(rows: Iterable[Row]) -> list[Row]:
    """Places with forms out, the lowest return rate first, then the most forms missing."""
    known = [row for row in rows if row.counts.issued]
    return sorted(known, key=lambda row: (row.counts.returned / row.counts.issued, -_missing(row.counts), row.key))


def _missing(counts: Counts) -> int:
    return counts.issued - counts.returned


def worst_communes(campaign: Campaign, printing: Printing) -> Table | None:
    """The communes furthest from their target; None where every form is back, or communes are the table above."""
    if campaign.communes is None or campaign.communes.by == campaign.returns.by:
        return None
    worst = [row for row in _furthest(campaign.communes.rows) if _missing(row.counts)][:WORST]
    names = ("issued", "returned", "outstanding", "outstanding_6_plus", "lost", "return_rate")
    columns = [
        *printing.columns(
            {"index_code": ("text", 7), "commune": ("text", 24), "district": ("text", 22)}, detail=("index_code",)
        ),
        *printing.counts(names),
    ]  # fmt: skip
    rows = [
        (code, findings.place(campaign, code, printing.lang), _district(campaign, code, printing), *_aged(row.counts))
        for row in worst
        for code in row.key[-1:]
    ]
    note = "report_worst_note" if rows else "report_worst_none"
    return _table("worst", printing, printing.word(note, most=printing.number(WORST)), columns, rows)


def _district(campaign: Campaign, commune: str, printing: Printing) -> str:
    return findings.place(campaign, campaign.districts.get(commune, ""), printing.lang)


def _aged(counts: Counts) -> tuple[Raw, ...]:
    old = counts.ages[-1] if counts.ages else 0
    return (counts.issued, counts.returned, counts.outstanding, old, counts.lost, counts.return_rate)


def ages(campaign: Campaign, printing: Printing) -> Table:
    """The forms still out by how long they have been."""
    names = ("outstanding", *AGES)
    columns = [*printing.columns({"unit": ("text", 24)}), *printing.counts(names, width=11)]
    none = (0,) * len(AGES)
    rows: list[tuple[Raw, ...]] = [
        (findings.place(campaign, row.key[-1], printing.lang), row.counts.outstanding, *(row.counts.ages or none))
        for row in campaign.returns.rows
        if row.counts.outstanding
    ]
    counts = campaign.counts
    total: tuple[Raw, ...] = (printing.word("report_all"), counts.outstanding, *(counts.ages or none))
    caption = printing.word("report_ages_note" if rows else "report_ages_none")
    return _table("ages", printing, caption, columns, [*rows, total], total=True)


# ---------------------------------------------------------------- by day, week and worker
def days(campaign: Campaign, printing: Printing) -> Table:
    """What happened on each day, and the running totals."""
    columns = [
        *printing.columns({"day": ("day", 12)}),
        *printing.counts(OF_DAY, width=12),
        *(
            Column(f"{name}_to_date", printing.word("to_date", what=printing.word(f"count_{name}")), "count", 13)
            for name in TO_DATE
        ),
    ]
    rows = [
        (
            date.fromisoformat(row.key[0]),
            *(getattr(row.counts, name) for name in OF_DAY),
            *(getattr(row.to_date or row.counts, name) for name in TO_DATE),
        )
        for row in campaign.days.rows
    ]
    return _table("days", printing, "", columns, rows, hidden=True)


def weeks(campaign: Campaign, printing: Printing) -> Table:
    """The weeks of the field, from Monday to Sunday: what came in each, and what is still out at its end."""
    columns = [
        *printing.columns({"week_from": ("day", 12), "week_to": ("day", 12)}),
        *printing.counts(OF_DAY, width=10),
        Column("returned_to_date", printing.word("to_date", what=printing.word("count_returned")), "count", 12),
        Column("outstanding_to_date", printing.word("to_date", what=printing.word("count_outstanding")), "count", 12),
    ]
    held: dict[date, list[Row]] = {}
    for row in campaign.days.rows:
        on = date.fromisoformat(row.key[0])
        held.setdefault(on - timedelta(days=on.weekday()), []).append(row)
    rows = []
    for monday, of_week in sorted(held.items()):
        last = of_week[-1].to_date or of_week[-1].counts
        sums = (sum(getattr(row.counts, name) for row in of_week) for name in OF_DAY)
        rows.append((monday, monday + timedelta(days=6), *sums, last.returned, last.outstanding))
    return _table("weeks", printing, printing.word("report_weeks_note"), columns, rows)


def workers(campaign: Campaign, printing: Printing) -> Table | None:
    """The post workers: their forms, and how many they gave back blank beside what is usual; None without one."""
    rows = [row for row in campaign.workers.rows if row.key[-1]] if campaign.workers else []
    if not rows:
        return None
    names = ("handed_out", "issued", "returned", "outstanding", "lost", "return_rate", "withdrawn")
    columns = [
        *printing.columns({"worker": ("text", 16)}),
        *printing.counts(names),
        *printing.columns({"usual": ("parts", 9), "usual_is": ("sign", 12)}),
    ]
    usual = usual_counts([row.counts.withdrawn for row in rows], [row.counts.handed_out for row in rows])
    made = []
    for row, (lower, upper) in zip(rows, usual, strict=True):
        within = lower <= row.counts.withdrawn <= upper
        told = printing.word("report_usual_yes" if within else "report_usual_no")
        band = Cell((lower, upper), f"{printing.number(lower)}–{printing.number(upper)}")
        made.append((row.key[-1], *(getattr(row.counts, name) for name in names), band, told))
    return _table("workers", printing, printing.word("report_workers_note"), columns, made)


# ---------------------------------------------------------------- today, and how it ended
def to_do(campaign: Campaign, printing: Printing) -> Table:
    """What waits for somebody today, with the command that shows it."""
    columns = printing.columns({"act": ("text", 48), "forms": ("count", 8), "shown_by": ("text", 40)})
    rows = [
        (printing.word(f"report_act_{name}"), count, printing.word(f"report_act_{name}_by"))
        for name, count in campaign.to_do
        if count
    ]
    return _table("to_do", printing, printing.word("report_to_do_note" if rows else "report_to_do_none"), columns, rows)


def sample(campaign: Campaign, printing: Printing) -> Table:
    """What was drawn: names in the frame, on the main list, and from the reserve, by stratum where these are known."""
    columns = [
        *printing.columns({"unit": ("text", 26), "population": ("count", 11)}),
        *printing.counts(("quota", "main"), width=11),
        *printing.columns({"fraction": ("share", 11)}),
        *printing.counts(("released_reserve", "substitution_rate"), width=11),
    ]
    of = campaign.population
    rows = [_drawn(findings.place(campaign, row.key[-1], printing.lang), row.counts, of.get(row.key[-1]))
            for row in campaign.returns.rows]  # fmt: skip
    total = _drawn(printing.word("report_all"), campaign.counts, sum(of.values()) or None)
    return _table("sample", printing, printing.word("report_sample_note"), columns, [*rows, total], total=True)


def _drawn(name: str, counts: Counts, population: int | None) -> tuple[Raw, ...]:
    fraction = Share(counts.main, population) if population else None
    return (name, population, counts.quota, counts.main, fraction, counts.released_reserve, counts.substitution_rate)


def outcomes(campaign: Campaign, printing: Printing) -> Table:
    """The final dispositions of the main list and of the released reserves."""
    columns = printing.columns(
        {"outcome": ("text", 40), "index_code": ("text", 7), "main_list": ("count", 13), "reserves": ("count", 13)}
    )
    counts = campaign.counts
    rows: list[Sequence[Raw]] = [
        (printing.word(f"report_outcome_{str(outcome).lower()}"), str(outcome),
         counts.outcomes.get(outcome, 0), counts.reserve_outcomes.get(outcome, 0))
        for outcome in Outcome
    ]  # fmt: skip
    sums = (sum(counts.outcomes.values()), sum(counts.reserve_outcomes.values()))
    rows.append((printing.word("report_all"), "", *sums))
    return _table("outcomes", printing, printing.word("report_outcomes_note"), columns, rows, total=True)


def response_rates(campaign: Campaign, printing: Printing) -> Table:
    """The rates of AAPOR, on the main list and with the reserves that were released."""
    columns = printing.columns({"rate": ("text", 40), "main_list": ("share", 15), "with_reserves": ("share", 15)})
    alone, every = rates(campaign.counts.outcomes), rates(campaign.counts.all_outcomes)
    rows = [(printing.word(f"count_{name}"), alone[name], every[name]) for name in _RATES]
    return _table("rates", printing, printing.word("report_rates_note"), columns, rows)


def _table(
    key: str, printing: Printing, caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Raw | Cell]], *,
    total: bool = False, hidden: bool = False,
) -> Table:  # fmt: skip
    made = tuple(printing.row(columns, row) for row in rows)
    name = printing.word(f"report_sheet_{key}")
    return Table(key, name, caption, tuple(columns), made, total=total, hidden=hidden)
