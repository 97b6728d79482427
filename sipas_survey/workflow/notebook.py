"""The same verbs on DataFrames, without a survey folder: what `import sipas_survey as sv` offers.

Nothing is stored and nobody is sealed here: a notebook holds what its user gives it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from sipas_survey import places
from sipas_survey.cases import FIRST_NUMBER, ListKind
from sipas_survey.exchange import headings
from sipas_survey.exchange.tables import open_table
from sipas_survey.formats import normal, read_day
from sipas_survey.problems import NOWHERE, Place, Problem, SurveyError, problem
from sipas_survey.resources import shipped
from sipas_survey.sampling import frame as frames
from sipas_survey.sampling.design import Design, stratum_column
from sipas_survey.sampling.draw import Draw
from sipas_survey.sampling.draw import draw as draw_from
from sipas_survey.satisfaction import questionnaire as questionnaires
from sipas_survey.satisfaction import responses as raw
from sipas_survey.satisfaction.indices import FormDesign
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.satisfaction.rollup import Aggregation
from sipas_survey.tracking.admission import approve_open, offer_all
from sipas_survey.tracking.fold import released_forms
from sipas_survey.tracking.forms import Act, Event
from sipas_survey.tracking.progress import FormRecord, Progress, follow_days
from sipas_survey.tracking.progress import follow as follow_records
from sipas_survey.tracking.register import FormCard, Register, Rules
from sipas_survey.workflow.notebook_results import Indices
from sipas_survey.workflow.progress import LEVELS
from sipas_survey.workflow.verdict import DEFAULT_THRESHOLD, Forms, judge_responses
from sipas_survey.workflow.weights import with_levels

__all__ = ["Design", "Frame", "draw", "follow", "read_responses", "sample", "sipas"]


def sample(name: str) -> Path:
    """A file of the sample campaign: `frame.csv`, `quota.csv`, `events.csv`, `answers.csv`, `units.csv`."""
    return Path(str(shipped(f"samples/yen_bai_2023/{name}")))


@dataclass(frozen=True)
class Frame:
    """A checked frame with the units it was checked against. `problems` holds the warnings."""

    checked: frames.Frame
    units: places.Units
    problems: tuple[Problem, ...] = ()

    @classmethod
    def read(cls, source: Path | str | pd.DataFrame, *, units: str, today: date | None = None) -> "Frame":
        """A frame from a file or a DataFrame. Raises SurveyError with every problem where a row is wrong."""
        known = places.load(units)
        place = Place(file=Path(source).name) if not isinstance(source, pd.DataFrame) else NOWHERE
        table = _table(source)
        names = headings.match(
            list(table.columns), headings.FRAME_ALIASES, place=place, second_choice=headings.FRAME_NAMES
        ).or_raise()
        latest = today or known.valid_to or date.max
        checker = frames.FrameChecker(known, latest, place)
        if missing := checker.missing_columns(names.values()):
            raise SurveyError(missing)
        checked = checker.check(headings.renamed(table, names))
        return cls(checked.or_raise(), known, checked.warnings)

    @property
    def digest(self) -> str:
        """The public digest of the frame."""
        return frames.frame_digest(self.checked)

    def __len__(self) -> int:
        return len(self.checked)

    def __repr__(self) -> str:
        return f"Frame({len(self)} units of {self.units.name}, digest {self.digest[:12]}…)"


def _table(source: Path | str | pd.DataFrame) -> pd.DataFrame:
    """Cells as text, the index counting rows as the file's viewer does."""
    if not isinstance(source, pd.DataFrame):
        return open_table(Path(source)).frame().or_raise()
    text = source.astype(object).where(source.notna(), "").map(lambda cell: normal(str(cell)))
    return text.set_axis(pd.RangeIndex(2, len(text) + 2), axis=0).rename(columns=str)


def draw(frame: Frame, design: Design, *, seed: str, round_code: int) -> Draw:
    """The public draw; `.cases` is the case table. Raises SurveyError where nothing can be drawn."""
    return draw_from(
        frame.checked.units,
        design,
        seed=seed,
        stratum_column=stratum_column(frame.units),
        frame_digest=frame.digest,
        round_code=round_code,
        first_number=FIRST_NUMBER,
    ).value


def follow(drawn: Draw, events: pd.DataFrame, *, as_of: date | str, by: str = "district") -> Progress:
    """Where every form of a draw stands on a day, from a table of events (form, act, happened_on, …).

    Raises SurveyError with a problem for every event that is refused.
    """
    day = read_day(as_of) if isinstance(as_of, str) else as_of
    if day is None:
        raise ValueError(f"{as_of} is no day")
    register = _register(drawn, events, day)
    records = _records(drawn, register)
    if by == "day":
        return follow_days(records, as_of=day)
    quota = {top: n for top, n in drawn.design.quotas(drawn.population).items() if n}
    return follow_records(records, as_of=day, by=LEVELS[by], quota=quota)


