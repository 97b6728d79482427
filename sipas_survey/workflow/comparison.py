"""What became of the indices since another round, or against figures that were published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sipas_survey.exchange.published import Published, is_published, read_published
from sipas_survey.exchange.tables import open_table
from sipas_survey.formats import Lang
from sipas_survey.problems import Problem, SurveyError, problem, stop
from sipas_survey.satisfaction.change import (
    Change,
    Pairing,
    independent_change,
    paired_change,
    published_change,
    same_criteria,
    unit_scores,
)
from sipas_survey.satisfaction.indices import IndexEstimate
from sipas_survey.satisfaction.questionnaire import IndexLevel
from sipas_survey.satisfaction.rollup import Rollup, rollup
from sipas_survey.workflow.large_answers import Engine
from sipas_survey.workflow.verdict import Forms, Judged, judge_file


@dataclass(frozen=True)
class Compared:
    """Every row that stands in both rounds with its change. `against` is the file's name.

    `pairing` and `key` tell by what units the rounds were joined; None where they were taken as independent.
    """

    against: str
    published: bool
    year: str
    changes: tuple[Change, ...]
    key: str | None
    pairing: Pairing | None
    problems: tuple[Problem, ...]


def compare(
    judged: Judged, file: Path, *, questionnaire: str | None = None, year: str | None = None,
    paired_by: str | None = None, engine: Engine | str = Engine.AUTO,
) -> Compared:  # fmt: skip
    """Compare with a file of another round's answers, or of published figures; its headings tell which.

    `questionnaire` is that of the other round, the same as now where None. With `paired_by`, a column of both, units in
    common enter the error of the change once. Raises SurveyError: what reading raises, PAIRED_NO_KEY, PAIRED_IN_MEMORY.
    """
    if is_published(open_table(file).columns):
        return compare_published(judged, file.name, read_published(file, year=year))
    before = other_round(judged, file, questionnaire=questionnaire, engine=Engine.MEMORY if paired_by else engine)
    return compare_rounds(judged, before, against=file.name, paired_by=paired_by)


def other_round(judged: Judged, file: Path, *, questionnaire: str | None, engine: Engine | str) -> Judged:
    """Another round's answers, judged like this one: the same way, and by the same columns where it has them."""
    source, way, target = questionnaire or judged.questionnaire, judged.aggregation, judged.threshold
    try:
        return judge_file(file, source, by=judged.by, aggregation=way, threshold=target, engine=engine)
    except SurveyError as error:
        if [told.kind for told in error.problems] != ["BY_UNKNOWN"]:
            raise
        return judge_file(file, source, aggregation=way, threshold=target, engine=engine)


def compare_rounds(judged: Judged, before: Judged, *, against: str, paired_by: str | None = None) -> Compared:
    """Compare two rounds that were judged by the same columns."""
    problems = [*before.problems, *_remarks(judged, before)]
    plans = (_plan(judged), _plan(before))
    known = {(row.index, _key(row.by)): row for row in before.estimates}
    rows = [
        row
        for row in judged.estimates
        if (not row.by or before.by == judged.by)
        and (row.level is not IndexLevel.CRITERION or same_criteria(*plans, row.index))
    ]
    same = {index.code: same_criteria(*plans, index.code) for index in plans[0].indices}
    if paired_by is None:
        changes = [
            independent_change(row, known.get((row.index, _key(row.by))), same=same[row.index], level=judged.level)
            for row in rows
        ]
        return Compared(against, False, "", tuple(changes), None, None, tuple(problems))
    pairing = _pairing(judged, before, paired_by)
    if not pairing.common:
        problems.append(problem("PAIRED_NOTHING_COMMON", found=paired_by))
    changes = _paired(judged, before, rows, known, pairing, same)
    return Compared(against, False, "", tuple(changes), paired_by, pairing, tuple(problems))


def compare_published(judged: Judged, name: str, figures: Published) -> Compared:
    """Compare all forms with figures that were published, which have no error that is known."""
    rows = [row for row in judged.estimates if not row.by and row.index in figures.shares]
    changes = tuple(published_change(row, figures.shares[row.index]) for row in rows)
    told = problem("AGAINST_PUBLISHED_WHOLE")
    return Compared(name, True, figures.year, changes, None, None, (told,))


