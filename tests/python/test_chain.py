"""Votes, headers, the log and the state tree of the sample's chain, re-computed from the spec's definitions."""

import pytest

from conftest import unhex, vectors
from yinxin import cbor, ed25519, formats, records, trees
from yinxin.errors import Invalid
from yinxin.statements import Statement

BLOCKS, LOG, STATE, VOTES = (vectors(f"{name}.json") for name in ("blocks", "log", "state", "votes"))
SETS = {case["hash"]: formats.validator_set(cbor.decode(unhex(case["encoded"]), 1 << 20)) for case in BLOCKS["validator_sets"]}
CONTEXT = {"chain": VOTES["chain"], "genesis": unhex(VOTES["genesis_hash"])}


def header_of(case):
    return formats.HEADER(cbor.decode(unhex(case["header"]), formats.HEADER_BYTES_MAX))


def test_genesis():
    genesis = BLOCKS["genesis"]
    digest = formats.tagged("yinxin/genesis/1", unhex(genesis["encoded"]))
    assert digest == unhex(genesis["hash"]) == CONTEXT["genesis"]
    document = cbor.decode(unhex(genesis["encoded"]), 4 << 20)
    assert f"{document[2]}-{digest[:16].hex()}" == CONTEXT["chain"]


def test_header_of_genesis_follows_from_the_document():
    document = cbor.decode(unhex(BLOCKS["genesis"]["encoded"]), 4 << 20)
    values = {"departments": [department[1] for department in document[4]], "parameters": document[8]}
    values["validators"] = {1: document[7]}
    values |= {f"department/{department[1]}": department for department in document[4]}
    words = [(department[1], word) for department in document[4] for word in department[7]]
    values |= {f"number-word/{word[2].encode().hex()}": {1: office, 2: word[1]} for office, word in words}
    values |= {f"grounds/{grounds[1]}": grounds for grounds in document[9]}
    values |= {f"key/{formats.key_id(key[3]).hex()}": key for key in document[5]}
    for item in document[6]:
        values |= {f"item/{item[1]}": item, f"item/{item[1]}/{item[2]}": item}
    for path, value in values.items():
        records.decode_record(path, cbor.encode(value))
    pairs = [(formats.sha256(path.encode()), formats.sha256(cbor.encode(value))) for path, value in values.items()]
    validators = formats.tagged("yinxin/validators/1", cbor.encode(document[7]))
    header = [1, 1, CONTEXT["chain"], 0, document[3], CONTEXT["genesis"], 0, formats.sha256(), trees.tree_root(pairs),
              validators, validators, bytes(32), bytes(32)]
    assert cbor.encode(header) == unhex(BLOCKS["genesis"]["header"])
    assert formats.tagged("yinxin/header/1", cbor.encode(header)) == unhex(BLOCKS["genesis"]["header_hash"])


@pytest.mark.parametrize("digest", SETS)
def test_validator_set(digest):
    assert formats.set_hash(SETS[digest]).hex() == digest


@pytest.mark.parametrize("case", BLOCKS["headers"], ids=lambda case: f"height {case['height']}")
def test_header_and_certificate(case):
    header = header_of(case)
    assert header["height"] == case["height"] and formats.header_hash(header) == unhex(case["hash"])
    certificate = formats.COMMIT_CERTIFICATE(cbor.decode(unhex(case["certificate"]), 1 << 16))
    assert formats.tagged("yinxin/last-commit/1", unhex(case["certificate"])) == unhex(case["certificate_hash"])
    validators = SETS[header["validators"].hex()]
    formats.verify_signed_header({"header": header, "certificate": certificate}, CONTEXT, validators)
    with pytest.raises(Invalid):
        formats.verify_certificate(certificate, CONTEXT, validators, bytes(32))


