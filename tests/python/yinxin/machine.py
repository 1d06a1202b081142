"""A second, naive state machine: what the blocks of a chain do, from docs/spec and the rules in plain words.

It shares no code with the ledger. A block that it cannot follow is refused with the reason; a kind of statement that it
does not know is refused too.
"""

from . import acts, cbor, records, rotation
from .errors import Invalid, require
from .formats import (
    COMMIT_CERTIFICATE, HEADER, header_hash, key_id, set_hash, tagged, validator_set, verify_certificate,
)
from .statements import Statement
from .signers import Act, Signers
from .tree import Log, StateTree
from .values import Record, number_word

HOUR_MS = 3_600_000
FRAME_BYTES = 32 * 1024


class Machine:
    """State, log and history of a chain, block by block from genesis."""

    def __init__(self, genesis_bytes):
        genesis = cbor.decode(genesis_bytes, 4 << 20)
        digest = tagged("yinxin/genesis/1", genesis_bytes)
        self.context = {"chain": f"{genesis[2]}-{digest[:16].hex()}", "genesis": digest}
        self.tree, self.log, self.lists, self.acts = StateTree(), Log(), {}, {}
        self.history, self.touched, self.height, self.statements = {}, set(), 0, {}
        self.effort = 0  # eighths of a weight: possessions checked, records read one of many
        self._found(genesis)
        self.sets = {1: self.schedule()["current"]}
        validators = set_hash(self._named(self.sets[1]))
        self.header = {
            "version": 1, "protocol": 1, "chain": self.context["chain"], "height": 0, "time": genesis[3], "parent": digest,
            "log_size": 0, "log_root": self.log.root(), "state_root": self.tree.root(), "validators": validators,
            "next_validators": validators, "last_commit": bytes(32), "proposer": bytes(32),
        }
        self.headers = [header_hash(self.header)]

    def _found(self, genesis):
        departments, keys, items = genesis[4], genesis[5], genesis[6]
        self.put("departments", cbor.encode([one[1] for one in departments]))
        self.put("validators", cbor.encode({1: genesis[7]}))
        self.put("parameters", cbor.encode(genesis[8]))
        for one in departments:
            self.put(f"department/{one[1]}", cbor.encode(one))
            for cls, word in ((entry[1], entry[2]) for entry in one[7]):
                self.put(number_word(word), cbor.encode({1: one[1], 2: cls}))
        for one in genesis.get(9, []):
            self.put(f"grounds/{one[1]}", cbor.encode(one))
        for one in keys:
            self.put(f"key/{key_id(one[3]).hex()}", cbor.encode(one))
        for one in items:
            self.put(f"item/{one[1]}", cbor.encode(one))
            self.put(f"item/{one[1]}/{one[2]}", cbor.encode(one))

    def put(self, path, value):
        self.tree.put(path, value)
        self.touched.add(path)
        changes = self.history.setdefault(path, [])
        if changes and changes[-1][0] == self.height:
            changes.pop()
        changes.append((self.height, value))

    def value(self, path):
        return self.tree.values.get(path)

    def value_at(self, path, height):
        """What stood under a path after a height; None for nothing."""
        known = [value for changed, value in self.history.get(path, []) if changed <= height]
        return known[-1] if known else None

    def record(self, path):
        """The record under a path, or None."""
        value = self.value(path)
        return Record(records.TYPES[records.type_of_path(path)], cbor.decode(value, 1 << 20)) if value else None

    def one_of_many(self, path):
        self.effort += 1
        return self.record(path)

    def existing(self, path):
        found = self.record(path)
        require(found is not None, f"{path} does not exist")
        return found

    def vacant(self, path):
        require(self.value(path) is None, f"{path} exists already")

    def keep(self, path, record):
        self.put(path, record.encoded())

    def append(self, path, head, item):
        """Appends an item to a list, and gives the new head: {1: length, 2: peaks}."""
        log = Log(head[1], head[2]) if head else Log()
        log.append(item)
        self.lists.setdefault(path, []).append(item)
        return {1: log.size, 2: log.peaks}

    def schedule(self):
        return self.record("validators")

    @staticmethod
    def _named(validators):
        return validator_set(validators)

    def validators_of(self, height):
        """The set that decides a height, known from the block before."""
        return self._named(self.sets[height])

    # One block.

    def apply(self, block_bytes):
        raw_header, statements, last_commit = cbor.decode(block_bytes, 4 << 20)
        header, parameters = HEADER(raw_header), self.existing("parameters")
        self._follows(header, last_commit)
        self.height, self.touched = header["height"], set()
        self.log.append(cbor.encode(list(self.header.values())))
        self.headers.append(header_hash(header))
        weight = size = 0
        for encoded in statements:
            self.touched = set()
            self.effort = 0
            signatures = self._apply_statement(encoded, header["time"])
            written = sum(len(self.value(path)) for path in self.touched)
            weight += signatures + -(-self.effort // 8) + len(self.touched) + written // 2048 + len(encoded) // 1024
            size += len(encoded) + 8
        require(weight <= parameters["block_weight_max"], f"height {self.height}: weight {weight}")
        require(size == 0 or size + FRAME_BYTES <= parameters["block_bytes_max"], f"height {self.height}: {size} bytes")
        deciding, following = self._change_validators(header["time"])
        self._call_the_roll(header, last_commit, deciding, following)
        expected = dict(self.header, height=self.height, time=header["time"], parent=header_hash(self.header))
        expected |= {
            "log_size": self.log.size, "log_root": self.log.root(), "state_root": self.tree.root(),
            "validators": set_hash(self._named(deciding)), "next_validators": set_hash(self._named(following)),
            "last_commit": tagged("yinxin/last-commit/1", cbor.encode(last_commit)) if last_commit else bytes(32),
            "proposer": header["proposer"],
        }
        for name, value in expected.items():
            require(header[name] == value, f"height {self.height}: {name} is {show(header[name])}, and {show(value)} follows")
        self.header, self.sets[self.height + 1] = header, following
        return header

    def _follows(self, header, last_commit):
        require(header["height"] == self.header["height"] + 1, f"height {header['height']} after {self.header['height']}")
        require(header["time"] > self.header["time"], f"height {header['height']}: the time does not rise")
        proposers = [key_id(one[2]) for one in self.sets[header["height"]]]
        require(header["proposer"] in proposers, f"height {header['height']}: proposed by nobody of the set")
        require((last_commit is None) == (header["height"] == 1), f"height {header['height']}: the certificate of its parent")
        if last_commit is not None:
            certificate = COMMIT_CERTIFICATE(last_commit)
            require(certificate["height"] == self.header["height"], "the certificate is of another height")
            parents = self.validators_of(self.header["height"])
            verify_certificate(certificate, self.context, parents, header_hash(self.header))

    def _change_validators(self, time):
        schedule = self.schedule()
        deciding, pending = schedule["current"], schedule["pending"]
        if pending is not None and pending[2] <= time:
            self.keep("validators", Record(records.VALIDATOR_SCHEDULE).set(current=pending[1], previous=deciding))
            return deciding, pending[1]
        return deciding, deciding

    def _call_the_roll(self, header, last_commit, deciding, following):
        """Who is missing from the certificate of the parent, and on whose word."""
        if last_commit is None:
            return
        called, known = self.validators_of(header["height"] - 1), self.value("rotation")
        before = records.decode_record("rotation", known)["absences"] if known else []
        signers = rotation.signers(COMMIT_CERTIFICATE(last_commit)["signers"], called)
        after = rotation.after(
            before, header["height"], header["proposer"], called, signers, self._named(deciding), self._named(following))
        if after != before:
            absences = [{1: one["key"], 2: one["since"], 3: one["witnesses"]} for one in after]
            self.put("rotation", cbor.encode({1: absences}))

    # One statement.

    def _apply_statement(self, encoded, time):
        statement = Statement(encoded)
        claims, expires = statement.claims, statement.claims["exp"] * 1000
        name = f"height {self.height}: {statement.action} {statement.id().hex()[:16]}"
        try:
            require(claims["aud"] == self.context["chain"], "for another chain")
            require(time < expires <= time + HOUR_MS, "expired, or expiring too late")
            require(claims["sub"] == statement.subject(), "sub is another record")
            # An act is remembered up to its expiry, judged by the time of the block before.
            require(self.acts.get(statement.act(), 0) <= self.header["time"], "a replay")
            signers = Signers(self, statement, time)
            rule = acts.RULES.get(statement.action)
            require(rule is not None, "a kind of statement that this machine does not know")
            rule(Act(self, statement, signers, time))
        except Invalid as reason:
            raise Invalid(f"{name}: {reason}") from reason
        self.acts[statement.act()] = expires
        self.statements.setdefault(statement.id(), []).append(self.height)
        self.log.append(encoded)
        return 1 + len(statement.endorsements)


def show(value):
    return value.hex() if type(value) is bytes else value
