"""The one canonical encoding: docs/spec/encoding.md. Decoding is cbor2's; the check is our own encoder."""

import io

import cbor2

from .errors import Invalid, require


def head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise Invalid("an integer above 64 bits")


def encode(value):
    """Deterministic CBOR of RFC 8949 section 4.2.1 for the few kinds of values that the formats have."""
    if value is None:
        return b"\xf6"
    if value is True or value is False:
        return b"\xf5" if value else b"\xf4"
    if type(value) is int:
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if type(value) is bytes:
        return head(2, len(value)) + value
    if type(value) is str:
        text = value.encode("utf-8")
        return head(3, len(text)) + text
    if type(value) in (list, tuple):
        return head(4, len(value)) + b"".join(encode(item) for item in value)
    if type(value) is dict:
        pairs = sorted((encode(key), encode(item)) for key, item in value.items())
        return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
    if type(value) is cbor2.CBORTag:
        return head(6, value.tag) + encode(value.value)
    raise Invalid(f"the formats have no {type(value).__name__}")


def decode(data, size_max):
    """Decodes bytes that are the canonical form of their value, and refuses all others."""
    require(len(data) <= size_max, f"{len(data)} bytes are above the bound of {size_max}")
    stream = io.BytesIO(data)
    try:
        value = cbor2.CBORDecoder(stream).decode()
        again = encode(value)
    except Invalid:
        raise
    except Exception as error:  # cbor2 lets many kinds through: text, recursion, tags it knows
        raise Invalid(f"not CBOR of ours: {error}") from error
    require(again == data, "not in canonical form, or followed by something")
    return value
