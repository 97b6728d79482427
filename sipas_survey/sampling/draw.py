"""The public, repeatable draw: anyone with the frame and the seed gets the same list.

Chance is the hash of the seed with a unit's id, or with the name of a stratum; `sampling.methods` has the rules.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sipas_survey.cases import CASE_COLUMNS, LAST_NUMBER, ListKind, assign_codes
from sipas_survey.formats import normal
from sipas_survey.problems import Checked, SurveyError, problem, stop
from sipas_survey.sampling.design import Design, Plan, StratumPlan, lay_over, strata_of
from sipas_survey.sampling.methods import draw_stratum


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

    Raises SurveyError FRAME_EMPTY or DESIGN_SIZE where nothing can be drawn, DESIGN_UNIT_SIZE where a unit has no size,
    FORM_NUMBERS_USED_UP where codes run out.
    """
    if units.empty:
        raise stop("FRAME_EMPTY")
    strata = dict(tuple(units.groupby(strata_of(units, design, stratum_column), sort=True)))
    population = {str(name): len(rows) for name, rows in strata.items()}
    return draw_within(
        population, lambda _: strata.__getitem__, design, seed=seed, frame_digest=frame_digest, round_code=round_code,
        first_number=first_number,
    )  # fmt: skip


Reach = Callable[[Plan], Callable[[str], pd.DataFrame]]
"""What gives the units of a stratum once it is known how many are wanted of each."""


def draw_within(
    population: Mapping[str, int], reach: Reach, design: Design, *, seed: str, frame_digest: str, round_code: int,
    first_number: int,
) -> Checked[Draw]:  # fmt: skip
    """Draw from a frame that need not be in memory; all else as `draw`.

    Parameters
    ----------
    population : N by stratum.
    reach : gives the units of a stratum. With simple random sampling those with the smallest numbers are enough, as
        many as main list and reserve want; with all other methods it gives every unit.
    """
    seed = seed_text(seed)
    plan = lay_over(design, population)
    units_of = reach(plan)
    parts = [_draw_stratum(units_of(one.stratum), one, design, seed) for one in plan.strata if one.main]
    if not parts:
        raise stop("DESIGN_SIZE", found="0")
    cases = pd.concat(parts, ignore_index=True)
    if first_number + len(cases) - 1 > LAST_NUMBER:
        raise stop("FORM_NUMBERS_USED_UP", found=str(len(cases)), first=str(first_number), last=str(LAST_NUMBER))
    codes = assign_codes(cases["unit_id"].tolist(), seed, round_code, first=first_number)
    cases.insert(0, "form", cases["unit_id"].map(codes))
    return Checked(Draw(seed, frame_digest, design, cases[list(CASE_COLUMNS)], population), plan.problems)


def _draw_stratum(rows: pd.DataFrame, plan: StratumPlan, design: Design, seed: str) -> pd.DataFrame:
    found = draw_stratum(
        rows, sizes_of(rows, design), method=design.method, seed=seed, stratum=plan.stratum, main=plan.main,
        reserve=plan.reserve,
    )  # fmt: skip
    main = found.probability if design.size else np.full(plan.main, plan.main / plan.population)
    probability = np.concatenate([main, np.full(plan.reserve, np.nan)])
    drawn: pd.DataFrame = rows.iloc[found.positions].assign(
        kind=[str(ListKind.MAIN)] * plan.main + [str(ListKind.RESERVE)] * plan.reserve,
        stratum=plan.stratum,
        turn=np.arange(1, plan.main + plan.reserve + 1),
        probability=probability,
        weight=1 / probability,
    )
    return drawn


def sizes_of(rows: pd.DataFrame, design: Design) -> list[int]:
    """The sizes of a stratum's units, all 1 for equal probabilities. Raises SurveyError DESIGN_UNIT_SIZE."""
    if design.size is None:
        return [1] * len(rows)
    texts = [str(text) for text in rows[design.size]]
    if wrong := [i for i, text in enumerate(texts) if not text.isdecimal() or int(text) < 1]:
        ids = rows["unit_id"].tolist()
        raise SurveyError([problem("DESIGN_UNIT_SIZE", found=ids[i], size=texts[i] or "–") for i in wrong[:20]])
    return [int(text) for text in texts]


def list_digest(cases: pd.DataFrame) -> str:
    """SHA-256 of the list: lines `form TAB unit_id TAB kind TAB stratum TAB turn LF` in order of stratum and turn."""
    columns = [cases[name].tolist() for name in ("form", "unit_id", "kind", "stratum", "turn")]
    rows: Iterable[tuple[str, str, str, str, int]] = zip(*columns, strict=True)
    text = hashlib.sha256()
    for row in sorted(rows, key=lambda r: (r[3], r[4])):
        text.update(("\t".join(str(value) for value in row) + "\n").encode())
    return text.hexdigest()
