"""An old round on new units: every row of a table gets the commune that its own has become."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import pandas as pd

from sipas_survey.exchange import exports, headings
from sipas_survey.exchange.tables import open_table
from sipas_survey.places import Units
from sipas_survey.places.succession import between
from sipas_survey.problems import Checked, stop
from sipas_survey.workflow.new_units import ADDED, became, told_of
from sipas_survey.workflow.papers import writing

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
    found = {text: became(text, succession) for text in table[theirs].unique()}
    added = pd.DataFrame([found[text] for text in table[theirs]], columns=list(ADDED), index=table.index)
    with writing(out):
        exports.write_table(out, table.join(added), created=_begun(succession.new))
    told = [told_of(text, rows, succession) for text, rows in table.groupby(theirs, sort=True)]
    counts = added["succession"].value_counts()
    done = Followed(*(int(counts.get(name, 0)) for name in ("whole", "doubtful", "unknown")))
    return Checked(done, tuple(one for one in told if one is not None))


def _begun(units: Units) -> datetime:
    """The day on which units begin, for the file's date of creation: the same input gives the same bytes."""
    return datetime.combine(units.valid_from or date.min, time(), UTC)
