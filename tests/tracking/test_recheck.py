"""The draw of the re-check: least numbers, known probabilities, and what findings call for."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.tracking import recheck
from sipas_survey.tracking.recheck import BACK, Body, Checkable, Layer, Rules

FORMS = [
    Checkable(f"{i:04d}", f"W{i % 5}", f"D{i % 5 // 3}", f"C{i % 10}", f"V{i % 20}", layer)
    for i, layer in enumerate(
        [Layer.RETURNED] * 120 + [Layer.REPLACEMENT] * 12 + [Layer.REFUSAL] * 9 + [Layer.NON_CONTACT] * 4
    )
]
some_forms = st.lists(
    st.tuples(st.sampled_from(["", "W1", "W2", "W3"]), st.sampled_from("abcd"), st.sampled_from(list(Layer))),
    min_size=1, max_size=60,
).map(lambda rows: [Checkable(f"{i:04d}", w, "D", "C", v, layer) for i, (w, v, layer) in enumerate(rows)])  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(some_forms, st.sampled_from([Fraction(1, 5), Fraction(1, 20), Fraction(1)]))
def test_least_numbers_and_probabilities(forms: list[Checkable], share: Fraction) -> None:
    """Every form is in one cell; share, two a worker and one a village are reached; weights add up to the forms."""
    cells = recheck.cells(forms, Rules(share))
    assert sorted(form for cell in cells for form in cell.forms) == [each.form for each in forms]
    drawn = {each.form: each for each in recheck.select(cells, "x")}
    assert all(0 < each.probability <= 1 for each in drawn.values())
    assert sum(1 / each.probability for each in drawn.values()) == pytest.approx(len(forms))
    taken = [each for each in forms if each.form in drawn]
    there, chosen = Counter(f.group for f in forms), Counter(f.group for f in taken)
    for group, count in there.items():
        assert chosen[group] >= min(2, count)
        assert chosen[group] >= share * count
    assert {f.place for f in taken if f.layer in BACK} == {f.place for f in forms if f.layer in BACK}
    assert {(f.group, f.layer) for f in taken} == {(f.group, f.layer) for f in forms}


def test_the_share_is_rounded_up_and_goes_to_large_cells() -> None:
    """Without villages a worker's 24 returned forms give five, each other outcome of his one."""
    cells = recheck.cells(FORMS, Rules(per_village=0))
    numbers = Counter[tuple[str, Layer]]()
    for cell in cells:
        numbers[cell.group[0], cell.layer] += cell.n
    assert {n for (_, layer), n in numbers.items() if layer is Layer.RETURNED} == {5}
    assert {n for (_, layer), n in numbers.items() if layer is not Layer.RETURNED} == {1}


def test_the_same_seed_gives_the_same_forms() -> None:
    """Whatever the order of the forms; another seed gives others."""
    cells, turned = recheck.cells(FORMS, Rules()), recheck.cells(FORMS[::-1], Rules())
    first = recheck.select(cells, "a")
    assert recheck.select(turned, "a") == first
    assert recheck.select(cells, "b") != first
    assert recheck.digest(FORMS) == recheck.digest(FORMS[::-1])


def test_frequency_is_the_probability() -> None:
    """Over many seeds each form is drawn as often as it says."""
    cells = recheck.cells(FORMS, Rules())
    expected = {form: cell.n / len(cell.forms) for cell in cells for form in cell.forms}
    times = Counter(each.form for seed in range(300) for each in recheck.select(cells, str(seed)))
    z = [
        (times[form] / 300 - p) / np.sqrt(p * (1 - p) / 300) if p < 1 else float(times[form] != 300) * 99
        for form, p in expected.items()
    ]
    assert max(map(abs, z)) < 4.5


def test_two_bodies_share_the_communes() -> None:
    """A commune belongs to one body, and both have about half."""
    bodies = recheck.bodies(FORMS, "seed")
    owners: dict[str, set[Body]] = {}
    for each in FORMS:
        owners.setdefault(each.commune, set()).add(bodies[each.form])
    assert all(len(owner) == 1 for owner in owners.values())
    counted = Counter(bodies.values())
    assert abs(counted[Body.FRONT] - counted[Body.VETERANS]) < 40
