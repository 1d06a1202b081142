//! The sample consortium: the same text that stands as `network.toml` in the root of the repository, and what its members
//! say in measures and tests.

use std::net::Ipv4Addr;

use ledger::action::Action;
use ledger::action::identity::Register;
use ledger::crypto::{SecretKey, Suite};
use ledger::record::{AttributeCommitment, ItemRef, PersonKind};
use ledger::statement::{KeyUse, possession_bytes};
use ledger::types::{ChainId, RecordId, TimeMs};

const HEAD: &str = include_str!("sample/head.toml");
const DEPARTMENTS: &str = include_str!("sample/departments.toml");
const CATALOGUE: &str = include_str!("sample/catalogue.toml");
const BORDER: &str = "#---\n";

/// What of the sample can be chosen.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// Name of the consortium.
    pub(crate) name: String,
    /// How many departments, from the first on, run a node.
    pub(crate) nodes: u8,
    /// First port of each node.
    pub(crate) base_port: u16,
}

impl Default for Choice {
    fn default() -> Self {
        Self { name: "chancheng".to_owned(), nodes: 4, base_port: 27_000 }
    }
}

/// The commented `network.toml` of a choice.
pub(crate) fn render(choice: &Choice) -> String {
    let count = usize::from(choice.nodes);
    let mut text = HEAD
        .replace("{name}", &choice.name)
        .replace("{count}", &count.to_string())
        .replace("{faulty}", &((count - 1) / 3).to_string());
    for (index, department) in DEPARTMENTS.split(BORDER).enumerate() {
        let place = if index < count {
            node(index, choice.base_port)
        } else {
            "# No node: a member that does not vote on blocks.\n".to_owned()
        };
        text.push_str(&department.replace("{node}\n", &place));
        text.push('\n');
    }
    text.push_str(CATALOGUE);
    text
}

/// Where the node of a department listens: a loopback address of its own, so that links can be cut one by one.
fn node(index: usize, base: u16) -> String {
    let last = u8::try_from(index + 1).expect("the sample has seven departments");
    format!(
        "[department.node]\n\
         address = \"{}\"        # loopback, one address a node\n\
         consensus = {}            # votes and proposals, among nodes\n\
         gossip = {}               # statements, among nodes\n\
         api = {}                  # for members: submits, proven reads\n\
         public = {}               # for everybody: public records and look-ups\n\
         ops = {}                  # for who runs the node: health and metrics\n",
        Ipv4Addr::new(127, 0, 1, last),
        base,
        base + 1,
        base + 2,
        base + 3,
        base + 4,
    )
}

/// A natural person, attested by the sample's police.
pub(crate) fn registration(
    chain: &ChainId,
    person: RecordId,
    holder: &SecretKey,
    attributes: Vec<AttributeCommitment>,
    valid_until: TimeMs,
) -> Action {
    let department = "police".parse().expect("the sample's departments are slugs");
    let message = possession_bytes(chain, &department, KeyUse::Holder(person), &holder.public().id());
    Action::RegisterIdentity(Register {
        identity: person,
        item: item("identity.natural"),
        person: PersonKind::Natural,
        level: 2,
        holder_suite: Suite::Ed25519Sha256,
        holder: holder.public(),
        possession: holder.sign(&message),
        attributes,
        valid_until,
    })
}

/// An item of the sample in its first version.
pub(crate) fn item(code: &str) -> ItemRef {
    ItemRef { code: code.parse().expect("an item of the sample"), version: 1 }
}
