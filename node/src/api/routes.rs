//! The whole surface on a page: which listener serves what.

use axum::http::header;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{ApiError, Problem};
use super::limits::{Limits, limited};
use super::ops::Operations;
use super::{Api, blocks, cases, certificates, events, evidence, members, network, ops, records, transactions};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Yinxin node",
        description = "Every read answers value or absence with a bundle that proves it. Reads beyond public are signed \
                       requests (RFC 9421): see docs/spec/api.md."
    ),
    components(schemas(super::Answer, super::AsOf, super::ProblemDocument, super::Waiting))
)]
struct Description;

/// Public records by their id or path, and look-ups by two facts. No lists of certificates, no blocks, no events.
fn public_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(certificates::certificate))
        .routes(routes!(certificates::lookup))
        .routes(routes!(records::records))
        .routes(routes!(members::identity))
        .routes(routes!(members::item))
        .routes(routes!(members::department))
        .routes(routes!(members::key))
        .routes(routes!(network::network))
        .routes(routes!(network::header))
        .routes(routes!(network::validators))
}

/// Everything, each read by its class.
fn consortium_routes() -> OpenApiRouter<Api> {
    public_routes()
        .routes(routes!(transactions::submit))
        .routes(routes!(transactions::transaction))
        .routes(routes!(certificates::certificates))
        .routes(routes!(certificates::of_office))
        .routes(routes!(cases::case))
        .routes(routes!(cases::entries))
        .routes(routes!(members::departments))
        .routes(routes!(members::items))
        .routes(routes!(members::proposal))
        .routes(routes!(blocks::block))
        .routes(routes!(evidence::evidence))
        .routes(routes!(events::events))
}

/// The consortium's listener. Call it inside the runtime that serves it.
pub fn consortium(api: Api, limits: Limits) -> Router {
    described(consortium_routes(), api, limits)
}

/// The public listener. Call it inside the runtime that serves it.
pub fn public(api: Api, limits: Limits) -> Router {
    described(public_routes(), api.for_public(), limits)
}

fn described(routes: OpenApiRouter<Api>, api: Api, limits: Limits) -> Router {
    let (router, description) = routes.split_for_parts();
    let answer = Json(serde_json::to_value(&description).unwrap_or_default());
    let describe = move || std::future::ready(([(header::CACHE_CONTROL, "no-cache")], answer.clone()));
    let router = router
        .route("/v1/openapi.json", get(describe))
        .fallback(|| std::future::ready(ApiError::from(Problem::NoSuchAddress)))
        .with_state(api);
    limited(router, limits)
}

/// The operations listener.
pub fn operations(operations: Operations) -> Router {
    Router::new()
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .route("/metrics", get(ops::metrics))
        .with_state(operations)
}

#[cfg(test)]
pub(super) fn description() -> utoipa::openapi::OpenApi {
    consortium_routes().to_openapi()
}
