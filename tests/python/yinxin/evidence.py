"""Evidence that a validator signed twice: docs/spec/evidence.md."""

from . import cbor, ed25519, formats, light
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
    history = trust["history"]
    every = [term["validators"] for term in history["before"]] if history else []
    named = [found for found in (_holder(one["key"], validators) for validators in [*every, trust["validators"]]) if found]
    if not named:
        raise CannotTell("no set that the trust file knows has this key")
    for content in (one["first"], one["second"]):
        if not ed25519.verify(named[0]["key"], _message(one, content), content["signature"]):
            raise Invalid("a signature does not verify")
    in_force = _holder(one["key"], _set_at(trust, one["height"]))
    if in_force is None and len({found["department"] for found in named}) > 1:
        raise CannotTell("known sets give the key to several departments, and the one in force to none")
    return (in_force or named[0])["department"]


def _holder(key, validators):
    return next((found for found in validators if formats.key_id(found["key"]) == key), None)


def _set_at(trust, height):
    """The set in force at a height, as far as the trust file knows."""
    checkpoint = trust["checkpoint"]
    if checkpoint is None or height > checkpoint["height"]:
        return trust["validators"]
    if trust["history"] is None:
        raise CannotTell("the trust file knows since when no set decided")
    return light.of_the_past(trust, height)
