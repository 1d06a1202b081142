//! The JSON files: what each format's bytes are.

use super::shapes::certificates;
use super::story::{Story, case_items, disclosed, disclosures, full_number, lookup_code};
use super::{VectorFile, evidence, hexed, signatures};
use crate::sample::{DEPARTMENTS, id, key, validator_set, word};
use identity::Disclosure;
use ledger::action::Action;
use ledger::codec::encode;
use ledger::commit::{VoteStep, proposal_sign_bytes, vote_sign_bytes};
use ledger::crypto::{Domain, Hash, tagged};
use ledger::export::{Decided, Misconduct};
use ledger::log::{InclusionProof, Peaks, leaf_hash, node_hash, stored_index};
use ledger::record::{NotarialCertificate, lookup_commitment, lookup_key, subject_binding};
use ledger::state::{StateKey, StateView, tree};
use ledger::statement::{KeyUse, SignedStatement, possession_bytes, ready_bytes};
use ledger::trust::{Checkpoint, TrustFile};
use ledger::types::{Height, OfficerId, Round};
use serde_json::{Value, json};

/// The JSON files, golden bundles aside.
#[must_use]
pub fn files(story: &Story) -> Vec<VectorFile> {
    vec![
        VectorFile::json("identifiers.json", &identifiers(story)),
        VectorFile::json("statements.json", &statements(story)),
        VectorFile::json("records.json", &records(story)),
        VectorFile::json("blocks.json", &blocks(story)),
        VectorFile::json("votes.json", &votes(story)),
        VectorFile::json("certificates.json", &certificates(&story.chain.context())),
        VectorFile::json("log.json", &log(story)),
        VectorFile::json("state.json", &state(story)),
        VectorFile::json("texts.json", &super::shapes::repertoires()),
        VectorFile::json("disclosures.json", &opened(story)),
        VectorFile::json("rotation.json", &super::rotation::stories()),
        VectorFile::json("trust.json", &trust(story)),
        VectorFile::json("evidence.json", &super::evidence::cases(story)),
        VectorFile::json("signatures.json", &signatures::cases()),
    ]
}

fn identifiers(story: &Story) -> Value {
    let domains: Vec<Value> = Domain::ALL
        .iter()
        .map(|domain| json!({ "tag": domain.tag(), "of_nothing": hexed(tagged(*domain, &[]).0) }))
        .collect();
    let names = ["notary-zhang", "notary-seal", "court-consensus", "justice-admin-1", "wang-holder"];
    let keys: Vec<Value> = names
        .iter()
        .map(|name| {
            let secret = key(name);
            json!({ "name": name, "seed": hexed(secret.seed()), "public": hexed(secret.public().to_bytes()),
                    "id": hexed(secret.public().id().0.0) })
        })
        .collect();
    let paths = [
        StateKey::validators(),
        StateKey::parameters(),
        StateKey::departments(),
        StateKey::department(&word("notary")),
        StateKey::key(&key("notary-zhang").public().id()),
        StateKey::item(&word("notarial.birth")),
        StateKey::item_version(&word("notarial.birth"), 1),
        StateKey::proposal(&id("parameters")),
        StateKey::certificate(&id("first")),
        StateKey::certificates_of(&word("notary")),
        StateKey::number(&word("notary"), &word("general"), 2026),
        StateKey::lookup(&Hash::sha256(b"lookup")),
        StateKey::identity(&id("wang")),
        StateKey::correction(&id("case")),
        StateKey::rotation(),
    ];
    let paths: Vec<Value> =
        paths.iter().map(|path| json!({ "path": path.path(), "key": hexed(path.hash().0) })).collect();
    let context = story.chain.context();
    json!({
        "domains": domains,
        "keys": keys,
        "paths": paths,
        "chain": { "name": story.chain.genesis.name.as_str(), "genesis_hash": hexed(context.genesis.0), "chain": context.chain.as_str() },
    })
}

pub(super) fn view(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("a view can be written")
}

