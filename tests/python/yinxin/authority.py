"""Keys and governance: the rules of the second state machine about who may do what."""

import hashlib

from . import cbor, ed25519, records
from .disclosures import base_of
from .errors import require
from .formats import key_id, ready_bytes, tagged, validator_set
from .signers import ACTIVE, ADMINISTRATION, OFFICER, REVOKED, SEAL, SUSPENDED
from .values import Record, number_word

YEAR_MS = 366 * 24 * 3600 * 1000
OPEN, PASSED, REJECTED = 1, 2, 3
FREEZE_MS, PROPOSAL_MS, READY_MS, DELAY_MS_MIN = 72 * 3_600_000, 30 * 24 * 3_600_000, 3_600_000, 600_000
ACTS_WITH_GROUNDS = {
    "amend", "annul", "freeze-key", "resume-identity", "revoke-identity", "revoke-key", "supersede", "suspend-identity",
    "suspend-key", "void",
}
READY_BEHIND_MAX, FOR_EVER = 200, (1 << 64) - 1
SAFE = {
    "pace_ms": (0, 5_000), "block_weight_max": (1_000, 20_000), "block_bytes_max": (256 * 1024, 4 << 20),
    "issue_within_ms": (3_600_000, 180 * 24 * 3_600_000), "propose_timeout_ms": (300, 1_000),
    "vote_timeout_ms": (100, 1_000), "validator_delay_ms": (600_000, 720 * 3_600_000),
    "absences_max": (4, 1_000),
}


# Keys.

def unused(machine, identifier):
    machine.vacant(f"key/{identifier.hex()}")
    schedule = machine.schedule()
    sets = [schedule["current"], schedule["previous"], (schedule["pending"] or {}).get(1)]
    require(all(key_id(one[2]) != identifier for found in sets if found for one in found), "a validator's key")


def register_key(act):
    act.signers.administration()
    body, shown = act.body, act.body["key"]
    require((body["purpose"], body["officer"] is not None) in ((OFFICER, True), (SEAL, False)), "purpose and officer")
    require(len(body["titles"]) <= 8, "titles")
    require(body["not_before"] < body["not_after"] and act.time < body["not_after"] <= act.time + 10 * YEAR_MS, "validity")
    unused(act.machine, key_id(shown["key"]))
    act.possession(shown["key"], shown["possession"], body["purpose"], body["officer"] or b"")
    mark = act.machine.record(f"frozen/{act.department}")
    act.keep(Record(records.KEY_RECORD).set(
        department=act.department, suite=shown["suite"], key=shown["key"], purpose=body["purpose"],
        officer=body["officer"], titles=body["titles"], unit=body["unit"], not_before=body["not_before"],
        not_after=body["not_after"], status=ACTIVE, status_since=act.time,
        frozen_until=act.time if mark and act.time < mark["until"] + FREEZE_MS else None,
    ))


def suspend_key(act):
    record = act.record()
    itself = act.signers.main["key"] == record["key"] and not act.signers.endorsers
    if not itself:
        own_key(act, record)
    require(record["status"] == ACTIVE, "an active key")
    act.grounded("suspend-key")
    if record["purpose"] == ADMINISTRATION and not others_suffice(act, record):
        require(itself, "enough other administration keys")
        rested(act, record)
        act.keep(record.set(frozen_until=act.time + FREEZE_MS))
    else:
        act.keep(record.set(status=SUSPENDED, status_since=act.time))


def own_key(act, record):
    act.signers.administration()
    require(record["department"] == act.department, "an own key")


def resume_key(act):
    record = act.record()
    own_key(act, record)
    require(record["status"] == SUSPENDED, "a suspended key")
    act.keep(record.set(status=ACTIVE, status_since=act.time))


def revoke_key(act):
    record = act.record()
    own_key(act, record)
    require(record["purpose"] != ADMINISTRATION and record["status"] != REVOKED, "a key that can be revoked")
    act.grounded("revoke-key")
    act.keep(record.set(status=REVOKED, status_since=act.time))


def freeze_key(act):
    signers = act.signers
    others = {key["department"] for key in signers.endorsers} - {act.department}
    require(len(others) == 1, "the administrations of two departments")
    other = others.pop()
    pair = [signers.department, act.machine.existing(f"department/{other}")]
    for department in pair:
        signed = sum(administers(key, department) for key in [signers.main, *signers.endorsers])
        require(signed >= department["administration_threshold"], "too few administration keys")
    require(all(any(administers(key, one) for one in pair) for key in [signers.main, *signers.endorsers]), "foreign keys")
    record = act.record()
    require(record["status"] != REVOKED, "a key that could still sign")
    require(record["purpose"] != ADMINISTRATION or others_suffice(act, record), "the last administration keys")
    rested(act, record)
    act.grounded("freeze-key")
    if record["department"] not in (act.department, other):
        act.machine.put(f"frozen/{record['department']}", cbor.encode({1: act.time + FREEZE_MS}))
    act.keep(record.set(frozen_until=act.time + FREEZE_MS))


