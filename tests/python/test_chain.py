"""Votes, headers, the log and the state tree of the sample's chain, re-computed from the spec's definitions."""

import pytest

from conftest import unhex, vectors
from yinxin import cbor, ed25519, formats, records, trees
from yinxin.errors import Invalid

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
        "possession": lambda: formats.possession_bytes(VOTES["chain"], VOTES["department"], formats.key_id(public)),
    }[case["what"]]()
    assert expected == unhex(case["bytes"])
    assert ed25519.verify(public, expected, unhex(case["signature"]))


def test_sign_bytes_are_all_different():
    heads = {case["bytes"][:40] + case["what"] for case in VOTES["cases"]}
    assert len(heads) == len(VOTES["cases"]) == len({case["bytes"] for case in VOTES["cases"]})


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


def test_state_root_is_a_function_of_keys_and_values():
    present = [case for case in STATE["proofs"] if case["value"]]
    pairs = [(formats.sha256(case["path"].encode()), formats.sha256(unhex(case["value"]))) for case in present]
    assert trees.tree_root(pairs) == trees.tree_root(pairs[::-1]) == unhex(STATE["root"])
    assert unhex(STATE["empty_root"]) == trees.tree_root([])
    header = header_of(BLOCKS["headers"][-1])
    assert header["state_root"] == unhex(STATE["root"])
