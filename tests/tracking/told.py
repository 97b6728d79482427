"""Events as a clerk would write them: one a line, `[id:] act day [worker=…] [reason=…] [to=…] [form=…]`.

Days are those of January 2024. Forms have short names: A, B on the main list, R, S in reserve, all of one stratum.
"""

from datetime import date

from sipas_survey.cases import ListKind, form_code
from sipas_survey.problems import NOWHERE
from sipas_survey.tracking.admission import Admission, offer, offer_all
from sipas_survey.tracking.fold import fold
from sipas_survey.tracking.forms import Act, Event, FormState
from sipas_survey.tracking.register import FormCard, Register, Rules

CODES = {name: form_code(24, 100_001 + i) for i, name in enumerate("ABRS")}
CARDS = [
    FormCard(CODES[name], f"unit-{name}", ListKind.MAIN if name in "AB" else ListKind.RESERVE, "132", turn)
    for turn, name in enumerate("ABRS", start=1)
]
RULES = Rules(today=date(2024, 1, 31), round_code=24)


def day(number: int) -> date:
    """A day of January 2024."""
    return date(2024, 1, number)


def told(text: str, *, author: str = "") -> list[Event]:
    """The events of a text, as a source proposes them."""
    return [_event(line.split(), author) for line in text.strip().splitlines() if line.strip()]


def _event(words: list[str], author: str) -> Event:
    event_id = words.pop(0)[:-1] if words[0].endswith(":") else ""
    act, on = Act(words[0]), day(int(words[1]))
    said = dict(word.split("=", 1) for word in words[2:])
    form = said.get("form", "A")
    points_at = said.get("to", "")
    return Event(
        event_id,
        CODES.get(form, form),
        act,
        on,
        worker=said.get("worker", ""),
        reason=said.get("reason", ""),
        refers_to=CODES.get(points_at, points_at),
        author=author,
    )


def register(text: str = "", *, rules: Rules = RULES) -> Register:
    """A register that has admitted the events of a text, in its order."""
    made = Register(CARDS, (), rules=rules)
    for event in told(text, author="clerk"):
        admission = offer(made, event)
        assert admission.arrival in ("new", "known"), (event, admission.problems)
    return made


def offered(to: Register, text: str, *, author: str = "clerk") -> Admission:
    """What became of the last event of a text, offered one by one."""
    return [offer(to, event) for event in told(text, author=author)][-1]


def offered_at_once(to: Register, text: str) -> list[Admission]:
    """What became of the events of a text, offered as one batch."""
    return offer_all(to, [(event, NOWHERE) for event in told(text, author="clerk")])


def kinds(admission: Admission) -> list[str]:
    """The kinds of what was said of an event; each must have its sentence in both languages."""
    assert all(p.message("vi") and p.message("en") for p in admission.problems)
    return [p.kind for p in admission.problems]


def state_of(text: str, *, visits: int = 3) -> FormState:
    """The fold of stored events; their order in the text is their order in the ledger."""
    stored = []
    for seq, event in enumerate(told(text), start=1):
        stored.append(
            Event(
                event.event_id or f"e{seq}",
                event.form,
                event.act,
                event.happened_on,
                worker=event.worker,
                reason=event.reason,
                refers_to=event.refers_to,
                seq=seq,
            )
        )
    return fold(stored, visits=visits)
