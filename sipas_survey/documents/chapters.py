"""The sections of a report: what stands in a daily, a weekly and a final report, and in which order."""

from collections.abc import Callable, Iterable, Mapping

from sipas_survey.documents import charts, field_charts, field_tables, findings, result_tables
from sipas_survey.documents.campaign import Campaign
from sipas_survey.documents.printing import Printing
from sipas_survey.documents.report import (
    Block,
    Chart,
    Kind,
    Letterhead,
    Paragraph,
    Remarks,
    Report,
    Section,
    Tile,
    Tiles,
)
from sipas_survey.formats import MISSING, Lang, day, target_percent
from sipas_survey.tracking.progress import RETURN_TARGET

_DAILY_FACTS = ("as_of", "seed", "frame_digest", "events", "ledger_head")


def compose(campaign: Campaign, kind: Kind, lang: Lang, *, drawn: bool = True) -> Report:
    """The report of a kind in a language; the same campaign gives the same report.

    `drawn`: with its charts, for which the drawing packages are needed. Raises SurveyError EXTRA_MISSING without them.
    """
    printing = Printing.of(campaign, lang, drawn=drawn)
    made = (section(campaign, printing) for section in _SECTIONS[kind])
    sections = tuple(each for several in made for each in several)
    return Report(
        kind=kind,
        lang=lang,
        kicker=printing.word(f"report_kind_{kind}"),
        title=campaign.survey_name,
        about=printing.word("report_of", round=campaign.round, as_of=day(campaign.as_of, lang)),
        as_of=campaign.as_of,
        sections=sections,
        letterhead=_letterhead(printing),
        targets=(campaign.threshold,),
        timezone=campaign.timezone,
        filters=printing.word("report_filters_none"),
    )


def _letterhead(printing: Printing) -> Letterhead:
    return Letterhead(
        state=printing.word("protocol_state"),
        motto=printing.word("protocol_motto"),
        superior=printing.word("report_superior"),
        office=printing.word("report_office"),
        number=printing.word("report_letter_number"),
        place=printing.word("report_letter_place"),
        signers=(printing.word("report_signer_author"), printing.word("report_signer_head")),
        sign_here=printing.word("protocol_sign_here"),
        recipients=tuple(printing.word(f"report_recipients_{part}") for part in ("heading", "named", "file")),
    )


def _section(
    key: str, printing: Printing, blocks: Iterable[Block | None], *, fresh: bool = False, **details: object
) -> Section:
    """A section headed by the word `report_KEY`; where it holds nothing it says that there is no data."""
    held = tuple(block for block in blocks if block is not None)
    nothing = Paragraph(f"{MISSING} {printing.word('report_no_data')}")
    return Section(key, printing.word(f"report_{key}", **details), held or (nothing,), fresh)


Sections = Iterable[Section]


# ---------------------------------------------------------------- headline
def _final_headline(campaign: Campaign, printing: Printing) -> Sections:
    tiles = Tiles((_return_tile(campaign, printing), _satisfaction_tile(campaign, printing)))
    yield _section("headline", printing, [tiles, _remarks(campaign, printing)])
    yield _section("numbers", printing, [field_tables.summary(campaign, printing)])


def _field_headline(campaign: Campaign, printing: Printing) -> Sections:
    tiles = Tiles((_return_tile(campaign, printing), _left_tile(campaign, printing)))
    yield _section("headline", printing, [tiles, _remarks(campaign, printing)])


def _remarks(campaign: Campaign, printing: Printing) -> Remarks | None:
    found = tuple(findings.remarks(campaign, printing.lang))
    return Remarks(printing.word("report_remarks"), found) if found else None


def _headed(printing: Printing, key: str, target: str) -> str:
    return f"{printing.word(key)} ({printing.word('report_against', target=target)})"


def _return_tile(campaign: Campaign, printing: Printing) -> Tile:
    counts = campaign.counts
    return Tile(
        _headed(printing, "report_return_heading", target_percent(RETURN_TARGET, printing.lang)),
        f"{printing.number(counts.returned)} / {printing.number(counts.issued)}",
        _known(printing.share(counts.return_rate), printing),
        (
            (printing.word("count_target_met"), findings.return_target(counts, printing.lang)),
            (printing.word("count_withdrawn"), printing.number(counts.withdrawn)),
            (printing.word("count_rr1"), printing.share(counts.rr1)),
        ),
        (findings.returned(campaign, printing.lang),),
        (findings.withdrawn(campaign, printing.lang),),
    )


def _satisfaction_tile(campaign: Campaign, printing: Printing) -> Tile:
    judged, lang = campaign.judged, printing.lang
    return Tile(
        _headed(printing, "report_satisfaction_heading", target_percent(campaign.threshold, lang)),
        _known(printing.share(judged.value if judged else None), printing),
        judged.label(lang) if judged else "",
        (
            (printing.word("report_by_rule"), findings.rule(judged.reached, lang)),
            (printing.word("report_by_interval"), findings.verdict(judged.verdict, lang)),
        )
        if judged
        else (),
        findings.judged(campaign, lang),
    )


def _left_tile(campaign: Campaign, printing: Printing) -> Tile:
    """The forms still out, and the day on which the last one comes back at the pace of the last days."""
    counts, foreseen = campaign.counts, campaign.forecast
    finish = foreseen.finish if foreseen else None
    said = findings.foreseen(campaign, printing.lang)
    return Tile(
        printing.word("report_left_heading"),
        printing.number(counts.outstanding),
        printing.word("report_left_beside"),
        (
            (printing.word("report_finish"), day(finish, printing.lang)),
            (printing.word("count_valid"), printing.number(counts.valid)),
            (printing.word("count_lost"), printing.number(counts.lost)),
        ),
        (said,),
    )


