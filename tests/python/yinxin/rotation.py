"""Who takes turns at proposing: docs/spec/records.md, section 3."""

from .formats import key_id

ABSENCES_MAX = 8


def _ids(validators):
    return [key_id(one["key"]) for one in validators]


def _power(validators, ids):
    return sum(one["power"] for one in validators if key_id(one["key"]) in ids)


def _total(validators):
    return sum(one["power"] for one in validators)


def _members(bitmap, validators):
    return {one for at, one in enumerate(_ids(validators)) if bitmap[at // 8] >> (7 - at % 8) & 1}


def _bitmap(members, validators):
    bits = "".join("1" if one in members else "0" for one in _ids(validators))
    return bytes(int(bits[at:at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))


def signers(bitmap, validators):
    """Key ids of the validators whose bits a certificate's bitmap has."""
    return _members(bitmap, validators)


def after(absences, height, proposer, called, signers, deciding, next_set):
    """The absences after a block."""
    before = {one["key"]: one for one in absences}
    found = []
    for key in _ids(called):
        if key in signers or key not in _ids(next_set):
            continue
        old = before.get(key)
        since = old["since"] if old else height
        witnesses = _members(old["witnesses"], deciding) & set(_ids(next_set)) if old else set()
        if _power(next_set, witnesses) * 3 < _total(next_set):
            witnesses = witnesses | {proposer}
        found.append({"key": key, "since": since, "witnesses": _bitmap(witnesses, next_set)})
    return found


def turns(absences, validators, height, absences_max=ABSENCES_MAX):
    """Who takes turns at this height, in order."""
    limit = max(absences_max, len(validators))
    out = set()
    for one in absences:
        power = _power(validators, _members(one["witnesses"], validators))
        if height - one["since"] >= limit and power * 3 >= _total(validators):
            out.add(one["key"])
    left = [key for key in _ids(validators) if key not in out]
    return left if _power(validators, left) * 3 > _total(validators) * 2 else _ids(validators)


def proposer(in_turn, height, round_):
    return in_turn[(height + round_) % len(in_turn)]
