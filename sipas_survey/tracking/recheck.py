"""The re-check: which forms are drawn for it and with what probability, what it can find, and what follows.

Forms that came back, replacements among them, and forms given back blank are drawn within cells: a post worker, what
became of the form (`Layer`), and a village where that village would else have no form. From every cell at least one
form is drawn, so that every form has a known probability above 0.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from sipas_survey.cases import ListKind
from sipas_survey.statistics.selection import permanent_random_numbers, simple_random_order
from sipas_survey.tracking.forms import Act, State
from sipas_survey.tracking.progress import FormRecord


class Layer(StrEnum):
    """What became of a form, in the order in which a worker's least number is taken."""

    RETURNED = "returned"
    REPLACEMENT = "replacement"  # returned by somebody from the reserve
    REFUSAL = "refusal"
    NON_CONTACT = "non_contact"
    OTHER = "other"  # moved, not eligible, deceased


BACK = (Layer.RETURNED, Layer.REPLACEMENT)


class Finding(StrEnum):
    """What the re-check found of a form."""

    CONFIRMED = "confirmed"
    WRONG_PERSON = "wrong_person"
    NO_FORM = "no_form"
    FILLED_BY_OTHER = "filled_by_other"
    COACHED = "coached"
    ANSWERS_DIFFER = "answers_differ"
    NOT_REACHED = "not_reached"
    REFUSED = "refused"


OPEN = frozenset({Finding.NOT_REACHED, Finding.REFUSED})
"""Findings that leave the question open: no fault of anybody."""

NOT_CONFIRMED = frozenset(Finding) - OPEN - {Finding.CONFIRMED}


class Body(StrEnum):
    """The two bodies that re-check."""

    FRONT = "front"
    VETERANS = "veterans"


@dataclass(frozen=True, slots=True)
class Rules:
    """How much is drawn: a share of each worker's forms, rounded up, and the least numbers."""

    share: Fraction = Fraction(1, 5)
    per_worker: int = 2
    per_village: int = 1


class Checkable(NamedTuple):
    """A form that can be re-checked."""

    form: str
    worker: str
    district: str
    commune: str
    village: str
    layer: Layer

    @property
    def group(self) -> tuple[str, str]:
        """Whose form it is; forms of which no worker is told are taken together by district."""
        return (self.worker, "" if self.worker else self.district)

    @property
    def place(self) -> tuple[str, str]:
        """Its village; its commune where no village is told."""
        return (self.commune, self.village)


_CLOSED: Mapping[State, Layer] = {
    State.REFUSED: Layer.REFUSAL,
    State.NOT_MET_FINAL: Layer.NON_CONTACT,
    State.MOVED: Layer.OTHER,
    State.INELIGIBLE: Layer.OTHER,
    State.DECEASED: Layer.OTHER,
}


def layer_of(record: FormRecord) -> Layer | None:
    """What became of a form; None where there is nothing to re-check."""
    if not record.last_of_case or Act.ORDER_RECHECK not in record.state.allowed():
        return None
    if record.state.state in _CLOSED:
        return _CLOSED[record.state.state]
    return Layer.RETURNED if record.kind is ListKind.MAIN else Layer.REPLACEMENT


def checkable(records: Iterable[FormRecord], *, without: Iterable[str] = ()) -> list[Checkable]:
    """The forms that can be re-checked, but those of earlier draws, in order of form code."""
    before = set(without)
    found = []
    for record in records:
        layer = layer_of(record)
        if layer is not None and record.form not in before:
            place = record.place
            names = (place["district_code"], place["commune_code"], place["village"])
            found.append(Checkable(record.form, record.state.worker, *names, layer))
    return sorted(found)


def digest(forms: Sequence[Checkable]) -> str:
    """SHA-256 of forms in order of code: lines of their fields, joined by TAB, ended by LF."""
    text = "".join("\t".join(each) + "\n" for each in sorted(forms))
    return hashlib.sha256(text.encode()).hexdigest()


