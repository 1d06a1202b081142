"""Golden bundles verify, and whatever is near them does not."""

import subprocess
import sys
import types

import cbor2
import pytest

from conftest import GOLDEN, TESTS, expectations, golden, secret, vectors
from yinxin import cbor, disclosures, formats, light
from yinxin.errors import CannotTell, Invalid

FIRST_CHECKS = {check["bundle"]: check for check in reversed(expectations())}
FREE_LABELS = (7, 8)


def name_of(check):
    return f"{check['bundle']} under {check['trust']}, {check['document']}"


def word(data, trust):
    try:
        light.verify(data, trust)
    except CannotTell:
        return "cannot-tell"
    except Invalid:
        return "invalid"
    return "verified"


@pytest.mark.parametrize("check", expectations(), ids=name_of)
def test_golden(check):
    bundle, trust = golden(check["bundle"]), golden(check["trust"])
    assert formats.sha256(bundle).hex() == check["sha256"]
    assert word(bundle, trust) == check["verdict"]
    if check["verdict"] == "verified":
        verified = light.verify(bundle, trust)
        assert (verified.header["height"], verified.header["time"]) == (check["height"], check["time_unix_ms"])
        shown = [{"path": path, "present": value is not None} for path, value in verified.entries.items()]
        assert shown == check["entries"]


@pytest.mark.parametrize("check", expectations(), ids=name_of)
def test_exit_code(check):
    command = [sys.executable, str(TESTS / "python" / "verify_bundle.py"), check["bundle"], check["trust"]]
    if check["document"]:
        command += ["--document", check["document"]]
    run = subprocess.run(command, cwd=GOLDEN, capture_output=True, text=True, check=False)
    assert run.returncode == check["exit"], run.stdout + run.stderr


@pytest.mark.parametrize("bundle", ["nowhere", "v1-document-first.txt", "v1-genesis.yinxin-trust"])
def test_usage_and_what_is_no_bundle_is_exit_code_2(bundle):
    command = [sys.executable, str(TESTS / "python" / "verify_bundle.py"), bundle, "v1-genesis.yinxin-trust"]
    assert subprocess.run(command, cwd=GOLDEN, capture_output=True, check=False).returncode == 2


@pytest.mark.parametrize("bundle", ["v1-issued.yinxin", "v1-annulled.yinxin", "v1-identity-suspended.yinxin"])
def test_a_stray_disclosure_is_refused(bundle):
    whole, trust = cbor2.loads(golden(bundle)), golden("v1-genesis.yinxin-trust")
    code = light.verdict(golden(bundle), trust)[0]
    stray = cbor.encode([5, {1: bytes(32), 2: "a text that nobody committed to"}])
    for disclosed in (whole[7] + [stray], [*whole[7], b"\x00"], [one[:6] + bytes([one[6] ^ 1]) + one[7:] for one in whole[7]]):
        data = cbor.encode({**whole, 7: disclosed})
        assert word(data, trust) == "verified" and light.verdict(data, trust)[0] == light.FORGED
    assert light.verdict(cbor.encode({**whole, 7: []}), trust)[0] == code


@pytest.mark.parametrize("mutant", vectors("mutants.json"), ids=lambda one: f"{one['bundle']} {one['at']} {one['xor']}")
def test_mutant_gets_the_verdict_of_the_ledger(mutant):
    data = bytearray(golden(mutant["bundle"] + ".yinxin"))
    data[mutant["at"]] ^= mutant["xor"]
    assert word(bytes(data), golden(mutant["trust"] + ".yinxin-trust")) == mutant["verdict"]


def changed(value):
    """Values near a value, of its own kind and of others."""
    if value is None:
        return [b"", 0]
    if type(value) is int:
        return [value + 1, max(value - 1, 0) if value else 2, None]
    if type(value) is bytes:
        return [value + b"\x00", value[:-1], bytes([value[0] ^ 1]) + value[1:]] if value else [b"\x00", None]
    if type(value) is str:
        return [value + "a", value[:-1], value[::-1] if value[::-1] != value else "a"]
    if type(value) is list:
        return [value + value[-1:] if value else [0], value[:-1] if value else None, value[::-1] if len(value) > 1 else 0]
    return []


