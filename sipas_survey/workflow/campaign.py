"""The state of a campaign on a day, gathered for reports: returns, places, results, what should be looked at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sipas_survey.access import EVERYONE
from sipas_survey.cases import ListKind
from sipas_survey.documents.campaign import Campaign, Provenance, RecheckRow, ResultRow
from sipas_survey.documents.report import Kind
from sipas_survey.formats import LANGUAGES, Lang, number, word
from sipas_survey.places import Units
from sipas_survey.places.positions import positions
from sipas_survey.problems import SurveyError
from sipas_survey.sampling.design import stratum_column, top_of
from sipas_survey.satisfaction.indices import IndexEstimate
from sipas_survey.satisfaction.questionnaire import IndexLevel
from sipas_survey.satisfaction.verdict import SERVICE, Judgement
from sipas_survey.storage import ledger
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forecast import forecast, window_start
from sipas_survey.tracking.forms import State
from sipas_survey.tracking.progress import Counts, FormRecord, follow, follow_days
from sipas_survey.tracking.recheck import NOT_CONFIRMED, OPEN, Finding
from sipas_survey.workflow import answer_quality, field, quality, recheck_report
from sipas_survey.workflow.appendices import plan_appendices
from sipas_survey.workflow.drawing import DrawRecord, record_of
from sipas_survey.workflow.frame import without_cycles
from sipas_survey.workflow.office import package_version, units_of
from sipas_survey.workflow.progress import LEVELS, default_level, form_records, quota_of
from sipas_survey.workflow.verdict import Judged, judge_campaign

MOST_FLAGS = 30


@dataclass(frozen=True)
class _Ground:
    """What every chapter of the state rests on, read once."""

    store: Store
    as_of: date
    record: DrawRecord
    units: Units
    forms: Sequence[FormRecord]


def campaign_of(store: Store, kind: Kind, *, as_of: date | None = None) -> Campaign:
    """Everything that a report of a kind says of the campaign on a day.

    Raises SurveyError DRAW_MISSING before the draw.
    """
    as_of = as_of or store.today
    record, units = record_of(store), units_of(store)
    with without_cycles():
        ground = _Ground(store, as_of, record, units, form_records(store, as_of=as_of))
        found = _of_field(ground)
        if kind != "daily":
            found = replace(found, flags=_flags(store))
        return _with_results(found, ground) if kind == "final" else found


# ---------------------------------------------------------------- the field
def _of_field(ground: _Ground) -> Campaign:
    store, units, as_of = ground.store, ground.units, ground.as_of
    returns = _progress(ground, default_level(store))
    recent = sum(1 for r in ground.forms if r.state.returned and (r.state.returned_on or as_of) >= window_start(as_of))
    return Campaign(
        survey_name=store.settings.name,
        round=store.settings.round,
        as_of=as_of,
        threshold=Fraction(str(store.settings.targets.satisfaction)),
        check=SERVICE,
        returns=returns,
        days=follow_days(ground.forms, as_of=as_of),
        places=units.names,
        results=(),
        district_results=(),
        design=dict.fromkeys(LANGUAGES, ""),
        provenance=_provenance(store, ground.record, as_of),
        notes=_notes(store),
        timezone=store.settings.timezone,
        communes=None if units.by_agency else _progress(ground, "commune"),
        workers=_progress(ground, "worker"),
        districts={commune.code: commune.district_code for commune in units.communes.values()},
        positions={} if units.by_agency else positions(store.settings.units, folder=store.folder),
        population=_population(ground.record),
        forecast=forecast(outstanding=returns.total.outstanding, recent=recent, as_of=as_of),
        to_do=_to_do(ground, returns.total),
    )


def _progress(ground: _Ground, level: str) -> Any:
    return follow(ground.forms, as_of=ground.as_of, by=LEVELS[level], quota=quota_of(ground.record, EVERYONE))


def _population(record: DrawRecord) -> Mapping[str, int]:
    """The people of the frame by district."""
    found: Counter[str] = Counter()
    for stratum, size in record.population.items():
        found[top_of(stratum)] += size
    return dict(found)


def _to_do(ground: _Ground, counts: Counts) -> tuple[tuple[str, int], ...]:
    """What waits for somebody: old forms out, unchecked ones, requests, contradictions, papers not yet carried out."""
    states = [(record, record.state) for record in ground.forms if record.last_of_case]
    fresh = [record for record, state in states if record.released and state.state is State.PLANNED]
    printed = [r for r, state in states if r.kind is ListKind.MAIN and state.state is State.PRINTED]
    return (
        ("overdue", counts.ages[-1] if counts.ages else 0),
        ("check", counts.unchecked),
        ("approve", sum(state.request_open for _, state in states)),
        ("decide", counts.in_question),
        ("waiting", len(field.waiting(ground.store))),
        ("print", sum(record.kind is ListKind.RESERVE for record in fresh)),
        ("issue", len(printed)),
    )


def _flags(store: Store) -> tuple[dict[Lang, str], ...]:
    """What should be looked at, in sentences, the rarest by chance first."""
    told = [(f.chance, {lang: quality.sentence(f, lang) for lang in LANGUAGES}) for f in quality.flags(store)]
    told += [
        (f.chance, {lang: answer_quality.sentence(f, lang) for lang in LANGUAGES})
        for f in answer_quality.answer_flags(store)
    ]
    told.sort(key=lambda each: (each[0] is None, each[0] or 0.0))
    sentences: list[dict[Lang, str]] = [sentence for _, sentence in told[:MOST_FLAGS]]
    if more := len(told) - len(sentences):
        sentences.append({lang: word("report_flags_more", lang, more=number(more, lang)) for lang in LANGUAGES})
    return tuple(sentences)


# ---------------------------------------------------------------- the results
def _with_results(found: Campaign, ground: _Ground) -> Campaign:
    whole = judge_campaign(ground.store, by=[stratum_column(ground.units)], as_of=ground.as_of)
    rows = [(e, j) for e, j in whole.rows if e.level is not IndexLevel.CRITERION]
    questions = [(e, j) for e, j in whole.rows if e.level is IndexLevel.CRITERION and not e.by]
    return replace(
        found,
        threshold=whole.threshold,
        check=whole.check_index,
        results=tuple(_result(whole, e, j) for e, j in rows if not e.by),
        district_results=tuple(_result(whole, e, j) for e, j in rows if e.by and e.index == whole.check_index),
        design={lang: word(whole.design_word, lang) for lang in LANGUAGES},
        appendices=plan_appendices(ground.store, whole),
        criteria=tuple(_result(whole, e, j) for e, j in questions),
        recheck=_recheck(ground.store),
    )


def _result(judged: Judged, row: IndexEstimate, judgement: Judgement) -> ResultRow:
    weighted = row.weighted
    return ResultRow(
        index=row.index,
        level=str(row.level),
        label_vi=judged.questionnaire.label(row.index, "vi"),
        label_en=judged.questionnaire.label(row.index, "en"),
        place=next(iter(row.by.values()), ""),
        satisfied=row.satisfied,
        valid=row.valid,
        blank=row.blank,
        forms=row.forms,
        value=row.value,
        lower_bound=row.lower_bound,
        upper_bound=row.upper_bound,
        se=row.se,
        lower=row.lower,
        upper=row.upper,
        reached=judgement.reached,
        verdict=judgement.verdict.value,
        weighted_value=weighted.value if weighted else None,
        weighted_lower=weighted.lower if weighted else None,
        weighted_upper=weighted.upper if weighted else None,
        small=judgement.few_forms,
    )


def _recheck(store: Store) -> tuple[RecheckRow, ...]:
    """What the re-check found so far; nothing before one has been ordered."""
    try:
        found = recheck_report.report(store).findings
    except SurveyError as error:
        if [told.kind for told in error.problems] != ["RECHECK_NOTHING_ORDERED"]:
            raise
        return ()
    return tuple(_recheck_row(row) for row in found)


def _recheck_row(row: Mapping[str, Any]) -> RecheckRow:
    return RecheckRow(
        about=row["about"],
        who=row["who"] or "",
        ordered=row["ordered"],
        confirmed=row[str(Finding.CONFIRMED)],
        not_confirmed=sum(row[str(finding)] for finding in NOT_CONFIRMED),
        open=sum(row[str(finding)] for finding in OPEN),
        waiting=row["waiting"],
        rate=row["not_confirmed_rate"],
        lower=row["lower"],
        upper=row["upper"],
    )


# ---------------------------------------------------------------- where it comes from
def _provenance(store: Store, record: DrawRecord, as_of: date) -> Provenance:
    with store.read() as connection:
        events, head = ledger.head(connection, str(store.settings.id))
    return Provenance(
        survey_id=str(store.settings.id),
        seed=record.seed,
        frame_digest=record.frame_digest,
        list_digest=record.list_digest,
        questionnaire=store.settings.questionnaire,
        package_version=package_version(),
        as_of=as_of,
        ledger_head=head,
        events=events,
        drawn_at=datetime.fromisoformat(record.drawn_at),
        frozen_at=datetime.fromisoformat(record.frozen_at) if record.frozen_at else None,
    )


def _notes(store: Store) -> tuple[dict[Lang, str], ...]:
    if not store.settings.demo:
        return ()
    note: dict[Lang, str] = {lang: word("demo_invented", lang) for lang in LANGUAGES}
    return (note,)
