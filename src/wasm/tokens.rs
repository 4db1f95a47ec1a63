//! Token tables of other families than the built-in one: one set for all clients of a page or program.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::argument::checked;
use super::error::InvalidInput;
use crate::domain::tokens::{Counter, Family, TokenEstimate, beside_built_in, family_for_model};

thread_local! {
    static LOADED: RefCell<Vec<Family>> = const { RefCell::new(Vec::new()) };
}

fn words(name: &str, value: JsValue) -> Result<String, InvalidInput> {
    checked(name, value, |words| words.words())
}

/// Whose vocabulary a model has, by its name.
#[wasm_bindgen(js_name = tokenFamily)]
pub fn token_family(model: JsValue) -> Result<String, JsValue> {
    Ok(family_for_model(&words("model", model)?).to_owned())
}

/// Takes in the tables of a family, as the package ships them in tokens/.
#[wasm_bindgen(js_name = setTokenTables)]
pub fn set_token_tables(family: JsValue, tables: JsValue) -> Result<(), JsValue> {
    let family = words("family", family)?;
    let Some(bytes) = tables.dyn_ref::<Uint8Array>() else {
        return Err(InvalidInput::new("tables", "give the bytes of a file of tokens/").into());
    };
    let read = Family::from_bytes(&bytes.to_vec()).map_err(|error| InvalidInput::new("tables", error))?;
    if read.name() != family {
        return Err(InvalidInput::new("tables", "these are the tables of another family").into());
    }
    LOADED.with_borrow_mut(|loaded| {
        loaded.retain(|known| known.name() != family);
        loaded.push(read);
    });
    Ok(())
}

/// The tokens of a prompt for a model: by its family's tables where they are loaded, else by the built-in ones with a range
/// that holds what the two differ by.
pub(super) fn count(parts: &[String], model: &str) -> TokenEstimate {
    let family = family_for_model(model);
    LOADED.with_borrow(|loaded| {
        let own = loaded.iter().find(|known| known.name() == family);
        let mut counter = Counter::new(own.unwrap_or(Family::built_in()));
        for part in parts {
            counter.push(part.as_bytes());
        }
        let estimate = counter.finish();
        if own.is_some() { estimate } else { estimate.standing_in(beside_built_in(family)) }
    })
}
