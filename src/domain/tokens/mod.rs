//! Estimates how many tokens a text is for a model, without its vocabulary.
//!
//! A vocabulary is a megabyte and its exact count takes minutes on hostile text. Here each character adds the chance that a token starts
//! at it: the logistic of a sum of seven small table entries, fitted to the exact counts of a family of models. That is linear in the
//! text whatever it holds, needs a few characters of memory, and so can follow a text while it is typed. docs/estimates.md has the
//! errors, the fitting program is in tools/fit-tokens.
//!
//! Counts of text only: what a server adds around messages is learned by a [`Conversation`].

mod classes;
mod models;
mod runs;
mod scanner;
mod family;
mod counter;
mod anchor;
mod followed;
mod prompt;
mod prompt_counter;
#[cfg(test)]
mod tests;

pub use anchor::{Anchor, Conversation};
pub use counter::{Counter, TokenEstimate, estimate};
pub use family::{Family, TokensError};
pub use followed::FollowedText;
pub use models::family_for_model;
pub use prompt::{Prompt, Report, TaskPrompts};
pub use prompt_counter::{CountedModels, PromptCounter};
