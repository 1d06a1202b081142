//! One read: a view of the chain, the header that proves, who asks, and the answer in both forms.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::access::{ReadClass, class_of, may_read};
use ledger::block::{Header, SignedHeader};
use ledger::bundle::{BUNDLE_MEDIA_TYPE, Bundle};
use ledger::codec::{self, Cbor};
use ledger::error::Fault;
use ledger::limits::{BUNDLE_BYTES_MAX, VALUE_BYTES_MAX};
use ledger::record::{CorrectionCase, Department, Item};
use ledger::state::{StateKey, StateView};
use ledger::types::{Height, Role};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::archive::View;
use super::ask::Ask;
use super::error::{ApiError, Problem};
use super::{Api, handovers, signed};
use crate::clock::now;

/// Bytes of what one page lists; beside it a bundle has room for proofs, a record, handovers and the head. One thing is
/// always listed: none is larger than a statement.
pub(super) const PAGE_BYTES_MAX: usize = BUNDLE_BYTES_MAX / 4;

/// What an answer is as of.
#[derive(Debug, Serialize, ToSchema)]
pub struct AsOf {
    /// Height of the header.
    height: u64,
    /// Its time, milliseconds since 1970, UTC.
    time: u64,
    /// Its state root, hex.
    root: String,
}

/// Every read's answer, for presence (200) and for absence (404).
#[derive(Debug, Serialize, ToSchema)]
pub struct Answer {
    /// A view for people and programs; null if the ledger holds nothing there. What counts is the proof.
    data: Value,
    /// The proof: a bundle (docs/spec/bundle.md) in base64.
    proof: String,
    /// What it is as of.
    as_of: AsOf,
}

/// What a read found.
pub(super) struct Found {
    /// The view; null for absence.
    pub(super) data: Value,
    /// The proof.
    pub(super) bundle: Bundle,
    /// Who may see it: decides what a cache may keep.
    pub(super) class: ReadClass,
}

/// The chain as of one header.
pub(super) struct Read {
    pub(super) view: View,
    pub(super) head: SignedHeader,
    /// Height of the tip, at or above the head's.
    pub(super) tip: Height,
    tree_version: u64,
    bundle: Bundle,
    reader: Option<Department>,
    public_only: bool,
}

impl Read {
    /// Opens the view, judges who asks, and finds the header that proves.
    ///
    /// # Errors
    /// `signature-…`, `bad-request` for height 0, `height-ahead`, `state-pruned`, `no-block-yet`, `internal`.
    pub(super) fn open(api: &Api, ask: &Ask) -> Result<Self, ApiError> {
        let view = View(api.archive().open()?);
        let claim = ask.claim.as_ref();
        let reader = claim.map(|claim| signed::reader(&view, api.nonces(), claim, now())).transpose()?;
        let tip = view.tip()?.header.height;
        if ask.at == Some(Height(0)) {
            return Err(ApiError::with(Problem::BadRequest, "at is 1 or more: nothing certifies height 0"));
        }
        let height = ask.at.unwrap_or(tip);
        if height > tip {
            return Err(Problem::HeightAhead.into());
        }
        if tip == Height(0) {
            return Err(Problem::NoBlockYet.into());
        }
        let head = view.0.signed_header(height)?.ok_or_else(|| Fault::damaged("a header below the tip is missing"))?;
        let tree_version = view.0.kept_tree_version(height)?.ok_or(Problem::StatePruned)?;
        let mut bundle = Bundle::of_head(head.clone());
        bundle.handovers = handovers::between(&view, ask.since, height)?;
        Ok(Self { view, head, tip, tree_version, bundle, reader, public_only: api.is_public() })
    }

    /// The header that proves.
    pub(super) fn header(&self) -> &Header {
        &self.head.header
    }

    /// The department that asks, if the request is signed.
    pub(super) fn reader(&self) -> Option<&Department> {
        self.reader.as_ref()
    }

    /// A bundle with nothing but the head.
    pub(super) fn head_only(&self) -> Bundle {
        self.bundle.clone()
    }

    /// A bundle with the values or absences of these keys.
    pub(super) fn prove(&self, keys: &[StateKey]) -> Result<Bundle, ApiError> {
        Ok(self.bundle.clone().prove(&self.view, self.tree_version, keys)?)
    }

    /// The class of a key, if the reader may see what is there; for a case, that of this very record.
    ///
    /// # Errors
    /// As [`Read::permit`].
    pub(super) fn permit_key(&self, key: &StateKey) -> Result<ReadClass, ApiError> {
        let class = class_of(key.path());
        // Refused before anything is read, unless the record itself names its parties.
        match (class, &self.reader) {
            (ReadClass::Parties, Some(_)) => self.permit_case(self.view.value(key)?.as_deref())?,
            _ => self.permit(class, &[])?,
        }
        Ok(class)
    }

    /// A key with its proof, if the reader may see it.
    pub(super) fn value(&self, key: &StateKey) -> Result<(Option<Vec<u8>>, Bundle, ReadClass), ApiError> {
        let class = self.permit_key(key)?;
        let bundle = self.prove(std::slice::from_ref(key))?;
        let value = bundle.entries.first().and_then(|entry| entry.value.as_ref()).map(|value| value.0.clone());
        Ok((value, bundle, class))
    }

