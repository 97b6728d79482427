"""The second chapter, first half: how many names each stratum gives, and what they will be able to say."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from sipas_survey.exchange import headings
from sipas_survey.exchange.tables import open_table
from sipas_survey.formats import Lang
from sipas_survey.places import Units
from sipas_survey.problems import Place, Problem, problem, stop
from sipas_survey.sampling import design as designs
from sipas_survey.sampling import quotas, stages
from sipas_survey.sampling.allocation import Allocation, Target, allocate, read_targets
from sipas_survey.sampling.design import Design, Plan
from sipas_survey.sampling.methods import Method
from sipas_survey.sampling.precision import Precision, precision, told_of
from sipas_survey.storage import casebook, frames, ledger
from sipas_survey.storage.frozen import in_file
from sipas_survey.storage.store import Store
from sipas_survey.workflow import rounds
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.reopening import Reopened, reopen

_QUOTA_ALIASES: headings.Aliases = {
    "district_code": ("Mã huyện", "Huyện", "District"),
    "commune_code": ("Mã xã", "Xã", "Commune"),
    "stratum": ("Tầng",),
    "quota": ("Chỉ tiêu", "Số phiếu", "Forms"),
    "group": ("Nhóm", "Group"),
    "margin": ("Sai số", "Margin"),
    "expected": ("Tỷ lệ dự kiến", "Expected"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A design as it is asked for: None stands for what the settings say.

    `quota_file` or `total` with `allocation`, `targets_file`, `minimum` and `maximum`, or `per_district`, or `stages`:
    a shipped plan or a file. `groups_file` puts communes together. `leave_out` or `shift` is the folder of an earlier
    round, whose people are kept out; with `shift` a share `overlap` of the names stays from that round.
    """

    per_district: int | None = None
    quota_file: Path | None = None
    total: int | None = None
    allocation: str | None = None
    targets_file: Path | None = None
    minimum: int = 0
    maximum: int | None = None
    within: tuple[str, ...] = ()
    method: str = str(Method.SIMPLE)
    size: str | None = None
    reserve: float | None = None
    stages: str | None = None
    groups_file: Path | None = None
    leave_out: Path | None = None
    shift: Path | None = None
    overlap: float = 0.0


@dataclass(frozen=True)
class Outlook:
    """A design over the frame as it stands, with the precision of every stratum, district and of all together."""

    plan: Plan
    design: Design
    strata: Mapping[str, Precision]
    total: Precision
    target: Fraction
    problems: tuple[Problem, ...]


def set_design(store: Store, asked: Asked | None = None, *, dry_run: bool = False, again: str | None = None) -> Outlook:
    """Set how many names each stratum gives; refused (DESIGN_FIXED) once another design has been drawn.

    With `again`, a reason, that draw is set aside.
    """
    design, told = _made(store, asked or Asked())
    with store.write() as transaction:
        connection = transaction.connection
        if casebook.drawn(connection):
            if design.as_record() != _drawn_record(connection):
                if again is None:
                    raise stop("DESIGN_FIXED")
                reopen(transaction, Reopened.DESIGN, reason=again)
                transaction.note("set_design", **design.as_record())
        elif design.as_record() != _stored_record(connection):
            transaction.note("set_design", **design.as_record())
        plan = _plan(connection, design, designs.stratum_column(units_of(store)))
        if dry_run:
            transaction.abandon()
    return _outlook(store, plan, design, told)


def _made(store: Store, asked: Asked) -> tuple[Design, tuple[Problem, ...]]:
    """The design that is asked for; quotas that are to be allocated are divided over the frame as it stands."""
    units, defaults = units_of(store), store.settings.defaults
    if asked.stages is not None:
        return _staged(store, asked, units)
    if asked.leave_out is not None and (asked.size is not None or asked.method == Method.PPS_SYSTEMATIC):
        raise stop("ROUND_METHOD", found=asked.method, method=str(Method.SIMPLE))
    groups = _groups(asked.groups_file, units) if asked.groups_file else None
    quota: dict[str, int] | None = None
    allocation: dict[str, object] | None = None
    told: tuple[Problem, ...] = ()
    if asked.quota_file:
        table, place = _table(asked.quota_file)
        quota = quotas.read_quota(table, units, place=place, groups=groups).or_raise()
    elif asked.allocation is not None or asked.total is not None:
        quota, allocation, told = _allocated(store, asked, groups)
    design = designs.make(
        per_stratum=defaults.per_district if asked.per_district is None else asked.per_district,
        quota=quota,
        reserve=_fraction(defaults.reserve if asked.reserve is None else asked.reserve),
        method=asked.method,
        size=asked.size,
        within=asked.within,
        allocation=allocation,
    )
    design = replace(design, groups=groups)
    return _with_round(store, asked, design), told


def _staged(store: Store, asked: Asked, units: Units) -> tuple[Design, tuple[Problem, ...]]:
    """The design of a plan in stages; the plan says everything but the earlier round."""
    plan = stages.load(asked.stages or "")
    stages.check_units(plan, units)
    with store.read() as connection:
        nowhere = sum(n for (village,), n in frames.sizes(connection, ["village"]) if not village)
    told = (problem("STAGES_NO_VILLAGE", found=str(nowhere)),) if nowhere and "village" in plan.columns else ()
    design = Design(plan.take, None, Fraction(plan.reserve, plan.take), plan.method, stages=plan)
    return _with_round(store, asked, design), told


