//! Chat: check, deduct, answer (docs/contract/charges.md). What is real here is the counting; the answer is canned.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::Timestamp;

use sha2::{Digest as _, Sha256};

use super::App;
use super::chat_error::{ChatError, ErrorShape};
use super::completion::{self, ChatRequest, Completion};
use super::identity::Identity;
use super::reply::header_value;
use crate::rules::{AUTO, Model};
use crate::store::spend::{Charge, Outcome, Spend};
use crate::token;

/// The identity that is charged (docs/contract/charges.md 3.1).
const CHARGED_IDENTITY: &str = "user";
/// Maximum length of an idempotency key.
const KEY_MAX_CHARS: usize = 255;

/// `POST /chat-rag/api/v1/chat/completions`: refusals arrive as the chat service wraps them.
pub async fn through_chat_rag(
    state: State<App>,
    identity: Extension<Identity>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer(&state.0, &identity.0, &headers, body, true).await
}

/// `POST /ai-gateway/api/v1/chat/completions`: refusals arrive as the gateway writes them.
pub async fn through_gateway(
    state: State<App>,
    identity: Extension<Identity>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer(&state.0, &identity.0, &headers, body, false).await
}

/// A parsed chat request.
struct ChatCall<'a> {
    app: &'a App,
    account: &'a str,
    request: ChatRequest,
    model: &'a Model,
    /// Why `Auto` picked the model.
    routed: Option<&'static str>,
    price: Option<Credits>,
    key: Option<(String, String)>,
    /// The client's own name for the request or its task.
    request_id: String,
    charge: bool,
    now: Timestamp,
    shape: ErrorShape,
}

async fn answer(
    app: &App,
    identity: &Identity,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    through_rag: bool,
) -> Response {
    let call = match parse_call(app, identity, headers, body, through_rag) {
        Ok(call) => call,
        Err((shape, refusal)) => return refusal.into_response(shape),
    };
    if app.ledger.rules.require_star {
        match app.ledger.account(call.account).await {
            Ok(account)
                if !app.ledger.rules.star_repository.as_deref().is_none_or(|name| account.has_starred(name)) =>
            {
                return ChatError::StarRequired.into_response(call.shape);
            }
            Ok(_) => {}
            Err(reason) => return ChatError::from_store_error(&reason).into_response(call.shape),
        }
    }
    call.deduct_and_complete().await
}

fn parse_call<'a>(
    app: &'a App,
    identity: &'a Identity,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    through_rag: bool,
) -> Result<ChatCall<'a>, (ErrorShape, ChatError)> {
    let default_shape = if through_rag { ErrorShape::ChatWhole } else { ErrorShape::Gateway };
    let account = identity.account().map_err(|reason| (default_shape, ChatError::Token(reason)))?;
    let body = body.map_err(|reason| match reason.status() {
        StatusCode::PAYLOAD_TOO_LARGE => (default_shape, ChatError::TooLarge),
        _ => (default_shape, ChatError::BadRequest("the body could not be read".to_owned())),
    })?;
    let request = ChatRequest::parse(&body).map_err(|reason| (default_shape, ChatError::BadRequest(reason)))?;
    let shape = match (through_rag, request.stream) {
        (false, _) => ErrorShape::Gateway,
        (true, true) => ErrorShape::ChatStream,
        (true, false) => ErrorShape::ChatWhole,
    };
    let rules = &app.ledger.rules;
    let auto = request.model == AUTO;
    let (id, routed) = if auto {
        let (id, reason) = rules.route(request.chars, request.images, identity.vip());
        (id, Some(reason))
    } else {
        (request.model.as_str(), None)
    };
    let model = rules.model(id).ok_or_else(|| (shape, ChatError::ModelUnavailable(id.to_owned())))?;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let mut keys = headers.get_all("idempotency-key").iter();
    let (first, second) = (keys.next(), keys.next());
    // Ignoring a key would charge a repeated request again.
    let counts = app.ledger.conduct.public_server.is_none();
    if counts && (second.is_some() || first.is_some_and(|key| key.to_str().is_err())) {
        let reason = "Idempotency-Key must be sent once, in visible ASCII characters";
        return Err((shape, ChatError::BadRequest(reason.to_owned())));
    }
    let key = match text("idempotency-key").filter(|key| !key.is_empty()) {
        Some(key) if key.len() > KEY_MAX_CHARS => {
            return Err((
                shape,
                ChatError::BadRequest(format!("Idempotency-Key is longer than {KEY_MAX_CHARS} characters")),
            ));
        }
        Some(key) if counts => Some((key.to_owned(), fingerprint(&body))),
        _ => None,
    };
    let request_id = text("x-request-id").or(text("zgsm-task-id")).unwrap_or_default();
    let request_id = request_id.chars().take(KEY_MAX_CHARS).collect();
    let now = app.ledger.clock.now();
    let charge = text("x-quota-identity") == Some(CHARGED_IDENTITY);
    let price = rules.price(model, auto, now);
    Ok(ChatCall { app, account, model, routed, price, key, request_id, charge, now, shape, request })
}

