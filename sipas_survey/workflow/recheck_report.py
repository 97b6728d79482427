"""What the re-check has found, by worker and district, what it says of the whole round, and what may follow."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.storage import answers as stored_answers
from sipas_survey.storage import casebook, rechecks
from sipas_survey.storage.store import Store
from sipas_survey.tracking import recheck as rule
from sipas_survey.tracking.comparison import (
    FLAG_ABOVE,
    LIST_FROM,
    ItemAgreement,
    Rate,
    Sample,
    differences,
    item_agreement,
    rate,
)
from sipas_survey.tracking.fold import fold
from sipas_survey.tracking.forms import Act, Standing
from sipas_survey.tracking.recheck import BACK, NOT_CONFIRMED, OPEN, Drawn, Finding, Layer, Proposal
from sipas_survey.tracking.short_form import ShortForm
from sipas_survey.workflow.office import questionnaire_of
from sipas_survey.workflow.recheck import Order, current, draws, orders, short_form_of


@dataclass(frozen=True)
class Checked:
    """One ordered form: where it is, what was found, and its answers, first and again, by item."""

    form: str
    worker: str
    district: str
    layer: Layer
    by_chance: bool
    finding: Finding | None
    first: Mapping[str, str]
    again: Mapping[str, str]


@dataclass(frozen=True)
class Report:
    """Everything the re-check says."""

    findings: tuple[dict[str, Any], ...]
    errors: tuple[dict[str, Any], ...]
    items: tuple[ItemAgreement, ...]
    whole: tuple[dict[str, Any], ...]
    listed: tuple[dict[str, Any], ...]
    proposals: tuple[Proposal, ...]


def report(store: Store, viewer: Viewer = EVERYONE) -> Report:
    """Findings, error rates, agreement of answers, and what they say of the round. Raises
    RECHECK_NOTHING_ORDERED.
    """
    with store.read() as connection:
        short, opened = short_form_of(connection), orders(connection)
        drawn = _drawn(connection, opened)
        forms = _checked(connection, store, viewer, short, opened, drawn)
        records = {record.form: record for record in current(connection, store)}
        done = {form for order in opened for form in order.bodies}
        unchecked = Counter(each.worker for each in rule.checkable(records.values(), without=done))
    design = _Design(drawn, forms)
    found = {each.form: each.finding for each in forms if each.finding is not None}
    return Report(
        findings=tuple(_findings(forms, design)),
        errors=tuple(_errors(forms, design, short)),
        items=tuple(_items(design, short, questionnaire_of(store).code)),
        whole=tuple(_whole(design)),
        listed=tuple(_listed(forms, short)),
        proposals=tuple(rule.proposals(found, records, unchecked=unchecked)),
    )


def _drawn(connection: Connection, opened: Iterable[Order]) -> dict[str, tuple[int, Drawn]]:
    """The forms of every draw that has been ordered, with the number of the draw."""
    seeds = {order.draw: order.seed for order in opened if order.draw}
    made = [one for one in draws(connection) if one.seq in seeds]
    return {
        each.form: (i, each) for i, one in enumerate(made) for each in rule.select(one.cells, seeds[one.seq])
    }  # fmt: skip


def _checked(
    connection: Connection, store: Store, viewer: Viewer, short: ShortForm, opened: Sequence[Order],
    drawn: Mapping[str, tuple[int, Drawn]],
) -> list[Checked]:  # fmt: skip
    """Every ordered form in scope, and what came of it."""
    codes = {form for order in opened for form in order.bodies} | set(drawn)
    standing = standing_findings(connection, store, codes)
    records = {record.form: record for record in current(connection, store)}
    again = {row.event_id: row.answers for row in rechecks.read(connection)}
    first = _first(connection, short, questionnaire_of(store).code, codes)
    found = []
    for form in sorted(codes):
        record = records.get(form)
        if record is None or not viewer.sees(record.place["district_code"]):
            continue
        event, finding = standing.get(form, ("", None))
        layer = drawn[form][1].layer if form in drawn else rule.layer_of(record) or Layer.RETURNED
        found.append(
            Checked(
                form, record.state.worker, record.place["district_code"], layer, form in drawn, finding,
                first.get(form, {}), again.get(event, {}),
            )
        )  # fmt: skip
    return found


def standing_findings(connection: Connection, store: Store, codes: Iterable[str]) -> dict[str, tuple[str, Finding]]:
    """The last finding of each form that was not taken back, with the id of its event."""
    by_form: dict[str, list[Any]] = {}
    for event in casebook.form_events(connection, forms=set(codes)):
        by_form.setdefault(event.form, []).append(event)
    known = {str(finding): finding for finding in Finding}
    found: dict[str, tuple[str, Finding]] = {}
    for form, events in by_form.items():
        standing = fold(events, visits=store.settings.defaults.visits).standing
        for event in sorted(events, key=lambda e: e.order):
            effective = standing[event.event_id] is Standing.EFFECTIVE
            if event.act is Act.RECHECK and effective and event.reason in known:
                found[form] = (event.event_id, known[event.reason])
    return found


def _first(connection: Connection, short: ShortForm, questionnaire: str, codes: set[str]) -> dict[str, dict[str, str]]:
    """What the forms themselves say, by item of the short form."""
    compared = short.compared(questionnaire)
    found: dict[str, dict[str, str]] = {}
    for sheet in stored_answers.read(connection):
        if sheet.form in codes:
            usable = {code: str(v) for code, v in sheet.answers.items() if isinstance(v, int) and v}
            told = usable | {code: v for code, v in sheet.respondent.items() if v}
            found[sheet.form] = {item.code: told[code] for code, item in compared.items() if code in told}
    return found


# ---------------------------------------------------------------- the design
class _Design:
    """The forms drawn by chance as a sample, with what was found of each."""

    def __init__(self, drawn: Mapping[str, tuple[int, Drawn]], forms: Sequence[Checked]) -> None:
        by_form = {each.form: each for each in forms}
        held = {form: told for form, told in sorted(drawn.items()) if form in by_form}
        strata = {key: i for i, key in enumerate(sorted({(i, d.stratum) for i, d in held.values()}))}
        fraction = {strata[i, d.stratum]: d.fraction for i, d in held.values()}
        self.forms = [by_form[form] for form in held]
        self.sample = Sample(
            tuple(held),
            np.array([1 / d.probability for _, d in held.values()]),
            np.array([strata[i, d.stratum] for i, d in held.values()], dtype=np.int64),
            np.array([fraction[i] for i in range(len(strata))]),
        )

    def rate(self, told: Callable[[Checked], tuple[float, float]]) -> Rate:
        """A weighted share: `told` says of each form how much counts, of how much."""
        pairs = np.array([told(each) for each in self.forms], dtype=np.float64).reshape(-1, 2)
        return rate(self.sample, pairs[:, 0], pairs[:, 1])


def _plain(forms: Sequence[Checked], told: Callable[[Checked], tuple[float, float]]) -> Rate:
    """A share of a worker's forms, each counted once."""
    pairs = np.array([told(each) for each in forms], dtype=np.float64).reshape(-1, 2)
    return rate(Sample.unweighted([each.form for each in forms]), pairs[:, 0], pairs[:, 1])


