//! Statements: submitting one, and what became of it.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::access::{ReadClass, class_of};
use ledger::bundle::BUNDLE_MEDIA_TYPE;
use ledger::error::Fault;
use ledger::log::{leaf_hash, stored_index};
use ledger::rejection::Rejection;
use ledger::state::StateView;
use ledger::statement::{SignedStatement, StatementId};
use ledger::types::Height;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::ask::Ask;
use super::blocks::visible;
use super::error::{ApiError, Problem, ProblemDocument};
use super::read::{Answer, Found, Read, answer, respond};
use super::{Api, view};
use crate::fail_points::{Point, pass};
use crate::mempool::{Source, StatementStatus, SubmitError, Watched};

/// Media type of a statement (RFC 9052).
pub const STATEMENT_MEDIA_TYPE: &str = "application/cose";
/// A client waits at most this long in one request.
const WAIT_SECONDS_MAX: u64 = 30;

/// Where a statement stands, without proof.
#[derive(Debug, Serialize, ToSchema)]
pub struct Waiting {
    /// The statement.
    data: WaitingStatement,
}

/// The statement of [`Waiting`].
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingStatement {
    /// Its id, hex.
    id: String,
    /// `pending`, `rejected`, `expired` or `unknown`; `committed` for who may not see the statement.
    status: &'static str,
    /// Height of the state on which it was rejected, or of the block that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u64>,
    /// Stable code of a rejection.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    /// Stable word of a rejection.
    #[serde(skip_serializing_if = "Option::is_none")]
    slug: Option<&'static str>,
}

/// Takes a statement.
#[utoipa::path(
    post, path = "/v1/transactions", tag = "transactions",
    params(("Prefer" = Option<String>, Header, description = "wait=N: answer once it is committed, at most 30 seconds")),
    request_body(content = Vec<u8>, content_type = "application/cose", description = "A COSE_Sign1, at most 64 KiB"),
    responses(
        (status = 202, description = "It waits for a block; Location tells where to ask", body = Waiting),
        (status = 200, description = "It is committed; the proof shows it in the log", body = Answer),
        (status = 400, description = "It cannot be read, or is not as it must be", body = ProblemDocument),
        (status = 403, description = "The signer may not do this", body = ProblemDocument),
        (status = 404, description = "A record that it is about does not exist", body = ProblemDocument),
        (status = 409, description = "A record is in another state, or the statement is on the ledger already", body = ProblemDocument),
        (status = 410, description = "It entered no block in its time", body = ProblemDocument),
        (status = 413, description = "It is above 64 KiB", body = ProblemDocument),
        (status = 415, description = "It is not sent as application/cose", body = ProblemDocument),
        (status = 429, description = "Too many statements of this key wait", body = ProblemDocument),
        (status = 503, description = "The pool is full", body = ProblemDocument),
    )
)]
pub(super) async fn submit(
    State(api): State<Api>,
    headers: HeaderMap,
    ask: Ask,
    body: Bytes,
) -> Result<Response, ApiError> {
    require_media_type(&headers)?;
    let id = match api.take_statement(body.clone()).await {
        Ok(id) => id,
        Err((Some(id), error)) => return Ok(located(error.into_response(), &id)),
        Err((None, error)) => return Err(error),
    };
    let response = match wait_seconds(&headers) {
        None => pending(&id),
        Some(seconds) => {
            let outcome = api.outcome(&id, Duration::from_secs(seconds)).await;
            pass(Point::OutcomeUntold);
            let mut response =
                api.committed_or(outcome, id, body, ask).await.unwrap_or_else(IntoResponse::into_response);
            response.headers_mut().insert("preference-applied", header::HeaderValue::from_static("wait"));
            response
        }
    };
    Ok(located(response, &id))
}

/// Where a statement stands; once it is committed, with the proof that the log holds it, for who may see the statement:
/// who may read the record that it is about, and the department that signed it. Others are told height and status alone,
/// since a proof would show the statement.
#[utoipa::path(
    get, path = "/v1/transactions/{id}", tag = "transactions",
    params(("id" = String, Path, description = "Id of the statement, 64 hexadecimal digits")),
    responses(
        (status = 200, description = "Committed, with its place in the log; or `committed` and the height alone", body = Answer),
        (status = 202, description = "It waits for a block", body = Waiting),
        (status = 404, description = "This node knows nothing of it", body = Waiting),
    )
)]
pub(super) async fn transaction(
    State(api): State<Api>,
    Path(id): Path<String>,
    ask: Ask,
) -> Result<Response, ApiError> {
    let id: StatementId = id.parse().map_err(ApiError::bad_request)?;
    let seen = api.clone();
    let status = if api.blocking(move || Ok(seen.archive().open()?.statement(&id)?)).await?.is_some() {
        // The store knows best.
        None
    } else {
        Some(api.mempool().status(&id)).filter(|status| !matches!(status, StatementStatus::Committed(_)))
    };
    if let Some(status) = status {
        return Ok(waiting(&id, status));
    }
    let work = api.clone();
    api.blocking(move || {
        let read = Read::open(&work, &ask)?;
        match committed(&read, &id, Holder::Unknown, ask.bundle)? {
            Committed::Shown(found) => respond(&ask, *found),
            Committed::Hidden(height) => Ok(in_block(&id, height)),
        }
    })
    .await
}

