//! Who may do what: a table written by hand, against the rules. Each cell is one statement over the same chain.

use ledger::action::Action;
use ledger::action::identity::{Register, Resume, Revoke, Suspend};
use ledger::action::key::{FreezeKey, RegisterKey, ResumeKey, RevokeKey, SuspendKey};
use ledger::action::notarial::{Amend, Annul, Draft, Supersede, Void};
use ledger::crypto::Hash;
use ledger::executor::{CheckError, check_statement};
use ledger::record::{Change, Parameters, PersonKind, Purpose};
use ledger::statement::{KeyUse, possession_bytes};
use ledger::types::OfficerId;
use yinxin_tests::sample::{SampleChain, approve, draft, id, issue, item_ref, key, register_identity, word};
use yinxin_tests::story::{administer, close, enter, issued, new_key, open_case, person, propose, ready, vote};

/// What the signers of a row are: one key each, and these departments.
const SOLE: [&str; 10] = [
    "court-judge",
    "justice-officer",
    "police-officer",
    "notary-zhang",
    "notary-li",
    "notary-head",
    "notary-clerk",
    "notary-seal",
    "notary-admin-1",
    "court-admin-1",
];

const OD: &str = "other-department";
const PM: &str = "power-missing";
const TM: &str = "title-missing";
const WP: &str = "wrong-purpose";
const WS: &str = "wrong-status";
const NC: &str = "not-in-charge";
const SM: &str = "second-signer-missing";
const AU: &str = "act-unknown";
const VU: &str = "variant-unknown";
const TH: &str = "threshold-missing";
const EU: &str = "endorsement-unexpected";

#[rustfmt::skip]
/// One key alone:        court justice police zhang   li  head clerk seal admin court-admin
const ALONE: [(&str, [&str; 10]); 29] = [
    ("draft birth",         [TM,  TM,  TM, "ok", "ok", "ok", TM,  WP, WP, WP]),
    ("draft copy",          [TM,  TM,  TM, "ok", "ok", "ok", TM,  WP, WP, WP]),
    ("approve drafted",     [OD,  OD,  OD,  TM,  "ok", "ok", TM,  WP, WP, WP]),
    ("approve copied",      [OD,  OD,  OD, "ok", "ok", "ok", NC,  WP, WP, WP]),
    ("approve by-li",       [OD,  OD,  OD,  TM, "same-person", "ok", TM, WP, WP, WP]),
    ("approve one",         [OD,  OD,  OD,  WS,   WS,   WS,  WS,  WP, WP, WP]),
    ("issue approved",      ["seal-missing", "seal-missing", "seal-missing", "seal-missing", "seal-missing", "seal-missing", "seal-missing", WP, WP, WP]),
    ("amend one",           [SM,  SM,  SM,  SM,   SM,   SM,  SM,  WP, WP, WP]),
    ("annul one",           [SM,  SM,  SM,  SM,   SM,   SM,  SM,  WP, WP, WP]),
    ("void approved",       [OD,  OD,  OD, "ok", "ok", "ok", NC,  WP, WP, WP]),
    ("void drafted",        [OD,  OD,  OD,  WS,   WS,   WS,  NC,  WP, WP, WP]),
    ("attest natural",      [PM,  PM, "ok", PM,   PM,   PM,  PM,  WP, WP, WP]),
    ("attest legal",        [PM, "ok", PM,  PM,   PM,   PM,  PM,  WP, WP, WP]),
    ("attest legal as natural", [PM, VU, PM, PM,  PM,   PM,  PM,  WP, WP, WP]),
    ("attest natural as legal", [PM, PM, VU, PM,  PM,   PM,  PM,  WP, WP, WP]),
    ("suspend wang",        [OD,  OD, "ok", OD,   OD,   OD,  OD,  WP, WP, WP]),
    ("revoke wang",         [OD,  OD, "ok", OD,   OD,   OD,  OD,  WP, WP, WP]),
    ("resume wang",         [OD,  OD,  WS,  OD,   OD,   OD,  OD,  WP, WP, WP]),
    ("suspend firm",        [OD, "ok", OD,  OD,   OD,   OD,  OD,  WP, WP, WP]),
    ("revoke firm",         [OD, "ok", OD,  OD,   OD,   OD,  OD,  WP, WP, WP]),
    ("open case",           ["ok", PM, PM,  PM,   PM,   PM,  PM,  WP, WP, WP]),
    ("enter report",        [PM, "ok", PM,  PM,   PM,   PM,  PM,  WP, WP, WP]),
    ("enter visit",         [PM, "ok","ok", PM,   PM,   PM,  PM,  WP, WP, WP]),
    ("enter ruling",        ["ok", PM, PM,  PM,   PM,   PM,  PM,  WP, WP, WP]),
    ("enter gossip",        [AU,  AU,  AU,  AU,   AU,   AU,  AU,  WP, WP, WP]),
    ("close expired",       [PM, "ok", PM,  PM,   PM,   PM,  PM,  WP, WP, WP]),
    ("close revoked",       ["ok", PM, PM,  PM,   PM,   PM,  PM,  WP, WP, WP]),
    ("close bored",         [AU,  AU,  AU,  AU,   AU,   AU,  AU,  WP, WP, WP]),
    ("propose",             [WP,  WP,  WP,  WP,   WP,   WP,  WP,  WP, TH, TH]),
];

