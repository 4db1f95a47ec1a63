//! The fitted tables of a family of vocabularies, and their file format.
//!
//! Little-endian: `CCTK`, format version (1 byte), name (15 bytes, zero-padded ASCII), scale (u16, 1/256), step (u16, 1/4096 logit),
//! bias (i16, steps), noise (u16, 1/1024), uncertainties (16 i16, 1/1024), corrections (16 i16, 1/4096), run rates (one byte for each of `runs::RUNNERS`), the tables (i8, in the order of
//! `scanner::SIZES`), FNV-1a of all before (u32).

use std::fmt;
use std::sync::OnceLock;

use super::classes::{Seen, ascii, group};
use super::runs::RUNNERS;
use super::scanner::{AROUND, BEFORE, FOURS, PAIRS, Position, SHAPES, SIZES, TRIPLES, WORDS};

const MAGIC: &[u8; 4] = b"CCTK";
const VERSION: u8 = 2;
const NAME: usize = 15;
/// Sums of seven i8 entries lie in -896 ..= 889; shifted by this they index the curve.
const CURVE_OFFSET: i32 = 1024;
const CURVE: usize = 2048;
/// Tokens are summed in units of 2^-16.
pub(super) const UNIT: f64 = 65_536.0;
pub(super) const UNCERTAINTY_UNIT: f64 = 1_024.0;
pub(super) const CORRECTION_UNIT: f64 = 4_096.0;

static BUILT_IN: &[u8] = include_bytes!("glm.bin");

/// Why a data file of a family was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokensError {
    /// Not a table file at all: the host probably loaded an error page or the wrong asset.
    NotATable,
    /// Written in another version of the format: load the file that came with this version of the package.
    OtherVersion(u8),
    /// Cut off or longer than it should be: load it again.
    WrongLength {
        /// Bytes of a whole file.
        expected: usize,
        /// Bytes that were given.
        found: usize,
    },
    /// Damaged on its way: load it again.
    WrongChecksum,
}

impl fmt::Display for TokensError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotATable => {
                out.write_str("not a token table; pass the bytes of a file from the package's tokens folder")
            }
            Self::OtherVersion(version) => write!(
                out,
                "token table of format {version}, this core reads format {VERSION}; use the file of the same package version"
            ),
            Self::WrongLength { expected, found } => {
                write!(out, "token table of {found} bytes where {expected} were expected; load it again")
            }
            Self::WrongChecksum => out.write_str("token table is damaged; load it again"),
        }
    }
}

impl std::error::Error for TokensError {}

/// A family of vocabularies: models whose tokens are counted alike.
pub struct Family {
    tables: Box<Tables>,
}

pub(super) struct Tables {
    name: [u8; NAME],
    /// For each group of characters, in 1/1024: the mean over a text is the logarithm of the 90 % interval's half-width, as a share of
    /// the estimate, for long text.
    uncertainties: [i64; group::COUNT],
    /// For each group of characters, in 1/4096: the mean over a text is the logarithm of what its kind as a whole differs by from what
    /// the tables say of its characters one by one.
    corrections: [i64; group::COUNT],
    /// The part of the width that shrinks with the root of the count.
    pub noise: f64,
    /// Tokens in 2^-16 for each further character of a long run.
    runs: [u32; RUNNERS],
    pub ascii: [Seen; 256],
    /// Tokens in 2^-16 per byte for each sum of table entries.
    curve: [u32; CURVE],
    triples: [i8; TRIPLES],
    shapes: [i8; SHAPES],
    pairs: [i8; PAIRS],
    before: [i8; BEFORE],
    around: [i8; AROUND],
    fours: [i8; FOURS],
    words: [i8; WORDS],
}

