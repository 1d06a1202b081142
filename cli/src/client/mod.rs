//! Talks to nodes and believes none of them: what comes back is verified against the trust file before it is used.
//!
//! ```text
//! evidence who signed twice, each record proving itself
//! http     one request to one node after the other, bounds on time and size
//! signed   signed requests for records that are not public (RFC 9421)
//! trust    the trust file, which only moves forward
//! path     the API's paths, in one place
//! submit   statements: made, sent, waited for, found in the log
//! ```

mod evidence;
mod http;
pub(crate) mod path;
mod signed;
#[cfg(test)]
pub(crate) mod standin;
mod submit;
#[cfg(test)]
mod tests;
mod trust;

use std::cell::Cell;

use ledger::block::{HEADER_VERSION, PROTOCOL_VERSION};
use ledger::bundle::{BUNDLE_MEDIA_TYPE, Bundle};
use ledger::error::VerifyError;
use ledger::light::{LightError, Verified, verify};
use ledger::limits::BUNDLE_BYTES_MAX;
use ledger::trust::TrustFile;

use crate::app::{App, Signer};
use crate::error::CliError;
use crate::output::inert;
use crate::reason::{Reason, why};
use http::{Answer, Http, PassedOver, Request};

pub(crate) use evidence::Accusation;
pub(crate) use submit::Committed;
pub(crate) use trust::read_trust;

/// A client of the nodes of one chain.
pub(crate) struct Client {
    http: Http,
    trust: TrustFile,
    /// The greatest height that was proven, in this run or before: nobody goes back behind it.
    floor: Cell<u64>,
}

/// A bundle and what it proves.
pub(crate) struct Proven {
    /// What it proves.
    pub(crate) verified: Verified,
    /// The bundle itself, to be written to a file.
    pub(crate) bundle: Bundle,
}

impl Client {
    /// The client of this run: nodes from the command line or the settings, trust file from the home directory.
    ///
    /// # Errors
    /// `NodesMissing`, `TrustMissing`, or a file cannot be read.
    pub(crate) fn new(app: &App) -> Result<Self, CliError> {
        let settings = app.home.settings()?;
        let nodes = if app.nodes.is_empty() { settings.nodes } else { app.nodes.clone() };
        let trust = read_trust(&app.trust_path())?;
        let faults = trust.validators.faults_tolerated();
        Ok(Self::with(Http::new(nodes, settings.ca.as_deref(), app.words.lang(), faults)?, trust))
    }

