"""From a bundle and a trust file to a verdict: docs/spec/bundle.md sections 3 and 4."""

import datetime
import re

from . import cbor, disclosures
from .errors import CannotTell, Invalid, require
from .formats import (
    HEADER, HEADER_BYTES_MAX, decode_bundle, decode_trust, header_hash, is_path, set_hash, verify_signed_header,
)
from .records import CORRECTION_CASE, CORRECTION_ENTRY, LIST_HEAD, VALUE_BYTES_MAX, decode_record
from .statements import Statement
from .trees import fold_peaks, log_root, verify_inclusion, verify_state

DONE, OTHER_CONTENT, USAGE, CANNOT_TELL, NOT_FOUND, NOT_IN_FORCE, FORGED = 0, 1, 2, 3, 5, 8, 9


class Verified:
    """What a bundle proves."""

    def __init__(self, bundle, signers, entries, lists, statements, headers):
        self.header, self.signers, self.about = bundle["head"]["header"], signers, bundle["about"]
        self.entries, self.lists, self.statements, self.headers = entries, lists, statements, headers
        self.disclosed = disclosures.read_all(bundle["disclosures"])


def verify(data, trust_data):
    bundle, trust = decode_bundle(data), decode_trust(trust_data)
    validators = reach(bundle, trust)
    head = bundle["head"]["header"]
    signers = verify_signed_header(bundle["head"], trust, validators)
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
    if checkpoint is not None and checkpoint["height"] == head["height"]:
        require(header_hash(head) == checkpoint["header"], "the head is another one than the checkpoint of its height")
    height = checkpoint["height"] if checkpoint else 0
    if trust["history"] is not None and head["height"] <= height:
        validators = of_the_past(trust, head["height"])
        if set_hash(validators) != head["validators"]:
            raise CannotTell(f"the history of the trust file has another set at height {head['height']}")
        return validators
    for handover in bundle["handovers"]:
        header = handover["signed"]["header"]
        if header["height"] <= height:
            continue
        require(header["height"] < head["height"], "a handover is below the head")
        if checkpoint is None:
            raise CannotTell("the validators have changed since genesis; a checkpoint is needed")
        if header["validators"] != set_hash(validators):
            raise CannotTell(f"no handover leads to the validators of height {header['height']}")
        require(header["next_validators"] != header["validators"], "a handover changes the validators")
        verify_signed_header(handover["signed"], trust, validators)
        require(set_hash(handover["next"]) == header["next_validators"], "hash of the next validators")
        validators, height = handover["next"], header["height"]
    if set_hash(validators) != head["validators"]:
        if checkpoint is None:
            raise CannotTell("the validators have changed since genesis; a checkpoint is needed")
        raise CannotTell(f"the validators of height {head['height']} are not known from the trust file")
    return validators


def of_the_past(trust, height):
    """The set that decided a height up to the checkpoint."""
    if height >= trust["history"]["since"]:
        return trust["validators"]
    for term in reversed(trust["history"]["before"]):
        if height >= term["since"]:
            return term["validators"]
    raise CannotTell(f"the history of the trust file does not reach back to height {height}")


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


