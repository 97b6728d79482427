"""Who carries which forms: places read with their rows, and divisions held against every division there is."""

from itertools import combinations_with_replacement

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey import places
from sipas_survey.problems import Place
from sipas_survey.tracking.routes import Worker, assign, divide, read_workers

UNITS = places.load("yen_bai_2023", folder=None)
HERE = Place(file="workers.csv")


def table(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    columns = ["worker", "name", "district_code", "commune_code"]
    return pd.DataFrame(rows, columns=columns, index=range(2, len(rows) + 2), dtype=object)


def cases(text: str) -> pd.DataFrame:
    """Words `district/commune/village*count`."""
    rows = []
    for word in text.split():
        place, count = word.split("*")
        rows += [place.split("/")] * int(count)
    return pd.DataFrame(rows, columns=["district_code", "commune_code", "village"], dtype=object)


def least(loads: list[int], carried: list[int]) -> float:
    """The least sum of squared loads over every way to cut, one after the other."""
    sums = []
    for cuts in combinations_with_replacement(range(len(loads) + 1), len(carried) - 1):
        ends = [0, *cuts, len(loads)]
        sums.append(sum((c + sum(loads[a:b])) ** 2 for c, a, b in zip(carried, ends, ends[1:], strict=False)))
    return min(sums)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.integers(0, 9), max_size=7), st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_no_division_is_more_even(loads: list[int], carried: list[int]) -> None:
    """Stretches follow one another, every place has its worker, and no cut has a smaller sum of squares."""
    shares = divide(loads, carried)
    assert len(shares) == len(loads)
    assert shares == sorted(shares)
    totals = [before + sum(n for n, s in zip(loads, shares, strict=True) if s == w) for w, before in enumerate(carried)]
    assert sum(total**2 for total in totals) == least(loads, carried)


def test_a_division_by_hand() -> None:
    """Five villages of one form for two workers: 2 + 3, the later one carries more; a loaded one is spared."""
    assert divide([1, 1, 1, 1, 1], [0, 0]) == [0, 0, 1, 1, 1]
    assert divide([1, 1, 1, 1], [3, 0]) == [1, 1, 1, 1]
    assert divide([], [0, 0]) == []


def test_the_nearest_worker_goes_first() -> None:
    """Who names the commune, else who names its district, else who names nothing; whoever is left out is told."""
    workers = [
        Worker("W1", communes=frozenset({"04249"})),
        Worker("W2", districts=frozenset({"132"})),
        Worker("W3"),
    ]
    told = assign(cases("132/04249/T1*2 132/04252/T1*1 133/04282/T1*1"), workers)
    assert told.value == {("04249", "T1"): "W1", ("04252", "T1"): "W2", ("04282", "T1"): "W3"}
    assert told.problems == ()
    told = assign(cases("132/04249/T1*2 133/04282/T1*1"), workers[:2])
    assert told.value == {("04249", "T1"): "W1"}
    assert [(p.kind, p.found, p.severity) for p in told.problems] == [("ROUTE_WITHOUT_WORKER", "04282", "warning")]


def test_what_is_carried_elsewhere_counts() -> None:
    """W1 has six forms of his own, so that W2 gets all four of the villages that they share."""
    workers = [Worker("W1", communes=frozenset({"04249", "04252"})), Worker("W2", communes=frozenset({"04252"}))]
    told = assign(cases("132/04249/T1*6 132/04252/T1*2 132/04252/T2*2"), workers)
    assert told.value == {("04249", "T1"): "W1", ("04252", "T1"): "W2", ("04252", "T2"): "W2"}


def test_routes_follow_communes_and_villages() -> None:
    """In order of commune and of the villages' Vietnamese names, whatever the order of the rows."""
    rows = cases("132/04249/Đá*1 132/04249/Dâu*1 132/04249/Ân*1 132/04252/A*3")
    workers = [Worker("W2"), Worker("W1")]
    told = assign(rows, workers).value
    assert [told[v] for v in [("04249", "Ân"), ("04249", "Dâu"), ("04249", "Đá"), ("04252", "A")]] == ["W1"] * 3 + [
        "W2"
    ]
    assert assign(rows.iloc[::-1], workers[::-1]).value == told


def test_a_table_of_workers() -> None:
    """Rows of one worker are put together; names of places are understood, several communes in one cell too."""
    told = read_workers(
        table(("W2", "Lê B", "132", "04249; Phường Hồng Hà"), ("W1", "", "Trấn Yên", ""), ("W2", "", "", "04282")),
        UNITS,
        place=HERE,
    )
    assert told.problems == ()
    assert told.value == (
        Worker("W1", "", frozenset({"138"}), frozenset()),
        Worker("W2", "Lê B", frozenset(), frozenset({"04249", "04267", "04282"})),
    )


@pytest.mark.parametrize(
    ("row", "kind", "column"),
    [
        (("", "Lê B", "132", ""), "WORKER_EMPTY", "worker"),
        (("W", "", "Atlantis", ""), "WORKER_UNKNOWN_DISTRICT", "district_code"),
        (("W", "", "", "04249, 99999"), "WORKER_UNKNOWN_COMMUNE", "commune_code"),
    ],
)
def test_a_wrong_row(row: tuple[str, str, str, str], kind: str, column: str) -> None:
    """A wrong cell is told with its row and column, and its worker is left out."""
    told = read_workers(table(("A", "", "", ""), row), UNITS, place=HERE)
    assert [(p.kind, p.place.row, p.place.column) for p in told.errors] == [(kind, 3, column)]
    assert [worker.worker for worker in told.value] == ["A"]
