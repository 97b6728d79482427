"""Form codes: their check digits, their order, and what is no code."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.cases import (
    FIRST_NUMBER,
    LAST_NUMBER,
    assign_codes,
    batch_code,
    form_code,
    is_batch_code,
    is_form_code,
    page_code,
    plain_code,
    read_page_code,
    running_order,
)

codes = st.builds(form_code, st.integers(10, 99), st.integers(FIRST_NUMBER, LAST_NUMBER))


def test_a_code_by_hand() -> None:
    """23 100001: 2310000100 = 97 · 23814434 + 2, so the check digits are 98 − 2 = 96, and the whole leaves 1."""
    assert 2_310_000_100 - 97 * 23_814_434 == 2
    assert form_code(23, 100_001) == "2310000196"
    assert 2_310_000_196 % 97 == 1


@given(codes)
def test_a_code_is_a_code(code: str) -> None:
    """Ten digits, no leading zero, remainder 1 modulo 97 (ISO 7064 MOD 97-10)."""
    assert len(code) == 10
    assert code[0] != "0"
    assert int(code) % 97 == 1
    assert is_form_code(code)


@given(codes)
def test_every_wrong_digit_is_found(code: str) -> None:
    """No code differs from another in one digit."""
    for i, digit in enumerate(code):
        for other in "0123456789".replace(digit, ""):
            assert not is_form_code(code[:i] + other + code[i + 1 :])


@given(codes)
def test_every_transposition_is_found(code: str) -> None:
    """No code becomes another by exchanging two different digits, neighbours or not."""
    for i in range(9):
        for j in range(i + 1, 10):
            swapped = list(code)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            assert code[i] == code[j] or not is_form_code("".join(swapped))


@given(codes)
def test_a_number_has_one_pair_of_check_digits(code: str) -> None:
    """99, 00 and 01 leave 1 modulo 97 for some numbers as 02, 97 and 98 do, but only 02–98 are check digits."""
    right = [f"{code[:8]}{check:02d}" for check in range(100) if is_form_code(f"{code[:8]}{check:02d}")]
    assert right == [code]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "231000019",
        "23100001960",
        "23 100001 96",
        "2310000195",
        "０310000196",
        "٢٣١٠٠٠٠١٩٦",
        "0110000134",
        "-310000196",
    ],
)
def test_what_is_no_code(text: str) -> None:
    """Wrong length, groups, wrong check digits, digits that are not ASCII, a code that begins with 0."""
    assert not is_form_code(text)


@pytest.mark.parametrize(("round_code", "running"), [(9, 100_001), (100, 100_001), (23, 100_000), (23, 1_000_000)])
def test_rounds_and_numbers_have_bounds(round_code: int, running: int) -> None:
    """Outside of them there is no code."""
    with pytest.raises(ValueError, match="no form code"):
        form_code(round_code, running)


def test_numbers_follow_the_published_rule() -> None:
    """Running numbers count from 100001 in order of SHA-256 of `seed:form:unit_id`; checked by a naive loop."""
    units = [f"HS-{i}" for i in range(50)]
    digests = {u: hashlib.sha256(b"2023:form:" + u.encode()).hexdigest() for u in units}
    given_codes = assign_codes(units, "2023", 23)
    for i, unit in enumerate(sorted(units, key=digests.__getitem__)):
        assert given_codes[unit] == form_code(23, 100_001 + i)
    in_order = [digests[u] for u in running_order(units, "2023")]
    assert all(a < b for a, b in pairwise(in_order))


@given(st.permutations([f"u{i}" for i in range(8)]), st.integers(FIRST_NUMBER, LAST_NUMBER - 8))
def test_codes_do_not_depend_on_the_order_of_the_units(units: list[str], first: int) -> None:
    """The same draw gives the same codes, counted on from any number."""
    again = assign_codes(sorted(units), "seed", 24, first=first)
    assert assign_codes(units, "seed", 24, first=first) == again
    assert sorted(int(code[2:8]) for code in again.values()) == list(range(first, first + 8))


@given(st.integers(10, 99), st.integers(FIRST_NUMBER, LAST_NUMBER), st.integers(0, 99))
def test_codes_of_pages_come_back(round_code: int, running: int, page: int) -> None:
    """What stands on a page is read as that form and page, with or without the spaces of the groups."""
    code = form_code(round_code, running)
    assert read_page_code(page_code(code, page)) == (code, page)
    assert read_page_code(f" {code[:2]} {code[2:8]} {code[8:]} ") == (code, None)
    assert not is_batch_code(code)


def test_a_code_as_it_is_stored() -> None:
    """Groups and the page of a QR code go; what is no code stays what it is, for somebody to mend."""
    assert {plain_code(t) for t in ("2310000196", "23 100001 96", "2310000196/2", " 2310000196/0\n")} == {"2310000196"}
    assert plain_code("2310000197/1") == "2310000197/1"
    assert plain_code("mã phiếu") == "mãphiếu"


@pytest.mark.parametrize(
    "text",
    ["", "/", "2310000196/", "2310000196/100", "2310000196/-1", "2310000196/2/3", "2310000197/1", "2310000196/٢"],
)
def test_what_is_no_code_of_a_page(text: str) -> None:
    """A page that is no number, a third part, wrong check digits, digits that are not ASCII."""
    assert read_page_code(text) is None


@given(st.integers(10, 99), st.lists(st.text(max_size=5), max_size=4), st.integers(0, 11), st.integers(1, 9))
def test_codes_of_batches(round_code: int, content: list[str], place: int, more: int) -> None:
    """Twelve digits that follow from the content alone; one wrong digit is always noticed."""
    code = batch_code(round_code, content)
    assert code == batch_code(round_code, tuple(content))
    assert is_batch_code(code)
    assert code.startswith(str(round_code))
    assert read_page_code(code) is None
    wrong = f"{code[:place]}{(int(code[place]) + more) % 10}{code[place + 1 :]}"
    assert not is_batch_code(wrong)
