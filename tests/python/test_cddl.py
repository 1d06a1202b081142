"""The CDDL of docs/spec against every vector, and against values that it must refuse."""

import json
import re
from functools import lru_cache

import cbor2
import pytest
from pycddl import Schema, ValidationError

from conftest import GOLDEN, SPEC, unhex, vectors

PAGES = {path.name: path.read_text() for path in sorted(SPEC.glob("*.md"))}
BLOCKS = [block for page in PAGES.values() for block in re.findall(r"^```cddl\n(.*?)^```", page, re.M | re.S)]
RULES = re.findall(r"^([a-z0-9-]+) = ", "".join(BLOCKS), re.M)


@lru_cache
def schema(rule):
    """Every rule of every page, with one of them as the root."""
    return Schema(f"start = {rule}\n" + "\n".join(BLOCKS))


def cases():
    for one in vectors("statements.json")["statements"]:
        yield "statement", one["name"], one["encoded"]
        yield "action", one["name"], one["action_bytes"]
        yield one["action"], one["name"], one["action_bytes"]
        yield "sig-structure", one["name"], one["sig_structure"]
        yield "endorsement-bytes", one["name"], one["endorsement_bytes"]
        protected, _, payload, _ = cbor2.loads(unhex(one["encoded"])).value
        yield "protected-header", one["name"], protected.hex()
        yield "statement-payload", one["name"], payload.hex()
    records = vectors("records.json")
    for one in records["values"]:
        yield one["type"], one["path"], one["encoded"]
    for one in records["lists"]:
        for number, item in enumerate(one["items"]):
            yield one["type"], f"{one['path']} {number}", item
    for one in records["lookups"]:
        yield "full-number", one["code"], one["number"]
    blocks = vectors("blocks.json")
    yield "genesis", "sample", blocks["genesis"]["encoded"]
    yield "header", "height 0", blocks["genesis"]["header"]
    for one in blocks["headers"]:
        yield "header", f"height {one['height']}", one["header"]
        yield "commit-certificate", f"height {one['height']}", one["certificate"]
    for number, one in enumerate(blocks["blocks"], 1):
        yield "block", f"height {number}", one
    for number, one in enumerate(blocks["decided"]):
        yield "decided", str(number), one
    for number, one in enumerate(blocks["validator_sets"]):
        yield "validator-set", str(number), one["encoded"]
    for one in vectors("certificates.json")["cases"]:
        yield "validator-set", one["what"], one["set"]
        yield "commit-certificate", one["what"], one["certificate"]
    for one in vectors("votes.json")["cases"]:
        yield one["rule"], one["what"], one["bytes"]
    for one in vectors("votes.json")["possession"]:
        yield "possession-bytes", one["use"], one["bytes"]
    yield "ready-bytes", "ready", vectors("votes.json")["ready"]["bytes"]
    for one in vectors("log.json")["proofs"]:
        yield "inclusion-proof", f"{one['index']} of {one['size']}", one["proof"]
    for one in vectors("state.json")["proofs"]:
        yield "state-proof", one["path"], one["proof"]
    for one in vectors("disclosures.json")["disclosures"]:
        yield "disclosure", one["what"], one["encoded"]
    for story in vectors("rotation.json"):
        for one in story["steps"]:
            yield "rotation", f"{story['name']} {one['height']}", one["encoded"]
    for name, one in vectors("trust.json").items():
        yield "trust", name, one["encoded"]
    for one in vectors("evidence.json")["cases"]:
        if one["verdict"] != "invalid":
            yield "evidence", one["what"], one["encoded"]
    for path in sorted(GOLDEN.iterdir()):
        rule = {".yinxin": "bundle", ".yinxin-trust": "trust"}.get(path.suffix)
        if rule:
            yield rule, path.name, path.read_bytes().hex()


CASES = list(cases())

def test_rules_stand_once():
    assert len(set(RULES)) == len(RULES) > 80


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_a_root(rule):
    schema(rule)


