"""Dated administrative units: what districts and communes there were, and how people write their names."""

import csv
import io
import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib.resources.abc import Traversable
from pathlib import Path

from sipas_survey.formats import normal, search_key
from sipas_survey.problems import Place, stop
from sipas_survey.resources import shipped

COLUMNS = ("district_code", "district", "commune_code", "commune", "commune_type")
_LONGEST = 1 << 24
_CODE = re.compile(r"[\w.-]{0,40}")
_TYPES = re.compile(r"^(thanh pho|thi xa|thi tran|huyen|quan|phuong|xa|tp|tx|tt|p|x|h)[ .]+")


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune; `district_code` and `district` are empty where there is no district tier."""

    code: str
    name: str
    kind: str
    district_code: str
    district: str


@dataclass(frozen=True)
class Units:
    """The units of a province between two days (None: open). `by_agency`: people are asked where they work."""

    name: str
    communes: Mapping[str, Commune]
    valid_from: date | None = None
    valid_to: date | None = None
    by_agency: bool = False

    @property
    def level(self) -> str:
        """What samples and tables are made by: `agency`, else `district`, or `commune` where there is no district."""
        if self.by_agency:
            return "agency"
        return "district" if self.districts else "commune"

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names of districts and communes by code; an agency is its own name."""
        return {**self.districts, **{c.code: c.name for c in self.communes.values()}}

    @cached_property
    def districts(self) -> Mapping[str, str]:
        """District names by code, in order of code; empty where there is no district tier."""
        found = {c.district_code: c.district for c in self.communes.values() if c.district_code}
        return dict(sorted(found.items()))

    def hold_on(self, day: date) -> bool:
        """Whether these units were in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def commune_codes(self, text: str, *, district_code: str = "") -> tuple[str, ...]:
        """The codes that a written commune can mean: a code, a code that lost its zeros, or a name.

        A name is matched without accents, with or without its type (`Xã Minh Bảo`, `Minh Bảo`); the exact spelling
        decides between names that differ in accents only. More than one code means the name is ambiguous.
        """
        if text in self.communes:
            return (text,)
        if text.isdigit():
            return (text.zfill(5),) if text.zfill(5) in self.communes else ()
        codes = self._commune_names.get(_bare(text), ())
        narrower = [
            [c for c in codes if self.communes[c].district_code == district_code],
            [c for c in codes if self.communes[c].name.casefold() == text.casefold()],
            [c for c in codes if search_key(self.communes[c].name) == search_key(text)],
        ]
        for some in narrower:
            codes = tuple(c for c in codes if c in some) or codes
        return codes

    def district_codes(self, text: str) -> tuple[str, ...]:
        """The codes that a written district can mean."""
        if text in self.districts:
            return (text,)
        if text.isdigit():
            return (text.zfill(3),) if text.zfill(3) in self.districts else ()
        codes = self._district_names.get(_bare(text), ())
        exact = tuple(c for c in codes if self.districts[c].casefold() == text.casefold())
        return exact or codes

    @cached_property
    def _commune_names(self) -> Mapping[str, tuple[str, ...]]:
        return _index({c.code: c.name for c in self.communes.values()})

    @cached_property
    def _district_names(self) -> Mapping[str, tuple[str, ...]]:
        return _index(self.districts)


def _bare(name: str) -> str:
    """A name without accents and without its type: `Thành phố Yên Bái` → `yen bai`."""
    key = search_key(name)
    return _TYPES.sub("", key) or key


def _index(names: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for code, name in names.items():
        found[_bare(name)].append(code)
    return {key: tuple(sorted(codes)) for key, codes in found.items()}


def shipped_names() -> tuple[str, ...]:
    """Names of the units that come with the package."""
    return tuple(sorted(d.name for d in shipped("samples").iterdir() if d.joinpath("units.csv").is_file()))


def load(name: str, *, folder: Path | None = None) -> Units:
    """Units by shipped name, or from a CSV file (relative to `folder`) with the columns `COLUMNS`.

    Raises SurveyError (UNITS_NOT_FOUND, UNITS_UNREADABLE) where they cannot be used.
    """
    if name in shipped_names():
        return _shipped(name)
    path = (folder or Path()) / name
    if not path.is_file():
        raise stop("UNITS_NOT_FOUND", found=name, known=shipped_names())
    return Units(name, _read(path, name))


@cache
def _shipped(name: str) -> Units:
    home = shipped(f"samples/{name}")
    about = tomllib.loads(home.joinpath("units.toml").read_text(encoding="utf-8"))
    return Units(name, _read(home.joinpath("units.csv"), name), about.get("valid_from"), about.get("valid_to"))


def _read(file: Traversable | Path, name: str) -> Mapping[str, Commune]:
    place = Place(file=file.name)
    try:
        with file.open("rb") as stream:
            held = stream.read(_LONGEST + 1)
        text = held.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise stop("UNITS_UNREADABLE", place, found=name, missing=("commune_code", "commune")) from error
    if len(held) > _LONGEST:
        raise stop("UNITS_UNREADABLE", place, found=name, missing=("commune_code", "commune"))
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        return _communes(reader, place, name)
    except csv.Error as error:
        at = place.at(row=reader.line_num)
        raise stop("UNITS_UNREADABLE", at, found=name, missing=("commune_code", "commune")) from error


def _communes(reader: "csv.DictReader[str]", place: Place, name: str) -> Mapping[str, Commune]:
    missing = {"commune_code", "commune"} - set(reader.fieldnames or ())
    if missing:
        raise stop("UNITS_UNREADABLE", place, found=name, missing=sorted(missing))
    communes: dict[str, Commune] = {}
    for row in reader:
        values = {key: normal(value or "") for key, value in row.items() if key}
        code = values["commune_code"]
        district = (values.get("district_code", ""), values.get("district", ""))
        if not all(_CODE.fullmatch(each) for each in (code, district[0])):  # codes become names of files
            raise stop("UNITS_UNREADABLE", place.at(row=reader.line_num), found=name, missing=("commune_code",))
        first = next(iter(communes.values()), None)
        if not code or code in communes:
            raise stop("UNITS_UNREADABLE", place.at(row=reader.line_num), found=name, missing=("commune_code",))
        if first and bool(first.district_code) != bool(district[0]):  # a tier of districts holds all communes, or none
            raise stop("UNITS_UNREADABLE", place.at(row=reader.line_num), found=name, missing=("district_code",))
        communes[code] = Commune(code, values["commune"], values.get("commune_type", ""), *district)
    if not communes:
        raise stop("UNITS_UNREADABLE", place, found=name, missing=("commune_code",))
    return communes