def rested(act, record):
    until = record["frozen_until"]
    require(until is None or act.time >= until + FREEZE_MS, "72 hours since its last freeze ended")


def administers(key, department):
    listed = key_id(key["key"]) in department["administration"]
    return key["purpose"] == ADMINISTRATION and key["department"] == department["id"] and listed


def others_suffice(act, stopped):
    """Whether enough other administration keys of its department can sign."""
    department = act.machine.existing(f"department/{stopped['department']}")
    others = [act.machine.existing(f"key/{one.hex()}") for one in department["administration"]
              if one != key_id(stopped["key"])]
    usable = [one for one in others if one["status"] == ACTIVE and (one["frozen_until"] or 0) <= act.time]
    return len(usable) >= department["administration_threshold"]


# Governance.

def propose(act):
    act.signers.administration()
    act.machine.vacant(act.path)
    on_base(act, act.raw[2], act.body["base"])
    path = f"proposals/{act.department}"
    listed = [one for one in open_proposals(act, path) if act.time < one[1]]
    require(len(listed) < 16, "fewer than 16 open proposals")
    replaces = hashlib.sha256(replaced_path(act.raw[2]).encode()).digest()
    act.machine.put(path, cbor.encode([*listed, [act.body["proposal"], act.time + PROPOSAL_MS, replaces]]))
    settle(act, Record(records.PROPOSAL).set(
        id=act.body["proposal"], department=act.department, change=act.raw[2], yes=[act.department], no=[],
        proposed_at=act.time, expires_at=act.time + PROPOSAL_MS, status=OPEN, ready=[],
        base=act.body["base"],
    ), fresh=True)


def open_proposals(act, path):
    act.machine.effort += 1
    found = act.machine.value(path)
    return cbor.decode(found, 1 << 20) if found else []


def strike(act, department, struck):
    """Takes proposals out of a department's list."""
    path = f"proposals/{department}"
    listed = open_proposals(act, path)
    kept = [one for one in listed if not struck(one)]
    if kept != listed:
        act.machine.put(path, cbor.encode(kept))


def on_base(act, change, base):
    """What the change replaces is still what its proposer saw."""
    present = act.machine.value(replaced_path(change))
    require(base == (base_of(present) if present else None), "a change of what stands now")


def replaced_path(change):
    kind, body = change
    named = {1: "department", 2: "department", 3: "department", 4: "item", 7: "grounds"}
    return {5: "parameters", 6: "validators"}.get(kind) or f"{named[kind]}/{body[1]}"


def open_proposal(act):
    act.signers.administration()
    record = act.record()
    read = act.body["proposed"]
    require(read is None or read == proposed_hash(record), "a vote on what is proposed")
    require(record["status"] == OPEN and act.time < record["expires_at"], "an open proposal")
    listed = open_proposals(act, f"proposals/{record['department']}")
    require(any(one[0] == record["id"] for one in listed), "a proposal over which nothing was decided")
    on_base(act, record["change"], record["base"])
    return record


def proposed_hash(record):
    """Names what is proposed: the body of `propose`, made again from the record."""
    body = {1: record["id"], 2: record["change"]} | ({3: record["base"]} if record["base"] else {})
    return tagged("yinxin/proposed/1", cbor.encode(body))


def vote(act):
    record = open_proposal(act)
    side, other = ("yes", "no") if act.body["approve"] else ("no", "yes")
    require(act.department not in record[side], "another vote than before")
    kept = [name for name in record[other] if name != act.department]
    settle(act, record.set(**{side: record[side] + [act.department], other: kept}))


def ready(act):
    record, body = open_proposal(act), act.body
    kind, change = record["change"]
    require(kind == 6, "a change of validators")
    joining = [one for one in change[1] if key_id(one[2]) == body["key"] and one[0] == act.department]
    require(len(joining) == 1, "a validator of the department")
    tip = act.machine.height - 1
    require(tip - READY_BEHIND_MAX <= body["height"] <= tip, "near the head")
    require(act.machine.headers[body["height"]] == body["header"], "the header of that height")
    message = ready_bytes(
        act.machine.context["chain"], body["proposal"], body["key"], body["height"], body["header"])
    act.machine.effort += 8
    require(ed25519.verify(joining[0][2], message, body["signature"]), "the joining key's signature")
    marks = [mark for mark in record["ready"] if mark[1] != body["key"]]
    settle(act, record.set(ready=marks + [{1: body["key"], 2: act.time}]))


