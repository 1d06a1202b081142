"""Keys and governance: the rules of the second state machine about who may do what."""

from . import cbor, ed25519, records
from .errors import require
from .formats import key_id, ready_bytes, validator_set
from .signers import ACTIVE, ADMINISTRATION, OFFICER, REVOKED, SEAL, SUSPENDED
from .values import Record

YEAR_MS = 366 * 24 * 3600 * 1000
OPEN, PASSED, REJECTED = 1, 2, 3
FREEZE_MS, PROPOSAL_MS, READY_MS, DELAY_MS_MIN = 72 * 3_600_000, 30 * 24 * 3_600_000, 3_600_000, 600_000
READY_BEHIND_MAX, FOR_EVER = 200, (1 << 64) - 1
SAFE = {
    "pace_ms": (0, 5_000), "block_weight_max": (200, 20_000), "block_bytes_max": (256 * 1024, 4 << 20),
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
    act.keep(Record(records.KEY_RECORD).set(
        department=act.department, suite=shown["suite"], key=shown["key"], purpose=body["purpose"],
        officer=body["officer"], titles=body["titles"], unit=body["unit"], not_before=body["not_before"],
        not_after=body["not_after"], status=ACTIVE, status_since=act.time,
    ))


def change_key(allowed, after):
    def rule(act):
        record = act.record()
        itself = act.signers.main["key"] == record["key"] and not act.signers.endorsers and after == SUSPENDED
        if not itself:
            act.signers.administration()
            require(record["department"] == act.department and record["purpose"] != ADMINISTRATION, "an own key")
        require(record["status"] in allowed, "the key's status")
        act.keep(record.set(status=after, status_since=act.time))
    return rule


def freeze_key(act):
    signers = act.signers
    others = {key["department"] for key in signers.endorsers} - {act.department}
    require(len(others) == 1, "the administrations of two departments")
    pair = [signers.department, act.machine.existing(f"department/{others.pop()}")]
    for department in pair:
        signed = sum(administers(key, department) for key in [signers.main, *signers.endorsers])
        require(signed >= department["administration_threshold"], "too few administration keys")
    require(all(any(administers(key, one) for one in pair) for key in [signers.main, *signers.endorsers]), "foreign keys")
    record = act.record()
    if record["purpose"] == ADMINISTRATION:
        left_usable(act, record)
    act.keep(record.set(frozen_until=act.time + FREEZE_MS))


def administers(key, department):
    listed = key_id(key["key"]) in department["administration"]
    return key["purpose"] == ADMINISTRATION and key["department"] == department["id"] and listed


def left_usable(act, frozen):
    """Freezing may not leave a department without enough administration keys."""
    department = act.machine.existing(f"department/{frozen['department']}")
    others = [act.machine.existing(f"key/{one.hex()}") for one in department["administration"]
              if one != key_id(frozen["key"])]
    usable = [one for one in others if one["status"] == ACTIVE and (one["frozen_until"] or 0) <= act.time]
    require(len(usable) >= department["administration_threshold"], "the last administration keys")


# Governance.

def propose(act):
    act.signers.administration()
    act.machine.vacant(act.path)
    settle(act, Record(records.PROPOSAL).set(
        id=act.body["proposal"], department=act.department, change=act.raw[2], yes=[act.department], no=[],
        proposed_at=act.time, expires_at=act.time + PROPOSAL_MS, status=OPEN, ready=[],
    ), fresh=True)


def open_proposal(act):
    act.signers.administration()
    record = act.record()
    require(record["status"] == OPEN and act.time < record["expires_at"], "an open proposal")
    return record


def vote(act):
    record = open_proposal(act)
    require(act.department not in record["yes"] + record["no"], "a first vote")
    side = "yes" if act.body["approve"] else "no"
    settle(act, record.set(**{side: record[side] + [act.department]}))


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
    require(ed25519.verify(joining[0][2], message, body["signature"]), "the joining key's signature")
    marks = [mark for mark in record["ready"] if mark[1] != body["key"]]
    settle(act, record.set(ready=marks + [{1: body["key"], 2: act.time}]))


def settle(act, record, fresh=False):
    machine = act.machine
    members = []
    for name in cbor.decode(machine.value("departments"), 1 << 20):
        department = machine.existing(f"department/{name}")
        if department["active"] and department["administration"]:
            members.append(name)
    count = {side: sum(name in members for name in record[side]) for side in ("yes", "no")}
    passed = count["yes"] * 3 > len(members) * 2
    if fresh or passed:
        check_change(act, *record["change"])
    if passed:
        if carry_out(act, record):
            record.set(status=PASSED)
    elif count["no"] * 3 >= len(members):
        record.set(status=REJECTED)
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
        act.machine.keep(path, act.machine.existing(path).set(active=False))
    return True


def put_department(machine, department):
    names = cbor.decode(machine.value("departments"), 1 << 20)
    if department["id"] not in names:
        machine.put("departments", cbor.encode(sorted([*names, department["id"]])))
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
     6: allowed_set}[kind](act, change)


def check_department(act, change):
    department = Record(records.DEPARTMENT, change)
    known = act.machine.record(f"department/{department['id']}")
    keys, threshold = (known["administration"], known["administration_threshold"]) if known else ([], 0)
    require((department["administration"], department["administration_threshold"]) == (keys, threshold), "the same keys")
    classes = [word[1] for word in department["numbering"]]
    require(department["active"] and len(department["roles"]) <= 16 and len(set(classes)) == len(classes), "a department")


def check_administration(act, change):
    name, keys, threshold = (change[label] for label in (1, 2, 3))
    act.machine.existing(f"department/{name}")
    require(2 <= len(keys) <= 5 and 2 <= threshold <= len(keys), "two to five keys, and a threshold")
    require(len({one[2] for one in keys}) == len(keys), "each key once")
    for one in keys:
        unused(act.machine, key_id(one[2]))
        act.possession(one[2], one[3], ADMINISTRATION, b"", name)


def check_retirement(act, change):
    schedule = act.machine.schedule()
    sets = [schedule["current"], (schedule["pending"] or {}).get(1)]
    validates = any(one[0] == change[1] for found in sets if found for one in found)
    require(act.machine.existing(f"department/{change[1]}")["active"] and not validates, "a member that validates nothing")


def check_item(act, change):
    item = Record(records.ITEM, change)
    newest = act.machine.record(f"item/{item['code']}")
    require(item["version"] == (newest["version"] + 1 if newest else 1), "the next version")
    require(newest is None or newest["kind"] == item["kind"], "the same kind")
    require(len(item["powers"]) <= 128 and len(item["variants"]) <= 64, "the item's size")
    for name in item["exercising"]:
        act.machine.existing(f"department/{name}")


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
    "register-key": register_key, "suspend-key": change_key((ACTIVE,), SUSPENDED),
    "resume-key": change_key((SUSPENDED,), ACTIVE), "revoke-key": change_key((ACTIVE, SUSPENDED), REVOKED),
    "freeze-key": freeze_key, "propose": propose, "vote": vote, "ready": ready,
}
