//! Facts and rules of credits: no IO, no clock, no JSON.

pub mod credits;
pub mod grant;
pub mod time;
