"""Some people are asked again: forms are drawn and sealed, then ordered, and the papers go to two bodies."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sipas_survey.access import Viewer
from sipas_survey.formats import normal
from sipas_survey.problems import Place, Problem, problem, stop
from sipas_survey.storage import casebook, ledger, rechecks
from sipas_survey.storage.rechecks import Selection
from sipas_survey.storage.store import Store, Transaction
from sipas_survey.tracking import recheck as rule
from sipas_survey.tracking import short_form as short_forms
from sipas_survey.tracking.admission import Arrival, offer_all
from sipas_survey.tracking.forms import Act, Event
from sipas_survey.tracking.progress import FormRecord
from sipas_survey.tracking.recheck import Body, Cell, Checkable, Rules
from sipas_survey.tracking.short_form import ShortForm
from sipas_survey.workflow.desk import open_desk, write


def fresh_seed() -> str:
    """A seed that nobody can foresee."""
    return secrets.token_hex(32)


# ---------------------------------------------------------------- the draw
@dataclass(frozen=True)
class Draw:
    """A draw of the re-check as the ledger tells it: its entry, its rules, and the forms that it was made from."""

    seq: int
    rules: Rules
    seed_digest: str
    forms: tuple[Checkable, ...]
    selected: int
    problems: tuple[Problem, ...] = ()

    @property
    def cells(self) -> list[Cell]:
        """What it was drawn from."""
        return rule.cells(self.forms, self.rules)


def draw(
    store: Store, rules: Rules, *, seed: str | None = None, fresh: Callable[[], str] = fresh_seed
) -> Draw:  # fmt: skip
    """Draw forms for the re-check among those that no earlier draw was made from, and seal which ones.

    Until `order` only the digest of the seed can be read. `seed` is for tests and rehearsals, and the ledger says so.
    Raises SurveyError RECHECK_SHARE, RECHECK_SEALED, RECHECK_NOTHING, PERSONAL_DATA_LOCKED.
    """
    if not 0 < rules.share <= 1:
        raise stop("RECHECK_SHARE", found=str(float(rules.share)))
    key, given = store.unlocked(), normal(seed or "") or fresh()
    with store.write() as transaction:
        connection = transaction.connection
        before = draws(connection)
        waiting = _unordered(connection, before)
        if waiting is not None:
            raise stop("RECHECK_SEALED", found=str(waiting.seq))
        visits = store.settings.defaults.visits
        known = casebook.form_events(connection)
        records = casebook.folded_from(connection, known, visits=visits)
        forms = rule.checkable(records, without=_forms_of(before))
        if not forms:
            raise stop("RECHECK_NOTHING")
        chosen = tuple(each.form for each in rule.select(rule.cells(forms, rules), given))
        seq = transaction.note(
            "draw_recheck",
            seed_digest=rule.seed_digest(given),
            seed_given=bool(seed),
            share=str(rules.share),
            per_worker=rules.per_worker,
            per_village=rules.per_village,
            visits=visits,
            forms=len(forms),
            forms_digest=rule.digest(forms),
            selected=len(chosen),
        )
        rechecks.seal(connection, key, Selection(given, chosen), seq=seq)
    told = _much(forms, rules, len(chosen))
    return Draw(seq, rules, rule.seed_digest(given), tuple(forms), len(chosen), told)


def _much(forms: Sequence[Checkable], rules: Rules, selected: int) -> tuple[Problem, ...]:
    """That the least number of each village makes the re-check much larger than its share."""
    alone = sum(cell.n for cell in rule.cells(forms, replace(rules, per_village=0)))
    told = problem("RECHECK_MUCH", found=str(selected), forms=len(forms), alone=alone)
    return (told,) if selected > 1.5 * alone else ()


def _forms_of(before: Iterable[Draw]) -> set[str]:
    return {each.form for one in before for each in one.forms}


def draws(connection: Connection) -> list[Draw]:
    """Every draw in order, with the forms that it was made from as the ledger stood then."""
    entries = list(ledger.entries(connection, act="draw_recheck"))
    known = casebook.form_events(connection) if entries else []
    found: list[Draw] = []
    for row in entries:
        details, seq = ledger.details_of(row), int(row["seq"])
        told = [event for event in known if event.seq < seq]
        records = casebook.folded_from(connection, told, visits=details["visits"])
        forms = rule.checkable(records, without=_forms_of(found))
        if rule.digest(forms) != details["forms_digest"]:
            raise stop("RECHECK_NOT_REPEATED", found=str(seq))
        rules = Rules(Fraction(details["share"]), details["per_worker"], details["per_village"])
        found.append(Draw(seq, rules, details["seed_digest"], tuple(forms), details["selected"]))
    return found


# ---------------------------------------------------------------- the order
@dataclass(frozen=True)
class Order:
    """An order as the ledger tells it: of a draw, whose seed it reveals, or of all forms of a worker (draw 0)."""

    number: int
    seq: int
    draw: int
    seed: str
    worker: str
    bodies: Mapping[str, Body]


@dataclass(frozen=True)
class Ordered:
    """What an order did: `new` tells it from one whose papers were written once more."""

    order: Order
    new: bool
    left_out: tuple[str, ...]
    files: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()


def orders(connection: Connection) -> list[Order]:
    """Every order in order."""
    found = []
    for number, row in enumerate(ledger.entries(connection, act="open_recheck"), start=1):
        details = ledger.details_of(row)
        given = {form: Body(body) for body, forms in details["bodies"].items() for form in forms}
        found.append(
            Order(number, int(row["seq"]), details["draw"], details["seed"], details["worker"], given)
        )  # fmt: skip
    return found


def _unordered(connection: Connection, drawn: Sequence[Draw]) -> Draw | None:
    opened = {order.draw for order in orders(connection)}
    return next((one for one in drawn if one.seq not in opened), None)


def waiting_draw(connection: Connection) -> Draw | None:
    """The draw that is sealed and not ordered yet."""
    return _unordered(connection, draws(connection))


def own_forms(connection: Connection, viewer: Viewer) -> dict[str, Body]:
    """The forms that a re-check team is ordered to ask again: those of its body, or of both where it has none."""
    given = {form: body for one in orders(connection) for form, body in one.bodies.items()}
    return {form: body for form, body in given.items() if viewer.body in (None, str(body))}


def short_form_of(connection: Connection) -> ShortForm:
    """The short form that the first order has settled. Raises SurveyError RECHECK_NOTHING_ORDERED."""
    opened = list(ledger.entries(connection, act="open_recheck"))
    if not opened:
        raise stop("RECHECK_NOTHING_ORDERED")
    text = ledger.details_of(opened[0])["short_form"]
    return short_forms.parse(text, place=Place(file="short_form.toml")).value


def order(
    store: Store, folder: Path, *, form_file: Path | None = None, worker: str | None = None, paper: str | None = None
) -> Ordered:
    """Reveal the draw that waits, order the re-check of its forms, and write the papers of the two bodies.

    With `worker` all of his forms that can be re-checked and are not ordered are ordered, for a cause, not by chance.
    Where nothing waits, the papers of the last order are written once more. Every order uses one short form.
    Raises SurveyError RECHECK_NOT_DRAWN, RECHECK_NO_FORMS, RECHECK_FORM_CHANGED, PERSONAL_DATA_LOCKED.
    """
    from sipas_survey.workflow.recheck_papers import write_papers

    store.unlocked()
    asked = short_forms.load(form_file).or_raise() if form_file else None
    with store.write() as transaction:
        done = _order_worker(transaction, worker, asked) if worker else _order_draw(transaction, asked)
        if not done.new:
            transaction.abandon()
    files = write_papers(store, folder, done.order, paper=paper)
    return replace(done, files=tuple(files))


def _order_draw(transaction: Transaction, asked: ShortForm | None) -> Ordered:
    connection, store = transaction.connection, transaction.store
    every, before = draws(connection), orders(connection)
    waiting = _unordered(connection, every)
    if waiting is None:
        if not before:
            raise stop("RECHECK_NOT_DRAWN")
        _same_short_form(connection, asked)
        return Ordered(before[-1], False, ())
    selection = rechecks.unseal(connection, store.unlocked(), seq=waiting.seq)
    again = tuple(each.form for each in rule.select(waiting.cells, selection.seed))
    if rule.seed_digest(selection.seed) != waiting.seed_digest or again != selection.forms:
        raise stop("RECHECK_NOT_REPEATED", found=str(waiting.seq))
    forms = [each for each in waiting.forms if each.form in set(again)]
    return _opened(transaction, asked, forms, draw=waiting.seq, seed=selection.seed)


def _order_worker(transaction: Transaction, worker: str, asked: ShortForm | None) -> Ordered:
    """Order all of a worker's forms; where they all are ordered, the last order of his stands."""
    connection = transaction.connection
    before = orders(connection)
    done = {form for one in before for form in one.bodies}
    records = current(connection, transaction.store)
    forms = [each for each in rule.checkable(records, without=done) if each.worker == normal(worker)]
    if not forms:
        mine = [one for one in before if one.worker == normal(worker)]
        if not mine:
            raise stop("RECHECK_NO_FORMS", found=worker)
        return Ordered(mine[-1], False, ())
    return _opened(transaction, asked, forms, worker=normal(worker), seed="")


