"""A prepared record as bytes: unpacking one takes a twentieth of the time of reading and preparing it."""

import zlib
from typing import Final

import msgspec

from tacoord.matching.prepared import Prepared

_LEVEL: Final = 1
_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Prepared)


def pack(record: Prepared) -> bytes:
    """The record as bytes, for `unpack` of the same KEY_VERSION."""
    return zlib.compress(_encoder.encode(record), _LEVEL)


def unpack(packed: bytes) -> Prepared:
    """The record that `pack` was given.

    Raises zlib.error or msgspec.MsgspecError for bytes that are no such record.
    """
    return _decoder.decode(zlib.decompress(packed))
