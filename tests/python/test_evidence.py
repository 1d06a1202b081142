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


def test_a_key_that_moved_accuses_the_department_that_had_it_at_the_height():
    data = unhex(CASES[0]["encoded"])
    height = evidence.decode(data)["height"]
    then = TRUST["validators"]
    now = [one | {"department": "procuratorate"} if one["department"] == "court" else one for one in then]
    without = [one for one in then if one["department"] != "court"]

    def judged(newest, checkpoint, terms):
        history = None if terms is None else {"since": height + 1, "before": [{"since": 1 + at, "validators": one} for at, one in enumerate(terms)]}
        trust = TRUST | {"validators": newest, "checkpoint": checkpoint and {"height": checkpoint}, "history": history}
        try:
            return evidence.verify(data, trust)
        except CannotTell:
            return None

    assert judged(now, height + 9, [then]) == "court"
    assert judged(now, height + 9, None) is None, "today's set alone says nothing of the height"
    assert judged(now, height + 9, []) is None
    assert judged(now, height - 1, None) == judged(now, None, None) == "procuratorate", "no other set is known"
    assert judged(then, height + 9, [without]) == "court"
    assert judged(now, height + 9, [then, without]) is None, "two departments, and neither in force"
    assert judged(without, height + 9, [without]) is None