def _not_confirmed(each: Checked) -> tuple[float, float]:
    settled = each.finding is not None and each.finding not in OPEN
    return (float(each.finding in NOT_CONFIRMED), float(settled))


Part = tuple[str, str, Callable[[Checked], bool]]


def _parts(forms: Sequence[Checked]) -> list[Part]:
    """The rows of a table: every worker, every district, all."""
    workers = sorted({each.worker for each in forms if each.worker})
    districts = sorted({each.district for each in forms if each.district})
    rows: list[Part] = [("worker", who, lambda e, who=who: e.worker == who) for who in workers]  # type: ignore[misc]
    rows += [("district", who, lambda e, who=who: e.district == who) for who in districts]  # type: ignore[misc]
    return [*rows, ("round", "", lambda _: True)]


def _shares(
    forms: Sequence[Checked], design: _Design, part: Part, told: Callable[[Checked], tuple[float, float]]
) -> Rate:
    """A share of a part: of one worker plain, of more weighted."""
    about, _, within = part
    if about == "worker":
        return _plain([each for each in forms if within(each)], told)
    return design.rate(lambda each: told(each) if within(each) else (0.0, 0.0))


def _findings(forms: Sequence[Checked], design: _Design) -> Iterable[dict[str, Any]]:
    for part in _parts(forms):
        about, who, within = part
        here = [each for each in forms if within(each)]
        counted = Counter(each.finding for each in here)
        share = _shares(forms, design, part, _not_confirmed)
        yield {
            "about": about,
            "who": who or None,
            "ordered": len(here),
            "by_chance": sum(each.by_chance for each in here),
            **{str(finding): counted[finding] for finding in Finding},
            "waiting": counted[None],
            **_record_of_rate(share, "not_confirmed"),
        }


