//! Golden bundles: proofs of today's formats that every later verifier has to accept.

use super::VectorFile;
use super::story::{Story, attribute_secret, disclosed, document_file, document_secret, lookup_code};
use crate::sample::{SampleChain, genesis_named, id, word};
use identity::{Disclosure, LookupDisclosure, SubjectDisclosure};
use ledger::block::SignedHeader;
use ledger::bundle::{Bundle, Handover, ListPage};
use ledger::codec::{Bytes, encode};
use ledger::crypto::Hash;
use ledger::light::{LightError, verify};
use ledger::log::{InclusionProof, Peaks};
use ledger::record::{lookup_commitment, lookup_key};
use ledger::state::StateKey;
use ledger::trust::{Checkpoint, TrustFile};
use ledger::validator::ValidatorSet;
use serde_json::{Value, json};

/// A golden bundle.
pub struct Golden {
    /// Name of its file, without ending.
    pub name: &'static str,
    /// What it shows.
    pub shows: &'static str,
    /// The bundle.
    pub bundle: Bundle,
    /// Checks of it.
    pub checks: Vec<Check>,
}

/// A check of a golden bundle: under a trust file, maybe against a document.
pub struct Check {
    /// Name of the trust file, without ending.
    pub trust: &'static str,
    /// Name of a document, without ending.
    pub document: Option<&'static str>,
    /// Exit code of a verifier.
    pub exit: u8,
}

const fn check(trust: &'static str, document: Option<&'static str>, exit: u8) -> Check {
    Check { trust, document, exit }
}

/// The trust files by name.
#[must_use]
pub fn trust_files(story: &Story) -> Vec<(&'static str, TrustFile)> {
    let genesis = story.chain.trust();
    let other = SampleChain::new(genesis_named("other")).trust();
    vec![
        ("v4-genesis", genesis),
        ("v4-checkpoint", at_checkpoint(story, story.height("governance"))),
        ("v4-checkpoint-three", at_checkpoint(story, story.height("three"))),
        ("v4-other-chain", other),
    ]
}

/// The trust file of somebody who verified the header of a height.
fn at_checkpoint(story: &Story, height: u64) -> TrustFile {
    let header = &signed_at(story, height).header;
    let mut sets = [&["court", "justice", "notary", "police"][..], &["justice", "notary", "police"]]
        .map(crate::sample::validator_set)
        .into_iter();
    let validators = sets.find(|set| set.hash() == header.next_validators).expect("a set of the story");
    let checkpoint = Checkpoint { height: header.height, time: header.time, header: header.hash() };
    TrustFile { validators, checkpoint: Some(checkpoint), ..story.chain.trust() }
}

/// The signed header of a height; the first is that of height 1.
pub(super) fn signed_at(story: &Story, height: u64) -> &SignedHeader {
    &story.chain.signed[index(height) - 1]
}

fn index(height: u64) -> usize {
    usize::try_from(height).expect("a small height")
}

/// A bundle about some keys as of the end of a chapter.
fn about(story: &Story, chapter: &str, keys: &[StateKey]) -> Bundle {
    let height = story.height(chapter);
    let head = signed_at(story, height).clone();
    let version = story.chain.chain.tree_version(head.header.height).expect("a height of the story");
    Bundle::of_head(head).prove(&story.chain.chain, version, keys).expect("memory does not fail")
}

fn certificate(name: &str) -> StateKey {
    StateKey::certificate(&id(name))
}

fn opened(all: &[Disclosure]) -> Vec<Bytes> {
    all.iter().map(|one| disclosed(one).into()).collect()
}

/// All golden bundles.
#[must_use]
pub fn bundles(story: &Story) -> Vec<Golden> {
    vec![
        issued(story),
        status(story),
        annulled(story),
        chosen(story),
        absent(story),
        suspended(story),
        case(story),
        page(story),
        logged(story),
        handover(story),
        handovers(story),
        gap(story),
    ]
}

fn issued(story: &Story) -> Golden {
    let name = super::story::full_number(&story.chain.record(&certificate("first")).expect("an issued certificate"));
    let code = lookup_code("first");
    let keys = [
        certificate("first"),
        StateKey::lookup(&lookup_key(&name, &lookup_commitment(&name, &code.bytes()))),
        StateKey::item_version(&word("notarial.birth"), 1),
        StateKey::department(&word("notary")),
    ];
    let mut bundle = about(story, "issued", &keys);
    bundle.disclosures = opened(&[
        Disclosure::Document(document_secret("first", &document_file("first"))),
        Disclosure::Lookup(LookupDisclosure { code, number: None }),
        Disclosure::Subject(SubjectDisclosure { identity: id("wang") }),
    ]);
    bundle.made_at = Some(bundle.head.header.time.plus(5_000));
    let checks = vec![
        check("v4-genesis", None, 0),
        check("v4-genesis", Some("v4-document-first"), 0),
        check("v4-genesis", Some("v4-document-fourth"), 1),
        check("v4-other-chain", None, 9),
    ];
    Golden {
        name: "v4-issued",
        shows: "an issued certificate with its document, look-up, item and office",
        bundle,
        checks,
    }
}

