//! A text that is counted again and again while it changes: each count costs what changed, not what is there.
//!
//! The walk through a text is the same for all families; only the tables differ. So a text is cut into chunks, and each
//! keeps how the walk entered it and what each family counted in it. Equal bytes that are entered alike count alike: a
//! chunk before an edit stays as it is, and one behind it as soon as the walk enters it as it did before.

use super::counter::{Tally, TokenEstimate};
use super::family::{Family, Tables};
use super::scanner::{Position, Scanner, Sink};

/// Bytes of a chunk as it is first cut. An edit costs about one of these for each family: 0.1 ms.
const CHUNK_BYTES: usize = 4_096;
/// Edits leave small chunks behind. With so many times as many as a fresh cut has, the text is cut again.
const MAX_CHUNK_SURPLUS: usize = 4;

struct Chunk {
    length: usize,
    /// How the walk enters it.
    entered: Scanner,
    /// What each of the families counts in it.
    tallies: Vec<Tally>,
}

/// A text with its counts by some families. What they say equals [`super::estimate`] of the whole text, exactly.
///
/// ```
/// use costrict_credit::domain::tokens::{Family, FollowedText, estimate};
///
/// let family = Family::built_in();
/// let mut followed = FollowedText::default();
/// for text in ["fn main", "fn main() {}"] {
///     followed.update(text.as_bytes().to_vec(), &[family]);
///     assert_eq!(followed.estimate(family), estimate(family, text.as_bytes()));
/// }
/// ```
#[derive(Default)]
pub struct FollowedText {
    text: Vec<u8>,
    chunks: Vec<Chunk>,
    /// The state of the walk after the last byte.
    end: Scanner,
    families: Vec<String>,
    scanned: u64,
}

/// Adds to the tally of each family.
struct Adding<'t> {
    tables: &'t [&'t Tables],
    tallies: &'t mut [Tally],
}

impl Sink for Adding<'_> {
    #[inline(always)]
    fn take(&mut self, position: &Position) {
        for (tables, tally) in self.tables.iter().zip(self.tallies.iter_mut()) {
            tally.add(tables, position);
        }
    }
}

impl FollowedText {
    /// The text that was counted last.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Bytes that were walked so far, once for each family: what counting has cost.
    pub fn scanned(&self) -> u64 {
        self.scanned
    }

    /// How many bytes `text` shares with this one at its beginning and at its end.
    pub fn shared(&self, text: &[u8]) -> usize {
        let (before, after) = shared_ends(&self.text, text);
        before + after
    }

    /// Makes `text` the text that is counted, by the families that were asked for so far; `families` are all that there are.
    pub fn update(&mut self, text: Vec<u8>, families: &[&Family]) {
        let find = |name: &String| families.iter().find(|family| family.name() == name).copied();
        let known: Vec<&Family> = self.families.iter().filter_map(find).collect();
        let too_many = self.chunks.len() > MAX_CHUNK_SURPLUS * (text.len() / CHUNK_BYTES + 4);
        if known.is_empty() || known.len() < self.families.len() || too_many {
            // Counted when it is asked for.
            *self = FollowedText { text, scanned: self.scanned, ..FollowedText::default() };
            return;
        }
        let tables: Vec<&Tables> = known.iter().map(|family| family.tables()).collect();
        let (before, after) = shared_ends(&self.text, &text);
        let (old_length, mut old) = (self.text.len(), std::mem::take(&mut self.chunks).into_iter().peekable());
        // Chunks that lie whole before the first change stay, but for a small one that the change can be counted with.
        let mut position = 0;
        while let Some(chunk) = old.next_if(|chunk| position + chunk.length <= before) {
            position += chunk.length;
            self.chunks.push(chunk);
        }
        let mut old_position = position;
        let mut walk = old.peek().map_or(self.end, |chunk| chunk.entered);
        if let Some(small) = self.chunks.pop_if(|chunk| chunk.length < CHUNK_BYTES / 2 && position < text.len()) {
            (position, walk) = (position - small.length, small.entered);
        }
        // Chunks that the change touches are gone.
        while let Some(chunk) = old.next_if(|_| old_position < old_length - after) {
            old_position += chunk.length;
        }
        let changed_end = if old.peek().is_some() { old_position + text.len() - old_length } else { text.len() };
        while position < changed_end {
            let rest = changed_end - position;
            let length = if rest <= 2 * CHUNK_BYTES { rest } else { CHUNK_BYTES };
            walk = self.scan(from(&text, position), length, walk, &tables);
            position += length;
        }
        // Chunks behind it stay from where the walk enters one as before.
        while let Some(chunk) = old.next_if(|chunk| chunk.entered != walk) {
            walk = self.scan(from(&text, position), chunk.length, walk, &tables);
            position += chunk.length;
        }
        if old.peek().is_none() {
            self.end = walk;
        }
        self.chunks.extend(old);
        self.text = text;
    }

