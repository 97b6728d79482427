"""Answers written as a small table in the test."""

from functools import cache

import pandas as pd

from sipas_survey.problems import Checked, Place
from sipas_survey.satisfaction.questionnaire import Questionnaire, load
from sipas_survey.satisfaction.responses import Responses, check


@cache
def sipas() -> Questionnaire:
    return load("sipas_2022").or_raise()


def table(text: str) -> pd.DataFrame:
    """Cells between bars, the first line the headings; rows are numbered from 2, as a viewer shows them."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return pd.DataFrame(lines[1:], columns=lines[0], index=range(2, len(lines) + 1), dtype=object)


def checked(text: str, *, form_required: bool = False) -> Checked[Responses]:
    return check(table(text), sipas(), place=Place(file="answers.csv"), form_required=form_required)
