//! Usage and records as files.
//!
//! CSV is RFC 4180 with a header line and a byte order mark, without which Excel reads Chinese as another encoding. A text
//! cell that a spreadsheet would run as a formula gets an apostrophe in front, which spreadsheets take as "this is text";
//! numbers stay numbers, negative ones too. Columns have the same names in CSV and JSON, in every language. Each time comes
//! twice: the raw value of the public API (milliseconds since 1970), and ISO 8601 with the server's offset
//! (docs/contract/client-rules.md).

use serde::Serialize;

use crate::domain::credits::Credits;
use crate::domain::history::{CreditRecord, ItemStatus, RecordItem, RecordKind, UsageRow};
use crate::domain::problem::Problem;
use crate::domain::time::{ServerOffset, Timestamp};
use crate::domain::untrusted;
use crate::json;

/// Columns of the usage file, in order.
pub const USAGE_COLUMNS: [&str; 8] = ["id", "at", "atIso", "model", "mode", "tokens", "credits", "package"];
/// Columns of the records file, in order.
pub const RECORD_COLUMNS: [&str; 11] = [
    "kind",
    "operation",
    "amount",
    "at",
    "atIso",
    "expiresAt",
    "expiresAtIso",
    "source",
    "relatedUser",
    "voucherCode",
    "items",
];
/// First character of every CSV file.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// A file as the public API gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportFile {
    /// Empty when a problem left nothing to write; a list that is known to be empty is a file without rows.
    pub text: String,
    /// False while not all pages could be loaded: such a file is partial.
    pub complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// Rows in `text`.
    pub rows: usize,
    /// Suggested name; a partial file has "-incomplete" in it.
    pub file_name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Csv,
    Json,
}

impl ExportFile {
    /// Usage, as far as it could be read. ISO times are written in the server's offset, as the server writes them.
    pub fn of_usage(
        rows: &[UsageRow],
        format: ExportFormat,
        server: ServerOffset,
        complete: bool,
        problem: Option<Problem>,
    ) -> ExportFile {
        let text = |rows| export_usage(rows, format, server);
        ExportFile::new("credits-usage", rows, text, format, complete, problem)
    }

    /// Records, as far as they could be read.
    pub fn of_records(
        rows: &[CreditRecord],
        format: ExportFormat,
        server: ServerOffset,
        complete: bool,
        problem: Option<Problem>,
    ) -> ExportFile {
        let text = |rows| export_records(rows, format, server);
        ExportFile::new("credits-records", rows, text, format, complete, problem)
    }

    fn new<'r, T>(
        name: &str,
        rows: &'r [T],
        text: impl FnOnce(&'r [T]) -> String,
        format: ExportFormat,
        complete: bool,
        problem: Option<Problem>,
    ) -> ExportFile {
        let extension = match format {
            ExportFormat::Csv => "csv",
            ExportFormat::Json => "json",
        };
        let mark = if complete { "" } else { "-incomplete" };
        ExportFile {
            text: if rows.is_empty() && problem.is_some() { String::new() } else { text(rows) },
            complete,
            problem,
            rows: rows.len(),
            file_name: format!("{name}{mark}.{extension}"),
        }
    }
}

/// Usage as text.
pub fn export_usage(rows: &[UsageRow], format: ExportFormat, server: ServerOffset) -> String {
    match format {
        ExportFormat::Json => json_lines(rows.iter().map(|row| UsageLine::new(row, server))),
        ExportFormat::Csv => {
            let mut file = CsvFile::with_header(&USAGE_COLUMNS);
            for row in rows {
                file.text(&row.id);
                file.time(Some(row.at), server);
                file.text(&row.model);
                file.text(row.mode.as_deref().unwrap_or_default());
                file.number(row.tokens.map(|tokens| tokens.to_string()).as_deref().unwrap_or_default());
                file.number(&row.credits.to_string());
                file.text(row.package.as_deref().unwrap_or_default());
                file.end_row();
            }
            file.0
        }
    }
}

/// Records as text. Voucher codes are in it only where the rows hold them: they are secrets.
pub fn export_records(rows: &[CreditRecord], format: ExportFormat, server: ServerOffset) -> String {
    match format {
        ExportFormat::Json => json_lines(rows.iter().map(|row| RecordLine::new(row, server))),
        ExportFormat::Csv => {
            let mut file = CsvFile::with_header(&RECORD_COLUMNS);
            for row in rows {
                file.text(kind(row.kind));
                file.text(&row.operation);
                file.number(&row.amount.to_string());
                file.time(row.at, server);
                file.time(row.expires_at, server);
                file.text(row.source.as_deref().unwrap_or_default());
                file.text(row.related_user.as_deref().unwrap_or_default());
                file.text(row.voucher_code.as_deref().unwrap_or_default());
                file.text(&items(row.items.as_deref().unwrap_or_default(), server));
                file.end_row();
            }
            file.0
        }
    }
}

