//! What is known by one name and shown as it is: attestations, departments, keys, proposals, catalogue items.

use axum::extract::{Path, State};
use axum::response::Response;
use ledger::access::ReadClass;
use ledger::bundle::Bundle;
use ledger::crypto::KeyId;
use ledger::state::{StateKey, StateView};
use ledger::types::{DepartmentId, ItemCode, RecordId};
use serde_json::{Value, json};

use super::ask::Ask;
use super::error::{ApiError, Problem, ProblemDocument};
use super::read::{Answer, Found, PAGE_BYTES_MAX, Read};
use super::{Api, view};

/// Items of one page of the catalogue.
const ITEMS_MAX: u64 = 200;

async fn one(api: Api, ask: Ask, key: StateKey) -> Result<Response, ApiError> {
    api.read(ask, move |read, _| {
        let (value, bundle, class) = read.value(&key)?;
        let data = view::of_path(key.path(), value.as_deref(), read.header().time)?;
        Ok(Found { data, bundle, class })
    })
    .await
}

/// An identity attestation by its random id. `status_now` tells what time has made of the written status.
#[utoipa::path(
    get, path = "/v1/identities/{id}", tag = "identities",
    params(("id" = String, Path, description = "32 hexadecimal digits"), ("at" = Option<u64>, Query, description = "A kept height")),
    responses((status = 200, body = Answer), (status = 404, description = "Proven absence", body = Answer))
)]
pub(super) async fn identity(State(api): State<Api>, Path(id): Path<String>, ask: Ask) -> Result<Response, ApiError> {
    let id: RecordId = id.parse().map_err(ApiError::bad_request)?;
    one(api, ask, StateKey::identity(&id)).await
}

/// The short names of all departments.
#[utoipa::path(get, path = "/v1/departments", tag = "departments", responses((status = 200, body = Answer)))]
pub(super) async fn departments(State(api): State<Api>, ask: Ask) -> Result<Response, ApiError> {
    one(api, ask, StateKey::departments()).await
}

/// A department: names, roles, administration keys.
#[utoipa::path(
    get, path = "/v1/departments/{id}", tag = "departments",
    params(("id" = String, Path, description = "Short name"), ("at" = Option<u64>, Query, description = "A kept height")),
    responses((status = 200, body = Answer), (status = 404, description = "Proven absence", body = Answer))
)]
pub(super) async fn department(State(api): State<Api>, Path(id): Path<String>, ask: Ask) -> Result<Response, ApiError> {
    let id: DepartmentId = id.parse().map_err(ApiError::bad_request)?;
    one(api, ask, StateKey::department(&id)).await
}

/// A key: whose it is, what it is for, and whether it may sign.
#[utoipa::path(
    get, path = "/v1/keys/{id}", tag = "departments",
    params(("id" = String, Path, description = "Key id, 64 hexadecimal digits"), ("at" = Option<u64>, Query, description = "A kept height")),
    responses((status = 200, body = Answer), (status = 404, description = "Proven absence", body = Answer))
)]
pub(super) async fn key(State(api): State<Api>, Path(id): Path<String>, ask: Ask) -> Result<Response, ApiError> {
    let id: KeyId = id.parse().map_err(ApiError::bad_request)?;
    one(api, ask, StateKey::key(&id)).await
}

/// A governance proposal; for members.
#[utoipa::path(
    get, path = "/v1/proposals/{id}", tag = "governance",
    params(("id" = String, Path, description = "32 hexadecimal digits"), ("at" = Option<u64>, Query, description = "A kept height")),
    responses(
        (status = 200, body = Answer),
        (status = 401, description = "A signed request is needed", body = ProblemDocument),
        (status = 404, description = "Proven absence", body = Answer),
    )
)]
pub(super) async fn proposal(State(api): State<Api>, Path(id): Path<String>, ask: Ask) -> Result<Response, ApiError> {
    let id: RecordId = id.parse().map_err(ApiError::bad_request)?;
    one(api, ask, StateKey::proposal(&id)).await
}

/// A catalogue item in its newest version, or in the one asked for.
#[utoipa::path(
    get, path = "/v1/items/{code}", tag = "catalogue",
    params(
        ("code" = String, Path, description = "Item code, as notarial.birth"),
        ("version" = Option<u32>, Query, description = "From 1; else the newest"),
        ("at" = Option<u64>, Query, description = "A kept height"),
    ),
    responses((status = 200, body = Answer), (status = 404, description = "Proven absence", body = Answer))
)]
pub(super) async fn item(State(api): State<Api>, Path(code): Path<String>, ask: Ask) -> Result<Response, ApiError> {
    let code: ItemCode = code.parse().map_err(ApiError::bad_request)?;
    let key = match ask.number("version")?.map(u32::try_from) {
        None => StateKey::item(&code),
        Some(Ok(version)) => StateKey::item_version(&code, version),
        Some(Err(_)) => return Err(ApiError::with(Problem::BadRequest, "version is a small number")),
    };
    one(api, ask, key).await
}

/// The catalogue, ascending by code, a page at a time.
///
/// Each item is proven; that no item is left out is not, since the ledger holds no list of them.
#[utoipa::path(
    get, path = "/v1/items", tag = "catalogue",
    params(
        ("after" = Option<String>, Query, description = "Code of the last item of the page before"),
        ("limit" = Option<u64>, Query, description = "Items, at most 200"),
    ),
    responses((status = 200, body = Answer))
)]
pub(super) async fn items(State(api): State<Api>, ask: Ask) -> Result<Response, ApiError> {
    let limit = ask.number("limit")?.unwrap_or(ITEMS_MAX).clamp(1, ITEMS_MAX);
    let limit = usize::try_from(limit).unwrap_or(1);
    let after = ask.parameter("after").map(str::parse::<ItemCode>).transpose();
    let after = after.map_err(ApiError::bad_request)?;
    api.read(ask, move |read, _| {
        let mut after = after.map(|code| StateKey::item(&code));
        let mut keys = Vec::new();
        // Versions stand between items: they are read over.
        loop {
            let paths = read.view.0.paths_under("item/", after.as_ref().map(StateKey::path), limit)?;
            let last = paths.len() < limit;
            after = paths.last().cloned().or(after);
            keys.extend(paths.into_iter().filter(|key| key.path().split('/').count() == 2));
            if last || keys.len() >= limit {
                break;
            }
        }
        keys.truncate(limit);
        let more = keys.len() == limit;
        let (bundle, shown) = proven_page(read, &keys)?;
        let more = more || shown < keys.len();
        keys.truncate(shown);
        let proven = bundle.entries.iter().filter(|entry| entry.value.is_some());
        let proven = proven.map(|entry| {
            let value = entry.value.as_ref().map(|value| value.0.as_slice());
            view::of_path(&entry.path, value, read.header().time)
        });
        let items: Vec<Value> = proven.collect::<Result<_, _>>()?;
        let next = more.then(|| keys.last().and_then(|key| key.path().strip_prefix("item/")));
        let data = json!({ "items": items, "next": next.flatten() });
        Ok(Found { data, bundle, class: ReadClass::Public })
    })
    .await
}

/// A bundle with the first of these keys, as many as a page takes, and their number; at least one.
fn proven_page(read: &Read, keys: &[StateKey]) -> Result<(Bundle, usize), ApiError> {
    let (mut shown, mut bytes) = (0, 0);
    for key in keys {
        bytes += read.view.value(key)?.map_or(0, |value| value.len());
        if bytes > PAGE_BYTES_MAX && shown > 0 {
            break;
        }
        shown += 1;
    }
    Ok((read.prove(keys.get(..shown).unwrap_or(keys))?, shown))
}
