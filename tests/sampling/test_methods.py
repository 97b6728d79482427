"""Every way to draw: frequencies as promised, reserves in order, nothing drawn twice."""

import hashlib
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.sampling.methods import Drawn, Method, draw_stratum, inclusion_probabilities

SIZES = [3, 9, 1, 4, 4, 7, 2, 10, 6, 5, 3, 8]


def frame(sizes: list[int]) -> pd.DataFrame:
    """Units in three communes, given in no order of theirs."""
    n = len(sizes)
    return pd.DataFrame(
        {
            "unit_id": [f"U{i:03d}" for i in range(n)],
            "commune_code": [f"0424{i % 3}" for i in range(n)],
            "village": [f"Thôn {i % 2}" for i in range(n)],
        }
    )


def drawn(sizes: list[int], method: Method, seed: str, *, main: int = 4, reserve: int = 3) -> Drawn:
    return draw_stratum(frame(sizes), sizes, method=method, seed=seed, stratum="132", main=main, reserve=reserve)


def samples(sizes: list[int], method: Method, main: int, times: int) -> np.ndarray:
    """(times, N) which units are on the main list."""
    found = np.zeros((times, len(sizes)))
    for i in range(times):
        found[i, drawn(sizes, method, f"seed {i}", main=main, reserve=0).positions] = 1
    return found


def check_frequencies(sizes: list[int], method: Method, main: int, times: int) -> None:
    found = samples(sizes, method, main, times)
    wanted = inclusion_probabilities(sizes, main, method=method)
    assert wanted.sum() == pytest.approx(main)
    error = np.sqrt(wanted * (1 - wanted) / times)
    assert (np.abs(found.mean(axis=0) - wanted) <= 4 * error + 1e-12).all()
    outcome = np.arange(len(sizes)) ** 2 + 5.0  # an outcome that has nothing to do with size
    totals = found @ (outcome / wanted)  # Horvitz-Thompson
    assert abs(totals.mean() - outcome.sum()) <= 4 * totals.std() / np.sqrt(times) + 1e-9


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("sizes", [[1] * 10, SIZES], ids=["equal", "sizes"])
def test_inclusion_is_as_frequent_as_promised(method: Method, sizes: list[int]) -> None:
    """Over 600 seeds, every unit within four standard errors of its exact probability."""
    check_frequencies(sizes if method not in (Method.SIMPLE, Method.SYSTEMATIC) else [1] * 10, method, 4, 600)


@pytest.mark.soak
@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("main", [1, 4, 7])
def test_inclusion_over_twenty_thousand_seeds(method: Method, main: int) -> None:
    """The same, closer."""
    sizes = [1] * 11 if method in (Method.SIMPLE, Method.SYSTEMATIC) else SIZES
    check_frequencies(sizes, method, main, 20_000)


@pytest.mark.soak
def test_pareto_probabilities_of_many_units() -> None:
    """Where Σλ(1−λ) is at least 10, λ is within 0.5 % of the exact probabilities, and frequencies follow it."""
    from sipas_survey.statistics.inclusion import order_probabilities, proportional_probabilities

    sizes = np.random.default_rng(1).integers(1, 30, 60).tolist()
    aimed = proportional_probabilities(sizes, 20)
    assert float((aimed * (1 - aimed)).sum()) >= 10
    rest = aimed < 1
    exact = order_probabilities(aimed[rest] / (1 - aimed[rest]), 20 - int((~rest).sum()))
    assert np.abs(exact / aimed[rest] - 1).max() < 0.005
    check_frequencies(sizes, Method.PARETO, 20, 20_000)


def test_systematic_reaches_the_last_units() -> None:
    """N = 10 and n = 4: each unit 0.4, the last ones too."""
    assert inclusion_probabilities([1] * 10, 4, method=Method.SYSTEMATIC).tolist() == [0.4] * 10
    assert samples([1] * 10, Method.SYSTEMATIC, 4, 1000).mean(axis=0)[-1] == pytest.approx(0.4, abs=0.07)


def test_certainty_units_are_always_in() -> None:
    """A unit of half of all sizes is in every sample of three, and the others share what is left."""
    sizes = [50, 10, 10, 10, 10, 10]
    for method in (Method.PARETO, Method.PPS_SYSTEMATIC, Method.PIVOTAL):
        probability = inclusion_probabilities(sizes, 3, method=method)
        assert probability.tolist() == pytest.approx([1.0] + [0.4] * 5)
        for i in range(30):
            found = drawn(sizes, method, f"s{i}", main=3, reserve=1)
            assert 0 in found.positions[:3]
            assert found.probability[found.positions[:3].tolist().index(0)] == 1.0