def _errors(forms: Sequence[Checked], design: _Design, short: ShortForm) -> Iterable[dict[str, Any]]:
    for part in _parts(forms):
        for kind in (1, 2, 3):

            def told(each: Checked, kind: int = kind) -> tuple[float, float]:
                return differences(short, each.first, each.again)[kind]

            pairs = [told(each) for each in forms if part[2](each)]
            differing, compared = (sum(pair[i] for pair in pairs) for i in (0, 1))
            if compared:
                yield {
                    "about": part[0],
                    "who": part[1] or None,
                    "type": kind,
                    "differing": int(differing),
                    "compared": int(compared),
                    **_record_of_rate(_shares(forms, design, part, told), "error"),
                    "flagged": differing * 10 > compared * FLAG_ABOVE * 10,
                }


def _items(design: _Design, short: ShortForm, questionnaire: str) -> Iterable[ItemAgreement]:
    for item in short.items:
        if item.target(questionnaire):
            first = [each.first.get(item.code) for each in design.forms]
            again = [each.again.get(item.code) for each in design.forms]
            yield item_agreement(design.sample, item, short.satisfied, first, again)


def _whole(design: _Design) -> Iterable[dict[str, Any]]:
    """The share of all forms not confirmed: of those that came back, and of those given back blank."""
    for name, layers in (("returned", BACK), ("given_back_blank", tuple(set(Layer) - set(BACK)))):

        def held(each: Checked, layers: Sequence[Layer] = layers) -> bool:
            return each.layer in layers

        def told(each: Checked, held: Callable[[Checked], bool] = held) -> tuple[float, float]:
            return _not_confirmed(each) if held(each) else (0.0, 0.0)

        weight = sum(w for w, e in zip(design.sample.weight, design.forms, strict=True) if held(e))
        count = sum(map(held, design.forms))
        if count:
            settled = sum(told(each)[1] for each in design.forms)

            def least(each: Checked, held: Callable[[Checked], bool] = held) -> tuple[float, float]:
                return (_not_confirmed(each)[0], 1.0) if held(each) else (0.0, 0.0)

            def most(each: Checked, held: Callable[[Checked], bool] = held) -> tuple[float, float]:
                bad, settled = _not_confirmed(each)
                return (max(bad, 1 - settled), 1.0) if held(each) else (0.0, 0.0)

            yield {
                "what": name,
                "forms": round(float(weight)),
                "drawn": count,
                "settled": int(settled),
                **_record_of_rate(design.rate(told), "not_confirmed"),
                "lower_bound": design.rate(least).value,
                "upper_bound": design.rate(most).value,
            }


def _listed(forms: Sequence[Checked], short: ShortForm) -> Iterable[dict[str, Any]]:
    """Forms of which so many answers differ that somebody should look."""
    for each in forms:
        pairs = differences(short, each.first, each.again).values()
        differing, compared = (sum(pair[i] for pair in pairs) for i in (0, 1))
        if compared and differing >= LIST_FROM * compared:
            finding = str(each.finding) if each.finding else None
            yield {
                "form": each.form, "worker": each.worker, "district": each.district, "finding": finding,
                "differing": differing, "compared": compared, "share": differing / compared,
            }  # fmt: skip


def _record_of_rate(found: Rate, name: str) -> dict[str, Any]:
    return {
        f"{name}_rate": found.value,
        "se": found.se,
        "lower": found.lower,
        "upper": found.upper,
        "forms_settled" if name == "not_confirmed" else "forms_compared": found.forms,
        "small": found.small,
    }


# ---------------------------------------------------------------- as plain values
def record_of_report(found: Report) -> dict[str, Any]:
    """The report as plain values."""
    return {
        "findings": list(found.findings),
        "errors": list(found.errors),
        "items": [record_of_item(each) for each in found.items],
        "round": list(found.whole),
        "forms": list(found.listed),
        "proposals": [
            {"step": str(p.step), "form": p.form, "worker": p.worker or None, "finding": str(p.finding)}
            for p in found.proposals
        ],
    }


def record_of_item(found: ItemAgreement) -> dict[str, Any]:
    """The agreement of one question as plain values."""
    change = asdict(found.change) if found.change else dict.fromkeys(_OF_CHANGE)
    return {
        "item": found.item.code,
        "type": found.item.type,
        "pairs": found.pairs,
        "gdr": found.gdr,
        "inconsistency": found.inconsistency,
        "kappa": found.kappa,
        "weighted_kappa": found.weighted_kappa,
        "reliability_ratio": found.reliability,
        "yes_no": {name: change[name] for name in _OF_CHANGE},
        "round_gdr": found.gross.value,
        "round_gdr_lower": found.gross.lower,
        "round_gdr_upper": found.gross.upper,
        "round_kappa": found.round_kappa,
        "round_kappa_lower": found.round_kappa_lower,
        "round_kappa_upper": found.round_kappa_upper,
        "small": found.gross.small,
    }


_OF_CHANGE = ("gdr", "ndr", "ndr_se", "inconsistency", "kappa", "mcnemar", "p_value")
