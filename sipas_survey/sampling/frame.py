"""The frame: who can be asked. One checked door from a table of text to a frame, and the digest that is published.

A frame is two tables with the same index of unit ids: public columns, which enter the digest, and personal columns,
which do not.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Protocol

import pandas as pd

from sipas_survey.formats import masked, read_day, search_key
from sipas_survey.places import Units
from sipas_survey.problems import Checked, Place, Problem, problem
from sipas_survey.sampling.staged import SEPARATOR

PUBLIC = ("unit_id", "district_code", "commune_code", "village", "field", "agency", "result_on", "size")
PERSONAL = ("full_name", "birth_year", "sex", "phone", "address")
COLUMNS = (*PUBLIC, *PERSONAL)
REQUIRED = ("unit_id", "commune_code")
REQUIRED_OF_OFFICIALS = ("unit_id", "agency")
OLDEST = 120
_SEXES = {"m": "M", "nam": "M", "male": "M", "f": "F", "nu": "F", "female": "F"}
_IDENTITY_NUMBER = re.compile(r"\d{12}", re.ASCII)
_BREAK = re.compile(r"[\t\n\r]")  # would break the lines of the digest
_SIZE = re.compile(r"\d{1,15}", re.ASCII)
_MAX_TEXT = 500


@dataclass(frozen=True)
class Frame:
    """Checked units. `units` has the columns PUBLIC, `people` has `unit_id` and PERSONAL; all text, missing = ""."""

    units: pd.DataFrame
    people: pd.DataFrame

    def __len__(self) -> int:
        return len(self.units)


@dataclass
class FrameChecker:
    """Checks a frame chunk by chunk, so that a file need not fit in memory.

    Ids already seen are remembered over chunks: one person = one form, a repeated id is an error.
    """

    units: Units
    today: date
    place: Place
    seen: dict[str, int] = field(default_factory=dict)

    def missing_columns(self, columns: Iterable[str]) -> tuple[Problem, ...]:
        """A problem for each required column that the file lacks."""
        required = REQUIRED_OF_OFFICIALS if self.units.by_agency else REQUIRED
        lacking = [name for name in required if name not in set(columns)]
        return tuple(problem("FRAME_COLUMN_MISSING", self.place.at(row=1), found=name) for name in lacking)

    def check(self, table: pd.DataFrame) -> Checked[Frame]:
        """Check rows of text.

        Parameters
        ----------
        table : columns among COLUMNS (REQUIRED among them), cells as normal text (`formats.normal`, missing = ""), as
            `exchange` gives them; the index is the row in the file's viewer.

        Returns
        -------
        The rows without an error, cleaned (codes with zeros, names resolved, district filled in), with all problems.
        """
        cells = {name: _column(table, name) for name in COLUMNS}
        rows: list[int] = table.index.tolist()
        problems: list[Problem] = []
        bad: set[int] = set()

        def tell(kind: str, i: int, column: str, *, found: str, **details: object) -> None:
            told = problem(kind, self.place.at(row=rows[i], column=column), found=found, **details)
            problems.append(told)
            if told.severity == "error":
                bad.add(i)

        self._check_ids(cells["unit_id"], rows, tell)
        self._check_places(cells, tell)
        self._check_people(cells, tell)
        self._check_rest(cells, tell)
        problems.sort(key=lambda p: p.place.row or 0)
        whole = pd.DataFrame(cells, index=pd.Index(rows, name="row"), dtype=object)
        if bad:
            whole = whole.drop(whole.index[sorted(bad)])
        return Checked(Frame(whole[list(PUBLIC)], whole[["unit_id", *PERSONAL]]), tuple(problems))

    def _check_ids(self, ids: Sequence[str], rows: Sequence[int], tell: "_Tell") -> None:
        broken = _BREAK.search("".join(ids)) is not None  # one look at all of them: they nearly never are
        for i, unit_id in enumerate(ids):
            if not unit_id:
                tell("FRAME_ID_EMPTY", i, "unit_id", found="")
            elif unit_id in self.seen:
                tell("FRAME_ID_REPEATED", i, "unit_id", found=unit_id, first=self.seen[unit_id])
            elif len(unit_id) > _MAX_TEXT or (broken and _BREAK.search(unit_id)):
                tell("FRAME_TEXT_UNUSABLE", i, "unit_id", found=unit_id[:20])
            else:
                self.seen[unit_id] = rows[i]
                if len(unit_id) == 12 and _IDENTITY_NUMBER.fullmatch(unit_id):
                    tell("FRAME_ID_IDENTITY_NUMBER", i, "unit_id", found=masked(unit_id))

    def _check_places(self, cells: dict[str, list[str]], tell: "_Tell") -> None:
        communes, districts = cells["commune_code"], cells["district_code"]
        resolved: dict[tuple[str, str], _Resolved] = {}
        for i, pair in enumerate(zip(communes, districts, strict=True)):
            if pair not in resolved:
                blank = self.units.by_agency and not any(pair)
                resolved[pair] = _Resolved("", "") if blank else _resolve(self.units, *pair)
            place = resolved[pair]
            communes[i], districts[i] = place.commune_code, place.district_code
            for kind, column, details in place.told:
                tell(kind, i, column, found=pair[0] if column == "commune_code" else pair[1], **details)
        for i, agency in enumerate(cells["agency"]) if self.units.by_agency else ():
            if not agency or SEPARATOR in agency:
                tell("FRAME_AGENCY_UNUSABLE", i, "agency", found=agency, separator=SEPARATOR)

    def _check_people(self, cells: dict[str, list[str]], tell: "_Tell") -> None:
        years, sexes = cells["birth_year"], cells["sex"]
        oldest, latest = self.today.year - OLDEST, self.today.year
        written = {text: _year(text) for text in set(years)}
        for i, text in enumerate(years):
            year = written[text]
            if text and (year is None or not oldest <= year <= latest):
                tell("FRAME_BIRTH_YEAR", i, "birth_year", found=masked(text), oldest=str(oldest), latest=str(latest))
            elif text:
                years[i] = str(year)
        known = {text: _SEXES.get(search_key(text), "") for text in set(sexes)}
        for i, sex in enumerate(sexes):
            sexes[i] = known[sex]
            if sex and not sexes[i]:
                tell("FRAME_SEX_UNKNOWN", i, "sex", found=masked(sex))

    def _check_rest(self, cells: dict[str, list[str]], tell: "_Tell") -> None:
        days: dict[str, str | None] = {}
        for i, text in enumerate(cells["result_on"]):
            if text not in days:
                day = read_day(text) if text else None
                days[text] = day.isoformat() if day else None if text else ""
            if days[text] is None:
                tell("FRAME_RESULT_DAY", i, "result_on", found=text)
            else:
                cells["result_on"][i] = days[text] or ""
        for i, text in enumerate(cells["size"]):
            if text and not _SIZE.fullmatch(text):
                tell("FRAME_SIZE", i, "size", found=text[:20])
            elif text:
                cells["size"][i] = str(int(text))
        for name in ("village", "field", "agency", "full_name", "phone", "address"):
            column = cells[name]
            if max(map(len, column), default=0) <= _MAX_TEXT and not _BREAK.search("".join(column)):
                continue  # one look at the whole column: it is nearly always clean
            for i, text in enumerate(column):
                if len(text) > _MAX_TEXT:
                    tell("FRAME_TEXT_UNUSABLE", i, name, found=masked(text))
                column[i] = " ".join(text.split()) if _BREAK.search(text) else text


def _year(text: str) -> int | None:
    """A year, or the year of a day (birthdays are often given whole)."""
    if len(text) == 4 and text.isascii() and text.isdigit():
        return int(text)
    day = read_day(text) if text else None
    return day.year if day else None


class _Tell(Protocol):
    """How a check reports: kind, row of the chunk, column, what was found, details."""

    def __call__(self, kind: str, i: int, column: str, *, found: str, **details: object) -> None: ...


@dataclass(frozen=True)
class _Resolved:
    commune_code: str
    district_code: str
    told: tuple[tuple[str, str, Mapping[str, object]], ...] = ()


def _resolve(units: Units, commune: str, district: str) -> _Resolved:
    """What a written commune and district mean, with what there is to say about them."""
    if not commune:
        return _Resolved("", "", (("FRAME_COMMUNE_EMPTY", "commune_code", {}),))
    told: list[tuple[str, str, Mapping[str, object]]] = []
    districts = units.district_codes(district) if district else ()
    if district and units.districts and len(districts) != 1:
        told.append(("FRAME_UNKNOWN_DISTRICT", "district_code", {"units": units.name}))
    found = units.commune_codes(commune, district_code=districts[0] if len(districts) == 1 else "")
    if len(found) != 1:
        kind = "FRAME_AMBIGUOUS_COMMUNE" if found else "FRAME_UNKNOWN_COMMUNE"
        names = [f"{units.communes[c].code} {units.communes[c].name} ({units.communes[c].district})" for c in found]
        return _Resolved(commune, district, (*told, (kind, "commune_code", {"units": units.name, "candidates": names})))
    place = units.communes[found[0]]
    if commune.isdigit() and commune != place.code:
        told.append(("FRAME_ZEROS_LOST", "commune_code", {"code": place.code}))
    if len(districts) == 1 and place.district_code != districts[0]:
        details = {"commune": place.name, "district": place.district, "code": place.district_code}
        told.append(("FRAME_COMMUNE_OF_OTHER_DISTRICT", "commune_code", details))
    return _Resolved(place.code, place.district_code, tuple(told))


def _column(table: pd.DataFrame, name: str) -> list[str]:
    if name not in table.columns:
        return [""] * len(table)
    return list(table[name].tolist())


# ---------------------------------------------------------------- digests
def digest(rows: Iterable[Sequence[str]]) -> str:
    """SHA-256 of the public columns: one line per unit in code-point order of unit_id, joined by TAB, ended by LF.

    Parameters
    ----------
    rows : the PUBLIC values of each unit, already in code-point order of unit_id.
    """
    text = hashlib.sha256()
    for row in rows:
        text.update(("\t".join(row) + "\n").encode())
    return text.hexdigest()


def people_digest(rows: Iterable[Sequence[str]], key: bytes) -> str:
    """HMAC-SHA-256 of the personal columns (unit_id and PERSONAL), in the same order and form as `digest`."""
    text = hmac.new(key, digestmod=hashlib.sha256)
    for row in rows:
        text.update(("\t".join(row) + "\n").encode())
    return text.hexdigest()


def frame_digest(frame: Frame) -> str:
    """The digest of a frame in memory."""
    rows: list[tuple[str, ...]] = list(frame.units[list(PUBLIC)].itertuples(index=False, name=None))
    return digest(sorted(rows, key=lambda row: row[0]))


def person_key(full_name: str, birth_year: str, village: str) -> str | None:
    """What makes two units possibly the same person: normalised name + birth year + village; None without a name."""
    if not full_name or not birth_year:
        return None
    return f"{_plain_name(full_name)}|{birth_year}|{_plain_word(village)}"


# The same few thousand words make up the names and villages of a million people; whole names repeat as well.
_plain_word = lru_cache(maxsize=1 << 16)(search_key)


@lru_cache(maxsize=1 << 16)
def _plain_name(full_name: str) -> str:
    return " ".join(_plain_word(word) for word in full_name.split())
