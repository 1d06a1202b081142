//! Community corrections cases and their entries, for the parties that the case's item names.

use axum::extract::{Path, State};
use axum::response::Response;
use ledger::codec;
use ledger::error::Fault;
use ledger::limits::VALUE_BYTES_MAX;
use ledger::record::{CorrectionCase, CorrectionEntry};
use ledger::state::StateKey;
use ledger::types::RecordId;
use serde_json::{Value, json};

use super::ask::Ask;
use super::error::{ApiError, ProblemDocument};
use super::lists::Page;
use super::read::{Answer, Found};
use super::{Api, lists, view};

/// A case with its first entries, or with those from `start` on.
#[utoipa::path(
    get, path = "/v1/cases/{id}", tag = "cases",
    params(
        ("id" = String, Path, description = "32 hexadecimal digits"),
        ("start" = Option<u64>, Query, description = "Index of the first entry"),
        ("limit" = Option<u64>, Query, description = "Entries, at most 500; else 100"),
    ),
    responses(
        (status = 200, body = Answer),
        (status = 401, description = "A signed request is needed", body = ProblemDocument),
        (status = 403, description = "The department is no party", body = ProblemDocument),
        (status = 404, description = "Proven absence", body = Answer),
    )
)]
pub(super) async fn case(State(api): State<Api>, Path(id): Path<String>, ask: Ask) -> Result<Response, ApiError> {
    answer(api, &id, ask, true).await
}

/// The entries of a case, a page at a time.
#[utoipa::path(
    get, path = "/v1/cases/{id}/entries", tag = "cases",
    params(
        ("id" = String, Path, description = "32 hexadecimal digits"),
        ("start" = Option<u64>, Query, description = "Index of the first entry"),
        ("limit" = Option<u64>, Query, description = "Entries, at most 500; else 100"),
        ("cursor" = Option<String>, Query, description = "From `next` of the page before; fixes the height"),
    ),
    responses(
        (status = 200, body = Answer),
        (status = 401, description = "A signed request is needed", body = ProblemDocument),
        (status = 403, description = "The department is no party", body = ProblemDocument),
        (status = 404, description = "Proven absence", body = Answer),
    )
)]
pub(super) async fn entries(State(api): State<Api>, Path(id): Path<String>, ask: Ask) -> Result<Response, ApiError> {
    answer(api, &id, ask, false).await
}

async fn answer(api: Api, id: &str, mut ask: Ask, with_case: bool) -> Result<Response, ApiError> {
    let id: RecordId = id.parse().map_err(ApiError::bad_request)?;
    let page = Page::of(&mut ask)?;
    api.read(ask, move |read, _| {
        let key = StateKey::correction(&id);
        let (case, mut bundle, class) = read.record::<CorrectionCase>(&key)?;
        let Some(case) = case else { return Ok(Found { data: Value::Null, bundle, class }) };
        let length = case.entries.length;
        let shown = lists::page(&read.view, &key, length, page)?;
        let items = shown.items.iter().map(|item| entry(item)).collect::<Result<Vec<_>, Fault>>()?;
        let next = lists::next(&shown, read.header().height, length);
        let list = json!({ "length": length, "start": shown.start, "items": items, "next": next });
        lists::add(&mut bundle, shown, length);
        let data = if with_case { json!({ "case": view::json(&case)?, "entries": list }) } else { list };
        Ok(Found { data, bundle, class })
    })
    .await
}

fn entry(item: &[u8]) -> Result<Value, Fault> {
    let entry: CorrectionEntry =
        codec::decode(item, VALUE_BYTES_MAX).map_err(|error| Fault::damaged(error.to_string()))?;
    view::json(&entry)
}
