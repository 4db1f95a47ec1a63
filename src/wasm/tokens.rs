//! Token tables of other families than the built-in one: one set for all clients of a page or program.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::argument::checked;
use super::error::InvalidInput;
use crate::domain::tokens::{Counter, Family, Prompt, family_for_model};

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

/// Which models a prompt is counted for.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// The draft's own.
    One,
    /// All that it may be laid beside.
    All,
}

/// Counts a prompt by the tables of the model's family, or of each one that is loaded; by the built-in ones for what has no own.
pub(super) fn prompt(parts: &[String], model: &str, wanted: Wanted) -> Prompt {
    LOADED.with_borrow(|loaded| {
        let own = family_for_model(model);
        let mut families: Vec<&Family> = match wanted {
            Wanted::One => loaded.iter().filter(|known| known.name() == own).collect(),
            Wanted::All => loaded.iter().collect(),
        };
        let has_own = families.iter().any(|known| known.name() == own);
        if !has_own || matches!(wanted, Wanted::All) {
            families.insert(0, Family::built_in());
        }
        let count = |family: &Family| {
            let mut counter = Counter::new(family);
            for part in parts {
                counter.push(part.as_bytes());
            }
            // The name as it is known at compile time: it outlives the tables.
            (family_for_model(family.name()), counter.finish())
        };
        Prompt::new(parts, families.into_iter().map(count).collect())
    })
}
