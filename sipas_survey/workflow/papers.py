"""The sixth chapter: what leaves the program on paper and in files."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.cases import CASE_COLUMNS, ListKind
from sipas_survey.documents import lists as list_documents
from sipas_survey.exchange import exports, headings
from sipas_survey.exchange.delimited import csv_text
from sipas_survey.exchange.tables import open_table
from sipas_survey.formats import LANGUAGES, Lang, read_day, search_key
from sipas_survey.places import Units
from sipas_survey.problems import Checked, problem, stop
from sipas_survey.sampling.design import stratum_column
from sipas_survey.sampling.frame import PERSONAL, PUBLIC
from sipas_survey.storage import casebook, frames, ledger
from sipas_survey.storage.store import Store
from sipas_survey.tracking import routes
from sipas_survey.workflow.drawing import DrawRecord, export, record_of, released_units
from sipas_survey.workflow.frame import public_extract
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.progress import form_records

CASE_FILE_COLUMNS = ("form", "unit_id", "kind", "stratum", "turn", "probability", "weight")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Make the folder of a file that is about to be written; what the disk refuses becomes a problem."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise stop("OUTPUT_NOT_WRITABLE", found=str(path)) from error


def paper_language(store: Store, asked: str | None, *, also: tuple[str, ...] = ()) -> Lang:
    """The language of what goes on paper: what was asked, else the survey's own. `also`: other choices to name."""
    if asked is None:
        return store.settings.language
    if asked not in LANGUAGES:
        raise stop("WRONG_CHOICE", found=asked, option="--paper", choices=(*LANGUAGES, *also))
    return "vi" if asked == "vi" else "en"


def survey_title(store: Store) -> str:
    """Name and round as they stand at the head of a paper; the round is not said twice."""
    name, round_name = store.settings.name, store.settings.round
    return name if round_name in name.split() else f"{name} – {round_name}"


def paper_file(folder: Path, code: str, name: str, what: str) -> Path:
    """The PDF of a place: `132-thanh-pho-yen-bai-…`. An agency has no code: its name and a digest of it stand there."""
    slug = "-".join("".join(sign if sign.isalnum() else " " for sign in search_key(name)).split())[:80]
    plain = code.isascii() and code.isalnum() and code != name
    first = code if plain else hashlib.sha256(name.encode()).hexdigest()[:6]
    return folder / f"{first}-{slug}-{what}.pdf"


# ---------------------------------------------------------------- tables for others
def write_public_frame(store: Store, file: Path) -> int:
    """Write the public columns of the frame as CSV; return the number of rows."""
    rows = public_extract(store)
    with writing(file):
        file.write_text(csv_text(PUBLIC, rows), encoding="utf-8", newline="")
    return len(rows)


def write_cases(store: Store, file: Path, *, excel: bool = False) -> int:
    """Write the case table as CSV, XLSX or Parquet; return the number of rows. Held reserves have no probability.

    Of a draw in stages the columns of `staging.with_stages` follow.
    """
    if file.suffix.lower() not in exports.SUFFIXES:
        raise stop("WRONG_CHOICE", found=file.suffix, option="draw export", choices=exports.SUFFIXES)
    cases, drawn_at = export(store), _instant(record_of(store).drawn_at)
    table = cases[[*CASE_FILE_COLUMNS, *(name for name in cases.columns if name not in CASE_COLUMNS)]]
    with writing(file):
        exports.write_table(file, table, created=drawn_at, excel=excel)
    return len(table)


