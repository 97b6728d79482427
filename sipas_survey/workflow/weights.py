"""Weights of a campaign: from the draw and the ledger, then, where the office asks for it, margins and trimming."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from sipas_survey.access import EVERYONE
from sipas_survey.cases import ListKind
from sipas_survey.exchange.tables import open_table
from sipas_survey.formats import normal
from sipas_survey.places.agencies import agency_level
from sipas_survey.problems import Checked, Problem, SurveyError, problem
from sipas_survey.sampling.design import stratum_column, top_of
from sipas_survey.sampling.reserve import with_releases
from sipas_survey.satisfaction.weights import Weights, to_margins, trimmed, weigh
from sipas_survey.statistics.arrays import total_by
from sipas_survey.statistics.auxiliaries import Auxiliaries
from sipas_survey.storage import frames, ledger
from sipas_survey.storage.store import Store
from sipas_survey.tracking.outcomes import outcome_of
from sipas_survey.workflow import answers
from sipas_survey.workflow.drawing import DrawRecord, record_of
from sipas_survey.workflow.estimates.columns import Table
from sipas_survey.workflow.estimates.known_totals import Counts, Margin, margins_of
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.progress import form_records

ACT = "set_weights"
CROSS = "×"
"""Between the variables of a margin that crosses them, and between their values; `*` is understood too."""
BLANK = "–"
"""The category of forms whose respondent left the question blank."""
PLACE = ("district_code", "commune_code", "village", "field", "agency")


@dataclass(frozen=True)
class Recipe:
    """What is done to the weights of the draw: margins by variable and value, and the cap of trimming."""

    margins: Mapping[str, Mapping[str, float]]
    trim: float | None

    def as_record(self) -> dict[str, Any]:
        """Plain values for the ledger."""
        return {"margins": {name: dict(counts) for name, counts in self.margins.items()}, "trim": self.trim}


PLAIN = Recipe({}, None)
"""The weights of the draw as they are."""


def read_margins(file: Path) -> dict[str, dict[str, float]]:
    """Known counts from a file with the columns `variable`, `value` and `total`; `sex×age_band` crosses two.

    Raises SurveyError: what reading a table raises, ESTIMATE_COLUMN_UNKNOWN, ESTIMATE_NOT_A_NUMBER,
    ESTIMATE_MARGIN_TWICE.
    """
    source = open_table(file)
    table = Table(source.frame().or_raise(), place=source.place)
    totals = table.numbers("total")
    counted = totals.values.tolist()  # noqa: PD011 - not a pandas object
    margins: dict[str, dict[str, float]] = {}
    for i, (variable, value) in enumerate(zip(table.series("variable"), table.series("value"), strict=True)):
        name, label = _crossed(variable), _crossed(value)
        if totals.known is not None and not totals.known[i]:
            raise SurveyError([problem("ESTIMATE_NOT_A_NUMBER", table.at(i, "total"), found="")])
        counts = margins.setdefault(name, {})
        if label in counts:
            raise SurveyError([problem("ESTIMATE_MARGIN_TWICE", table.at(i, "value"), found=label)])
        counts[label] = counted[i]
    return margins


def _crossed(text: str) -> str:
    return CROSS.join(normal(part) for part in text.replace("*", CROSS).split(CROSS))


def recipe_of(connection: Connection) -> Recipe:
    """What the office has decided last; PLAIN where it never did."""
    stored = ledger.last_details(connection, ACT)
    return PLAIN if stored is None else Recipe(stored["margins"], stored["trim"])


def set_recipe(store: Store, recipe: Recipe, *, dry_run: bool = False) -> Checked[Weights]:
    """Weigh by a recipe, and keep it in the ledger for all weighted figures from now on.

    Nothing is stored where the weights cannot be made. Raises SurveyError with the reason.
    """
    record, loaded = record_of(store), answers.load(store, EVERYONE)
    made = _weigh(store, record, loaded, recipe, as_of=None)
    if loaded.records:
        made.or_raise()
    with store.write() as transaction:
        if dry_run or recipe == recipe_of(transaction.connection):
            transaction.abandon()
        else:
            transaction.note(ACT, **recipe.as_record())
    return made


def weights_of(
    store: Store, record: DrawRecord, loaded: answers.CampaignAnswers, *, as_of: date | None
) -> Checked[Weights]:
    """The weights of the forms whose answers count on a day.

    Margins that cannot be reached with the forms of that day are left out, and WEIGHTS_WITHOUT_MARGINS says so.
    """
    with store.read() as connection:
        recipe = recipe_of(connection)
    try:
        made = _weigh(store, record, loaded, recipe, as_of=as_of)
        made.or_raise()
    except SurveyError as error:
        kept = _weigh(store, record, loaded, PLAIN, as_of=as_of)
        told = problem("WEIGHTS_WITHOUT_MARGINS", found=", ".join(p.kind for p in error.problems[:3]))
        return Checked(kept.value, (*kept.problems, told))
    return made


def _weigh(
    store: Store, record: DrawRecord, loaded: answers.CampaignAnswers, recipe: Recipe, *, as_of: date | None
) -> Checked[Weights]:
    """Every step of a recipe, forms in the order of the answers. Before the first one nobody speaks for a stratum."""
    if not loaded.records:
        return Checked(Weights.none())
    cases = _cases(store, record, as_of=as_of)
    place = {r.form: i for i, r in enumerate(loaded.records)}
    cases = cases.iloc[np.argsort([place.get(form, -1) for form in cases["form"]], kind="stable")]
    drawn = _spoken_for(record)
    made = weigh(cases, drawn, responding=set(place))
    weights, problems = made.value, list(made.problems)
    if recipe.margins:
        known = _known(loaded, weights, recipe.margins, problems)
        raked = to_margins(weights, *known)
        weights, problems = raked.value, [*problems, *raked.problems]
    if recipe.trim is not None:
        cut = trimmed(weights, recipe.trim)
        weights, problems = cut.value, [*problems, *cut.problems]
    return Checked(weights, tuple(problems))


def _spoken_for(record: DrawRecord) -> dict[str, float]:
    """The people whom each stratum speaks for: its own, in a draw in stages divided by the chance of the stratum."""
    if record.units:
        above = record.above
        return {name: size / above[name] for name, size in record.population.items()}
    quotas = record.design.quotas(record.population)
    return {name: float(size) for name, size in record.population.items() if quotas[top_of(name)]}


def _cases(store: Store, record: DrawRecord, *, as_of: date | None) -> pd.DataFrame:
    """The cases under their last codes, with their outcomes, and their chances where these differ."""
    last = [r for r in form_records(store, as_of=as_of) if r.last_of_case]
    columns = {
        "form": [r.form for r in last],
        "unit_id": [r.unit_id for r in last],
        "kind": [str(r.kind) for r in last],
        "stratum": [r.stratum for r in last],
        "outcome": [outcome_of(r.state) for r in last],
        "released": [r.kind is ListKind.MAIN or r.released for r in last],
    }
    cases = pd.DataFrame(columns)
    if record.design.size is None:
        return cases
    with store.read() as connection:
        units = frames.table(connection)
    return with_releases(
        cases,
        cases.loc[cases["released"], "unit_id"].tolist(),
        population=record.population,
        design=record.design,
        units=units,
        stratum_column=stratum_column(units_of(store)),
    )


def _known(
    loaded: answers.CampaignAnswers, weights: Weights, margins: Mapping[str, Counts], problems: list[Problem]
) -> tuple[Auxiliaries, Any, tuple[str, ...]]:
    """The categories of the weighted forms, the counts they are raked to, and their names.

    Forms whose respondent left a question blank make a category that keeps its share, so that the known counts are met
    by the others; a warning tells how many.
    """
    columns = columns_of(loaded).set_axis([r.form for r in loaded.records]).loc[list(weights.forms)]
    wanted: dict[Margin, Counts] = {}
    for name, counts in sorted(margins.items()):  # the ledger keeps no order: the same bytes either way
        variables = tuple(name.split(CROSS))
        table = Table(columns)
        blank = np.zeros(len(columns), dtype=bool)
        for variable in variables:
            blank |= table.codes(variable).code < 0
        keyed = {tuple(value.split(CROSS)): total for value, total in counts.items()}
        if blank.any():
            problems.append(problem("WEIGHTS_BLANK", found=name, forms=int(blank.sum())))
            columns = columns.copy()
            columns.loc[blank, list(variables)] = BLANK
            share = float(total_by(blank.astype(np.int64), weights.weight, size=2)[1] / weights.weight.sum())
            population = sum(keyed.values())
            keyed = {value: total * (1 - share) for value, total in keyed.items()}
            keyed[(BLANK,) * len(variables)] = population * share
        wanted[variables if len(variables) > 1 else name] = {
            value if len(variables) > 1 else value[0]: total for value, total in keyed.items()
        }
    codes, totals, names = margins_of(Table(columns), wanted)
    sizes = tuple(len(part) for part in totals)
    return Auxiliaries(codes, sizes, np.zeros((len(columns), 0))), np.concatenate(totals), names


def columns_of(loaded: answers.CampaignAnswers) -> pd.DataFrame:
    """Everything that answers can be reported and weighted by: places and field work of the form, and the respondent
    section."""
    rows = [
        {
            **{name: r.place[name] for name in PLACE},
            "kind": str(r.kind),
            "stratum": r.stratum,
            "worker": r.state.worker,
        }
        for r in loaded.records
    ]
    table = pd.DataFrame(rows, columns=[*PLACE, "kind", "stratum", "worker"], dtype=object)
    return with_levels(pd.concat([table, loaded.responses.table.reset_index(drop=True)], axis=1))


def with_levels(columns: pd.DataFrame) -> pd.DataFrame:
    """The same with `agency_level`, told from the agencies' names, where these stand there and it does not."""
    if "agency" not in columns.columns or "agency_level" in columns.columns:
        return columns
    names = columns["agency"].tolist()
    level = {name: agency_level(name) for name in set(names)}
    return columns.assign(agency_level=pd.Series([level[name] for name in names], index=columns.index, dtype=object))
