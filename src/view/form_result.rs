//! What came of a form about vouchers, with the code where there is one.

use serde::Serialize;

use super::components::{Action, ActionId, Tone};
use super::english::Message;
use super::formatter::Formatter;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FormResult {
    pub tone: Tone,
    pub title: String,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeView>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CodeView {
    pub label: String,
    pub value: String,
    pub copy: Action,
}

/// The code holds its amounts in the clear (docs/contract/endpoints.md 1.7): while masked it can be copied, not read.
pub(crate) fn code_view(fmt: &Formatter<'_>, code: &str) -> CodeView {
    let copy = Action {
        hint: Some(fmt.message(Message::ActionCopied)),
        ..Action::new(ActionId::Copy, fmt.message(Message::ActionCopy))
    };
    let value = if fmt.masked { fmt.message(Message::Masked) } else { code.to_owned() };
    CodeView { label: fmt.message(Message::VoucherCode), value, copy: copy.with_value(code) }
}