class Subject:
    """The record that a bundle is about: docs/spec/bundle.md section 4."""

    def __init__(self, verified):
        self.kind, self.path, self.found, self.places, self.absent = "other", None, None, [], []
        self.whole = True
        shown = {path: value for path, value in verified.entries.items()
                 if RECORD.fullmatch(path) and verified.about in (None, path)}
        if shown and all(value is None for value in shown.values()):
            self.kind, self.absent = "absent", list(shown)
            return
        records = {path: decode_record(path, value) for path, value in shown.items() if value is not None}
        of = {kind: [path for path in records if path.startswith(kind)] for kind in RECORDS}
        self._choose(verified, records, of)

    def _choose(self, verified, records, of):
        certificates = of["certificate/"]
        if len(of["lookup/"]) == 1:
            path = "certificate/" + records[of["lookup/"][0]]["certificate"].hex()
            certificates = [path] if verified.entries.get(path) is not None else []
            records |= {found: decode_record(found, verified.entries[found]) for found in certificates}
        elif len(certificates) > 1:
            certificates = [path for path in certificates
                            if any(disclosures.opened(kind, body, disclosures.certificate_places(records[path]))
                                   for kind, body in verified.disclosed if body and kind not in ("lookup", "subject"))]
        if len(certificates) == 1:
            self._is("certificate", certificates[0], records, disclosures.certificate_places)
        elif of["certificate/"] or of["lookup/"]:
            pass  # several, and nothing says which; or a look-up without its certificate
        elif len(of["identity/"]) == 1 and not of["correction/"]:
            self._is("identity", of["identity/"][0], records, disclosures.identity_places)
        elif len(of["correction/"]) == 1:
            page = verified.lists.get(of["correction/"][0])
            entries = [(page["start"] + at, CORRECTION_ENTRY(cbor.decode(item, VALUE_BYTES_MAX)))
                       for at, item in enumerate(page["items"])] if page else []
            self.whole = len(entries) == records[of["correction/"][0]]["entries"]["length"]
            self._is("case", of["correction/"][0], records, lambda found: disclosures.case_places(found, entries))

    def _is(self, kind, path, records, places):
        self.kind, self.path, self.found = kind, path, records[path]
        self.places = list(places(self.found))

    def opened(self, kind, body):
        """Every place that a disclosure opens here."""
        if kind == "subject":
            binding = disclosures.subject_binding(self.found["id"], body["identity"]) if self.kind == "certificate" else None
            return ["person"] if binding and binding in self.found["subjects"] else []
        return disclosures.opened(kind, body, self.places)

    def opens_all_files(self, prints):
        """Whether every file that the record certifies is opened, and there is one."""
        files = [place for _, (kind, _), place in self.places if kind in ("document", "content") and place != "matter"]
        return bool(files) and self.whole and all(place in [opened for opened, _ in prints] for place in files)

    def number(self):
        """The number in full, in the order of full-number; None without one."""
        number = self.found["number"] if self.kind == "certificate" else None
        return number and (self.found["office"], self.found["cls"], number["year"], number["serial"])

    def code_leads_here(self, body, entries):
        """True, False, or None where the bundle leaves it open."""
        code, asked = disclosures.code_bytes(body["code"]), body["number"] and tuple(body["number"].values())
        if self.kind == "absent":
            return asked is not None and lookup_path(code, asked) in self.absent
        number = self.number()
        if number is None or asked not in (None, number):
            return False
        # The first look-ups stood under the commitment itself. What is absent there says nothing: nothing is written there.
        first = f"lookup/{disclosures.lookup_commitment(code, *number).hex()}"
        path = next((path for path in (lookup_path(code, number), first) if entries.get(path) is not None), None)
        if path is None:
            return False if any(other.startswith("lookup/") for other in entries) else None
        value = entries[path]
        return value is not None and decode_record(path, value)["certificate"] == self.found["id"]

    def status(self, now):
        """The word of a record that is not in force at a time; None if it is, or has no status."""
        if self.kind == "certificate":
            code = self.found["status"]
            if code == 2 and self.found["issue_before"] is not None and now >= self.found["issue_before"]:
                code = 4
            return {1: "draft", 2: "approved", 4: "void", 5: "superseded", 6: "annulled"}.get(code)
        if self.kind == "identity":
            code = self.found["status"]
            if code != 3 and now >= self.found["valid_until"]:
                code = 4
            return {2: "suspended", 3: "revoked", 4: "expired"}.get(code)
        return None


CASE_CLOSED = 2
RECORDS = ("certificate/", "lookup/", "identity/", "correction/")
RECORD = re.compile("(certificate|identity|correction)/[0-9a-f]{32}|lookup/[0-9a-f]{64}")


def begins_as_bundle(data):
    """Whether it begins so, as far as it goes; after version 1 the head comes next, a pair."""
    version = data[3:4] if data[2:3] == b"\x18" else data[2:3]
    if not (version and 0xA7 <= data[0] <= 0xB7 and data[1] == 1 and data[2] <= 0x18):
        return False
    return version[0] > 1 or b"\x02\x82".startswith(data[3:5])


def is_newer(data):
    """Whether the bundle, its head or a handover claims a version above those of docs/spec."""
    try:
        bundle = decode_bundle(data)
    except Invalid:
        version = data[2:4] if data[2:3] == b"\x18" else data[2:3]
        return begins_as_bundle(data) and bool(version) and version[0] <= 0x18 and version[-1] > 1
    signed = [bundle["head"]] + [one["signed"] for one in bundle["handovers"]]
    return any(one["header"]["version"] > 1 or one["header"]["protocol"] > 1 for one in signed)


