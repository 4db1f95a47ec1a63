//! Usage rows in wasm, read and summed by the code behind `usage()`, with a call for each step that a bench measures.
//! Never part of the package.
#![cfg(target_arch = "wasm32")]

use costrict_credit::domain::history::UsageRow;
use costrict_credit::domain::time::{Day, ServerOffset, Timestamp};
use costrict_credit::domain::usage::{GroupBy, UsageReport, report};
use costrict_credit::domain::usage_table::DayTable;
use costrict_credit::ports::ApiReply;
use costrict_credit::protocol::failure::ReplyContext;
use costrict_credit::protocol::usage::read;
use wasm_bindgen::prelude::*;

/// Rows that were read and not summed yet, or no longer.
#[wasm_bindgen]
#[derive(Default)]
pub struct Rows(Vec<UsageRow>);

#[wasm_bindgen]
impl Rows {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Rows {
        Rows::default()
    }

    /// Reads a page as the server sends it; how many rows there are now.
    pub fn read(&mut self, body: Vec<u8>) -> usize {
        let reply = ApiReply { status: 200, headers: vec![], body };
        let now = Timestamp::from_millis(0);
        let context = ReplyContext { now, server_now: now, token: None, token_expires: None };
        self.0.extend(read(&reply, ServerOffset::CHINA, context).map(|page| page.rows).unwrap_or_default());
        self.0.len()
    }

    /// Sums the rows by day and model over the days `from` to `to`, as JSON without the rows, which stay here.
    pub fn sum(&mut self, from: &str, to: &str) -> Option<String> {
        let table = DayTable::new(Day::parse(from)?, Day::parse(to)?, |_| ServerOffset::CHINA)?;
        let summed = report(std::mem::take(&mut self.0), &table, Some(GroupBy::Model), None, true);
        let UsageReport { rows, .. } = summed;
        self.0 = rows;
        serde_json::to_string(&UsageReport { rows: vec![], ..summed }).ok()
    }
}
