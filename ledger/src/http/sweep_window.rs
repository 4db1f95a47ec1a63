//! `POST /admin/sweep`: a whole sweep, or one half of a public server's, with the window between its halves left open.

use std::sync::{Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::App;
use super::admin_body::{AdminBody, admin_error, store_failure};
use crate::public_server::{Gateway, PendingSweep};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SweepRequest {
    kind: Option<String>,
    /// Of a public server's sweep: the counters alone, or afterwards the rows of the same sweep. In between is the
    /// window in which list and total disagree.
    half: Option<SweepHalf>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SweepHalf {
    Counters,
    Rows,
}

/// A public server's sweep between its two halves.
#[derive(Debug, Default)]
pub struct SweepWindow(Mutex<Option<PendingSweep>>);

impl SweepWindow {
    fn replace(&self, pending: Option<PendingSweep>) -> Option<PendingSweep> {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), pending)
    }
}

async fn sweep_half(app: &App, half: SweepHalf) -> Response {
    let Some(books) = app.ledger.books() else {
        return admin_error(StatusCode::BAD_REQUEST, "half: only a public server's sweep has halves");
    };
    let now = app.ledger.clock.now();
    let done = match half {
        SweepHalf::Counters => {
            let gateway = app.faults.gateway_outage(now).map_or(Gateway::Up, |_| Gateway::Down);
            books.sweep_counters(gateway, now).await.map(|pending| {
                let accounts = pending.accounts();
                app.sweep_window.replace(Some(pending));
                accounts
            })
        }
        SweepHalf::Rows => match app.sweep_window.replace(None) {
            Some(pending) => {
                let accounts = pending.accounts();
                books.sweep_rows(pending).await.map(|()| accounts)
            }
            None => return admin_error(StatusCode::BAD_REQUEST, "half: the counters come first"),
        },
    };
    match done {
        Ok(accounts) => Json(SweptView { accounts }).into_response(),
        Err(reason) => store_failure(&reason.into()),
    }
}

#[derive(Serialize)]
struct SweptView {
    accounts: usize,
}

pub async fn sweep(State(app): State<App>, AdminBody(request): AdminBody<SweepRequest>) -> Response {
    if let Some(half) = request.half {
        return sweep_half(&app, half).await;
    }
    let kind = match request.kind.map(|kind| kind.parse()) {
        None => app.ledger.conduct.sweep,
        Some(Ok(kind)) => kind,
        Some(Err(reason)) => return admin_error(StatusCode::BAD_REQUEST, &reason),
    };
    match app.ledger.sweep_all(kind, app.ledger.clock.now()).await {
        Ok(accounts) => Json(SweptView { accounts }).into_response(),
        Err(reason) => store_failure(&reason),
    }
}
