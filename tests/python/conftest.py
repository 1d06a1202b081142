"""Where the vectors lie, and the sample's worthless keys."""

import hashlib
import json
import pathlib
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TESTS = pathlib.Path(__file__).resolve().parent.parent
VECTORS = TESTS / "vectors"
GOLDEN = VECTORS / "golden"
SPEC = TESTS.parent / "docs" / "spec"


@lru_cache
def vectors(name):
    return json.loads((VECTORS / name).read_text())


@lru_cache
def golden(name):
    return (GOLDEN / name).read_bytes()


def unhex(text):
    return bytes.fromhex(text)


def secret(name):
    """The sample's key of a name: SHA-256 of the name is its seed."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def expectations():
    found = []
    for path in sorted(GOLDEN.glob("*-expected.json")):
        found += json.loads(path.read_text())
    return found
