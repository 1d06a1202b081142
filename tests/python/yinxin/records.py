"""Records and actions: docs/spec/records.md, docs/spec/actions.md."""

from . import cbor
from .formats import VALIDATOR, validator_set
from .schema import (
    HASH, HEIGHT, ITEM_CODE, OFFICE_WORD, OFFICER_ID, RECORD_ID, SIGNATURE, SLUG, SUITE, TIME, Optional, array, boolean,
    bstr, code, free_text, list_of, public_key, record, uint, union,
)

VALUE_BYTES_MAX = 256 * 1024

ITEM_REF = array(code=ITEM_CODE, version=uint(32))
REASON = record(code=SLUG, text=Optional(HASH), at=TIME, by=Optional(SLUG))
LIST_HEAD = record(length=uint(), peaks=list_of(HASH))
NUMBER_WORD = record(cls=SLUG, word=OFFICE_WORD)
DEPARTMENT = record(
    id=SLUG, name_zh=free_text, name_en=free_text, roles=list_of(SLUG), administration=list_of(HASH),
    administration_threshold=uint(8), numbering=list_of(NUMBER_WORD), active=boolean, credit_code=Optional(free_text),
    successor=Optional(SLUG),
)
PURPOSE = code(1, 2, 3, 4, 5, 6, 7)
KEY_RECORD = record(
    department=SLUG, suite=SUITE, key=public_key, purpose=PURPOSE, officer=Optional(OFFICER_ID), titles=list_of(SLUG),
    unit=Optional(SLUG), not_before=TIME, not_after=TIME, status=code(1, 2, 3), status_since=TIME,
    frozen_until=Optional(TIME),
)
POWER = record(act=SLUG, roles=list_of(SLUG), name_zh=free_text, name_en=free_text)
ITEM = record(
    code=ITEM_CODE, version=uint(32), kind=code(1, 2, 3), name_zh=free_text, name_en=free_text, legal_basis=free_text,
    exercising=list_of(SLUG), powers=list_of(POWER), active=boolean, approval=Optional(code(1, 2)),
    number_class=Optional(SLUG), promised_minutes=Optional(uint(32)), statutory_days=Optional(uint(32)),
    in_person=boolean, parties=list_of(SLUG), variants=list_of(SLUG), subjects_min=Optional(uint(8)),
)
PARAMETERS = record(
    pace_ms=uint(), block_weight_max=uint(), block_bytes_max=uint(), issue_within_ms=uint(), propose_timeout_ms=uint(),
    vote_timeout_ms=uint(), validator_delay_ms=uint(), absences_max=Optional(uint()),
)
ABSENCE = record(key=HASH, since=HEIGHT, witnesses=bstr())
ROTATION = record(absences=list_of(ABSENCE))
GROUND = record(code=SLUG, name_zh=free_text, name_en=free_text)
GROUNDS = record(act=SLUG, grounds=list_of(GROUND))
PENDING_SET = record(validators=validator_set, not_before=TIME)
VALIDATOR_SCHEDULE = record(current=validator_set, pending=Optional(PENDING_SET), previous=Optional(validator_set))
NEW_KEY = record(suite=SUITE, key=public_key, possession=SIGNATURE)
CHANGE = union({
    1: ("put-department", DEPARTMENT),
    2: ("set-administration", record(department=SLUG, keys=list_of(NEW_KEY), threshold=uint(8))),
    3: ("retire-department", record(department=SLUG, successor=Optional(SLUG))),
    4: ("put-item", ITEM),
    5: ("set-parameters", PARAMETERS),
    6: ("set-validators", record(validators=list_of(VALIDATOR))),
    7: ("set-grounds", GROUNDS),
})
READY_MARK = record(key=HASH, at=TIME)
OPEN_PROPOSALS = list_of(array(proposal=RECORD_ID, expires_at=TIME, replaces=HASH))
PROPOSAL = record(
    id=RECORD_ID, department=SLUG, change=CHANGE, yes=list_of(SLUG), no=list_of(SLUG), proposed_at=TIME, expires_at=TIME,
    status=code(1, 2, 3), ready=list_of(READY_MARK), base=Optional(HASH),
)
CERTIFICATE_NUMBER = record(year=uint(32), serial=uint())
AMENDMENT = record(document=HASH, reason=REASON)
NOTARIAL_CERTIFICATE = record(
    id=RECORD_ID, office=SLUG, item=ITEM_REF, cls=SLUG, status=code(1, 2, 3, 4, 5, 6), notary=OFFICER_ID, matter=HASH,
    subjects=list_of(HASH), drafted_at=TIME, number=Optional(CERTIFICATE_NUMBER), approver=Optional(OFFICER_ID),
    approved_at=Optional(TIME), issue_before=Optional(TIME), document=Optional(HASH), issued_at=Optional(TIME),
    amendments=list_of(AMENDMENT), supersedes=Optional(RECORD_ID), superseded_by=Optional(RECORD_ID),
    ended=Optional(REASON),
)
ATTRIBUTE = record(code=SLUG, commitment=HASH)
IDENTITY_ATTESTATION = record(
    id=RECORD_ID, department=SLUG, item=ITEM_REF, person=code(1, 2), level=uint(8), holder_suite=SUITE, holder=public_key,
    attributes=list_of(ATTRIBUTE), status=code(1, 2, 3, 4), registered_at=TIME, valid_until=TIME, changed=Optional(REASON),
)
CORRECTION_CASE = record(
    id=RECORD_ID, department=SLUG, item=ITEM_REF, variant=SLUG, subject=HASH, decision=HASH, minor=boolean,
    status=code(1, 2), opened_at=TIME, entries=LIST_HEAD, closed=Optional(REASON), closed_by=Optional(SLUG),
)
CORRECTION_ENTRY = record(
    kind=SLUG, department=SLUG, officer=Optional(OFFICER_ID), content=HASH, occurred_at=TIME, anchored_at=TIME,
    statement=HASH,
)

