"""The second state machine on the sample's chain, and on blocks that no node may accept."""

import pytest

from conftest import unhex, vectors
from yinxin import cbor, trees
from yinxin.errors import Invalid
from yinxin.machine import Machine

GENESIS = unhex(vectors("blocks.json")["genesis"]["encoded"])


def all_blocks():
    """The sample's blocks, put together from its headers, certificates and log."""
    items, before, found = [unhex(item) for item in vectors("log.json")["chain_items"]], None, []
    for case in vectors("blocks.json")["headers"]:
        header = cbor.decode(unhex(case["header"]), 1024)
        first = found[-1][0][6] if found else 0  # the log's size before; its next item is the header before
        found.append([header, items[first + 1:header[6]], before])
        before = cbor.decode(unhex(case["certificate"]), 1 << 16)
    return found


BLOCKS = [cbor.encode(block) for block in all_blocks()]


def sample(blocks=None):
    machine = Machine(GENESIS)
    for block in BLOCKS[:blocks]:
        machine.apply(block)
    return machine


def test_the_sample_follows():
    machine = sample()
    assert BLOCKS[:3] == [unhex(block) for block in vectors("blocks.json")["blocks"]] and machine.height == len(BLOCKS)
    assert trees.tree_root(machine.tree.pairs()) == machine.tree.root()
    shown = {case["path"]: unhex(case["value"]) for case in vectors("state.json")["proofs"] if case["value"]}
    assert shown == machine.tree.values


def test_values_have_a_history():
    machine = sample()
    path = next(path for path, changes in machine.history.items() if len(changes) > 1 and path.startswith("certificate/"))
    (first, before), (second, after) = machine.history[path][:2]
    assert machine.value_at(path, first - 1) is None and machine.value_at(path, second - 1) == before
    assert machine.value_at(path, second) == after != before


@pytest.mark.parametrize("field", range(13))
def test_a_changed_header_does_not_follow(field):
    machine = sample(2)
    block = cbor.decode(BLOCKS[2], 4 << 20)
    value = block[0][field]
    # A time that is later by little makes another block that is as good; one that goes back does not.
    changed = {int: lambda: 0 if field == 4 else value + 1, bytes: lambda: bytes(32), str: lambda: value + "x"}
    block[0][field] = changed[type(value)]()
    with pytest.raises(Invalid):
        machine.apply(cbor.encode(block))


def test_one_statement_less_or_twice_does_not_follow():
    at, block = next((at, block) for at, block in enumerate(BLOCKS) if cbor.decode(block, 4 << 20)[1])
    for change in (lambda found: found[:-1], lambda found: found + found[-1:], lambda found: [found[0][:-1] + b"\x00"]):
        machine, changed = sample(at), cbor.decode(block, 4 << 20)
        changed[1] = change(changed[1])
        with pytest.raises(Invalid):
            machine.apply(cbor.encode(changed))
