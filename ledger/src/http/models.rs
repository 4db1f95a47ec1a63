//! The model list (docs/contract/endpoints.md 1.11).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::App;
use super::reply::Number;
use crate::rules::{AUTO, Model, Rules};

#[derive(Serialize)]
struct List {
    object: &'static str,
    data: Vec<Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    object: &'static str,
    created: i64,
    #[serde(rename = "owned_by")]
    owned_by: String,
    context_window: u32,
    max_tokens: u32,
    max_tokens_key: &'static str,
    supports_images: bool,
    supports_computer_use: bool,
    supports_prompt_cache: bool,
    supports_reasoning_budget: bool,
    required_reasoning_budget: bool,
    max_thinking_tokens: u32,
    description: String,
    /// Credits per charged request by day; the hour is not in it, the promotions are the client's to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_consumption: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_discount: Option<f64>,
    /// The VIP level that `Auto` requires before it picks this model.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_vip_level: Option<u32>,
}

/// `GET /ai-gateway/api/v1/models`; needs no token.
pub async fn list(State(app): State<App>) -> Response {
    let rules = &app.ledger.rules;
    let data = rules.models.iter().map(|model| item(model, rules)).collect();
    Json(List { object: "list", data }).into_response()
}

fn item(model: &Model, rules: &Rules) -> Item {
    Item {
        id: model.id.clone(),
        object: "model",
        created: 1_686_935_002,
        owned_by: model.owned_by.clone(),
        context_window: model.context_window,
        max_tokens: model.max_tokens,
        max_tokens_key: "max_tokens",
        supports_images: model.images,
        supports_computer_use: false,
        supports_prompt_cache: false,
        supports_reasoning_budget: false,
        required_reasoning_budget: false,
        max_thinking_tokens: 0,
        description: model.description.clone(),
        credit_consumption: model.rate.map(Number),
        credit_discount: (model.id == AUTO && !rules.auto.discount.is_none()).then(|| rules.auto.discount.to_f64()),
        min_vip_level: Some(model.min_vip_level).filter(|level| *level > 0),
    }
}
