//! What has been committed, as it happens: `GET /v1/events`, server-sent events, for members.
//!
//! ```text
//! id: 17
//! event: block
//! data: {"height":17,"time":…,"hash":"…","records":["certificate/…", …]}
//! ```
//! The id is the height. A client that comes back with `Last-Event-ID: 17` goes on at 18, however long it was away: the
//! stream is read from the blocks, nothing is kept for it. Each event is a hint to ask; what counts is the proof that a
//! read gives. A stream ends after a quarter of an hour, so that who listens signs again.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use ledger::access::ReadClass;
use ledger::error::Fault;
use ledger::record::Department;
use ledger::statement::SignedStatement;
use ledger::types::Height;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use super::Api;
use super::archive::View;
use super::ask::Ask;
use super::blocks::visible;
use super::error::{ApiError, Problem, ProblemDocument};
use super::read::Read;

/// A stream lives this long.
const STREAM_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// A sign of life when nothing happens.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Committed blocks and the paths of their records, resumable by `Last-Event-ID`.
#[utoipa::path(
    get, path = "/v1/events", tag = "network",
    params(
        ("Last-Event-ID" = Option<u64>, Header, description = "Height of the last event that was received"),
        ("from" = Option<u64>, Query, description = "First height wanted; else the next one"),
    ),
    responses(
        (status = 200, description = "text/event-stream"),
        (status = 401, description = "A signed request is needed", body = ProblemDocument),
        (status = 503, description = "Too many streams", body = ProblemDocument),
    )
)]
pub(super) async fn events(State(api): State<Api>, headers: HeaderMap, ask: Ask) -> Result<Response, ApiError> {
    let permit = api.streams().clone().try_acquire_owned().map_err(|_| Problem::Busy)?;
    let last =
        headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<u64>().ok());
    let from = last.map(|height| height.saturating_add(1)).or(ask.number("from")?);
    let heights = api.mempool().heights();
    let opening = api.clone();
    let open = move || {
        let read = Read::open(&opening, &ask)?;
        read.permit(ReadClass::Consortium, &[])?;
        Ok((read.reader().cloned(), read.tip))
    };
    let (reader, tip) = api.blocking(open).await?;
    let next = from.map_or_else(|| tip.next(), Height).max(Height(1));
    let state = Listening { api, reader, heights, next, until: Instant::now() + STREAM_LIFETIME, _permit: permit };
    Ok(Sse::new(stream(state)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// One open stream.
struct Listening {
    api: Api,
    reader: Option<Department>,
    heights: watch::Receiver<Height>,
    next: Height,
    until: Instant,
    _permit: OwnedSemaphorePermit,
}

fn stream(state: Listening) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(state, |mut state| async move {
        let event = tokio::time::timeout_at(state.until, state.event()).await.ok()??;
        Some((Ok(event), state))
    })
}

impl Listening {
    /// The next event; `None` when the node ends or fails.
    async fn event(&mut self) -> Option<Event> {
        let next = self.next;
        self.heights.wait_for(|tip| *tip >= next).await.ok()?;
        let (api, reader) = (self.api.clone(), self.reader.clone());
        let reading = api.clone();
        let data = api.blocking(move || Ok(describe(&reading, reader.as_ref(), next)?)).await.ok()??;
        self.next = next.next();
        Some(Event::default().event("block").id(next.to_string()).data(data))
    }
}

/// The event of a height; `None` if its block is not kept.
fn describe(api: &Api, reader: Option<&Department>, height: Height) -> Result<Option<String>, Fault> {
    let view = View(api.archive().open()?);
    let Some(block) = view.0.block(height)? else { return Ok(None) };
    let mut records = Vec::new();
    for encoded in &block.statements {
        let statement = SignedStatement::decode(encoded).map_err(|error| Fault::damaged(error.to_string()))?;
        if visible(&view, reader, &statement)? {
            records.push(statement.claims().sub.clone());
        }
    }
    records.sort();
    records.dedup();
    let (time, hash) = (block.header.time.0, block.header.hash().to_string());
    Ok(Some(json!({ "height": height.0, "time": time, "hash": hash, "records": records }).to_string()))
}
