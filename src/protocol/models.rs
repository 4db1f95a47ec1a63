//! `GET /ai-gateway/api/v1/models`: models and their rates (server.md 1.11).

use super::envelope::read_bare;
use super::failure::Moment;
use super::lenient::Object;
use super::{READ_LIMIT, get};
use crate::domain::credits::{Credits, Share};
use crate::domain::price::{ModelPrice, is_auto, sort_models};
use crate::domain::problem::Problem;
use crate::domain::untrusted;
use crate::ports::{ApiReply, ApiRequest};

pub fn request() -> ApiRequest {
    get("/ai-gateway/api/v1/models".to_owned(), READ_LIMIT)
}

/// `None`: the list is null, which the server sends when its filter leaves nothing; a list that is known stays.
pub fn read(reply: &ApiReply, moment: Moment<'_>) -> Result<Option<Vec<ModelPrice>>, Problem> {
    read_bare(reply, moment, |list| {
        let Some(rows) = list.objects("data") else { return (!list.has("data")).then_some(None) };
        let mut models: Vec<ModelPrice> = Vec::with_capacity(rows.len());
        for model in rows.iter().filter_map(model) {
            if !models.iter().any(|known| known.id == model.id) {
                models.push(model);
            }
        }
        sort_models(&mut models);
        Some(Some(models))
    })
}

fn model(row: &Object<'_>) -> Option<ModelPrice> {
    // An id is shown, compared and sent back: what is invisible in it would make two of one.
    let id = untrusted::one_line(&row.words("id")?).into_owned();
    // Absent, null, negative or no number: unknown, never free and never 1 (server.md 6, rule 8).
    let price = row.credits_number("creditConsumption").filter(|price| !price.is_negative());
    let price = price.filter(|_| !is_auto(&id));
    let discount = row.credits_number("creditDiscount").filter(|_| is_auto(&id)).and_then(share);
    Some(ModelPrice {
        name: row.words("display_name").unwrap_or_else(|| id.clone()),
        price,
        discount,
        context_window: row.count("contextWindow").filter(|window| *window > 0),
        id,
    })
}

fn share(number: Credits) -> Option<Share> {
    u32::try_from(number.micro()).ok().filter(|ppm| *ppm <= Share::WHOLE.ppm()).map(Share::from_ppm)
}
