"""The whole path in one telling: a frame of people, a public draw, the field, the answers, the verdict.

The clock of the demonstration is set to the days of the invented campaign, so that the same package always writes the
same report.
"""

import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from importlib.resources import as_file
from itertools import groupby
from pathlib import Path

from sipas_survey.exchange.events import EventRow, read_events
from sipas_survey.formats import Lang, Share, number, percent, target_percent, word
from sipas_survey.formats import day as show_day
from sipas_survey.problems import SurveyError, stop
from sipas_survey.resources import shipped
from sipas_survey.satisfaction.questionnaire import IndexLevel
from sipas_survey.storage.database import DATABASE
from sipas_survey.storage.keys import DEMO_KEY_FILE
from sipas_survey.storage.settings import FILE as SETTINGS_FILE
from sipas_survey.storage.store import Store
from sipas_survey.workflow import answers, designing, drawing, field, frame, office, papers, progress, reports
from sipas_survey.workflow.demo import sample
from sipas_survey.workflow.verdict import Judged, judge_campaign

LISTS, REPORTS = "lists", ("report.html", "report.xlsx")
WRITTEN = (SETTINGS_FILE, DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", DEMO_KEY_FILE, *REPORTS)
_EVENING = time(10, 30, tzinfo=UTC)  # half past five in Yên Bái
POLICY_ELEMENTS = ("accountability", "participation", "quality", "impact")


@dataclass
class _Clock:
    """A clock that stands where the story is."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


def tell(folder: Path, *, lang: Lang) -> Iterator[str]:
    """Run the whole path in a folder and tell it, line by line.

    Over its own folder it makes it anew; any other folder that is not empty is refused (SURVEY_EXISTS).
    """
    clear(folder)
    clock = _Clock(sample.FROZEN_AT)
    new = office.NewSurvey(
        name=word("demo_name", "vi"),
        round="2023",
        units=sample.NAME,
        frame_date=sample.FRAME_DATE,
        id=sample.SURVEY_ID,
        secret=sample.SECRET,
        demo=True,
    )
    store = office.init(folder, new, author="demo", clock=clock)
    try:
        yield word("demo_invented", lang)
        yield from _sampled(store, clock, lang)
        yield from _followed(store, clock, lang)
        yield from _judged(store, lang)
        yield from _reported(store, folder, lang)
    finally:
        store.close()


def clear(folder: Path) -> None:
    """Make room: remove what an earlier demonstration wrote, and nothing else."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not _is_demo(folder):
        raise stop("SURVEY_EXISTS", found=str(folder))
    if {each.name for each in folder.iterdir()} - {LISTS, *WRITTEN}:
        raise stop("SURVEY_EXISTS", found=str(folder))
    shutil.rmtree(folder / LISTS, ignore_errors=True)
    for name in WRITTEN:
        (folder / name).unlink(missing_ok=True)


def _is_demo(folder: Path) -> bool:
    try:
        return tomllib.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8")).get("demo") is True
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False


@contextmanager
def _file(name: str) -> Iterator[Path]:
    with as_file(shipped(f"{sample.FOLDER}/{name}")) as path:
        yield path


def _sampled(store: Store, clock: _Clock, lang: Lang) -> Iterator[str]:
    """Frame, design, freeze, draw, and the draw repeated."""
    with _file("frame.csv") as file:
        imported = frame.import_frame(store, file)
    if not imported.stored:
        raise SurveyError(imported.problems)
    warned = number(len(imported.problems), lang)
    yield word("demo_frame", lang, people=number(imported.new, lang), warned=warned)
    with _file("quota.csv") as file:
        designing.set_design(store, designing.Asked(quota_file=file))
    frozen = frame.freeze(store)
    yield word("demo_frozen", lang, digest=frozen.frame_digest)
    clock.now = sample.DRAWN_AT
    drawn = drawing.draw_lists(store, seed=sample.DRAW_SEED).value
    sizes = {"main": number(drawn.main, lang), "reserve": number(drawn.reserve, lang)}
    yield word("demo_drawn", lang, seed=drawn.seed, **sizes)
    yield word("demo_repeated" if drawing.verify(store).same else "demo_not_repeated", lang)


def _followed(store: Store, clock: _Clock, lang: Lang) -> Iterator[str]:
    """The field, week by week, and where every form stands in the end."""
    with _file("events.csv") as file:
        rows = read_events(file, is_printed=lambda _: False).or_raise()
    weeks = groupby(sorted(rows, key=_week), key=_week)
    count = 0
    for _, week in weeks:
        batch = list(week)
        clock.now = datetime.combine(max(row.happened_on for row in batch), _EVENING)
        done = field.take_in(store, batch)
        if not done.stored:
            raise SurveyError(done.problems)
        count += done.new
    clock.now = sample.END
    yield word("demo_events", lang, events=number(count, lang))
    total = progress.track(store).total
    yield word(
        "demo_returned" if total.target_met else "demo_not_returned",
        lang,
        returned=number(total.returned, lang),
        issued=number(total.issued, lang),
        rate=percent(total.return_rate, lang),
        lost=number(total.lost, lang),
        withdrawn=number(total.withdrawn, lang),
        released=number(total.released_reserve, lang),
        rr1=percent(total.rr1, lang),
    )


def _week(row: EventRow) -> tuple[int, int]:
    year, week, _ = row.happened_on.isocalendar()
    return year, week


def _judged(store: Store, lang: Lang) -> Iterator[str]:
    """The answers, the five dimensions, the verdict."""
    with _file("answers.csv") as file:
        imported = answers.import_responses(store, [file])
    if not imported.stored:
        raise SurveyError(imported.problems)
    unusable = number(sum(p.kind == "ANSWER_UNUSABLE" for p in imported.problems), lang)
    yield word("demo_answers", lang, forms=number(imported.new, lang), unusable=unusable)
    judged = judge_campaign(store)
    target = target_percent(judged.threshold, lang)
    yield word("demo_dimensions", lang, target=target)
    yield from (_dimension(judged, i, lang) for i in range(len(judged.rows)) if _is_dimension(judged, i))
    row, judgement = next((e, j) for e, j in judged.rows if e is judged.headline)
    yield word(
        "demo_verdict_reached" if judgement.reached else "demo_verdict_missed",
        lang,
        label=judged.questionnaire.label(row.index, lang),
        share=percent(row.value, lang, targets=[judged.threshold]),
        target=target,
        verdict=word(f"verdict_{judgement.verdict}", lang),
    )


def _is_dimension(judged: Judged, i: int) -> bool:
    row = judged.rows[i][0]
    return row.level is IndexLevel.ELEMENT and row.index not in POLICY_ELEMENTS and not row.by


def _dimension(judged: Judged, i: int, lang: Lang) -> str:
    row, judgement = judged.rows[i]
    targets = [judged.threshold]
    return word(
        "demo_dimension",
        lang,
        label=judged.questionnaire.label(row.index, lang).ljust(46),
        share=percent(Share(row.satisfied, row.valid), lang, targets=targets),
        lower=percent(row.lower, lang, targets=targets),
        upper=percent(row.upper, lang, targets=targets),
        verdict=word(f"verdict_{judgement.verdict}", lang),
    )


def _reported(store: Store, folder: Path, lang: Lang) -> Iterator[str]:
    """Lists, reports, the check of the ledger, and where everything is."""
    lists = papers.write_lists(store, folder / LISTS).value
    as_of = sample.END.astimezone(store.settings.zone).date()
    reports.write_report(store, *(folder / name for name in REPORTS), as_of=as_of)
    audit = office.verify(store)
    events = number(audit.events, lang)
    yield word("demo_intact" if audit.intact else "demo_broken", lang, events=events, head=audit.head)
    yield word(
        "demo_written",
        lang,
        folder=folder,
        lists=number(len(lists), lang),
        as_of=show_day(as_of, lang),
        reports=", ".join(REPORTS),
        settings=SETTINGS_FILE,
        database=DATABASE,
    )