def settle(act, record, fresh=False):
    machine = act.machine
    members = []
    for name in cbor.decode(machine.value("departments"), 1 << 20):
        department = machine.one_of_many(f"department/{name}")
        if department["active"] and department["administration"]:
            members.append(name)
    count = {side: sum(name in members for name in record[side]) for side in ("yes", "no")}
    passed = count["yes"] * 3 > len(members) * 2
    if fresh or passed:
        check_change(act, *record["change"])
    if passed:
        if carry_out(act, record):
            record.set(status=PASSED)
            decided = hashlib.sha256(replaced_path(record["change"]).encode()).digest()
            for name in cbor.decode(machine.value("departments"), 1 << 20):
                strike(act, name, lambda one: one[2] == decided)
    elif count["no"] * 3 >= len(members):
        record.set(status=REJECTED)
        strike(act, record["department"], lambda one: one[0] == record["id"])
    act.keep(record)


def carry_out(act, record):
    """Carries a change out; False if it waits for nodes that are to join."""
    kind, change = record["change"]
    if kind == 4:
        item = Record(records.ITEM, change)
        act.machine.keep(f"item/{item['code']}/{item['version']}", item)
        act.machine.keep(f"item/{item['code']}", item)
    elif kind == 5:
        act.machine.keep("parameters", Record(records.PARAMETERS, change))
    elif kind == 6:
        return schedule(act, record, change[1])
    elif kind == 1:
        put_department(act.machine, Record(records.DEPARTMENT, change))
    elif kind == 2:
        set_administration(act, *(change[label] for label in (1, 2, 3)))
    elif kind == 3:
        path = f"department/{change[1]}"
        act.machine.keep(path, act.machine.existing(path).set(active=False, successor=change.get(2)))
    elif kind == 7:
        act.machine.put(f"grounds/{change[1]}", cbor.encode(change))
    return True


def put_department(machine, department):
    names = cbor.decode(machine.value("departments"), 1 << 20)
    if department["id"] not in names:
        machine.put("departments", cbor.encode(sorted([*names, department["id"]])))
    for entry in department["numbering"]:
        machine.put(number_word(entry[2]), cbor.encode({1: department["id"], 2: entry[1]}))
    machine.keep(f"department/{department['id']}", department)


def set_administration(act, name, keys, threshold):
    machine, path = act.machine, f"department/{name}"
    department = machine.existing(path)
    for old in department["administration"]:
        where = f"key/{old.hex()}"
        machine.keep(where, machine.existing(where).set(status=REVOKED, status_since=act.time))
    for one in keys:
        machine.keep(f"key/{key_id(one[2]).hex()}", Record(records.KEY_RECORD).set(
            department=name, suite=one[1], key=one[2], purpose=ADMINISTRATION, titles=[], not_before=act.time,
            not_after=FOR_EVER, status=ACTIVE, status_since=act.time,
        ))
    listed = [key_id(one[2]) for one in keys]
    machine.keep(path, department.set(administration=listed, administration_threshold=threshold))


def check_change(act, kind, change):
    """Whether a change may be proposed, and again whether it may be carried out."""
    {1: check_department, 2: check_administration, 3: check_retirement, 4: check_item, 5: check_parameters,
     6: allowed_set, 7: check_grounds}[kind](act, change)


def check_department(act, change):
    department = Record(records.DEPARTMENT, change)
    known = act.machine.record(f"department/{department['id']}")
    require(known is None or known["active"], "a department that has not retired")
    keys, threshold = (known["administration"], known["administration_threshold"]) if known else ([], 0)
    require((department["administration"], department["administration_threshold"]) == (keys, threshold), "the same keys")
    require(department["active"] and department["successor"] is None, "an active department")
    require(len(department["roles"]) <= 16 and distinct(department["roles"]), "roles")
    entries = department["numbering"]
    require(all(entry in entries for entry in (known["numbering"] if known else [])), "number words that stand")
    require(len(entries) <= 32 and distinct(entry[1] for entry in entries), "number words")
    require(distinct(entry[2] for entry in entries), "number words")
    for entry in entries:
        holder = act.machine.one_of_many(number_word(entry[2]))
        require(holder is None or (holder["office"], holder["cls"]) == (department["id"], entry[1]), "words given once")


