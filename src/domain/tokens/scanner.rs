//! Walks through text once and names, for each character, the places in the tables that speak about it.

use super::classes::{ASCII, PIECE, class, piece, read_wide};

/// Sizes of the tables, all powers of two, in the order in which a file holds them.
pub(super) const SIZES: [usize; TABLES] = [TRIPLES, SHAPES, PAIRS, BEFORE, AROUND, FOURS, WORDS];
pub(super) const TABLES: usize = 7;
/// Classes of the previous character, this one and the next.
pub(super) const TRIPLES: usize = 1 << 12;
/// Class, length of the run of its piece, and how often letters, digits and case alternated lately.
pub(super) const SHAPES: usize = 1 << 12;
/// The previous character and this one; beyond ASCII this one alone.
pub(super) const PAIRS: usize = 1 << 11;
/// Two characters before and this one.
pub(super) const BEFORE: usize = 1 << 11;
/// One before, this one, one after.
pub(super) const AROUND: usize = 1 << 12;
/// Two before, this one, one after.
pub(super) const FOURS: usize = 1 << 13;
/// The word up to this character, and the next one.
pub(super) const WORDS: usize = 1 << 13;

/// Groups of text whose estimates are uncertain in different degrees.
pub(super) const GROUPS: usize = 8;
/// The group of hashes, keys and base64: letters and digits that keep alternating.
pub(super) const OPAQUE: u8 = 2;

/// From this repetition on a run of one ASCII character follows the family's rate for it instead of the tables.
pub(super) const RUN_START: u32 = 16;

/// One character that a token may start at.
pub(super) struct Position {
    /// A place in each table, below its size.
    pub places: [u32; TABLES],
    /// UTF-8 bytes; 0 before the first character.
    pub length: u32,
    pub group: u8,
    /// The ASCII character whose long run this position is inside of.
    pub in_run_of: Option<u8>,
}

/// Takes the positions of a text in order.
pub(super) trait Sink {
    fn take(&mut self, position: &Position);
}

/// Where the walk stands: all that the next characters need to know of those before. Constant size, whatever the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scanner {
    before_last: u32,
    last: u32,
    this: u32,
    /// Hash of the word from its first character to this one.
    word: u32,
    /// How many characters of one piece stand here in a row, this one included.
    run: u32,
    /// How many times this same character stands here in a row.
    same: u32,
    /// One bit for each of the latest 16 characters: letters, digits and case alternated there.
    turns: u16,
    last_class: u8,
    this_class: u8,
    this_length: u8,
    /// The start of a character whose end has not come yet.
    carried: [u8; 4],
    carried_length: u8,
}

const K1: u32 = 0x9E37_79B1;
const K2: u32 = 0x85EB_CA77;
const K3: u32 = 0xC2B2_AE3D;
const K4: u32 = 0x27D4_EB2F;

#[inline(always)]
const fn place(hash: u32, size: usize) -> u32 {
    hash.wrapping_mul(K3) >> (32 - size.trailing_zeros())
}

/// The group of a class where text is not opaque.
static GROUP: [u8; 32] = {
    let mut table = [1; 32];
    let mut index = 0;
    while index < 32 {
        #[allow(clippy::indexing_slicing)]
        {
            table[index] = match index as u8 {
                class::VOWEL | class::CONSONANT | class::UPPER => 0,
                class::LATIN | class::GREEK_CYRILLIC => 3,
                class::SEMITIC | class::INDIC | class::SOUTH_EAST => 4,
                class::HAN | class::WIDE_PUNCTUATION => 5,
                class::KANA | class::HANGUL => 6,
                class::SYMBOL | class::EMOJI | class::JOINER => 7,
                _ => 1,
            };
        }
        index += 1;
    }
    table
};

impl Scanner {
    /// Walks on through more of the text. A character that is cut off at the end waits for its rest.
    #[inline(always)]
    pub fn walk(&mut self, mut bytes: &[u8], sink: &mut impl Sink) {
        if self.carried_length > 0 {
            bytes = self.complete(bytes, sink);
        }
        let mut here = *self;
        while let Some((&byte, rest)) = bytes.split_first() {
            if byte < 0x80 {
                bytes = rest;
                here.step(u32::from(byte), ASCII.get(usize::from(byte)).copied().unwrap_or(0), 1, sink);
            } else if let Some(wide) = read_wide(bytes) {
                bytes = bytes.get(wide.taken..).unwrap_or_default();
                here.step(wide.code, super::classes::wide_class(wide.code), wide.length, sink);
            } else {
                for (slot, byte) in here.carried.iter_mut().zip(bytes) {
                    *slot = *byte;
                }
                // At most three: four bytes are always enough to decide.
                here.carried_length = bytes.len().min(3) as u8;
                break;
            }
        }
        *self = here;
    }

