//! Token tables of other families than the built-in one, and the texts that were counted last: one set of each for all
//! clients of a page or program.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::argument::checked;
use super::error::InvalidInput;
use crate::domain::tokens::{Family, FollowedText, Prompt, family_for_model};

thread_local! {
    static LOADED: RefCell<Vec<Family>> = const { RefCell::new(Vec::new()) };
    static COUNTED: RefCell<Vec<CountedText>> = const { RefCell::new(Vec::new()) };
}

/// Texts that are followed while they change: the draft, and one more that it is compared with or that is about to be sent.
const COUNTED_MAX: usize = 2;
/// Longer texts are counted and not kept.
const COUNTED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A text that was counted. Kept in memory until other texts take its place or a client is freed or forgets; never stored.
struct CountedText {
    /// As the caller gave it: the engine compares its strings much faster than they could be copied.
    parts: Vec<JsValue>,
    followed: FollowedText,
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
    LOADED.with_borrow_mut(|loaded| {
        loaded.retain(|known| known.name() != family);
        loaded.push(read);
    });
    // What was counted by the tables before does not count any more.
    drop_texts();
    Ok(())
}

/// Lets go of the texts that were counted.
pub(super) fn drop_texts() {
    COUNTED.with_borrow_mut(Vec::clear);
}

/// Which models a prompt is counted for.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// The draft's own.
    One,
    /// All that it may be laid beside.
    All,
}

/// Counts a prompt by the tables of the model's family, or of each one that is loaded; by the built-in ones for what has
/// no own. `parts` are strings.
pub(super) fn prompt(parts: Vec<JsValue>, model: &str, wanted: Wanted) -> Prompt {
    LOADED.with_borrow(|loaded| {
        let all: Vec<&Family> = std::iter::once(Family::built_in()).chain(loaded).collect();
        let own = all.iter().rev().find(|family| family.name() == family_for_model(model)).or(all.first());
        let families = match wanted {
            Wanted::One => own.map_or(all.as_slice(), std::slice::from_ref),
            Wanted::All => all.as_slice(),
        };
        COUNTED.with_borrow_mut(|counted| {
            let CountedText { parts, mut followed } = take_counted(counted, parts, &all);
            let count = |family: &&Family| {
                // The name as it is known at compile time: it outlives the tables.
                (family_for_model(family.name()), followed.estimate(family))
            };
            let counts = families.iter().map(count).collect();
            let prompt = Prompt::new(followed.text(), counts);
            if followed.text().len() <= COUNTED_BYTES_MAX {
                counted.push(CountedText { parts, followed });
            }
            prompt
        })
    })
}

/// The text out of those that are kept, or brought up to date from the one that it is most like.
fn take_counted(counted: &mut Vec<CountedText>, parts: Vec<JsValue>, families: &[&Family]) -> CountedText {
    if let Some(same) = counted.iter().position(|kept| kept.parts == parts) {
        return counted.remove(same);
    }
    let text = parts.iter().filter_map(JsValue::as_string).collect::<String>().into_bytes();
    let shared = counted.iter().map(|kept| kept.followed.shared(&text)).enumerate();
    let alike = shared.filter(|(_, shared)| *shared > text.len() / 2).max_by_key(|(_, shared)| *shared);
    // Where none is alike, the oldest makes room.
    let place = alike.map(|(place, _)| place).or((counted.len() >= COUNTED_MAX).then_some(0));
    let mut followed = place.map(|place| counted.remove(place).followed).unwrap_or_default();
    followed.update(text, families);
    CountedText { parts, followed }
}