def distinct(found):
    found = list(found)
    return len(set(found)) == len(found)


def check_administration(act, change):
    name, keys, threshold = (change[label] for label in (1, 2, 3))
    require(act.machine.existing(f"department/{name}")["active"], "an active department")
    require(len(keys) <= 5 and 2 <= threshold < len(keys), "three to five keys, and a threshold below their number")
    require(len({one[2] for one in keys}) == len(keys), "each key once")
    for one in keys:
        unused(act.machine, key_id(one[2]))
        act.possession(one[2], one[3], ADMINISTRATION, b"", name)


def check_retirement(act, change):
    schedule = act.machine.schedule()
    sets = [schedule["current"], (schedule["pending"] or {}).get(1)]
    validates = any(one[0] == change[1] for found in sets if found for one in found)
    active, successor = act.machine.existing(f"department/{change[1]}")["active"], change.get(2)
    require(not validates and (active or successor), "a member that validates nothing, or a successor")
    if successor:
        require(successor != change[1], "another department")
        require(act.machine.existing(f"department/{successor}")["active"], "an active successor")


def check_item(act, change):
    item = Record(records.ITEM, change)
    newest = act.machine.record(f"item/{item['code']}")
    require(item["version"] == (newest["version"] + 1 if newest else 1), "the next version")
    require(newest is None or newest["kind"] == item["kind"], "the same kind")
    require(len(item["powers"]) <= 128 and len(item["variants"]) <= 64 and len(item["parties"]) <= 64, "the item's size")
    require((item["subjects_min"] or 0) <= 8, "subjects that a certificate can have")
    lists = [item["exercising"], item["variants"], item["parties"], [power[1] for power in item["powers"]]]
    require(all(distinct(found) for found in [*lists, *(power[2] for power in item["powers"])]), "nothing twice")
    require(all(len(power[2]) <= 64 for power in item["powers"]), "roles of a power")
    for name in item["exercising"]:
        require(act.machine.one_of_many(f"department/{name}") is not None, "departments of the consortium")


def check_grounds(act, change):
    codes = [ground[1] for ground in change[2]]
    require(change[1] in ACTS_WITH_GROUNDS and len(codes) <= 64 and codes == sorted(set(codes)), "grounds of an act")


def check_parameters(act, change):
    proposed = Record(records.PARAMETERS, change)
    for name, (least, most) in SAFE.items():
        left_out = name == "absences_max" and proposed[name] is None
        require(left_out or least <= proposed[name] <= most, f"{name} in its safe range")


def allowed_set(act, change):
    """A change of validators moves at most a third of the power, and none is pending."""
    current, proposed = act.machine.schedule(), change[1]
    require(current["pending"] is None, "no other change is pending")
    validator_set(ascending(proposed))
    for one in proposed:
        require(act.machine.existing(f"department/{one[0]}")["active"], "validators of active departments")
        act.machine.effort += 2
        act.machine.vacant(f"key/{key_id(one[2]).hex()}")
    moved = max(surplus(current["current"], proposed), surplus(proposed, current["current"]))
    require(moved * 3 <= sum(one[3] for one in current["current"]), "a change of at most a third of the power")


def surplus(some, others):
    """Power that validators have here and not there; a key that changes its department is another validator."""
    there = {(key_id(one[2]), one[0]): one[3] for one in others}
    return sum(max(0, one[3] - there.get((key_id(one[2]), one[0]), 0)) for one in some)


def schedule(act, record, proposed):
    """Schedules the set once every joining key has shown that its node is up."""
    machine = act.machine
    current = machine.schedule()
    before = {(key_id(one[2]), one[0]) for one in current["current"]}
    joining = {key_id(one[2]) for one in proposed if (key_id(one[2]), one[0]) not in before}
    up = {mark[1] for mark in record["ready"] if act.time < mark[2] + READY_MS}
    if not joining <= up:
        return False
    delay = max(machine.existing("parameters")["validator_delay_ms"], DELAY_MS_MIN)
    machine.keep("validators", current.set(pending={1: ascending(proposed), 2: act.time + delay}))
    return True


def ascending(validators):
    return sorted(validators, key=lambda one: key_id(one[2]))


RULES = {
    "register-key": register_key, "suspend-key": suspend_key, "resume-key": resume_key, "revoke-key": revoke_key,
    "freeze-key": freeze_key, "propose": propose, "vote": vote, "ready": ready,
}