/// A row of usage in JSON: the row of the public API, and its time in ISO 8601.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UsageLine<'a> {
    id: &'a str,
    at: Timestamp,
    at_iso: String,
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<u64>,
    credits: Credits,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<&'a str>,
}

impl UsageLine<'_> {
    fn new(row: &UsageRow, server: ServerOffset) -> UsageLine<'_> {
        UsageLine {
            id: &row.id,
            at: row.at,
            at_iso: server.to_rfc3339(row.at),
            model: &row.model,
            mode: row.mode.as_deref(),
            tokens: row.tokens,
            credits: row.credits,
            package: row.package.as_deref(),
        }
    }
}

/// A record in JSON: the record of the public API, and its times in ISO 8601.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecordLine<'a> {
    kind: RecordKind,
    operation: &'a str,
    amount: Credits,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    related_user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voucher_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<&'a [RecordItem]>,
}

impl RecordLine<'_> {
    fn new(row: &CreditRecord, server: ServerOffset) -> RecordLine<'_> {
        RecordLine {
            kind: row.kind,
            operation: &row.operation,
            amount: row.amount,
            at: row.at,
            at_iso: row.at.map(|at| server.to_rfc3339(at)),
            expires_at: row.expires_at,
            expires_at_iso: row.expires_at.map(|at| server.to_rfc3339(at)),
            source: row.source.as_deref(),
            related_user: row.related_user.as_deref(),
            voucher_code: row.voucher_code.as_deref(),
            items: row.items.as_deref(),
        }
    }
}

/// One row on each line.
fn json_lines<T: Serialize>(rows: impl Iterator<Item = T>) -> String {
    // Plain rows of texts and numbers always serialise.
    let lines: Vec<String> = rows.filter_map(|row| json::to_text(&row)).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn kind(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Recharge => "recharge",
        RecordKind::TransferIn => "transfer_in",
        RecordKind::TransferOut => "transfer_out",
        RecordKind::Expire => "expire",
        RecordKind::Deduct => "deduct",
        RecordKind::MergeIn => "merge_in",
        RecordKind::Other => "other",
    }
}

/// The parts of a record in one cell: `10 2026-06-30T23:59:59+08:00 credited; ...`.
fn items(items: &[RecordItem], server: ServerOffset) -> String {
    let part = |item: &RecordItem| {
        let status = match item.status {
            ItemStatus::Credited => "credited",
            ItemStatus::Failed => "failed",
            ItemStatus::Expired => "expired",
        };
        let expiry = item.expires_at.map(|at| server.to_rfc3339(at)).unwrap_or_default();
        format!("{} {expiry} {status}", item.amount)
    };
    items.iter().map(part).collect::<Vec<_>>().join("; ")
}

struct CsvFile(String);

impl CsvFile {
    fn with_header(columns: &[&str]) -> CsvFile {
        let mut file = CsvFile(String::from(BYTE_ORDER_MARK));
        columns.iter().for_each(|column| file.text(column));
        file.end_row();
        file
    }

    /// A number, a time: what this program wrote and no spreadsheet runs.
    fn number(&mut self, cell: &str) {
        self.0.push_str(cell);
        self.0.push(',');
    }

    /// Two cells: the raw value, and ISO 8601 with the server's offset.
    fn time(&mut self, at: Option<Timestamp>, server: ServerOffset) {
        self.number(&at.map(|at| at.millis().to_string()).unwrap_or_default());
        self.number(&at.map(|at| server.to_rfc3339(at)).unwrap_or_default());
    }

    /// Text from anywhere, on one line and without characters that steer a display, so that no line of the file begins
    /// with what a sender chose. What starts a formula is disarmed also behind a comma or a quote, for readers that
    /// split too early.
    fn text(&mut self, cell: &str) {
        let one_line = untrusted::one_line(cell);
        let quoted = one_line.contains([',', '"', ';']);
        if quoted {
            self.0.push('"');
        }
        let mut may_start = true;
        for letter in one_line.chars() {
            if may_start && matches!(letter, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') {
                self.0.push('\'');
            }
            if letter == '"' {
                self.0.push('"');
            }
            self.0.push(letter);
            may_start = matches!(letter, ',' | ';' | '"') || (may_start && letter.is_whitespace());
        }
        self.0.push_str(if quoted { "\"," } else { "," });
    }

    fn end_row(&mut self) {
        self.0.pop();
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
