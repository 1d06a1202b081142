//! What has been committed, as it happens: `GET /v1/events`, server-sent events, for members.
//!
//! ```text
//! id: 17
//! event: block
//! data: {"height":17,"time":…,"hash":"…","count":3,"records":["certificate/…", …]}
//! ```
//! `count` is of all statements of the block, `records` are those that the reader may see.
//! The id is the height. A client that comes back with `Last-Event-ID: 17` goes on at 18, however long it was away: the
//! stream is read from the blocks, nothing is kept for it. Each event is a hint to ask; what counts is the proof that a
//! read gives. A stream ends after a quarter of an hour, so that who listens signs again.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
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
use ledger::types::{DepartmentId, Height};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::Instant;

use super::Api;
use super::archive::View;
use super::ask::Ask;
use super::blocks::visible;
use super::error::{ApiError, Problem, ProblemDocument};
use super::read::Read;

/// Streams of one node.
const STREAMS_MAX: usize = 64;
/// Streams of one department among them.
const STREAMS_A_DEPARTMENT_MAX: usize = 8;
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
    let last =
        headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<u64>().ok());
    let from = last.map(|height| height.saturating_add(1)).or(ask.number("from")?);
    let heights = api.mempool().heights();
    let opening = api.clone();
    let open = move || {
        let read = Read::open(&opening, &ask)?;
        read.permit(ReadClass::Consortium, &[])?;
        let reader = read.reader().cloned().ok_or(Problem::SignatureNeeded)?;
        Ok((reader, read.tip))
    };
    let (reader, tip) = api.blocking(open).await?;
    let place = api.streams().take(&reader.id)?;
    let next = from.map_or_else(|| tip.next(), Height).max(Height(1));
    let state = Listening { api, reader, heights, next, until: Instant::now() + STREAM_LIFETIME, _place: place };
    Ok(Sse::new(stream(state)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// The streams that are open, bounded in all and for each department.
#[derive(Debug, Clone, Default)]
pub(super) struct Streams {
    open: Arc<Mutex<HashMap<DepartmentId, usize>>>,
}

/// A place among the open streams; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    streams: Streams,
    department: DepartmentId,
}

impl Streams {
    /// Takes a place.
    ///
    /// # Errors
    /// `too-many-requests` if the department has its share, `busy` if all places are taken.
    pub(super) fn take(&self, department: &DepartmentId) -> Result<Place, ApiError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.get(department).is_some_and(|count| *count >= STREAMS_A_DEPARTMENT_MAX) {
            return Err(Problem::TooManyRequests.into());
        }
        if open.values().sum::<usize>() >= STREAMS_MAX {
            return Err(Problem::Busy.into());
        }
        *open.entry(department.clone()).or_default() += 1;
        Ok(Place { streams: self.clone(), department: department.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.department) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.department);
            }
        }
    }
}

/// One open stream.
struct Listening {
    api: Api,
    reader: Department,
    heights: watch::Receiver<Height>,
    next: Height,
    until: Instant,
    _place: Place,
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
        let data = api.blocking(move || Ok(describe(&reading, &reader, next)?)).await.ok()??;
        self.next = next.next();
        Some(Event::default().event("block").id(next.to_string()).data(data))
    }
}

/// The event of a height; `None` if its block is not kept.
fn describe(api: &Api, reader: &Department, height: Height) -> Result<Option<String>, Fault> {
    let view = View(api.archive().open()?);
    let Some(block) = view.0.block(height)? else { return Ok(None) };
    let mut records = Vec::new();
    for encoded in &block.statements {
        let statement = SignedStatement::decode(encoded).map_err(|error| Fault::damaged(error.to_string()))?;
        if visible(&view, Some(reader), &statement)? {
            records.push(statement.claims().sub.clone());
        }
    }
    records.sort();
    records.dedup();
    let (time, hash) = (block.header.time.0, block.header.hash().to_string());
    Ok(Some(
        json!({ "height": height.0, "time": time, "hash": hash, "count": block.statements.len(), "records": records })
            .to_string(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_department_cannot_take_all_streams_and_a_closed_one_is_free_again() {
        let streams = Streams::default();
        let department = |number: usize| format!("d{number}").parse::<DepartmentId>().expect("a short name");
        let is = |taken: Result<Place, ApiError>, problem| matches!(taken, Err(ApiError::Problem(found, _)) if found == problem);
        let mut open = Vec::new();
        for number in 0..STREAMS_MAX / STREAMS_A_DEPARTMENT_MAX {
            for _ in 0..STREAMS_A_DEPARTMENT_MAX {
                open.push(streams.take(&department(number)).expect("within its share"));
            }
            assert!(is(streams.take(&department(number)), Problem::TooManyRequests));
        }
        assert!(is(streams.take(&department(99)), Problem::Busy));
        open.truncate(1);
        streams.take(&department(99)).expect("there is room again");
        drop(open);
        assert!(streams.open.lock().expect("nobody panicked").is_empty());
    }
}
