//! A caller's mistake on its way to JavaScript, where the package makes a `CreditError` of it.

use std::fmt;

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

/// An argument that is wrong, by its path, such as `draft.inputTokens`, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidInput {
    pub field: String,
    pub message: String,
}

impl InvalidInput {
    pub fn new(field: impl Into<String>, why: impl fmt::Display) -> InvalidInput {
        let field = field.into();
        InvalidInput { message: format!("{field}: {why}"), field }
    }
}

impl From<InvalidInput> for JsValue {
    fn from(error: InvalidInput) -> JsValue {
        let object = Object::new();
        for (name, value) in [("code", "invalid_input"), ("field", &error.field), ("message", &error.message)] {
            // Setting a property of a new plain object cannot fail.
            let _ = Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value));
        }
        object.into()
    }
}
