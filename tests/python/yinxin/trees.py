"""The log (RFC 9162) and the state tree: docs/spec/log.md, docs/spec/proofs.md."""

from .errors import require
from .formats import sha256

EMPTY = b"SPARSE_MERKLE_PLACEHOLDER_HASH__"


def leaf_hash(item):
    return sha256(b"\x00", item)


def node_hash(left, right):
    return sha256(b"\x01", left, right)


def log_root(items):
    """MTH of RFC 9162 section 2.1.1, by its recursive definition."""
    if not items:
        return sha256()
    if len(items) == 1:
        return leaf_hash(items[0])
    split = 1 << (len(items) - 1).bit_length() - 1
    return node_hash(log_root(items[:split]), log_root(items[split:]))


def fold_peaks(peaks):
    if not peaks:
        return sha256()
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def verify_inclusion(item, index, size, root, proof):
    """By the recursive definition of PATH in RFC 9162 section 2.1.3.1, not by the algorithm of 2.1.3.2."""
    require(index < size, "an index below the size")

    def climb(at, count, siblings):
        if count == 1:
            require(not siblings, "the inclusion proof is too long")
            return leaf_hash(item)
        require(siblings, "the inclusion proof is too short")
        split = 1 << (count - 1).bit_length() - 1
        if at < split:
            return node_hash(climb(at, split, siblings[:-1]), siblings[-1])
        return node_hash(siblings[-1], climb(at - split, count - split, siblings[:-1]))

    require(climb(index, size, proof) == root, "log root")


def state_leaf(key, value_hash):
    return sha256(b"JMT::LeafNode", key, value_hash)


def state_inner(left, right):
    return sha256(b"JMT::IntrnalNode", left, right)


def bit(key, depth):
    return key[depth // 8] >> 7 - depth % 8 & 1


def shared_bits(a, b):
    different = int.from_bytes(a, "big") ^ int.from_bytes(b, "big")
    return 256 - different.bit_length()


def verify_state(root, path, value, proof):
    """That the path holds the value, or none, under the root."""
    key, depth, bitmap = sha256(path.encode()), proof["depth"], proof["bitmap"]
    require(len(bitmap) == (depth + 7) // 8, "depth and bitmap fit")
    bits = [bool(byte & 0x80 >> at) for byte in bitmap for at in range(8)]
    require(not any(bits[depth:]), "no bit beyond the depth")
    require(sum(bits) * 32 == len(proof["hashes"]), "one hash for each set bit")
    leaf = proof["leaf"]
    if value is not None:
        require(leaf is None, "a proof of presence carries no leaf")
        bottom = state_leaf(key, sha256(value))
    elif leaf is not None:
        require(leaf["key"] != key, "absence cannot end at the key itself")
        require(shared_bits(leaf["key"], key) >= depth, "the other leaf stands on the same path")
        bottom = state_leaf(leaf["key"], leaf["value"])
    else:
        bottom = EMPTY
    hashes = [proof["hashes"][at:at + 32] for at in range(0, len(proof["hashes"]), 32)]
    require(EMPTY not in hashes, "an empty sibling is told by its bit")
    siblings = [hashes.pop(0) if bits[level] else EMPTY for level in range(depth)]
    if bottom != EMPTY and siblings:
        require(bits[0], "a leaf does not stand beside an empty subtree")
    for level, sibling in enumerate(siblings):
        if bit(key, depth - 1 - level):
            bottom = state_inner(sibling, bottom)
        else:
            bottom = state_inner(bottom, sibling)
    require(bottom == root, "state root")


def tree_root(pairs, depth=0):
    """Root over (key, value hash) pairs by the tree's definition: a subtree with one leaf is that leaf."""
    if not pairs:
        return EMPTY
    if len(pairs) == 1:
        return state_leaf(*pairs[0])
    halves = [[pair for pair in pairs if bit(pair[0], depth) == side] for side in (0, 1)]
    return state_inner(tree_root(halves[0], depth + 1), tree_root(halves[1], depth + 1))
