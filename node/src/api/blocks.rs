//! Blocks, for members: header, certificate, and the statements whose records the reader may see.

use axum::extract::{Path, State};
use axum::response::Response;
use ledger::access::{ReadClass, class_of, may_read};
use ledger::error::Fault;
use ledger::record::{CorrectionCase, Department};
use ledger::state::{StateKey, StateView};
use ledger::statement::SignedStatement;
use ledger::types::Height;
use serde_json::{Value, json};

use super::archive::View;
use super::ask::Ask;
use super::error::{ApiError, Problem, ProblemDocument};
use super::network::with_header;
use super::read::{Answer, Found, PAGE_BYTES_MAX, Read, decode, parties_of};
use super::{Api, view};

/// Statements of one page, if they are small.
const STATEMENTS_MAX: u64 = 200;

/// A block. Statements about records that the reader may not see are counted and left out.
#[utoipa::path(
    get, path = "/v1/blocks/{height}", tag = "network",
    params(
        ("height" = u64, Path, description = "From 1 up to the tip"),
        ("start" = Option<usize>, Query, description = "Index of the first statement"),
        ("limit" = Option<u64>, Query, description = "Statements, at most 200"),
    ),
    responses(
        (status = 200, body = Answer),
        (status = 401, description = "A signed request is needed", body = ProblemDocument),
        (status = 404, description = "Not reached yet", body = ProblemDocument),
    )
)]
pub(super) async fn block(State(api): State<Api>, Path(height): Path<String>, ask: Ask) -> Result<Response, ApiError> {
    let wrong = |_| ApiError::with(Problem::BadRequest, "a height is a number");
    let height = height.parse().map(Height).map_err(wrong)?;
    let start = ask.number("start")?.unwrap_or(0);
    let limit = ask.number("limit")?.unwrap_or(STATEMENTS_MAX).clamp(1, STATEMENTS_MAX);
    api.read(ask, move |read, _| {
        read.permit(ReadClass::Consortium, &[])?;
        found(read, height, start, limit)
    })
    .await
}

fn found(read: &Read, height: Height, start: u64, limit: u64) -> Result<Found, ApiError> {
    let block = read.view.0.block(height)?.filter(|block| block.header.height <= read.header().height);
    let block = block.ok_or(Problem::HeightAhead)?;
    let parent = read.view.header(Height(height.0.saturating_sub(1)))?;
    let parent = parent.ok_or_else(|| Fault::damaged("the header of a parent is missing"))?;
    let mut bundle = with_header(read, height)?;
    let mut shown = Vec::new();
    let (skip, take) = (usize::try_from(start).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(0));
    let (mut next, mut bytes) = (start, 0);
    for (position, encoded) in block.statements.iter().enumerate().skip(skip).take(take) {
        bytes += encoded.len();
        if bytes > PAGE_BYTES_MAX && next > start {
            break;
        }
        next += 1;
        let statement = SignedStatement::decode(encoded).map_err(|error| Fault::damaged(error.to_string()))?;
        if !visible(&read.view, read.reader(), &statement)? {
            continue;
        }
        let index = parent.log_size + 1 + position as u64;
        bundle = bundle.prove_logged(&read.view, index, encoded)?;
        shown.push(json!({ "log_index": index, "statement": view::of_view(&statement.view())? }));
    }
    let count = block.statements.len() as u64;
    let data = json!({
        "hash": block.header.hash().to_string(),
        "header": view::json(&block.header)?,
        "count": count,
        "statements": shown,
        "next": if next < count { Value::from(next) } else { Value::Null },
    });
    Ok(Found { data, bundle, class: ReadClass::Consortium })
}

/// True if this reader may see a statement: the record that it is about, as the tip has it, or what its own department
/// has signed.
///
/// # Errors
/// A fault of the store.
pub(super) fn visible(view: &View, reader: Option<&Department>, statement: &SignedStatement) -> Result<bool, Fault> {
    if reader.is_some_and(|reader| reader.active && reader.id == statement.claims().iss) {
        return Ok(true);
    }
    let key: StateKey = statement.action().subject();
    let class = class_of(key.path());
    if class != ReadClass::Parties {
        return Ok(may_read(class, reader, &[]));
    }
    let Some(case) = view.value(&key)? else { return Ok(false) };
    let case: CorrectionCase = decode(&case)?;
    Ok(may_read(class, reader, &parties_of(view, &case)?))
}
