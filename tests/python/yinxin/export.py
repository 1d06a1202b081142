"""The file of `yinxin-node export`: genesis, then for each height block, certificate, and who signed twice."""

from . import cbor
from .errors import require
from .formats import COMMIT_CERTIFICATE


def item_end(data, at):
    """Where the CBOR item that begins at `at` ends; definite lengths only."""
    left = 1
    while left:
        major, short = data[at] >> 5, data[at] & 31
        require(short < 28, f"byte {at}: a length of its own kind")
        size = 0 if short < 24 else 1 << short - 24
        number = short if short < 24 else int.from_bytes(data[at + 1:at + 1 + size], "big")
        at, left = at + 1 + size, left - 1
        if major in (2, 3):
            at += number
        elif major == 4:
            left += number
        elif major == 5:
            left += 2 * number
        elif major == 6:
            left += 1
        require(at <= len(data), "the file ends inside an item")
    return at


class Decided:
    """One height as one node has it."""

    def __init__(self, data, start, end):
        require(data[start] == 0x83, f"byte {start}: an array of three")
        block_end = item_end(data, start + 1)
        certificate_end = item_end(data, block_end)
        self.block, self.certificate_bytes = data[start + 1:block_end], data[block_end:certificate_end]
        self.misconduct = [one[0] for one in cbor.decode(data[certificate_end:end], 1 << 26)]

    def certificate(self):
        return COMMIT_CERTIFICATE(cbor.decode(self.certificate_bytes, 1 << 16))


def read(path):
    """The genesis document's bytes, and what stands there for each height from 1 on."""
    data = path.read_bytes()
    at = item_end(data, 0)
    genesis, heights = data[:at], []
    while at < len(data):
        end = item_end(data, at)
        heights.append(Decided(data, at, end))
        at = end
    return genesis, heights
