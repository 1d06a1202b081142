"""What opens commitments: docs/spec/disclosures.md."""

from . import cbor
from .errors import Invalid, require
from .formats import sha256, tagged
from .schema import HASH, RECORD_ID, SLUG, Optional, any_text, bstr, free_text, record, uint, union

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


DISCLOSURE = union({
    1: ("document", record(salt=SALT, digest=HASH, size_bytes=uint(), name=Optional(free_text))),
    2: ("attribute", record(salt=SALT, code=SLUG, value=free_text)),
    3: ("lookup", record(code=lookup_code)),
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


def lookup_hash(code, office, cls, year, serial):
    return tagged("yinxin/lookup/1", code, cbor.encode([office, cls, year, serial]))


def subject_binding(certificate, identity):
    return tagged("yinxin/certificate-subject/1", certificate, identity)


def opens(kind, body, records):
    """Path of the proven record in which a disclosure finds what it opens, or None."""
    wanted = commitment(kind, body)
    for path, (of, found) in records.items():
        if found is None:
            continue
        if of == "notarial-certificate":
            if kind == "document" and wanted in [found["document"], *(one["document"] for one in found["amendments"])]:
                return path
            if kind == "text" and wanted in _texts(found["ended"], *(one["reason"] for one in found["amendments"])):
                return path
            if kind == "subject" and subject_binding(found["id"], body["identity"]) in found["subjects"]:
                return path
            number = found["number"]
            if kind == "lookup" and number is not None:
                code = code_bytes(body["code"])
                hashed = lookup_hash(code, found["office"], found["cls"], number["year"], number["serial"])
                if f"lookup/{hashed.hex()}" in records:
                    return path
        if of == "identity-attestation":
            pairs = [(one["code"], one["commitment"]) for one in found["attributes"]]
            if kind == "attribute" and (body["code"], wanted) in pairs:
                return path
            if kind == "text" and wanted in _texts(found["changed"]):
                return path
        if of == "correction-case" and kind == "case-subject" and wanted == found["subject"]:
            return path
    return None


def _texts(*reasons):
    return [reason["text"] for reason in reasons if reason is not None and reason["text"] is not None]


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
