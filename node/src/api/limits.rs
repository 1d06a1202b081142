//! Limits that stand in front of every handler, and what is measured of every request.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use ledger::limits::STATEMENT_BYTES_MAX;
use tokio::sync::Semaphore;
use tower_governor::GovernorError;
use tower_governor::GovernorLayer;
use tower_governor::governor::GovernorConfigBuilder;
use tower_governor::key_extractor::KeyExtractor;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use super::error::{ApiError, Problem, localise};

/// A request takes at most this long, the longest `Prefer: wait` and some seconds; a stream's body may take longer.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(40);
/// Addresses whose last request is long ago are forgotten this often.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// Limits of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests under way at once; more are told that the node is busy.
    pub requests_max: usize,
    /// Requests a second from one address, on average.
    pub rate_per_second: u32,
    /// Requests from one address at once.
    pub burst: u32,
}

impl Limits {
    /// For members: a department's programs may submit in bulk.
    pub const CONSORTIUM: Self = Self { requests_max: 2_048, rate_per_second: 5_000, burst: 10_000 };
    /// For everybody.
    pub const PUBLIC: Self = Self { requests_max: 256, rate_per_second: 20, burst: 100 };
}

/// The address that a request comes from; of a group of addresses for IPv6, where one person has 2^64.
#[derive(Debug, Clone, Copy)]
struct ByAddress;

impl KeyExtractor for ByAddress {
    type Key = IpAddr;

    fn extract<T>(&self, request: &axum::http::Request<T>) -> Result<IpAddr, GovernorError> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(match peer.ok_or(GovernorError::UnableToExtractKey)? {
            IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// Puts the limits in front of a router.
pub(super) fn limited(router: Router, limits: Limits) -> Router {
    let period = Duration::from_secs(1) / limits.rate_per_second.max(1);
    let governor = GovernorConfigBuilder::default()
        .period(period)
        .burst_size(limits.burst.max(1))
        .key_extractor(ByAddress)
        .finish()
        .expect("period and burst are not zero");
    let known = Arc::clone(governor.limiter());
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(FORGET_EVERY).await;
            known.retain_recent();
            if Arc::strong_count(&known) == 1 {
                break;
            }
        }
    });
    router
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(STATEMENT_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIME_MAX))
        .layer(from_fn_with_state(Arc::new(Semaphore::new(limits.requests_max)), one_of_many))
        .layer(GovernorLayer::new(governor).error_handler(|_| ApiError::from(Problem::TooManyRequests).into_response()))
        .layer(from_fn(localise))
        .layer(from_fn(observe))
}

/// Refuses a request when too many are under way.
async fn one_of_many(State(room): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match room.try_acquire() {
        Ok(_permit) => next.run(request).await,
        Err(_) => ApiError::from(Problem::Busy).into_response(),
    }
}

/// Counts and times requests by route, never by address or query: those could tell who asks for what.
async fn observe(request: Request, next: Next) -> Response {
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let (method, began) = (request.method().clone(), Instant::now());
    let response = next.run(request).await;
    let labels = [
        ("method", if method.is_safe() { "read" } else { "write" }.to_owned()),
        ("route", route),
        ("status", response.status().as_u16().to_string()),
    ];
    metrics::counter!("yinxin_http_requests", &labels).increment(1);
    metrics::histogram!("yinxin_http_seconds", &labels[..2]).record(began.elapsed());
    response
}
