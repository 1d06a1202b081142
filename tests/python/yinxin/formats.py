"""Hashes, headers, votes, certificates, bundles and trust files: docs/spec."""

import hashlib

from . import cbor, ed25519
from .errors import require
from .schema import (
    HASH, HEIGHT, PATH_BYTES_MAX, SLUG, SUITE, TIME, Optional, any_text, array, bstr, list_of, nullable, public_key,
    record, sort_key_unique, uint,
)

BUNDLE_BYTES_MAX = 4 * 1024 * 1024
TRUST_BYTES_MAX = 256 * 1024
HEADER_BYTES_MAX = 1024
PARTS_MAX = 1024


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def tagged(tag, *parts):
    return sha256(bytes([len(tag)]), tag.encode(), *parts)


def key_id(public):
    """RFC 9679: SHA-256 of the COSE key {1: 1, -1: 6, -2: x}."""
    return sha256(cbor.encode({1: 1, -1: 6, -2: public}))


HEADER = array(
    version=uint(), protocol=uint(), chain=SLUG, height=HEIGHT, time=TIME, parent=HASH, log_size=uint(), log_root=HASH,
    state_root=HASH, validators=HASH, next_validators=HASH, last_commit=HASH, proposer=HASH,
)
COMMIT_CERTIFICATE = array(height=HEIGHT, round=uint(32), signers=bstr(), signatures=bstr())
SIGNED_HEADER = array(header=HEADER, certificate=COMMIT_CERTIFICATE)
VALIDATOR = array(department=SLUG, suite=SUITE, key=public_key, power=uint())


def validator_set(value):
    validators = list_of(VALIDATOR)(value)
    require(1 <= len(validators) <= 256, "a set has 1 to 256 validators")
    sort_key_unique(validators, lambda one: key_id(one["key"]), "validators ascend by key id")
    departments = [one["department"] for one in validators]
    require(len(set(departments)) == len(departments), "a department has at most one validator")
    require(all(one["power"] == 1 for one in validators), "one department, one vote: each power is 1")
    return validators


def validator_set_of(data):
    return validator_set(cbor.decode(data, TRUST_BYTES_MAX))


def encode_set(validators):
    return cbor.encode([[one["department"], one["suite"], one["key"], one["power"]] for one in validators])


def set_hash(validators):
    return tagged("yinxin/validators/1", encode_set(validators))


def header_hash(header):
    return tagged("yinxin/header/1", cbor.encode(list(header.values())))


def inclusion_proof(value):
    siblings = list_of(HASH)(value)
    require(len(siblings) <= 64, "an inclusion proof has at most 64 hashes")
    return siblings


PROOF_LEAF = array(key=HASH, value=HASH)
_STATE_PROOF = array(leaf=nullable(PROOF_LEAF), depth=uint(), bitmap=bstr(), hashes=bstr())


def state_proof(value):
    proof = _STATE_PROOF(value)
    require(proof["depth"] <= 256, "a state proof is at most 256 levels deep")
    return proof


HANDOVER = array(signed=SIGNED_HEADER, next=validator_set)
STATE_ENTRY = array(path=any_text, value=nullable(bstr()), proof=state_proof)
LIST_PAGE = array(path=any_text, start=uint(), items=list_of(bstr()), proofs=list_of(inclusion_proof))
LOGGED_ITEM = array(index=uint(), item=bstr(), proof=inclusion_proof)
BUNDLE = record(
    version=uint(), head=SIGNED_HEADER, handovers=list_of(HANDOVER), entries=list_of(STATE_ENTRY),
    lists=list_of(LIST_PAGE), logged=list_of(LOGGED_ITEM), disclosures=list_of(bstr()), made_at=Optional(TIME),
    about=Optional(any_text),
)
CHECKPOINT = record(height=HEIGHT, time=TIME, header=HASH)
TERM = array(since=HEIGHT, validators=validator_set)
HISTORY = record(since=HEIGHT, before=list_of(TERM))
TRUST = record(
    version=uint(), chain=SLUG, genesis=HASH, validators=validator_set, checkpoint=Optional(CHECKPOINT),
    history=Optional(HISTORY),
)


