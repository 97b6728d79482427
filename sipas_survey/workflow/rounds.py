"""An earlier round in another folder: who was asked there, and how many of them are asked again.

People are matched by the keyed hash of name, birth year and village under this survey's key, and by their commune where
it still exists, because dossier ids change every year; units under one permanent seed by their ids. Nothing of the
other survey is stored but its id, the digest of its list, and which units of this frame were left out.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from sipas_survey.access import EVERYONE
from sipas_survey.cases import ListKind
from sipas_survey.problems import Problem, problem, stop
from sipas_survey.sampling import design as designs
from sipas_survey.sampling.design import Design
from sipas_survey.sampling.frame import person_key
from sipas_survey.sampling.methods import Method
from sipas_survey.sampling.rounds import LeftOut, Shift, begin_after
from sipas_survey.storage import casebook, frames, ledger
from sipas_survey.storage.store import Store, open_store
from sipas_survey.tracking.fold import released_forms
from sipas_survey.workflow.office import units_of


@dataclass(frozen=True)
class Earlier:
    """The units of this frame whose people, or which themselves, were in the field in the earlier round.

    `told` is false where the design knows of no earlier round.
    """

    units: tuple[str, ...] = ()
    told: bool = False
    problems: tuple[Problem, ...] = ()


def _in_field(connection: Connection) -> pd.DataFrame:
    """The cases of a survey that were in the field, in order of stratum and turn: main list and released reserves."""
    table = casebook.case_table(connection, EVERYONE)
    released = released_forms(casebook.pointing_events(connection))
    there: pd.DataFrame = table[(table["kind"] == ListKind.MAIN) | table["form"].isin(list(released))]
    return there


def left_out_of(store: Store, folder: Path) -> LeftOut:
    """The round in a folder, to be left out. Raises SurveyError ROUND_ITSELF, DRAW_MISSING, PERSONAL_DATA_LOCKED."""
    with _other(store, folder) as (other, connection, drawn):
        _texts(other, connection)  # whether it can be done is said now, not at the draw
        return LeftOut(_relative(store, folder), str(other.settings.id), str(drawn["list_digest"]))


def shift_of(store: Store, folder: Path, design: Design, *, overlap: float) -> Shift:
    """Where the order of the round in a folder is to go on, so that `overlap` of each main list are of that round.

    Raises SurveyError ROUND_ITSELF, DRAW_MISSING, and ROUND_METHOD where either draw is no simple random sampling of
    strata of the same kind.
    """
    with _other(store, folder) as (other, connection, drawn):
        before = Design.from_record(drawn["design"])
        alike = (before.method, before.within, before.stages) == (Method.SIMPLE, design.within, design.stages)
        if not alike or (design.method, design.size, design.stages) != (Method.SIMPLE, None, None):
            raise stop("ROUND_METHOD", found=str(before.method), method=str(design.method))
        after = {}
        for stratum, rows in _in_field(connection).groupby("stratum"):
            wanted = design.main(designs.top_of(str(stratum)))
            after[str(stratum)] = begin_after(rows["unit_id"].tolist(), main=min(wanted, len(rows)), overlap=overlap)
        known = {stratum: unit for stratum, unit in after.items() if unit}
        named = (_relative(store, folder), str(other.settings.id), str(drawn["list_digest"]))
        return Shift(*named, str(drawn["seed"]), known)


def earlier_units(connection: Connection, store: Store, design: Design) -> Earlier:
    """The units of the frame that the earlier round of a design has asked.

    Raises SurveyError ROUND_OTHER where the folder does not hold the round that was named any more.
    """
    before = design.left_out or design.shift
    if before is None:
        return Earlier()
    folder = Path(os.path.normpath(store.folder / before.folder))
    with _other(store, folder) as (other, theirs, drawn):
        if (str(other.settings.id), str(drawn["list_digest"])) != (before.survey, before.list_digest):
            raise stop("ROUND_OTHER", found=str(folder))
        if design.left_out is None:
            asked = set(_in_field(theirs)["unit_id"])
            return Earlier(tuple(sorted(asked & set(frames.public_of(connection, asked)))), told=True)
        texts, nameless = _texts(other, theirs)
    units = _matching(connection, store, texts)
    told = (problem("ROUND_NAMELESS", found=str(nameless)),) if nameless else ()
    return Earlier(tuple(sorted(units)), True, told)


@contextmanager
def _other(store: Store, folder: Path) -> Iterator[tuple[Store, Connection, dict[str, Any]]]:
    """The survey in another folder, its database, and the entry of its draw."""
    other = open_store(folder, author=store.author, clock=store.clock)
    try:
        if other.settings.id == store.settings.id:
            raise stop("ROUND_ITSELF", found=str(folder))
        with other.read() as connection:
            drawn = ledger.standing(connection, "draw")
            if drawn is None:
                raise stop("DRAW_MISSING")
            yield other, connection, drawn
    finally:
        other.close()


def _matching(connection: Connection, store: Store, texts: Mapping[str, set[str]]) -> set[str]:
    """The units of the frame whose person is one of those texts and lives in the same commune, where that still is."""
    key, known = store.unlocked(), set(units_of(store).communes)
    homes = {key.equality_hash(text): communes & known for text, communes in texts.items()}
    return {
        unit
        for unit, person, commune in frames.units_hashed(connection, homes)
        if commune in homes[person] or not homes[person]
    }


def _texts(other: Store, connection: Connection) -> tuple[dict[str, set[str]], int]:
    """What makes each person in the field recognisable, with the communes where he lived, and how many people have no
    name and birth year any more."""
    there = _in_field(connection)
    persons = frames.people_of(connection, other.unlocked(), there["unit_id"].tolist())
    texts: dict[str, set[str]] = {}
    nameless = 0
    for unit, village, commune in zip(there["unit_id"], there["village"], there["commune_code"], strict=True):
        person = persons.get(unit, {})
        if text := person_key(person.get("full_name", ""), person.get("birth_year", ""), village):
            texts.setdefault(text, set()).add(commune)
        else:
            nameless += 1
    if not texts:
        raise stop("ROUND_NOBODY_KNOWN", found=str(len(there)))
    return texts, nameless


def _relative(store: Store, folder: Path) -> str:
    """The way from this survey's folder to another one; whole where there is none."""
    try:
        return Path(os.path.relpath(folder.resolve(), store.folder.resolve())).as_posix()
    except ValueError:  # another drive
        return folder.resolve().as_posix()


def overlap_of(cases: pd.DataFrame, earlier: Iterable[str]) -> dict[str, int]:
    """How many units of the frame are of the earlier round, and how many of them stand on either list."""
    known = set(earlier)
    here = cases[cases["unit_id"].isin(list(known))]
    counts = {str(kind): int((here["kind"] == str(kind)).sum()) for kind in ListKind}
    return {"frame": len(known), **counts}
