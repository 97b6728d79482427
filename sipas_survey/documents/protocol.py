"""The protocol of a public draw on one page, as HTML or PDF: read out, signed, and checked by anyone."""

from collections.abc import Sequence
from typing import Any

from sipas_survey.documents.pages import html_templates, pdf
from sipas_survey.formats import MISSING, Lang, moment, number, word
from sipas_survey.sampling.protocol import CheckedUnit, Protocol, StratumCount
from sipas_survey.sampling.staged import StageUnit
from sipas_survey.sampling.stages import StageRule

_SIGNERS = ("home_affairs", "post_office", "front")


def render_html(protocol: Protocol, *, languages: Sequence[Lang]) -> str:
    """The protocol as one self-contained page, a language after the other. The same protocol gives the same text."""
    return html_templates().get_template("protocol.html").render(content=_content(protocol, languages))


def render_pdf(protocol: Protocol, *, languages: Sequence[Lang]) -> bytes:
    """The protocol as A4, a page per language; created, it says, when the draw was made."""
    return pdf("protocol.typ", _content(protocol, languages), created=protocol.drawn_at)


def _content(protocol: Protocol, languages: Sequence[Lang]) -> dict[str, Any]:
    """What both templates print, in words: nothing is worked out in them."""
    return {"pages": [_page(protocol, lang) for lang in languages]}


def _page(protocol: Protocol, lang: Lang) -> dict[str, Any]:
    def say(key: str, **details: object) -> str:
        return word(f"protocol_{key}", lang, **details)

    threshold = protocol.by_threshold
    columns = ["stratum", "population", "main", "reserve", *(("last_main", "last_reserve") if threshold else ())]
    return {
        "lang": lang,
        "state": [say("state"), say("motto")],
        "title": say("title"),
        "survey": f"{protocol.survey_name} – {protocol.round}",
        "headings": {name: say(f"heading_{name}") for name in ("times", "proofs", "rule", "counts", "check", "again")},
        "times": _times(protocol, lang),
        "warning": "" if protocol.published_first else say("not_published"),
        "proofs": _proofs(protocol, lang),
        "rule": _rule(protocol, lang),
        "strata": {
            "columns": [say(f"column_{name}") for name in columns],
            "rows": [_stratum(row, protocol, lang) for row in protocol.strata],
            "total": _total(protocol, lang),
        },
        "check": [say("check"), say("check_threshold" if threshold else "check_by_rule"), say("check_all")],
        "units": {
            "columns": [say(f"column_{name}") for name in ("text", "digits", "stratum_code", "standing")],
            "rows": [_unit(unit, protocol.seed, lang) for unit in protocol.units],
            "total": [],
        },
        "again": _again(protocol, lang),
        "signers": [say(f"signer_{name}") for name in _SIGNERS],
        "sign_here": say("sign_here"),
        "privacy": say("privacy"),
    }


def _rule(protocol: Protocol, lang: Lang) -> str:
    """The rule in plain words: stages and an earlier round, where there are any, around that of a stratum."""
    rule = [word(f"protocol_rule_{protocol.method.replace('-', '_')}", lang)]
    plan = protocol.design.stages
    if plan is not None:
        units = ", ".join(_taken(unit, protocol, lang) for unit in protocol.stages)
        stages = "; ".join(_stage(stage, lang) for stage in plan.stages)
        rule.insert(0, word("protocol_rule_stages", lang, stages=stages))
        rule.append(word("protocol_units", lang, units=units))
    if protocol.design.shift is not None:
        rule.append(word("protocol_rule_shift", lang))
    if protocol.left_out:
        rule.append(word("protocol_rule_left_out", lang, found=number(protocol.left_out, lang)))
    return " ".join(rule)


def _stage(stage: StageRule, lang: Lang) -> str:
    take = word("cli_stage_all", lang) if stage.take is None else number(stage.take, lang)
    size = word(f"cli_stage_size_{stage.size or 'none'}", lang)
    sure = ", ".join(stage.certain) or MISSING
    seat = word("cli_stage_seat", lang) if stage.seat else ""
    level = word(f"cli_stage_{stage.level}", lang)
    return word("cli_stage", lang, level=level, take=take, method=stage.method, size=size, sure=sure + seat)


def _taken(unit: StageUnit, protocol: Protocol, lang: Lang) -> str:
    name = protocol.names.get(unit.key[-1], unit.key[-1])
    return word(
        "protocol_unit", lang, path=f"{name} ({unit.path})", probability=number(unit.probability, lang, decimals=4)
    )


def _times(protocol: Protocol, lang: Lang) -> list[list[str]]:
    frozen, drawn = (moment(at, lang, protocol.timezone) for at in (protocol.frozen_at, protocol.drawn_at))
    published = word("protocol_yes" if protocol.published_first else "protocol_no", lang)
    return [
        [word("protocol_frozen_at", lang), frozen],
        [word("protocol_published_first", lang), published],
        [word("protocol_drawn_at", lang), f"{drawn} ({protocol.timezone})"],
    ]


def _proofs(protocol: Protocol, lang: Lang) -> list[list[str]]:
    names = ("seed", "frame_digest", "people_digest", "list_digest", "ledger_hash")
    values = [[word(f"protocol_{name}", lang), getattr(protocol, name) or MISSING] for name in names]
    return [*values, [word("protocol_program", lang), f"sipas {protocol.package_version}"]]


def _stratum(row: StratumCount, protocol: Protocol, lang: Lang) -> list[str]:
    name = protocol.names.get(row.stratum)
    if protocol.stages:
        codes = row.stratum.split("/", len(protocol.stages[-1].key) - 1)
        name = ", ".join(protocol.names.get(code, code) for code in reversed(codes))
    label = f"{name} ({row.stratum})" if name else row.stratum
    last = [row.last_main or MISSING, row.last_reserve or MISSING] if protocol.by_threshold else []
    return [label, *(number(n, lang) for n in (row.population, row.main, row.reserve)), *last]


def _total(protocol: Protocol, lang: Lang) -> list[str]:
    sums = [sum(getattr(row, name) for row in protocol.strata) for name in ("population", "main", "reserve")]
    return [word("protocol_total", lang), *(number(n, lang) for n in sums), *([""] * 2 * protocol.by_threshold)]


def _unit(unit: CheckedUnit, seed: str, lang: Lang) -> list[str]:
    standing = word(f"protocol_standing_{unit.standing}", lang)
    return [f"{seed}:{unit.unit_id}", unit.digits, unit.stratum, standing]


def _again(protocol: Protocol, lang: Lang) -> list[str]:
    """A sentence for each time that something was done again; one that says so where nothing was."""
    if not protocol.repeated:
        return [word("protocol_once", lang)]
    return [
        word(
            "protocol_repeated",
            lang,
            what=word(f"protocol_what_{time.what}", lang),
            at=moment(time.at, lang, protocol.timezone),
            reason=time.reason,
            digest=time.list_digest or MISSING,
        )
        for time in protocol.repeated
    ]
