"""Setting up a survey, opening it, and verifying that nothing in it was bent."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection, select

from sipas_survey import places
from sipas_survey.formats import Lang
from sipas_survey.problems import Place, Problem, SurveyError, problem, stop
from sipas_survey.sampling.draw import list_digest
from sipas_survey.satisfaction import questionnaire as questionnaires
from sipas_survey.storage import (
    accounts,
    answers,
    casebook,
    database,
    frames,
    keys,
    ledger,
    rechecks,
    settings,
    states,
)
from sipas_survey.storage import frozen as frozen_frames
from sipas_survey.storage import store as stores
from sipas_survey.storage.schema import cases, forms
from sipas_survey.storage.store import Store, create, now_utc, open_store
from sipas_survey.tracking.forms import Act
from sipas_survey.tracking.recheck import seed_digest
from sipas_survey.workflow.desk import rebuild

DEFAULT_UNITS = "yen_bai_2023"
_DEFAULT_FRAME_DATE = {"yen_bai_2023": date(2023, 12, 1)}
_TIMEZONE = "Asia/Ho_Chi_Minh"


def package_version() -> str:
    """The version of this package."""
    try:
        return version("sipas-survey")
    except PackageNotFoundError:  # run from a checkout that was never installed
        text = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
        return str(tomllib.loads(text)["project"]["version"])


@dataclass(frozen=True)
class NewSurvey:
    """What somebody may say about a survey when it is set up; None: the default."""

    name: str | None = None
    round: str | None = None
    kind: str = "citizens"
    units: str = DEFAULT_UNITS
    questionnaire: str = "sipas_2022"
    language: Lang = "vi"
    frame_date: date | None = None
    id: UUID | None = None
    secret: bytes | None = None
    demo: bool = False


def init(folder: Path, new: NewSurvey, *, author: str | None = None, clock: Callable[[], datetime] = now_utc) -> Store:
    """Make a survey: its folder, settings, database at the newest schema, and the key of personal data outside it.

    Raises SurveyError where the folder is not empty, or units, questionnaire or day cannot be used.
    """
    survey_id = new.id or uuid4()
    units_file = Path(new.units) if new.units not in places.shipped_names() else None
    units = places.load(new.units)
    asked_file = Path(new.questionnaire) if new.questionnaire not in questionnaires.shipped_names() else None
    questionnaires.load(new.questionnaire).or_raise()
    today = clock().astimezone(ZoneInfo(_TIMEZONE)).date()
    frame_date = new.frame_date or _DEFAULT_FRAME_DATE.get(new.units, today)
    round_name = new.round or str(frame_date.year)
    values: dict[str, object] = {
        "id": survey_id,
        "key_id": "",
        "name": new.name or f"SIPAS {round_name}",
        "round": round_name,
        "kind": new.kind,
        "language": new.language,
        "units": units_file.name if units_file else new.units,
        "frame_date": frame_date,
        "round_code": max(frame_date.year % 100, 10),
        "questionnaire": asked_file.name if asked_file else new.questionnaire,
        "demo": new.demo,
    }
    settings.check(values)
    _on_valid_day(units, frame_date)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise stop("SURVEY_EXISTS", found=str(folder))
    store = _with_key(folder, values, new.secret, author=author, clock=clock)
    _take_along(folder, [file for file in (units_file, asked_file) if file])
    return store


def _with_key(
    folder: Path, values: dict[str, object], secret: bytes | None, *, author: str | None, clock: Callable[[], datetime]
) -> Store:
    """The survey and its key; where the survey cannot be made, the key that was made for it goes too."""
    new = settings.check(values)
    key_file = keys.file_of(new.id, folder, demo=new.demo)
    was_there = key_file.exists()
    key_id = keys.make(new.id, folder, secret=secret, demo=new.demo)
    try:
        return create(folder, new.model_copy(update={"key_id": key_id}), author=author, clock=clock)
    except SurveyError:
        if not was_there:
            key_file.unlink()
        raise


def _take_along(folder: Path, files: Sequence[Path]) -> None:
    """Copy units and questionnaire of one's own into the survey, which from then on needs no other copy."""
    for file in files:
        try:
            with (folder / file.name).open("xb") as copy:
                copy.write(file.read_bytes())
        except OSError as error:
            raise stop("OUTPUT_NOT_WRITABLE", found=str(folder / file.name)) from error


