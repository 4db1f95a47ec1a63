//! Counting of tokens from JavaScript: one counter for all clients of a page or program.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::argument::checked;
use super::error::InvalidInput;
use crate::domain::tokens::{CountedModels, Family, Prompt, PromptCounter, family_for_model};

thread_local! {
    /// Texts are identified by the caller's own strings: the engine compares those much faster than they could be copied.
    static COUNTER: RefCell<PromptCounter<Vec<JsValue>>> = const { RefCell::new(PromptCounter::new()) };
}

fn non_empty_text(name: &str, value: JsValue) -> Result<String, InvalidInput> {
    checked(name, value, |non_empty_text| non_empty_text.non_empty_text())
}

/// Whose vocabulary a model has, by its name.
#[wasm_bindgen(js_name = tokenFamily)]
pub fn token_family(model: JsValue) -> Result<String, JsValue> {
    Ok(family_for_model(&non_empty_text("model", model)?).to_owned())
}

/// Takes in the tables of a family, as the package ships them in tokens/.
#[wasm_bindgen(js_name = setTokenTables)]
pub fn set_token_tables(family: JsValue, tables: JsValue) -> Result<(), JsValue> {
    let family = non_empty_text("family", family)?;
    let Some(bytes) = tables.dyn_ref::<Uint8Array>() else {
        return Err(InvalidInput::new("tables", "give the bytes of a file of tokens/").into());
    };
    let read = Family::from_bytes(&bytes.to_vec()).map_err(|error| InvalidInput::new("tables", error))?;
    if read.name() != family {
        return Err(InvalidInput::new("tables", "these are the tables of another family").into());
    }
    COUNTER.with_borrow_mut(|counter| counter.load(read));
    Ok(())
}

/// Drops the texts that were counted.
pub(super) fn drop_texts() {
    COUNTER.with_borrow_mut(PromptCounter::forget_texts);
}

/// Counts a prompt for a model. `parts` are strings.
pub(super) fn prompt(parts: Vec<JsValue>, model: &str, models: CountedModels) -> Prompt {
    let text = |parts: &Vec<JsValue>| parts.iter().filter_map(JsValue::as_string).collect::<String>().into_bytes();
    COUNTER.with_borrow_mut(|counter| counter.count(parts, text, model, models))
}
