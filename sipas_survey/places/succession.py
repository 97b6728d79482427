"""What became of administrative units: from the communes of one day to those of a later one."""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sipas_survey.places import Units, load
from sipas_survey.problems import stop
from sipas_survey.resources import shipped


@dataclass(frozen=True)
class Succession:
    """Into which new commune each old one went.

    into     old code → new code, where the whole commune went there
    unknown  old codes of which the sources do not say where they went
    """

    old: Units
    new: Units
    into: Mapping[str, str]
    unknown: tuple[str, ...]

    @cached_property
    def doubtful(self) -> frozenset[str]:
        """New communes that may hold one of the unknown: those with another commune of its old district."""
        lost = {self.old.communes[code].district_code for code in self.unknown}
        return frozenset(new for old, new in self.into.items() if self.old.communes[old].district_code in lost)

    def is_whole(self, new_code: str) -> bool:
        """Whether all that a new commune holds of the old units is known, and it holds some."""
        return new_code in self.into.values() and new_code not in self.doubtful


def between(old: str, new: str) -> Succession:
    """The succession from shipped units to later ones, over every step between them.

    Raises SurveyError UNITS_NOT_FOUND, SUCCESSION_UNKNOWN where the later ones do not follow the earlier ones.
    """
    first, last = load(old), load(new)
    steps = list(_steps(old, new))
    into = {code: code for code in first.communes}
    for name in steps:
        step = _read(name)
        into = {code: step[now] for code, now in into.items() if now in step}
    return Succession(first, last, into, tuple(code for code in first.communes if code not in into))


def _steps(old: str, new: str) -> Iterator[str]:
    """The units after `old` up to `new`, the earliest first."""
    found: list[str] = []
    name = new
    while name != old:
        home = shipped(f"samples/{name}")
        about = home.joinpath("units.toml")
        before = tomllib.loads(about.read_text(encoding="utf-8")).get("follows") if about.is_file() else None
        if before is None:
            raise stop("SUCCESSION_UNKNOWN", found=old, new=new)
        found.append(name)
        name = str(before)
    return reversed(found)


def _read(name: str) -> dict[str, str]:
    """Old code → new code of one step; a commune that was divided among several is not whole, and left out."""
    text = shipped(f"samples/{name}").joinpath("succession.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    return {row["old_commune_code"]: row["new_commune_code"] for row in rows if row["share"] == "whole"}
