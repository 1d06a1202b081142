"""What opens commitments: docs/spec/disclosures.md."""

from . import cbor
from .errors import Invalid, require
from .formats import sha256, tagged
from .schema import HASH, RECORD_ID, SLUG, Optional, any_text, array, bstr, free_text, record, uint, union

DISCLOSURE_BYTES_MAX = 4096
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SALT = bstr(32)


def _times_generator(value):
    value <<= 1
    return value ^ 0b100101 if value & 32 else value


def code_symbols(data):
    """The 18 symbols of 80 bits: 16 of five bits, and two check symbols found by trying."""
    bits = int.from_bytes(data, "big")
    symbols = [bits >> 5 * (15 - at) & 31 for at in range(16)]
    for pair in range(1024):
        whole = symbols + [pair >> 5, pair & 31]
        if _belongs_together(whole):
            return "".join(ALPHABET[symbol] for symbol in whole)
    raise AssertionError("two check symbols always exist")


def _belongs_together(symbols):
    at_one = at_two = 0
    for symbol in symbols:
        at_one = _times_generator(at_one) ^ symbol
        at_two = _times_generator(_times_generator(at_two)) ^ symbol
    return at_one == 0 and at_two == 0


def lookup_code(value):
    any_text(value)
    require(len(value) == 18 and all(character in ALPHABET for character in value), "18 symbols in their one form")
    symbols = [ALPHABET.index(character) for character in value]
    require(_belongs_together(symbols), "the check symbols fit")
    return value


def code_bytes(symbols):
    bits = 0
    for character in symbols[:16]:
        bits = bits << 5 | ALPHABET.index(character)
    return bits.to_bytes(10, "big")


FULL_NUMBER = array(office=SLUG, cls=SLUG, year=uint(32), serial=uint())
DISCLOSURE = union({
    1: ("document", record(salt=SALT, digest=HASH, size_bytes=uint(), name=Optional(free_text))),
    2: ("attribute", record(salt=SALT, code=SLUG, value=free_text)),
    3: ("lookup", record(code=lookup_code, number=Optional(FULL_NUMBER))),
    4: ("subject", record(identity=RECORD_ID)),
    5: ("text", record(salt=SALT, text=free_text)),
    6: ("content", record(salt=SALT, digest=HASH, size_bytes=uint())),
    7: ("case-subject", record(salt=SALT, identity=RECORD_ID)),
})


def decode(data):
    return DISCLOSURE(cbor.decode(data, DISCLOSURE_BYTES_MAX))


def sized(tag, salt, digest, size_bytes):
    return tagged(tag, salt, digest, size_bytes.to_bytes(8, "big"))


def commitment(kind, body):
    """What stands on the ledger for a disclosure that opens a commitment; None for the two that do not."""
    if kind == "document":
        return sized("yinxin/document/1", body["salt"], body["digest"], body["size_bytes"])
    if kind == "content":
        return sized("yinxin/case-content/1", body["salt"], body["digest"], body["size_bytes"])
    if kind == "attribute":
        return tagged("yinxin/attribute/1", body["salt"], cbor.encode([body["code"], body["value"]]))
    if kind == "text":
        return tagged("yinxin/text/1", body["salt"], body["text"].encode())
    if kind == "case-subject":
        return tagged("yinxin/case-subject/1", body["salt"], body["identity"])
    return None


def lookup_commitment(code, office, cls, year, serial):
    """What the office states; the first look-ups stood under it."""
    return tagged("yinxin/lookup/1", code, cbor.encode([office, cls, year, serial]))


def lookup_hash(code, *number):
    """Where the ledger keeps the look-up."""
    return tagged("yinxin/lookup/2", lookup_commitment(code, *number), cbor.encode(list(number)))


def base_of(value):
    """What a proposal says of the value that it replaces."""
    return tagged("yinxin/base/1", value)


def subject_binding(certificate, identity):
    return tagged("yinxin/certificate-subject/1", certificate, identity)


def certificate_places(found):
    """Every commitment of a certificate: the hash, what may open it (kind, code of an attribute), what it stands for."""
    yield found["matter"], ("document", None), "matter"
    if found["document"] is not None:
        yield found["document"], ("document", None), "document"
    for number, one in enumerate(found["amendments"]):
        yield one["document"], ("document", None), f"amendment {number}"
        yield from _ground(one["reason"], "text", f"reason of amendment {number}")
    yield from _ground(found["ended"], "text", "reason")


def identity_places(found):
    for one in found["attributes"]:
        yield one["commitment"], ("attribute", one["code"]), "attribute"
    yield from _ground(found["changed"], "text", "reason")


def case_places(found, page):
    """The case's own commitments, and those of the entries shown: (index, entry) pairs."""
    yield found["subject"], ("case-subject", None), "person"
    yield found["decision"], ("document", None), "decision"
    yield from _ground(found["closed"], "document", "closing")
    for index, entry in page:
        yield entry["content"], ("content", None), f"entry {index}"


def _ground(reason, kind, place):
    if reason is not None and reason["text"] is not None:
        yield reason["text"], (kind, None), place


def opened(kind, body, places):
    """What a disclosure opens among some places: its own hash, wherever its kind belongs."""
    hashed, takes = commitment(kind, body), (kind, body["code"] if kind == "attribute" else None)
    return [place for known, taken, place in places if known == hashed and taken == takes]


def document_matches(body, data):
    return body["digest"] == sha256(data) and body["size_bytes"] == len(data)


def read_all(encoded):
    """Every disclosure that can be read; one that cannot proves nothing and harms nothing."""
    read = []
    for data in encoded:
        try:
            read.append(decode(data))
        except Invalid:
            read.append(("unreadable", None))
    return read
