//! The network itself: who decides, by which parameters, and the headers that everything is proven under.

use axum::extract::{Path, State};
use axum::response::Response;
use ledger::access::ReadClass;
use ledger::codec;
use ledger::error::Fault;
use ledger::state::{StateKey, StateView};
use ledger::types::Height;
use serde_json::{Value, json};

use super::ask::Ask;
use super::error::{ApiError, Problem, ProblemDocument};
use super::read::{Answer, Found, Read};
use super::{Api, view};

/// Chain, validators in force and to come, parameters, departments.
#[utoipa::path(get, path = "/v1/network", tag = "network", responses((status = 200, body = Answer)))]
pub(super) async fn network(State(api): State<Api>, ask: Ask) -> Result<Response, ApiError> {
    api.read(ask, |read, _| {
        let keys = [StateKey::validators(), StateKey::parameters(), StateKey::departments()];
        let bundle = read.prove(&keys)?;
        let shown = |key: &StateKey| {
            let entry = bundle.entries.iter().find(|entry| entry.path == key.path());
            let value = entry.and_then(|entry| entry.value.as_ref()).map(|value| value.0.as_slice());
            view::of_path(key.path(), value, read.header().time)
        };
        let data = json!({
            "chain": read.header().chain.as_str(),
            "genesis": read.view.tip()?.genesis.to_string(),
            "height": read.header().height.0,
            "schedule": shown(&keys[0])?,
            "parameters": shown(&keys[1])?,
            "departments": shown(&keys[2])?,
            "version": env!("CARGO_PKG_VERSION"),
        });
        Ok(Found { data, bundle, class: ReadClass::Public })
    })
    .await
}

fn height(text: &str) -> Result<Height, ApiError> {
    text.parse().map(Height).map_err(|_| ApiError::with(Problem::BadRequest, "a height is a number"))
}

/// A header with its commit certificate. An older one than the answer's own is proven by the log.
#[utoipa::path(
    get, path = "/v1/headers/{height}", tag = "network",
    params(("height" = u64, Path, description = "From 1 up to the tip")),
    responses((status = 200, body = Answer), (status = 404, description = "Not reached yet", body = ProblemDocument))
)]
pub(super) async fn header(State(api): State<Api>, Path(wanted): Path<String>, ask: Ask) -> Result<Response, ApiError> {
    let wanted = height(&wanted)?;
    api.read(ask, move |read, _| {
        let signed = read.view.0.signed_header(wanted)?.filter(|signed| signed.header.height <= read.header().height);
        let signed = signed.ok_or(Problem::HeightAhead)?;
        let data = json!({
            "hash": signed.header.hash().to_string(),
            "header": view::json(&signed.header)?,
            "certificate": view::json(&signed.certificate)?,
        });
        Ok(Found { data, bundle: with_header(read, wanted)?, class: ReadClass::Public })
    })
    .await
}

/// The bundle of a read with the header of a height in it: as its head, or logged.
pub(super) fn with_header(read: &Read, height: Height) -> Result<ledger::bundle::Bundle, ApiError> {
    let bundle = read.head_only();
    if height == read.header().height {
        return Ok(bundle);
    }
    let header =
        read.view.header(height)?.ok_or_else(|| Fault::damaged(format!("the header of height {height} is missing")))?;
    // Header h is the first entry of block h + 1.
    Ok(bundle.prove_logged(&read.view, header.log_size, &codec::encode(&header))?)
}

/// The validators that decide a height, up to the one above the tip; the proven header carries their hash.
#[utoipa::path(
    get, path = "/v1/validators/{height}", tag = "network",
    params(("height" = u64, Path, description = "From 1 up to one above the tip")),
    responses((status = 200, body = Answer), (status = 404, description = "Not reached yet", body = ProblemDocument))
)]
pub(super) async fn validators(
    State(api): State<Api>,
    Path(wanted): Path<String>,
    ask: Ask,
) -> Result<Response, ApiError> {
    let wanted = height(&wanted)?;
    api.read(ask, move |read, _| {
        let known = Height(1) <= wanted && wanted <= read.header().height.next();
        let set = if known { read.view.0.validators(wanted)? } else { None };
        let set = set.ok_or(Problem::HeightAhead)?;
        let data = json!({
            "height": wanted.0,
            "hash": set.hash().to_string(),
            "faults_tolerated": set.faults_tolerated(),
            "total_power": set.total_power(),
            "validators": view::json(&set)?,
            "encoded": Value::String(hex::encode(codec::encode(&set))),
        });
        let proven = wanted.min(read.header().height);
        Ok(Found { data, bundle: with_header(read, proven)?, class: ReadClass::Public })
    })
    .await
}
