"""Every vector, re-computed."""

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conftest import unhex, vectors
from yinxin import cbor, disclosures, ed25519, formats, records, rotation, schema, trees
from yinxin.errors import Invalid
from yinxin.statements import Statement

STATEMENTS = vectors("statements.json")


@pytest.mark.parametrize("case", vectors("identifiers.json")["domains"], ids=lambda case: case["tag"])
def test_domain(case):
    assert formats.tagged(case["tag"]) == unhex(case["of_nothing"])


def test_domains_are_all_different():
    tags = [case["tag"] for case in vectors("identifiers.json")["domains"]]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("case", vectors("identifiers.json")["keys"], ids=lambda case: case["name"])
def test_key(case):
    public = Ed25519PrivateKey.from_private_bytes(unhex(case["seed"])).public_key().public_bytes_raw()
    assert public == unhex(case["public"]) and ed25519.is_public_key(public)
    assert formats.key_id(public) == unhex(case["id"])


@pytest.mark.parametrize("case", vectors("identifiers.json")["paths"], ids=lambda case: case["path"])
def test_path(case):
    assert formats.is_path(case["path"])
    assert formats.sha256(case["path"].encode()) == unhex(case["key"])
    assert records.type_of_path(case["path"]) is not None


def test_chain_id_is_derived():
    chain = vectors("identifiers.json")["chain"]
    assert chain["chain"] == f"{chain['name']}-{chain['genesis_hash'][:32]}"


@pytest.mark.parametrize("case", STATEMENTS["statements"], ids=lambda case: case["name"])
def test_statement(case):
    statement = Statement(unhex(case["encoded"]))
    assert statement.action == case["action"]
    assert statement.action_bytes == unhex(case["action_bytes"])
    assert statement.signed_bytes() == unhex(case["sig_structure"])
    assert statement.endorsement_bytes() == unhex(case["endorsement_bytes"])
    assert statement.id() == unhex(case["id"])
    assert statement.act() == unhex(case["act"])
    assert formats.sha256(unhex(case["encoded"])) == unhex(case["whole_hash"])
    assert statement.subject() == statement.claims["sub"]
    assert statement.claims["aud"] == STATEMENTS["chain"]
    main, *others = map(unhex, case["public_keys"])
    statement.verify(main, sorted(others, key=formats.key_id))


def test_an_act_is_the_same_whoever_endorses():
    acts = {case["act"] for case in STATEMENTS["statements"]}
    assert len(acts) == len({case["id"] for case in STATEMENTS["statements"]}) == len(STATEMENTS["statements"])
    for case in STATEMENTS["statements"]:
        tag, statement = cbor2.loads(unhex(case["encoded"])), Statement(unhex(case["encoded"]))
        action, endorsements = cbor2.loads(tag.value[2])
        for left in range(len(endorsements)):
            tag.value[2] = cbor.encode([action, endorsements[:left]])
            other = Statement(cbor.encode(cbor2.CBORTag(18, tag.value)))
            assert other.act() == statement.act() and other.id() != statement.id()


def test_endorsements_are_at_most_nine():
    tag = cbor2.loads(unhex(STATEMENTS["statements"][0]["encoded"]))
    action, _ = cbor2.loads(tag.value[2])
    for count in (9, 10):
        tag.value[2] = cbor.encode([action, [[bytes([number]) * 32, bytes(64)] for number in range(count)]])
        if count == 9:
            Statement(cbor.encode(cbor2.CBORTag(18, tag.value)))
        else:
            with pytest.raises(Invalid):
                Statement(cbor.encode(cbor2.CBORTag(18, tag.value)))


@pytest.mark.parametrize(("name", "kind"), [("plain_text", schema.free_text), ("office_word", schema.OFFICE_WORD)])
def test_characters_of_texts(name, kind):
    expected = {point for low, high in vectors("texts.json")[name] for point in range(int(low, 16), int(high, 16) + 1)}
    for point in range(0x110000):
        if not 0xD800 <= point < 0xE000:
            try:
                kind(chr(point))
                taken = True
            except Invalid:
                taken = False
            assert taken == (point in expected), hex(point)


def test_a_text_has_at_most_500_characters():
    for unit in ("a", "证", "𠀀"):
        schema.free_text(unit * 500)
        with pytest.raises(Invalid):
            schema.free_text(unit * 501)


@pytest.mark.parametrize("case", STATEMENTS["refused"], ids=lambda case: case["what"])
def test_refused_statement(case):
    with pytest.raises(Invalid):
        Statement(unhex(case["encoded"]))


@pytest.mark.parametrize("case", vectors("records.json")["values"], ids=lambda case: case["path"])
def test_record(case):
    value = unhex(case["encoded"])
    assert records.type_of_path(case["path"]) == case["type"]
    records.decode_record(case["path"], value)
    with pytest.raises(Invalid):
        records.decode_record(case["path"], value + b"\x00")
    with pytest.raises(Invalid):
        records.decode_record(case["path"], value[:-1])


