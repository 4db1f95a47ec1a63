//! Text of a CSV file, safe to open in a spreadsheet.

use crate::domain::untrusted;

/// First character of every CSV file: without it Excel reads Chinese in another encoding.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

pub(crate) struct CsvFile(String);

impl CsvFile {
    pub fn new() -> CsvFile {
        CsvFile(String::from(BYTE_ORDER_MARK))
    }

    /// A number or a time, written by this program: no spreadsheet runs it as a formula.
    pub fn number(&mut self, cell: &str) {
        self.0.push_str(cell);
        self.0.push(',');
    }

    /// Untrusted text: on one line and without control characters, so that no line of the file begins with text of a
    /// sender. Formulas are disarmed also after a comma or a quote, for readers that split at the wrong place.
    pub fn text(&mut self, cell: &str) {
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

    pub fn end_row(&mut self) {
        self.0.pop();
        self.0.push_str("\r\n");
    }

    pub fn into_text(self) -> String {
        self.0
    }
}