def walk(value, path=()):
    yield path, value
    children = value.items() if type(value) is dict else enumerate(value) if type(value) is list else ()
    for key, child in children:
        if path or key not in FREE_LABELS:
            yield from walk(child, (*path, key))


def put(value, path, new):
    if not path:
        return new
    copy = dict(value) if type(value) is dict else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("bundle", FIRST_CHECKS)
def test_nothing_that_is_proven_can_be_changed(bundle):
    """Every value of every golden bundle, changed and encoded canonically again, disclosures and made_at aside."""
    trust, whole = golden(FIRST_CHECKS[bundle]["trust"]), cbor2.loads(golden(bundle))
    assert cbor.encode(whole) == golden(bundle)
    count = 0
    for path, value in walk(whole):
        if len(path) == 1 and type(value) is list and path[0] in (3, 4, 5, 6):
            continue  # leaving out a handover, entry, list or item proves less, and nothing false
        for new in changed(value):
            data = cbor.encode(put(whole, path, new))
            if data != golden(bundle):
                count += 1
                assert word(data, trust) != "verified", (path, value, new)
    assert count > 60


@pytest.mark.parametrize("part", [3, 4, 5, 6])
def test_parts_stand_once_and_in_order(part):
    bundle = {3: "v1-handovers.yinxin", 4: "v1-issued.yinxin", 5: "v1-correction-case.yinxin", 6: "v1-logged.yinxin"}[part]
    trust = golden("v1-checkpoint.yinxin-trust" if part == 3 else "v1-genesis.yinxin-trust")
    whole = cbor2.loads(golden(bundle))
    for items in (whole[part] + whole[part][-1:], whole[part][::-1] if len(whole[part]) > 1 else whole[part] * 2):
        assert word(cbor.encode({**whole, part: items}), trust) == "invalid"


def test_what_a_bundle_is_about_is_chosen_among_its_entries():
    whole, trust = cbor2.loads(golden("v1-superseded.yinxin")), golden("v1-genesis.yinxin-trust")
    (first, *_), (second, *_) = whole[4]
    found = {path: light.verdict(cbor.encode({**whole, 9: path}), trust)[0] for path in (first, second)}
    assert set(found.values()) == {light.DONE, light.NOT_IN_FORCE} and found[whole[9]] == light.NOT_IN_FORCE
    unnamed = {label: value for label, value in whole.items() if label != 9}
    assert "  about: other" in light.verdict(cbor.encode(unnamed), trust)[1]
    for other in ("certificate/" + "0" * 32, first.upper(), "", None, b"", 0):
        assert word(cbor.encode({**whole, 9: other}), trust) == "invalid"


def test_what_a_bundle_is_about_may_be_a_look_up():
    whole, trust = cbor2.loads(golden("v1-issued.yinxin")), golden("v1-genesis.yinxin-trust")
    for path, *_ in whole[4]:
        code, lines = light.verdict(cbor.encode({**whole, 9: path}), trust)
        leads = path.startswith(("certificate/", "lookup/"))
        assert code == (light.DONE if leads else light.FORGED), lines


def test_a_list_shows_no_other_entries():
    whole = cbor2.loads(golden("v1-correction-case.yinxin"))
    (path, start, items, proofs), = whole[5]
    for page in ([path, 0, items[:-1], proofs], [path, 1, items[1:], proofs], [path, 0, items[::-1], proofs],
                 [path, 0, items + items[:1], proofs], [path, 0, [], []], ["correction/" + "0" * 32, start, items, proofs]):
        assert word(cbor.encode({**whole, 5: [page]}), golden("v1-genesis.yinxin-trust")) == "invalid"


def judged(bundle, disclosed):
    data = cbor.encode({**cbor2.loads(golden(bundle)), 7: [cbor.encode(one) for one in disclosed]})
    return light.verdict(data, golden("v1-genesis.yinxin-trust"))[0]


def sample_lookup():
    one = vectors("records.json")["lookups"][0]
    return one["code"].replace("-", ""), cbor2.loads(bytes.fromhex(one["number"]))


STRANGE = disclosures.code_symbols(bytes(range(10)))


