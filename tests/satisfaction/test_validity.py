"""Whether a whole form is valid."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.satisfaction.validity import Rule, why_invalid
from tests.satisfaction.answers_table import sipas

CODES = [c.code for c in sipas().criteria]


def filled(n: int, answer: int | str = 4) -> dict[str, int | str]:
    """The first n criteria answered alike, the others empty."""
    return {code: answer if i < n else "empty" for i, code in enumerate(CODES)}


HALF = Rule()
CASES: list[tuple[dict[str, int | str], Rule, str]] = [
    (filled(17), HALF, ""), (filled(16), HALF, "incomplete"), ({}, HALF, "incomplete"),
    (filled(33), Rule(answered=Fraction(1)), ""), (filled(32), Rule(answered=Fraction(1)), "incomplete"),
    ({}, Rule(answered=Fraction(0)), ""), (filled(17), Rule(each_part=Fraction(1, 5)), "incomplete"),
    (filled(18), Rule(each_part=Fraction(1, 5)), ""), (filled(33), Rule(same_answer=False), "same_answer"),
    (filled(33) | {"q07": 5}, Rule(same_answer=False), ""), (filled(32), Rule(same_answer=False), ""),
    (filled(33) | dict.fromkeys(CODES[:4], "multiple"), Rule(double_ticks=Fraction(1, 10)), "double_ticks"),
    (filled(33) | dict.fromkeys(CODES[:3], "multiple"), Rule(double_ticks=Fraction(1, 10)), ""),
    (filled(33, "multiple"), HALF, "incomplete"), (filled(33), Rule(required=("visits",)), "incomplete"),
    (filled(33), Rule(required=("sex",)), ""),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "rule", "reason"), CASES)
def test_a_form_is_valid_or_has_a_reason(cells: dict[str, int | str], rule: Rule, reason: str) -> None:
    """17 of 33 criteria are half, 16 are not; 18 reach one fifth of each part, 17 do not."""
    assert why_invalid(cells, {"sex": "M", "visits": ""}, sipas(), rule) == reason


@given(st.lists(st.sampled_from([1, 5, "empty", "multiple"]), min_size=33, max_size=33), st.fractions(0, 1))
def test_the_rule_counts_as_one_would_by_hand(answers: list[int | str], share: Fraction) -> None:
    """A form is complete when the share of points among its criteria is at least what is asked."""
    found = why_invalid(dict(zip(CODES, answers, strict=True)), {}, sipas(), Rule(answered=share))
    assert (found == "") == (Fraction(sum(a in (1, 5) for a in answers), 33) >= share)
