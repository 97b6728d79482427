"""An envelope: bytes under a passphrase, in pieces of which none can be changed, moved, added or taken away.

Head: the magic line, one byte with the work factor, 16 bytes of salt, and HMAC-SHA-256 of these three. Then pieces of
64 KiB, each AES-256-GCM with 16 bytes behind it; its nonce is its number (11 bytes) and one byte that is 1 in the last
piece. Both keys come from the passphrase (UTF-8, NFC) and the salt by scrypt (r = 8, p = 1), so no pair of key and
nonce is ever used twice.

Source: Percival & Josefsson (2016), RFC 7914; Hoang, Reyhanitabar, Rogaway & Vizár (2015), the STREAM construction.
"""

import hmac
import os
import unicodedata
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from sipas_survey.problems import Place, stop

MAGIC = b"sipas envelope 1\n"
WORK = 17  # scrypt with 2^17 blocks takes 128 MiB and under a second
_MOST_WORK = 20  # more is no envelope of ours, but an attempt to fill the memory
_SALT, _MAC, _TAG = 16, 32, 16
_PIECE = 1 << 16


class _Keys(NamedTuple):
    cipher: AESGCM
    head: bytes


def is_envelope(start: bytes) -> bool:
    """Whether a file begins as an envelope does."""
    return start.startswith(MAGIC)


def write(out: BinaryIO, pieces: Iterable[bytes], *, passphrase: str) -> None:
    """Write bytes, given in pieces of any size, as an envelope."""
    head = MAGIC + bytes([WORK]) + os.urandom(_SALT)
    keys = _keys(head, passphrase)
    out.write(head + hmac.digest(keys.head, head, "sha256"))
    number, rest = 0, bytearray()
    for piece in pieces:
        rest += piece
        while len(rest) > _PIECE:  # the last piece, even a full one, is written below
            out.write(keys.cipher.encrypt(_nonce(number, last=False), bytes(rest[:_PIECE]), None))
            number += 1
            del rest[:_PIECE]
    out.write(keys.cipher.encrypt(_nonce(number, last=True), bytes(rest), None))


def read(file: BinaryIO, *, passphrase: str, place: Place) -> Iterator[bytes]:
    """The bytes in an envelope, piece by piece; each is given out only after it was found to be whole.

    Raises SurveyError: ENVELOPE_TYPE, ENVELOPE_PASSPHRASE before the first piece; ENVELOPE_DAMAGED at a piece that was
    changed, or where the file ends too soon.
    """
    head = file.read(len(MAGIC) + 1 + _SALT)
    mac = file.read(_MAC)
    if not is_envelope(head) or len(mac) < _MAC or head[len(MAGIC)] > _MOST_WORK:
        raise stop("ENVELOPE_TYPE", place, found=place.file)
    keys = _keys(head, passphrase)
    if not hmac.compare_digest(hmac.digest(keys.head, head, "sha256"), mac):
        raise stop("ENVELOPE_PASSPHRASE", place, found=place.file)
    return _pieces(file, keys, place)


def _pieces(file: BinaryIO, keys: _Keys, place: Place) -> Iterator[bytes]:
    number, piece = 0, file.read(_PIECE + _TAG)
    while True:
        following = file.read(_PIECE + _TAG)
        try:
            yield keys.cipher.decrypt(_nonce(number, last=not following), piece, None)
        except (InvalidTag, ValueError) as error:  # ValueError: shorter than what stands behind every piece
            raise stop("ENVELOPE_DAMAGED", place, found=place.file, piece=number + 1) from error
        if not following:
            return
        number, piece = number + 1, following


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _keys(head: bytes, passphrase: str) -> _Keys:
    """The two keys of an envelope that begins with `head`."""
    work, salt = head[len(MAGIC)], head[len(MAGIC) + 1 :]
    words = unicodedata.normalize("NFC", passphrase).encode()  # keyboards of Vietnamese write accents in two ways
    both = Scrypt(salt=salt, length=64, n=1 << max(work, 1), r=8, p=1).derive(words)
    return _Keys(AESGCM(both[:32]), both[32:])