TYPES = {
    "validator-schedule": VALIDATOR_SCHEDULE, "parameters": PARAMETERS, "rotation": ROTATION,
    "department-list": list_of(SLUG),
    "department": DEPARTMENT, "key-record": KEY_RECORD, "item": ITEM, "proposal": PROPOSAL,
    "notarial-certificate": NOTARIAL_CERTIFICATE, "list-head": LIST_HEAD, "number-counter": record(next=uint()),
    "grounds": GROUNDS, "number-word-holder": record(office=SLUG, cls=SLUG),
    "open-proposals": OPEN_PROPOSALS, "freeze-mark": record(until=TIME),
    "lookup-record": record(certificate=RECORD_ID), "identity-attestation": IDENTITY_ATTESTATION,
    "correction-case": CORRECTION_CASE, "correction-entry": CORRECTION_ENTRY, "record-id": RECORD_ID,
}
OF_PATH = {
    "validators": "validator-schedule", "parameters": "parameters", "rotation": "rotation", "departments": "department-list",
    "department": "department", "key": "key-record", "item": "item", "proposal": "proposal",
    "certificate": "notarial-certificate", "certificates": "list-head", "number": "number-counter",
    "number-word": "number-word-holder", "grounds": "grounds", "proposals": "open-proposals", "frozen": "freeze-mark",
    "lookup": "lookup-record", "identity": "identity-attestation", "correction": "correction-case",
}

IDENTITY_CHANGE = record(identity=RECORD_ID, reason=SLUG, text=Optional(HASH))
KEY_CHANGE = record(key=HASH, reason=SLUG)
ACTION = union({
    1: ("propose", record(proposal=RECORD_ID, change=CHANGE, base=Optional(HASH))),
    2: ("vote", record(proposal=RECORD_ID, approve=boolean, proposed=Optional(HASH))),
    3: ("ready", record(
        proposal=RECORD_ID, key=HASH, height=HEIGHT, header=HASH, signature=SIGNATURE, proposed=Optional(HASH))),
    10: ("register-key", record(key=NEW_KEY, purpose=PURPOSE, officer=Optional(OFFICER_ID), titles=list_of(SLUG),
                                unit=Optional(SLUG), not_before=TIME, not_after=TIME)),
    11: ("suspend-key", KEY_CHANGE),
    12: ("resume-key", record(key=HASH)),
    13: ("revoke-key", KEY_CHANGE),
    14: ("freeze-key", KEY_CHANGE),
    20: ("draft", record(certificate=RECORD_ID, item=ITEM_REF, matter=HASH, subjects=list_of(RECORD_ID))),
    21: ("approve", record(certificate=RECORD_ID, year=uint(32), serial=Optional(uint()),
                          subjects=Optional(list_of(RECORD_ID)))),
    22: ("issue", record(certificate=RECORD_ID, document=HASH, lookup=HASH, subjects=Optional(list_of(RECORD_ID)))),
    23: ("amend", record(certificate=RECORD_ID, document=HASH, reason=SLUG, text=Optional(HASH))),
    24: ("supersede", record(certificate=RECORD_ID, replacement=RECORD_ID, reason=SLUG, text=Optional(HASH))),
    25: ("annul", record(certificate=RECORD_ID, reason=SLUG, text=Optional(HASH))),
    26: ("void", record(certificate=RECORD_ID, reason=SLUG)),
    30: ("register-identity", record(identity=RECORD_ID, item=ITEM_REF, person=code(1, 2), level=uint(8),
                                     holder_suite=SUITE, holder=public_key, possession=SIGNATURE,
                                     attributes=list_of(ATTRIBUTE), valid_until=TIME)),
    31: ("suspend-identity", IDENTITY_CHANGE),
    32: ("resume-identity", IDENTITY_CHANGE),
    33: ("revoke-identity", IDENTITY_CHANGE),
    40: ("open-case", record(case=RECORD_ID, item=ITEM_REF, variant=SLUG, subject=HASH, decision=HASH, minor=boolean)),
    41: ("enter-case", record(case=RECORD_ID, kind=SLUG, content=HASH, occurred_at=TIME)),
    42: ("close-case", record(case=RECORD_ID, ground=SLUG, document=Optional(HASH))),
})
SUBJECT = {
    1: ("proposal", "proposal"), 2: ("proposal", "proposal"), 3: ("proposal", "proposal"),
    11: ("key", "key"), 12: ("key", "key"), 13: ("key", "key"), 14: ("key", "key"),
    **{number: ("certificate", "certificate") for number in range(20, 27)},
    **{number: ("identity", "identity") for number in range(30, 34)},
    **{number: ("correction", "case") for number in range(40, 43)},
}


def type_of_path(path):
    return OF_PATH.get(path.split("/")[0])


def decode_record(path, value):
    """The record under a path; a path of an unknown kind gives the value as it is."""
    kind = type_of_path(path)
    return TYPES[kind](cbor.decode(value, VALUE_BYTES_MAX)) if kind else value