def open_survey(folder: Path, *, author: str | None = None) -> Store:
    """The survey in a folder. Raises SurveyError where there is none, or it cannot be used."""
    return open_store(folder, author=author)


def upgrade(folder: Path) -> tuple[str, str]:
    """Bring the tables of a survey up to date; return their versions before and after.

    Raises SurveyError as `open_survey`, DATABASE_NEWER among others.
    """
    return stores.upgrade(folder)


def rebuild_states(store: Store) -> int:
    """Make the cache of form states anew, even where its tables were dropped; return how many forms it holds."""
    owner = replace(store, engine=database.connect(store.home, as_owner=True))
    try:
        with owner.write() as transaction:
            states.make(transaction.connection)
            database.grant(transaction.connection, store.home)
            return rebuild(transaction.connection, visits=store.settings.defaults.visits)
    finally:
        owner.close()


def journal(store: Store, *, form: str | None = None) -> list[dict[str, Any]]:
    """The entries of the ledger in order, all or those of one form, as their columns."""
    with store.read() as connection:
        return [dict(row) for row in ledger.entries(connection, form=form)]


def last_event(store: Store) -> datetime | None:
    """When anything was recorded of a form for the last time."""
    with store.read() as connection:
        text = casebook.last_recorded(connection)
    return datetime.fromisoformat(text).astimezone(store.settings.zone) if text else None


def _on_valid_day(units: places.Units, day: date) -> None:
    if not units.hold_on(day):
        raise stop(
            "FRAME_DATE_OUTSIDE_UNITS", Place(file=settings.FILE), day=day, units=units.name, since=units.valid_from,
            until=units.valid_to,
        )  # fmt: skip


def units_of(store: Store) -> places.Units:
    """The survey's units, checked against its frame date. Officials are asked by agency."""
    units = places.load(store.settings.units, folder=store.folder)
    _on_valid_day(units, store.settings.frame_date)
    return replace(units, by_agency=store.settings.kind == "officials")


def questionnaire_of(store: Store) -> questionnaires.Questionnaire:
    """The survey's questionnaire: a shipped one, or a TOML file in the survey's folder."""
    name = store.settings.questionnaire
    beside = store.folder / name
    return questionnaires.load(str(beside) if beside.is_file() else name).or_raise()


# ---------------------------------------------------------------- verification
class Bent(StrEnum):
    """What a verification found bent."""

    CHAIN = "chain"
    HEAD = "head"
    FRAME = "frame"
    DRAW = "draw"
    FORMS = "forms"
    RESPONSES = "responses"
    PEOPLE = "people"
    RECHECK = "recheck"
    STATES = "states"
    USERS = "users"


@dataclass(frozen=True)
class Audit:
    """What `audit verify` found; `first_bad` is the sequence number of the first entry that does not fit."""

    intact: bool
    events: int
    head: str
    first_bad: int | None
    settings_pending: bool
    problems: tuple[Problem, ...] = ()


def verify(store: Store, *, known_head: str | None = None) -> Audit:
    """Recompute the chain, and compare what it says of frame, draw and answers with the tables."""
    with store.read() as connection:
        walk = ledger.verify(connection, str(store.settings.id), known_head=known_head)
        bad: tuple[int, Bent] | None = (walk.first_bad, Bent.CHAIN) if walk.first_bad is not None else None
        bad = bad or _against_tables(connection, store) or _against_cache(connection, store)
        if bad is None and not walk.passed_head:
            bad = (walk.entries, Bent.HEAD)
        recorded = ledger.last_details(connection, "settings")
    pending = recorded is None or recorded["digest"] != settings.digest(store.settings)
    problems = (_told(*bad),) if bad else ()
    return Audit(bad is None, walk.entries, walk.head, bad[0] if bad else None, pending, problems)


def _told(seq: int, why: Bent) -> Problem:
    if why is Bent.STATES:
        return problem("STATES_BENT", found=str(seq))
    return problem("LEDGER_BROKEN", found=str(seq), why=why)


def _against_cache(connection: Connection, store: Store) -> tuple[int, Bent] | None:
    """The last entry that the cache of form states knows of, where it does not hold what a fresh fold gives."""
    visits = store.settings.defaults.visits
    known = states.known_until(connection, visits=visits)
    if not known or known != states.last_seq(connection) or not casebook.drawn(connection):
        return None  # behind or dropped: nobody reads it
    fresh = states.as_rows(casebook.folded(connection, visits=visits))
    return None if states.rows(connection) == fresh else (known, Bent.STATES)


