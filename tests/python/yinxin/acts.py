"""What each kind of statement about a record asks and does: the rules of the second state machine."""

import datetime

from . import authority, cbor, records
from .errors import require
from .disclosures import subject_binding
from .formats import key_id, tagged
from .signers import ACTIVE, HOLDER, REVOKED, SUSPENDED, is_notary, may_approve
from .values import Record

YEAR_MS = 366 * 24 * 3600 * 1000
DRAFT, APPROVED, ISSUED, VOID, SUPERSEDED, ANNULLED = 1, 2, 3, 4, 5, 6
NOTARIAL, IDENTITY, CORRECTION = 1, 2, 3


# Identity attestations.

def register_identity(act):
    act.signers.sole_officer()
    body = act.body
    item, reference = act.current_item(IDENTITY)
    codes = [one["code"] for one in body["attributes"]]
    require(1 <= body["level"] <= 3 and len(codes) <= 32 and codes == sorted(set(codes)), "level and attributes")
    require(act.time < body["valid_until"] <= act.time + 20 * YEAR_MS, "validity")
    authority.unused(act.machine, key_id(body["holder"]))
    act.possession(body["holder"], body["possession"], HOLDER, body["identity"])
    act.power(item, "register")
    require({1: "natural", 2: "legal"}[body["person"]] in item["variants"], "the item's kind of person")
    act.machine.vacant(act.path)
    act.keep(Record(records.IDENTITY_ATTESTATION).set(
        id=body["identity"], department=act.department, item=reference, person=body["person"], level=body["level"],
        holder_suite=body["holder_suite"], holder=body["holder"], attributes=act.raw[8], status=ACTIVE,
        registered_at=act.time, valid_until=body["valid_until"],
    ))


def change_identity(word, allowed, after):
    def rule(act):
        act.signers.sole_officer()
        record = act.record()
        act.answers_for(record, record["department"], word)
        require(record["status"] in allowed, "the record's status")
        act.grounded(f"{word}-identity")
        act.keep(record.set(status=after, changed=act.reason(record["department"], act.body["text"])))
    return rule


def in_force(machine, identity, time):
    record = machine.record(f"identity/{identity.hex()}")
    return record is not None and record["status"] == ACTIVE and time < record["valid_until"]


# Notarial certificates.

def draft(act):
    notary, body, machine = act.signers.sole_officer(), act.body, act.machine
    subjects = body["subjects"]
    require(len(subjects) <= 8 and len(set(subjects)) == len(subjects), "subjects")
    require("notary" in act.signers.main["titles"], "a notary")
    item, reference = act.current_item(NOTARIAL)
    act.power(item, "draft")
    machine.vacant(act.path)
    require(len(subjects) >= (1 if item["subjects_min"] is None else item["subjects_min"]), "as many subjects as the item asks")
    cls = item["number_class"]
    require(any(word[1] == cls for word in act.signers.department["numbering"]), "the office's number word")
    require(all(in_force(machine, subject, act.time) for subject in subjects), "subjects in force")
    binding = [subject_binding(body["certificate"], subject) for subject in subjects]
    listed = f"certificates/{act.department}"
    head = machine.record(listed)
    head = machine.append(listed, head.fields if head else None, b"\x50" + body["certificate"])
    machine.keep(listed, Record(records.LIST_HEAD, head))
    act.keep(Record(records.NOTARIAL_CERTIFICATE).set(
        id=body["certificate"], office=act.department, item=reference, cls=cls, status=DRAFT, notary=notary,
        matter=body["matter"], subjects=binding, drafted_at=act.time, amendments=[],
    ))


def standing(act, word, path=None):
    """A certificate on which the signing office may act: its own, or one of the office that it succeeds."""
    record = act.machine.existing(path or act.path)
    return record, act.answers_for(record, record["office"], word)


def in_the_making(act, word):
    """A certificate of the office itself, under an item that is in force today."""
    record, item = standing(act, word)
    require(record["office"] == act.department, "another office's certificate")
    newest = act.machine.existing(f"item/{record['item'][0]}")
    require(newest["active"], "an item in force")
    act.power(newest, word)
    return record, item


def named_again(act, record, subjects):
    drafted = sorted(subject_binding(record["id"], subject) for subject in subjects)
    require(drafted == sorted(record["subjects"]), "the subjects of the draft")
    require(all(in_force(act.machine, subject, act.time) for subject in subjects), "subjects in force")


def beijing_year(time):
    epoch = datetime.datetime(1970, 1, 1)
    return (epoch + datetime.timedelta(milliseconds=time + 8 * 3_600_000)).year


