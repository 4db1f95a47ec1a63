//! A caller's mistake on its way to JavaScript, where the package makes a `CreditError` of it.

use std::fmt;

use serde::Serialize;
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

/// The plain object that the package's files read.
#[derive(Serialize)]
struct Thrown<'a> {
    code: &'static str,
    field: &'a str,
    message: &'a str,
}

impl From<InvalidInput> for JsValue {
    fn from(error: InvalidInput) -> JsValue {
        let thrown = Thrown { code: "invalid_input", field: &error.field, message: &error.message };
        // Texts alone always convert.
        serde_wasm_bindgen::to_value(&thrown).unwrap_or_else(|_| JsValue::from_str(&error.message))
    }
}
