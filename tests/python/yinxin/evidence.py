"""Evidence that a validator signed twice: docs/spec/evidence.md."""

from . import cbor, ed25519, formats
from .errors import CannotTell, Invalid, require
from .schema import HASH, HEIGHT, SLUG, array, bstr, nullable, record, uint

EVIDENCE_BYTES_MAX = 1024
CONTENT = array(value=nullable(HASH), valid_round=nullable(uint(32)), signature=bstr(64))
EVIDENCE = record(
    version=uint(), chain=SLUG, genesis=HASH, key=HASH, height=HEIGHT, round=uint(32), step=uint(), first=CONTENT,
    second=CONTENT,
)


def _place(content):
    value, round_ = content["value"], content["valid_round"]
    return (value is not None, value or b"", round_ is not None, round_ or 0)


def decode(data):
    one = EVIDENCE(cbor.decode(data, EVIDENCE_BYTES_MAX))
    require(one["version"] == 1, "the version of evidence is 1")
    require(one["chain"].endswith("-" + one["genesis"][:16].hex()), "the chain id is derived from the genesis hash")
    require(one["step"] in (1, 2, 3), "a step is 1, 2 or 3")
    require(_place(one["first"]) < _place(one["second"]), "the contents differ and ascend")
    for content in (one["first"], one["second"]):
        if one["step"] == 3:
            require(content["value"] is not None, "a proposal has a value")
        else:
            require(content["valid_round"] is None, "a vote has no valid round")
    return one


def _message(one, content):
    place = (one["chain"], one["genesis"], one["height"], one["round"])
    if one["step"] == 3:
        return formats.proposal_bytes(*place, content["value"], content["valid_round"])
    return formats.vote_bytes(*place, one["step"], content["value"])


def verify(data, trust):
    """The guilty department; raises Invalid or CannotTell."""
    one = decode(data)
    require((one["chain"], one["genesis"]) == (trust["chain"], trust["genesis"]), "evidence of another chain")
    known = {formats.key_id(validator["key"]): validator for validator in trust["validators"]}
    if one["key"] not in known:
        raise CannotTell("no validator of the trust file has this key")
    validator = known[one["key"]]
    for content in (one["first"], one["second"]):
        if not ed25519.verify(validator["key"], _message(one, content), content["signature"]):
            raise Invalid("a signature does not verify")
    return validator["department"]