def _with_round(store: Store, asked: Asked, design: Design) -> Design:
    if asked.leave_out is not None:
        store.unlocked()
        return replace(design, left_out=rounds.left_out_of(store, asked.leave_out))
    if asked.shift is not None:
        return replace(design, shift=rounds.shift_of(store, asked.shift, design, overlap=asked.overlap))
    return design


def _groups(file: Path, units: Units) -> dict[str, str]:
    table, place = _table(file)
    return quotas.read_groups(table, units, place=place).or_raise()


def _allocated(
    store: Store, asked: Asked, groups: dict[str, str] | None
) -> tuple[dict[str, int], dict[str, object], tuple[Problem, ...]]:
    kind = Allocation(asked.allocation or Allocation.PROPORTIONAL)
    if asked.total is None and kind is not Allocation.BETHEL:
        raise stop("DESIGN_TOTAL_MISSING", found=str(kind))
    units = units_of(store)
    targets: tuple[Target, ...] = ()
    if asked.targets_file:
        table, place = _table(asked.targets_file)
        targets = read_targets(table, units, place=place).or_raise()
    with store.read() as connection:
        top = Design(groups=groups)
        counted = frames.sizes(connection, top.columns(designs.stratum_column(units)))
    sizes = designs.summed(top, counted)
    if not sizes:
        raise stop("FRAME_EMPTY")
    divided = allocate(
        kind, sizes, total=asked.total, targets=targets, minimum=asked.minimum,
        maximum=asked.maximum,
    )  # fmt: skip
    record = {"kind": str(kind), "total": asked.total, "minimum": asked.minimum, "maximum": asked.maximum}
    wanted = [{"stratum": t.stratum, "margin": t.margin, "expected": t.expected} for t in targets]
    return divided.value, {**record, **({"targets": wanted} if wanted else {})}, divided.problems


def _table(file: Path) -> tuple[pd.DataFrame, Place]:
    """A table of quotas or targets with its headings understood."""
    source = open_table(file)
    names = headings.match(source.columns, _QUOTA_ALIASES, place=source.place).or_raise()
    return headings.renamed(source.frame().or_raise(), names), source.place


def _drawn_record(connection: Connection) -> dict[str, Any]:
    """The record of the design that was drawn, as `as_record` gives it."""
    details = ledger.standing(connection, "draw") or {}
    return Design.from_record(details["design"]).as_record()


def _fraction(value: float) -> Fraction:
    return Fraction(str(value))  # 0.1 means one tenth, not its nearest double


def _stored_record(connection: Connection) -> dict[str, Any] | None:
    stored = ledger.last_details(connection, "set_design")
    if stored is None:
        return None
    return {name: stored[name] for name in designs.RECORDED if name in stored}


def design_of(connection: Connection, store: Store) -> Design:
    """The design that was set, or the default one."""
    record = _stored_record(connection)
    defaults = store.settings.defaults
    return Design.from_record(record) if record else Design(defaults.per_district, None, _fraction(defaults.reserve))


def _plan(connection: Connection, design: Design, column: str) -> Plan:
    if in_file(connection):  # what was counted at the draw; nobody else is stored
        drawn = ledger.standing(connection, "draw") or {"population": {}}
        population = drawn["population"]
    else:
        population = designs.summed(design, frames.sizes(connection, design.columns(column)))
    return designs.lay_over(design, population) if design.stages is None else designs.expected(design, population)


def show_design(store: Store) -> Outlook:
    """What the design that is set will be able to say."""
    with store.read() as connection:
        design = design_of(connection, store)
        plan = _plan(connection, design, designs.stratum_column(units_of(store)))
    return _outlook(store, plan, design, ())


def _outlook(store: Store, plan: Plan, design: Design, told: tuple[Problem, ...]) -> Outlook:
    target, level = store.settings.targets.satisfaction, store.settings.defaults.level
    strata = {s.stratum: precision([s], target=target, level=level) for s in plan.strata}
    strata |= {top: precision(plan.of(top), target=target, level=level) for top in plan.tops}
    total = precision(plan.strata, target=target, level=level)
    problems = (*told, *plan.problems, *told_of(plan, plan.tops, target=target, level=level))
    return Outlook(plan, design, strata, total, _fraction(target), problems)


# ---------------------------------------------------------------- as plain values
_COUNTS = ("population", "quota", "main", "reserve")


def record_of_outlook(shown: Outlook, lang: Lang) -> dict[str, Any]:
    """A design as plain values: a row for each stratum and district, all together, margins in [0, 1]."""
    rows = [
        {"stratum": s.stratum, **{name: getattr(s, name) for name in _COUNTS}, **_margins(shown.strata[s.stratum])}
        for s in shown.plan.strata
    ]
    return {
        "design": shown.design.as_record(),
        "rows": rows,
        "districts": [_district(top, rows, shown) for top in shown.plan.tops] if shown.design.within else rows,
        "total": {name: sum(row[name] for row in rows) for name in _COUNTS} | _margins(shown.total),
        "problems": [p.as_dict(lang) for p in shown.problems],
    }


def _district(top: str, rows: list[dict[str, Any]], shown: Outlook) -> dict[str, Any]:
    """The sub-strata of a district together."""
    own = {s.stratum for s in shown.plan.of(top)}
    counts = {name: sum(row[name] for row in rows if row["stratum"] in own) for name in _COUNTS}
    return {"stratum": top, **counts, **_margins(shown.strata[top])}


def _margins(found: Precision) -> dict[str, Any]:
    return {
        "margin": found.margin,
        "margin_at_target": found.at_target,
        "met_from": found.met_from,
        "not_met_below": found.not_met_below,
    }
