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
use super::completion::{self, Completion, Question};
use super::identity::Identity;
use super::refusal::{Refusal, Way};
use super::reply::header_value;
use crate::rules::{AUTO, Model};
use crate::store::spend::{Charge, Outcome, Spend};
use crate::token::{self, TokenError};

/// The identity that is charged (docs/contract/charges.md 3.1).
const CHARGED_IDENTITY: &str = "user";
/// Longest idempotency key that is taken.
const MAX_KEY: usize = 255;

/// `POST /chat-rag/api/v1/chat/completions`: refusals arrive as the chat service wraps them.
pub async fn through_chat_rag(
    state: State<App>,
    who: Extension<Identity>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer(&state.0, &who.0, &headers, body, true).await
}

/// `POST /ai-gateway/api/v1/chat/completions`: refusals arrive as the gateway writes them.
pub async fn direct(
    state: State<App>,
    who: Extension<Identity>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer(&state.0, &who.0, &headers, body, false).await
}

/// A chat request, understood.
struct Call<'a> {
    app: &'a App,
    account: &'a str,
    question: Question,
    model: &'a Model,
    /// Why `Auto` picked the model.
    routed: Option<&'static str>,
    price: Option<Credits>,
    key: Option<(String, String)>,
    /// The client's own name for the request or its task.
    request_id: String,
    charge: bool,
    now: Timestamp,
    way: Way,
}

async fn answer(
    app: &App,
    who: &Identity,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    through_rag: bool,
) -> Response {
    let call = match understand(app, who, headers, body, through_rag) {
        Ok(call) => call,
        Err((way, refusal)) => return refusal.into_response(way),
    };
    if app.ledger.rules.require_star {
        match app.ledger.account(call.account).await {
            Ok(account)
                if !app.ledger.rules.star_repository.as_deref().is_none_or(|name| account.has_starred(name)) =>
            {
                return Refusal::StarRequired.into_response(call.way);
            }
            Ok(_) => {}
            Err(reason) => return Refusal::of(&reason).into_response(call.way),
        }
    }
    call.pay_and_complete().await
}

fn understand<'a>(
    app: &'a App,
    who: &'a Identity,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    through_rag: bool,
) -> Result<Call<'a>, (Way, Refusal)> {
    let plain = if through_rag { Way::ChatWhole } else { Way::Gateway };
    let account = who.account().map_err(|reason| (plain, Refusal::Token(reason)))?;
    let body = body.map_err(|reason| match reason.status() {
        StatusCode::PAYLOAD_TOO_LARGE => (plain, Refusal::TooLarge),
        _ => (plain, Refusal::BadRequest("the body could not be read".to_owned())),
    })?;
    let question = Question::read(&body).map_err(|reason| (plain, Refusal::BadRequest(reason)))?;
    let way = match (through_rag, question.stream) {
        (false, _) => Way::Gateway,
        (true, true) => Way::ChatStream,
        (true, false) => Way::ChatWhole,
    };
    let rules = &app.ledger.rules;
    let auto = question.model == AUTO;
    let (id, routed) = if auto {
        let (id, reason) = rules.route(question.chars, question.images, who.vip());
        (id, Some(reason))
    } else {
        (question.model.as_str(), None)
    };
    let model = rules.model(id).ok_or_else(|| (way, Refusal::ModelUnavailable(id.to_owned())))?;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let mut keys = headers.get_all("idempotency-key").iter();
    let (first, second) = (keys.next(), keys.next());
    // A key that was overlooked would have a repeated request charged again.
    let counts = app.ledger.conduct.public_server.is_none();
    if counts && (second.is_some() || first.is_some_and(|key| key.to_str().is_err())) {
        let reason = "Idempotency-Key must be sent once, in visible ASCII characters";
        return Err((way, Refusal::BadRequest(reason.to_owned())));
    }
    let key = match text("idempotency-key").filter(|key| !key.is_empty()) {
        Some(key) if key.len() > MAX_KEY => {
            return Err((way, Refusal::BadRequest(format!("Idempotency-Key is longer than {MAX_KEY} characters"))));
        }
        Some(key) if counts => Some((key.to_owned(), fingerprint(&body))),
        _ => None,
    };
    let request_id = text("x-request-id").or(text("zgsm-task-id")).unwrap_or_default();
    let request_id = request_id.chars().take(MAX_KEY).collect();
    let now = app.ledger.clock.now();
    let charge = text("x-quota-identity") == Some(CHARGED_IDENTITY);
    let price = rules.price(model, auto, now);
    Ok(Call { app, account, model, routed, price, key, request_id, charge, now, way, question })
}

/// A hash of the bytes that were sent: bodies that differ in a byte that is no text are two requests, too.
fn fingerprint(body: &[u8]) -> String {
    token::hex(&Sha256::digest(body))
}

impl Call<'_> {
    async fn pay_and_complete(self) -> Response {
        let completion = Completion::to(&self.question, &self.model.id);
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
            return Refusal::CountersUnreadable.into_response(self.way);
        }
        let (charge, repeated) = if self.price.is_none() {
            // No rate: neither checked nor charged.
            (Charge { charged: Credits::ZERO, usage: None, at: self.now }, false)
        } else {
            match ledger.spend(&spend).await {
                Ok(Outcome::Done(charge)) => (charge, false),
                Ok(Outcome::Repeated(charge)) => (charge, true),
                Ok(Outcome::KeyReused) => return Refusal::KeyReused.into_response(self.way),
                Ok(Outcome::Insufficient { available }) => {
                    self.app.metrics.refused("insufficient_quota");
                    return Refusal::Insufficient { required: spend.price, available }.into_response(self.way);
                }
                Ok(Outcome::Expired) => {
                    return Refusal::Insufficient { required: spend.price, available: Credits::ZERO }
                        .into_response(self.way);
                }
                Err(reason) => return Refusal::of(&reason).into_response(self.way),
            }
        };
        if !repeated {
            self.app.metrics.charged(&self.model.id, charge.charged);
        }
        if let Some(failure) = self.app.faults.model_failure() {
            // What a repeated request was charged is the first one's to give back.
            let kept = if repeated { charge.charged } else { self.after_failure(&spend, &charge).await };
            let mut response = Refusal::ModelFailed(failure).into_response(self.way);
            self.label(&mut response, kept, repeated);
            return response;
        }
        let id = self.completion_id(&charge);
        let mut response = if self.question.stream {
            completion::streamed(&completion, &id, charge.at)
        } else {
            completion::whole(&completion, &id, charge.at)
        };
        self.label(&mut response, charge.charged, repeated);
        response
    }

    /// What stays charged when the model failed after the charge.
    async fn after_failure(&self, spend: &Spend, charge: &Charge) -> Credits {
        self.app.ledger.call_failed(spend, charge).await.unwrap_or_else(|reason| {
            tracing::error!(%reason, "a failed call was not refunded");
            charge.charged
        })
    }

    fn label(&self, response: &mut Response, charged: Credits, repeated: bool) {
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

    /// The same for a repeated key.
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

/// The gateway's code for a token that does not count.
pub fn token_code(reason: TokenError) -> &'static str {
    match reason {
        TokenError::Missing => "ai-gateway.no_token",
        TokenError::Malformed => "ai-gateway.token_parse_failed",
        TokenError::Signature | TokenError::Expired | TokenError::Revoked => "ai-gateway.invalid_token",
        TokenError::NoUserId | TokenError::UnknownUser => "ai-gateway.no_userid",
    }
}
