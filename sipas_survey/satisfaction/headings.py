"""Which column of an answers file holds what: form, criteria, questions, single choices, and the rest."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sipas_survey.formats import LANGUAGES, search_key, word
from sipas_survey.problems import Checked, Place, Problem, problem
from sipas_survey.satisfaction.questionnaire import Question, QuestionKind, Questionnaire

FORM = "form"
_FORM_HEADINGS = frozenset({FORM, "ma phieu", *(search_key(word("xlsform_form", lang)) for lang in LANGUAGES)})
_NUMBERED = re.compile(r"(?:q|c|cau)?\s*0*([0-9]{1,3})")
_CRITERION_NUMBER = re.compile(r"q0*([0-9]+)")
_GROUP_END = re.compile(r"[/.:-]")
_TABLET = frozenset({"_uuid", "_id", "key", "submissiondate", "instanceid", "meta/instanceid", "meta-instanceid"})
_METADATA = frozenset(
    {
        "start", "end", "today", "deviceid", "username", "phonenumber", "subscriberid", "simserial", "email", "audit",
        "key", "submissiondate", "submitterid", "submittername", "attachmentspresent", "attachmentsexpected", "status",
        "reviewstate", "edits", "formversion", "instanceid", "instancename",
    }
)  # fmt: skip
"""What ODK Central and KoboToolbox write beside the answers; Kobo's own columns begin with `_`."""

Asked = tuple[str, str]  # a question, and one of its choices or ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions of the columns, by what they hold; `others` by their heading.

    questions : what one column answers, with one choice or several.
    choices : question → choice → the column that says whether it was ticked.
    """

    form: int | None
    criteria: Mapping[str, int]
    questions: Mapping[str, int]
    choices: Mapping[str, Mapping[str, int]]
    others: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Names:
    """What a heading may say, folded → the column here."""

    whole: dict[str, Asked] = field(default_factory=dict)
    numbers: dict[str, Asked] = field(default_factory=dict)


def recognise(headings: Sequence[str], questionnaire: Questionnaire, *, place: Place) -> Checked[Columns]:
    """Find the columns of an answers file.

    Headings are compared without case, accents and outer spaces. A criterion may be called `q15`, `Q15`, `C15`,
    `Câu 15` or `15`, or by its words; a question by its code or words. The groups that ODK and KoboToolbox write before
    a name (`criteria/service/access/q15`) do not matter, `channels/radio` is one choice of a question, and what a
    tablet tells of itself is left out, as are answers in words. What is claimed twice is RESPONSES_COLUMN_TWICE, and
    the first column is kept.
    """
    names = _names(questionnaire)
    from_tablet = any(heading.strip().casefold() in _TABLET for heading in headings)
    taken: dict[Asked, int] = {}
    others: dict[str, int] = {}
    problems: list[Problem] = []
    for position, (heading, name) in enumerate(_named(headings, names)):
        if from_tablet and _is_metadata(heading):
            continue
        known = taken.get(name) if name else others.get(heading.strip())
        if known is not None:
            where = place.at(column=heading)
            problems.append(problem("RESPONSES_COLUMN_TWICE", where, found=heading, first=headings[known]))
        elif name:
            taken[name] = position
        else:
            others[heading.strip()] = position
    return Checked(_columns(taken, others, questionnaire), tuple(problems))


def known_headings(headings: Sequence[str], questionnaire: Questionnaire) -> int:
    """How many of some cells are headings of an answers file; a mere number may be an answer and does not count."""
    names = _names(questionnaire)
    return sum(name is not None for cell, name in _named(headings, names) if not cell.strip().isdecimal())


def value_words(heading: str, questionnaire: Questionnaire) -> frozenset[str]:
    """The words, as `search_key`, by which the column of a heading may be answered; none for any other column."""
    (_, name), *_ = _named([heading], _names(questionnaire))
    labels = (
        [point.labels for point in questionnaire.scale]
        if name in {(c.code, "") for c in questionnaire.criteria}
        else []
    )
    labels += [
        choice.labels
        for section in questionnaire.sections
        for question in section.questions
        if name == (question.code, "")
        for choice in question.choices
    ]
    return frozenset(search_key(text) for words in labels for text in words.values())


def _columns(taken: Mapping[Asked, int], others: Mapping[str, int], questionnaire: Questionnaire) -> Columns:
    asked = [q for section in questionnaire.sections for q in section.questions if q.kind is not QuestionKind.TEXT]
    choices = {q.code: {c.code: taken[q.code, c.code] for c in q.choices if (q.code, c.code) in taken} for q in asked}
    return Columns(
        taken.get((FORM, "")),
        {c.code: taken[c.code, ""] for c in questionnaire.criteria if (c.code, "") in taken},
        {q.code: taken[q.code, ""] for q in asked if (q.code, "") in taken},
        {code: found for code, found in choices.items() if found},
        others,
    )


_LAST: list[tuple[Questionnaire, _Names]] = []
"""The names of the questionnaire that was asked for last: a large file asks once for every piece of it."""


def _names(questionnaire: Questionnaire) -> _Names:
    for known, names in _LAST:
        if known is questionnaire:
            return names
    names = _names_of(questionnaire)
    _LAST[:] = [(questionnaire, names)]
    return names


def _names_of(questionnaire: Questionnaire) -> _Names:
    """What a heading may say. Codes win over words; words that two columns have are nobody's."""
    names, words = _Names(), dict[str, set[Asked]]()
    codes: dict[str, Asked] = {}
    for section in questionnaire.sections:
        for question in section.questions:
            _add(question, codes, words)
        for criterion in section.criteria:
            codes[_folded(criterion.code)] = (criterion.code, "")
            for label in criterion.labels.values():
                words.setdefault(_folded(label), set()).add((criterion.code, ""))
            if number := _CRITERION_NUMBER.fullmatch(criterion.code):
                names.numbers[number[1]] = (criterion.code, "")
    names.whole.update({text: next(iter(meant)) for text, meant in words.items() if len(meant) == 1})
    names.whole.update(dict.fromkeys(_FORM_HEADINGS, (FORM, "")))
    names.whole.update(codes)
    return names