impl fmt::Debug for Family {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Family").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Family {
    /// The family that needs no file: GLM 4.5 and later.
    pub fn built_in() -> &'static Self {
        static GLM: OnceLock<Family> = OnceLock::new();
        // A test holds that the built-in file is sound; the neutral tables only spare an impossible panic.
        GLM.get_or_init(|| Self::from_bytes(BUILT_IN).unwrap_or_else(|_| Self { tables: Box::new(Tables::neutral()) }))
    }

    /// Reads a data file of the package. About 40 KB of memory.
    ///
    /// # Errors
    /// [`TokensError`] when the bytes are not a sound table file of this format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TokensError> {
        let mut file = Reader { rest: bytes };
        if file.take(MAGIC.len()) != MAGIC {
            return Err(TokensError::NotATable);
        }
        let version = file.byte();
        if version != VERSION {
            return Err(TokensError::OtherVersion(version));
        }
        let expected = MAGIC.len() + 1 + NAME + 8 + 4 * group::COUNT + RUNNERS + SIZES.iter().sum::<usize>() + 4;
        if bytes.len() != expected {
            return Err(TokensError::WrongLength { expected, found: bytes.len() });
        }
        if bytes.split_last_chunk().is_none_or(|(body, checksum)| fnv1a(body).to_le_bytes() != *checksum) {
            return Err(TokensError::WrongChecksum);
        }
        let mut tables = Box::new(Tables::neutral());
        file.fill(&mut tables.name);
        let scale = f64::from(file.u16()) / 256.0;
        let step = f64::from(file.u16()) / 4096.0;
        let bias = f64::from(file.u16() as i16);
        tables.noise = f64::from(file.u16()) / 1024.0;
        for slot in tables.uncertainties.iter_mut().chain(&mut tables.corrections) {
            *slot = i64::from(file.u16() as i16);
        }
        for rate in &mut tables.runs {
            *rate = (UNIT * exponential((2.0 - f64::from(file.byte()) / 16.0) * core::f64::consts::LN_2)) as u32;
        }
        for (sum, share) in (-CURVE_OFFSET..).zip(tables.curve.iter_mut()) {
            *share = (UNIT * scale / (1.0 + exponential(-(f64::from(sum) + bias) * step))) as u32;
        }
        let loaded = &mut *tables;
        for table in [
            &mut loaded.triples[..],
            &mut loaded.shapes,
            &mut loaded.pairs,
            &mut loaded.before,
            &mut loaded.around,
            &mut loaded.fours,
            &mut loaded.words,
        ] {
            file.fill_signed(table);
        }
        Ok(Self { tables })
    }

    /// The short name that [`super::family_for_model`] answers with and the data file is called by.
    pub fn name(&self) -> &str {
        let length = self.tables.name.iter().position(|byte| *byte == 0).unwrap_or(NAME);
        self.tables.name.get(..length).and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default()
    }

    pub(super) fn tables(&self) -> &Tables {
        &self.tables
    }
}

impl Tables {
    fn neutral() -> Self {
        Self {
            name: [0; NAME],
            uncertainties: [0; group::COUNT],
            corrections: [0; group::COUNT],
            noise: 0.0,
            runs: [0; RUNNERS],
            ascii: ascii(),
            curve: [0; CURVE],
            triples: [0; TRIPLES],
            shapes: [0; SHAPES],
            pairs: [0; PAIRS],
            before: [0; BEFORE],
            around: [0; AROUND],
            fours: [0; FOURS],
            words: [0; WORDS],
        }
    }

    /// Expected tokens that start at a position, in 2^-16.
    #[inline(always)]
    pub fn tokens(&self, position: &Position) -> u64 {
        if position.run_of > 0 {
            return u64::from(self.runs.get(usize::from(position.run_of) - 1).copied().unwrap_or(0));
        }
        let [triple, shape, pair, before, around, four, word] = position.indexes;
        let sum = entry(&self.triples, triple)
            + entry(&self.shapes, shape)
            + entry(&self.pairs, pair)
            + entry(&self.before, before)
            + entry(&self.around, around)
            + entry(&self.fours, four)
            + entry(&self.words, word);
        let share = self.curve.get((sum + CURVE_OFFSET) as usize & (CURVE - 1)).copied().unwrap_or(0);
        u64::from(share) * u64::from(position.length)
    }
}

impl Tables {
    /// Uncertainty and correction of a group of characters.
    #[inline(always)]
    pub fn of_group(&self, group: u32) -> (i64, i64) {
        let index = group as usize & (group::COUNT - 1);
        (self.uncertainties.get(index).copied().unwrap_or(0), self.corrections.get(index).copied().unwrap_or(0))
    }
}

/// The mask makes the bound certain, so that no check is left in the compiled loop.
#[inline(always)]
fn entry<const N: usize>(table: &[i8; N], index: u32) -> i32 {
    i32::from(table.get(index as usize & (N - 1)).copied().unwrap_or(0))
}

/// e^x by halving and a series: the same bits on every machine, which a system's own `exp` does not promise.
pub(super) fn exponential(x: f64) -> f64 {
    let small = x.clamp(-80.0, 80.0) / 1024.0;
    let mut value = 1.0 + small * (1.0 + small / 2.0 * (1.0 + small / 3.0 * (1.0 + small / 4.0 * (1.0 + small / 5.0))));
    for _ in 0..10 {
        value *= value;
    }
    value
}

pub(super) fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> &'b [u8] {
        let (taken, rest) = self.rest.split_at_checked(count).unwrap_or_default();
        self.rest = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    fn fill(&mut self, slots: &mut [u8]) {
        let bytes = self.take(slots.len());
        for (slot, byte) in slots.iter_mut().zip(bytes) {
            *slot = *byte;
        }
    }

    fn fill_signed(&mut self, slots: &mut [i8]) {
        let bytes = self.take(slots.len());
        for (slot, byte) in slots.iter_mut().zip(bytes) {
            *slot = *byte as i8;
        }
    }
}
