//! Actions that nearly every story takes, and a block of the kind that a busy hour makes.

use super::{GENESIS_TIME, SampleChain, id, key, word};
use ledger::action::Action;
use ledger::commit::ChainContext;
use ledger::crypto::{Hash, Suite};
use ledger::record::ItemRef;
use ledger::statement::{KeyUse, possession_bytes};
use ledger::types::{DepartmentId, ItemCode};

/// The sample's item in version 1.
#[must_use]
pub fn item_ref(code: &str) -> ItemRef {
    ItemRef { code: word::<ItemCode>(code), version: 1 }
}

/// Registration of a natural person by the police.
#[must_use]
pub fn register_identity(chain: &ChainContext, name: &str) -> Action {
    let holder = key(&format!("{name}-holder"));
    let department: DepartmentId = word("police");
    let message = possession_bytes(&chain.chain, &department, KeyUse::Holder(id(name)), &holder.public().id());
    Action::RegisterIdentity(ledger::action::identity::Register {
        identity: id(name),
        item: item_ref("identity.natural"),
        person: ledger::record::PersonKind::Natural,
        level: 2,
        holder_suite: Suite::Ed25519Sha256,
        holder: holder.public(),
        possession: holder.sign(&message),
        attributes: vec![ledger::record::AttributeCommitment {
            code: word("name"),
            commitment: Hash::sha256(name.as_bytes()),
        }],
        valid_until: GENESIS_TIME.plus(5 * 365 * 24 * 3600 * 1000),
    })
}

/// Draft of a certificate about some persons.
#[must_use]
pub fn draft(name: &str, subjects: &[&str]) -> Action {
    Action::Draft(ledger::action::notarial::Draft {
        certificate: id(name),
        item: item_ref("notarial.birth"),
        matter: Hash::sha256(b"matter"),
        subjects: subjects.iter().map(|subject| id(subject)).collect(),
    })
}

/// Draft of a certificate that needs no subject and no second person.
#[must_use]
pub fn draft_copy(name: &str) -> Action {
    Action::Draft(ledger::action::notarial::Draft {
        certificate: id(name),
        item: item_ref("notarial.copy"),
        matter: Hash::sha256(b"matter"),
        subjects: Vec::new(),
    })
}

/// Approval in 2026.
#[must_use]
pub fn approve(name: &str) -> Action {
    Action::Approve(ledger::action::notarial::Approve {
        certificate: id(name),
        year: 2026,
        serial: None,
        subjects: None,
    })
}

/// Issue of a certificate about `wang`, with a document and look-up made from the name.
#[must_use]
pub fn issue(name: &str) -> Action {
    issue_about(name, &["wang"])
}

/// The same about some persons.
#[must_use]
pub fn issue_about(name: &str, subjects: &[&str]) -> Action {
    let hash = |what: &str| Hash::sha256(format!("{what} {name}").as_bytes());
    Action::Issue(ledger::action::notarial::Issue {
        certificate: id(name),
        document: hash("document"),
        lookup: hash("lookup"),
        subjects: (!subjects.is_empty()).then(|| subjects.iter().map(|subject| id(subject)).collect()),
    })
}

/// Makes one block of the kind that a busy hour makes: a new person, and certificates of earlier ones at every stage.
///
/// # Panics
/// If the ledger refuses any of it.
pub fn busy_block(chain: &mut SampleChain, number: u64) {
    let context = chain.context();
    let name = |number: u64| format!("record-{number}");
    let mut statements =
        vec![chain.statement("police", &["police-officer"], register_identity(&context, &name(number)))];
    if let Some(person) = number.checked_sub(1).map(name) {
        statements.push(chain.statement("notary", &["notary-zhang"], draft(&person, &[&person])));
    }
    if let Some(drafted) = number.checked_sub(2).map(name) {
        statements.push(chain.statement("notary", &["notary-head"], approve(&drafted)));
    }
    if let Some(approved) = number.checked_sub(3).map(name) {
        statements.push(chain.statement(
            "notary",
            &["notary-zhang", "notary-seal"],
            issue_about(&approved, &[&approved]),
        ));
    }
    let refused = chain.block(statements);
    assert!(refused.is_empty(), "block {number}: {refused:?}");
}