def _against_people(connection: Connection) -> tuple[int, Bent] | None:
    """The first entry whose people or note are gone though no purge took them: who was drawn stays, so do notes."""
    drawing = ledger.standing(connection, "draw")
    if drawing and frames.person_missing(connection):
        return int(drawing["seq"]), Bent.PEOPLE
    purged = max((ledger.details_of(row)["before"] for row in ledger.entries(connection, act="purge")), default="")
    return next(((seq, Bent.PEOPLE) for seq in casebook.notes_apart(connection, since=purged)), None)


def _against_tables(connection: Connection, store: Store) -> tuple[int, Bent] | None:
    """The first entry whose digest does not fit what the tables hold now."""
    frozen = ledger.standing(connection, "freeze_frame")
    if frozen and not frozen_frames.as_frozen(connection, frozen):
        return int(frozen["seq"]), Bent.FRAME
    for decision in ledger.all_standing(connection, "drop_units"):
        if frames.public_of(connection, decision["units"]):
            return int(decision["seq"]), Bent.FRAME
    drawing = ledger.standing(connection, "draw")
    if drawing and _stored_list_digest(connection) != drawing["list_digest"]:
        return int(drawing["seq"]), Bent.DRAW
    if not drawing and casebook.drawn(connection):
        return ledger.head(connection, str(store.settings.id))[0], Bent.DRAW
    if drawing and (bent := _bent_form(connection)):
        return bent, Bent.FORMS
    batches = {row["seq"]: ledger.details_of(row) for row in ledger.entries(connection, act="import_responses")}
    for seq, details in batches.items():
        if answers.batch_digest(connection, seq) != details["stored_digest"]:
            return int(seq), Bent.RESPONSES
    if stray := answers.batches(connection) - set(batches):
        return min(stray), Bent.RESPONSES
    if stray_user := accounts.bent(connection):
        return stray_user, Bent.USERS
    return _against_people(connection) or _against_rechecks(connection)


def _against_rechecks(connection: Connection) -> tuple[int, Bent] | None:
    """The first entry of a re-check whose sealed selection is gone, or whose answers are not those it stored."""
    ordered = [ledger.details_of(row) for row in ledger.entries(connection, act="open_recheck")]
    seeds = {details["draw"]: details["seed"] for details in ordered if details["draw"]}
    sealed = rechecks.sealed_draws(connection)
    for row in ledger.entries(connection, act="draw_recheck"):
        seq, digest = row["seq"], ledger.details_of(row)["seed_digest"]
        if seq not in sealed or (seq in seeds and seed_digest(seeds[seq]) != digest):
            return int(seq), Bent.RECHECK
    stored = rechecks.batches(connection)
    imports = {row["seq"]: ledger.details_of(row) for row in ledger.entries(connection, act="import_recheck")}
    told = {int(seq): details["stored_digest"] for seq, details in imports.items() if details["answers"]}
    wrong = [seq for seq in stored.keys() | told.keys() if stored.get(seq) != told.get(seq)]
    return (min(wrong), Bent.RECHECK) if wrong else None


def _bent_form(connection: Connection) -> int | None:
    """The draw's or the re-issue's entry with which the table of form codes does not agree."""
    drawn = connection.execute(select(cases.c.form, cases.c.unit_id))
    expected = {row.form: (row.unit_id, "") for row in drawn}
    reissues = [e for e in casebook.form_events(connection) if e.act is Act.REISSUE]
    for event in reissues:
        expected[event.refers_to] = (expected.get(event.form, ("", ""))[0], event.form)
    found = {row.form: (row.unit_id, row.reissue_of) for row in connection.execute(select(forms))}
    if found == expected:
        return None
    drawn_at = ledger.standing(connection, "draw") or {"seq": 0}
    wrong = {form for form in found.keys() | expected.keys() if found.get(form) != expected.get(form)}
    return next((e.seq for e in reissues if e.refers_to in wrong), int(drawn_at["seq"]))


def _stored_list_digest(connection: Connection) -> str:
    columns = (cases.c.form, cases.c.unit_id, cases.c.kind, cases.c.stratum, cases.c.turn)
    rows = connection.execute(cases.select().with_only_columns(*columns)).mappings().all()
    return list_digest(pd.DataFrame(rows))