def lookup_path(code, number):
    return f"lookup/{disclosures.lookup_hash(code, *number).hex()}"


def verdict(bundle_data, trust_data, document=None):
    """Exit code and lines to print, as of the head's time."""
    try:
        verified = verify(bundle_data, trust_data)
    except CannotTell as reason:
        return CANNOT_TELL, [f"cannot tell: {reason}"]
    except Invalid as reason:
        if is_newer(bundle_data):
            return CANNOT_TELL, [f"cannot tell: it says that a newer program made it: {reason}"]
        return FORGED, [f"invalid: {reason}"]
    lines = proven(verified)
    try:
        subject = Subject(verified)
    except Invalid as reason:
        return CANNOT_TELL, lines + [f"cannot tell: the record cannot be read: {reason}"]
    lines.append(f"  about: {subject.path or subject.kind}")
    known = decode_trust(trust_data)["checkpoint"]
    if known is not None and known["height"] > verified.header["height"]:
        lines.append(f"  the trust file knows of a later height: {known['height']}")
    prints, leads = [], []
    for kind, body in verified.disclosed:
        if kind == "lookup":
            leads.append(subject.code_leads_here(body, verified.entries))
            if leads[-1] is False:
                return FORGED, lines + ["invalid: number and look-up code do not lead to the record"]
            continue
        places = subject.opened(kind, body) if body is not None else []
        if not places:
            return FORGED, lines + [f"invalid: a disclosure opens nothing of the record: {kind}"]
        lines.append(f"  disclosed: {kind}, which is its {' and its '.join(places)}")
        if kind in ("document", "content"):
            prints.extend((place, body) for place in places)
    return conclude(subject, verified.header["time"], prints, None in leads, document, lines)


def conclude(subject, now, prints, left_open, document, lines):
    if subject.kind == "absent" and document is not None:
        return CANNOT_TELL, lines + ["cannot tell: an absence says nothing of the file"]
    if subject.kind == "absent":
        return NOT_FOUND, lines + ["proven absent"]
    if subject.kind == "other":
        return CANNOT_TELL, lines + ["cannot tell: it is about no single record"]
    unknown = False
    if document is not None:
        places = sorted({place for place, body in prints if disclosures.document_matches(body, document)})
        if places == ["matter"] or (not places and subject.opens_all_files(prints)):
            return OTHER_CONTENT, lines + ["the file is not the one that was anchored"]
        unknown = not places
        lines = lines + [f"  the file is its {place}" for place in places]
    ended = subject.status(now)
    if unknown:
        status = [f"  the record in the bundle is not in force: {ended}"] if ended else []
        return CANNOT_TELL, lines + status + ["cannot tell: the bundle opens none that is this file, or not all"]
    if ended:
        return NOT_IN_FORCE, lines + [f"authentic, and not in force: {ended}"]
    if left_open:
        return CANNOT_TELL, lines + ["cannot tell: the bundle does not show where the look-up code leads"]
    if subject.kind == "case" and subject.found["status"] == CASE_CLOSED:
        return DONE, lines + ["authentic, and the case is closed"]
    mended = len(subject.found["amendments"]) if subject.kind == "certificate" else 0
    return DONE, lines + ["verified"] + ([f"mended {mended} times: the document and these papers belong together"] if mended else [])


def proven(verified):
    header = verified.header
    at = datetime.datetime.fromtimestamp(header["time"] / 1000, datetime.timezone.utc).isoformat()
    lines = [f"proven: as of {at}, height {header['height']} of {header['chain']}", f"  signed by {verified.signers} validators"]
    lines += [f"  {'absent' if value is None else 'present'}: {path}" for path, value in verified.entries.items()]
    lines += [f"  list {path}: items {page['start']} to {page['start'] + len(page['items'])} of {page['length']}"
              for path, page in verified.lists.items()]
    lines += [f"  logged at {index}: {one.action} on {one.claims['sub']}" for index, one in verified.statements]
    return lines + [f"  logged at {index}: header {one['height']}" for index, one in verified.headers]
