"""The public, repeatable draw: anyone with the frame and the seed gets the same list.

Chance is the hash of the seed with a unit's id, or with the name of a stratum; `sampling.methods` has the rules.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sipas_survey.cases import CASE_COLUMNS, LAST_NUMBER, ListKind, assign_codes
from sipas_survey.formats import normal
from sipas_survey.problems import Checked, SurveyError, problem, stop
from sipas_survey.sampling.design import SIZE, Design, Plan, StratumPlan, lay_stages, strata_of
from sipas_survey.sampling.methods import draw_stratum
from sipas_survey.sampling.staged import StageUnit, probabilities_above
from sipas_survey.statistics.selection import permanent_random_numbers


@dataclass(frozen=True)
class Draw:
    """A draw: `cases` has the columns CASE_COLUMNS in order of stratum and turn; `population` is N by stratum.

    Of a draw in stages `units` are those taken at all stages, and `population` is that of the last ones alone.
    """

    seed: str
    frame_digest: str
    design: Design
    cases: pd.DataFrame
    population: Mapping[str, int]
    units: tuple[StageUnit, ...] = ()

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
    first_number: int, left_out: Collection[str] = (),
) -> Checked[Draw]:  # fmt: skip
    """Draw main and reserve lists, stratum by stratum, in the units of the last stage where the design has stages.

    Parameters
    ----------
    units : the public columns of the frame, one row per unit, in any order.
    stratum_column : the column that strata are made of.
    first_number : the running number of the first form code (100001 in a first draw).
    left_out : units of people of an earlier round, who are counted but not drawn.

    Returns
    -------
    The draw, with a warning for every stratum that cannot give what the design wants.

    Raises SurveyError FRAME_EMPTY or DESIGN_SIZE where nothing can be drawn, DESIGN_UNIT_SIZE where a unit has no size,
    FORM_NUMBERS_USED_UP where codes run out.
    """
    if units.empty:
        raise stop("FRAME_EMPTY")
    names = strata_of(units, design, stratum_column)
    population = {str(name): int(size) for name, size in names.value_counts(sort=False).items()}
    sizes = None
    if design.stages is not None and design.stages.by_size:
        whole = pd.to_numeric(units[SIZE], errors="coerce").fillna(0).groupby(names).sum()
        sizes = {str(name): int(size) for name, size in whole.items()}
    here = ~units["unit_id"].isin(list(left_out)) if left_out else None
    free, free_names = (units, names) if here is None else (units[here], names[here])

    def reach(plan: Plan) -> Callable[[str], pd.DataFrame]:
        wanted = free_names.isin([one.stratum for one in plan.strata])
        rows = free[wanted] if design.stages is not None else free
        return dict(tuple(rows.groupby(free_names.loc[rows.index], sort=True))).__getitem__

    return draw_within(
        population, reach, design, seed=seed, frame_digest=frame_digest, round_code=round_code,
        first_number=first_number, sizes=sizes,
        available=None if here is None else {str(k): int(v) for k, v in free_names.value_counts().items()},
    )  # fmt: skip


Reach = Callable[[Plan], Callable[[str], pd.DataFrame]]
"""What gives the units of a stratum once it is known how many are wanted of each."""


def draw_within(
    population: Mapping[str, int], reach: Reach, design: Design, *, seed: str, frame_digest: str, round_code: int,
    first_number: int, sizes: Mapping[str, int] | None = None, available: Mapping[str, int] | None = None,
) -> Checked[Draw]:  # fmt: skip
    """Draw from a frame that need not be in memory; all else as `draw`.

    Parameters
    ----------
    population : N by stratum.
    reach : gives the units of a stratum. With simple random sampling those with the smallest numbers are enough, as
        many as main list and reserve want; with all other methods it gives every unit.
    sizes : sum of the units' sizes by stratum, where stages are drawn by it.
    available : units that may be drawn by stratum, where people of an earlier round are left out.

    Raises also SurveyError ROUND_SEED_OTHER where an earlier round's order is to go on under another seed.
    """
    seed = seed_text(seed)
    if design.shift is not None and design.shift.seed != seed:
        raise stop("ROUND_SEED_OTHER", found=seed, seed=design.shift.seed)
    plan = _of_available(lay_stages(design, population, sizes, seed=seed), available)
    units_of = reach(plan)
    parts = [_draw_stratum(units_of(one.stratum), one, design, seed) for one in plan.strata if one.main]
    if not parts:
        raise stop("DESIGN_SIZE", found="0")
    cases = pd.concat(parts, ignore_index=True)
    if first_number + len(cases) - 1 > LAST_NUMBER:
        raise stop("FORM_NUMBERS_USED_UP", found=str(len(cases)), first=str(first_number), last=str(LAST_NUMBER))
    codes = assign_codes(cases["unit_id"].tolist(), seed, round_code, first=first_number)
    cases.insert(0, "form", cases["unit_id"].map(codes))
    if plan.units:
        population = {one.stratum: one.population for one in plan.strata}
        above = cases["stratum"].map(probabilities_above(plan.units))
        cases = cases.assign(probability=cases["probability"] * above, weight=cases["weight"] / above)
    drawn = Draw(seed, frame_digest, design, cases[list(CASE_COLUMNS)], population, plan.units)
    return Checked(drawn, plan.problems)


def _of_available(plan: Plan, available: Mapping[str, int] | None) -> Plan:
    """The plan where some people are left out: no stratum gives more than it has, and what is short is told."""
    if available is None:
        return plan
    strata, problems = [], list(plan.problems)
    for one in plan.strata:
        left = available.get(one.stratum, 0)
        main = min(one.main, left)
        strata.append(replace(one, main=main, reserve=min(one.reserve, left - main)))
        if main < one.main:
            problems.append(problem("DESIGN_SHORTFALL", stratum=one.stratum, population=left, quota=one.main))
        elif strata[-1].reserve < one.reserve:
            short = strata[-1].reserve
            problems.append(problem("DESIGN_SHORT_RESERVE", stratum=one.stratum, reserve=short, wanted=one.reserve))
    return replace(plan, strata=tuple(strata), problems=tuple(problems))


def _draw_stratum(rows: pd.DataFrame, plan: StratumPlan, design: Design, seed: str) -> pd.DataFrame:
    found = draw_stratum(
        rows, sizes_of(rows, design), method=design.method, seed=seed, stratum=plan.stratum, main=plan.main,
        reserve=plan.reserve, start=_start(design, plan.stratum, seed),
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


def _start(design: Design, stratum: str, seed: str) -> float:
    """The number after which the order of a stratum begins: 0, or that of the earlier round's last unit."""
    after = design.shift.after.get(stratum, "") if design.shift is not None else ""
    return float(permanent_random_numbers([after], seed)[0]) if after else 0.0


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