fn statements(story: &Story) -> Value {
    let told: Vec<Value> = story
        .told
        .iter()
        .map(|told| {
            let signed = &told.statement;
            json!({
                "name": told.name,
                "action": signed.action().word(),
                "signers": told.keys,
                "public_keys": told.keys.iter().map(|name| hexed(key(name).public().to_bytes())).collect::<Vec<_>>(),
                "encoded": hexed(&signed.encoded().0),
                "action_bytes": hexed(encode(signed.action())),
                "sig_structure": hexed(signed.signed_bytes()),
                "endorsement_bytes": hexed(signed.endorsement_bytes()),
                "id": hexed(signed.id().0.0),
                "act": hexed(signed.act().0),
                "whole_hash": hexed(signed.whole_hash().0),
                "log_index": told.log_index,
                "view": view(signed.view()),
            })
        })
        .collect();
    json!({ "chain": story.chain.context().chain.as_str(), "statements": told, "refused": refused(story) })
}

/// Bytes near a statement's that a decoder has to refuse.
fn refused(story: &Story) -> Value {
    let good = story.statement("draft").statement.encoded().0.clone();
    let changed = |what: &str, bytes: Vec<u8>| {
        assert!(SignedStatement::decode(&bytes).is_err(), "{what} is accepted");
        json!({ "what": what, "encoded": hexed(bytes) })
    };
    let splice = |at: usize, remove: usize, insert: &[u8]| {
        let mut bytes = good.clone();
        bytes.splice(at..at + remove, insert.iter().copied());
        bytes
    };
    let find =
        |needle: &[u8]| good.windows(needle.len()).position(|window| window == needle).expect("a part of a statement");
    // Head of the protected header's byte string: 0x58, length in one byte.
    let protected_length = good[3];
    let unprotected = 4 + usize::from(protected_length);
    let payload_head = unprotected + 1;
    vec![
        changed("no tag", good[1..].to_vec()),
        changed("tag in two bytes", splice(0, 1, &[0xd8, 0x12])),
        changed("tag 98, COSE_Sign", splice(0, 1, &[0xd8, 0x62])),
        changed("array of indefinite length", {
            let mut bytes = splice(1, 1, &[0x9f]);
            bytes.push(0xff);
            bytes
        }),
        changed("length of the protected header in two bytes", splice(2, 2, &[0x59, 0x00, protected_length])),
        changed("something in the unprotected header", splice(unprotected, 1, &[0xa1, 0x04, 0x41, 0x00])),
        changed("detached payload", {
            let head = &good[payload_head..];
            let (size, length) = match head[0] {
                0x58 => (2, usize::from(head[1])),
                _ => (3, usize::from(head[1]) << 8 | usize::from(head[2])),
            };
            splice(payload_head, size + length, &[0xf6])
        }),
        changed("a byte after the statement", [good.as_slice(), &[0x00]].concat()),
        changed("cut short by a byte", good[..good.len() - 1].to_vec()),
        changed("algorithm Ed25519 (-19), not yet on the accept-list", splice(5, 2, &[0x01, 0x32])),
        changed("algorithm ES256 (-7)", splice(5, 2, &[0x01, 0x26])),
        changed("a word in upper case as issuer", splice(find(b"fnotary") + 1, 1, b"N")),
        changed("labels of the protected header out of order", splice(5, 1, &[0x02])),
        changed("another kind of action", splice(find(&[0x82, 0x82, 0x14]) + 2, 1, &[0x13])),
    ]
    .into()
}

