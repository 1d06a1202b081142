"""The types of docs/spec as checks on decoded CBOR: a type is a function that takes a value or raises Invalid."""

import re

from . import ed25519
from .errors import Invalid, require


def uint(bits=64):
    def check(value):
        require(type(value) is int and 0 <= value < 1 << bits, f"an unsigned integer of {bits} bits")
        return value
    return check


def bstr(size=None):
    def check(value):
        require(type(value) is bytes and (size is None or len(value) == size), f"a byte string of {size or 'any'} bytes")
        return value
    return check


def boolean(value):
    require(value is True or value is False, "a truth value")
    return value


def any_text(value):
    require(type(value) is str, "a text")
    return value


def word(pattern):
    compiled = re.compile(pattern)

    def check(value):
        any_text(value)
        require(1 <= len(value.encode()) <= 64 and compiled.fullmatch(value), f"a word of {pattern}")
        return value
    return check


PLAIN_TEXT = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u017f\u2010-\u2027\u2030-\u203e\u2460-\u2473\u3000-\u3029\u3030-\u3037\u3400-\u4dbf\u4e00-\u9fef"
    "\uff01-\uff5e\uffe0-\uffe6\U00020000-\U0002a6d6\U0002a700-\U0002b734\U0002b740-\U0002b81d\U0002b820-\U0002cea1\U0002ceb0-\U0002ebe0]{0,500}"
)


def free_text(value):
    any_text(value)
    require(PLAIN_TEXT.fullmatch(value), "a text of at most 500 characters of the fixed repertoire")
    return value


def public_key(value):
    require(ed25519.is_public_key(value), "a canonical Ed25519 point of large order")
    return value


def code(*known):
    def check(value):
        require(type(value) is int and value in known, f"one of the codes {known}")
        return value
    return check


def literal(expected):
    def check(value):
        require(type(value) is type(expected) and value == expected, f"exactly {expected!r}")
        return value
    return check


def list_of(item):
    def check(value):
        require(type(value) is list, "an array")
        return [item(one) for one in value]
    return check


def array(**fields):
    def check(value):
        require(type(value) is list and len(value) == len(fields), f"an array of {len(fields)}")
        return {name: kind(one) for (name, kind), one in zip(fields.items(), value)}
    return check


def nullable(kind):
    return lambda value: None if value is None else kind(value)


class Optional:
    def __init__(self, kind):
        self.kind = kind


def record(**fields):
    """A map with labels 1, 2, 3 ... in the order of the fields."""
    return labelled({number: (name, kind) for number, (name, kind) in enumerate(fields.items(), 1)})


def labelled(fields):
    def check(value):
        require(type(value) is dict and all(type(key) is int for key in value), "a map with integer labels")
        out = {}
        for label, (name, kind) in fields.items():
            if isinstance(kind, Optional):
                out[name] = None
                if label in value:
                    require(value[label] is not None, "an absent field is left out, not null")
                    out[name] = kind.kind(value[label])
            else:
                require(label in value, f"field {label} ({name}) is missing")
                out[name] = kind(value[label])
        require(set(value) <= set(fields), "an unknown label")
        return out
    check.labels = {name: label for label, (name, _) in fields.items()}
    return check


def union(variants):
    def check(value):
        require(type(value) is list and len(value) == 2 and type(value[0]) is int, "an array of a code and a body")
        require(value[0] in variants, f"no variant {value[0]}")
        name, body = variants[value[0]]
        return name, body(value[1])
    return check


HASH = bstr(32)
SIGNATURE = bstr(64)
RECORD_ID = OFFICER_ID = bstr(16)
SLUG = word(r"[a-z0-9-]+")
ITEM_CODE = word(r"[A-Za-z0-9.-]+")
OFFICE_WORD = word(r"[\u3400-\u4db5\u4e00-\u9fa5]+")
TIME = HEIGHT = uint()
SUITE = code(1)
PATH_BYTES_MAX = 160


def sort_key_unique(items, key, reason):
    keys = [key(item) for item in items]
    require(all(a < b for a, b in zip(keys, keys[1:])), reason)
    return items