def test_every_code_leads_to_the_record():
    code, number = sample_lookup()
    for good in ([[3, {1: code}]], [[3, {1: code, 2: number}]], []):
        assert judged("v1-issued.yinxin", good) == light.DONE
    for bad in ({1: STRANGE}, {1: code, 2: [*number[:3], number[3] + 1]}, {1: STRANGE, 2: number}):
        assert judged("v1-issued.yinxin", [[3, {1: code}], [3, bad]]) == light.FORGED
        assert judged("v1-correction-case.yinxin", [[3, bad]]) == light.FORGED
    assert judged("v1-identity-suspended.yinxin", [[3, {1: code}]]) == light.FORGED
    assert judged("v1-status.yinxin", [[3, {1: code}]]) == light.CANNOT_TELL
    assert judged("v1-status.yinxin", [[3, {1: STRANGE}]]) == light.CANNOT_TELL
    assert judged("v1-annulled.yinxin", [[3, {1: STRANGE}]]) == light.NOT_IN_FORCE


def test_absence_is_that_of_the_number_and_the_code():
    code, number = sample_lookup()
    for bad in ({1: code}, {1: code, 2: number}, {1: STRANGE}):
        assert judged("v1-lookup-absent.yinxin", [[3, bad]]) == light.FORGED
    subject = object.__new__(light.Subject)
    subject.kind, subject.absent = "absent", [light.lookup_path(disclosures.code_bytes(STRANGE), tuple(number))]
    asked = dict(zip(("office", "cls", "year", "serial"), number))
    assert subject.code_leads_here({"code": STRANGE, "number": asked}, {})
    assert not subject.code_leads_here({"code": code, "number": asked}, {})
    assert not subject.code_leads_here({"code": STRANGE, "number": None}, {})


def test_an_absence_says_nothing_of_a_file():
    bundle, trust = golden("v3-lookup-absent.yinxin"), golden("v3-genesis.yinxin-trust")
    assert light.verdict(bundle, trust)[0] == light.NOT_FOUND
    assert light.verdict(bundle, trust, golden("v3-document-first.txt"))[0] == light.CANNOT_TELL


def test_a_look_up_without_its_certificate_is_about_no_record():
    whole = cbor2.loads(golden("v1-issued.yinxin"))
    entries = [entry for entry in whole[4] if not entry[0].startswith("certificate/")]
    data = cbor.encode({**whole, 4: entries, 7: []})
    code, lines = light.verdict(data, golden("v1-genesis.yinxin-trust"))
    assert code == light.CANNOT_TELL and "  about: other" in lines


@pytest.mark.parametrize("path", ["certificate/" + "AB" * 16, "certificate/" + "ab" * 15, "lookup/" + "ab" * 16,
                                  "identity/" + "ab" * 16 + "/", "certificate//" + "ab" * 16, "correction/" + "g" * 32])
def test_a_path_that_is_none_leads_to_no_record(path):
    assert not light.RECORD.fullmatch(path)
    subject = light.Subject(types.SimpleNamespace(entries={path: None}, about=None, disclosed=[], lists={}))
    assert subject.kind == "other"


def test_a_commitment_is_opened_by_its_own_kind_alone():
    salt, digest = bytes(32), formats.sha256(b"a false paper")
    paper = {"salt": salt, "digest": digest, "size_bytes": 13, "name": None}
    value = {"salt": salt, "code": "id-number", "value": "440604199001010010"}
    anchor, hidden = disclosures.commitment("document", paper), disclosures.commitment("attribute", value)
    identity = {"attributes": [{"code": "name", "commitment": anchor}, {"code": "nickname", "commitment": hidden}], "changed": None}
    case = {"subject": anchor, "decision": hidden, "closed": {"text": anchor}}
    for places in (disclosures.identity_places(identity), disclosures.case_places({**case, "closed": None}, [])):
        assert disclosures.opened("document", paper, places) == []
    assert disclosures.opened("attribute", value, disclosures.identity_places(identity)) == []
    assert disclosures.opened("document", paper, disclosures.case_places(case, [])) == ["closing"]
    identity["attributes"][1]["code"] = "id-number"
    assert disclosures.opened("attribute", value, disclosures.identity_places(identity)) == ["attribute"]