fn record_type(path: &str) -> &'static str {
    let mut parts = path.split('/');
    match (parts.next().unwrap_or_default(), parts.count()) {
        ("validators", _) => "validator-schedule",
        ("parameters", _) => "parameters",
        ("departments", _) => "department-list",
        ("department", _) => "department",
        ("key", _) => "key-record",
        ("item", _) => "item",
        ("proposal", _) => "proposal",
        ("certificate", _) => "notarial-certificate",
        ("certificates", _) => "list-head",
        ("number", _) => "number-counter",
        ("lookup", _) => "lookup-record",
        ("grounds", _) => "grounds",
        ("number-word", _) => "number-word-holder",
        ("proposals", _) => "open-proposals",
        ("frozen", _) => "freeze-mark",
        ("identity", _) => "identity-attestation",
        ("correction", _) => "correction-case",
        (other, _) => unreachable!("a kind of record without a type: {other}"),
    }
}

fn records(story: &Story) -> Value {
    let values: Vec<Value> = story
        .chain
        .chain
        .values()
        .iter()
        .map(|(key, value)| json!({ "path": key.path(), "type": record_type(key.path()), "encoded": hexed(value) }))
        .collect();
    let certificates = story.chain.chain.list(&StateKey::certificates_of(&word("notary")));
    let certificate: NotarialCertificate =
        story.chain.record(&StateKey::certificate(&id("second"))).expect("a certificate");
    json!({
        "values": values,
        "lists": [
            { "path": StateKey::certificates_of(&word("notary")).path(), "type": "record-id",
              "items": certificates.iter().map(hexed).collect::<Vec<_>>() },
            { "path": StateKey::correction(&id("case")).path(), "type": "correction-entry",
              "items": case_items(story).iter().map(hexed).collect::<Vec<_>>() },
        ],
        "view": { "path": StateKey::certificate(&id("second")).path(), "of": view(ledger::codec::Cbor::view(&certificate)) },
        "bindings": [{ "certificate": hexed(id("first").0), "identity": hexed(id("wang").0),
                       "binding": hexed(subject_binding(&id("first"), &id("wang")).0) }],
        "lookups": [lookup(story, "first"), lookup(story, "third")],
    })
}

fn lookup(story: &Story, name: &str) -> Value {
    let record: NotarialCertificate =
        story.chain.record(&StateKey::certificate(&id(name))).expect("an issued certificate");
    let (number, code) = (full_number(&record), lookup_code(name));
    let commitment = lookup_commitment(&number, &code.bytes());
    let hash = lookup_key(&number, &commitment);
    json!({ "office": number.office.as_str(), "class": number.class.as_str(), "year": number.year, "serial": number.serial,
            "number": hexed(encode(&number)), "code": code.to_string(), "code_bytes": hexed(code.bytes()),
            "commitment": hexed(commitment.0), "hash": hexed(hash.0), "path": StateKey::lookup(&hash).path() })
}

fn blocks(story: &Story) -> Value {
    let headers: Vec<Value> = story
        .chain
        .signed
        .iter()
        .map(|signed| {
            json!({ "height": signed.header.height.0, "header": hexed(encode(&signed.header)),
                    "hash": hexed(signed.header.hash().0),
                    "certificate": hexed(encode(&signed.certificate)),
                    "certificate_hash": hexed(signed.certificate.hash().0) })
        })
        .collect();
    let sets: Vec<Value> = [&DEPARTMENTS[..], &["justice", "notary", "police"]]
        .iter()
        .map(|departments| {
            let set = validator_set(departments);
            json!({ "encoded": hexed(encode(&set)), "hash": hexed(set.hash().0), "total_power": set.total_power() })
        })
        .collect();
    let first = story.chain.chain.header(Height(0)).expect("memory does not fail").expect("the header of height 0");
    let blocks: Vec<Value> = story.chain.blocks.iter().take(3).map(|block| hexed(encode(block))).collect();
    json!({
        "genesis": { "encoded": hexed(encode(&story.chain.genesis)), "hash": hexed(story.chain.genesis.hash().0),
                     "header": hexed(encode(&first)), "header_hash": hexed(first.hash().0) },
        "validator_sets": sets,
        "headers": headers,
        "blocks": blocks,
        "decided": decided(story),
    })
}

