//! Estimating a whole text, and a text while it is being typed.

use super::family::{CORRECTION_UNIT, Family, Tables, UNCERTAINTY_UNIT, UNIT, exponential};
use super::scanner::{Position, Scanner, Sink};

/// How many tokens a text is expected to be, with the range that holds the truth in nine of ten texts.
///
/// ```
/// use costrict_credit::domain::tokens::{Family, estimate};
///
/// let tokens = estimate(Family::built_in(), b"fn main() {}");
/// assert!(0 < tokens.low && tokens.low <= tokens.expected && tokens.expected <= tokens.high);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenEstimate {
    /// The most likely number of tokens.
    pub expected: u64,
    /// At most `expected`.
    pub low: u64,
    /// At least `expected`.
    pub high: u64,
}

impl TokenEstimate {
    /// For a family whose tables are not at hand, from an estimate by the built-in ones: `ratio` is what a token of those
    /// is worth, in thousandths: at least, mostly, at most.
    #[must_use]
    pub fn scaled_by(self, (least, mostly, most): (u64, u64, u64)) -> TokenEstimate {
        let scaled = |tokens: u64, ratio: u64| tokens.saturating_mul(ratio).div_ceil(1_000);
        TokenEstimate {
            low: scaled(self.low, least),
            expected: scaled(self.expected, mostly),
            high: scaled(self.high, most),
        }
    }
}

/// Estimates the tokens of a text. The bytes are UTF-8 in principle; broken ones count as the characters that replace them.
/// Time grows with the length and with nothing else.
pub fn estimate(family: &Family, bytes: &[u8]) -> TokenEstimate {
    let tables = family.tables();
    let mut scanner = Scanner::default();
    let mut tally = Tally::default();
    scanner.walk(bytes, &tables.ascii, &mut Summing { tables, tally: &mut tally });
    tally.ended(scanner, tables)
}

/// What has been counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Tokens, in 2^-16.
    tokens: u64,
    /// The same times the uncertainty and the correction of the group that each of them is of: the kind of text follows from their means.
    uncertainty: i64,
    correction: i64,
}

struct Summing<'f, 't> {
    tables: &'f Tables,
    tally: &'t mut Tally,
}

impl Sink for Summing<'_, '_> {
    #[inline(always)]
    fn take(&mut self, position: &Position) {
        self.tally.add(self.tables, position);
    }
}

impl Tally {
    #[inline(always)]
    pub fn add(&mut self, tables: &Tables, position: &Position) {
        let tokens = tables.tokens(position);
        let (uncertainty, correction) = tables.of_group(position.group);
        self.tokens += tokens;
        self.uncertainty += tokens as i64 * uncertainty;
        self.correction += tokens as i64 * correction;
    }

    /// Adds what was counted elsewhere in the text.
    pub fn include(&mut self, other: &Tally) {
        self.tokens += other.tokens;
        self.uncertainty += other.uncertainty;
        self.correction += other.correction;
    }

    /// The estimate for a text that ends at the position of `scanner`.
    pub fn ended(mut self, scanner: Scanner, tables: &Tables) -> TokenEstimate {
        scanner.end(&mut Summing { tables, tally: &mut self });
        self.estimate(tables)
    }

    fn estimate(&self, tables: &Tables) -> TokenEstimate {
        if self.tokens == 0 {
            return TokenEstimate::default();
        }
        let mean = |sum: i64, unit: f64| exponential(sum as f64 / self.tokens as f64 / unit);
        let total = self.tokens as f64 / UNIT * mean(self.correction, CORRECTION_UNIT);
        let lasting = mean(self.uncertainty, UNCERTAINTY_UNIT);
        let half = (lasting * lasting + tables.noise * tables.noise / total).sqrt();
        // A text that is not empty is at least one token.
        let expected = (total.round() as u64).max(1);
        TokenEstimate {
            expected,
            low: ((total / (1.0 + half)).floor() as u64).clamp(1, expected),
            high: ((total * (1.0 + half)).ceil() as u64).max(expected),
        }
    }
}

/// How far apart the marks lie that a count can return to: 512 bytes are walked in about five microseconds.
const MARK_EVERY: usize = 512;

/// A count that follows a text as it grows and changes at its end. Keeps no text: only a mark of about a hundred bytes for each
/// `MARK_EVERY` of it. Its estimate equals [`estimate`] of the whole text, exactly.
///
/// ```
/// use costrict_credit::domain::tokens::{Counter, Family, estimate};
///
/// let mut counter = Counter::new(Family::built_in());
/// counter.push(b"let total");
/// counter.push(b" = 1;");
/// assert_eq!(counter.finish(), estimate(Family::built_in(), b"let total = 1;"));
/// ```
#[derive(Clone, Debug)]
pub struct Counter<'f> {
    family: &'f Family,
    scanner: Scanner,
    tally: Tally,
    length: usize,
    marks: Vec<(Scanner, Tally)>,
}

impl<'f> Counter<'f> {
    /// A count of nothing yet.
    pub fn new(family: &'f Family) -> Self {
        Self { family, scanner: Scanner::default(), tally: Tally::default(), length: 0, marks: Vec::new() }
    }

    /// Adds text at the end. It may be cut anywhere, also inside a character.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = MARK_EVERY - self.length % MARK_EVERY;
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            let tables = self.family.tables();
            self.scanner.walk(now, &tables.ascii, &mut Summing { tables, tally: &mut self.tally });
            self.length += now.len();
            if self.length.is_multiple_of(MARK_EVERY) {
                self.marks.push((self.scanner, self.tally));
            }
            bytes = later;
        }
    }

    /// Forgets the end of the text so that the first `keep` bytes can be continued otherwise. Answers with the length that is still
    /// counted, at most `keep` and less than 512 below it: push the text from there on again.
    #[must_use = "the text from the returned offset on has to be pushed again"]
    pub fn rewind(&mut self, keep: usize) -> usize {
        if keep < self.length {
            self.marks.truncate(keep / MARK_EVERY);
            self.length = self.marks.len() * MARK_EVERY;
            (self.scanner, self.tally) = self.marks.last().copied().unwrap_or_default();
        }
        self.length
    }

    /// Follows an edit: `text` is the whole text now, and its first `same` bytes are as they were. Costs time for what follows them.
    pub fn update(&mut self, text: &[u8], same: usize) {
        let counted = self.rewind(same.min(text.len()));
        self.push(text.get(counted..).unwrap_or_default());
    }

    /// Bytes counted so far.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The estimate for the text so far. Counting can continue afterwards.
    pub fn finish(&self) -> TokenEstimate {
        self.tally.ended(self.scanner, self.family.tables())
    }
}
