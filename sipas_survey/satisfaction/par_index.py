"""The scoring sheet of the administrative reform index PAR INDEX: fields, criteria, components; points kept exactly.

Only the lowest lines are scored; everything above them is a sum. The part that comes from a sociological survey is
filled in from its results: maximum × share of satisfied answers (the toolkit's default, no official rule).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from sipas_survey.problems import NOWHERE, Checked, Place, Problem, problem

APPRAISED = "appraised"
SURVEYED = "surveyed"
_NONE = Fraction(0)


class Level(StrEnum):
    """The storeys of the sheet, by the number of parts of a line's code."""

    FIELD = "field"
    CRITERION = "criterion"
    COMPONENT = "component"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sheet as it is written.

    code : `3`, `3.1` or `3.1.2`: field, criterion, component. maximum, reached : None where the cell is empty.
    survey : `citizens:service`, the result of a survey that the points follow from; empty where they are appraised.
    """

    code: str
    label: str
    maximum: Fraction | None = None
    reached: Fraction | None = None
    survey: str = ""
    agency: str = ""
    evidence: str = ""
    place: Place = NOWHERE

    @property
    def level(self) -> Level:
        """Field, criterion or component."""
        return tuple(Level)[self.code.count(".")]

    @property
    def parent(self) -> str:
        """The code of the line above; empty for a field."""
        return self.code.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Points:
    """Points of some lines.

    maximum : what could be reached; reached : what was; open : the maximum of lines that nobody has scored yet.
    """

    maximum: Fraction = _NONE
    reached: Fraction = _NONE
    open: Fraction = _NONE

    @property
    def remainder(self) -> Fraction:
        """What is not reached: computed, never copied; the points still open are in it."""
        return self.maximum - self.reached

    @property
    def unscored(self) -> bool:
        """Whether nobody has scored any of it: nothing is reached then, which is not 0 reached."""
        return bool(self.open) and self.open == self.maximum

    @property
    def share(self) -> Fraction | None:
        """Reached of the maximum; None where nothing could be reached or nothing is scored."""
        return self.reached / self.maximum if self.maximum and not self.unscored else None

    def __add__(self, other: "Points") -> "Points":
        return Points(self.maximum + other.maximum, self.reached + other.reached, self.open + other.open)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet whose sums are right, in the order of its file."""

    lines: tuple[Line, ...]

    @property
    def leaves(self) -> tuple[Line, ...]:
        """The lines that are scored: those with none below them."""
        above = {line.parent for line in self.lines}
        return tuple(line for line in self.lines if line.code not in above)

    @property
    def total(self) -> Points:
        """The points of the whole sheet."""
        return _sum(_points(leaf) for leaf in self.leaves)

    def points(self, code: str) -> Points:
        """The points of a line: its own, or the sum of those below it."""
        return _sum(_points(leaf) for leaf in self.leaves if f"{leaf.code}.".startswith(f"{code}."))

    def agency_of(self, line: Line) -> str:
        """Who answers for a line: the agency written beside it or beside the nearest line above."""
        by_code = {each.code: each for each in self.lines}
        while not line.agency and line.parent in by_code:
            line = by_code[line.parent]
        return line.agency

    def by(self, key: Callable[[Line], str]) -> dict[str, Points]:
        """Points by some property of the scored lines, in the order in which it first occurs."""
        found: dict[str, Points] = {}
        for leaf in self.leaves:
            found[key(leaf)] = found.get(key(leaf), Points()) + _points(leaf)
        return found


def source_of(line: Line) -> str:
    """Whether a line's points follow from a survey, or are appraised."""
    return SURVEYED if line.survey else APPRAISED


def _points(leaf: Line) -> Points:
    maximum = leaf.maximum or _NONE
    return Points(maximum, leaf.reached or _NONE, maximum if leaf.reached is None else _NONE)


def _sum(points: Iterable[Points]) -> Points:
    return sum(points, Points())


