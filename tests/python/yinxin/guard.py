"""What a consensus key has signed, from the trace that the preload shim keeps of its guard's file.

A slot stands in the trace after it was written to both copies, that is before its newest signature was given out; so
every signature that ever left the node is in it, whatever was copied back or damaged later.
"""

import struct
import zlib

from . import ed25519
from .errors import require
from .formats import key_id, proposal_bytes, sha256, vote_bytes

MAGIC, HEAD, PAYLOAD_HEAD, ENTRY = b"YXGUARD1", 16, 85, 134
STEPS = {0: "proposal", 1: "prevote", 2: "precommit"}


def slots(data):
    """The slots of a trace, each behind its length."""
    at = 0
    while at + 4 <= len(data):
        size = struct.unpack_from("<I", data, at)[0]
        if at + 4 + size > len(data):
            return  # the node was killed while it wrote this one: its signature was not given out
        yield data[at + 4:at + 4 + size]
        at += 4 + size


def entries(slot):
    """Key, genesis and the signatures of a slot."""
    require(slot[:8] == MAGIC, "a slot of the guard")
    size, crc = struct.unpack_from("<II", slot, 8)
    payload = slot[HEAD:HEAD + size]
    require(len(payload) == size and zlib.crc32(slot[8:12] + payload) == crc, "the slot's checksum")
    key, genesis = payload[:32], payload[32:64]
    sequence, height, closed, count = struct.unpack_from("<QQBI", payload, 64)
    found = []
    for number in range(count):
        one = payload[PAYLOAD_HEAD + number * ENTRY:][:ENTRY]
        round_, step, present = struct.unpack_from("<IBB", one)
        found.append({"height": height, "round": round_, "step": step, "value": one[6:38] if present else None,
                      "digest": one[38:70], "signature": one[70:134]})
    require(len(payload) == PAYLOAD_HEAD + count * ENTRY, "the slot's length")
    return key, genesis, found


class Signed:
    """Everything that one key signed."""

    def __init__(self, public, context):
        self.public, self.context, self.by_step, self.signatures = public, context, {}, set()

    def read(self, data):
        for slot in slots(data):
            key, genesis, found = entries(slot)
            require(key == key_id(self.public) and genesis == self.context["genesis"], "the guard of another key or chain")
            for one in found:
                self._add(one)

    def _add(self, one):
        at = one["height"], one["round"], one["step"]
        known = self.by_step.get(at)
        if known is not None:
            require(known == one["digest"], f"signed twice: {STEPS[at[2]]} of height {at[0]} round {at[1]}")
            return
        self.by_step[at] = one["digest"]
        self.signatures.add(one["signature"])
        message = self._message(one)
        if message is not None:
            require(sha256(message) == one["digest"], f"the guard's digest of {at}")
            require(ed25519.verify(self.public, message, one["signature"]), f"the guard's signature of {at}")

    def _message(self, one):
        chain = self.context["chain"], self.context["genesis"]
        if one["step"]:
            return vote_bytes(*chain, one["height"], one["round"], one["step"], one["value"])
        # A proposal's round of validity does not stand in the guard: it is none, or an earlier round.
        for valid in (None, *range(one["round"])):
            message = proposal_bytes(*chain, one["height"], one["round"], one["value"], valid)
            if sha256(message) == one["digest"]:
                return message
        return None