def current(connection: Connection, store: Store) -> list[FormRecord]:
    """Where every form stands now, from the ledger."""
    return casebook.folded(connection, visits=store.settings.defaults.visits)


def _same_short_form(connection: Connection, asked: ShortForm | None) -> None:
    if asked is not None and asked.text != short_form_of(connection).text:
        raise stop("RECHECK_FORM_CHANGED", found=asked.code)


def _opened(
    transaction: Transaction, asked: ShortForm | None, forms: Sequence[Checkable], *, draw: int = 0, seed: str,
    worker: str = "",
) -> Ordered:  # fmt: skip
    """Write the entry of an order and the events of its forms; forms that cannot be ordered any more are named."""
    connection, store = transaction.connection, transaction.store
    if orders(connection):
        _same_short_form(connection, asked)
    text = "" if orders(connection) else (asked or short_forms.load().or_raise()).text
    bodies = rule.bodies(forms, seed)
    events = [
        Event("", form, Act.ORDER_RECHECK, store.today, reason=str(body), author=store.author)
        for form, body in sorted(bodies.items())
    ]
    desk = open_desk(connection, store, events)
    admissions = offer_all(desk.register, [(event, Place(form=event.form)) for event in events])
    left_out = tuple(sorted(a.event.form for a in admissions if a.arrival is Arrival.REFUSED))
    held = {str(b): sorted(f for f, one in bodies.items() if one is b and f not in left_out) for b in Body}
    details: dict[str, Any] = {"draw": draw, "seed": seed, "worker": worker, "bodies": held, "left_out": left_out}
    if desk.register.admitted:
        write(transaction, desk)
    transaction.note("open_recheck", **details, short_form=text)
    told = tuple(problem("RECHECK_LEFT_OUT", Place(form=form), found=form) for form in left_out)
    return Ordered(orders(connection)[-1], True, left_out, problems=told)


# ---------------------------------------------------------------- as plain values
def record_of_draw(drawn: Draw) -> dict[str, Any]:
    """What may be said of a draw before it is ordered: nothing of which forms were taken."""
    workers = {each.group for each in drawn.forms}
    return {
        "entry": drawn.seq,
        "forms": len(drawn.forms),
        "selected": drawn.selected,
        "workers": len(workers),
        "share": drawn.selected / len(drawn.forms),
        "seed_digest": drawn.seed_digest,
    }


def record_of_order(done: Ordered) -> dict[str, Any]:
    """What an order did."""
    counted = Counter(done.order.bodies.values())
    return {
        "number": done.order.number,
        "new": done.new,
        "worker": done.order.worker or None,
        "seed": done.order.seed or None,
        "forms": len(done.order.bodies),
        **{str(body): counted[body] for body in Body},
        "left_out": len(done.left_out),
        "files": [str(file) for file in done.files],
    }
