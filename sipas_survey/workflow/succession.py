"""An old round on new units: every row of a table gets the commune that its own has become."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import pandas as pd

from sipas_survey.exchange import exports, headings
from sipas_survey.exchange.tables import open_table
from sipas_survey.places import Units
from sipas_survey.places.succession import Succession, between
from sipas_survey.problems import Checked, Problem, problem, stop
from sipas_survey.workflow.papers import writing

ADDED = ("new_commune_code", "new_commune", "succession")
_ALIASES: headings.Aliases = {"commune_code": ("Mã xã", "Xã", "Xã/phường", "Commune")}


@dataclass(frozen=True)
class Followed:
    """How many rows found their new commune, whole or doubtful, and how many did not."""

    whole: int
    doubtful: int
    unknown: int


def follow(file: Path, out: Path, *, old: str, new: str) -> Checked[Followed]:
    """Copy a table with the columns ADDED: the new commune, and `whole`, `doubtful` or `unknown`.

    `doubtful` rows went to a commune that may hold a commune whose end is not known: its results are not complete.
    Unknown communes are told, each once with its rows; a commune that is none, or may be several, likewise.
    Raises SurveyError FRAME_COLUMN_MISSING, UNITS_NOT_FOUND, SUCCESSION_UNKNOWN, and where a file cannot be used.
    """
    if out.suffix.lower() not in exports.SUFFIXES:
        raise stop("WRONG_CHOICE", found=out.suffix, option="units follow", choices=exports.SUFFIXES)
    succession = between(old, new)
    source = open_table(file)
    names = headings.match(source.columns, _ALIASES, place=source.place).or_raise()
    theirs = next((theirs for theirs, ours in names.items() if ours == "commune_code"), None)
    if theirs is None:
        raise stop("FRAME_COLUMN_MISSING", source.place.at(row=1), found="commune_code")
    table = source.frame().or_raise()
    became = {text: _became(text, succession) for text in table[theirs].unique()}
    added = pd.DataFrame([became[text] for text in table[theirs]], columns=list(ADDED), index=table.index)
    with writing(out):
        exports.write_table(out, table.join(added), created=_begun(succession.new))
    told = [_told(text, rows, succession) for text, rows in table.groupby(theirs, sort=True)]
    counts = added["succession"].value_counts()
    done = Followed(*(int(counts.get(name, 0)) for name in ("whole", "doubtful", "unknown")))
    return Checked(done, tuple(one for one in told if one is not None))


def _begun(units: Units) -> datetime:
    """The day on which units begin, for the file's date of creation: the same input gives the same bytes."""
    return datetime.combine(units.valid_from or date.min, time(), UTC)


def _became(text: str, succession: Succession) -> tuple[str, str, str]:
    codes = succession.old.commune_codes(text)
    new = succession.into.get(codes[0]) if len(codes) == 1 else None
    if new is None:
        return ("", "", "unknown")
    return (new, succession.new.communes[new].name, "whole" if succession.is_whole(new) else "doubtful")


def _told(text: object, rows: pd.DataFrame, succession: Succession) -> Problem | None:
    """What is to be said of a written commune: that it is none, may be several, or has no known end."""
    units, written = succession.old, str(text)
    codes = units.commune_codes(written)
    if len(codes) != 1:
        names = [f"{code} {units.communes[code].name} ({units.communes[code].district})" for code in codes]
        return problem("UNITS_NAME_UNCLEAR", found=written, units=units.name, candidates=names or "–", rows=len(rows))
    if codes[0] in succession.unknown:
        return problem("SUCCESSION_NOT_KNOWN", found=f"{codes[0]} {units.communes[codes[0]].name}", rows=len(rows))
    return None
