//! Whose statements the load and the preload are made of: an office that certifies, and the police who attest persons.
//!
//! ```text
//! register ──▶ draft ──▶ approve ──▶ issue
//! police       notary    head        notary and seal
//! ```

use ledger::action::Action;
use ledger::action::notarial::{Approve, Draft, Issue, beijing_year};
use ledger::crypto::{Hash, SecretKey};
use ledger::statement::{SignedStatement, StatementBuilder};
use ledger::types::{ChainId, RecordId};

use crate::app::{now, random};
use crate::commands::network::found::Founded;
use crate::commands::network::sample::{item, registration};
use crate::error::CliError;

/// The next step of a certificate about a person.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// The person is attested.
    Register(RecordId),
    /// It is drafted.
    Draft(Matter),
    /// It is approved.
    Approve(Matter),
    /// It is issued.
    Issue(Matter),
}

/// A certificate and whom it is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matter {
    /// The certificate.
    pub(super) certificate: RecordId,
    /// The person.
    pub(super) person: RecordId,
}

/// The keys that sign.
pub(super) struct Office {
    chain: ChainId,
    officer: SecretKey,
    notary: SecretKey,
    head: SecretKey,
    seal: SecretKey,
}

impl Office {
    /// The office of a sample consortium.
    ///
    /// # Errors
    /// A key is not among those that were made.
    pub(super) fn of(founded: &Founded) -> Result<Self, CliError> {
        let key = |department: &str, name: &str| {
            let mut keys = founded.keys.iter();
            let own = keys.find(|key| key.name == name && key.card.department.as_str() == department);
            own.map(|own| own.key.clone()).ok_or_else(|| CliError::fault(format!("no {department}/{name}")))
        };
        Ok(Self {
            chain: founded.genesis.context().chain,
            officer: key("police", "sun")?,
            notary: key("notary", "chen")?,
            head: key("notary", "zhao")?,
            seal: key("notary", "seal")?,
        })
    }

    /// The statement of a step, made now.
    pub(super) fn statement(&self, step: Step) -> SignedStatement {
        match step {
            Step::Register(person) => {
                let holder = SecretKey::from_seed(&random());
                let until = now().plus(365 * 24 * 3_600_000);
                let action = registration(&self.chain, person, &holder, Vec::new(), until);
                self.builder("police").build(action, self.officer.public().id()).sign(&self.officer)
            }
            Step::Draft(Matter { certificate, person }) => {
                let (item, matter) = (item("notarial.birth"), Hash(random()));
                let draft = Draft { certificate, item, matter, subjects: vec![person] };
                self.builder("notary").build(Action::Draft(draft), self.notary.public().id()).sign(&self.notary)
            }
            Step::Approve(Matter { certificate, person }) => {
                let (year, subjects) = (beijing_year(now()), Some(vec![person]));
                let approve = Approve { certificate, year, serial: None, subjects };
                self.builder("notary").build(Action::Approve(approve), self.head.public().id()).sign(&self.head)
            }
            Step::Issue(Matter { certificate, person }) => {
                let (document, lookup) = (Hash(random()), Hash(random()));
                let issue = Issue { certificate, document, lookup, subjects: Some(vec![person]) };
                let unsigned = self.builder("notary").build(Action::Issue(issue), self.notary.public().id());
                unsigned.endorsed_by(&self.seal).sign(&self.notary)
            }
        }
    }

    fn builder(&self, department: &str) -> StatementBuilder {
        let department = department.parse().expect("the sample's departments are slugs");
        StatementBuilder { chain: self.chain.clone(), department, now: now(), nonce: random() }
    }
}