def _plan(judged: Judged) -> Rollup:
    criteria = [row.index for row in judged.estimates if row.level is IndexLevel.CRITERION and not row.by]
    return rollup(judged.questionnaire, criteria, aggregation=judged.aggregation)


def _key(by: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(by.items()))


def _remarks(judged: Judged, before: Judged) -> list[Problem]:
    told = []
    if judged.questionnaire.code != before.questionnaire.code:
        codes = judged.questionnaire.code, before.questionnaire.code
        told.append(problem("AGAINST_OTHER_FORM", found=codes[0], before=codes[1]))
    if judged.by != before.by:
        told.append(problem("AGAINST_NO_COLUMN", found=", ".join(judged.by)))
    return told


# ---------------------------------------------------------------- units in common
def _pairing(judged: Judged, before: Judged, key: str) -> Pairing:
    return Pairing.of(_keys(judged.forms, key), _keys(before.forms, key))


def _keys(forms: Forms | None, key: str) -> Sequence[str]:
    if forms is None:
        raise stop("PAIRED_IN_MEMORY")
    if key == "form" and forms.responses.forms is not None:
        return forms.responses.forms
    if key not in forms.columns.columns:
        raise stop("PAIRED_NO_KEY", found=key, columns=[str(c) for c in forms.columns.columns])
    return [str(cell) for cell in forms.columns[key].tolist()]


def _paired(
    judged: Judged, before: Judged, rows: Sequence[IndexEstimate],
    known: Mapping[tuple[str, Any], IndexEstimate], pairing: Pairing, same: Mapping[str, bool],
) -> list[Change]:  # fmt: skip
    """The changes, domain by domain; a round's scores are 0 outside its domain."""
    changes = []
    for by in dict.fromkeys(_key(row.by) for row in rows):
        both = [
            unit_scores(
                round_.forms.responses, codes, units=pairing.units, inside=_inside(round_.forms, dict(by)),
                aggregation=judged.aggregation,
            )
            for round_, codes in zip((judged, before), pairing.codes, strict=True)
            if round_.forms is not None
        ]  # fmt: skip
        nothing = (np.zeros(pairing.units), np.zeros(0, dtype=np.int64))
        for row in rows:
            if _key(row.by) == by:
                now, then = (scores.get(row.index, nothing) for scores in both)
                changes.append(
                    paired_change(
                        row,
                        known.get((row.index, by)),
                        scores=(now[0], then[0]),
                        units=np.union1d(now[1], then[1]),
                        same=same[row.index],
                        level=judged.level,
                    )
                )
    return changes


def _inside(forms: Forms, by: Mapping[str, str]) -> Any:
    inside = np.ones(len(forms.responses), dtype=bool)
    for name, value in by.items():
        inside &= (forms.columns[name] == value).to_numpy(dtype=bool)
    return inside.astype(np.float64)


# ---------------------------------------------------------------- as plain values
def record_of_compared(compared: Compared, judged: Judged, lang: Lang) -> dict[str, Any]:
    """Plain values: shares and differences as numbers in [−1, 1] or None."""
    pairing = compared.pairing
    paired = None
    if pairing is not None:
        paired = {"by": compared.key, "common": pairing.common, "now": pairing.now, "before": pairing.before}
    return {
        "against": compared.against,
        "published": compared.published,
        "year": compared.year or None,
        "paired": paired,
        "level": judged.level,
        "rows": [_row(change, judged, lang) for change in compared.changes],
        "problems": [p.as_dict(lang) for p in compared.problems],
    }


def _row(change: Change, judged: Judged, lang: Lang) -> dict[str, Any]:
    row = change.estimate
    return {
        "index": row.index,
        "label": judged.questionnaire.label(row.index, lang),
        "by": dict(row.by),
        "value": None if row.value is None else float(row.value),
        "lower": row.lower,
        "upper": row.upper,
        "before": None if change.before is None else float(change.before),
        "change": None if change.change is None else float(change.change),
        "before_se": change.before_se,
        "change_se": change.se,
        "df": change.df if change.se is not None else None,
        "change_lower": change.lower,
        "change_upper": change.upper,
        "outside_noise": change.outside_noise,
        "same_criteria": change.same_criteria,
    }