/// Several keys, the main one first.
#[rustfmt::skip]
const TOGETHER: [(&str, &[&str], &str); 77] = [
    ("issue approved", &["notary-zhang", "notary-seal"], "ok"),
    ("issue approved", &["notary-zhang-spare", "notary-seal"], "ok"),
    ("issue approved", &["notary-li", "notary-seal"], NC),
    ("issue approved", &["notary-head", "notary-seal"], NC),
    ("issue approved", &["notary-clerk", "notary-seal"], NC),
    ("issue approved", &["court-judge", "notary-seal"], OD),
    ("issue approved", &["police-officer", "notary-seal"], OD),
    ("issue approved", &["notary-admin-1", "notary-seal"], WP),
    ("issue approved", &["notary-seal", "notary-zhang"], WP),
    ("issue approved", &["notary-zhang", "notary-li"], "seal-missing"),
    ("issue approved", &["notary-zhang", "notary-admin-1"], "seal-missing"),
    ("issue approved", &["notary-zhang", "notary-seal", "notary-head"], "seal-missing"),
    ("issue drafted", &["notary-zhang", "notary-seal"], WS),
    ("draft birth", &["notary-zhang", "notary-seal"], EU),
    ("draft birth", &["notary-zhang", "court-judge"], EU),
    ("draft birth", &["notary-admin-1", "notary-admin-2"], EU),
    ("approve drafted", &["notary-head", "notary-li"], EU),
    ("approve drafted", &["notary-head", "notary-seal"], EU),
    ("void approved", &["notary-head", "notary-li"], EU),
    ("amend one", &["notary-zhang", "notary-head"], "ok"),
    ("amend one", &["notary-head", "notary-zhang"], "ok"),
    ("amend one", &["notary-zhang", "notary-li"], "ok"),
    ("amend one", &["notary-clerk", "notary-head"], "ok"),
    ("amend one", &["notary-zhang", "notary-clerk"], TM),
    ("amend one", &["notary-zhang", "notary-zhang-spare"], "same-person"),
    ("amend one", &["notary-zhang", "notary-seal"], WP),
    ("amend one", &["notary-zhang", "notary-admin-1"], WP),
    ("amend one", &["notary-zhang", "court-judge"], OD),
    ("amend one", &["court-judge", "notary-head"], OD),
    ("amend one", &["notary-zhang", "notary-li", "notary-head"], SM),
    ("amend drafted", &["notary-zhang", "notary-head"], WS),
    ("annul one", &["notary-li", "notary-head"], "ok"),
    ("annul one", &["notary-zhang", "notary-clerk"], TM),
    ("annul one", &["police-officer", "notary-head"], OD),
    ("annul approved", &["notary-li", "notary-head"], WS),
    ("supersede one by two", &["notary-zhang", "notary-li"], "ok"),
    ("supersede one by two", &["notary-head", "justice-officer"], OD),
    ("supersede one by one", &["notary-zhang", "notary-li"], "wrong-replacement"),
    ("supersede one by approved", &["notary-zhang", "notary-li"], "wrong-replacement"),
    ("attest natural", &["police-officer", "police-admin-1"], EU),
    ("suspend wang", &["police-officer", "justice-officer"], EU),
    ("open case", &["court-judge", "justice-officer"], EU),
    ("enter report", &["justice-officer", "court-judge"], EU),
    ("register police key", &["police-admin-1", "police-admin-2"], "ok"),
    ("register police key", &["police-admin-3", "police-admin-1"], "ok"),
    ("register police key", &["police-admin-1", "police-admin-2", "police-admin-3"], "ok"),
    ("register police key", &["police-admin-1"], TH),
    ("register police key", &["police-admin-1", "police-officer"], EU),
    ("register police key", &["police-admin-1", "court-admin-1"], EU),
    ("register police key", &["police-admin-1", "police-admin-2", "court-admin-1"], EU),
    ("register police key", &["police-officer", "police-admin-1", "police-admin-2"], WP),
    ("register police key", &["court-admin-1", "court-admin-2"], "possession-unproven"),
    ("stop police-officer", &["police-admin-1", "police-admin-2"], "ok"),
    ("stop police-officer", &["police-officer"], "ok"),
    ("stop police-officer", &["police-officer", "police-admin-1"], WP),
    ("stop police-officer", &["police-admin-2"], TH),
    ("stop police-officer", &["court-admin-1", "court-admin-2"], OD),
    ("stop notary-zhang-spare", &["notary-zhang"], WP),
    ("stop notary-seal", &["notary-seal"], "ok"),
    ("stop police-admin-3", &["police-admin-1", "police-admin-2"], "ok"),
    ("stop police-admin-3", &["court-admin-1", "court-admin-2"], OD),
    ("let police-spare", &["police-admin-1", "police-admin-2"], "ok"),
    ("let police-spare", &["police-spare"], "key-suspended"),
    ("let police-spare", &["police-officer"], WP),
    ("end police-spare", &["police-admin-2", "police-admin-3"], "ok"),
    ("end police-spare", &["justice-admin-1", "justice-admin-2"], OD),
    ("freeze police-officer", &["court-admin-1", "court-admin-3", "notary-admin-3", "notary-admin-2"], "ok"),
    ("freeze police-officer", &["court-admin-1", "notary-admin-3"], TH),
    ("freeze police-officer", &["court-admin-1", "court-admin-2", "notary-admin-3"], TH),
    ("freeze police-officer", &["court-admin-1", "notary-admin-1", "notary-admin-2"], TH),
    ("freeze police-officer", &["court-admin-1", "court-admin-2", "notary-admin-1", "justice-admin-1"], EU),
    ("freeze police-officer", &["court-admin-1", "court-admin-2", "notary-admin-1", "notary-head"], WP),
    ("freeze police-officer", &["court-admin-1", "court-admin-2"], SM),
    ("freeze police-officer", &["court-judge", "notary-admin-1"], WP),
    ("vote", &["court-admin-1", "court-admin-2"], "ok"),
    ("vote", &["notary-admin-1", "notary-admin-2"], "already-voted"),
    ("ready", &["court-admin-1", "court-admin-2"], WS),
];

