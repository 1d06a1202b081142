"""Who signed a statement, and what a rule can ask about them."""

from . import ed25519
from .errors import require
from .formats import key_id, possession_bytes

ADMINISTRATION, OFFICER, SEAL, HOLDER = 1, 4, 5, 7
ACTIVE, SUSPENDED, REVOKED = 1, 2, 3


class Signers:
    """The keys of a statement, each judged by its record at this block, every signature verified."""

    def __init__(self, machine, statement, time):
        self.main = self._usable(machine, statement.protected["kid"], time)
        require(self.main["department"] == statement.claims["iss"], "the key is another department's")
        self.department = machine.existing(f"department/{self.main['department']}")
        self.endorsers = [self._usable(machine, one["key"], time) for one in statement.endorsements]
        statement.verify(self.main["key"], [one["key"] for one in self.endorsers])

    @staticmethod
    def _usable(machine, identifier, time):
        record = machine.existing(f"key/{identifier.hex()}")
        require(record["status"] == ACTIVE, "the key is not active")
        require(record["frozen_until"] is None or time >= record["frozen_until"], "the key is frozen")
        require(record["not_before"] <= time < record["not_after"], "the key is not valid at this time")
        require(machine.existing(f"department/{record['department']}")["active"], "the department is not active")
        return record

    def officer(self):
        require(self.main["purpose"] == OFFICER, "not an officer's key")
        return self.main["officer"]

    def sole_officer(self):
        require(not self.endorsers, "an endorsement too many")
        return self.officer()

    def administration(self):
        own = self.department["administration"]
        for key in [self.main, *self.endorsers]:
            fits = key["purpose"] == ADMINISTRATION and key["department"] == self.department["id"]
            require(fits and key_id(key["key"]) in own, "not a key of the department's administration")
        require(1 + len(self.endorsers) >= self.department["administration_threshold"], "too few administration keys")

    def sealed(self):
        require(len(self.endorsers) == 1, "the office's seal and nobody else")
        seal = self.endorsers[0]
        require(seal["purpose"] == SEAL and seal["department"] == self.department["id"], "the office's seal")

    def two_officers(self):
        require(len(self.endorsers) == 1, "a second officer and nobody else")
        second = self.endorsers[0]
        require(second["department"] == self.department["id"] and second["purpose"] == OFFICER, "an officer of the office")
        require(second["officer"] != self.officer(), "two persons")
        require(may_approve(self.main) or may_approve(second), "one of them may approve")


def is_notary(key):
    return "notary" in key["titles"] or may_approve(key)


def may_approve(key):
    return "head" in key["titles"] or "designated" in key["titles"]


class Act:
    """One statement about to take effect."""

    def __init__(self, machine, statement, signers, time):
        self.machine, self.signers, self.time = machine, signers, time
        self.body, self.raw, self.id, self.path = statement.body, statement.raw_body, statement.id(), statement.subject()
        self.department = signers.department["id"]

    def record(self):
        return self.machine.existing(self.path)

    def keep(self, record):
        self.machine.keep(self.path, record)

    def reason(self, owner, text=None):
        """Why a record of a department changes; by whom, where its successor acts."""
        ground = self.body.get("reason") or self.body.get("ground")
        by = self.department if owner != self.department else None
        return {label: value for label, value in ((1, ground), (2, text), (3, self.time), (4, by)) if value is not None}

    def grounded(self, act):
        """The reason is on the list of the act."""
        listed = self.machine.record(f"grounds/{act}")
        require(listed is not None and self.body["reason"] in [one[1] for one in listed["grounds"]], "a ground of the act")

    def answers_for(self, record, owner, act):
        """The item under which the signing department acts on a record of a department."""
        if owner == self.department:
            item = self.item_of(record)
        else:
            require(self._succeeds(owner), "another department's record")
            item = self.machine.existing(f"item/{record['item'][0]}")
        self.power(item, act)
        return item

    def _succeeds(self, retired):
        for _ in range(16):
            department = self.machine.one_of_many(f"department/{retired}")
            if department is None or department["active"] or department["successor"] is None:
                return False
            retired = department["successor"]
            if retired == self.department:
                return True
        return False

    def current_item(self, kind):
        """The newest version of an item, active."""
        wanted = self.body["item"]
        item = self.machine.existing(f"item/{wanted['code']}")
        require(item["kind"] == kind and item["version"] == wanted["version"] and item["active"], "the item in force")
        return item, [wanted["code"], wanted["version"]]

    def item_of(self, record):
        code, version = record["item"]
        return self.machine.existing(f"item/{code}/{version}")

    def power(self, item, act):
        roles = self.signers.department["roles"]
        given = any(power[1] == act and set(power[2]) & set(roles) for power in item["powers"])
        require(self.department in item["exercising"] and given, f"no power to {act}")

    def possession(self, public, signature, purpose, owner, department=None):
        message = possession_bytes(
            self.machine.context["chain"], department or self.department, purpose, owner, key_id(public))
        self.machine.effort += 8
        require(ed25519.verify(public, message, signature), "the new key's possession")