    fn with(http: Http, trust: TrustFile) -> Self {
        let floor = Cell::new(trust.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.height.0));
        Self { http, trust, floor }
    }

    /// What is trusted.
    pub(crate) fn trust(&self) -> &TrustFile {
        &self.trust
    }

    /// Reads with proof; `path` comes from [`path`], `at` is a height of the past, `signer` for what is not public.
    ///
    /// The answer of a node that is behind what was verified before, in this run or an earlier one, or of another height
    /// than the one that was asked for, is passed over.
    ///
    /// # Errors
    /// `Refused`, `Unreachable`, `Answer`, `Forged`, `CannotTell`, `NewerProgram`; `Behind` if no node that answers has
    /// come to what was verified before.
    pub(crate) fn read(
        &self,
        app: &App,
        path: &str,
        at: Option<u64>,
        signer: Option<&Signer>,
    ) -> Result<Proven, CliError> {
        let path = match at {
            Some(height) => format!("{path}{}at={height}", if path.contains('?') { '&' } else { '?' }),
            None => path.to_owned(),
        };
        let request = Request { path: &path, body: None, accept: BUNDLE_MEDIA_TYPE, wait: 0, signer, now: app.now() };
        let (floor, mut behind) = (self.floor.get(), None);
        let found = self.ask(app, &request, |answer| {
            let proven = self.proven(&answer)?;
            let height = proven.verified.header().height.0;
            let unfit = match at {
                Some(at) if height != at => Some(why("reason-answer-height").with("found", height).with("wanted", at)),
                None if height < floor => {
                    behind = behind.max(Some(height));
                    Some(why("reason-answer-behind").with("found", height).with("wanted", floor))
                }
                _ => None,
            };
            match unfit {
                Some(reason) => Err(CliError::Answer { node: answer.node.clone(), reason }),
                None => Ok(Some(proven)),
            }
        });
        let found = match (found, behind) {
            // Whoever waits a moment may ask again.
            (Err(CliError::Answer { .. } | CliError::Unreachable { .. }), Some(found)) => {
                return Err(CliError::Behind { height: floor, found });
            }
            (found, _) => found?,
        };
        let proven = found.ok_or(CliError::NodesMissing)?;
        self.reached(app, &proven.verified)?;
        Ok(proven)
    }

    /// Nothing older than what was verified is believed from here on, in this run and, by the trust file, in the next.
    fn reached(&self, app: &App, verified: &Verified) -> Result<(), CliError> {
        self.floor.set(self.floor.get().max(verified.header().height.0));
        trust::ratchet(app, &self.trust, verified)
    }

    /// Asks one node after the other, and says which ones were passed over for their proofs.
    fn ask<T>(
        &self,
        app: &App,
        request: &Request<'_>,
        take: impl FnMut(Answer) -> Result<Option<T>, CliError>,
    ) -> Result<Option<T>, CliError> {
        let mut passed = Vec::new();
        let found = self.http.send_until(request, &mut passed, take);
        for note in passed_over(app, &passed, found.as_ref().err()) {
            app.out.note(&note);
        }
        found
    }

    /// Verifies an answer that must be a bundle.
    fn proven(&self, answer: &Answer) -> Result<Proven, CliError> {
        let unusable = |reason: Reason| CliError::Answer { node: answer.node.clone(), reason };
        if !answer.is(BUNDLE_MEDIA_TYPE) {
            return Err(unusable(why("reason-no-bundle")));
        }
        let bundle = Bundle::decode(&answer.body).map_err(|error| unusable(error.into()))?;
        let verified = check(&bundle, &self.trust)?;
        Ok(Proven { verified, bundle })
    }
}

/// What is to be said of nodes that were passed over. One that keeps another ledger is accused of nothing: it may be the
/// trust file that is another one's, and where that is the error itself, it says so once.
fn passed_over(app: &App, passed: &[PassedOver], error: Option<&CliError>) -> Vec<String> {
    let told = matches!(error, Some(CliError::OtherLedger { .. }));
    let said = passed.iter().filter(|one| !told || one.other_ledger.is_none()).map(|one| {
        let node = inert(&one.node);
        match &one.other_ledger {
            Some(ledger) => app.say("node-of-other-ledger", &[("node", &node), ("ledger", &inert(ledger))]),
            None => app.say("node-passed-over", &[("node", &node), ("reason", &one.reason.words(&app.words))]),
        }
    });
    said.collect()
}

/// Verifies a bundle against a trust file.
///
/// # Errors
/// `Forged` for a proof that fails, `OtherLedger` for one of another chain, `CannotTell` where trust does not reach, `NewerProgram`.
pub(crate) fn check(bundle: &Bundle, trust: &TrustFile) -> Result<Verified, CliError> {
    verify(bundle, trust).map_err(|error| match error {
        LightError::Invalid(_) if is_newer(bundle) => CliError::NewerProgram,
        LightError::Invalid(VerifyError::OtherChain { expected, actual }) => CliError::OtherLedger { expected, actual },
        LightError::Invalid(source) => CliError::Forged { source },
        LightError::CannotTell(reason) => CliError::CannotTell { reason: Reason::from(&reason) },
    })
}

/// Whether a header of a bundle says that it was made under rules newer than this program knows.
pub(crate) fn is_newer(bundle: &Bundle) -> bool {
    let handovers = bundle.handovers.iter().map(|handover| &handover.signed.header);
    std::iter::once(&bundle.head.header)
        .chain(handovers)
        .any(|header| header.version > HEADER_VERSION || header.protocol > PROTOCOL_VERSION)
}

/// Bound of any answer: a bundle, and a little for headers of JSON.
const ANSWER_BYTES_MAX: u64 = BUNDLE_BYTES_MAX as u64 + 64 * 1024;
