"""What in the answers is unusual among peers: answers under form codes, never a name, and never a verdict."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from math import isnan
from typing import Any

import numpy as np

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.formats import Lang, number, percent, significant, word
from sipas_survey.storage.store import Store
from sipas_survey.tracking.quality import Sheets, Sign, Unusual, interviewer_effects, unusual
from sipas_survey.workflow.answers import load

_SHARES = frozenset(Sign) - {Sign.SPREAD, Sign.DAYS_KEPT}


def answer_flags(store: Store, viewer: Viewer = EVERYONE) -> list[Unusual]:
    """What stands out in the answers of a worker or a district, the rarest first; nothing before answers are in."""
    sheets = _sheets(store, viewer)[0]
    return unusual(sheets) if len(sheets.answers) else []


def effects(store: Store, viewer: Viewer = EVERYONE) -> list[dict[str, Any]]:
    """The interviewer effect 1 + ρ(m − 1) on the mean answer of each element of the questionnaire."""
    sheets, codes = _sheets(store, viewer)
    found = interviewer_effects(sheets) if len(sheets.answers) else []
    told = [{"index": code, **asdict(each)} for code, each in zip(codes, found, strict=False)]
    return [
        {name: None if isinstance(v, float) and isnan(v) else v for name, v in row.items()} for row in told
    ]  # fmt: skip


def _sheets(store: Store, viewer: Viewer) -> tuple[Sheets, list[str]]:
    """The answers that count, with worker, place and days of their forms, and the codes of the batteries."""
    held = load(store, viewer)
    column = {code: j for j, code in enumerate(held.responses.criteria)}
    elements = {
        element.code: tuple(
            column[c.code]
            for c in held.responses.questionnaire.criteria
            if c.element == element.code and c.code in column
        )
        for element in held.responses.questionnaire.elements
    }
    elements = {code: columns for code, columns in elements.items() if columns}
    places = [record.place for record in held.records]
    sheets = Sheets(
        answers=held.responses.answers.astype(np.int64),
        batteries=tuple(elements.values()),
        worker=[record.state.worker for record in held.records],
        district=[place["district_code"] for place in places],
        commune=[place["commune_code"] for place in places],
        issued=_ordinals(record.state.issued_on for record in held.records),
        returned=_ordinals(record.state.returned_on for record in held.records),
    )
    return sheets, list(elements)


def _ordinals(days: Iterable[date | None]) -> Any:
    return np.array([day.toordinal() if day else 0 for day in days], dtype=np.int64)


# ---------------------------------------------------------------- as plain values
def record_of_unusual(flag: Unusual, lang: Lang) -> dict[str, Any]:
    """A flag as plain values, with its sentence."""
    return {
        "flag": str(flag.sign),
        "about": flag.about,
        "who": flag.who,
        "value": flag.value,
        "of": flag.forms,
        "expected": flag.expected,
        "chance": flag.chance,
        "peers": flag.peers,
        "within": str(flag.within),
        "small": flag.small,
        "message": sentence(flag, lang),
    }


def sentence(flag: Unusual, lang: Lang) -> str:
    """What was noticed, beside what, and how rare it is."""

    def shown(value: float) -> str:
        return percent(value, lang) if flag.sign in _SHARES else number(value, lang, decimals=2)

    said = word(
        f"unusual_{flag.sign}",
        lang,
        who=word(f"about_{flag.about}", lang, who=flag.who),
        value=shown(flag.value),
        expected=shown(flag.expected),
        forms=number(flag.forms, lang),
        within=word(f"within_{flag.within}", lang),
        chance=significant(flag.chance, lang, digits=2),
    )
    return f"{said} {word('unusual_few', lang)}" if flag.small else said