def _add(question: Question, codes: dict[str, Asked], words: dict[str, set[Asked]]) -> None:
    """The headings of a question and, where several choices may be ticked, of each choice."""
    codes[_folded(question.code)] = (question.code, "")
    for label in question.labels.values():
        words.setdefault(_folded(label), set()).add((question.code, ""))
    for choice in question.choices if question.kind is QuestionKind.MANY else ():
        for sign in "/._:- ":
            codes[_folded(f"{question.code}{sign}{choice.code}")] = (question.code, choice.code)
        for lang, label in choice.labels.items():
            both = _folded(f"{question.labels.get(lang, '')}/{label}")
            words.setdefault(both, set()).add((question.code, choice.code))


def _named(headings: Sequence[str], names: _Names) -> Iterator[tuple[str, Asked | None]]:
    """Each heading with its column here, or None. A whole heading goes before one behind the names of groups."""
    folded = [_folded(heading) for heading in headings]
    found = [_as_it_stands(text, names) for text in folded]
    claimed = set(found)
    for i, heading in enumerate(headings):
        name = found[i] or _behind_groups(folded[i], names)
        yield heading, found[i] or (name if name not in claimed else None)


def _as_it_stands(text: str, names: _Names) -> Asked | None:
    number = _NUMBERED.fullmatch(text)
    return names.whole.get(text) or (names.numbers.get(number[1]) if number else None)


def _behind_groups(text: str, names: _Names) -> Asked | None:
    """`criteria service/access/q15` names what stands behind its groups; the longest such name wins."""
    for end in _GROUP_END.finditer(text):
        if (name := names.whole.get(text[end.end() :].strip())) is not None:
            return name
    return None


def _is_metadata(heading: str) -> bool:
    plain = heading.strip().casefold()
    *groups, last = _GROUP_END.split(plain)
    return plain.startswith("_") or "meta" in groups or plain in _METADATA or (bool(groups) and last in _METADATA)


def _folded(heading: str) -> str:
    return search_key(heading.replace("_", " "))