fn status(story: &Story) -> Golden {
    let bundle = about(story, "issued", &[certificate("first")]);
    let checks = vec![check("v4-genesis", None, 0), check("v4-genesis", Some("v4-document-first"), 3)];
    Golden { name: "v4-status", shows: "the status bundle of an issued certificate: no disclosures", bundle, checks }
}

fn annulled(story: &Story) -> Golden {
    let mut bundle = about(story, "annulled", &[certificate("fourth")]);
    bundle.disclosures = opened(&[Disclosure::Document(document_secret("fourth", &document_file("fourth")))]);
    let checks = vec![check("v4-genesis", None, 8), check("v4-genesis", Some("v4-document-fourth"), 8)];
    Golden { name: "v4-annulled", shows: "a certificate that was annulled", bundle, checks }
}

fn chosen(story: &Story) -> Golden {
    let mut bundle = about(story, "annulled", &[certificate("second"), certificate("third")]);
    bundle.about = Some(certificate("second").path().to_owned());
    Golden {
        name: "v4-superseded",
        shows: "a superseded certificate, named as what the bundle is about, and the one that replaced it",
        bundle,
        checks: vec![check("v4-genesis", None, 8)],
    }
}

fn absent(story: &Story) -> Golden {
    let bundle =
        about(story, "certificates", &[StateKey::lookup(&Hash::sha256(b"a number and a code that nobody printed"))]);
    Golden {
        name: "v4-lookup-absent",
        shows: "nothing stands under a look-up",
        bundle,
        checks: vec![check("v4-genesis", None, 5)],
    }
}

fn suspended(story: &Story) -> Golden {
    let mut bundle = about(story, "suspended", &[StateKey::identity(&id("li"))]);
    let attribute = |code, value| Disclosure::Attribute(attribute_secret("li", code, value));
    bundle.disclosures = opened(&[attribute("birth-date", "1990-01-02"), attribute("name", "李明")]);
    let checks = vec![check("v4-genesis", None, 8)];
    Golden {
        name: "v4-identity-suspended",
        shows: "a suspended identity with two attributes disclosed",
        bundle,
        checks,
    }
}

/// The entries of the case up to the end of a chapter.
fn entries(story: &Story) -> Vec<Bytes> {
    super::story::case_items(story).into_iter().map(Bytes::from).collect()
}

fn case(story: &Story) -> Golden {
    let key = StateKey::correction(&id("case"));
    let mut bundle = about(story, "case", std::slice::from_ref(&key));
    bundle.lists = vec![ListPage { path: key.path().to_owned(), start: 0, items: entries(story), proofs: Vec::new() }];
    let checks = vec![check("v4-genesis", None, 0)];
    Golden { name: "v4-correction-case", shows: "an open case with all its entries, none left out", bundle, checks }
}

fn page(story: &Story) -> Golden {
    let key = StateKey::correction(&id("case"));
    let mut bundle = about(story, "closed", std::slice::from_ref(&key));
    let items = entries(story);
    let (mut peaks, mut stored) = (Peaks::default(), Vec::new());
    for item in &items {
        stored.extend(peaks.append(item).into_iter().map(|(_, hash)| hash));
    }
    let size = items.len() as u64;
    let node = |position: u64| Ok(stored[index(position)]);
    let proofs = (1..3).map(|at| InclusionProof::make(at, size, node).expect("an index of the list")).collect();
    bundle.lists = vec![ListPage { path: key.path().to_owned(), start: 1, items: items[1..3].to_vec(), proofs }];
    let checks = vec![check("v4-genesis", None, 0)];
    Golden { name: "v4-correction-page", shows: "a closed case with entries 1 and 2 of its list", bundle, checks }
}

fn logged(story: &Story) -> Golden {
    let issue = story.statement("issue");
    let bundle = about(story, "closed", &[certificate("first")]);
    let header = encode(&signed_at(story, story.height("issued")).header);
    let position = story.chain.log_index(&header).expect("an old header is in the log");
    let chain = &story.chain.chain;
    let bundle = bundle.prove_logged(chain, issue.log_index, issue.statement.encoded()).expect("memory does not fail");
    let bundle = bundle.prove_logged(chain, position, &header).expect("memory does not fail");
    let checks = vec![check("v4-genesis", None, 0)];
    Golden { name: "v4-logged", shows: "a statement and an old header, proven by the log", bundle, checks }
}

