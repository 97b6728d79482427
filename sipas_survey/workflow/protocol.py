"""The protocol of the public draw: what the ledger and the tables say of it, put together and proven once more."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sipas_survey.access import EVERYONE
from sipas_survey.formats import LANGUAGES, Lang
from sipas_survey.problems import SurveyError, stop
from sipas_survey.sampling import design as designs
from sipas_survey.sampling.protocol import Protocol, Repeated, checked_units, counts
from sipas_survey.storage import casebook, frames, ledger
from sipas_survey.storage.store import Store
from sipas_survey.workflow.drawing import DrawRecord, record_of
from sipas_survey.workflow.large_frame import repeat
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.papers import paper_language, writing
from sipas_survey.workflow.reopening import reopenings

SUFFIXES = (".html", ".pdf")


def write_protocol(store: Store, file: Path, *, paper: str | None = None, frame_file: Path | None = None) -> None:
    """Write the protocol of the standing draw as .html or .pdf, in a language of LANGUAGES or in `both`.

    The draw is repeated first, from `frame_file` where the frame is not stored: SurveyError DRAW_NOT_REPEATED where it
    does not give the stored list.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise stop("WRONG_CHOICE", found=file.suffix, option="draw protocol", choices=SUFFIXES)
    languages = paper_languages(store, paper)
    protocol = make_protocol(store, frame_file=frame_file)
    from sipas_survey.documents.protocol import render_html, render_pdf

    if file.suffix.lower() == ".html":
        page = render_html(protocol, languages=languages).encode()
    else:
        page = render_pdf(protocol, languages=languages)
    with writing(file):
        file.write_bytes(page)


def paper_languages(store: Store, asked: str | None) -> tuple[Lang, ...]:
    """The languages of a paper: the survey's own unless asked for; `both` puts the survey's own first."""
    if asked != "both":
        return (paper_language(store, asked, also=("both",)),)
    own = store.settings.language
    return (own, *(lang for lang in LANGUAGES if lang != own))


def make_protocol(store: Store, *, frame_file: Path | None = None) -> Protocol:
    """Everything the protocol says, as one value. Raises SurveyError DRAW_MISSING, DRAW_NOT_REPEATED."""
    record, again = record_of(store), repeat(store, frame_file)
    if not again.same:
        raise SurveyError(again.problems)
    units = units_of(store)
    column = designs.stratum_column(units)
    with store.read() as connection:
        cases = casebook.case_table(connection, EVERYONE)
        table = frames.table(connection)
        frozen = ledger.standing(connection, "freeze_frame") or {}
        drawn = ledger.standing(connection, "draw") or {}
        repeated = tuple(Repeated(r.what, r.at, r.reason, r.list_digest) for r in reopenings(connection))
        ledger_hash = ledger.hash_of(connection, drawn["seq"])
    strata = dict(zip(table["unit_id"], designs.strata_of(table, record.design, column), strict=True))
    for unit in record.left_out:
        del strata[unit]
    strata |= drawn.get("first_left", {})  # of a frame in a file drawn units only are stored
    return Protocol(
        survey_name=store.settings.name,
        round=store.settings.round,
        timezone=store.settings.timezone,
        people_digest=frozen["people_digest"],
        ledger_hash=ledger_hash,
        method=str(record.design.method),
        strata=counts(cases, record.population, seed=record.seed),
        names=units.names,
        units=checked_units(strata, cases, seed=record.seed),
        repeated=repeated,
        design=record.design,
        stages=record.units,
        left_out=len(record.left_out),
        **_from(record),
    )


def _from(record: DrawRecord) -> Mapping[str, Any]:
    """What the record of the draw itself tells."""
    return {
        "frozen_at": datetime.fromisoformat(record.frozen_at),
        "drawn_at": datetime.fromisoformat(record.drawn_at),
        "published_first": record.published_first,
        "seed": record.seed,
        "frame_digest": record.frame_digest,
        "list_digest": record.list_digest,
        "package_version": record.package_version,
    }
