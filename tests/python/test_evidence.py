"""Evidence: the same verdicts as the ledger's, and no flipped bit accuses anybody."""

import pytest
from conftest import unhex, vectors
from yinxin import evidence, formats
from yinxin.errors import CannotTell, Invalid

CASES = vectors("evidence.json")["cases"]
TRUST = formats.decode_trust(unhex(vectors("trust.json")["genesis"]["encoded"]))


def verdict(data):
    try:
        return "proven", evidence.verify(data, TRUST)
    except CannotTell:
        return "cannot-tell", None
    except Invalid:
        return "invalid", None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_evidence(case):
    assert verdict(unhex(case["encoded"])) == (case["verdict"], case["department"])


def test_a_flipped_bit_accuses_nobody():
    data = unhex(CASES[0]["encoded"])
    for at in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        assert verdict(bytes(flipped))[0] != "proven", at