@pytest.mark.parametrize("case", vectors("records.json")["lists"], ids=lambda case: case["path"])
def test_list(case):
    items = [unhex(item) for item in case["items"]]
    for item in items:
        records.TYPES[case["type"]](cbor.decode(item, records.VALUE_BYTES_MAX))
    value = next(value for value in vectors("records.json")["values"] if value["path"] == case["path"])
    decoded = records.decode_record(case["path"], unhex(value["encoded"]))
    head = decoded.get("entries", decoded)
    assert head["length"] == len(items) and trees.fold_peaks(head["peaks"]) == trees.log_root(items)
    assert len(head["peaks"]) == bin(head["length"]).count("1")


@pytest.mark.parametrize("case", vectors("records.json")["bindings"], ids=lambda case: case["certificate"])
def test_subject_binding(case):
    assert disclosures.subject_binding(unhex(case["certificate"]), unhex(case["identity"])) == unhex(case["binding"])


@pytest.mark.parametrize("case", vectors("records.json")["lookups"], ids=lambda case: case["code"])
def test_lookup(case):
    number = [case["office"], case["class"], case["year"], case["serial"]]
    assert cbor.encode(number) == unhex(case["number"])
    assert disclosures.code_bytes(case["code"].replace("-", "")) == unhex(case["code_bytes"])
    assert disclosures.lookup_commitment(unhex(case["code_bytes"]), *number).hex() == case["commitment"]
    assert disclosures.lookup_hash(unhex(case["code_bytes"]), *number).hex() == case["hash"]
    value = next(value for value in vectors("records.json")["values"] if value["path"] == case["path"])
    assert records.decode_record(case["path"], unhex(value["encoded"]))


@pytest.mark.parametrize("case", vectors("disclosures.json")["disclosures"], ids=lambda case: case["what"])
def test_disclosure(case):
    kind, body = disclosures.decode(unhex(case["encoded"]))
    assert kind == case["what"]
    found = disclosures.commitment(kind, body)
    assert (found.hex() if found else None) == case["commitment"]


@pytest.mark.parametrize("case", vectors("disclosures.json")["codes"], ids=lambda case: case["symbols"])
def test_lookup_code(case):
    symbols = case["symbols"]
    assert disclosures.code_symbols(unhex(case["bytes"])) == symbols
    assert disclosures.code_bytes(symbols) == unhex(case["bytes"])
    assert "-".join((symbols[:6], symbols[6:12], symbols[12:])) == case["shown"]
    for at in range(18):
        with pytest.raises(Invalid):
            wrong = "0" if symbols[at] != "0" else "1"
            disclosures.lookup_code(symbols[:at] + wrong + symbols[at + 1:])


def test_document_commitment():
    case = vectors("disclosures.json")
    body = disclosures.decode(unhex(case["disclosures"][0]["encoded"]))[1]
    assert disclosures.document_matches(body, unhex(case["document"]["bytes"]))
    assert disclosures.commitment("document", body) == unhex(case["document"]["commitment"])


@pytest.mark.parametrize("story", vectors("rotation.json"), ids=lambda story: story["name"])
def test_rotation(story):
    absences = []
    for step in story["steps"]:
        called, deciding, following = (formats.validator_set_of(unhex(step[name])) for name in ("called", "deciding", "next"))
        signers, proposer = [unhex(key) for key in step["signers"]], unhex(step["proposer"])
        found = rotation.after(absences, step["height"], proposer, called, signers, deciding, following)
        assert found == records.decode_record("rotation", unhex(step["encoded"]))["absences"]
        assert step["written"] == (found != absences)
        in_turn = rotation.turns(found, following, step["height"] + 1)
        assert in_turn == [unhex(key) for key in step["turns"]]
        assert rotation.proposer(in_turn, step["height"] + 1, 2) == in_turn[(step["height"] + 3) % len(in_turn)]
        absences = found


@pytest.mark.parametrize("name", ["genesis", "checkpoint", "history"])
def test_trust(name):
    trust = formats.decode_trust(unhex(vectors("trust.json")[name]["encoded"]))
    assert (trust["checkpoint"] is None) == (name == "genesis")
    assert (trust["history"] is not None) == (name == "history")


@pytest.mark.parametrize("case", vectors("signatures.json")["cases"], ids=lambda case: case["what"])
def test_signature(case):
    found = ed25519.verify(unhex(case["public"]), unhex(case["message"]), unhex(case["signature"]))
    assert found == case["valid"]


@pytest.mark.parametrize("case", vectors("signatures.json")["keys"], ids=lambda case: case["what"])
def test_public_key(case):
    assert ed25519.is_public_key(unhex(case["public"])) == case["valid"]
