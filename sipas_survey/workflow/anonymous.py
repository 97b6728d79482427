"""Answers for others: without form codes, and without combinations that few people share."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sipas_survey.exchange import exports
from sipas_survey.problems import stop
from sipas_survey.sampling.design import stratum_column
from sipas_survey.satisfaction.disclosure import without_small_cells
from sipas_survey.storage.store import Store
from sipas_survey.workflow.answers import CampaignAnswers, load
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.papers import writing

SMALLEST = 5


@dataclass(frozen=True)
class Exported:
    """How many forms were written, and how many cells about respondents were blanked."""

    forms: int
    blanked: int


def export_answers(store: Store, file: Path, *, smallest: int = SMALLEST, excel: bool = False) -> Exported:
    """Write the answers that count: place, respondent section, criteria; a row for each form, none to be traced.

    There are no codes, days, villages, workers and weights (a weight would tell the place), rows stand in the order of
    their content, and each combination of place and respondent section has `smallest` forms at least: values are
    blanked from the last column of the section on, the place last. The ledger records the export.

    Raises SurveyError ANSWERS_TOO_FEW, WRONG_CHOICE.
    """
    if file.suffix.lower() not in exports.SUFFIXES:
        raise stop("WRONG_CHOICE", found=file.suffix, option="responses export", choices=exports.SUFFIXES)
    loaded = load(store)
    if len(loaded.records) < smallest:
        raise stop("ANSWERS_TOO_FEW", found=str(len(loaded.records)), smallest=smallest)
    about = _about(store, loaded)
    guarded = without_small_cells(about, smallest=smallest)
    table = pd.concat([guarded, _answers(loaded)], axis=1)
    table = table.sort_values(list(table.columns), kind="stable", ignore_index=True)
    with store.write() as transaction, writing(file):
        exports.write_table(file, table, created=store.clock(), excel=excel)
        transaction.note("export_answers", file=file.name, forms=len(table), smallest=smallest)
    return Exported(len(table), int(((about != "") & (guarded == "")).to_numpy().sum()))


def _about(store: Store, loaded: CampaignAnswers) -> pd.DataFrame:
    """What is told of each respondent: the place, then the section of the questionnaire."""
    place = stratum_column(units_of(store))
    asked = [question.code for question in loaded.responses.questionnaire.respondent]
    section = loaded.responses.table[[code for code in asked if code in loaded.responses.table]].reset_index(drop=True)
    return pd.concat([pd.Series([r.place[place] for r in loaded.records], name=place, dtype=object), section], axis=1)


def _answers(loaded: CampaignAnswers) -> pd.DataFrame:
    """The answers as text; empty where there is none that can be used."""
    cells = [[str(value) if value else "" for value in row] for row in loaded.responses.answers.tolist()]
    return pd.DataFrame(cells, columns=list(loaded.responses.criteria), dtype=object)
