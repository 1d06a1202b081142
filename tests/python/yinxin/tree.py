"""The state tree and the log once more, kept from block to block: only what changed is hashed again."""

from .formats import sha256
from .trees import EMPTY, bit, fold_peaks, leaf_hash, node_hash, state_inner, state_leaf


class StateTree:
    """A binary tree by the bits of the keys; a subtree with one leaf is that leaf. Nothing is ever removed."""

    def __init__(self):
        self.root_node, self.values = None, {}

    def put(self, path, value):
        self.values[path] = value
        key = sha256(path.encode())
        self.root_node = insert(self.root_node, key, state_leaf(key, sha256(value)), 0)

    def root(self):
        return self.root_node[0] if self.root_node else EMPTY

    def pairs(self):
        return [(sha256(path.encode()), sha256(value)) for path, value in self.values.items()]


def insert(node, key, hashed, depth):
    """A node is (hash, key) for a leaf, (hash, left, right) for an inner one, None for nothing."""
    if node is None or (len(node) == 2 and node[1] == key):
        return hashed, key
    if len(node) == 2:
        node = grow(node, depth)
    sides = [node[1], node[2]]
    sides[bit(key, depth)] = insert(sides[bit(key, depth)], key, hashed, depth + 1)
    return state_inner(*(side[0] if side else EMPTY for side in sides)), *sides


def grow(leaf, depth):
    return (None, None, leaf) if bit(leaf[1], depth) else (None, leaf, None)


class Log:
    """Peaks of RFC 9162's tree: one for each set bit of the size, largest first."""

    def __init__(self, size=0, peaks=()):
        self.size, self.peaks = size, list(peaks)

    def append(self, item):
        hashed, size = leaf_hash(item), self.size
        while size & 1:
            hashed, size = node_hash(self.peaks.pop(), hashed), size >> 1
        self.peaks.append(hashed)
        self.size += 1

    def root(self):
        return fold_peaks(self.peaks)
