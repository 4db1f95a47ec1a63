//! Usage and records as files.
//!
//! CSV is RFC 4180 with a header line and a byte order mark. A text cell that a spreadsheet would run as a formula gets an
//! apostrophe in front, which spreadsheets read as "this is text"; numbers stay numbers, negative ones too. Columns have the
//! same names in CSV and JSON, in every language. Each time has two columns: the value of the public API (milliseconds since
//! 1970), and ISO 8601 with the server's offset (docs/contract/client-rules.md).

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::csv::CsvFile;
use crate::domain::credits::Credits;
use crate::domain::history::{CreditRecord, RecordItem, UsageRow};
use crate::domain::problem::Problem;
use crate::domain::time::{ServerOffset, Timestamp};
use crate::json;

/// A value of a column. CSV leaves the cell of a missing value empty, JSON leaves the field out.
enum Cell<'r> {
    Text(Option<&'r str>),
    Credits(Credits),
    Count(Option<u64>),
    Millis(Option<Timestamp>),
    Iso(Option<Timestamp>),
    Items(Option<&'r [RecordItem]>),
}

/// Name and value. One table decides columns and fields of both formats.
type Column<Row> = (&'static str, for<'r> fn(&'r Row) -> Cell<'r>);

const USAGE: &[Column<UsageRow>] = &[
    ("id", |row| Cell::Text(Some(&row.id))),
    ("at", |row| Cell::Millis(Some(row.at))),
    ("atIso", |row| Cell::Iso(Some(row.at))),
    ("model", |row| Cell::Text(Some(&row.model))),
    ("mode", |row| Cell::Text(row.mode.as_deref())),
    ("tokens", |row| Cell::Count(row.tokens)),
    ("credits", |row| Cell::Credits(row.credits)),
    ("package", |row| Cell::Text(row.package.as_deref())),
];

const RECORDS: &[Column<CreditRecord>] = &[
    ("kind", |row| Cell::Text(Some(row.kind.name()))),
    ("operation", |row| Cell::Text(Some(&row.operation))),
    ("amount", |row| Cell::Credits(row.amount)),
    ("at", |row| Cell::Millis(row.at)),
    ("atIso", |row| Cell::Iso(row.at)),
    ("expiresAt", |row| Cell::Millis(row.expires_at)),
    ("expiresAtIso", |row| Cell::Iso(row.expires_at)),
    ("source", |row| Cell::Text(row.source.as_deref())),
    ("relatedUser", |row| Cell::Text(row.related_user.as_deref())),
    ("voucherCode", |row| Cell::Text(row.voucher_code.as_deref())),
    ("items", |row| Cell::Items(row.items.as_deref())),
];

/// A file as the public API gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportFile {
    /// Empty when a problem left nothing to write; a list that is known to be empty is a file without rows.
    pub text: String,
    /// False while not all pages could be loaded: such a file is partial.
    pub complete: bool,
    /// Why rows are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// Rows in `text`.
    pub rows: usize,
    /// Suggested name; a partial file has "-incomplete" in it.
    pub file_name: String,
}

/// The form of an exported file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// One line for each row.
    Csv,
    /// All fields of each row.
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
    export(rows, USAGE, format, server)
}

/// Records as text. Voucher codes, which are secrets, are in it only where the rows hold them.
pub fn export_records(rows: &[CreditRecord], format: ExportFormat, server: ServerOffset) -> String {
    export(rows, RECORDS, format, server)
}

fn export<Row>(rows: &[Row], columns: &[Column<Row>], format: ExportFormat, server: ServerOffset) -> String {
    match format {
        ExportFormat::Json => json_lines(rows, columns, server),
        ExportFormat::Csv => csv(rows, columns, server),
    }
}

fn csv<Row>(rows: &[Row], columns: &[Column<Row>], server: ServerOffset) -> String {
    let mut file = CsvFile::new();
    columns.iter().for_each(|(name, _)| file.text(name));
    file.end_row();
    for row in rows {
        for (_, cell) in columns {
            match cell(row) {
                Cell::Text(text) => file.text(text.unwrap_or_default()),
                Cell::Credits(credits) => file.number(&credits.to_string()),
                Cell::Count(count) => file.number(&count.map(|count| count.to_string()).unwrap_or_default()),
                Cell::Millis(at) => file.number(&at.map(|at| at.millis().to_string()).unwrap_or_default()),
                Cell::Iso(at) => file.number(&at.map(|at| server.to_rfc3339(at)).unwrap_or_default()),
                Cell::Items(items) => file.text(&items_text(items.unwrap_or_default(), server)),
            }
        }
        file.end_row();
    }
    file.into_text()
}

/// The items of a record in one cell: `10 2026-06-30T23:59:59+08:00 credited; ...`.
fn items_text(items: &[RecordItem], server: ServerOffset) -> String {
    let text = |item: &RecordItem| {
        let expiry = item.expires_at.map(|at| server.to_rfc3339(at)).unwrap_or_default();
        format!("{} {expiry} {}", item.amount, item.status.name())
    };
    items.iter().map(text).collect::<Vec<_>>().join("; ")
}

/// A row as a JSON object.
struct JsonRow<'r, Row> {
    row: &'r Row,
    columns: &'r [Column<Row>],
    server: ServerOffset,
}

impl<Row> Serialize for JsonRow<'_, Row> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for (name, cell) in self.columns {
            match cell(self.row) {
                Cell::Text(Some(text)) => object.serialize_entry(name, text)?,
                Cell::Credits(credits) => object.serialize_entry(name, &credits)?,
                Cell::Count(Some(count)) => object.serialize_entry(name, &count)?,
                Cell::Millis(Some(at)) => object.serialize_entry(name, &at)?,
                Cell::Iso(Some(at)) => object.serialize_entry(name, &self.server.to_rfc3339(at))?,
                Cell::Items(Some(items)) => object.serialize_entry(name, items)?,
                Cell::Text(None) | Cell::Count(None) | Cell::Millis(None) | Cell::Iso(None) | Cell::Items(None) => {}
            }
        }
        object.end()
    }
}

/// One row on each line.
fn json_lines<Row>(rows: &[Row], columns: &[Column<Row>], server: ServerOffset) -> String {
    // Plain rows of texts and numbers always serialise.
    let lines: Vec<String> = rows.iter().filter_map(|row| json::to_text(&JsonRow { row, columns, server })).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