def test_a_copied_commitment_is_opened_in_every_place():
    body = {"salt": bytes(32), "digest": formats.sha256(b"report"), "size_bytes": 6}
    entry = {"content": disclosures.commitment("content", body)}
    case = {"subject": bytes(32), "decision": bytes(32), "closed": None}
    places = disclosures.case_places(case, [(0, entry), (1, {"content": bytes(32)}), (2, entry)])
    assert disclosures.opened("content", body, places) == ["entry 0", "entry 2"]


def test_the_application_file_is_not_what_was_certified():
    subject = types.SimpleNamespace(kind="certificate", found={"amendments": []}, status=lambda now: None)
    file = b"application"
    body = {"digest": formats.sha256(file), "size_bytes": len(file)}
    assert light.conclude(subject, 0, [("matter", body)], False, file, [])[0] == light.OTHER_CONTENT
    assert light.conclude(subject, 0, [("document", body)], False, file, []) == (light.DONE, ["  the file is its document", "verified"])
    subject.found["amendments"].append({})
    code, lines = light.conclude(subject, 0, [("document", body)], False, file, [])
    assert code == light.DONE and "mended 1 times" in lines[-1]


def test_a_file_is_another_one_only_when_all_are_opened():
    file, other = b"the file", b"another"
    body = {"digest": formats.sha256(file), "size_bytes": len(file)}
    subject = object.__new__(light.Subject)
    subject.kind, subject.whole, subject.status = "certificate", True, lambda now: None
    document, mending = [(bytes([at]) * 32, ("document", None), place) for at, place in enumerate(("document", "amendment 0"))]
    matter = (bytes(32), ("document", None), "matter")

    def code(places, opened, whole=True):
        subject.places, subject.whole = [matter, *places], whole
        return light.conclude(subject, 0, [(place, body) for place in opened], False, other, [])[0]

    assert code([document], ["document"]) == light.OTHER_CONTENT
    assert code([document, mending], ["document", "amendment 0"]) == light.OTHER_CONTENT
    for places, opened in (([document, mending], ["document"]), ([document, mending], ["amendment 0"]), ([], ["matter"]), ([document], [])):
        assert code(places, opened) == light.CANNOT_TELL
    assert code([document], ["document"], whole=False) == light.CANNOT_TELL


@pytest.mark.parametrize("status", [None, "draft", "approved", "void", "superseded", "annulled", "suspended", "revoked", "expired"])
def test_a_status_is_not_said_of_a_document_that_could_not_be_compared(status):
    file = b"the file"
    body = {"digest": formats.sha256(file), "size_bytes": len(file)}
    subject = object.__new__(light.Subject)
    subject.kind, subject.whole, subject.status, subject.found = "certificate", True, lambda now: status, {"amendments": []}
    subject.places = [(bytes(32), ("document", None), "document")]
    own = light.NOT_IN_FORCE if status else light.DONE
    for document, prints, code in ((None, [], own), (file, [("document", body)], own), (b"another", [], light.CANNOT_TELL),
                                   (file, [], light.CANNOT_TELL), (b"another", [("document", body)], light.OTHER_CONTENT)):
        assert light.conclude(subject, 0, prints, False, document, [])[0] == code


def test_another_file_of_ours_does_not_begin_as_a_bundle():
    data = golden("v1-issued.yinxin")
    for length in range(3, len(data)):
        assert light.begins_as_bundle(data[:length])
    assert not any(light.begins_as_bundle(data[:length]) for length in range(3))
    for other in (bytes.fromhex(vectors("evidence.json")["cases"][0]["encoded"]), golden("v1-genesis.yinxin-trust"),
                  bytes.fromhex("a8010102676d792d63697479"), data[:3] + b"\x03" + data[4:], b"\xa7\x01\x18"):
        assert not light.begins_as_bundle(other)


def test_a_closed_case_is_authentic_and_not_in_force():
    for status, word in ((1, "verified"), (2, "authentic, and the case is closed")):
        subject = types.SimpleNamespace(kind="case", found={"status": status}, status=lambda now: None)
        assert light.conclude(subject, 0, [], False, None, []) == (light.DONE, [word])