/// The chain on which every cell is judged.
fn world() -> SampleChain {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    let firm = attest(&chain, "firm", "justice", "identity.legal", PersonKind::Legal);
    chain.submit("justice", &["justice-officer"], firm).unwrap();
    issued(&mut chain, "one");
    issued(&mut chain, "two");
    for (name, item, notary) in [
        ("drafted", "notarial.birth", "notary-zhang"),
        ("approved", "notarial.birth", "notary-zhang"),
        ("copied", "notarial.copy", "notary-zhang"),
        ("by-li", "notarial.birth", "notary-li"),
    ] {
        chain.submit("notary", &[notary], drafted(name, item)).unwrap();
    }
    chain.submit("notary", &["notary-head"], approve("approved")).unwrap();
    chain.submit("court", &["court-judge"], open_case("case")).unwrap();
    let spare = register_key(&chain, "police-spare");
    administer(&mut chain, "police", spare).unwrap();
    administer(&mut chain, "police", stop("police-spare")).unwrap();
    administer(&mut chain, "notary", propose("proposal", Change::SetParameters(Parameters::default()))).unwrap();
    chain
}

fn drafted(name: &str, item: &str) -> Action {
    let Action::Draft(body) = draft(name, &["wang"]) else { panic!("a draft") };
    Action::Draft(Draft { item: item_ref(item), ..body })
}

fn attest(chain: &SampleChain, name: &str, department: &str, item: &str, person: PersonKind) -> Action {
    let Action::RegisterIdentity(body) = register_identity(&chain.context(), name) else { panic!("a registration") };
    let holder = key(&format!("{name}-holder"));
    let message =
        possession_bytes(&chain.context().chain, &word(department), KeyUse::Holder(id(name)), &holder.public().id());
    Action::RegisterIdentity(Register { item: item_ref(item), person, possession: holder.sign(&message), ..body })
}

fn register_key(chain: &SampleChain, name: &str) -> Action {
    Action::RegisterKey(RegisterKey {
        key: new_key(chain, "police", KeyUse::Officer(OfficerId(id(name).0)), &key(name)),
        purpose: Purpose::Officer,
        officer: Some(OfficerId(id(name).0)),
        titles: Vec::new(),
        unit: None,
        not_before: chain.time(),
        not_after: chain.time().plus(1_000_000_000),
    })
}

