"""Whole forms are judged by the rule in survey.toml; what comes of it enters the ledger as accept and reject."""

from dataclasses import dataclass
from fractions import Fraction

from sipas_survey.exchange.events import EventRow
from sipas_survey.problems import Problem, problem, stop
from sipas_survey.satisfaction.validity import Rule, why_invalid
from sipas_survey.storage import answers as stored_answers
from sipas_survey.storage.settings import FILE, Validity
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forms import Act, State
from sipas_survey.workflow import field
from sipas_survey.workflow.office import questionnaire_of
from sipas_survey.workflow.progress import form_records


@dataclass(frozen=True)
class Decided:
    """How many forms were found valid and invalid, and what the ledger said of the events."""

    valid: int
    invalid: int
    stored: bool
    problems: tuple[Problem, ...] = ()


def check_rule(store: Store) -> None:
    """The rule speaks of questions that there are. Raises SurveyError VALIDITY_UNKNOWN."""
    known = [q.code for section in questionnaire_of(store).sections for q in section.questions if q.choices]
    for code in store.settings.validity.required:
        if code not in known:
            raise stop("VALIDITY_UNKNOWN", found=code, file=FILE, known=tuple(known))


def decide(store: Store) -> Decided:
    """Accept or reject the forms that are returned, have answers and were not checked yet, today.

    A form that somebody has checked keeps what was decided. Raises SurveyError VALIDITY_UNKNOWN.
    """
    check_rule(store)
    asked, rule = questionnaire_of(store), _rule(store.settings.validity)
    unchecked = {r.form for r in form_records(store) if r.state.state is State.RETURNED and not r.state.in_question}
    with store.read() as connection:
        sheets = [s for s in stored_answers.read(connection) if s.form in unchecked]
    reasons = {s.form: why_invalid(s.answers, s.respondent, asked, rule) for s in sheets}
    rows = [
        EventRow(None, form, Act.REJECT if reason else Act.ACCEPT, store.today, reason=reason)
        for form, reason in reasons.items()
    ]
    if not rows:
        return Decided(0, 0, stored=True)
    done = field.take_in(store, rows)
    invalid = sum(reason != "" for reason in reasons.values())
    too_strict = (problem("VALIDITY_NONE", found=str(invalid)),) if invalid == len(reasons) else ()
    return Decided(len(reasons) - invalid, invalid, done.stored, (*done.problems, *too_strict))


def _rule(said: Validity) -> Rule:
    answered, each_part, double = (Fraction(str(share)) for share in (said.answered, said.each_part, said.double_ticks))
    return Rule(answered, each_part, double, said.same_answer, said.required)
