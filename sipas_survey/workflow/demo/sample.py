"""The sample campaign of Yên Bái 2023: what it is made of, and how its files were made.

People, field work and answers are invented by seeded generators; the units and the five percentages are facts.
"""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pandas as pd

from sipas_survey import places
from sipas_survey.cases import FIRST_NUMBER
from sipas_survey.exchange.delimited import csv_text
from sipas_survey.problems import Place
from sipas_survey.sampling import design as designs
from sipas_survey.sampling.draw import Draw, draw
from sipas_survey.sampling.frame import FrameChecker, frame_digest
from sipas_survey.satisfaction import questionnaire as questionnaires
from sipas_survey.tracking.forms import Act
from sipas_survey.workflow.demo.answers_maker import make_answers
from sipas_survey.workflow.demo.campaign_maker import EVENT_COLUMNS, make_events
from sipas_survey.workflow.demo.frame_maker import make_frame

NAME = "yen_bai_2023"
FOLDER = f"samples/{NAME}"
GENERATOR_SEED = "sipas sample 2023"
SIZE = 20_000
ROUND_CODE = 23
SURVEY_ID = UUID("7d0c1f86-4a52-5c0e-9b7e-2023b0153bdb")
SECRET = hashlib.sha256(b"sipas demonstration: invented people need no secret").digest()
FRAME_DATE = date(2023, 12, 1)
DRAW_SEED = "SNV 5821 / BD 0347 / MTTQ 9164"
FROZEN_AT = datetime(2023, 12, 1, 1, 0, tzinfo=UTC)
DRAWN_AT = datetime(2023, 12, 2, 2, 30, tzinfo=UTC)
END = datetime(2024, 1, 31, 9, 0, tzinfo=UTC)

PERCENTS = {
    # plan 153/KH-UBND, appendix II: Yên Bái 2022
    "access": 88.29, "procedures": 85.66, "civil_servants": 85.50, "results": 85.23, "feedback": 85.23,
    # part I of the form is not among the published figures of the province: invented
    "accountability": 84.12, "participation": 82.95, "quality": 86.91, "impact": 87.40,
}  # fmt: skip
RESPONDENT = {
    "sex": (("M", "F"), (0.54, 0.46)),
    "age_band": (("18-24", "25-34", "35-49", "50-60", "over_60"), (0.07, 0.22, 0.38, 0.22, 0.11)),
    "ethnicity": (("kinh", "other"), (0.46, 0.54)),
    "residence": (("urban", "rural"), (0.24, 0.76)),
}


def quota() -> dict[str, int]:
    """60 forms in each district."""
    return dict.fromkeys(places.load(NAME).districts, 60)


def frame_table() -> pd.DataFrame:
    """The invented frame, as the office would have exported it."""
    units = places.load(NAME)
    communes = pd.DataFrame(
        [(c.district_code, c.district, c.code, c.name, c.kind) for c in units.communes.values()],
        columns=["district_code", "district", "commune_code", "commune", "commune_type"],
    )
    return make_frame(communes, size=SIZE, seed=GENERATOR_SEED)


def sample_draw(frame: pd.DataFrame) -> Draw:
    """The draw that the demonstration makes from the frame."""
    units = places.load(NAME)
    rows = frame.set_axis(pd.RangeIndex(2, len(frame) + 2))
    checked = FrameChecker(units, FRAME_DATE, Place(file="frame.csv")).check(rows).or_raise()
    design = designs.make(quota=quota())
    column, digest = designs.stratum_column(units), frame_digest(checked)
    drawn = draw(
        checked.units, design, seed=DRAW_SEED, stratum_column=column, frame_digest=digest, round_code=ROUND_CODE,
        first_number=FIRST_NUMBER,
    )  # fmt: skip
    return drawn.or_raise()


def answers_table(drawn: Draw, events: pd.DataFrame) -> pd.DataFrame:
    """Invented answers of the forms that came back."""
    asked = questionnaires.load("sipas_2022").or_raise()
    elements = {e.code: asked.criteria_of(e.code) for e in asked.elements}
    returned = sorted(events.loc[events["act"] == Act.RETURN, "form"])
    stratum = dict(zip(drawn.cases["form"], drawn.cases["stratum"], strict=True))
    reissues = events[events["act"] == Act.REISSUE]
    stratum |= {new: stratum[old] for old, new in zip(reissues["form"], reissues["refers_to"], strict=True)}
    return make_answers(
        returned,
        [stratum[form] for form in returned],
        elements=elements,
        percents=PERCENTS,
        respondent=RESPONDENT,
        seed=GENERATOR_SEED,
    )


def tables() -> dict[str, pd.DataFrame]:
    """Every generated file of the sample, by name."""
    frame = frame_table()
    drawn = sample_draw(frame)
    first_reissue = FIRST_NUMBER + len(drawn.cases)
    events = make_events(drawn.cases, seed=GENERATOR_SEED, round_code=ROUND_CODE, first_reissue=first_reissue)
    quotas = pd.DataFrame({"district_code": list(quota()), "quota": list(quota().values())})
    return {
        "frame.csv": frame,
        "quota.csv": quotas,
        "events.csv": events[list(EVENT_COLUMNS)],
        "answers.csv": answers_table(drawn, events),
    }


def write(folder: Path) -> None:
    """Write the sample's files: `python -m sipas_survey.workflow.demo.sample FOLDER`."""
    for name, table in tables().items():
        text = csv_text([str(column) for column in table], table.to_numpy().tolist())
        (folder / name).write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    import sys

    write(Path(sys.argv[1]))
