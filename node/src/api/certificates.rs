//! Notarial certificates: by id, by number and code, and the list of an office.

use axum::extract::{Path, State};
use axum::response::Response;
use ledger::access::ReadClass;
use ledger::codec;
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::record::{ListHead, LookupRecord, NotarialCertificate};
use ledger::state::StateKey;
use ledger::types::{DepartmentId, RecordId};
use serde_json::{Value, json};

use super::ask::Ask;
use super::error::{ApiError, Problem, ProblemDocument};
use super::lists::Page;
use super::read::{Answer, Found};
use super::{Api, lists, view};

/// A certificate by its random id. `status_now` tells what time has made of the written status.
#[utoipa::path(
    get, path = "/v1/certificates/{id}", tag = "certificates",
    params(("id" = String, Path, description = "32 hexadecimal digits"), ("at" = Option<u64>, Query, description = "A kept height")),
    responses((status = 200, body = Answer), (status = 404, description = "Proven absence", body = Answer))
)]
pub(super) async fn certificate(
    State(api): State<Api>,
    Path(id): Path<String>,
    ask: Ask,
) -> Result<Response, ApiError> {
    let id: RecordId = id.parse().map_err(ApiError::bad_request)?;
    api.read(ask, move |read, _| {
        let (record, bundle, class) = read.record::<NotarialCertificate>(&StateKey::certificate(&id))?;
        let shown = record.map(|record| view::certificate(&record, read.header().time)).transpose()?;
        Ok(Found { data: shown.unwrap_or(Value::Null), bundle, class })
    })
    .await
}

/// A certificate by number and code, the two facts printed on the paper.
///
/// The client sends `ledger::record::lookup_key` of both, so neither reaches an address or a log line. The answer has
/// one shape: the certificate, or the proof that no certificate has this number with this code.
#[utoipa::path(
    get, path = "/v1/certificate-lookups/{hash}", tag = "certificates",
    params(("hash" = String, Path, description = "64 hexadecimal digits")),
    responses((status = 200, body = Answer), (status = 404, description = "Proven absence", body = Answer))
)]
pub(super) async fn lookup(State(api): State<Api>, Path(hash): Path<String>, ask: Ask) -> Result<Response, ApiError> {
    let hash: Hash = hash.parse().map_err(ApiError::bad_request)?;
    api.read(ask, move |read, _| {
        let key = StateKey::lookup(&hash);
        let (found, bundle, class) = read.record::<LookupRecord>(&key)?;
        let Some(found) = found else { return Ok(Found { data: Value::Null, bundle, class }) };
        let certificate = StateKey::certificate(&found.certificate);
        let (record, _, _) = read.record::<NotarialCertificate>(&certificate)?;
        let record = record.ok_or_else(|| Fault::damaged("a look-up names a certificate that is not there"))?;
        let data = view::certificate(&record, read.header().time)?;
        Ok(Found { data, bundle: read.prove(&[key, certificate])?, class })
    })
    .await
}

/// The certificates of an office in the order in which they were drafted, a page at a time; for members.
#[utoipa::path(
    get, path = "/v1/departments/{id}/certificates", tag = "certificates",
    params(
        ("id" = String, Path, description = "Short name of the office"),
        ("start" = Option<u64>, Query, description = "Index of the first item"),
        ("limit" = Option<u64>, Query, description = "Items, at most 500; else 100"),
        ("cursor" = Option<String>, Query, description = "From `next` of the page before; fixes the height"),
    ),
    responses((status = 200, body = Answer), (status = 401, body = ProblemDocument), (status = 410, body = ProblemDocument))
)]
pub(super) async fn of_office(State(api): State<Api>, Path(id): Path<String>, ask: Ask) -> Result<Response, ApiError> {
    let office = id.parse().map_err(ApiError::bad_request)?;
    list(api, office, ask).await
}

/// The same list, the office given as a parameter.
#[utoipa::path(
    get, path = "/v1/certificates", tag = "certificates",
    params(
        ("office" = String, Query, description = "Short name of the office"),
        ("start" = Option<u64>, Query, description = "Index of the first item"),
        ("limit" = Option<u64>, Query, description = "Items, at most 500; else 100"),
        ("cursor" = Option<String>, Query, description = "From `next` of the page before; fixes the height"),
    ),
    responses((status = 200, body = Answer), (status = 401, body = ProblemDocument), (status = 410, body = ProblemDocument))
)]
pub(super) async fn certificates(State(api): State<Api>, ask: Ask) -> Result<Response, ApiError> {
    let office = ask.parameter("office").ok_or_else(|| ApiError::with(Problem::BadRequest, "office is needed"))?;
    let office = office.parse().map_err(ApiError::bad_request)?;
    list(api, office, ask).await
}

async fn list(api: Api, office: DepartmentId, mut ask: Ask) -> Result<Response, ApiError> {
    let page = Page::of(&mut ask)?;
    api.read(ask, move |read, _| {
        let key = StateKey::certificates_of(&office);
        let (head, mut bundle, class) = read.record::<ListHead>(&key)?;
        let length = head.map_or(0, |head| head.length);
        let shown = lists::page(&read.view, &key, length, page)?;
        let ids = shown.items.iter().map(|item| certificate_id(item)).collect::<Result<Vec<_>, Fault>>()?;
        let data = json!({
            "office": office.as_str(), "length": length, "start": shown.start, "items": ids,
            "next": lists::next(&shown, read.header().height, length),
        });
        lists::add(&mut bundle, shown, length);
        debug_assert_eq!(class, ReadClass::Consortium, "lists are for members");
        Ok(Found { data, bundle, class })
    })
    .await
}

fn certificate_id(item: &[u8]) -> Result<String, Fault> {
    let id: RecordId =
        codec::decode(item, 64).map_err(|error| Fault::damaged(format!("an item of a list: {error}")))?;
    Ok(id.to_string())
}