def _known(text: str, printing: Printing) -> str:
    return f"{text} {printing.word('report_no_data')}" if text == MISSING else text


# ---------------------------------------------------------------- the field
def _places(campaign: Campaign, printing: Printing) -> Sections:
    yield _section("returns", printing, [field_tables.returns(campaign, printing), _map(campaign, printing)])


def _short_places(campaign: Campaign, printing: Printing) -> Sections:
    yield _section("returns", printing, [field_tables.short_returns(campaign, printing)])


def _map(campaign: Campaign, printing: Printing) -> Chart | None:
    if not campaign.counts.issued or not printing.drawn:
        return None
    if campaign.communes is not None and campaign.positions:
        return field_charts.map_chart(campaign, lang=printing.lang)
    return field_charts.tile_chart(campaign, lang=printing.lang)


def _worst(campaign: Campaign, printing: Printing) -> Sections:
    table = field_tables.worst_communes(campaign, printing)
    if table is not None:
        yield _section("worst", printing, [table])


def _to_do(campaign: Campaign, printing: Printing) -> Sections:
    yield _section("to_do", printing, [field_tables.to_do(campaign, printing)])


def _days(campaign: Campaign, printing: Printing) -> Sections:
    yield _section("days", printing, [_line(campaign, printing), field_tables.days(campaign, printing)])


def _line(campaign: Campaign, printing: Printing) -> Chart | None:
    """The line of forms back against the line to all of them."""
    if not campaign.days.rows or not printing.drawn:
        return None
    return field_charts.return_chart(campaign.days, lang=printing.lang)


def _weeks(campaign: Campaign, printing: Printing) -> Sections:
    yield _section("weeks", printing, [_line(campaign, printing), field_tables.weeks(campaign, printing)])


def _ages(campaign: Campaign, printing: Printing) -> Sections:
    yield _section("ages", printing, [field_tables.ages(campaign, printing)])


def _workers(campaign: Campaign, printing: Printing) -> Sections:
    table = field_tables.workers(campaign, printing)
    funnel = field_charts.funnel_chart(campaign, lang=printing.lang) if table and printing.drawn else None
    yield _section("workers", printing, [funnel, table])


def _flags(campaign: Campaign, printing: Printing) -> Sections:
    told = Remarks(printing.word("report_flags_note"), tuple(text[printing.lang] for text in campaign.flags))
    yield _section("flags", printing, [told if campaign.flags else Paragraph(printing.word("report_flags_none"))])


# ---------------------------------------------------------------- the final report
def _method(campaign: Campaign, printing: Printing) -> Sections:
    yield _section("method", printing, [result_tables.rules(campaign, printing)])


def _sample(campaign: Campaign, printing: Printing) -> Sections:
    text = campaign.design[printing.lang]
    design = Paragraph(text[:1].upper() + text[1:] + ("" if text.endswith(".") else "."))
    yield _section("sample", printing, [design, field_tables.sample(campaign, printing)])


def _outcomes(campaign: Campaign, printing: Printing) -> Sections:
    yield _section("outcomes", printing, [field_tables.outcomes(campaign, printing)])
    yield _section("rates", printing, [field_tables.response_rates(campaign, printing)])


def _recheck(campaign: Campaign, printing: Printing) -> Sections:
    held = result_tables.recheck(campaign, printing) if campaign.recheck else None
    yield _section("recheck", printing, [held or Paragraph(printing.word("report_recheck_none"))])


def _results(campaign: Campaign, printing: Printing) -> Sections:
    lang, label = printing.lang, campaign.judged.label(printing.lang) if campaign.judged else campaign.check
    answered = printing.drawn and any(row.value is not None for row in campaign.results)
    drawn = charts.dimension_chart(campaign.results, campaign.threshold, lang=lang) if answered else None
    table = result_tables.results(campaign, printing) if campaign.results else None
    yield _section("results", printing, [drawn, table], fresh=True)
    places = result_tables.district_results(campaign, printing) if campaign.district_results else None
    yield _section("districts", printing, [places], label=label)
    if result_tables.ranked(campaign.criteria):
        ranking = charts.criteria_charts(campaign.criteria, campaign.threshold, lang=lang) if printing.drawn else []
        yield _section("criteria", printing, [*ranking, result_tables.criteria(campaign, printing)])


def _appendices(campaign: Campaign, printing: Printing) -> Sections:
    for title, table in result_tables.plan_tables(campaign, printing):
        compared = printing.drawn and table.key == "appendix_2"
        change = charts.change_chart(campaign, lang=printing.lang) if compared else None
        yield Section(table.key, title, (change, table) if change else (table,))


def _provenance(campaign: Campaign, printing: Printing) -> Sections:
    yield _section("provenance", printing, [result_tables.provenance(campaign, printing)])


def _ledger(campaign: Campaign, printing: Printing) -> Sections:
    yield _section("provenance", printing, [result_tables.provenance(campaign, printing, names=_DAILY_FACTS)])


Chapter = Callable[[Campaign, Printing], Sections]
_SECTIONS: Mapping[Kind, tuple[Chapter, ...]] = {
    "daily": (_field_headline, _short_places, _worst, _to_do, _ledger),
    "weekly": (
        _field_headline, _weeks, _places, _ages, _worst, _workers, _flags, _to_do, _ledger,
    ),
    "final": (
        _final_headline, _method, _sample, _places, _days, _outcomes, _workers, _flags, _recheck, _results,
        _appendices, _provenance,
    ),
}  # fmt: skip
