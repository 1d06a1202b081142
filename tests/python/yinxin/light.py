"""From a bundle and a trust file to a verdict: docs/spec/bundle.md sections 3 and 4."""

import datetime

from . import cbor, disclosures
from .errors import CannotTell, Invalid, require
from .formats import (
    HEADER, HEADER_BYTES_MAX, decode_bundle, decode_trust, header_hash, is_path, set_hash, verify_signed_header,
)
from .records import CORRECTION_CASE, LIST_HEAD, VALUE_BYTES_MAX, decode_record, type_of_path
from .statements import Statement
from .trees import fold_peaks, log_root, verify_inclusion, verify_state

DONE, OTHER_CONTENT, USAGE, CANNOT_TELL, NOT_FOUND, NOT_IN_FORCE, FORGED = 0, 1, 2, 3, 5, 8, 9


class Verified:
    """What a bundle proves."""

    def __init__(self, bundle, signers, entries, lists, statements, headers):
        self.header, self.signers = bundle["head"]["header"], signers
        self.entries, self.lists, self.statements, self.headers = entries, lists, statements, headers
        self.disclosed = disclosures.read_all(bundle["disclosures"])

    def records(self):
        """Path to (type, record or None)."""
        decoded = {}
        for path, value in self.entries.items():
            decoded[path] = (type_of_path(path), None if value is None else decode_record(path, value))
        return decoded


def verify(data, trust_data):
    bundle, trust = decode_bundle(data), decode_trust(trust_data)
    validators = reach(bundle, trust)
    head = bundle["head"]["header"]
    require(head["version"] == 1, "the version of the header is 1")
    signers = verify_signed_header(bundle["head"], trust, validators)
    checkpoint = trust["checkpoint"]
    if checkpoint is not None and checkpoint["height"] == head["height"]:
        require(header_hash(head) == checkpoint["header"], "the head is another one than the checkpoint of its height")
    entries = {}
    for entry in bundle["entries"]:
        require(is_path(entry["path"]), "a path is ASCII without blanks, at most 160 bytes")
        verify_state(head["state_root"], entry["path"], entry["value"], entry["proof"])
        entries[entry["path"]] = entry["value"]
    lists = {page["path"]: verify_page(page, entries) for page in bundle["lists"]}
    statements, headers = verify_logged(bundle["logged"], head)
    return Verified(bundle, signers, entries, lists, statements, headers)


def reach(bundle, trust):
    """The set in force at the head, from the trust point over the handovers."""
    head = bundle["head"]["header"]
    require(head["chain"] == trust["chain"], "the bundle is of another chain")
    checkpoint, validators = trust["checkpoint"], trust["validators"]
    height = checkpoint["height"] if checkpoint else 0
    handed = False
    for handover in bundle["handovers"]:
        header = handover["signed"]["header"]
        if header["height"] <= height:
            continue
        if checkpoint is None:
            raise CannotTell("the validators have changed since genesis; a checkpoint is needed")
        verify_signed_header(handover["signed"], trust, validators)
        require(set_hash(handover["next"]) == header["next_validators"], "hash of the next validators")
        validators, height, handed = handover["next"], header["height"], True
    if set_hash(validators) != head["validators"]:
        if checkpoint is None:
            raise CannotTell("the validators have changed since genesis; a checkpoint is needed")
        raise CannotTell(f"the validators of height {head['height']} are not known from the trust file")
    require(not handed or head["height"] > height, "the head is not above the last handover")
    return validators


def list_head(path, entries):
    require(path in entries, f"the head of the list {path} is not among the entries")
    value = entries[path]
    if value is None:
        return {"length": 0, "peaks": []}
    decoded = cbor.decode(value, VALUE_BYTES_MAX)
    return CORRECTION_CASE(decoded)["entries"] if path.startswith("correction/") else LIST_HEAD(decoded)


def verify_page(page, entries):
    head = list_head(page["path"], entries)
    root, items, proofs = fold_peaks(head["peaks"]), page["items"], page["proofs"]
    if not proofs:
        require(page["start"] == 0 and len(items) == head["length"], "all items of the list, or one proof an item")
        require(log_root(items) == root, "root of the list")
    else:
        require(len(items) == len(proofs), "a part of a list needs one proof an item")
        for offset, (item, proof) in enumerate(zip(items, proofs)):
            verify_inclusion(item, page["start"] + offset, head["length"], root, proof)
    return {"length": head["length"], "start": page["start"], "items": items}


def verify_logged(logged, head):
    statements, headers = [], []
    for one in logged:
        verify_inclusion(one["item"], one["index"], head["log_size"], head["log_root"], one["proof"])
        if one["item"][:1] == b"\xd2":
            statements.append((one["index"], Statement(one["item"])))
        else:
            headers.append((one["index"], HEADER(cbor.decode(one["item"], HEADER_BYTES_MAX))))
    return statements, headers


def in_force(kind, found, now):
    """False for an authentic record that does not stand, as of the head's time. None for kinds without a status."""
    if kind == "notarial-certificate":
        return found["status"] == 3
    if kind == "identity-attestation":
        return found["status"] == 1 and now < found["valid_until"]
    return None


def verdict(bundle_data, trust_data, document=None):
    """Exit code and lines to print."""
    try:
        verified = verify(bundle_data, trust_data)
        records = verified.records()
    except CannotTell as reason:
        return CANNOT_TELL, [f"cannot tell: {reason}"]
    except Invalid as reason:
        return FORGED, [f"invalid: {reason}"]
    now = verified.header["time"]
    at = datetime.datetime.fromtimestamp(now / 1000, datetime.timezone.utc).isoformat()
    lines = [f"proven: as of {at}, height {verified.header['height']} of {verified.header['chain']}"]
    lines += [f"  signed by {verified.signers} validators"]
    standing = []
    for path, (kind, found) in records.items():
        stands = None if found is None else in_force(kind, found, now)
        standing.append(stands)
        word = "absent" if found is None else {True: "in force", False: "not in force", None: "present"}[stands]
        lines.append(f"  {word}: {path}")
    lines += [f"  list {path}: items {page['start']} to {page['start'] + len(page['items'])} of {page['length']}"
              for path, page in verified.lists.items()]
    lines += [f"  logged at {index}: {one.action} on {one.claims['sub']}" for index, one in verified.statements]
    lines += [f"  logged at {index}: header {one['height']}" for index, one in verified.headers]
    documents = []
    for kind, body in verified.disclosed:
        path = disclosures.opens(kind, body, records) if body is not None else None
        lines.append(f"  disclosed: {kind} of {path}" if path else f"  disclosed: {kind}, which opens nothing here")
        if kind == "document" and path:
            documents.append(body)
    if document is not None:
        if not documents:
            return CANNOT_TELL, lines + ["cannot tell: the bundle opens no anchor of a document"]
        if not any(disclosures.document_matches(body, document) for body in documents):
            return OTHER_CONTENT, lines + ["the file is not the one that is anchored"]
        lines.append("  the file is the one that is anchored")
    if False in standing:
        return NOT_IN_FORCE, lines
    if records and all(found is None for _, found in records.values()):
        return NOT_FOUND, lines
    return DONE, lines