def approve(act):
    approver, machine = act.signers.sole_officer(), act.machine
    record, item = in_the_making(act, "approve")
    require(record["status"] == DRAFT, "a draft")
    if item["approval"] == 2:
        require(approver == record["notary"] or may_approve(act.signers.main), "the notary in charge")
        require(is_notary(act.signers.main), "a notary")
    else:
        require(may_approve(act.signers.main) and approver != record["notary"], "another person who may approve")
    if act.body["subjects"] is not None:
        named_again(act, record, act.body["subjects"])
    year = act.body["year"]
    require(year == beijing_year(act.time), "the year in Beijing")
    counter = f"number/{act.department}/{record['cls']}/{year}"
    known = machine.record(counter)
    serial = known["next"] if known else 1
    require(act.body["serial"] in (None, serial), "the next serial")
    machine.keep(counter, Record(records.TYPES["number-counter"]).set(next=serial + 1))
    deadline = act.time + machine.existing("parameters")["issue_within_ms"]
    act.keep(record.set(
        status=APPROVED, number={1: year, 2: serial}, approver=approver, approved_at=act.time, issue_before=deadline))


def issue(act):
    officer, machine = act.signers.officer(), act.machine
    act.signers.sealed()
    record, _ = in_the_making(act, "issue")
    require(officer == record["notary"] and "notary" in act.signers.main["titles"], "the notary in charge")
    require(record["status"] == APPROVED and act.time < record["issue_before"], "approved, and in time")
    named_again(act, record, act.body["subjects"] or [])
    number = [record["office"], record["cls"], record["number"][1], record["number"][2]]
    lookup = f"lookup/{tagged('yinxin/lookup/2', act.body['lookup'], cbor.encode(number)).hex()}"
    machine.keep(lookup, Record(records.TYPES["lookup-record"]).set(certificate=record["id"]))
    act.keep(record.set(status=ISSUED, document=act.body["document"], issued_at=act.time))


def amend(act):
    act.signers.two_officers()
    record, _ = standing(act, "amend")
    require(record["status"] == ISSUED and len(record["amendments"]) < 64, "issued")
    act.grounded("amend")
    amendment = {1: act.body["document"], 2: act.reason(record["office"], act.body["text"])}
    act.keep(record.set(amendments=record["amendments"] + [amendment]))


def supersede(act):
    act.signers.two_officers()
    old, _ = standing(act, "supersede")
    path = f"certificate/{act.body['replacement'].hex()}"
    fresh, _ = standing(act, "supersede", path)
    require(old["status"] == ISSUED and path != act.path, "issued")
    require(fresh["status"] == ISSUED and fresh["supersedes"] is None, "a replacement that fits")
    require(fresh["item"][0] == old["item"][0], "a replacement of the same item")
    act.grounded("supersede")
    act.machine.keep(path, fresh.set(supersedes=old["id"]))
    act.keep(old.set(status=SUPERSEDED, superseded_by=fresh["id"], ended=act.reason(old["office"], act.body["text"])))


def annul(act):
    act.signers.two_officers()
    record, _ = standing(act, "annul")
    require(record["status"] in (ISSUED, SUPERSEDED), "issued or superseded")
    act.grounded("annul")
    act.keep(record.set(status=ANNULLED, ended=act.reason(record["office"], act.body["text"])))


def void(act):
    officer = act.signers.sole_officer()
    record, _ = standing(act, "void")
    require(officer == record["notary"] or may_approve(act.signers.main), "the notary in charge")
    require(is_notary(act.signers.main), "a notary")
    require(record["status"] == APPROVED, "approved")
    act.grounded("void")
    act.keep(record.set(status=VOID, ended=act.reason(record["office"])))


# Corrections cases.

def open_case(act):
    act.signers.sole_officer()
    body = act.body
    item, reference = act.current_item(CORRECTION)
    act.power(item, "open")
    require(body["variant"] in item["variants"], "a variant of the item")
    act.machine.vacant(act.path)
    act.keep(Record(records.CORRECTION_CASE).set(
        id=body["case"], department=act.department, item=reference, variant=body["variant"], subject=body["subject"],
        decision=body["decision"], minor=body["minor"], status=1, opened_at=act.time, entries={1: 0, 2: []},
    ))


def running_case(act, word):
    record = act.record()
    act.power(act.item_of(record), word)
    require(record["status"] == 1, "an open case")
    return record


def enter_case(act):
    officer, body = act.signers.sole_officer(), act.body
    record = running_case(act, f"entry-{body['kind']}")
    require(body["occurred_at"] <= act.time, "a time that has come")
    entry = Record(records.CORRECTION_ENTRY).set(
        kind=body["kind"], department=act.department, officer=officer, content=body["content"],
        occurred_at=body["occurred_at"], anchored_at=act.time, statement=act.id,
    )
    act.keep(record.set(entries=act.machine.append(act.path, record["entries"], entry.encoded())))


def close_case(act):
    act.signers.sole_officer()
    record = running_case(act, f"close-{act.body['ground']}")
    act.keep(record.set(status=2, closed=act.reason(act.department, act.body["document"]), closed_by=act.department))


RULES = {
    "register-identity": register_identity,
    "suspend-identity": change_identity("suspend", (ACTIVE,), SUSPENDED),
    "resume-identity": change_identity("resume", (SUSPENDED,), ACTIVE),
    "revoke-identity": change_identity("revoke", (ACTIVE, SUSPENDED), REVOKED),
    "draft": draft, "approve": approve, "issue": issue, "amend": amend, "supersede": supersede, "annul": annul,
    "void": void, "open-case": open_case, "enter-case": enter_case, "close-case": close_case,
    **authority.RULES,
}
