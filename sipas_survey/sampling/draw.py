"""The public, repeatable draw: anyone with the frame and the seed gets the same list.

In each stratum the units are ordered by their permanent random numbers (METHOD of the public draw: the hash of
`seed:unit_id`). The first are the main list, those that follow are the reserve, in that order.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sipas_survey.cases import CASE_COLUMNS, LAST_NUMBER, ListKind, assign_codes
from sipas_survey.formats import normal
from sipas_survey.problems import Checked, stop
from sipas_survey.sampling.design import Design, lay_over
from sipas_survey.statistics.selection import permanent_random_numbers, simple_random_order


@dataclass(frozen=True)
class Draw:
    """A draw: `cases` has the columns CASE_COLUMNS in order of stratum and turn; `population` is N by stratum."""

    seed: str
    frame_digest: str
    design: Design
    cases: pd.DataFrame
    population: Mapping[str, int]

    @property
    def main(self) -> int:
        """Names on the main list."""
        return int((self.cases["kind"] == ListKind.MAIN).sum())

    @property
    def reserve(self) -> int:
        """Names in reserve."""
        return len(self.cases) - self.main

    @property
    def list_digest(self) -> str:
        """Digest of the resulting list."""
        return list_digest(self.cases)


def seed_text(seed: str) -> str:
    """The seed as it is hashed: NFC, outer spaces removed. Raises SurveyError SEED_EMPTY."""
    text = normal(seed)
    if not text:
        raise stop("SEED_EMPTY")
    return text


def draw(
    units: pd.DataFrame, design: Design, *, seed: str, stratum_column: str, frame_digest: str, round_code: int,
    first_number: int,
) -> Checked[Draw]:  # fmt: skip
    """Draw main and reserve lists, stratum by stratum.

    Parameters
    ----------
    units : the public columns of the frame, one row per unit, in any order.
    stratum_column : the column that strata are made of.
    first_number : the running number of the first form code (100001 in a first draw).

    Returns
    -------
    The draw, with a warning for every stratum that cannot give what the design wants.
    Raises SurveyError FRAME_EMPTY or DESIGN_SIZE where nothing can be drawn, FORM_NUMBERS_USED_UP where codes run out.
    """
    if units.empty:
        raise stop("FRAME_EMPTY")
    seed = seed_text(seed)
    strata = dict(tuple(units.groupby(stratum_column, sort=True)))
    population = {str(name): len(rows) for name, rows in strata.items()}
    plan = lay_over(design, population)
    parts = []
    for stratum in plan.strata:
        if stratum.main:
            rows = strata[stratum.stratum]
            size = stratum.main + stratum.reserve
            parts.append(_draw_stratum(rows, stratum.stratum, stratum.main, seed=seed, size=size))
    if not parts:
        raise stop("DESIGN_SIZE", found="0")
    cases = pd.concat(parts, ignore_index=True)
    if first_number + len(cases) - 1 > LAST_NUMBER:
        raise stop("FORM_NUMBERS_USED_UP", found=str(len(cases)), first=str(first_number), last=str(LAST_NUMBER))
    codes = assign_codes(cases["unit_id"].tolist(), seed, round_code, first=first_number)
    cases.insert(0, "form", cases["unit_id"].map(codes))
    return Checked(Draw(seed, frame_digest, design, cases[list(CASE_COLUMNS)], population), plan.problems)


def _draw_stratum(rows: pd.DataFrame, stratum: str, main: int, *, seed: str, size: int) -> pd.DataFrame:
    ids: Sequence[str] = rows["unit_id"].tolist()
    order = simple_random_order(ids, permanent_random_numbers(ids, seed), size=size)
    drawn = rows.iloc[order].reset_index(drop=True)
    is_main = np.arange(size) < main
    probability = main / len(rows)
    return drawn.assign(
        kind=np.where(is_main, str(ListKind.MAIN), str(ListKind.RESERVE)),
        stratum=stratum,
        turn=np.arange(1, size + 1),
        probability=np.where(is_main, probability, np.nan),
        weight=np.where(is_main, 1 / probability, np.nan),
    )


def list_digest(cases: pd.DataFrame) -> str:
    """SHA-256 of the list: lines `form TAB unit_id TAB kind TAB stratum TAB turn LF` in order of stratum and turn."""
    columns = [cases[name].tolist() for name in ("form", "unit_id", "kind", "stratum", "turn")]
    rows: Iterable[tuple[str, str, str, str, int]] = zip(*columns, strict=True)
    text = hashlib.sha256()
    for row in sorted(rows, key=lambda r: (r[3], r[4])):
        text.update(("\t".join(str(value) for value in row) + "\n").encode())
    return text.hexdigest()