    /// A record with its proof, if the reader may see it.
    pub(super) fn record<T: Cbor>(&self, key: &StateKey) -> Result<(Option<T>, Bundle, ReadClass), ApiError> {
        let (value, bundle, class) = self.value(key)?;
        let record = value.map(|value| decode(&value)).transpose()?;
        Ok((record, bundle, class))
    }

    /// Fails unless the reader may read records of a class whose item names `parties`.
    ///
    /// # Errors
    /// `not-public`, `signature-needed` or `not-a-party`.
    pub(super) fn permit(&self, class: ReadClass, parties: &[Role]) -> Result<(), ApiError> {
        if self.public_only && class != ReadClass::Public {
            return Err(Problem::NotPublic.into());
        }
        match self.reader.as_ref() {
            reader if may_read(class, reader, parties) => Ok(()),
            None => Err(Problem::SignatureNeeded.into()),
            Some(_) => Err(Problem::NotAParty.into()),
        }
    }

    /// A case is for the roles that its item names; that there is none is for every member.
    pub(super) fn permit_case(&self, case: Option<&[u8]>) -> Result<(), ApiError> {
        let Some(case) = case else { return self.permit(ReadClass::Consortium, &[]) };
        let case: CorrectionCase = decode(case)?;
        self.permit(ReadClass::Parties, &parties_of(&self.view, &case)?)
    }
}

/// The roles that the item of a case names.
///
/// # Errors
/// A fault of the store.
pub(super) fn parties_of(view: &View, case: &CorrectionCase) -> Result<Vec<Role>, Fault> {
    let value = view.value(&StateKey::item_version(&case.item.code, case.item.version))?;
    let item: Item = decode(&value.ok_or_else(|| Fault::damaged("the item of a case is missing"))?)?;
    Ok(item.parties)
}

/// Reads a record of the store.
pub(super) fn decode<T: Cbor>(value: &[u8]) -> Result<T, Fault> {
    codec::decode(value, VALUE_BYTES_MAX).map_err(|error| Fault::damaged(format!("a value of the state: {error}")))
}

impl Api {
    /// Answers a read off the async threads.
    ///
    /// # Errors
    /// What opening the view or `find` gives.
    pub(super) async fn read<F>(&self, ask: Ask, find: F) -> Result<Response, ApiError>
    where
        F: FnOnce(&Read, &Ask) -> Result<Found, ApiError> + Send + 'static,
    {
        let api = self.clone();
        let work = move || {
            let read = Read::open(&api, &ask)?;
            let found = find(&read, &ask)?;
            respond(&ask, found)
        };
        self.blocking(work).await
    }
}

/// Runs work that waits for the disk. It is broken off only when the node ends: a panic ends the whole process.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => {
            tracing::warn!(%error, "a request's work was broken off");
            Err(Problem::Internal.into())
        }
    }
}

/// The answer in the form asked for, or 304 if the client has it.
///
/// # Errors
/// `answer-too-large` if no client could read the bundle.
pub(super) fn respond(ask: &Ask, found: Found) -> Result<Response, ApiError> {
    let header = &found.bundle.head.header;
    let tag = format!("\"{}{}\"", header.height, if ask.bundle { "-bundle" } else { "" });
    let caching = cache_control(ask, found.class);
    let status = if found.data.is_null() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let mut response = if status == StatusCode::OK && ask.knows(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bundle = found.bundle.encode();
        if bundle.len() > BUNDLE_BYTES_MAX {
            return Err(Problem::AnswerTooLarge.into());
        }
        if ask.bundle {
            (status, [(header::CONTENT_TYPE, BUNDLE_MEDIA_TYPE)], bundle).into_response()
        } else {
            (status, Json(with_proof(found.data, &found.bundle, &bundle))).into_response()
        }
    };
    set_headers(response.headers_mut(), &tag, caching);
    Ok(response)
}

/// The JSON form.
pub(super) fn answer(found: Found) -> Answer {
    with_proof(found.data, &found.bundle, &found.bundle.encode())
}

fn with_proof(data: Value, bundle: &Bundle, encoded: &[u8]) -> Answer {
    let header = &bundle.head.header;
    let as_of = AsOf { height: header.height.0, time: header.time.0, root: header.state_root.to_string() };
    Answer { data, proof: STANDARD.encode(encoded), as_of }
}

/// An answer at a height never changes; one at the tip may with each block. Shared caches keep public ones only.
fn cache_control(ask: &Ask, class: ReadClass) -> &'static str {
    match (ask.at.is_some(), class) {
        (_, ReadClass::Parties) => "no-store",
        (true, ReadClass::Public) => "public, max-age=31536000, immutable",
        (true, ReadClass::Consortium) => "private, max-age=31536000, immutable",
        (false, ReadClass::Public) => "no-cache",
        (false, ReadClass::Consortium) => "private, no-cache",
    }
}

fn set_headers(headers: &mut HeaderMap, tag: &str, caching: &'static str) {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Language, Signature-Input"));
}
