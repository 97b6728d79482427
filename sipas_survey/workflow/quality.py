"""What in the fieldwork should be looked at: every flag with how unusual it is, and never a verdict."""

from datetime import datetime
from typing import Any

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.formats import Lang, form_code, number, percent, significant, word
from sipas_survey.formats import day as shown_day
from sipas_survey.storage import casebook
from sipas_survey.storage.store import Store
from sipas_survey.tracking import flags as raised
from sipas_survey.tracking.flags import About, Flag, FlagKind, Recorded
from sipas_survey.tracking.forms import Act, Standing
from sipas_survey.workflow.field import waiting
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.progress import form_records


def flags(store: Store, viewer: Viewer = EVERYONE) -> list[Flag]:
    """Everything that should be looked at, the rarest by chance first."""
    records = form_records(store, viewer)
    in_scope = {record.form for record in records}
    with store.read() as connection:
        told = casebook.recorded(connection, (Act.ISSUE, Act.DELIVER, Act.RETURN))
    acts = {
        act: [_recorded(store, row) for row in rows if row[0] in in_scope] for act, rows in told.items()
    }  # fmt: skip
    found = raised.funnels(records)
    found += raised.nothing_else(records, as_of=store.today, districts=bool(units_of(store).districts))
    found += raised.answered_fast([*acts[Act.ISSUE], *acts[Act.DELIVER]], acts[Act.RETURN])
    found += raised.many_in_a_day(acts[Act.RETURN])
    alerts = [each.event for each in waiting(store, viewer) if each.standing is Standing.ALERT]
    found += [Flag(FlagKind.DEAD_CODE_BACK, About.FORM, e.form, 1, 1, day=e.happened_on) for e in alerts]
    return sorted(found, key=lambda flag: (flag.chance is None, flag.chance or 0.0, flag.kind, flag.who))


def _recorded(store: Store, row: tuple[str, str, str, str]) -> Recorded:
    form, worker, happened_on, recorded_at = row
    at = datetime.fromisoformat(recorded_at).astimezone(store.settings.zone)
    return Recorded(form, worker, datetime.fromisoformat(happened_on).date(), at)


# ---------------------------------------------------------------- as plain values
def record_of_flag(flag: Flag, lang: Lang) -> dict[str, Any]:
    """A flag as plain values, with its sentence."""
    return {
        "flag": str(flag.kind),
        "about": str(flag.about),
        "who": flag.who or None,
        "count": flag.count,
        "of": flag.of,
        "expected": flag.expected,
        "lower": flag.lower,
        "upper": flag.upper,
        "chance": flag.chance,
        "day": flag.day.isoformat() if flag.day else None,
        "message": sentence(flag, lang),
    }


def sentence(flag: Flag, lang: Lang) -> str:
    """What was noticed, and beside what."""
    who = form_code(flag.who) if flag.about is About.FORM else flag.who
    return word(
        f"flag_{flag.kind}",
        lang,
        who=word(f"about_{flag.about}", lang, who=who),
        count=number(flag.count, lang),
        of=number(flag.of, lang),
        expected=percent(flag.expected, lang),
        lower=number(flag.lower, lang),
        upper=number(flag.upper, lang),
        chance=significant(flag.chance, lang, digits=2),
        day=shown_day(flag.day, lang),
    )
