"""Envelopes: what went in comes out, and nothing else ever does."""

import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.problems import Place, SurveyError
from sipas_survey.storage import envelope

PLACE = Place(file="e")
HEAD = len(envelope.MAGIC) + 1 + 16 + 32


@pytest.fixture(autouse=True, scope="module")
def _little_work() -> Iterator[None]:
    """The work of scrypt is not what is tested here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(envelope, "WORK", 4)
        yield


def sealed(content: bytes, *, passphrase: str = "một câu dài", piece: int = 1000) -> bytes:
    """An envelope around bytes that arrive in pieces."""
    out = io.BytesIO()
    pieces = (content[i : i + piece] for i in range(0, len(content), piece))
    envelope.write(out, pieces, passphrase=passphrase)
    return out.getvalue()


def opened(held: bytes, *, passphrase: str = "một câu dài") -> bytes:
    """The bytes in an envelope."""
    return b"".join(envelope.read(io.BytesIO(held), passphrase=passphrase, place=PLACE))


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 131072, 200_000])
def test_bytes_come_back(size: int) -> None:
    """Nothing, less than a piece, exactly one or two pieces, and more come back as they were."""
    content = bytes(i * 7 % 251 for i in range(size))
    for piece in (1000, 65536, 300_000):
        assert opened(sealed(content, piece=piece)) == content


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_flipped_bit_is_refused(data: st.DataObject) -> None:
    """Whatever bit is changed, in the head, in a piece or behind one, the envelope is refused and says why."""
    held = bytearray(sealed(b"x" * 70_000))
    at = data.draw(st.integers(0, HEAD + 5) | st.integers(0, len(held) - 1))
    held[at] ^= 1 << data.draw(st.integers(0, 7))
    expected = "ENVELOPE_DAMAGED" if at >= HEAD else "ENVELOPE_(TYPE|PASSPHRASE)"
    with pytest.raises(SurveyError, match=expected):
        opened(bytes(held))


@pytest.mark.parametrize("size", [65536, 70_000, 131072])
def test_no_piece_can_be_cut_off_added_or_moved(size: int) -> None:
    """An end that is missing, also at the border of a piece; bytes behind the end; two pieces changed about."""
    held, piece = sealed(b"x" * size), 65536 + 16
    for bent in (held[:-1], held[: HEAD + piece] if len(held) > HEAD + piece else held[:HEAD], held + b"x", held * 2):
        with pytest.raises(SurveyError, match="ENVELOPE_DAMAGED"):
            opened(bent)
    if size > 100_000:
        swapped = held[:HEAD] + held[HEAD + piece :] + held[HEAD : HEAD + piece]
        with pytest.raises(SurveyError, match="ENVELOPE_DAMAGED"):
            opened(swapped)


def test_another_passphrase() -> None:
    """It is refused as such, before anything is read; accents written in another way are the same passphrase."""
    held = sealed(b"x", passphrase="mật khẩu")
    assert opened(held, passphrase="ma\u0323\u0302t kha\u0302\u0309u") == b"x"
    with pytest.raises(SurveyError, match="ENVELOPE_PASSPHRASE") as refused:
        opened(held, passphrase="Mật khẩu")
    assert refused.value.exit_code == 5


@pytest.mark.parametrize("held", [b"", b"PK\x03\x04", envelope.MAGIC, envelope.MAGIC + b"\xff" + b"s" * 48])
def test_what_is_no_envelope(held: bytes) -> None:
    """Other files, a head cut off, and a head that asks for endless work."""
    with pytest.raises(SurveyError, match="ENVELOPE_TYPE"):
        opened(held)


def test_two_envelopes_of_the_same_bytes_differ() -> None:
    """No two envelopes share a salt, and none shows what is in it."""
    one, two = sealed(b"Hoang" * 100), sealed(b"Hoang" * 100)
    assert one[HEAD:] != two[HEAD:]
    assert b"Hoang" not in one