/// A height as an export has it, without and with somebody who signed twice at it.
fn decided(story: &Story) -> Vec<Value> {
    let lie = evidence::two_prevotes(&story.chain.context());
    let proof = Misconduct { validator: lie.key, evidence: encode(&lie).into() };
    let height = |height: Height, misconduct: Vec<Misconduct>| {
        let index = usize::try_from(height.0).expect("a small height") - 1;
        let (block, signed) = (story.chain.blocks[index].clone(), &story.chain.signed[index]);
        hexed(encode(&Decided { block, certificate: signed.certificate.clone(), misconduct }))
    };
    vec![height(Height(1), Vec::new()), height(lie.height, vec![proof])]
}

fn votes(story: &Story) -> Value {
    let context = story.chain.context();
    let (height, value) = (Height(7), Hash::sha256(b"a header"));
    let secret = key("court-consensus");
    let mut cases = Vec::new();
    let mut case = |what: &str, rule: &str, message: Vec<u8>| {
        let signature = secret.sign(&message);
        cases.push(json!({ "what": what, "rule": rule, "bytes": hexed(message), "signature": hexed(signature.0) }));
    };
    for (what, step, value) in [
        ("prevote", VoteStep::Prevote, Some(value)),
        ("prevote for nil", VoteStep::Prevote, None),
        ("precommit", VoteStep::Precommit, Some(value)),
        ("precommit for nil", VoteStep::Precommit, None),
    ] {
        case(what, "vote-bytes", vote_sign_bytes(&context, height, Round(2), step, value));
    }
    case("proposal", "proposal-bytes", proposal_sign_bytes(&context, height, Round(2), value, None));
    case(
        "proposal of a value with a polka",
        "proposal-bytes",
        proposal_sign_bytes(&context, height, Round(2), value, Some(Round(1))),
    );
    json!({ "chain": context.chain.as_str(), "genesis_hash": hexed(context.genesis.0), "height": height.0, "round": 2,
            "value": hexed(value.0), "public_key": hexed(secret.public().to_bytes()), "cases": cases,
            "possession": possession(story), "ready": ready(story) })
}

/// What a new key signs for each use that it can have.
fn possession(story: &Story) -> Vec<Value> {
    let (context, secret) = (story.chain.context(), key("a new key"));
    let uses = [
        ("holder", "police", KeyUse::Holder(id("wang")), hex::encode(id("wang").0)),
        ("officer", "notary", KeyUse::Officer(OfficerId(id("zhang").0)), hex::encode(id("zhang").0)),
        ("seal", "notary", KeyUse::Seal, String::new()),
        ("administration", "notary", KeyUse::Administration, String::new()),
    ];
    let case = |(what, department, meant, owner): (&str, &str, KeyUse, String)| {
        let message = possession_bytes(&context.chain, &word(department), meant, &secret.public().id());
        json!({ "use": what, "department": department, "purpose": meant.purpose() as u64, "owner": owner,
                "public_key": hexed(secret.public().to_bytes()), "signature": hexed(secret.sign(&message).0),
                "bytes": hexed(message) })
    };
    uses.into_iter().map(case).collect()
}

fn ready(story: &Story) -> Value {
    let told = story.statement("ready");
    let Action::Ready(body) = told.statement.action() else { unreachable!("the story's ready statement") };
    let message = ready_bytes(&story.chain.context().chain, &body.proposal, &body.key, body.height, &body.header);
    json!({ "bytes": hexed(message), "signature": hexed(body.signature.0), "proposal": hexed(body.proposal.0),
            "public_key": hexed(key("court-consensus").public().to_bytes()), "key": hexed(body.key.0.0),
            "header": hexed(body.header.0), "height": body.height.0 })
}