@pytest.mark.parametrize(("rule", "name", "encoded"), CASES, ids=[f"{rule} {name}" for rule, name, _ in CASES])
def test_vector(rule, name, encoded):
    schema(rule).validate_cbor(unhex(encoded))


def test_every_rule_is_used():
    text = re.sub(r"^[a-z0-9-]+ = ", "", re.sub(r";.*", "", "\n".join(BLOCKS)), flags=re.M)
    roots = {rule for rule, _, _ in CASES}
    unused = [rule for rule in RULES if rule not in roots and not re.search(rf"(?<![a-z0-9-]){rule}(?![a-z0-9-])", text)]
    assert unused == []


def without(value, label):
    return {key: item for key, item in value.items() if key != label}


# The library lets some things through inside arrays of groups; these are what the CDDL has to refuse at least.
WORSE = {
    "trust": lambda one: [{**one, 6: 0}, {**one, 6: {1: 1, 2: []}}, without(one, 4), {**one, 1: 2}, {**one, 3: bytes(31)}, {**one, 2: 7}],
    "evidence": lambda one: [{**one, 10: 0}, without(one, 9), {**one, 1: 2}, {**one, 7: 4}, {**one, 8: one[8][:2]}],
    "decided": lambda one: [one[:-1], [7, *one[1:]], [one[0], "x", one[2]], [*one[:2], [one[1]]], [one[1], one[0], one[2]], [*one[:2], None]],
    "header": lambda one: [one[:-1], [*one, 0], ["1", *one[1:]], [2, *one[1:]], [1, 2, *one[2:]], [*one[:-1], bytes(31)]],
    "commit-certificate": lambda one: [one[:-1], [*one, 0], ["7", *one[1:]], [*one[:2], 1, one[3]], [one[0], 1 << 32, *one[2:]]],
    "number-counter": lambda one: [{1: "1"}, {}, {1: 1, 2: 1}, {1: -1}, {1: 1.0}],
    "key-record": lambda one: [{**one, 13: 0}, without(one, 8), {**one, 10: 4}, {**one, 3: bytes(33)}, {**one, 4: 8}],
    "vote-bytes": lambda one: [["yinxin/proposal/1", *one[1:]], one[:-1], [*one[:5], 3, one[6]], [*one[:-1], 0]],
    "possession-bytes": lambda one: [one[:3] + one[5:], one[:4] + [b""] + one[5:], [*one[:3], 2, *one[4:]], [*one[:5], bytes(16)]],
    "ready-bytes": lambda one: [one[:-1], [*one[:2], b"", *one[3:]], ["yinxin/possession/1", *one[1:]]],
    "proposal": lambda one: [{**one, 9: [bytes(32)]}, {**one, 9: [{1: bytes(32)}]}],
    "vote": lambda one: [[3, one[1]], [one[0], {**one[1], 2: 0}], one[:1]],
}


@pytest.mark.parametrize("rule", WORSE)
def test_the_cddl_refuses(rule):
    encoded = next(encoded for of, _, encoded in CASES if of == rule)
    for other in WORSE[rule](cbor2.loads(unhex(encoded))):
        with pytest.raises(ValidationError):
            schema(rule).validate_cbor(cbor2.dumps(other))


def hexadecimal(page):
    return re.findall(r"^```vector (.*)\n([0-9a-f\n]*)^```", page, re.M)


@pytest.mark.parametrize("name", PAGES)
def test_examples_are_vectors(name):
    for place, digits in hexadecimal(PAGES[name]):
        file, *steps = place.split()
        at = json.loads((GOLDEN.parent / file).read_text())
        for step in steps:
            field, equals, text = step.partition("=")
            if equals:
                at = next(element for element in at if element[field] == text)
            else:
                at = at[int(step)] if isinstance(at, list) else at[step]
        assert digits.replace("\n", "") == at, place


def test_every_domain_tag_is_described():
    for case in vectors("identifiers.json")["domains"]:
        assert f"| `{case['tag']}` |" in PAGES["identifiers.md"]
