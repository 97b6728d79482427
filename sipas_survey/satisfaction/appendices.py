"""The appendices of the province's plan: what it prints, what a survey says now, and what does not add up in it.

Remainders, totals, changes and groups are computed from the figures beside them, never copied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations

from sipas_survey.formats import Lang
from sipas_survey.problems import NOWHERE, Place, Problem, problem
from sipas_survey.satisfaction.papi_index import NOTABLE, TOTAL, Group, group_of_rank

Text = Mapping[Lang, str]
_ROUNDED = Fraction(1, 10_000)  # two figures of four decimals that mean the same differ by no more


@dataclass(frozen=True, slots=True)
class PlanItem:
    """An item of Appendix I: points of PAR INDEX. `printed` is the remainder as the plan has it."""

    number: str
    label: Text
    maximum: Fraction
    reached: Fraction
    printed: Fraction | None = None
    place: Place = NOWHERE

    @property
    def remainder(self) -> Fraction:
        """What is not reached."""
        return self.maximum - self.reached


@dataclass(frozen=True, slots=True)
class PublishedShare:
    """A row of Appendix II: share satisfied in [0, 1]; its change against the year before, None where it was new."""

    index: str
    label: str
    share: Fraction
    change: Fraction | None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class PublishedScore:
    """A row of Appendix III: score of a dimension, its change, and the groups of the year and of the year before."""

    dimension: str
    score: Fraction
    change: Fraction | None
    group: Group | None
    last_group: Group | None
    place: Place = NOWHERE

    @property
    def notable(self) -> bool:
        """Whether the change is more than 5 % of the score of the year before."""
        return self.change is not None and abs(self.change) > Fraction(str(NOTABLE)) * (self.score - self.change)


@dataclass(frozen=True, slots=True)
class Statement:
    """What the plan says of a dimension or the total: its group; and the published rank that tells the group."""

    year: int
    dimension: str
    rank: int
    provinces: int
    group: Group
    place: Place = NOWHERE

    @property
    def told_by_rank(self) -> Group:
        """The group in which a province of that rank is."""
        return group_of_rank(self.rank, self.provinces)


@dataclass(frozen=True, slots=True)
class Citation:
    """A document that the plan cites, and with how many different dates."""

    document: str
    dates: int
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as far as it is held: figures of `year`; `units` are those of the surveys that it is about."""

    number: str
    issued_on: date
    year: int
    units: tuple[str, ...]
    papi_province: str
    source: Text
    items: tuple[PlanItem, ...] = ()
    shares: tuple[PublishedShare, ...] = ()
    scores: tuple[PublishedScore, ...] = ()
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()


# ---------------------------------------------------------------- what a survey says now
@dataclass(frozen=True, slots=True)
class Standing:
    """An index of the survey at hand: its share and 95 % interval, and whether it reaches the target."""

    share: Fraction | None
    lower: float | None
    upper: float | None
    reached: bool | None


@dataclass(frozen=True, slots=True)
class ShareLine:
    """A row of Appendix II with the survey beside the plan."""

    published: PublishedShare
    now: Standing | None

    @property
    def change(self) -> Fraction | None:
        """The survey's share less the published one; None without either."""
        return None if self.now is None or self.now.share is None else self.now.share - self.published.share

    @property
    def outside(self) -> bool | None:
        """Whether the published share lies outside the survey's interval; its own error is not published."""
        if self.now is None or self.now.lower is None or self.now.upper is None:
            return None
        return not self.now.lower <= self.published.share <= self.now.upper


@dataclass(frozen=True, slots=True)
class Appendices:
    """The three appendices as a report prints them, and what is wrong in the plan.

    scores_year : of Appendix III. recomputed : from published tables, not as the plan prints it.
    """

    plan: Plan
    shares: tuple[ShareLine, ...]
    scores: tuple[PublishedScore, ...]
    scores_year: int
    recomputed: bool
    faults: tuple[Problem, ...]


def make_appendices(
    plan: Plan, *, now: Mapping[str, Standing] | None = None, scores: Sequence[PublishedScore] = (),
    year: int | None = None,
) -> Appendices:  # fmt: skip
    """The appendices of a plan.

    Parameters
    ----------
    plan : what it prints.
    now : the indices of the survey at hand.
    scores, year : Appendix III recomputed from published tables, with its total; as the plan prints it where there are
        none, its total being the sum of its rounded scores.
    """
    printed = (*plan.scores, printed_total(plan)) if plan.scores else ()
    found = faults(plan)
    if scores and year == plan.year:
        found += differences(plan, scores)
    return Appendices(
        plan=plan,
        shares=tuple(ShareLine(row, (now or {}).get(row.index)) for row in plan.shares),
        scores=tuple(scores) or printed,
        scores_year=plan.year if year is None else year,
        recomputed=bool(scores),
        faults=found,
    )


def printed_total(plan: Plan) -> PublishedScore:
    """The total of the plan's scores; its groups are those that the published ranks tell."""
    groups = {s.year: s.told_by_rank for s in plan.statements if s.dimension == TOTAL}
    changes = [row.change for row in plan.scores]
    change = sum((c for c in changes if c is not None), Fraction(0)) if None not in changes else None
    score = sum((row.score for row in plan.scores), Fraction(0))
    return PublishedScore(TOTAL, score, change, groups.get(plan.year), groups.get(plan.year - 1))


# ---------------------------------------------------------------- what does not add up
def faults(plan: Plan) -> tuple[Problem, ...]:
    """Remainders that are none, two rows with the same figure, groups that ranks deny, documents with two dates."""
    return (
        *(
            problem(
                "PLAN_REMAINDER", item.place, found=item.number, maximum=item.maximum, reached=item.reached,
                remainder=item.remainder, printed=item.printed,
            )
            for item in plan.items
            if item.printed not in (None, item.remainder)
        ),
        *(
            problem("PLAN_SAME_FIGURE", second.place, found=second.label, other=first.label, share=first.share * 100)
            for first, second in combinations(plan.shares, 2)
            if first.share == second.share
        ),
        *(
            problem(
                "PLAN_GROUP", s.place, found=s.dimension, year=str(s.year), rank=s.rank, provinces=s.provinces,
                group=s.group, computed=s.told_by_rank,
            )
            for s in plan.statements
            if s.group is not s.told_by_rank
        ),
        *(problem("PLAN_DATES", c.place, found=c.document, dates=c.dates) for c in plan.citations if c.dates > 1),
    )  # fmt: skip


def differences(plan: Plan, scores: Sequence[PublishedScore]) -> tuple[Problem, ...]:
    """What the plan prints otherwise than the published tables have it: scores and changes beyond rounding, groups."""
    computed = {row.dimension: row for row in scores}
    told = []
    for row in plan.scores:
        other = computed.get(row.dimension)
        if other is None:
            continue
        for column, printed, value in (("score", row.score, other.score), ("change", row.change, other.change)):
            if printed is not None and value is not None and abs(printed - round(value, 4)) > _ROUNDED:
                told.append(_differs(row, column, printed, round(value, 4)))
        if None not in (row.group, other.group) and row.group is not other.group:
            told.append(_differs(row, "group", row.group, other.group))
    return tuple(told)


def _differs(row: PublishedScore, column: str, printed: object, computed: object) -> Problem:
    place = row.place.at(column=column)
    return problem("PLAN_PAPI_DIFFERS", place, found=row.dimension, printed=printed, computed=computed)