fn require_media_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case(STATEMENT_MEDIA_TYPE) { Ok(()) } else { Err(Problem::WrongMediaType.into()) }
}

/// Seconds of `Prefer: wait=N` (RFC 7240 section 4.3), at most [`WAIT_SECONDS_MAX`].
fn wait_seconds(headers: &HeaderMap) -> Option<u64> {
    let fields = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let mut preferences = fields.flat_map(|field| field.split(','));
    let wait = preferences.find_map(|preference| {
        // What follows a semicolon are parameters of the preference, and this one has none.
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        name.trim().eq_ignore_ascii_case("wait").then(|| value.trim())
    })?;
    let seconds = wait.trim_matches('"').parse::<u64>().ok()?;
    Some(seconds.min(WAIT_SECONDS_MAX)).filter(|seconds| *seconds > 0)
}

fn located(mut response: Response, id: &StatementId) -> Response {
    if let Ok(location) = header::HeaderValue::from_str(&format!("/v1/transactions/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn pending(id: &StatementId) -> Response {
    waiting(id, StatementStatus::Pending)
}

/// It is committed, and that is all that this reader is told.
fn in_block(id: &StatementId, height: Height) -> Response {
    standing(id, (StatusCode::OK, "committed", Some(height.0), None))
}

fn waiting(id: &StatementId, status: StatementStatus) -> Response {
    let told = match status {
        StatementStatus::Pending | StatementStatus::Committed(_) => (StatusCode::ACCEPTED, "pending", None, None),
        StatementStatus::Rejected(rejection, height) => (StatusCode::OK, "rejected", Some(height.0), Some(rejection)),
        StatementStatus::Expired => (StatusCode::OK, "expired", None, None),
        StatementStatus::Unknown => (StatusCode::NOT_FOUND, "unknown", None, None),
    };
    standing(id, told)
}

type Told = (StatusCode, &'static str, Option<u64>, Option<Rejection>);

fn standing(id: &StatementId, (code, word, height, rejection): Told) -> Response {
    let data = WaitingStatement {
        id: id.to_string(),
        status: word,
        height,
        code: rejection.map(Rejection::code),
        slug: rejection.map(Rejection::slug),
    };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(Waiting { data })).into_response()
}

/// Whether who asks has shown the statement itself.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Holder {
    /// It was sent with the request, in these bytes: nothing of it is new to who asks.
    Shown(Bytes),
    /// Only its id was.
    Unknown,
}

/// What a reader is told of a committed statement.
enum Committed {
    /// The statement with its inclusion proof, or that this header's log does not hold it.
    Shown(Box<Found>),
    /// The height of its block.
    Hidden(Height),
}

/// A committed statement, as far as the reader may see it. Who wants the bundle alone is not shown the statement in words.
fn committed(read: &Read, id: &StatementId, holder: Holder, bundle_alone: bool) -> Result<Committed, ApiError> {
    let place = read.view.0.statement(id)?.filter(|(height, _)| *height <= read.header().height);
    let Some((height, index)) = place else {
        let bundle = read.head_only();
        return Ok(Committed::Shown(Box::new(Found { data: Value::Null, bundle, class: ReadClass::Consortium })));
    };
    let (statement, time) = match holder {
        Holder::Shown(sent) => shown(read, height, index, &sent)?,
        Holder::Unknown => {
            let (statement, time) = logged(read, height, index)?;
            if !visible(&read.view, read.reader(), &statement)? {
                return Ok(Committed::Hidden(height));
            }
            (statement, time)
        }
    };
    let mut data = json!({
        "id": id.to_string(), "status": "committed", "height": height.0, "time": time, "log_index": index,
    });
    let class = class_of(&statement.claims().sub);
    let bundle = read.head_only().prove_logged(&read.view, index, statement.encoded())?;
    if let (Value::Object(fields), false) = (&mut data, bundle_alone) {
        fields.insert("statement".to_owned(), view::of_view(&statement.view())?);
    }
    Ok(Committed::Shown(Box::new(Found { data, bundle, class })))
}

/// As [`logged`], without reading the block if the log holds these very bytes: another signature would be another entry.
fn shown(read: &Read, height: Height, index: u64, sent: &[u8]) -> Result<(SignedStatement, u64), ApiError> {
    let header =
        read.view.header(height)?.filter(|_| read.view.log_node(stored_index(0, index)).ok() == Some(leaf_hash(sent)));
    match (header, SignedStatement::decode(sent)) {
        (Some(header), Ok(statement)) => Ok((statement, header.time.0)),
        _ => logged(read, height, index),
    }
}

/// The statement at a log index, and the time of its block.
fn logged(read: &Read, height: Height, index: u64) -> Result<(SignedStatement, u64), ApiError> {
    let missing = || Fault::damaged(format!("log entry {index} is not in the block of height {height}"));
    let block = read.view.0.block(height)?.ok_or_else(missing)?;
    let parent = read.view.header(Height(height.0.saturating_sub(1)))?.ok_or_else(missing)?;
    // The first entry of a block is the header before it.
    let position = index.checked_sub(parent.log_size + 1).and_then(|position| usize::try_from(position).ok());
    let encoded = position.and_then(|position| block.statements.get(position)).ok_or_else(missing)?;
    let statement = SignedStatement::decode(encoded).map_err(|error| Fault::damaged(error.to_string()))?;
    Ok((statement, block.header.time.0))
}

impl Api {
    /// Decodes, checks and keeps a statement, off the async threads; only a few at once, so that consensus has its share
    /// of the cores. On a refusal the id comes along, if the bytes have one.
    async fn take_statement(&self, body: Bytes) -> Result<StatementId, (Option<StatementId>, ApiError)> {
        let mempool = Arc::clone(self.mempool());
        let submitted = self.submissions().run(move || mempool.submit(&body, Source::Local)).await;
        match submitted.map_err(|problem| (None, problem.into()))? {
            Ok(submitted) => Ok(submitted.id),
            Err(SubmitError::Unreadable { source }) => {
                Err((None, ApiError::Unreadable(Problem::StatementUnreadable, source)))
            }
            Err(SubmitError::Rejected { id, rejection }) => Err((Some(id), ApiError::Rejected(rejection))),
            Err(SubmitError::PoolFull) => Err((None, Problem::PoolFull.into())),
            Err(SubmitError::KeyQuota) => Err((None, Problem::KeyQuota.into())),
            Err(SubmitError::DepartmentQuota) => Err((None, Problem::DepartmentQuota.into())),
            Err(SubmitError::Fault(fault)) => Err((None, fault.into())),
        }
    }

    /// Waits for the outcome; `Pending` when time is over.
    async fn outcome(&self, id: &StatementId, patience: Duration) -> StatementStatus {
        match self.mempool().watch(id) {
            Watched::Done(status) => status,
            Watched::Pending(outcome) => match tokio::time::timeout(patience, outcome).await {
                Ok(Ok(status)) => status,
                Ok(Err(_)) | Err(_) => StatementStatus::Pending,
            },
        }
    }

    /// The proof if the statement is in the log, which the store knows best; else what the outcome means.
    async fn committed_or(
        &self,
        outcome: StatementStatus,
        id: StatementId,
        sent: Bytes,
        ask: Ask,
    ) -> Result<Response, ApiError> {
        match outcome {
            StatementStatus::Pending => return Ok(pending(&id)),
            StatementStatus::Expired => return Err(Problem::StatementExpired.into()),
            StatementStatus::Rejected(rejection, _) if rejection != Rejection::Replayed => {
                return Err(ApiError::Rejected(rejection));
            }
            StatementStatus::Rejected(..) | StatementStatus::Committed(_) | StatementStatus::Unknown => {}
        }
        let api = self.clone();
        let work = move || {
            let read = Read::open(&api, &Ask { claim: None, at: None, if_none_match: None, ..ask })?;
            let Committed::Shown(found) = committed(&read, &id, Holder::Shown(sent), ask.bundle)? else {
                return Ok(pending(&id));
            };
            let kind = [(header::CONTENT_TYPE, BUNDLE_MEDIA_TYPE)];
            match outcome {
                StatementStatus::Rejected(rejection, _) if found.data.is_null() => Err(ApiError::Rejected(rejection)),
                _ if found.data.is_null() => Ok(pending(&id)),
                _ if ask.bundle => Ok((kind, found.bundle.encode()).into_response()),
                _ => Ok(Json(answer(*found)).into_response()),
            }
        };
        self.outcomes().run(work).await?
    }
}
