"""The appendices of the province's plan: its figures, those of a survey beside them, and what does not add up."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from sipas_survey.exchange.plan_files import FILE, read_plan
from sipas_survey.formats import Lang
from sipas_survey.problems import stop
from sipas_survey.resources import shipped
from sipas_survey.satisfaction.appendices import Appendices, Plan, PublishedScore, Standing, make_appendices
from sipas_survey.storage.store import Store
from sipas_survey.workflow.papi import Scored, scored
from sipas_survey.workflow.verdict import Judged

SHIPPED = "samples/plan_153"
FOLDER = "plan"
TABLES = "papi"


def plan_appendices(store: Store, judged: Judged) -> Appendices | None:
    """The appendices with the results of a campaign of citizens.

    The plan is that in the survey's folder `plan`, else the one that comes with the package if it is about the survey's
    units; None where there is neither, and for officials. Published tables of PAPI in the survey's folder `papi` give
    Appendix III anew. Raises SurveyError where the survey's own plan or tables have a fault.
    """
    if store.settings.kind != "citizens":
        return None
    plan = read_plan(_folder(store.folder))
    own = (store.folder / FOLDER / FILE).is_file()
    if not own and store.settings.units not in plan.units:
        return None
    now = {
        row.index: Standing(row.value, row.lower, row.upper, judgement.reached)
        for row, judgement in judged.rows
        if not row.by
    }
    tables = sorted(f for f in (store.folder / TABLES).glob("*") if f.suffix.lower() in (".csv", ".xlsx"))
    return _with_tables(plan, tables, province=plan.papi_province, now=now)


def appendix_of_papi(files: Sequence[Path], *, province: str | None = None, folder: Path = Path()) -> Appendices:
    """Appendix III: from published tables for their last year, else as the plan prints it.

    province : in the tables; by default the plan's. folder : a survey's folder, which may have a plan of its own.
    Raises what `papi.scored` raises, and PLAN_CELL and the like for the folder's own plan.
    """
    plan = read_plan(_folder(folder))
    other = province not in (None, plan.papi_province)
    if other and not files:
        raise stop("PAPI_PROVINCE_UNKNOWN", found=province)
    if other:
        plan = replace(plan, scores=(), statements=())
    return _with_tables(plan, files, province=province or plan.papi_province, now={})


def _with_tables(plan: Plan, files: Sequence[Path], *, province: str, now: Mapping[str, Standing]) -> Appendices:
    """The appendices, the third from the last year of some tables if there are any."""
    if not files:
        return make_appendices(plan, now=now)
    rows = scored(files, province=province)
    year = max(row.year for row in rows)
    return make_appendices(plan, now=now, scores=_published(rows, year), year=year)


def _published(rows: Sequence[Scored], year: int) -> tuple[PublishedScore, ...]:
    """The rows of a year with the groups of the year before. Withheld ones are left out."""
    last = {row.dimension: row.group for row in rows if row.year == year - 1}
    return tuple(
        PublishedScore(
            dimension=row.dimension,
            score=Fraction(row.score),
            change=None if row.change is None else Fraction(row.change),
            group=row.group,
            last_group=last.get(row.dimension),
        )
        for row in rows
        if row.year == year and row.score is not None
    )


def record_of_scores(found: Appendices, lang: Lang) -> dict[str, Any]:
    """Appendix III as plain values, with what does not add up in the plan."""
    return {
        "year": found.scores_year,
        "recomputed": found.recomputed,
        "rows": [
            {
                "year": found.scores_year,
                "dimension": row.dimension,
                "score": float(row.score),
                "change": None if row.change is None else float(row.change),
                "group": str(row.group) if row.group else None,
                "last_group": str(row.last_group) if row.last_group else None,
                "notable": row.notable,
            }
            for row in found.scores
        ],
        "problems": [p.as_dict(lang) for p in found.faults if p.kind in ("PLAN_GROUP", "PLAN_PAPI_DIFFERS")],
    }


def _folder(survey: Path) -> Path | Traversable:
    """Where the plan is: beside the survey, else in the package."""
    own = survey / FOLDER
    if own.is_dir() and not (own / FILE).is_file():
        raise stop("PLAN_FILE_MISSING", found=f"{FOLDER}/{FILE}")
    return own if own.is_dir() else shipped(SHIPPED)
