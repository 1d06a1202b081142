"""The checkers of stories, on the sample's chain as two nodes would have kept it, and on each way in which that can be wrong."""

import json
import struct
import zlib

import pytest

import check_chain
from conftest import golden, secret, unhex, vectors
from test_machine import BLOCKS, GENESIS
from yinxin import cbor, guard
from yinxin.errors import Invalid
from yinxin.formats import decode_bundle, key_id, sha256, vote_bytes
from yinxin.statements import Statement

CERTIFICATES = [unhex(case["certificate"]) for case in vectors("blocks.json")["headers"]]
COURT = key_id(secret("court-consensus").public_key().public_bytes_raw())


def exported(blocks=BLOCKS, certificates=CERTIFICATES, accused=()):
    told = cbor.encode([[key, b"evidence"] for key in accused])
    heights = [b"\x83" + block + certificate + b"\x80" for block, certificate in zip(blocks, certificates)]
    return GENESIS + b"".join(heights[:-1]) + heights[-1][:-1] + told


def first_statement():
    for height, block in enumerate(BLOCKS, 1):
        for encoded in cbor.decode(block, 4 << 20)[1]:
            return Statement(encoded).id().hex(), height
    raise AssertionError("the sample has statements")


IDENTIFIER, HEIGHT = first_statement()
ACK = {"kind": "ack", "id": IDENTIFIER, "height": HEIGHT, "session": "a@0"}


def run(folder, court=None, lines=(ACK,), guilty=(), signed=()):
    (folder / "blocks").mkdir()
    (folder / "blocks" / "notary").write_bytes(exported())
    (folder / "blocks" / "court").write_bytes(court or exported())
    (folder / "clients.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "story.json").write_text(json.dumps({"honest": ["court", "notary"], "guilty": list(guilty)}))
    if signed:
        (folder / "signed").mkdir()
        (folder / "signed" / "court").write_bytes(b"".join(signed))
    return check_chain.check(check_chain.Story(folder))


def test_a_good_story_holds(tmp_path):
    said = run(tmp_path)
    assert f"{len(BLOCKS)} heights of 2 nodes" in said and "1 acknowledged" in said and "accused: nobody" in said


def other_block():
    """Two blocks of one height: the last one without its statements, or with another time."""
    block = cbor.decode(BLOCKS[-1], 4 << 20)
    block[0][4] += 1
    return exported(BLOCKS[:-1] + [cbor.encode(block)])


def bad_certificate():
    raw = cbor.decode(CERTIFICATES[-1], 1 << 16)
    raw[3] = raw[3][:-1] + bytes([raw[3][-1] ^ 1])
    return exported(certificates=CERTIFICATES[:-1] + [cbor.encode(raw)])


@pytest.mark.parametrize("court", [other_block(), bad_certificate(), exported(accused=[COURT]), exported()[:-1]],
                         ids=["another block", "a forged certificate", "an honest node accused", "a torn file"])
def test_what_a_node_kept_is_judged(tmp_path, court):
    with pytest.raises((Invalid, IndexError)):
        run(tmp_path, court)


def test_the_guilty_may_be_accused(tmp_path):
    assert "accused: court" in run(tmp_path, exported(accused=[COURT]), guilty=["court"])


@pytest.mark.parametrize("line", [ACK | {"height": HEIGHT + 1}, ACK | {"id": "00" * 32}], ids=["another height", "lost"])
def test_what_was_acknowledged_stands_there(tmp_path, line):
    with pytest.raises(Invalid, match="was acknowledged"):
        run(tmp_path, lines=[line])


def answer(name, paths=None):
    bundle = decode_bundle(golden(name))
    paths = [entry["path"] for entry in bundle["entries"]] if paths is None else paths
    return {"kind": "answer", "session": "a@0", "paths": paths, "bundle": golden(name).hex()}


def test_answers_are_the_state_at_their_height(tmp_path):
    line = answer("v4-issued.yinxin")
    assert "1 answers" in run(tmp_path, lines=[line])


@pytest.mark.parametrize("lines", [
    [answer("v4-issued.yinxin", ["certificate/" + "00" * 16])],
    [ACK | {"height": len(BLOCKS) + 1, "kind": "seen"}, answer("v4-issued.yinxin")],
], ids=["what was not asked for", "back in height"])
def test_answers_that_are_wrong_are_found(tmp_path, lines):
    with pytest.raises(Invalid, match="asked for|after"):
        run(tmp_path, lines=lines)


def slot(*votes):
    """A slot of the court's guard as the node writes it: (height, round, step, value) of one height."""
    context = vectors("votes.json")
    genesis, entries = unhex(context["genesis_hash"]), b""
    for height, round_, step, value in votes:
        message = vote_bytes(context["chain"], genesis, height, round_, step, value)
        signature = secret("court-consensus").sign(message)
        entries += struct.pack("<IBB", round_, step, value is not None) + (value or bytes(32)) + sha256(message) + signature
    payload = COURT + genesis + struct.pack("<QQBI", 1, votes[0][0], 0, len(votes)) + entries
    size = struct.pack("<I", len(payload))
    data = guard.MAGIC + size + struct.pack("<I", zlib.crc32(size + payload)) + payload
    return struct.pack("<I", len(data)) + data


def precommits():
    """All that the court signed for the sample's certificates."""
    hashes = [unhex(case["hash"]) for case in vectors("blocks.json")["headers"]]
    return [slot((height, 0, 2, hashed)) for height, hashed in enumerate(hashes, 1)]


def test_signatures_are_counted_once_each(tmp_path):
    said = run(tmp_path, signed=precommits() + precommits()[-1:])
    assert f"{len(BLOCKS)} signatures" in said


def test_a_second_signature_is_found(tmp_path):
    with pytest.raises(Invalid, match="court: signed twice: precommit of height 3 round 0"):
        run(tmp_path, signed=precommits() + [slot((3, 0, 2, None))])


def test_a_signature_beside_the_guard_is_found(tmp_path):
    with pytest.raises(Invalid, match="did not pass its guard"):
        run(tmp_path, signed=precommits()[:-1])