fn log(story: &Story) -> Value {
    let items: Vec<Vec<u8>> = (0..20u8).map(|number| vec![number; usize::from(number)]).collect();
    let mut peaks = Peaks::default();
    let mut stored: Vec<Hash> = Vec::new();
    let mut roots = vec![hexed(peaks.root().0)];
    for item in &items {
        stored.extend(peaks.append(item).into_iter().map(|(_, hash)| hash));
        roots.push(hexed(peaks.root().0));
    }
    let node = |index: u64| Ok(stored[usize::try_from(index).expect("a small index")]);
    let mut proofs = Vec::new();
    for size in [1, 2, 3, 7, 8, 13, 20u64] {
        for index in 0..size {
            let proof = InclusionProof::make(index, size, node).expect("a proof inside the log");
            proofs.push(json!({ "index": index, "size": size, "proof": hexed(encode(&proof)) }));
        }
    }
    let (left, right) = (leaf_hash(b""), leaf_hash(&[0x00]));
    json!({
        "leaf_of_nothing": hexed(left.0), "leaf_of_zero": hexed(right.0), "node_of_both": hexed(node_hash(&left, &right).0),
        "items": items.iter().map(hexed).collect::<Vec<_>>(),
        "roots": roots,
        "proofs": proofs,
        "stored_indices": (0..5u32).map(|level| (0..4u64).map(|n| stored_index(level, n)).collect::<Vec<_>>()).collect::<Vec<_>>(),
        "chain_items": story.chain.chain.log_items().iter().map(|item| hexed(&item.0)).collect::<Vec<_>>(),
    })
}

fn state(story: &Story) -> Value {
    let tip = &story.chain.signed.last().expect("a head").header;
    let version = story.chain.chain.tree_version(tip.height).expect("the version of the tip");
    let absent = (0..24).map(|number| StateKey::certificate(&id(&format!("absent {number}"))));
    let present = story.chain.chain.values().keys().cloned();
    let proofs: Vec<Value> = present
        .chain(absent)
        .map(|key| {
            let (value, proof) = tree::prove(&story.chain.chain, version, &key).expect("memory does not fail");
            json!({ "path": key.path(), "value": value.map(hexed), "proof": hexed(encode(&proof)) })
        })
        .collect();
    json!({ "root": hexed(tip.state_root.0), "empty_root": hexed(tree::EMPTY_ROOT.0), "proofs": proofs })
}

fn opened(story: &Story) -> Value {
    let cases: Vec<Value> = disclosures()
        .iter()
        .map(|(what, one)| json!({ "what": what, "encoded": hexed(disclosed(one)), "commitment": commitment(one) }))
        .collect();
    let codes: Vec<Value> = ["first", "second", "third"]
        .iter()
        .map(|name| {
            let code = lookup_code(name);
            json!({ "bytes": hexed(code.bytes()), "shown": code.to_string(), "symbols": code.canonical() })
        })
        .collect();
    let document = super::story::document_file("first");
    json!({ "disclosures": cases, "codes": codes,
            "document": { "bytes": hexed(&document), "commitment": story.chain
                .record::<NotarialCertificate>(&StateKey::certificate(&id("first")))
                .and_then(|record| record.document).map(|hash| hexed(hash.0)) } })
}

fn commitment(one: &Disclosure) -> Option<Value> {
    let hash = match one {
        Disclosure::Document(secret) => secret.commitment(),
        Disclosure::Attribute(secret) => secret.commitment(),
        Disclosure::Text(secret) => secret.commitment(),
        Disclosure::Content(secret) => secret.commitment(),
        Disclosure::CaseSubject(secret) => secret.commitment(),
        Disclosure::Lookup(_) | Disclosure::Subject(_) => return None,
    };
    Some(hexed(hash.0))
}

fn trust(story: &Story) -> Value {
    let plain = story.chain.trust();
    let header = &story.chain.signed[2].header;
    let checkpoint = Checkpoint { height: header.height, time: header.time, header: header.hash() };
    let moved = TrustFile { checkpoint: Some(checkpoint), ..plain.clone() };
    let shown =
        |trust: &TrustFile| json!({ "encoded": hexed(encode(trust)), "view": view(ledger::codec::Cbor::view(trust)) });
    json!({ "genesis": shown(&plain), "checkpoint": shown(&moved), "history": super::history::shown(story) })
}