/// A hash of the bytes that were sent: bodies that differ only in an invalid byte are still two requests.
fn fingerprint(body: &[u8]) -> String {
    token::hex(&Sha256::digest(body))
}

impl ChatCall<'_> {
    async fn deduct_and_complete(self) -> Response {
        let completion = Completion::reply_to(&self.request, &self.model.id);
        let ledger = &self.app.ledger;
        let spend = Spend {
            account: self.account.to_owned(),
            model: self.model.id.clone(),
            price: self.price.unwrap_or(Credits::ZERO),
            charge: self.charge,
            tokens: completion.total_tokens(),
            request_id: self.request_id.clone(),
            key: self.key.clone(),
            now: self.now,
        };
        if self.price.is_some() && self.app.faults.gateway_outage(self.now).is_some() {
            return ChatError::CountersUnreadable.into_response(self.shape);
        }
        let (charge, repeated) = if self.price.is_none() {
            // No rate: neither checked nor charged.
            (Charge { charged: Credits::ZERO, usage: None, at: self.now }, false)
        } else {
            match ledger.spend(&spend).await {
                Ok(Outcome::Done(charge)) => (charge, false),
                Ok(Outcome::Repeated(charge)) => (charge, true),
                Ok(Outcome::KeyReused) => return ChatError::KeyReused.into_response(self.shape),
                Ok(Outcome::Insufficient { available }) => {
                    self.app.metrics.record_refusal("insufficient_quota");
                    return ChatError::Insufficient { required: spend.price, available }.into_response(self.shape);
                }
                Ok(Outcome::Expired) => {
                    return ChatError::Insufficient { required: spend.price, available: Credits::ZERO }
                        .into_response(self.shape);
                }
                Err(reason) => return ChatError::from_store_error(&reason).into_response(self.shape),
            }
        };
        if !repeated {
            self.app.metrics.record_charge(&self.model.id, charge.charged);
        }
        if let Some(failure) = self.app.faults.model_failure() {
            // A repeated request was charged by the first one, which decides about the refund.
            let charged = if repeated { charge.charged } else { self.charge_after_failure(&spend, &charge).await };
            let mut response = ChatError::ModelFailed(failure).into_response(self.shape);
            self.add_headers(&mut response, charged, repeated);
            return response;
        }
        let id = self.completion_id(&charge);
        let mut response = if self.request.stream {
            completion::event_stream(&completion, &id, charge.at)
        } else {
            completion::json_response(&completion, &id, charge.at)
        };
        self.add_headers(&mut response, charge.charged, repeated);
        response
    }

    /// What stays charged when the model failed after the charge.
    async fn charge_after_failure(&self, spend: &Spend, charge: &Charge) -> Credits {
        self.app.ledger.charge_after_failure(spend, charge).await.unwrap_or_else(|reason| {
            tracing::error!(%reason, "a failed call was not refunded");
            charge.charged
        })
    }

    fn add_headers(&self, response: &mut Response, charged: Credits, repeated: bool) {
        let headers = response.headers_mut();
        if let Some(reason) = self.routed {
            headers.insert("x-select-llm", header_value(&self.model.id));
            headers.insert("x-select-reason", header_value(reason));
        }
        if self.app.ledger.conduct.public_server.is_none() {
            headers.insert("x-credit-charged", header_value(&charged.to_string()));
        }
        if repeated {
            headers.insert("idempotent-replayed", header_value("true"));
        }
    }

    /// The completion's id: the same again for a repeated key.
    fn completion_id(&self, charge: &Charge) -> String {
        let nonce = match (&self.key, charge.usage) {
            (Some((key, _)), _) => format!("key:{key}"),
            (None, Some(usage)) => format!("usage:{usage}"),
            (None, None) => format!("free:{}", uuid::Uuid::new_v4()),
        };
        let digest = token::sha256_hex(&format!("{}:{}:{nonce}", self.account, charge.at.millis()));
        format!("chatcmpl-{}", digest.get(..24).unwrap_or_default())
    }
}
