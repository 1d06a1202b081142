"""Makes tests/vectors/ed25519_edge.json: signatures on which Ed25519 implementations differ. Run once, by hand."""

import hashlib
import json
import pathlib
import sys

from yinxin.ed25519 import L, P, add, compress, decode_point, multiply

BASE = decode_point(bytes.fromhex("58" + "66" * 31))
EIGHTH = decode_point(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"))


def scalar(name):
    return int.from_bytes(hashlib.sha512(name.encode()).digest(), "little") % L


def challenge(r, a, message):
    return int.from_bytes(hashlib.sha512(r + a + message).digest(), "little") % L


def case(what, torsion_a, torsion_r, wanted):
    """A signature by a mixed-order key or commitment whose challenge fits `wanted`."""
    secret, nonce = scalar("edge secret"), scalar("edge nonce")
    public = compress(add(multiply(secret, BASE), multiply(torsion_a, EIGHTH)))
    commitment = compress(add(multiply(nonce, BASE), multiply(torsion_r, EIGHTH)))
    for number in range(1000):
        message = f"edge {number}".encode()
        k = challenge(commitment, public, message)
        if wanted(k):
            s = (nonce + k * secret) % L
            signature = commitment + s.to_bytes(32, "little")
            return {"what": what, "public": public.hex(), "message": message.hex(), "signature": signature.hex()}
    raise SystemExit(f"no message found for {what}")


def large_s(what, add_multiple):
    good = case(what, 0, 0, lambda k: True)
    signature = bytes.fromhex(good["signature"])
    s = int.from_bytes(signature[32:], "little") + add_multiple * L
    good["signature"] = (signature[:32] + s.to_bytes(32, "little")).hex()
    return good


CASES = [
    case("plain", 0, 0, lambda k: True),
    case("key of mixed order, the challenge takes its small part away", 1, 0, lambda k: k % 8 == 0),
    case("key of mixed order, good under the cofactored equation alone", 1, 0, lambda k: k % 8 == 3),
    case("R of mixed order, good under the cofactored equation alone", 0, 1, lambda k: True),
    case("key and R of mixed order whose small parts cancel out", 1, 4, lambda k: k % 8 == 4),
    case("key and R of mixed order, good under the cofactored equation alone", 1, 2, lambda k: k % 8 == 3),
    large_s("S plus the order", 1),
    large_s("S plus seven times the order", 7),
    large_s("S above 2^255", 8),
    {"what": "R that is no point", "public": compress(multiply(scalar("edge secret"), BASE)).hex(), "message": "00",
     "signature": (2).to_bytes(32, "little").hex() + (1).to_bytes(32, "little").hex()},
    {"what": "key that is no point", "public": (2).to_bytes(32, "little").hex(), "message": "00",
     "signature": compress(BASE).hex() + (1).to_bytes(32, "little").hex()},
    {"what": "R with y above the prime", "public": compress(multiply(scalar("edge secret"), BASE)).hex(), "message": "00",
     "signature": (P + 3).to_bytes(32, "little").hex() + (1).to_bytes(32, "little").hex()},
]

if __name__ == "__main__":
    path = pathlib.Path(__file__).parent.parent / "vectors" / "ed25519_edge.json"
    path.write_text(json.dumps(CASES, indent=2) + "\n")
    sys.stdout.write(f"{len(CASES)} cases in {path}\n")