# ---------------------------------------------------------------- the sheet's own faults
def make_sheet(lines: Sequence[Line], *, total: Line | None = None) -> Checked[Sheet]:
    """The sheet, with every fault of its arithmetic: the codes, what is over its maximum, sums that do not fit.

    total : a line of the whole, where the sheet has one; it is compared only.
    Lines with the same code or without the line above them make no sheet to compute with: then only these are told.
    """
    wrong = _codes(lines)
    sheet = Sheet(tuple(lines))
    if not wrong:
        leaves = set(sheet.leaves)
        for line in lines:
            wrong += _scored(line) if line in leaves else _summed(line, sheet.points(line.code))
        wrong += _summed(total, sheet.total) if total else []
    return Checked(sheet, tuple(wrong))


def _codes(lines: Sequence[Line]) -> list[Problem]:
    known = {line.code for line in lines}
    wrong, before = [], set[str]()
    for line in lines:
        place = line.place.at(column="code")
        if line.code in before:
            wrong.append(problem("PAR_INDEX_CODE_TWICE", place, found=line.code))
        elif line.parent and line.parent not in known:
            wrong.append(problem("PAR_INDEX_NO_PARENT", place, found=line.code, parent=line.parent))
        before.add(line.code)
    return wrong


def _scored(line: Line) -> list[Problem]:
    """The faults of a line that is scored."""
    if line.maximum is None:
        return [problem("PAR_INDEX_NO_MAXIMUM", line.place.at(column="maximum"), found=line.code)]
    if line.reached is not None and line.reached > line.maximum:
        place = line.place.at(column="reached")
        return [problem("PAR_INDEX_OVER", place, found=_text(line.reached), reached=line.reached, maximum=line.maximum)]
    return []


def _summed(line: Line, points: Points) -> list[Problem]:
    """The faults of a line that is a sum: what is written there is compared, and may be left out."""
    wrong = []
    if line.maximum not in (None, points.maximum):
        place = line.place.at(column="maximum")
        wrong.append(_sum_fault("PAR_INDEX_MAXIMUM_SUM", place, line.maximum, points.maximum))
    if line.reached not in (None, points.reached):
        place = line.place.at(column="reached")
        wrong.append(_sum_fault("PAR_INDEX_REACHED_SUM", place, line.reached, points.reached))
    if line.survey:
        wrong.append(problem("PAR_INDEX_SURVEY_ON_SUM", line.place.at(column="survey"), found=line.survey))
    return wrong


def _sum_fault(kind: str, place: Place, written: Fraction | None, points: Fraction) -> Problem:
    return problem(kind, place, found=_text(written), written=written, sum=points)


def _text(points: Fraction | None) -> str:
    return "" if points is None else f"{float(points):.10g}"


# ---------------------------------------------------------------- what surveys fill in
def fill(lines: Sequence[Line], shares: Mapping[str, Fraction | None]) -> Checked[tuple[Line, ...]]:
    """The lines with the points that follow from surveys: maximum × share.

    Parameters
    ----------
    lines : of a sheet.
    shares : the share of satisfied answers in [0, 1] by kind of survey and index, `citizens:service`; None without an
        answer.

    Lines of surveys that are not among `shares` stay as they are. A figure that was typed beside another one computed
    gives way to it, with PAR_INDEX_SURVEY_DIFFERS; without an answer a line stays as it is, with PAR_INDEX_NO_ANSWERS.
    """
    kinds = {key.partition(":")[0] for key in shares}
    filled, told = [], []
    for line in lines:
        place = line.place.at(column="survey")
        if line.survey.partition(":")[0] not in kinds or line.maximum is None:
            filled.append(line)
            continue
        share = shares.get(line.survey)
        if line.survey not in shares:
            told.append(problem("PAR_INDEX_SURVEY_UNKNOWN", place, found=line.survey, known=tuple(shares)))
        elif share is None:
            told.append(problem("PAR_INDEX_NO_ANSWERS", place, found=line.survey))
        else:
            points = line.maximum * share
            if line.reached is not None and abs(line.reached - points) > _TYPED:
                place = line.place.at(column="reached")
                told.append(_differs(place, line.reached, points))
            line = replace(line, reached=points)
        filled.append(line)
    return Checked(tuple(filled), tuple(told))


def _differs(place: Place, typed: Fraction, points: Fraction) -> Problem:
    return problem("PAR_INDEX_SURVEY_DIFFERS", place, found=_text(typed), typed=typed, computed=points)


_TYPED = Fraction(1, 200)  # a typed figure has two decimals
