//! `GET /ai-gateway/api/v1/models`: models and their rates (docs/contract/endpoints.md 1.11).

use super::envelope::read_bare;
use super::failure::ReplyContext;
use super::{READ_TIMEOUT, get};
use crate::domain::credits::{Credits, Share};
use crate::domain::price::{ModelPrice, is_auto, sort_models};
use crate::domain::problem::Problem;
use crate::domain::untrusted;
use crate::json::object::Object;
use crate::ports::{ApiReply, ApiRequest};

/// The request for models and their rates.
pub fn request() -> ApiRequest {
    get("/ai-gateway/api/v1/models".to_owned(), READ_TIMEOUT)
}

/// A server offers some dozens. Views and estimates go over all of them, some of them for each.
const MAX_MODELS: usize = 1_000;
/// A longer text is no id.
const MAX_ID_BYTES: usize = 256;

/// Reads the reply. `None`: the list is null, which the server sends when its filter leaves nothing; a list that is known stays.
///
/// # Errors
/// The reply is no success, or has no list.
pub fn read(reply: &ApiReply, context: ReplyContext<'_>) -> Result<Option<Vec<ModelPrice>>, Problem> {
    read_bare(reply, context, |list| {
        if list.is_null("data") {
            return Some(None);
        }
        let rows = list.objects("data")?;
        Some(Some(in_order(rows.iter().filter_map(model).collect())))
    })
}

/// Of models with one id the first, sorted, and not more than anyone chooses from.
fn in_order(mut models: Vec<ModelPrice>) -> Vec<ModelPrice> {
    // A stable sort keeps the first of its kind first, and takes no time squared.
    models.sort_by(|one, two| one.id.cmp(&two.id));
    models.dedup_by(|later, first| later.id == first.id);
    sort_models(&mut models);
    models.truncate(MAX_MODELS);
    models
}

fn model(row: &Object<'_>) -> Option<ModelPrice> {
    // An id is shown, compared and sent back: what is invisible in it would make two of one.
    let id = row.words("id").filter(|id| id.len() <= MAX_ID_BYTES)?;
    let id = untrusted::one_line(&id).into_owned();
    // Absent, null, negative or no number: unknown, never free and never 1 (docs/contract/client-rules.md, rule 8).
    let price = row.credits_number("creditConsumption").filter(|price| !price.is_negative());
    let price = price.filter(|_| !is_auto(&id));
    let discount = row.credits_number("creditDiscount").filter(|_| is_auto(&id)).and_then(share);
    Some(ModelPrice {
        name: row.words("display_name").unwrap_or_else(|| id.clone()),
        price,
        discount,
        context_window: row.count("contextWindow").filter(|window| *window > 0),
        min_vip_level: row.count("minVipLevel").filter(|level| *level > 0),
        id,
    })
}

fn share(number: Credits) -> Option<Share> {
    u32::try_from(number.micro()).ok().filter(|ppm| *ppm <= Share::WHOLE.ppm()).map(Share::from_ppm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn models(body: String) -> Result<Option<Vec<ModelPrice>>, Problem> {
        let now = Timestamp::from_millis(1_781_496_000_000);
        let context = ReplyContext { now, server_now: now, token: None, token_expires: None };
        read(&ApiReply { status: 200, headers: Vec::new(), body: body.into_bytes() }, context)
    }

    #[test]
    fn a_list_is_promised_and_null_is_none() {
        use crate::domain::problem::ProblemKind;
        assert_eq!(models(r#"{"object":"list","data":null}"#.to_owned()), Ok(None));
        assert_eq!(models(r#"{"object":"list","data":[]}"#.to_owned()), Ok(Some(Vec::new())));
        for body in [r#"{"object":"list"}"#, r#"{"data":{}}"#, r#"{"data":"none"}"#] {
            assert_eq!(models(body.to_owned()).map_err(|problem| problem.kind), Err(ProblemKind::Malformed), "{body}");
        }
    }

    #[test]
    fn of_equal_ids_the_first_counts_and_a_list_has_an_end() {
        let row = |id: usize, price: usize| format!(r#"{{"id":"m{id}","creditConsumption":{price}}}"#);
        let rows: Vec<String> = (0..3_000).map(|at| row(at % 1_500, at)).collect();
        let models = models(format!(r#"{{"data":[{}]}}"#, rows.join(","))).unwrap().unwrap();
        assert_eq!(models.len(), MAX_MODELS);
        assert!(models.iter().enumerate().all(|(at, model)| model.price == Some(Credits::from_whole(at as i32))));
    }

    #[test]
    fn a_model_may_ask_for_a_level() {
        let body = r#"{"data":[{"id":"a","minVipLevel":2},{"id":"b","minVipLevel":0},{"id":"c","minVipLevel":"x"}]}"#;
        let levels = models(body.to_owned()).unwrap().unwrap().into_iter().map(|model| model.min_vip_level);
        assert_eq!(levels.collect::<Vec<_>>(), [Some(2), None, None]);
    }
}