# ---------------------------------------------------------------- cells
@dataclass(frozen=True, slots=True)
class Cell:
    """Forms that are drawn from together: `n` of them, each with probability n/N."""

    group: tuple[str, str]
    layer: Layer
    forms: tuple[str, ...]
    n: int


Villages = dict[tuple[str, str], list[str]]


def cells(forms: Sequence[Checkable], rules: Rules) -> list[Cell]:
    """The cells of a draw, in order of worker and layer, and how many forms are drawn from each."""
    held: dict[tuple[str, str], dict[Layer, Villages]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for each in sorted(forms):
        held[each.group][each.layer][each.place].append(each.form)
    keepers = _keepers(forms) if rules.per_village else {}
    return [
        cell
        for group in sorted(held)
        for layer, target in _targets(held[group], rules).items()
        for cell in _divided(group, layer, held[group][layer], target, keepers, rules)
    ]


def _keepers(forms: Iterable[Checkable]) -> dict[tuple[str, str], tuple[tuple[str, str], Layer]]:
    """By village, the worker and layer that its least number is drawn from: returned before replaced, most forms."""
    counted = Counter((each.place, each.group, each.layer) for each in forms if each.layer in BACK)
    keepers: dict[tuple[str, str], tuple[tuple[str, str], Layer]] = {}
    for (place, group, layer), _ in sorted(counted.items(), key=lambda c: (BACK.index(c[0][2]), -c[1], c[0])):
        keepers.setdefault(place, (group, layer))
    return keepers


def _targets(layers: Mapping[Layer, Villages], rules: Rules) -> dict[Layer, int]:
    """How many forms of a worker are drawn from each layer: the share rounded up, the least number from the first."""
    targets = {}
    for i, layer in enumerate(each for each in Layer if each in layers):
        there = sum(map(len, layers[layer].values()))
        least = rules.per_worker if i == 0 else 1
        targets[layer] = max(math.ceil(rules.share * there), min(least, there), 1)
    return targets


def _divided(
    group: tuple[str, str], layer: Layer, villages: Villages, target: int,
    keepers: Mapping[tuple[str, str], tuple[tuple[str, str], Layer]], rules: Rules,
) -> list[Cell]:  # fmt: skip
    """A worker's forms of a layer: the villages that it keeps the least number of, and all others together."""
    kept = [place for place in sorted(villages) if keepers.get(place) == (group, layer)]
    parts = [villages[place] for place in kept]
    least = [min(rules.per_village, len(part)) for part in parts]
    rest = [form for place in sorted(villages) if place not in kept for form in villages[place]]
    if rest:
        parts, least = [*parts, rest], [*least, 1]
    numbers = _filled_up(list(map(len, parts)), least, target)
    return [Cell(group, layer, tuple(part), n) for part, n in zip(parts, numbers, strict=True)]


def _filled_up(sizes: Sequence[int], least: Sequence[int], target: int) -> list[int]:
    """Numbers that add up to the target (or more, where the least ones do), each next one to the largest N/(2n + 1)."""
    numbers = list(least)
    for _ in range(target - sum(least)):
        open_cells = [i for i, n in enumerate(numbers) if n < sizes[i]]
        if not open_cells:
            break
        numbers[max(open_cells, key=lambda i: (Fraction(sizes[i], 2 * numbers[i] + 1), -i))] += 1
    return numbers


# ---------------------------------------------------------------- the draw
@dataclass(frozen=True, slots=True)
class Drawn:
    """A form drawn for the re-check. `stratum` numbers worker and layer; `fraction` is the share drawn of that."""

    form: str
    probability: float
    layer: Layer
    stratum: int
    fraction: float


def select(drawn_from: Sequence[Cell], seed: str) -> list[Drawn]:
    """The forms with the smallest permanent random numbers of the text `seed:recheck/form` in each cell, by code.

    Anyone with the seed and the forms gets the same selection.
    """
    strata = {key: i for i, key in enumerate(dict.fromkeys((cell.group, cell.layer) for cell in drawn_from))}
    taken, there = Counter[int](), Counter[int]()
    for cell in drawn_from:
        taken[strata[cell.group, cell.layer]] += cell.n
        there[strata[cell.group, cell.layer]] += len(cell.forms)
    found = []
    for cell in drawn_from:
        stratum = strata[cell.group, cell.layer]
        numbers = permanent_random_numbers([f"recheck/{form}" for form in cell.forms], seed)
        chosen = simple_random_order(cell.forms, numbers, size=cell.n).tolist()
        probability, fraction = cell.n / len(cell.forms), taken[stratum] / there[stratum]
        found += [Drawn(cell.forms[i], probability, cell.layer, stratum, fraction) for i in chosen]
    return sorted(found, key=lambda each: each.form)


def bodies(forms: Sequence[Checkable], seed: str) -> dict[str, Body]:
    """Which body re-checks which form: communes in a random order within each district, each to who has less there."""
    communes: dict[str, Counter[str]] = defaultdict(Counter)
    for each in forms:
        communes[each.district][each.commune] += 1
    given: dict[tuple[str, str], Body] = {}
    total: Counter[Body] = Counter(dict.fromkeys(Body, 0))
    for district, counted in sorted(communes.items()):
        names = sorted(counted)
        numbers = permanent_random_numbers([f"body/{district}/{name}" for name in names], seed)
        here: Counter[Body] = Counter(dict.fromkeys(Body, 0))
        for i in simple_random_order(names, numbers).tolist():
            body = min(Body, key=lambda b: (here[b], total[b]))
            given[district, names[i]] = body
            here[body] += counted[names[i]]
            total[body] += counted[names[i]]
    return {each.form: given[each.district, each.commune] for each in forms}


def seed_digest(seed: str) -> str:
    """SHA-256 of the seed: it stands in the ledger from the draw on, the seed itself from the order on."""
    return hashlib.sha256(seed.encode()).hexdigest()


# ---------------------------------------------------------------- what follows
class Step(StrEnum):
    """What may follow from a finding; a person decides, and a later event takes it back."""

    ANNUL = "annul"
    REPLACE = "replace"
    RECHECK_WORKER = "recheck_worker"


class Proposal(NamedTuple):
    """A step that a finding calls for: about a form, or (`RECHECK_WORKER`) about all forms of a worker."""

    step: Step
    form: str
    worker: str
    finding: Finding


_ANNULLED_FOR = frozenset({Finding.NO_FORM, Finding.WRONG_PERSON, Finding.FILLED_BY_OTHER})


def proposals(
    found: Mapping[str, Finding], states: Mapping[str, FormRecord], *, unchecked: Mapping[str, int]
) -> list[Proposal]:
    """What the findings call for and has not been done yet.

    Parameters
    ----------
    found : the standing finding of each form.
    states : where forms stand now, by code.
    unchecked : forms of each worker that can be re-checked and are not ordered.

    Returns
    -------
    A form that nobody got, that somebody else got or filled in: to be annulled, then replaced from the reserve. A form
    that never was: all forms of that worker to be re-checked. An outcome that is not confirmed annuls nothing.
    """
    told: list[Proposal] = []
    for form, finding in sorted(found.items()):
        record = states.get(form)
        if record is None or finding not in _ANNULLED_FOR:
            continue
        allowed, worker = record.state.allowed(), record.state.worker
        if Act.ANNUL in allowed:
            told.append(Proposal(Step.ANNUL, form, worker, finding))
        elif record.state.state is State.ANNULLED and Act.REPLACE in allowed:
            told.append(Proposal(Step.REPLACE, form, worker, finding))
        if finding is Finding.NO_FORM and worker and unchecked.get(worker):
            told.append(Proposal(Step.RECHECK_WORKER, form, worker, finding))
    return told