@pytest.mark.parametrize("case", vectors("certificates.json")["cases"], ids=lambda case: case["what"])
def test_certificate_of_another_set(case):
    validators = formats.validator_set(cbor.decode(unhex(case["set"]), 1 << 20))
    certificate = formats.COMMIT_CERTIFICATE(cbor.decode(unhex(case["certificate"]), 1 << 16))
    value = unhex(vectors("certificates.json")["header_hash"])
    try:
        signers = formats.verify_certificate(certificate, CONTEXT, validators, value)
    except Invalid:
        signers = 0
    assert (signers > 0) == case["valid"]


def test_headers_form_a_chain():
    parent, certificate, time = unhex(BLOCKS["genesis"]["header_hash"]), bytes(32), 0
    for case in BLOCKS["headers"]:
        header = header_of(case)
        assert header["parent"] == parent and header["last_commit"] == certificate and header["time"] > time
        parent, certificate, time = unhex(case["hash"]), unhex(case["certificate_hash"]), header["time"]


def test_log_of_the_chain():
    items = [unhex(item) for item in LOG["chain_items"]]
    for case in BLOCKS["headers"]:
        header = header_of(case)
        assert trees.log_root(items[:header["log_size"]]) == header["log_root"]
    kinds = {item[0] for item in items}
    assert kinds == {0x8D, 0xD2}


@pytest.mark.parametrize("number", range(len(BLOCKS["blocks"])))
def test_block(number):
    header, statements, certificate = cbor.decode(unhex(BLOCKS["blocks"][number]), 4 << 20)
    assert cbor.encode(header) == unhex(BLOCKS["headers"][number]["header"])
    assert (certificate is None) == (number == 0)
    assert all(statement.hex() in LOG["chain_items"] for statement in statements)


@pytest.mark.parametrize("case", VOTES["cases"], ids=lambda case: case["what"])
def test_sign_bytes(case):
    height, round_, value = VOTES["height"], VOTES["round"], unhex(VOTES["value"])
    public = unhex(VOTES["public_key"])
    vote = lambda step, value: formats.vote_bytes(*CONTEXT.values(), height, round_, step, value)  # noqa: E731
    proposal = lambda valid: formats.proposal_bytes(*CONTEXT.values(), height, round_, value, valid)  # noqa: E731
    expected = {
        "prevote": lambda: vote(1, value), "prevote for nil": lambda: vote(1, None),
        "precommit": lambda: vote(2, value), "precommit for nil": lambda: vote(2, None),
        "proposal": lambda: proposal(None), "proposal of a value with a polka": lambda: proposal(1),
    }[case["what"]]()
    assert expected == unhex(case["bytes"])
    assert ed25519.verify(public, expected, unhex(case["signature"]))


@pytest.mark.parametrize("case", VOTES["possession"], ids=lambda case: case["use"])
def test_possession(case):
    purpose = {"administration": 1, "officer": 4, "seal": 5, "holder": 7}[case["use"]]
    public, owner = unhex(case["public_key"]), unhex(case["owner"])
    assert purpose == case["purpose"] and len(owner) == (16 if purpose in (4, 7) else 0)
    message = formats.possession_bytes(VOTES["chain"], case["department"], purpose, owner, formats.key_id(public))
    assert message == unhex(case["bytes"])
    assert ed25519.verify(public, message, unhex(case["signature"]))


def test_ready():
    case = VOTES["ready"]
    public, height, header = unhex(case["public_key"]), case["height"], unhex(case["header"])
    key = formats.key_id(public)
    assert key == unhex(case["key"]) and case["header"] == BLOCKS["headers"][height - 1]["hash"]
    message = formats.ready_bytes(VOTES["chain"], unhex(case["proposal"]), key, height, header)
    assert message == unhex(case["bytes"])
    assert ed25519.verify(public, message, unhex(case["signature"]))


