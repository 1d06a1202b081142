#!/usr/bin/env python3
"""check_chain.py STORY: checks what nodes kept, signed and answered in a story, with code of its own.

STORY is a directory that the harness fills:
  story.json          {"honest": [...], "guilty": [...]}
  blocks/DEPARTMENT   `yinxin-node export` of each stopped node
  signed/DEPARTMENT   trace of its signer guard, if one was kept; with a suffix that of another process with its key
  clients.jsonl       what clients saw: {"kind": "ack", "id", "height", "session"}
                      {"kind": "answer", "session", "bundle", "paths"}, {"kind": "refused", "id", "code"}
Exit codes: 0 everything holds; 9 something does not, and is said; 2 usage.
"""

import json
import pathlib
import sys
import time

from yinxin import export, guard, trees
from yinxin.errors import Invalid, require
from yinxin.formats import decode_bundle, header_hash, key_id, set_hash, verify_certificate, verify_signed_header
from yinxin.machine import Machine


class Story:
    """What stands in the directory, and what follows from the blocks."""

    def __init__(self, directory):
        self.directory = directory
        self.told = json.loads((directory / "story.json").read_text())
        self.nodes = {name: export.read(directory / "blocks" / name) for name in self.told["honest"]}
        genesis = {genesis for genesis, _ in self.nodes.values()}
        require(len(genesis) == 1, "all nodes were founded by one document")
        self.machine, self.headers = Machine(genesis.pop()), []
        self.heights = max(len(heights) for _, heights in self.nodes.values())
        self.certificates, self.precommits = 0, {}

    def lines(self):
        """What clients saw, in the order in which they wrote it down."""
        clients = self.directory / "clients.jsonl"
        if clients.exists():
            with clients.open() as file:
                yield from map(json.loads, file)

    def at(self, height):
        """What each honest node has at a height."""
        return {name: heights[height - 1] for name, (_, heights) in self.nodes.items() if height <= len(heights)}


def replay(story):
    """K1 and K3: every node has the same block; it follows from those before it; every certificate of it is good."""
    machine = story.machine
    for height in range(1, story.heights + 1):
        found = story.at(height)
        blocks = {one.block for one in found.values()}
        require(len(blocks) == 1, f"height {height}: the nodes {sorted(found)} hold {len(blocks)} different blocks")
        header = machine.apply(blocks.pop())
        story.headers.append(header)
        validators = machine.validators_of(height)
        for certificate in {one.certificate_bytes: one.certificate() for one in found.values()}.values():
            signed = {"header": header, "certificate": certificate}
            story.certificates += verify_signed_header(signed, machine.context, validators) > 0
            note_precommits(story, certificate, validators)
    pairs = machine.tree.pairs()
    require(trees.tree_root(pairs) == machine.tree.root(), "the tree, hashed anew by its definition")


def note_precommits(story, certificate, validators):
    bits = [one for at, one in enumerate(validators) if certificate["signers"][at // 8] & 0x80 >> at % 8]
    for at, one in enumerate(bits):
        signature = certificate["signatures"][64 * at:64 * at + 64]
        story.precommits.setdefault(one["key"], set()).add(signature)


def durable(story):
    """K2: every acknowledged statement is on the chain exactly once, at the height that was said."""
    acks = [line for line in story.lines() if line["kind"] == "ack"]
    for line in acks:
        places = story.machine.statements.get(bytes.fromhex(line["id"]), [])
        require(places == [line["height"]], f"{line['id']} was acknowledged at {line['height']}, and stands at {places}")
    doubled = [places for places in story.machine.statements.values() if len(places) != 1]
    require(not doubled, f"statements more than once: {doubled[:3]}")
    return len(acks)


def answers(story):
    """K3 and K4: every answer is the state at its height, and within a session no height goes back."""
    count, last = 0, {}
    for line in story.lines():
        height = line.get("height")
        if line["kind"] == "answer":
            bundle = decode_bundle(bytes.fromhex(line["bundle"]))
            height = bundle["head"]["header"]["height"]
            check_answer(story, line, bundle)
            count += 1
        if height is None:
            continue
        before = last.get(line["session"], 0)
        require(line["kind"] != "answer" or height >= before, f"{line['session']} was shown {height} after {before}")
        last[line["session"]] = max(height, before)
    return count


def check_answer(story, line, bundle):
    header = bundle["head"]["header"]
    height = header["height"]
    require(height <= story.heights, f"an answer of height {height}, and the chain ends at {story.heights}")
    require(header_hash(header) == header_hash(story.headers[height - 1]), f"an answer under another header {height}")
    validators = story.machine.validators_of(height)
    require(set_hash(validators) == header["validators"], "the validators of the answer")
    verify_certificate(bundle["head"]["certificate"], story.machine.context, validators, header_hash(header))
    shown = {entry["path"]: entry for entry in bundle["entries"]}
    require(set(line["paths"]) <= set(shown), f"asked for {line['paths']}, shown {sorted(shown)}")
    for path, entry in shown.items():
        trees.verify_state(header["state_root"], path, entry["value"], entry["proof"])
        require(story.machine.value_at(path, height) == entry["value"], f"{path} at height {height} has another value")


def misconduct(story):
    """K5: who is said to have signed twice did; the honest never are."""
    keys = {key_id(one["key"]): one["department"]
            for height in story.machine.sets for one in story.machine.validators_of(height)}
    named = {}
    for name, (_, heights) in story.nodes.items():
        for one in heights:
            for key in one.misconduct:
                require(key in keys, f"{name} accuses {key.hex()}, which is no validator's")
                named.setdefault(keys[key], set()).add(name)
    innocent = set(named) - set(story.told["guilty"])
    require(not innocent, f"accused, and honest: { {name: sorted(named[name]) for name in innocent} }")
    return sorted(named)


def signatures(story):
    """No key signed two values for one step; whatever stands in a certificate went through a guard."""
    keys = {one["department"]: one["key"] for one in story.machine.validators_of(1)}
    folder, found = story.directory / "signed", {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        name = path.name.split(".")[0]  # a second process with the same key has a suffix
        signed = found.setdefault(name, guard.Signed(keys[name], story.machine.context))
        try:
            signed.read(path.read_bytes())
        except Invalid as reason:
            raise Invalid(f"{path.name}: {reason}") from reason
    for name, signed in found.items():
        unseen = story.precommits.get(keys[name], set()) - signed.signatures
        require(not unseen, f"{name}: {len(unseen)} precommits of certificates did not pass its guard")
    return sum(len(signed.by_step) for signed in found.values())


def check(story):
    replay(story)
    acks, shown, named, signed = durable(story), answers(story), misconduct(story), signatures(story)
    return (f"{story.heights} heights of {len(story.nodes)} nodes, {story.certificates} certificates, "
            f"{len(story.machine.statements)} statements, {acks} acknowledged, {shown} answers, {signed} signatures, "
            f"accused: {', '.join(named) or 'nobody'}")


def main():
    if len(sys.argv) != 2:
        sys.stderr.write(__doc__)
        return 2
    started = time.monotonic()
    try:
        said = check(Story(pathlib.Path(sys.argv[1])))
    except Invalid as reason:
        print(f"does not hold: {reason}")
        return 9
    print(f"holds: {said}; {time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
