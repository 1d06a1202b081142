//! Operations: is the process there, does the node follow the chain, and its figures. On a port of its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::Value;

/// How the node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// False when the process should be replaced: the engine has failed, or a write has.
    pub alive: bool,
    /// True when it follows the chain and answers; a node that only follows without voting is ready too, and says so
    /// in `detail`.
    pub ready: bool,
    /// Whatever else who runs it should see: heights, mode, reason. No personal data, no keys.
    pub detail: Value,
}

/// What the operations listener asks.
#[derive(Clone)]
pub struct Operations {
    health: Arc<dyn Fn() -> Health + Send + Sync>,
    metrics: PrometheusHandle,
}

impl Operations {
    /// `health` is asked at each request and must answer at once.
    #[must_use]
    pub fn new(health: Arc<dyn Fn() -> Health + Send + Sync>, metrics: PrometheusHandle) -> Self {
        Self { health, metrics }
    }
}

/// 200 while the process should live.
pub(super) async fn healthz(State(operations): State<Operations>) -> Response {
    let health = (operations.health)();
    answer(health.alive, health)
}

/// 200 while it follows the chain.
pub(super) async fn readyz(State(operations): State<Operations>) -> Response {
    let health = (operations.health)();
    answer(health.alive && health.ready, health)
}

fn answer(good: bool, health: Health) -> Response {
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = serde_json::json!({ "alive": health.alive, "ready": health.ready, "detail": health.detail });
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// Figures in the text format of Prometheus.
pub(super) async fn metrics(State(operations): State<Operations>) -> Response {
    operations.metrics.run_upkeep();
    let kind = "text/plain; version=0.0.4";
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], operations.metrics.render()).into_response()
}
