"""Who may stand in a frame twice: scores worked by hand, and a block rule held against comparing everybody."""

from itertools import combinations
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.sampling import duplicates
from sipas_survey.sampling.duplicates import NEAR, Pair, near_pairs, same_pairs

Person = tuple[str, str, str, str]
LAN: Person = ("A", "Thôn 1", "Nguyễn Thị Lan", "1985")


def table(*people: Person) -> pd.DataFrame:
    return pd.DataFrame(people, columns=["unit_id", "village", "full_name", "birth_year"], dtype=object)


@pytest.mark.parametrize(
    ("other", "score"),
    [
        (("B", "Thôn 1", "Nguyễn Thị Lan", "1986"), 0.925),
        (("B", "Thôn 1", "NGUYEN  THI LÂN", ""), 0.925),
        (("B", "", "Nguyễn Thị Lan", "1985"), round(0.60 + 0.15 + 0.25 * 2 / 3, 4)),
        (("B", "Thôn 1", "Nguyễn Thị Ngọc Lan", "1985"), round(0.60 * 28 / 33 + 0.40, 4)),
        (("B", "Ga 1", "Nguyễn Thị Lan", "1985"), None),
        (("B", "Thôn 11", "Nguyễn Thị Lan", "1985"), None),
        (("B", "Thôn 1", "Nguyễn Thị Lan", "1987"), None),
        (("B", "Thôn 1", "Nguyễn Thị Hoa", "1985"), None),
        (("B", "Thôn 1", "Lê Văn Lan", "1985"), None),
        (("B", "Thôn 1", "", "1985"), None),
        (("B", "thôn  1", "Nguyễn Thị LAN", "1985"), None),
    ],
)
def test_scores_by_hand(other: Person, score: float | None) -> None:
    """A year off, no year, no village, a word more are near; other numbers, years, given names and no name are not.

    Nor is what is equal in all three: that is the same, and told elsewhere.
    """
    expected = [] if score is None else [Pair("A", "B", score)]
    assert near_pairs(table(LAN, other)) == expected
    assert near_pairs(table(other, LAN)) == expected


def test_a_group_becomes_pairs_with_its_first() -> None:
    """k units that are the same make k − 1 pairs."""
    assert same_pairs(["C", "A", "B"]) == [Pair("A", "B", 1.0), Pair("A", "C", 1.0)]
    assert all(pair.same for pair in same_pairs(["C", "A"]))
    assert not Pair("A", "B", NEAR).same


_WORDS = st.sampled_from(["Nguyễn", "Nguyên", "Thị", "Văn", "Lan", "Lân", "Hoa", ""])
_PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["Thôn 1", "thôn 1", "Thôn 2", "Bản Mới", "Bản Moi A", ""]),
        st.tuples(_WORDS, _WORDS, _WORDS).map(lambda words: " ".join(word for word in words if word)),
        st.sampled_from(["1985", "1986", "1990", ""]),
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=25)
@given(_PEOPLE)
def test_blocks_and_slices_lose_nothing(persons: list[tuple[str, str, str]]) -> None:
    """All at once, in slices of two, or every two alone: the same pairs, each once, never one with itself."""
    rows: list[Person] = [(f"U{i:02d}", village, name, year) for i, (village, name, year) in enumerate(persons)]
    whole = near_pairs(table(*rows))
    assert whole == sorted(
        (pair for one, other in combinations(rows, 2) for pair in near_pairs(table(one, other))),
        key=lambda pair: (pair.unit_id, pair.other),
    )
    assert near_pairs(table(*reversed(rows))) == whole
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_ROWS", 2)
        assert near_pairs(table(*rows)) == whole


@pytest.mark.soak
def test_a_large_commune() -> None:
    """Twenty thousand people of one commune under common names are compared in less than half a minute."""
    rng = np.random.default_rng(5)
    family, middle = ["Nguyễn", "Trần", "Lê", "Hoàng", "Vàng"], ["Thị", "Văn", "A", "Thị Thu", "Đức"]
    given_names = [f"{a}{b}" for a in ("Lan", "Hoa", "Minh", "Sơn") for b in ("", "g", "h", "n", "m", "t")]
    people: list[Person] = [
        (
            f"U{i:05d}",
            f"Thôn {rng.integers(12)}",
            f"{rng.choice(family)} {rng.choice(middle)} {rng.choice(given_names)}",
            str(rng.integers(1940, 2005)),
        )
        for i in range(20_000)
    ]
    start = perf_counter()
    pairs = near_pairs(table(*people))
    assert pairs
    assert all(NEAR <= pair.score < 1 for pair in pairs)
    assert perf_counter() - start < 30
