"""Foreign COSE libraries read and verify our statements."""

import cbor2
import cwt
import pytest
import scitt_cose
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pycose.headers import KID, Algorithm
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import CoseMessage, Sign1Message

from conftest import unhex, vectors

STATEMENTS = vectors("statements.json")["statements"]
EACH = pytest.mark.parametrize("case", STATEMENTS, ids=lambda case: case["name"])


def spoilt(case):
    data = bytearray(unhex(case["encoded"]))
    data[-1] ^= 1
    return bytes(data)


def pem(case):
    key = Ed25519PublicKey.from_public_bytes(unhex(case["public_keys"][0]))
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@EACH
def test_pycose(case):
    for data, good in ((unhex(case["encoded"]), True), (spoilt(case), False)):
        message = CoseMessage.decode(data)
        assert isinstance(message, Sign1Message) and message.uhdr == {}
        assert message.phdr[Algorithm].fullname == "EDDSA"
        assert message.phdr[KID].hex() == case["view"]["key"]
        message.key = OKPKey(crv=Ed25519, x=unhex(case["public_keys"][0]))
        assert message.verify_signature() == good


@EACH
def test_python_cwt(case):
    kid = unhex(case["view"]["key"])
    key = cwt.COSEKey.new({1: 1, 2: kid, 3: -8, -1: 6, -2: unhex(case["public_keys"][0])})
    decoder = cwt.COSE.new()
    protected, unprotected, payload = decoder.decode_with_headers(unhex(case["encoded"]), key)
    claims = protected[15]
    assert unprotected == {} and (claims[1], claims[2]) == (case["view"]["claims"]["iss"], case["view"]["claims"]["sub"])
    assert cbor2.loads(payload)[0] == cbor2.loads(unhex(case["action_bytes"]))
    with pytest.raises(cwt.VerifyError):
        decoder.decode_with_headers(spoilt(case), key)


@EACH
def test_scitt_cose(case):
    parsed = scitt_cose.parse_signed_statement(unhex(case["encoded"]), public_key_pem=pem(case))
    assert parsed["signature_verified"] is True
    claims = case["view"]["claims"]
    assert (parsed["issuer"], parsed["subject"]) == (claims["iss"], claims["sub"])
    assert parsed["content_type"] == "application/vnd.yinxin.action+cbor"
    assert scitt_cose.parse_signed_statement(spoilt(case), public_key_pem=pem(case))["signature_verified"] is False


def test_scitt_cose_agrees_on_the_log():
    log = vectors("log.json")
    for case in log["proofs"]:
        path = [one.hex() for one in cbor2.loads(unhex(case["proof"]))]
        item, root = log["items"][case["index"]], log["roots"][case["size"]]
        assert scitt_cose.verify_inclusion(item, case["index"], case["size"], path, root)
    assert scitt_cose.merkle_root(log["chain_items"]) is not None