def decode_bundle(data):
    bundle = BUNDLE(cbor.decode(data, BUNDLE_BYTES_MAX))
    require(bundle["version"] == 1, "the version of the bundle is 1")
    for part in ("handovers", "entries", "lists", "logged", "disclosures"):
        require(len(bundle[part]) <= PARTS_MAX, "at most 1,024 parts of each kind")
    sort_key_unique(bundle["handovers"], lambda one: one["signed"]["header"]["height"], "handovers ascend by height")
    sort_key_unique(bundle["entries"], lambda entry: entry["path"].encode(), "each path once, ascending")
    shown = {entry["path"] for entry in bundle["entries"]}
    require(bundle["about"] is None or bundle["about"] in shown, "what a bundle is about is among its entries")
    sort_key_unique(bundle["lists"], lambda page: page["path"].encode(), "each list once, ascending")
    sort_key_unique(bundle["logged"], lambda item: item["index"], "each log index once, ascending")
    return bundle


def decode_trust(data):
    trust = TRUST(cbor.decode(data, TRUST_BYTES_MAX))
    history = trust["history"]
    require(trust["version"] == (2 if history else 1), "the version of the trust file is 1, or 2 with a history")
    if history:
        terms = [term["since"] for term in history["before"]] + [history["since"]]
        require(terms[0] >= 1 and all(low < high for low, high in zip(terms, terms[1:])), "terms ascend from height 1")
        require(trust["checkpoint"] is not None, "a history reaches up to a checkpoint")
        require(terms[-1] <= trust["checkpoint"]["height"], "the last term begins at or below the checkpoint")
    require(trust["chain"].endswith("-" + trust["genesis"][:16].hex()), "the chain id is derived from the genesis hash")
    return trust


def is_path(path):
    return 1 <= len(path) <= PATH_BYTES_MAX and all("!" <= character <= "~" for character in path)


def vote_bytes(chain, genesis, height, round_, step, value):
    return cbor.encode(["yinxin/vote/1", chain, genesis, height, round_, step, value])


def proposal_bytes(chain, genesis, height, round_, value, valid_round):
    return cbor.encode(["yinxin/proposal/1", chain, genesis, height, round_, value, valid_round])


def possession_bytes(chain, department, purpose, owner, key):
    return cbor.encode(["yinxin/possession/1", chain, department, purpose, owner, key])


def ready_bytes(chain, proposal, key, height, header):
    return cbor.encode(["yinxin/ready/1", chain, proposal, key, height, header])


def verify_certificate(certificate, trust, validators, value):
    """More than two thirds of the power signed; one bad signature refuses all. Gives the number of signers."""
    count = len(validators)
    bitmap, signatures = certificate["signers"], certificate["signatures"]
    require(len(bitmap) == (count + 7) // 8, "the bitmap has the length that the set needs")
    bits = [bool(byte & 0x80 >> bit) for byte in bitmap for bit in range(8)]
    require(not any(bits[count:]), "no bit beyond the last validator")
    signers = [one for one, bit in zip(validators, bits) if bit]
    require(len(signatures) == 64 * len(signers), "exactly one signature for each signer")
    power, total = sum(one["power"] for one in signers), sum(one["power"] for one in validators)
    require(power * 3 > total * 2, f"signers hold {power} of {total}")
    message = vote_bytes(trust["chain"], trust["genesis"], certificate["height"], certificate["round"], 2, value)
    for number, one in enumerate(signers):
        good = ed25519.verify(one["key"], message, signatures[64 * number:64 * number + 64])
        require(good, f"signature of {one['department']}")
    return len(signers)


def verify_signed_header(signed, trust, validators):
    header, certificate = signed["header"], signed["certificate"]
    require(header["version"] == 1, "the version of the header is 1")
    require(header["protocol"] == 1, "the protocol of the header is 1")
    require(header["chain"] == trust["chain"], "the header is of another chain")
    require(set_hash(validators) == header["validators"], "hash of the validator set")
    require(certificate["height"] == header["height"], "height of the commit certificate")
    return verify_certificate(certificate, trust, validators, header_hash(header))