fn stop(name: &str) -> Action {
    Action::SuspendKey(SuspendKey { key: key(name).public().id(), reason: word("lost") })
}

/// The action that a row names, as `department` would state it.
fn action(chain: &SampleChain, department: &str, row: &str) -> Action {
    let words: Vec<&str> = row.split(' ').collect();
    let (reason, text) = (word("test"), None);
    let key_of = |name: &str| key(name).public().id();
    match words.as_slice() {
        ["draft", kind] => drafted("new", &format!("notarial.{kind}")),
        ["approve", name] => approve(name),
        ["issue", name] => issue(name),
        ["amend", name] => {
            Action::Amend(Amend { certificate: id(name), document: Hash::sha256(b"mended"), reason, text })
        }
        ["annul", name] => Action::Annul(Annul { certificate: id(name), reason, text }),
        ["supersede", old, "by", new] => {
            Action::Supersede(Supersede { certificate: id(old), replacement: id(new), reason, text })
        }
        ["void", name] => Action::Void(Void { certificate: id(name), reason }),
        ["attest", "natural"] => attest(chain, "new", department, "identity.natural", PersonKind::Natural),
        ["attest", "legal"] => attest(chain, "new", department, "identity.legal", PersonKind::Legal),
        ["attest", "legal", "as", "natural"] => attest(chain, "new", department, "identity.legal", PersonKind::Natural),
        ["attest", "natural", "as", "legal"] => attest(chain, "new", department, "identity.natural", PersonKind::Legal),
        ["suspend", name] => Action::SuspendIdentity(Suspend { identity: id(name), reason, text }),
        ["resume", name] => Action::ResumeIdentity(Resume { identity: id(name), reason, text }),
        ["revoke", name] => Action::RevokeIdentity(Revoke { identity: id(name), reason, text }),
        ["open", "case"] => open_case("new case"),
        ["enter", kind] => enter(chain, "case", kind, "content"),
        ["close", ground] => close("case", ground),
        ["propose"] => propose("new proposal", Change::SetParameters(Parameters::default())),
        ["vote"] => vote("proposal", true),
        ["ready"] => ready(chain, "proposal", department),
        ["register", "police", "key"] => register_key(chain, "police-new"),
        ["stop", name] => stop(name),
        ["let", name] => Action::ResumeKey(ResumeKey { key: key_of(name) }),
        ["end", name] => Action::RevokeKey(RevokeKey { key: key_of(name), reason }),
        ["freeze", name] => Action::FreezeKey(FreezeKey { key: key_of(name), reason }),
        _ => panic!("no action for {row}"),
    }
}

/// The slug of the rejection, or `ok`.
fn judged(chain: &mut SampleChain, row: &str, keys: &[&str]) -> &'static str {
    let department = keys[0].split('-').next().unwrap();
    let action = action(chain, department, row);
    let statement = chain.statement(department, keys, action);
    match check_statement(&chain.chain, &(), &statement, chain.time().plus(1_000)) {
        Ok(()) => "ok",
        Err(CheckError::Rejected(rejection)) => rejection.slug(),
        Err(CheckError::Fault(fault)) => panic!("{fault}"),
    }
}

#[test]
fn one_key_alone_may_do_what_the_table_says_and_nothing_else() {
    let mut chain = world();
    for (row, expected) in ALONE {
        for (signer, expected) in SOLE.into_iter().zip(expected) {
            assert_eq!(judged(&mut chain, row, &[signer]), expected, "{row} by {signer}");
        }
    }
}

#[test]
fn several_keys_together_may_do_what_the_table_says_and_nothing_else() {
    let mut chain = world();
    for (row, signers, expected) in TOGETHER {
        assert_eq!(judged(&mut chain, row, signers), expected, "{row} by {signers:?}");
    }
}

#[test]
fn no_key_speaks_for_another_department() {
    let mut chain = world();
    for signer in SOLE {
        for claimed in ["court", "justice", "notary", "police"] {
            let own = signer.starts_with(claimed);
            let action = action(&chain, claimed, "enter gossip");
            let statement = chain.statement(claimed, &[signer], action);
            let outcome =
                check_statement(&chain.chain, &(), &statement, chain.time().plus(1_000)).unwrap_err().to_string();
            assert_eq!(outcome.contains("key-of-other-department"), !own, "{signer} as {claimed}: {outcome}");
        }
    }
}

#[test]
fn every_kind_of_action_stands_in_the_table() {
    let chain = world();
    let rows = ALONE.iter().map(|(row, _)| *row).chain(TOGETHER.iter().map(|(row, _, _)| *row));
    let mut words: Vec<&str> = rows.map(|row| action(&chain, "police", row).word()).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), 22, "{words:?}");
}
