"""A frame for draws in stages, many draws from it, and what they estimate."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sipas_survey.sampling.design import Design
from sipas_survey.sampling.draw import Draw, draw
from sipas_survey.sampling.frame import PUBLIC
from sipas_survey.sampling.stages import StagePlan, load
from sipas_survey.statistics.variance import variance_in_stages
from sipas_survey.workflow.staging import form_design

DISTRICTS = ("132", "133", "135", "136", "137", "138", "139", "140", "141")


def frame(seed: int = 1, *, communes: int = 5, villages: int = 5, people: int = 24) -> pd.DataFrame:
    """Nine districts of some communes of some villages of 24 to 60 people; `y` is 0 or 1 and differs by place."""
    chance = np.random.default_rng(seed)
    rows, y = [], []
    for d, district in enumerate(DISTRICTS):
        of_district = chance.normal(0.8, 0.04)
        for c in range(communes + d % 3):
            commune = f"{district}{c:02d}"
            of_commune = of_district + chance.normal(0, 0.04)
            for v in range(villages + c % 3):
                share = float(np.clip(of_commune + chance.normal(0, 0.06), 0.05, 0.98))
                size = people + int(chance.integers(0, 37))
                for i in range(size):
                    rows.append((f"U{commune}{v}{i:03d}", district, commune, f"Thôn {v}", "", "", "", ""))
                    y.append(float(chance.random() < share))
    table = pd.DataFrame(rows, columns=list(PUBLIC), dtype=object)
    return table.assign(y=y)


def design(name: str) -> Design:
    """A shipped plan as a design."""
    plan = load(name)
    return Design(plan.take, None, stages=plan)


def papi() -> StagePlan:
    """The PAPI plan, whose listed seats this frame does not have: the largest commune stands for each."""
    return load("papi")


def once(units: pd.DataFrame, of: Design, seed: str) -> Draw:
    """One draw."""
    return draw(
        units, of, seed=seed, stratum_column="district_code", frame_digest="d", round_code=23, first_number=100_001
    ).value


@dataclass
class Drawn:
    """Many draws: how often each unit was taken, by stage and in the end; estimates of the mean; their errors."""

    draws: int
    taken: Counter[str]
    chosen: Counter[str]
    promised: dict[str, float]
    means: list[float]
    totals: list[float]
    variances: list[float]


def often(units: pd.DataFrame, of: Design, draws: int) -> Drawn:
    """Draw under the seeds 0, 1, …; the total is estimated by Σ y/π, the mean by Σ wy / Σ w."""
    y = dict(zip(units["unit_id"], units["y"], strict=True))
    found = Drawn(draws, Counter(), Counter(), {}, [], [], [])
    for seed in range(draws):
        drawn = once(units, of, str(seed))
        main = drawn.cases[drawn.cases["kind"] == "main"]
        found.taken.update(unit.path for unit in drawn.units)
        found.chosen.update(main["unit_id"])
        found.promised |= dict(zip(main["unit_id"], main["probability"], strict=True))
        values = main["unit_id"].map(y).to_numpy(dtype=float)
        weight = main["weight"].to_numpy(dtype=float)
        mean = float(weight @ values / weight.sum())
        found.means.append(mean)
        found.totals.append(float(weight @ values))
        score = (weight * (values - mean) / weight.sum())[:, None]
        told = form_design(main["stratum"].tolist(), drawn.units, drawn.population)
        found.variances.append(float(variance_in_stages(score, told.stages)[0]))
    return found
