//! Usage and records as files.
//!
//! CSV is RFC 4180 with a header line. A text cell that a spreadsheet would run as a formula gets an apostrophe in
//! front, which spreadsheets take as "this is text"; numbers stay numbers, negative ones too (rules.md). Column names
//! are those of the public API, in every language the same: files are for programs as well.

use serde::Serialize;

use crate::domain::history::{CreditRecord, ItemStatus, RecordItem, RecordKind, UsageRow};
use crate::domain::problem::Problem;
use crate::domain::time::{ServerOffset, Timestamp};
use crate::json;

/// A file as the public API gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportFile {
    pub text: String,
    /// False while not all pages could be loaded: such a file is partial.
    pub complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Csv,
    Json,
}

/// Usage as text. Times are written in the server's offset, as the server writes them.
pub fn export_usage(rows: &[UsageRow], format: ExportFormat, server: ServerOffset) -> String {
    match format {
        ExportFormat::Json => json_lines(rows),
        ExportFormat::Csv => {
            let mut file = CsvFile::with_header(&["id", "at", "model", "mode", "tokens", "credits", "package"]);
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
        ExportFormat::Json => json_lines(rows),
        ExportFormat::Csv => {
            let header =
                ["kind", "operation", "amount", "at", "expiresAt", "source", "relatedUser", "voucherCode", "items"];
            let mut file = CsvFile::with_header(&header);
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

/// One row on each line.
fn json_lines<T: Serialize>(rows: &[T]) -> String {
    // Plain rows of texts and numbers always serialise.
    let lines: Vec<String> = rows.iter().filter_map(|row| json::to_text(row)).collect();
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
        let mut file = CsvFile(String::new());
        columns.iter().for_each(|column| file.text(column));
        file.end_row();
        file
    }

    /// A number, a time: what this program wrote and no spreadsheet runs.
    fn number(&mut self, cell: &str) {
        self.0.push_str(cell);
        self.0.push(',');
    }

    fn time(&mut self, at: Option<Timestamp>, server: ServerOffset) {
        self.number(&at.map(|at| server.to_rfc3339(at)).unwrap_or_default());
    }

    /// Text from anywhere. Line ends and tabs become blanks, so that no line of the file begins with what a sender
    /// chose; what starts a formula is disarmed also behind a comma or a quote, for readers that split too early.
    fn text(&mut self, cell: &str) {
        let one_line = cell.split(['\r', '\n', '\t']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
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
mod tests {
    use super::*;
    use crate::domain::credits::Credits;

    fn record(source: &str, amount: i32) -> CreditRecord {
        CreditRecord {
            kind: RecordKind::Recharge,
            operation: "RECHARGE".into(),
            amount: Credits::from_whole(amount),
            at: Timestamp::parse("2026-06-15 10:00:00", ServerOffset::CHINA),
            expires_at: None,
            source: Some(source.into()),
            related_user: None,
            voucher_code: None,
            items: None,
        }
    }

    fn source_cell(source: &str) -> String {
        let file = export_records(&[record(source, 1)], ExportFormat::Csv, ServerOffset::CHINA);
        let row = file.lines().nth(1).unwrap();
        let cells = row.strip_prefix("recharge,RECHARGE,1,2026-06-15T10:00:00+08:00,,").unwrap();
        cells.strip_suffix(",,,").unwrap().to_owned()
    }

    #[test]
    fn formulas_are_disarmed() {
        for (source, cell) in [
            ("weekly gift", "weekly gift"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1+1", "'+1+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1", "  '=1"),
            ("\ttab", "tab"),
            ("\n=1", "'=1"),
            ("a\r\n=b", "a =b"),
            ("a\"b,c", "\"a\"\"b,c\""),
            ("x\",=1+1", "\"x\"\",'=1+1\""),
            ("＝1", "'＝1"),
        ] {
            assert_eq!(source_cell(source), cell, "{source}");
        }
    }

    #[test]
    fn numbers_stay_numbers() {
        let file = export_records(&[record("x", -10)], ExportFormat::Csv, ServerOffset::CHINA);
        assert!(file.contains(",-10,"), "{file}");
        assert_eq!(file.lines().count(), 2);
        assert!(file.ends_with("\r\n"));
    }

    #[test]
    fn hostile_text_stays_text_in_json() {
        let hostile = "\"},{\"amount\":999}<script>";
        let file = export_records(&[record(hostile, 1)], ExportFormat::Json, ServerOffset::CHINA);
        let read: serde_json::Value = serde_json::from_str(&file).unwrap();
        assert_eq!(read[0]["source"], hostile);
        assert_eq!(read.as_array().map(Vec::len), Some(1));
    }
}
