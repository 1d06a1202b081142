"""Signed statements: docs/spec/statement.md."""

import cbor2

from . import cbor, ed25519
from .errors import require
from .formats import key_id, sha256
from .records import ACTION, SUBJECT
from .schema import (
    HASH, SIGNATURE, SLUG, any_text, array, bstr, labelled, list_of, literal, sort_key_unique, uint,
)

STATEMENT_BYTES_MAX = 64 * 1024


def subject_text(value):
    any_text(value)
    require(value.isascii() and len(value) <= 160, "sub is ASCII, at most 160 bytes")
    return value


CLAIMS = labelled({
    1: ("iss", SLUG), 2: ("sub", subject_text), 3: ("aud", SLUG), 4: ("exp", uint()), 6: ("iat", uint()),
    7: ("cti", bstr(16)),
})
PROTECTED = labelled({
    1: ("alg", literal(-8)), 3: ("content_type", literal("application/vnd.yinxin.action+cbor")), 4: ("kid", HASH),
    15: ("claims", CLAIMS),
})
ENDORSEMENT = array(key=HASH, signature=SIGNATURE)
PAYLOAD = array(action=ACTION, endorsements=list_of(ENDORSEMENT))
ENVELOPE = array(protected=bstr(), unprotected=literal({}), payload=bstr(), signature=SIGNATURE)


class Statement:
    """A decoded statement; nothing is verified yet."""

    def __init__(self, data):
        tag = cbor.decode(data, STATEMENT_BYTES_MAX)
        require(type(tag) is cbor2.CBORTag and tag.tag == 18, "tag 18, COSE_Sign1")
        envelope = ENVELOPE(tag.value)
        self.protected_bytes, self.payload_bytes = envelope["protected"], envelope["payload"]
        self.protected = PROTECTED(cbor.decode(self.protected_bytes, STATEMENT_BYTES_MAX))
        raw = cbor.decode(self.payload_bytes, STATEMENT_BYTES_MAX)
        payload = PAYLOAD(raw)
        self.action_code, self.action_bytes, self.raw_body = raw[0][0], cbor.encode(raw[0]), raw[0][1]
        (self.action, self.body), self.endorsements = payload["action"], payload["endorsements"]
        require(len(self.endorsements) <= 9, "at most 9 endorsements")
        sort_key_unique(self.endorsements, lambda one: one["key"], "endorsements ascend by key id")
        self.signature = envelope["signature"]

    @property
    def claims(self):
        return self.protected["claims"]

    def signed_bytes(self):
        return cbor.encode(["Signature1", self.protected_bytes, b"", self.payload_bytes])

    def endorsement_bytes(self):
        return cbor.encode(["yinxin/endorsement/1", self.protected_bytes, self.action_bytes])

    def id(self):
        return sha256(self.signed_bytes())

    def act(self):
        """By which replay is judged: the same whoever endorses."""
        return sha256(self.endorsement_bytes())

    def subject(self):
        """The path that `sub` has to be."""
        if self.action_code == 10:
            return "key/" + key_id(self.body["key"]["key"]).hex()
        kind, field = SUBJECT[self.action_code]
        return f"{kind}/{self.body[field].hex()}"

    def verify(self, public, endorsers):
        """Every signature, under the keys given: the main one, and those of the endorsements in their order."""
        require(key_id(public) == self.protected["kid"], "kid is the thumbprint of the key")
        require(len(endorsers) == len(self.endorsements), "a key for each endorsement")
        require(ed25519.verify(public, self.signed_bytes(), self.signature), "signature of the statement")
        for key, one in zip(endorsers, self.endorsements):
            require(key_id(key) == one["key"] != self.protected["kid"], "key of an endorsement")
            require(ed25519.verify(key, self.endorsement_bytes(), one["signature"]), "signature of an endorsement")