def _register(drawn: Draw, events: pd.DataFrame, day: date) -> Register:
    columns = ["form", "unit_id", "kind", "stratum", "turn"]
    cards = [
        FormCard(form, unit, ListKind(kind), stratum, turn)
        for form, unit, kind, stratum, turn in drawn.cases[columns].itertuples(index=False, name=None)
    ]
    register = Register(cards, (), rules=Rules(day, int(cards[0].form[:2])))
    batch = [_event(dict(row), place) for row, place in _rows(events)]
    admissions = offer_all(register, [(event, place) for event, place in batch if event.happened_on <= day])
    admissions += approve_open(register, admissions)
    refused = [p for a in admissions for p in a.problems if p.severity == "error"]
    if refused:
        raise SurveyError(refused)
    return register


def _rows(events: pd.DataFrame) -> list[tuple[Mapping[Any, Any], Place]]:
    table = _table(events)
    return [(row, Place(row=i)) for i, row in zip(table.index.tolist(), table.to_dict("records"), strict=True)]


def _event(row: Mapping[str, str], place: Place) -> tuple[Event, Place]:
    day = read_day(row["happened_on"])
    if day is None:
        raise SurveyError(problem("EVENT_DAY_UNREADABLE", place.at(column="happened_on"), found=row["happened_on"]))
    if row["act"] not in set(Act):
        raise SurveyError(problem("EVENT_UNKNOWN_ACT", place, found=row["act"], acts=[str(act) for act in Act]))
    event = Event(
        event_id=row.get("event_id", ""),
        form=row["form"],
        act=Act(row["act"]),
        happened_on=day,
        worker=row.get("worker", ""),
        reason=row.get("reason", ""),
        refers_to=row.get("refers_to", ""),
    )
    return event, place


def _records(drawn: Draw, register: Register) -> list[FormRecord]:
    cases = drawn.cases.set_index("unit_id")
    released = released_forms(event for form in register.cards for event in register.events_of(form))
    last = {card.unit_id: form for form, card in register.cards.items()}
    place = ("district_code", "commune_code", "village", "field", "agency")
    return [
        FormRecord(
            form=form,
            unit_id=card.unit_id,
            kind=card.kind,
            stratum=card.stratum,
            released=str(cases.loc[card.unit_id, "form"]) in released,
            last_of_case=last[card.unit_id] == form,
            state=register.state(form),
            place={name: str(cases.loc[card.unit_id, name]) for name in place},
        )
        for form, card in register.cards.items()
    ]


def read_responses(source: Path | str | pd.DataFrame, questionnaire: str) -> Responses:
    """Raw answers, checked against a questionnaire (shipped name or TOML file). Raises SurveyError on wrong rows."""
    asked = questionnaires.load(questionnaire).or_raise()
    place = Place(file=Path(source).name) if not isinstance(source, pd.DataFrame) else NOWHERE
    return raw.check(_table(source), asked, place=place, form_required=False).or_raise()


def sipas(
    responses: Responses,
    drawn: Draw | None = None,
    *,
    events: pd.DataFrame | None = None,
    by: str | Sequence[str] = (),
    aggregation: str = Aggregation.POOLED,
    threshold: Fraction = DEFAULT_THRESHOLD,
    extras: bool = False,
) -> Indices:
    """The SIPAS indices of all responses given; `.league`, `.costs`, `.change`, `.explain` ask further.

    With a draw its strata and finite population enter the intervals; `events` tells which case a re-issued form is of.
    Without a draw the forms are a simple random sample. `extras` adds the mean point and the net score. Raises
    SurveyError: FORM_UNKNOWN for a form that the draw does not know, BY_UNKNOWN for a column that there is not.
    """
    design, said = FormDesign.simple(len(responses)), "satisfaction_no_draw"
    if drawn is not None and len(responses):
        design, said = _design(responses, drawn, events), "satisfaction_draw"
    judged = judge_responses(
        Forms(responses, with_levels(responses.table)),
        design,
        by=[by] if isinstance(by, str) else list(by),
        aggregation=Aggregation(aggregation),
        threshold=threshold,
        design_word=said,
        extras=extras,
    )
    return Indices(judged)


def _design(responses: Responses, drawn: Draw, events: pd.DataFrame | None) -> FormDesign:
    stratum = dict(zip(drawn.cases["form"], drawn.cases["stratum"], strict=True))
    if events is not None:
        reissues = _table(events).query("act == 'reissue'")
        stratum |= {new: stratum[old] for old, new in zip(reissues["form"], reissues["refers_to"], strict=True)}
    forms = responses.forms or ("",)
    unknown = [form for form in forms if form not in stratum]
    if unknown:
        raise SurveyError([problem("FORM_UNKNOWN", Place(form=form), found=form) for form in unknown])
    return FormDesign.stratified([stratum[form] for form in forms], drawn.population)