def test_new_keys_of_the_chain_are_shown_for_their_use():
    """Every proof of possession that the sample's statements carry, by the bytes of its one use."""
    told, count = [Statement(unhex(one["encoded"])) for one in vectors("statements.json")["statements"]], 0
    for one in told:
        chain, department, body = one.claims["aud"], one.claims["iss"], one.body
        shown = []
        if one.action == "register-key":
            shown.append((department, body["purpose"], body["officer"] or b"", body["key"]["key"], body["key"]["possession"]))
        if one.action == "register-identity":
            shown.append((department, 7, body["identity"], body["holder"], body["possession"]))
        if one.action == "propose" and body["change"][0] == "set-administration":
            change = body["change"][1]
            shown += [(change["department"], 1, b"", new["key"], new["possession"]) for new in change["keys"]]
        for owner, purpose, whose, public, signature in shown:
            message = formats.possession_bytes(chain, owner, purpose, whose, formats.key_id(public))
            assert ed25519.verify(public, message, signature), one.action
            count += 1
    assert count == 8


def test_sign_bytes_are_all_different():
    signed = [case["bytes"] for case in VOTES["cases"] + VOTES["possession"] + [VOTES["ready"]]]
    assert len(set(signed)) == len(signed)


def test_log_hashes():
    assert trees.leaf_hash(b"").hex() == LOG["leaf_of_nothing"]
    assert trees.node_hash(trees.leaf_hash(b""), trees.leaf_hash(b"\x00")).hex() == LOG["node_of_both"]
    items = [unhex(item) for item in LOG["items"]]
    assert [trees.log_root(items[:size]).hex() for size in range(len(items) + 1)] == LOG["roots"]


@pytest.mark.parametrize("case", LOG["proofs"], ids=lambda case: f"{case['index']} of {case['size']}")
def test_inclusion(case):
    item, root = unhex(LOG["items"][case["index"]]), unhex(LOG["roots"][case["size"]])
    proof = formats.inclusion_proof(cbor.decode(unhex(case["proof"]), 4096))
    trees.verify_inclusion(item, case["index"], case["size"], root, proof)
    for wrong in ((item + b"\x00", case["index"], proof), (item, case["index"] + 1, proof),
                  (item, case["index"], proof + [root]), (item, case["index"], proof[1:] or [root])):
        with pytest.raises(Invalid):
            trees.verify_inclusion(wrong[0], wrong[1], case["size"], root, wrong[2])


@pytest.mark.parametrize("case", STATE["proofs"], ids=lambda case: case["path"])
def test_state_proof(case):
    root, value = unhex(STATE["root"]), unhex(case["value"]) if case["value"] else None
    proof = formats.state_proof(cbor.decode(unhex(case["proof"]), 1 << 16))
    trees.verify_state(root, case["path"], value, proof)
    wrong = [(case["path"], b"\x00"), (case["path"], None if value else b"")]
    if value:  # an absence may well hold for a neighbour's path too
        wrong.append((case["path"] + "x", value))
    for path, other in wrong:
        with pytest.raises(Invalid):
            trees.verify_state(root, path, other, proof)


def test_a_proof_has_one_form():
    root, count = unhex(STATE["root"]), 0
    for case in STATE["proofs"]:
        leaf, depth, bitmap, hashes = cbor.decode(unhex(case["proof"]), 1 << 16)
        value, bits = unhex(case["value"]) if case["value"] else None, int.from_bytes(bitmap, "big")
        for level in range(depth):
            bit = 1 << 8 * len(bitmap) - 1 - level
            if not bits & bit:
                at = 32 * (bits >> 8 * len(bitmap) - level).bit_count()
                told = (bits | bit).to_bytes(len(bitmap), "big")
                proof = formats.state_proof([leaf, depth, told, hashes[:at] + trees.EMPTY + hashes[at:]])
                with pytest.raises(Invalid, match="told by its bit"):
                    trees.verify_state(root, case["path"], value, proof)
                count += 1
    assert count > 0


def test_state_root_is_a_function_of_keys_and_values():
    present = [case for case in STATE["proofs"] if case["value"]]
    pairs = [(formats.sha256(case["path"].encode()), formats.sha256(unhex(case["value"]))) for case in present]
    assert trees.tree_root(pairs) == trees.tree_root(pairs[::-1]) == unhex(STATE["root"])
    assert unhex(STATE["empty_root"]) == trees.tree_root([])
    header = header_of(BLOCKS["headers"][-1])
    assert header["state_root"] == unhex(STATE["root"])
