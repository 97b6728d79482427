"""Tables that say how names are divided: quotas of districts or of groups, and which group a commune belongs to."""

import re
from collections.abc import Mapping

import pandas as pd

from sipas_survey.places import Units
from sipas_survey.problems import Checked, Place, Problem, problem
from sipas_survey.sampling.design import BLANK
from sipas_survey.sampling.staged import SEPARATOR

_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


def stratum_code(name: str, units: Units) -> str | None:
    """The code of a district (of a commune, where there are no districts) from its code or name; None if unclear."""
    codes = units.district_codes(name) if units.districts else units.commune_codes(name)
    return codes[0] if len(codes) == 1 else None


def read_groups(table: pd.DataFrame, units: Units, *, place: Place) -> Checked[dict[str, str]]:
    """A table of groups of communes: columns `commune_code` and `group`, cells as text.

    Every commune of the units must have one group. A commune that is none, is ambiguous or comes twice is an error, a
    group without a name or with `/` likewise.
    """
    for name in ("commune_code", "group"):
        if name not in table.columns:
            return Checked({}, (problem("GROUPS_COLUMN_MISSING", place.at(row=1), found=name),))
    groups: dict[str, str] = {}
    problems: list[Problem] = []
    for row, name, group in zip(table.index, table["commune_code"], table["group"], strict=True):
        codes = units.commune_codes(name)
        if len(codes) != 1:
            candidates = [f"{c} {units.communes[c].name}" for c in codes] or "–"
            at = place.at(row=int(row), column="commune_code")
            problems.append(problem("GROUPS_COMMUNE_UNCLEAR", at, found=name, candidates=candidates))
        elif codes[0] in groups:
            problems.append(problem("DESIGN_STRATUM_TWICE", place.at(row=int(row), column="commune_code"), found=name))
        elif not group or SEPARATOR in group or group == BLANK:
            problems.append(problem("GROUPS_NAME", place.at(row=int(row), column="group"), found=group))
        else:
            groups[codes[0]] = group
    if not problems and (lacking := [c for c in units.communes if c not in groups]):
        names = [f"{c} {units.communes[c].name}" for c in lacking[:10]]
        problems.append(problem("GROUPS_COMMUNE_LACKING", place, found=str(len(lacking)), communes=names))
    return Checked(groups, tuple(problems))


def read_quota(
    table: pd.DataFrame, units: Units, *, place: Place, groups: Mapping[str, str] | None = None
) -> Checked[dict[str, int]]:
    """A table of quotas: columns `district_code` (or `stratum`, or a commune column) and `quota`, cells as text.

    The index of the table is the row in the file's viewer. Unknown strata, repeated strata and sizes that are no
    whole numbers are errors.
    """
    key = next((name for name in ("district_code", "stratum", "commune_code") if name in table.columns), None)
    if key is None or "quota" not in table.columns:
        missing = "quota" if key else "district_code"
        return Checked({}, (problem("DESIGN_COLUMN_MISSING", place.at(row=1), found=missing),))
    quota: dict[str, int] = {}
    problems: list[Problem] = []
    for row, name, size in zip(table.index, table[key], table["quota"], strict=True):
        code = stratum_code(name, units) if groups is None else name if name in groups.values() else None
        if code is None:
            problems.append(problem("DESIGN_UNKNOWN_STRATUM", place.at(row=int(row), column=key), found=name))
        elif code in quota:
            problems.append(problem("DESIGN_STRATUM_TWICE", place.at(row=int(row), column=key), found=name))
        elif not _WHOLE.fullmatch(size):
            problems.append(problem("DESIGN_SIZE", place.at(row=int(row), column="quota"), found=size))
        else:
            quota[code] = int(size)
    return Checked(quota, tuple(problems))