def test_what_says_that_a_newer_program_made_it_is_not_called_forged():
    data, trust = golden("v1-issued.yinxin"), golden("v1-genesis.yinxin-trust")
    for version in (b"\x02", b"\x17", b"\x18\x18"):
        assert light.verdict(data[:2] + version + data[3:], trust)[0] == light.CANNOT_TELL
        assert light.verdict(data[:2] + version, trust)[0] == light.CANNOT_TELL
    assert light.verdict(data[:2] + b"\x00" + data[3:], trust)[0] == light.FORGED
    for fields, code in (({"version": 2}, light.CANNOT_TELL), ({"protocol": 2}, light.CANNOT_TELL), ({"protocol": 0}, light.FORGED)):
        assert light.verdict(resigned("v1-issued.yinxin", FOUR, **fields), trust)[0] == code


def resigned(bundle, departments, **fields):
    """The bundle with another header, signed by departments' real consensus keys."""
    whole = cbor2.loads(golden(bundle))
    header = formats.HEADER(whole[2][0]) | fields
    trust = formats.decode_trust(golden("v1-genesis.yinxin-trust"))
    value = formats.header_hash(header)
    message = formats.vote_bytes(trust["chain"], trust["genesis"], header["height"], 0, 2, value)
    keys = sorted((secret(f"{name}-consensus") for name in departments),
                  key=lambda key: formats.key_id(key.public_key().public_bytes_raw()))
    bits = sum(1 << 7 - at for at in range(len(keys)))
    certificate = [header["height"], 0, bytes([bits]), b"".join(key.sign(message) for key in keys)]
    return cbor.encode({**whole, 2: [list(header.values()), certificate]})


THREE, FOUR = ["justice", "notary", "police"], ["court", "justice", "notary", "police"]


def test_the_forger_of_these_tests_signs_well():
    assert word(resigned("v1-issued.yinxin", FOUR), golden("v1-genesis.yinxin-trust")) == "verified"


def test_a_header_of_another_version_or_protocol_is_refused():
    for other in ({"version": 2}, {"protocol": 2}, {"version": 0}, {"protocol": 0}):
        assert word(resigned("v1-issued.yinxin", FOUR, **other), golden("v1-genesis.yinxin-trust")) == "invalid"


def test_a_header_of_another_chain_is_refused():
    assert word(resigned("v1-issued.yinxin", FOUR, chain="other-" + "0" * 32), golden("v1-genesis.yinxin-trust")) == "invalid"


def test_a_head_at_or_below_its_handover_is_refused():
    height = cbor2.loads(golden("v1-handover.yinxin"))[3][0][0][0][3]
    for lower in (3, height - 1, height):
        data = resigned("v1-handover.yinxin", THREE, height=lower)
        for trust in ("v1-checkpoint.yinxin-trust", "v1-genesis.yinxin-trust"):
            assert word(data, golden(trust)) == "invalid"
    assert word(resigned("v1-handover.yinxin", THREE, height=height + 1), golden("v1-checkpoint.yinxin-trust")) == "verified"


def test_a_head_that_forks_from_the_checkpoint_is_refused():
    trust = cbor2.loads(golden("v1-checkpoint.yinxin-trust"))
    height = trust[5][1]
    data = resigned("v1-issued.yinxin", FOUR, height=height)
    assert word(data, cbor.encode(trust)) == "invalid"


def test_handovers_below_the_trust_point_teach_nothing():
    trust = golden("v1-checkpoint-three.yinxin-trust")
    whole = cbor2.loads(golden("v1-handover.yinxin"))
    assert word(cbor.encode({**whole, 3: []}), trust) == "verified"
    assert word(cbor.encode({**whole, 3: []}), golden("v1-checkpoint.yinxin-trust")) == "cannot-tell"


def test_signatures_of_two_thirds_are_not_enough():
    whole = cbor2.loads(golden("v1-status.yinxin"))
    height, round_, _, signatures = whole[2][1]
    for bits, verdict in ((0b11110000, "verified"), (0b11100000, "verified"), (0b11000000, "invalid"), (0, "invalid")):
        count = bin(bits).count("1")
        certificate = [height, round_, bytes([bits]), signatures[:64 * count]]
        data = cbor.encode({**whole, 2: [whole[2][0], certificate]})
        assert word(data, golden("v1-genesis.yinxin-trust")) == verdict