# ---------------------------------------------------------------- respondent lists
def write_lists(
    store: Store, folder: Path, *, as_csv: bool = False, excel: bool = False, by_commune: bool = False,
    workers_file: Path | None = None, viewer: Viewer = EVERYONE,
) -> Checked[list[Path]]:  # fmt: skip
    """Write one respondent list per district (per commune where there are none), and record that names went out.

    With `by_commune` a workbook has a sheet per commune, and there is a CSV file per commune. With a table of workers
    the names in the field are divided among them (`tracking.routes`); a commune without a worker is a warning.
    Raises SurveyError PERSONAL_DATA_LOCKED without the key, DRAW_MISSING before the draw.
    """
    record, units = record_of(store), units_of(store)
    people = drawn_people(store, units, viewer)
    workers = read_workers(workers_file, units) if workers_file else None
    assigned = routes.assign(people[people["released"]], workers or ())
    if workers is not None:
        people["worker"] = worker_of(people, assigned.value)
    column, names = places_of(units, by_commune=by_commune and as_csv)
    written = []
    for code, rows in people.groupby(column, sort=True):
        name = names.get(str(code), str(code))
        file = folder / f"{code}-{search_key(name).replace(' ', '-')}{'.csv' if as_csv else '.xlsx'}"
        with writing(file):
            if as_csv:
                columns = [n for n in list_documents.PEOPLE_COLUMNS if n != "worker" or workers is not None]
                if link := store.settings.link:
                    rows = rows.assign(link=[link.replace("{form}", form) for form in rows["form"]])
                    columns.append("link")
                file.write_text(csv_text(columns, rows[columns].to_numpy().tolist(), excel=excel), "utf-8", newline="")
            else:
                sheet = _district_list(store, record, str(code), name, rows)
                sheet = replace(
                    sheet, by_commune=by_commune, workers={w.worker: w.name for w in workers} if workers else None
                )
                list_documents.write_list(file, sheet, lang=store.settings.language)
        written.append(file)
    with store.write() as transaction:
        transaction.note("export_lists", files=[file.name for file in written], people=len(people))
    nameless = int((people["full_name"] == "").sum()) if _purged(store) else 0
    gone = (problem("PEOPLE_PURGED", found=str(nameless)),) if nameless else ()
    return Checked(written, (*gone, *(assigned.problems if workers is not None else ())))


def _purged(store: Store) -> bool:
    with store.read() as connection:
        return ledger.last_details(connection, "purge") is not None


def read_workers(file: Path, units: Units) -> tuple[routes.Worker, ...]:
    """The post workers of a file. Raises SurveyError where a row cannot be used."""
    source = open_table(file)
    names = headings.match(source.columns, headings.WORKER_ALIASES, place=source.place).or_raise()
    if "worker" not in names.values():
        raise stop("WORKER_COLUMN_MISSING", source.place.at(row=source.header_row), found="worker")
    table = headings.renamed(source.frame().or_raise(), names)
    return routes.read_workers(table, units, place=source.place).or_raise()


def worker_of(people: pd.DataFrame, assigned: Mapping[routes.Village, str]) -> list[str]:
    """Who carries each name's form; a reserve that is held has nobody yet."""
    villages = zip(people["commune_code"], people["village"], strict=True)
    return [
        assigned.get(village, "") if released else ""
        for village, released in zip(villages, people["released"], strict=True)
    ]


def places_of(units: Units, *, by_commune: bool = False) -> tuple[str, Mapping[str, str]]:
    """The column that lists are made by, and the names of its codes."""
    by_commune = by_commune and not units.by_agency
    return ("commune_code" if by_commune else stratum_column(units)), units.names


def drawn_people(store: Store, units: Units, viewer: Viewer = EVERYONE) -> pd.DataFrame:
    """Everybody drawn who is in scope, with code in use, name and place: the columns of a respondent list."""
    key = store.unlocked()
    with store.read() as connection:
        cases = casebook.case_table(connection, viewer)
        released = released_units(connection)
        days = frames.result_days(connection, cases["unit_id"].tolist())
        people = frames.people_of(connection, key, cases["unit_id"].tolist())
    told = [{n: people.get(u, {}).get(n, "") for n in PERSONAL} for u in cases["unit_id"]]
    personal = pd.DataFrame(told, columns=list(PERSONAL), dtype=object)
    table = pd.concat([cases.reset_index(drop=True), personal], axis=1)
    in_use = {record.unit_id: record.form for record in form_records(store, viewer) if record.last_of_case}
    return table.assign(
        form=[in_use.get(unit, form) for unit, form in zip(table["unit_id"], table["form"], strict=True)],
        released=table["unit_id"].isin(released) | (table["kind"] == ListKind.MAIN),
        commune=[units.communes[c].name if c in units.communes else c for c in table["commune_code"]],
        worker="",
        result_on=pd.Series([read_day(days[u]) for u in table["unit_id"]], dtype=object),
    )


def _district_list(
    store: Store, record: DrawRecord, code: str, name: str, rows: pd.DataFrame
) -> list_documents.DistrictList:
    return list_documents.DistrictList(
        survey_name=store.settings.name,
        round=store.settings.round,
        district_code=code,
        district=name,
        drawn_on=_instant(record.drawn_at).astimezone(store.settings.zone).date(),
        frame_digest=record.frame_digest,
        seed=record.seed,
        people=rows,
        link=store.settings.link or "",
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
