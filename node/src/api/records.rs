//! Any path of the state, by its class: `GET /v1/records?path=…&path=…`.

use axum::extract::State;
use axum::response::Response;
use ledger::access::ReadClass;
use ledger::state::StateKey;
use serde_json::{Map, Value};

use super::ask::Ask;
use super::error::{ApiError, Problem, ProblemDocument};
use super::read::{Answer, Found};
use super::{Api, view};

/// Paths of one request.
const PATHS_MAX: usize = 64;

/// Values or proven absences of up to 64 paths of the state, under one header.
#[utoipa::path(
    get, path = "/v1/records", tag = "records",
    params(
        ("path" = Vec<String>, Query, description = "Paths of the state, 1 to 64; see docs/spec/records.md"),
        ("at" = Option<u64>, Query, description = "A kept height; else the tip"),
        ("since" = Option<u64>, Query, description = "Height of the client's checkpoint"),
    ),
    responses(
        (status = 200, description = "The values by path, null where the ledger holds none", body = Answer),
        (status = 400, description = "No path, a wrong one, or more than a bundle takes", body = ProblemDocument),
        (status = 401, description = "Records beyond public need a signed request", body = ProblemDocument),
        (status = 410, description = "The state of that height is no longer kept", body = ProblemDocument),
    )
)]
pub(super) async fn records(State(api): State<Api>, ask: Ask) -> Result<Response, ApiError> {
    api.read(ask, |read, ask| {
        let keys = keys(ask)?;
        let mut class = ReadClass::Public;
        for key in &keys {
            class = class.max(read.permit_key(key)?);
        }
        let bundle = read.prove(&keys)?;
        let mut values = Map::new();
        for entry in &bundle.entries {
            let value = entry.value.as_ref().map(|value| value.0.as_slice());
            values.insert(entry.path.clone(), view::of_path(&entry.path, value, read.header().time)?);
        }
        Ok(Found { data: Value::Object(values), bundle, class })
    })
    .await
}

fn keys(ask: &Ask) -> Result<Vec<StateKey>, ApiError> {
    let wrong = || ApiError::with(Problem::BadRequest, "a path is graphic ASCII, at most 160 bytes");
    let keys: Vec<StateKey> =
        ask.parameters("path").map(|path| StateKey::parse(path).ok_or_else(wrong)).collect::<Result<_, _>>()?;
    if keys.is_empty() || keys.len() > PATHS_MAX {
        return Err(ApiError::with(Problem::BadRequest, "1 to 64 parameters named path"));
    }
    Ok(keys)
}
