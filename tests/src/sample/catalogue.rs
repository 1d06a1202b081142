//! The sample's catalogue: its items with their powers, and the grounds of acts.

use super::{text, word};
use ledger::record::{ACTS_WITH_GROUNDS, Approval, Ground, Grounds, Item, ItemKind, Power};
use ledger::types::{Code, Role};

/// The items, ascending by code.
pub(super) fn items() -> Vec<Item> {
    let mut items = vec![
        correction_item(),
        identity_item("identity.legal", "legal", "registration-authority"),
        identity_item("identity.natural", "natural", "public-security"),
        notarial_item("notarial.birth", Approval::Required),
        Item { subjects_min: Some(0), ..notarial_item("notarial.copy", Approval::NotRequired) },
    ];
    items.sort_by(|a, b| a.code.cmp(&b.code));
    items
}

/// One list of grounds for each act that asks for one.
pub(super) fn grounds() -> Vec<Grounds> {
    ACTS_WITH_GROUNDS.iter().map(|act| grounds_of(act)).collect()
}

fn power(act: &str, roles: &[&str]) -> Power {
    Power {
        act: word(act),
        roles: roles.iter().map(|role| word::<Role>(role)).collect(),
        name_zh: text("示例"),
        name_en: text("sample"),
    }
}

fn item(code: &str, kind: ItemKind, exercising: &[&str], powers: Vec<Power>) -> Item {
    Item {
        code: word(code),
        version: 1,
        kind,
        name_zh: text("示例事项"),
        name_en: text("sample item"),
        legal_basis: text("公证法 第11条"),
        exercising: exercising.iter().map(|department| word(department)).collect(),
        powers,
        active: true,
        approval: None,
        number_class: None,
        promised_minutes: None,
        statutory_days: None,
        in_person: false,
        parties: Vec::new(),
        variants: Vec::new(),
        subjects_min: None,
    }
}

fn notarial_item(code: &str, approval: Approval) -> Item {
    let acts = ["draft", "approve", "issue", "amend", "supersede", "annul", "void"];
    let powers = acts.iter().map(|act| power(act, &["notary-office"])).collect();
    let mut item = item(code, ItemKind::Notarial, &["notary"], powers);
    item.approval = Some(approval);
    item.number_class = Some(word("general"));
    item
}

fn identity_item(code: &str, variant: &str, role: &str) -> Item {
    let powers = ["register", "suspend", "resume", "revoke"].iter().map(|act| power(act, &[role])).collect();
    let mut item = item(code, ItemKind::Identity, &["justice", "police"], powers);
    item.variants = vec![word(variant)];
    item
}

fn correction_item() -> Item {
    let four = ["court", "justice-bureau", "procuratorate", "public-security"];
    let powers = vec![
        power("open", &["court"]),
        power("entry-report", &["justice-bureau"]),
        power("entry-visit", &["justice-bureau", "public-security"]),
        power("entry-ruling", &["court"]),
        power("close-expired", &["justice-bureau"]),
        power("close-revoked", &["court"]),
    ];
    let mut item =
        item("correction.community", ItemKind::Correction, &["court", "justice", "notary", "police"], powers);
    item.parties = four.iter().map(|role| word(role)).collect();
    item.variants =
        ["control", "probation", "parole", "temporary-service"].iter().map(|name| word::<Code>(name)).collect();
    item
}

/// Reasons that the stories give.
const GROUNDS: [&str; 14] = [
    "deceased",
    "forged",
    "forged-paper",
    "left-office",
    "lost",
    "misprint",
    "no-longer-notary",
    "not-collected",
    "review",
    "reviewed",
    "stolen",
    "test",
    "theft",
    "wrong-fact",
];

fn grounds_of(act: &str) -> Grounds {
    let ground = |code: &&str| Ground { code: word(code), name_zh: text("示例"), name_en: text("sample") };
    Grounds { act: word(act), grounds: GROUNDS.iter().map(ground).collect() }
}
