//! Evidence from a node. Each record proves itself; one that does not ends the search.

use ledger::evidence::{Evidence, EvidenceError, Guilty, NamedBy};
use ledger::state::StateKey;
use ledger::trust::TrustFile;
use serde::Deserialize;

use super::http::Request;
use super::{Client, path};
use crate::app::{App, Signer};
use crate::error::CliError;
use crate::reason::{Reason, why};

/// What a node has, with its number at its height.
pub(crate) struct Accusation {
    /// Its number among those of its height, on that node.
    pub(crate) number: u32,
    /// The proof.
    pub(crate) evidence: Evidence,
    /// Whom it proves guilty, and by which set; else why it cannot be judged here. Never refuted.
    pub(crate) judged: Result<(Guilty, NamedBy), EvidenceError>,
}

impl Accusation {
    /// Its place in the list: height and number.
    fn place(&self) -> (u64, u32) {
        (self.evidence.height.0, self.number)
    }
}

/// One page of a node's list, and where the next begins: height and number.
pub(crate) struct Accusations {
    /// Those of the page.
    pub(crate) found: Vec<Accusation>,
    /// Where the next begins, if there is one.
    pub(crate) next: Option<(u64, u32)>,
}

impl Accusations {
    /// Whether the records ascend by height and number from a place on, and the next page begins behind all of them.
    fn goes_on_from(&self, from: (u64, u32)) -> bool {
        let ascending = self.found.is_sorted_by(|a, b| a.place() < b.place());
        let begins = self.found.first().is_none_or(|first| from <= first.place());
        let last = self.found.last().map_or(from, Accusation::place);
        ascending && begins && self.next.is_none_or(|next| last < next)
    }
}

#[derive(Deserialize)]
struct Page {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    evidence: Vec<Record>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Record {
    number: u32,
    encoded: String,
}

impl Client {
    /// What is trusted, moved forward to the head of today: it knows every set on the way, and since when each decided.
    ///
    /// # Errors
    /// As [`Client::read`].
    pub(crate) fn moved_trust(&self, app: &App) -> Result<TrustFile, CliError> {
        let proven = self.read(app, &path::records(&[StateKey::parameters()]), None, None)?;
        Ok(proven.verified.ratchet(&self.trust))
    }

    /// One page of what a node has, from a place on, judged by the sets that `trust` knows.
    ///
    /// # Errors
    /// `Forged` for a record that is refuted; `Answer` for a page that does not go on from the place, each record behind
    /// the one before it: such a list need never end. `Refused`, `Unreachable`.
    pub(crate) fn evidence(
        &self,
        app: &App,
        trust: &TrustFile,
        (height, number): (u64, u32),
        signer: Option<&Signer>,
    ) -> Result<Accusations, CliError> {
        let path = path::evidence(height, number);
        let request = Request { path: &path, body: None, accept: "application/json", wait: 0, signer, now: app.now() };
        let page = self.ask(app, &request, |answer| {
            let unusable = |reason: Reason| CliError::Answer { node: answer.node.clone(), reason };
            let page: Page = serde_json::from_slice(&answer.body).map_err(|error| unusable(error.into()))?;
            let mut found = Vec::new();
            for record in page.data.evidence {
                let bytes = hex::decode(&record.encoded).map_err(|error| unusable(error.into()))?;
                let evidence = Evidence::decode(&bytes).map_err(|error| unusable(error.into()))?;
                let judged = evidence.judge(trust);
                if let Err(EvidenceError::Refuted(source)) = judged {
                    return Err(CliError::Forged { source });
                }
                found.push(Accusation { number: record.number, evidence, judged });
            }
            let next = page.data.next.as_deref().and_then(|next| next.split_once('.'));
            let next = next.and_then(|(height, number)| Some((height.parse().ok()?, number.parse().ok()?)));
            let page = Accusations { found, next };
            if !page.goes_on_from((height, number)) {
                return Err(unusable(why("reason-evidence-order")));
            }
            Ok(Some(page))
        })?;
        page.ok_or(CliError::NodesMissing)
    }
}
