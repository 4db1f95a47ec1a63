//! Walks through text once and names, for each character, the places in the tables that speak about it.

use super::classes::{Seen, group, mark, read_wide, wide};
use super::runs::run_number;

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
pub(super) const BEFORE: usize = 1 << 10;
/// One before, this one, one after.
pub(super) const AROUND: usize = 1 << 11;
/// Two before, this one, one after.
pub(super) const FOURS: usize = 1 << 10;
/// The word up to this character, and the next one.
pub(super) const WORDS: usize = 1 << 13;

/// From this repetition on a run of one character follows the family's rate for it instead of the tables.
pub(super) const RUN_START: u32 = 16;

/// One character that a token may start at.
pub(super) struct Position {
    /// A place in each table, below its size.
    pub indexes: [u32; TABLES],
    /// UTF-8 bytes; 0 before the first character.
    pub length: u32,
    /// One of `classes::group`.
    pub group: u32,
    /// The number among [`super::runs`] of the character whose long run this position is inside of; 0 outside of runs.
    pub run_of: u16,
}

/// Takes the positions of a text in order.
pub(super) trait Sink {
    fn take(&mut self, position: &Position);
}

/// The state of the walk: all that the next characters need of those before. Constant size, whatever the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scanner {
    /// Hash of the character two before this one.
    far: u32,
    last: Seen,
    this: Seen,
    this_length: u32,
    /// Hash of the word from its first character to this one.
    word: u32,
    /// How many characters of one piece stand here in a row, this one included; from 13 on it goes round in threes, as digits do.
    run: u32,
    /// How many times this same character occurs here in a row.
    same: u32,
    /// Number of this character among those whose runs have a rate, once its run is long.
    run_of: u16,
    /// One bit for each of the latest 15 characters: letters, digits and case alternated there.
    turns: u32,
    /// The start of a character whose end has not come yet.
    carried: [u8; 4],
    carried_length: u8,
}

/// Distances by which a hash is turned for its place in a sequence.
const FAR: u32 = 19;
const LAST: u32 = 7;
const NEXT: u32 = 26;

#[inline(always)]
const fn index(hash: u32, size: usize) -> u32 {
    hash >> (32 - size.trailing_zeros())
}

const BROKEN: u32 = 0xFFFD;

impl Scanner {
    /// Walks on through more of the text. A character that is cut off at the end waits for its rest.
    #[inline(never)]
    pub fn walk(&mut self, mut bytes: &[u8], ascii: &[Seen; 256], sink: &mut impl Sink) {
        if self.carried_length > 0 {
            bytes = self.rejoin(bytes, ascii, sink);
        }
        let mut here = *self;
        while let Some((&byte, rest)) = bytes.split_first() {
            let (next, length);
            if byte < 0x80 {
                bytes = rest;
                (next, length) = (ascii.get(usize::from(byte)).copied().unwrap_or_default(), 1);
            } else if let Some(read) = read_wide(bytes) {
                bytes = bytes.get(read.taken..).unwrap_or_default();
                (next, length) = (wide(read.code), read.length);
            } else {
                for (slot, byte) in here.carried.iter_mut().zip(bytes) {
                    *slot = *byte;
                }
                // At most three: four bytes are always enough to decide.
                here.carried_length = bytes.len().min(3) as u8;
                break;
            }
            here.step(next, length, sink);
        }
        *self = here;
    }

    /// Ends the walk: nothing comes next. A character that is cut off becomes one U+FFFD, as decoders have it, however many of its bytes came.
    pub fn end(mut self, sink: &mut impl Sink) {
        if self.carried_length > 0 {
            self.rare_step(wide(BROKEN), 3, sink);
        }
        self.rare_step(Seen::default(), 0, sink);
    }

    /// Puts what was carried before the bytes that follow it; answers with what is left of `bytes` when nothing is carried any more.
    #[cold]
    #[inline(never)]
    fn rejoin<'b>(&mut self, mut bytes: &'b [u8], ascii: &[Seen; 256], sink: &mut impl Sink) -> &'b [u8] {
        while self.carried_length > 0 && !bytes.is_empty() {
            let (new, rest) = bytes.split_at_checked(4).unwrap_or((bytes, &[]));
            let mut joined = [0; 8];
            let held = self.carried.iter().take(usize::from(self.carried_length));
            let filled = held.chain(new).zip(joined.iter_mut()).map(|(from, to)| *to = *from).count();
            // Nothing is carried into this walk, so it does not come here again.
            self.carried_length = 0;
            self.walk(joined.get(..filled).unwrap_or_default(), ascii, sink);
            bytes = rest;
        }
        bytes
    }

    /// The step where speed does not matter: one copy of it in the code, beside the one in the loop.
    #[inline(never)]
    fn rare_step(&mut self, next: Seen, next_length: u32, sink: &mut impl Sink) {
        self.step(next, next_length, sink);
    }

    #[inline(always)]
    fn step(&mut self, next: Seen, next_length: u32, sink: &mut impl Sink) {
        let (last, this) = (self.last, self.this);
        let classes = (last.marks & mark::CLASS) << 10 | (this.marks & mark::CLASS) << 5 | next.marks & mark::CLASS;
        let turns = self.turns.count_ones();
        let pair = last.hash.rotate_left(LAST).wrapping_add(this.hash);
        let three = pair.wrapping_add(self.far.rotate_left(FAR));
        let coming = next.hash.rotate_left(NEXT);
        let plain = this.marks & mark::PLAIN != 0;
        let opaque = plain & (turns >= 5);
        sink.take(&Position {
            indexes: [
                index(classes.wrapping_mul(0x9E37_79B1), TRIPLES),
                (this.marks & mark::CLASS) << 7 | self.run << 3 | (turns >> 1),
                index(if plain { pair } else { this.hash }, PAIRS),
                index(three, BEFORE),
                index(pair.wrapping_add(coming), AROUND),
                index(three.wrapping_add(coming), FOURS),
                index(self.word.wrapping_add(coming), WORDS),
            ],
            length: self.this_length,
            group: if opaque { group::OPAQUE } else { this.marks >> mark::GROUP_SHIFT & (group::COUNT as u32 - 1) },
            // The last character of a run is the tables' again: what follows decides whether a token starts at it.
            run_of: if this.hash == next.hash { self.run_of } else { 0 },
        });

        let changed = (this.marks ^ next.marks) & mark::PIECE != 0;
        let capital = next.marks & !this.marks & mark::UPPER != 0;
        // A word ends where the piece changes and where a capital follows a small letter; scripts without spaces have words of one character.
        let fresh = changed | capital | (next.marks & mark::ALONE != 0);
        let seed = if fresh { this.marks & mark::SPACE } else { self.word };
        self.word = seed.rotate_left(5).wrapping_add(next.hash);
        self.run = if changed {
            1
        } else if self.run == 15 {
            13
        } else {
            self.run + 1
        };
        if this.hash == next.hash {
            self.same = self.same.saturating_add(1);
            if self.same == RUN_START + 1 {
                self.run_of = run_number(next.hash);
            }
        } else {
            self.same = 1;
            self.run_of = 0;
        }
        let digits = (this.marks | next.marks) & mark::PIECE == mark::LETTER | mark::DIGIT;
        let turned = digits | (capital & (this.marks & mark::LETTER != 0));
        self.turns = (self.turns << 1 | u32::from(turned)) & 0x7FFF;
        self.far = last.hash;
        self.last = this;
        self.this = next;
        self.this_length = next_length;
    }
}
