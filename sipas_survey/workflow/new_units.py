"""What the communes of a table have become, and what is to be said of those whose end is not known."""

import pandas as pd

from sipas_survey.places.succession import Succession, between
from sipas_survey.problems import Checked, Problem, problem

ADDED = ("new_commune_code", "new_commune", "succession")


def on_new_units(columns: pd.DataFrame, *, old: str, new: str) -> Checked[pd.DataFrame]:
    """Columns of forms, `commune_code` among them, with ADDED beside them; communes of unknown end are told.

    `succession` is `whole`, `doubtful` (the new commune may hold more) or `unknown`. Raises UNITS_NOT_FOUND or
    SUCCESSION_UNKNOWN as SurveyError.
    """
    succession = between(old, new)
    codes = columns["commune_code"].astype(str)
    found = {code: became(code, succession) for code in codes.unique()}
    added = pd.DataFrame([found[code] for code in codes], columns=list(ADDED), index=columns.index, dtype=object)
    told = [told_of(code, rows, succession) for code, rows in columns.groupby(codes, sort=True)]
    return Checked(columns.join(added), tuple(one for one in told if one is not None))


def became(text: str, succession: Succession) -> tuple[str, str, str]:
    """The values of ADDED for a commune as somebody wrote it."""
    codes = succession.old.commune_codes(text)
    new = succession.into.get(codes[0]) if len(codes) == 1 else None
    if new is None:
        return ("", "", "unknown")
    return (new, succession.new.communes[new].name, "whole" if succession.is_whole(new) else "doubtful")


def told_of(text: object, rows: pd.DataFrame, succession: Succession) -> Problem | None:
    """What is to be said of a written commune: that it is none, may be several, or has no known end."""
    units, written = succession.old, str(text)
    codes = units.commune_codes(written)
    if len(codes) != 1:
        names = [f"{code} {units.communes[code].name} ({units.communes[code].district})" for code in codes]
        return problem("UNITS_NAME_UNCLEAR", found=written, units=units.name, candidates=names or "–", rows=len(rows))
    if codes[0] in succession.unknown:
        return problem("SUCCESSION_NOT_KNOWN", found=f"{codes[0]} {units.communes[codes[0]].name}", rows=len(rows))
    return None
