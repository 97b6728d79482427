"""The sentences of the report: what its numbers mean, in plain words, the same in every renderer."""

from sipas_survey.documents.campaign import Campaign, ResultRow, Verdict
from sipas_survey.formats import Lang, day, number, percent, target_percent, word
from sipas_survey.tracking.progress import RETURN_TARGET, Counts

SIGNS: dict[Verdict, str] = {"met": "✓", "not_met": "✗", "undecided": "?", "no_data": "–"}


def verdict(of: Verdict, lang: Lang) -> str:
    """A verdict as sign and word, readable without colour."""
    return f"{SIGNS[of]} {word(f'verdict_{of}', lang)}"


def rule(holds: bool | None, lang: Lang) -> str:
    """Whether a target is met on the figures themselves, as sign and word."""
    return verdict("no_data" if holds is None else "met" if holds else "not_met", lang)


def place(campaign: Campaign, code: str, lang: Lang) -> str:
    """The name of a place, its code where it has no name, and words for no place."""
    return campaign.places.get(code, code) or word("report_no_place", lang)


def return_target(counts: Counts, lang: Lang) -> str:
    """Whether every issued form is back, as sign and word; no data where none was issued."""
    return rule(counts.target_met if counts.issued else None, lang)


def returned(campaign: Campaign, lang: Lang) -> str:
    """The return rate against its target, in a sentence."""
    counts = campaign.counts
    if not counts.issued:
        return word("report_return_none", lang)
    details = {name: number(getattr(counts, name), lang) for name in ("issued", "returned", "outstanding", "lost")}
    key = "report_return_met" if counts.target_met else "report_return_open"
    return word(key, lang, target=target_percent(RETURN_TARGET, lang), **details)


def withdrawn(campaign: Campaign, lang: Lang) -> str:
    """How many forms were taken out of the return rate, in a sentence that stands wherever the rate does."""
    counts = campaign.counts
    return word(
        "report_withdrawn",
        lang,
        withdrawn=number(counts.withdrawn, lang),
        handed_out=number(counts.handed_out, lang),
        issued=number(counts.issued, lang),
    )


def judged(campaign: Campaign, lang: Lang) -> tuple[str, ...]:
    """The index that is judged: the plan's rule on the figure, then what the interval allows to say."""
    row = campaign.judged
    if row is None or row.value is None:
        return (word("report_no_answers", lang),)
    details = _details(campaign, row, lang)
    by_rule = word("report_judged_reached" if row.reached else "report_judged_not_reached", lang, **details)
    if row.lower is None or row.upper is None:
        return by_rule, word("report_no_interval", lang)
    return by_rule, word(f"report_interval_{row.verdict}", lang, **details)


def _details(campaign: Campaign, row: ResultRow, lang: Lang) -> dict[str, str]:
    targets = (campaign.threshold,)
    return {
        "label": row.label(lang),
        "value": percent(row.value, lang, targets=targets),
        "threshold": target_percent(campaign.threshold, lang),
        "satisfied": number(row.satisfied, lang),
        "valid": number(row.valid, lang),
        "lower": percent(row.lower, lang, targets=targets),
        "upper": percent(row.upper, lang, targets=targets),
    }


def rules(campaign: Campaign, lang: Lang) -> list[tuple[str, str]]:
    """The rules behind the numbers, each with where it comes from: the plan, published practice, the toolkit."""
    details = {
        "threshold": target_percent(campaign.threshold, lang),
        "target": target_percent(RETURN_TARGET, lang),
        "design": campaign.design[lang],
    }
    return [
        (word(f"report_source_{source}", lang), word(f"report_rule_{name}", lang, **details)) for name, source in _RULES
    ]


_RULES = (
    ("threshold", "plan"),
    ("target", "plan"),
    ("withdrawn", "toolkit"),
    ("unweighted", "published"),
    ("pooled", "published"),
    ("blanks", "toolkit"),
    ("interval", "toolkit"),
    ("advisory", "toolkit"),
    ("chance", "toolkit"),
    ("design", "toolkit"),
)


def remarks(campaign: Campaign, lang: Lang) -> list[str]:
    """What a reader has to be told beyond the rules: the note on a flawless return, and the notes of the survey."""
    flawless = [word("report_flawless", lang)] if campaign.counts.flawless else []
    return flawless + [note[lang] for note in campaign.notes]


def foreseen(campaign: Campaign, lang: Lang) -> str:
    """When the last form will be back, if it goes on as in the last working days."""
    found = campaign.forecast
    if found is None or not found.outstanding:
        return word("report_finish_none", lang)
    details = {"recent": number(found.recent, lang), "since": day(found.since, lang)}
    if found.finish is None:
        return word("report_finish_unknown", lang, **details)
    return word("report_finish_at", lang, finish=day(found.finish, lang), **details)
