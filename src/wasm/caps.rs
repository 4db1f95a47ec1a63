//! The arguments about the user's limits.

use wasm_bindgen::JsValue;

use super::argument::{Argument, checked};
use super::error::InvalidInput;
use crate::client::CapQuery;
use crate::domain::budget::{CapTarget, RaiseError, RaisedTo};

type Checked<T> = Result<T, InvalidInput>;

/// Whose limits are asked for.
pub fn cap_query(value: JsValue) -> Checked<CapQuery> {
    let read = |of: &Argument<'_>| CapQuery {
        task_id: of.optional("taskId", Argument::text),
        project: of.optional("project", Argument::text),
    };
    checked("of", value, |of| of.given().map(read).unwrap_or_default())
}

/// The limit that is to be raised.
pub fn cap_target(value: JsValue) -> Checked<CapTarget> {
    checked("scope", value, |scope| {
        if scope.is_text() {
            let named = [("day", true), ("week", false)];
            return if scope.one_of(&named, true) { CapTarget::Day } else { CapTarget::Week };
        }
        match (scope.optional("task", Argument::non_empty_text), scope.optional("project", Argument::non_empty_text)) {
            (Some(task), None) => CapTarget::Task(task),
            (None, Some(project)) => CapTarget::Project(project),
            _ => {
                scope.report("give \"day\", \"week\", or an object with either task or project");
                CapTarget::Day
            }
        }
    })
}

/// What a limit is raised to; an amount below 0 is the core's error, which says the number.
pub fn raised_to(value: JsValue) -> Checked<RaisedTo> {
    checked("to", value, |to| {
        if to.is_text() {
            return to.one_of(&[("unlimited", RaisedTo::Unlimited)], RaisedTo::Unlimited);
        }
        RaisedTo::Credits(to.credits())
    })
}

pub fn raise_error(error: RaiseError) -> InvalidInput {
    InvalidInput::new(error.field(), error)
}