    /// Ends the walk: what was carried is no character, and nothing comes next.
    pub fn end(mut self, sink: &mut impl Sink) {
        for _ in 0..self.carried_length {
            self.step(0xFFFD, class::SYMBOL, 3, sink);
        }
        self.step(0, class::CONTROL, 0, sink);
    }

    /// Fills the carried bytes up to whole characters; answers with what is left of `bytes`.
    #[cold]
    fn complete<'b>(&mut self, mut bytes: &'b [u8], sink: &mut impl Sink) -> &'b [u8] {
        while self.carried_length > 0 {
            let held = usize::from(self.carried_length);
            let mut joined = [0; 4];
            let filled = self.carried.iter().take(held).chain(bytes).zip(joined.iter_mut()).map(|(from, to)| *to = *from).count();
            let Some(wide) = read_wide(joined.get(..filled).unwrap_or_default()) else {
                // Still not enough: keep everything.
                self.carried = joined;
                self.carried_length = filled as u8;
                return &[];
            };
            self.step(wide.code, super::classes::wide_class(wide.code), wide.length, sink);
            if wide.taken >= held {
                self.carried_length = 0;
                bytes = bytes.get(wide.taken - held..).unwrap_or_default();
            } else {
                self.carried.rotate_left(wide.taken);
                self.carried_length = (held - wide.taken) as u8;
                // What follows a broken character may be plain: those bytes are no lead bytes, `read_wide` repairs them one by one.
            }
        }
        bytes
    }

    #[inline(always)]
    fn step(&mut self, next: u32, next_class: u8, next_length: u32, sink: &mut impl Sink) {
        let (far, last, this) = (self.before_last, self.last, self.this);
        let turns = self.turns.count_ones();
        let pair = last.wrapping_mul(K1) ^ this.wrapping_mul(K2);
        let three = pair ^ far.wrapping_mul(K4).rotate_left(7);
        let coming = next.wrapping_mul(K2).rotate_left(13);
        let run = if self.run < 16 { self.run } else { 13 + (self.run - 13) % 3 };
        let group = GROUP.get(usize::from(self.this_class & 31)).copied().unwrap_or(1);
        let opaque = turns >= 5 && self.this_class < class::LATIN;
        sink.take(&Position {
            places: [
                place((u32::from(self.last_class) << 10 | u32::from(self.this_class) << 5 | u32::from(next_class)).wrapping_mul(K1), TRIPLES),
                (u32::from(self.this_class) << 7 | run << 3 | (turns >> 1).min(7)) & (SHAPES as u32 - 1),
                place(if this < 0x80 { pair } else { this.wrapping_mul(K1) }, PAIRS),
                place(three, BEFORE),
                place(pair.wrapping_add(coming), AROUND),
                place(three.wrapping_add(coming), FOURS),
                place(self.word ^ coming, WORDS),
            ],
            length: u32::from(self.this_length),
            group: if opaque { OPAQUE } else { group },
            in_run_of: (self.same > RUN_START && this == next && this < 0x80).then_some(this as u8),
        });

        let piece_of = |class: u8| PIECE.get(usize::from(class & 31)).copied().unwrap_or(piece::MARK);
        let (old_piece, new_piece) = (piece_of(self.this_class), piece_of(next_class));
        let old_upper = self.this_class == class::UPPER;
        let new_upper = next_class == class::UPPER;
        // A word ends where the piece changes and where a capital follows a small letter; scripts without spaces have words of one character.
        let fresh = old_piece != new_piece || (new_upper && !old_upper) || matches!(next_class, class::KANA..=class::HAN);
        let seed = if fresh { u32::from(self.this_class == class::SPACE) } else { self.word };
        self.word = (seed ^ next).wrapping_mul(K1).rotate_left(11);
        self.run = if old_piece == new_piece { self.run.saturating_add(1) } else { 1 };
        self.same = if this == next { self.same.saturating_add(1) } else { 1 };
        let both = old_piece != new_piece && (old_piece | new_piece) == (piece::LETTER | piece::DIGIT);
        let turned = both || (new_upper && !old_upper && old_piece == piece::LETTER);
        self.turns = self.turns << 1 | u16::from(turned);
        self.before_last = last;
        self.last = this;
        self.this = next;
        self.last_class = self.this_class;
        self.this_class = next_class;
        self.this_length = next_length as u8;
    }
}