/// The handover after which `validators` decide, the newest up to a height.
fn handover_to(story: &Story, departments: &[&str], up_to: u64) -> Handover {
    let next: ValidatorSet = crate::sample::validator_set(departments);
    let mut headers = story.chain.signed[..index(up_to)].iter().rev();
    let signed = headers
        .find(|signed| {
            signed.header.next_validators != signed.header.validators && signed.header.next_validators == next.hash()
        })
        .expect("a handover of the story");
    Handover { signed: signed.clone(), next }
}

fn handover(story: &Story) -> Golden {
    let mut bundle = about(story, "three", &[certificate("first")]);
    bundle.handovers = vec![handover_to(story, &["justice", "notary", "police"], story.height("three"))];
    let checks =
        vec![check("v4-checkpoint", None, 0), check("v4-genesis", None, 3), check("v4-checkpoint-three", None, 0)];
    Golden {
        name: "v4-handover",
        shows: "a head after a change of validators, from a checkpoint before it",
        bundle,
        checks,
    }
}

fn handovers(story: &Story) -> Golden {
    let (three, four) = (story.height("three"), story.height("four"));
    let mut bundle = about(story, "four", &[certificate("first"), StateKey::validators()]);
    bundle.handovers = vec![
        handover_to(story, &["justice", "notary", "police"], three),
        handover_to(story, &["court", "justice", "notary", "police"], four),
    ];
    let checks =
        vec![check("v4-checkpoint", None, 0), check("v4-checkpoint-three", None, 0), check("v4-genesis", None, 3)];
    Golden { name: "v4-handovers", shows: "two changes of validators one after the other", bundle, checks }
}

/// What a node answers who is asked for the changes since the first one, and what that is to somebody from before it.
fn gap(story: &Story) -> Golden {
    let mut bundle = handovers(story).bundle;
    bundle.handovers.remove(0);
    let checks = vec![check("v4-checkpoint-three", None, 0), check("v4-checkpoint", None, 3)];
    Golden { name: "v4-gap", shows: "the second of two changes of validators without the first", bundle, checks }
}

/// The word of a verdict on encoded bytes.
#[must_use]
pub fn verdict(bytes: &[u8], trust: &TrustFile) -> &'static str {
    let Ok(bundle) = Bundle::decode(bytes) else { return "invalid" };
    match verify(&bundle, trust) {
        Ok(_) => "verified",
        Err(LightError::Invalid(_)) => "invalid",
        Err(LightError::CannotTell(_)) => "cannot-tell",
    }
}

/// The files: bundles, trust files, documents, and what each check has to give.
#[must_use]
pub fn files(story: &Story, bundles: &[Golden]) -> Vec<VectorFile> {
    let mut files = Vec::new();
    let mut expected = Vec::new();
    let trusts = trust_files(story);
    for golden in bundles {
        let encoded = golden.bundle.encode();
        for check in &golden.checks {
            let trust = &trusts.iter().find(|(name, _)| *name == check.trust).expect("a trust file of the set").1;
            expected.push(expectation(golden, check, verdict(&encoded, trust), &encoded));
        }
        files.push(VectorFile::new(&format!("golden/{}.yinxin", golden.name), encoded));
    }
    for (name, trust) in &trusts {
        files.push(VectorFile::new(&format!("golden/{name}.yinxin-trust"), encode(trust)));
    }
    for name in ["first", "fourth"] {
        files.push(VectorFile::new(&format!("golden/v4-document-{name}.txt"), document_file(name)));
    }
    files.push(VectorFile::json("golden/v4-expected.json", &Value::from(expected)));
    files
}

pub(super) fn expectation(golden: &Golden, check: &Check, verdict: &str, encoded: &[u8]) -> Value {
    json!({
        "bundle": format!("{}.yinxin", golden.name),
        "shows": golden.shows,
        "trust": format!("{}.yinxin-trust", check.trust),
        "document": check.document.map(|name| format!("{name}.txt")),
        "verdict": verdict,
        "exit": check.exit,
        "size_bytes": encoded.len(),
        "sha256": super::hexed(Hash::sha256(encoded).0),
        "about": golden.bundle.about,
        "height": golden.bundle.head.header.height.0,
        "time_unix_ms": golden.bundle.head.header.time.0,
        "entries": golden.bundle.entries.iter().map(|entry| json!({ "path": entry.path, "present": entry.value.is_some() }))
            .collect::<Vec<_>>(),
    })
}
