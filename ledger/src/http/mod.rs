//! The real server's contract over HTTP (docs/contract/endpoints.md).

pub mod limits;
mod listener;
mod paging;
mod plain_text;
mod reply;
mod admin_body;
pub mod identity;
mod fault_layer;
pub mod request_log;
mod extract;
mod failures;
mod models;
mod oidc;
mod plugin;
mod public_routes;
mod quota;
mod transfer;
mod usage;
mod chat_error;
mod completion;
mod chat;
mod sweep_window;
pub mod admin;
mod serve;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderName, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Router, middleware};
use tower_http::cors::{Any, CorsLayer};

pub use serve::{Running, serve, serve_within};

use crate::faults::Faults;
use crate::ledger::Ledger;
use crate::metrics::Metrics;
use crate::public_server::PublicServer;

/// Largest body that is read.
pub const BODY_MAX_BYTES: usize = 1024 * 1024;

/// What a server offers beside the ledger itself.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The admin interface under `/admin/`, for callers on this machine.
    pub admin: bool,
    /// Usage statistics; self-hosted servers have none (docs/contract/endpoints.md 1.2).
    pub statistics: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { admin: false, statistics: true }
    }
}

/// What every request can reach.
pub struct Shared {
    pub ledger: Ledger,
    pub options: Options,
    pub faults: Faults,
    pub metrics: Metrics,
    pub log: request_log::RequestLog,
    pub rates: identity::Rates,
    pub hand_over: identity::HandOver,
    pub logins: plugin::Logins,
    pub sweep_window: sweep_window::SweepWindow,
}

/// Handle on [`Shared`].
#[derive(Clone)]
pub struct App(Arc<Shared>);

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    pub fn new(ledger: Ledger, options: Options) -> App {
        App(Arc::new(Shared {
            ledger,
            options,
            faults: Faults::default(),
            metrics: Metrics::default(),
            log: request_log::RequestLog::default(),
            rates: identity::Rates::default(),
            hand_over: identity::HandOver::default(),
            logins: plugin::Logins::default(),
            sweep_window: sweep_window::SweepWindow::default(),
        }))
    }
}

/// All routes.
pub fn router(app: App) -> Router {
    let is_public_server = app.ledger.conduct.public_server.is_some();
    let quota_manager = if is_public_server {
        Router::new()
            .route("/quota-manager", any(public_routes::serve))
            .route("/quota-manager/", any(public_routes::serve))
            .route("/quota-manager/{*rest}", any(public_routes::serve))
    } else {
        Router::new()
            .route("/quota-manager/api/v1/quota", get(quota::balance))
            .route("/quota-manager/api/v1/quota/audit", get(quota::audit))
            .route("/quota-manager/api/v1/quota/transfer-out", post(transfer::transfer_out))
            .route("/quota-manager/api/v1/quota/transfer-in", post(transfer::transfer_in))
            .route("/quota-manager/api/v1/usage/statistics", get(usage::statistics))
            .method_not_allowed_fallback(unserved)
    };
    let services = Router::new()
        .route("/ai-gateway/api/v1/models", get(models::list))
        .route("/ai-gateway/api/v1/chat/completions", post(chat::through_gateway))
        .route("/chat-rag/api/v1/chat/completions", post(chat::through_chat_rag))
        .route("/oidc-auth/api/v1/manager/userinfo", get(oidc::userinfo))
        .route("/oidc-auth/api/v1/manager/invite-code", get(oidc::invite_code))
        .route("/oidc-auth/api/v1/manager/token", get(oidc::hand_over));
    // Before the layers, which would not see what is set after them.
    let services = services.method_not_allowed_fallback(unserved);
    let services = if is_public_server {
        // The servers' own middleware answers for their paths, with a list of its own.
        let preflight = middleware::from_fn_with_state(app.clone(), public_routes::preflight);
        services.layer(cors()).merge(quota_manager.layer(public_cors()).layer(preflight))
    } else {
        services.merge(quota_manager)
    };
    let services = services
        .fallback(unserved)
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), identity::check))
        .layer(middleware::from_fn_with_state(app.clone(), fault_layer::inject_fault))
        .layer(middleware::from_fn_with_state(app.clone(), request_log::record));
    let services = if is_public_server { services } else { services.layer(cors()) };
    let mut all = Router::new().route("/health", get(health)).route("/metrics", get(metrics));
    if app.options.admin {
        let logins = plugin::routes()
            .layer(middleware::from_fn(admin::only_local))
            .layer(middleware::from_fn_with_state(app.clone(), fault_layer::inject_fault))
            .layer(middleware::from_fn_with_state(app.clone(), request_log::record));
        all = all.nest("/admin", admin::routes()).merge(logins);
    }
    let all = all
        .fallback_service(services.with_state(app.clone()))
        .layer(middleware::from_fn(plain_text::refuse_nul_in_address))
        .layer(middleware::from_fn_with_state(app.clone(), request_log::date))
        .with_state(app);
    // Around everything: a path is rewritten before it is looked up.
    Router::new().fallback_service(all).layer(middleware::map_request(public_routes::strip_cloud_api))
}

/// A path or method that no service has: in quota-manager's words where it is one of its paths, else in those of the
/// router in front.
async fn unserved(method: Method, uri: Uri) -> Response {
    if method == Method::GET && uri.path() == public_routes::OPERATOR_AUDIT {
        return reply::bad_request(public_routes::NO_USER_ID_MESSAGE);
    }
    if uri.path().starts_with(public_routes::PREFIX) {
        return public_routes::not_found_or_redirect(PublicServer::Qm2, &method, &uri);
    }
    reply::no_route()
}

/// The request headers that quota-manager's own middleware allows pages on other origins.
fn server_headers() -> [HeaderName; 7] {
    [
        header::ORIGIN,
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::AUTHORIZATION,
        header::ACCEPT,
        header::CACHE_CONTROL,
        HeaderName::from_static("x-requested-with"),
    ]
}

/// The rule of quota-manager's own middleware: any origin, and fewer headers than this ledger's additions need.
fn public_cors() -> CorsLayer {
    let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH];
    CorsLayer::new().allow_origin(Any).allow_methods(methods).allow_headers(server_headers())
}

/// Pages on any origin may read, without credentials; the headers are those of the open server
/// (docs/contract/endpoints.md 1.1) and those that this ledger's own additions need.
fn cors() -> CorsLayer {
    let added = ["idempotency-key", "x-quota-identity", "zgsm-task-id"].map(HeaderName::from_static);
    let exposed = [
        "x-credit-charged",
        "x-select-llm",
        "x-select-reason",
        "x-ratelimit-limit",
        "x-ratelimit-reset",
        "x-ratelimit-remaining",
    ];
    let exposed = exposed.map(HeaderName::from_static).into_iter();
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::OPTIONS])
        .allow_headers(server_headers().into_iter().chain([header::IF_NONE_MATCH]).chain(added).collect::<Vec<_>>())
        .expose_headers(
            [header::DATE, header::ETAG, header::RETRY_AFTER].into_iter().chain(exposed).collect::<Vec<_>>(),
        )
}

async fn health(State(app): State<App>) -> Response {
    match app.ledger.store.check_writable().await {
        Ok(()) => "ok\n".into_response(),
        Err(reason) => {
            tracing::error!(%reason, "the database takes no writes");
            (StatusCode::SERVICE_UNAVAILABLE, "the database takes no writes\n").into_response()
        }
    }
}

async fn metrics(State(app): State<App>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    (kind, app.metrics.text()).into_response()
}
