//! What every read asks besides its address: form, height, trust point, and who asks.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ledger::bundle::BUNDLE_MEDIA_TYPE;
use ledger::types::Height;

use super::error::{ApiError, Problem};
use super::signed::{self, Claim};
use super::{Api, accept};
use crate::clock::now;

/// Parameters of one request; more than this is no honest one.
const PARAMETERS_MAX: usize = 80;

/// The common part of a read.
#[derive(Debug, Default)]
pub(super) struct Ask {
    /// The raw bundle is wanted instead of JSON.
    pub(super) bundle: bool,
    /// A past height is asked for.
    pub(super) at: Option<Height>,
    /// Height of the client's checkpoint: changes of validators up to it are left out.
    pub(super) since: Height,
    /// The client holds an answer with this tag.
    pub(super) if_none_match: Option<String>,
    /// Who claims to ask.
    pub(super) claim: Option<Claim>,
    pub(super) parameters: Vec<(String, String)>,
}

impl Ask {
    /// The value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// True if the client holds the answer with this tag (RFC 9110 section 13.1.2: weak comparison, `*` is any).
    pub(super) fn knows(&self, tag: &str) -> bool {
        let known = |one: &str| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag;
        self.if_none_match.as_deref().is_some_and(|tags| tags.split(',').any(|one| known(one.trim())))
    }

    /// All values of a parameter.
    pub(super) fn parameters(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.parameters.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A number, if it is given.
    ///
    /// # Errors
    /// `bad-request` for anything but decimal digits.
    pub(super) fn number(&self, name: &'static str) -> Result<Option<u64>, ApiError> {
        let wrong = || ApiError::Problem(Problem::BadRequest, Some(format!("{name} is a number")));
        self.parameter(name).map(|text| text.parse().map_err(|_| wrong())).transpose()
    }
}

impl FromRequestParts<Api> for Ask {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let parameters = query.map_err(|_| ApiError::with(Problem::BadRequest, "the query cannot be read"))?.0;
        if parameters.len() > PARAMETERS_MAX {
            return Err(ApiError::with(Problem::BadRequest, "at most 80 parameters"));
        }
        let mut ask = Self {
            bundle: wants_bundle(&parts.headers),
            at: None,
            since: Height(0),
            if_none_match: text(&parts.headers, header::IF_NONE_MATCH),
            claim: signed::claim(parts, api.names(), now())?,
            parameters,
        };
        ask.at = ask.number("at")?.map(Height);
        ask.since = Height(ask.number("since")?.unwrap_or(0));
        Ok(ask)
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// True if the client takes the bundle itself, and names it: JSON is for who names nothing.
fn wants_bundle(headers: &HeaderMap) -> bool {
    accept::weight(headers, header::ACCEPT, |kind| kind.eq_ignore_ascii_case(BUNDLE_MEDIA_TYPE)) > 0
}