def test_systematic_spreads_over_communes() -> None:
    """Sorted by commune, three of twelve units come from three communes, whatever the seed."""
    rows = frame([1] * 12)
    for i in range(50):
        found = drawn([1] * 12, Method.SYSTEMATIC, f"s{i}", main=3, reserve=0)
        assert set(rows["commune_code"].iloc[found.positions]) == {"04240", "04241", "04242"}


def test_the_systematic_start_is_the_published_one() -> None:
    """start = k·u of `seed:start:132`, positions floor(start + i·k) in the list sorted by commune, village, id."""
    rows = frame([1] * 10)
    listed = rows.sort_values(["commune_code", "village", "unit_id"])["unit_id"].tolist()
    u = (int(hashlib.sha256(b"abc:start:132").hexdigest()[:13], 16) + 0.5) / 16**13
    wanted = [listed[int(2.5 * u + 2.5 * i)] for i in range(4)]
    found = drawn([1] * 10, Method.SYSTEMATIC, "abc", main=4, reserve=0)
    assert rows["unit_id"].iloc[found.positions].tolist() == wanted


def test_the_reserve_of_a_set_is_the_published_order() -> None:
    """Units left, by [v/(1−v)]/size with v of `seed:reserve:unit_id`."""
    ids = frame(SIZES)["unit_id"].tolist()
    found = drawn(SIZES, Method.PIVOTAL, "abc", main=4, reserve=8)

    def rank(i: int) -> float:
        v = (int(hashlib.sha256(f"abc:reserve:{ids[i]}".encode()).hexdigest()[:13], 16) + 0.5) / 16**13
        return v / (1 - v) / SIZES[i]

    left = sorted(set(range(12)) - set(found.positions[:4].tolist()), key=rank)
    assert found.positions[4:].tolist() == left


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=25),
    method=st.sampled_from(Method),
    seed=st.text(min_size=1, max_size=5),
    data=st.data(),
)
def test_any_stratum(sizes: list[int], method: Method, seed: str, data: st.DataObject) -> None:
    """Whatever the sizes: as many as asked for, nobody twice, the same from rows in any order; probabilities fit."""
    if method in (Method.SIMPLE, Method.SYSTEMATIC):
        sizes = [1] * len(sizes)
    main = data.draw(st.integers(1, len(sizes)))
    reserve = data.draw(st.integers(0, len(sizes) - main))
    rows = frame(sizes)
    one = draw_stratum(rows, sizes, method=method, seed=seed, stratum="x", main=main, reserve=reserve)
    assert len(one.positions) == len(set(one.positions.tolist())) == main + reserve
    assert ((one.probability > 0) & (one.probability <= 1)).all()
    order = data.draw(st.permutations(range(len(sizes))))
    turned = rows.iloc[order].reset_index(drop=True)
    other = draw_stratum(
        turned, [sizes[i] for i in order], method=method, seed=seed, stratum="x", main=main, reserve=reserve
    )
    assert turned["unit_id"].iloc[other.positions].tolist() == rows["unit_id"].iloc[one.positions].tolist()
    assert other.probability == pytest.approx(one.probability)


def test_joint_probabilities_of_pairs() -> None:
    """Pairs come together as often as the exact joint probabilities of the method say (systematic, sizes)."""
    from sipas_survey.statistics.joint import systematic_joint

    sizes, times = [4, 1, 3, 2, 5], 600
    joint = systematic_joint(sizes, 2)
    rows = frame(sizes)
    listed = rows.sort_values(["commune_code", "village", "unit_id"]).index.tolist()
    exact = systematic_joint([sizes[i] for i in listed], 2)
    assert joint.shape == exact.shape
    counts = np.zeros((5, 5))
    for i in range(times):
        a, b = sorted(listed.index(p) for p in drawn(sizes, Method.PPS_SYSTEMATIC, f"{i}", main=2, reserve=0).positions)
        counts[a, b] += 1
    for a, b in combinations(range(5), 2):
        p = exact[a, b]
        assert abs(counts[a, b] / times - p) <= 4 * np.sqrt(p * (1 - p) / times) + 1e-12