    /// Counts the chunk that `text` begins with and the walk enters as `entered`; how it leaves it.
    fn scan(&mut self, text: &[u8], length: usize, entered: Scanner, tables: &[&Tables]) -> Scanner {
        let (walk, tallies) = walked(text.get(..length).unwrap_or(text), entered, tables);
        self.scanned += (length * tables.len()) as u64;
        self.chunks.push(Chunk { length, entered, tallies });
        walk
    }

    /// The estimate by a family. The first time that it is asked for, the text is counted for it.
    pub fn estimate(&mut self, family: &Family) -> TokenEstimate {
        let index = self.families.iter().position(|known| known == family.name());
        let index = index.unwrap_or_else(|| self.count_for(family));
        let mut sum = Tally::default();
        for tally in self.chunks.iter().filter_map(|chunk| chunk.tallies.get(index)) {
            sum.include(tally);
        }
        sum.ended(self.end, family.tables())
    }

    /// Counts the whole text for one more family; its place among them.
    fn count_for(&mut self, family: &Family) -> usize {
        let tables = [family.tables()];
        if self.families.is_empty() {
            let text = std::mem::take(&mut self.text);
            let pieces = text.chunks(CHUNK_BYTES);
            self.end = pieces.fold(Scanner::default(), |walk, piece| self.scan(piece, piece.len(), walk, &tables));
            self.text = text;
        } else {
            let mut rest = self.text.as_slice();
            for chunk in &mut self.chunks {
                let (bytes, later) = rest.split_at_checked(chunk.length).unwrap_or((rest, &[]));
                chunk.tallies.extend(walked(bytes, chunk.entered, &tables).1);
                rest = later;
            }
            self.scanned += self.text.len() as u64;
        }
        self.families.push(family.name().to_owned());
        self.families.len() - 1
    }
}

/// Walks through bytes that are entered as `entered`: how they are left, and what each of the tables counts in them.
fn walked(bytes: &[u8], entered: Scanner, tables: &[&Tables]) -> (Scanner, Vec<Tally>) {
    let mut walk = entered;
    let mut tallies = vec![Tally::default(); tables.len()];
    if let Some(first) = tables.first() {
        walk.walk(bytes, &first.ascii, &mut Adding { tables, tallies: &mut tallies });
    }
    (walk, tallies)
}

/// How many bytes two texts share at their beginnings, and at their ends beyond that.
fn shared_ends(one: &[u8], other: &[u8]) -> (usize, usize) {
    /// Compared at a time: the engine compares blocks much faster than single bytes.
    const BLOCK: usize = 256;
    let blocks = one.chunks_exact(BLOCK).zip(other.chunks_exact(BLOCK)).take_while(|(one, other)| one == other).count();
    let (one, other) = (from(one, blocks * BLOCK), from(other, blocks * BLOCK));
    let single = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let before = blocks * BLOCK + single;
    let (one, other) = (from(one, single), from(other, single));
    let blocks =
        one.rchunks_exact(BLOCK).zip(other.rchunks_exact(BLOCK)).take_while(|(one, other)| one == other).count();
    let rest = |text: &[u8]| text.len() - blocks * BLOCK;
    let (one, other) = (one.iter().take(rest(one)), other.iter().take(rest(other)));
    let after = one.rev().zip(other.rev()).take_while(|(one, other)| one == other).count();
    (before, blocks * BLOCK + after)
}

fn from(text: &[u8], start: usize) -> &[u8] {
    text.get(start..).unwrap_or_default()
}
