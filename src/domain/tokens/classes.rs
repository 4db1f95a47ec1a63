//! Character classes and the reading of text that may not be valid UTF-8.

/// Sort of a character, as far as vocabularies treat its members alike. Below 32, so that three fit into 15 bits.
pub(super) mod class {
    pub const CONTROL: u8 = 0;
    pub const SPACE: u8 = 1;
    pub const NEWLINE: u8 = 2;
    pub const TAB: u8 = 3;
    pub const VOWEL: u8 = 4;
    pub const CONSONANT: u8 = 5;
    pub const UPPER: u8 = 6;
    pub const DIGIT: u8 = 7;
    pub const UNDERSCORE: u8 = 8;
    pub const DOT: u8 = 9;
    pub const COMMA: u8 = 10;
    pub const APOSTROPHE: u8 = 11;
    pub const QUOTE: u8 = 12;
    pub const DASH: u8 = 13;
    pub const SLASH: u8 = 14;
    pub const OPEN: u8 = 15;
    pub const CLOSE: u8 = 16;
    pub const EQUALS: u8 = 17;
    pub const COLON: u8 = 18;
    pub const PUNCTUATION: u8 = 19;
    pub const LATIN: u8 = 20;
    pub const GREEK_CYRILLIC: u8 = 21;
    pub const SEMITIC: u8 = 22;
    pub const INDIC: u8 = 23;
    pub const SOUTH_EAST: u8 = 24;
    pub const KANA: u8 = 25;
    pub const HAN: u8 = 26;
    pub const HANGUL: u8 = 27;
    pub const WIDE_PUNCTUATION: u8 = 28;
    pub const SYMBOL: u8 = 29;
    pub const EMOJI: u8 = 30;
    pub const JOINER: u8 = 31;
}

/// The kind of a text follows from what it consists of: JSON has quotes and colons, Markdown dashes and signs, Chinese code Han and spaces. Each kind is
/// estimated with an uncertainty of its own.
pub(super) mod group {
    pub const COUNT: usize = 16;
    pub const LOWER: u32 = 0;
    pub const SIGN: u32 = 1;
    /// Hashes, keys and base64: letters and digits that keep alternating. Not a matter of the character alone.
    pub const OPAQUE: u32 = 2;
    pub const ALPHABET: u32 = 3;
    pub const RARE_ALPHABET: u32 = 4;
    pub const HAN: u32 = 5;
    pub const KANA_HANGUL: u32 = 6;
    pub const SYMBOL: u32 = 7;
    pub const UPPER: u32 = 8;
    pub const DIGIT: u32 = 9;
    pub const SPACE: u32 = 10;
    pub const QUOTE: u32 = 11;
    pub const BRACKET: u32 = 12;
    pub const SEPARATOR: u32 = 13;
    pub const MARKUP: u32 = 14;
    pub const PATH: u32 = 15;
}

/// What the scanner asks of a character, in one word: its class in the low five bits, and these.
pub(super) mod mark {
    pub const CLASS: u32 = 31;
    /// The kind of piece: a vocabulary's tokens seldom cross from one of these to another. No bit: space.
    pub const LETTER: u32 = 1 << 5;
    pub const DIGIT: u32 = 1 << 6;
    pub const SIGN: u32 = 1 << 7;
    pub const PIECE: u32 = LETTER | DIGIT | SIGN;
    pub const UPPER: u32 = 1 << 8;
    pub const SPACE: u32 = 1 << 9;
    /// Of a script that writes words without spaces between: each character is a word.
    pub const ALONE: u32 = 1 << 10;
    /// Within the seven bits of ASCII.
    pub const PLAIN: u32 = 1 << 11;
    /// The group of text (see `super::group`), in four bits.
    pub const GROUP_SHIFT: u32 = 12;
}

fn ascii_class(byte: u8) -> u8 {
    match byte {
        b' ' => class::SPACE,
        b'\n' | b'\r' => class::NEWLINE,
        b'\t' => class::TAB,
        b'a' | b'e' | b'i' | b'o' | b'u' => class::VOWEL,
        b'a'..=b'z' => class::CONSONANT,
        b'A'..=b'Z' => class::UPPER,
        b'0'..=b'9' => class::DIGIT,
        b'_' => class::UNDERSCORE,
        b'.' => class::DOT,
        b',' | b';' => class::COMMA,
        b'\'' => class::APOSTROPHE,
        b'"' | b'`' => class::QUOTE,
        b'-' => class::DASH,
        b'/' | b'\\' => class::SLASH,
        b'(' | b'[' | b'{' | b'<' => class::OPEN,
        b')' | b']' | b'}' | b'>' => class::CLOSE,
        b'=' => class::EQUALS,
        b':' => class::COLON,
        0x21..=0x7E => class::PUNCTUATION,
        _ => class::CONTROL,
    }
}

/// A character as the scanner sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Spread over 32 bits, so that sums of rotated hashes differ between sequences.
    pub hash: u32,
    pub marks: u32,
}

/// The finish of a 64-bit mixer: neighbouring code points get unrelated hashes.
#[inline]
pub(super) const fn spread(code: u32) -> u32 {
    let mixed = (code as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32) as u32
}

fn marks_of(class: u8) -> u32 {
    let piece = match class {
        class::SPACE | class::NEWLINE | class::TAB => 0,
        class::VOWEL | class::CONSONANT | class::UPPER | class::LATIN..=class::HANGUL => mark::LETTER,
        class::DIGIT => mark::DIGIT,
        _ => mark::SIGN,
    };
    let own = match class {
        class::UPPER => mark::UPPER,
        class::SPACE => mark::SPACE,
        class::KANA | class::HAN => mark::ALONE,
        _ => 0,
    };
    let group = match class {
        class::VOWEL | class::CONSONANT => group::LOWER,
        class::UPPER => group::UPPER,
        class::DIGIT => group::DIGIT,
        class::SPACE | class::NEWLINE | class::TAB => group::SPACE,
        class::QUOTE => group::QUOTE,
        class::OPEN | class::CLOSE => group::BRACKET,
        class::COMMA | class::COLON => group::SEPARATOR,
        class::DASH | class::PUNCTUATION => group::MARKUP,
        class::DOT | class::SLASH => group::PATH,
        class::LATIN | class::GREEK_CYRILLIC => group::ALPHABET,
        class::SEMITIC | class::INDIC | class::SOUTH_EAST => group::RARE_ALPHABET,
        class::HAN | class::WIDE_PUNCTUATION => group::HAN,
        class::KANA | class::HANGUL => group::KANA_HANGUL,
        class::SYMBOL | class::EMOJI | class::JOINER => group::SYMBOL,
        _ => group::SIGN,
    };
    class as u32 | piece | own | group << mark::GROUP_SHIFT
}

/// What the scanner sees in each ASCII character; the upper half is never asked for. Made when it is needed, because a quarter of it
/// would not shrink in the package.
pub(super) fn ascii() -> [Seen; 256] {
    let mut table = [Seen::default(); 256];
    for (byte, seen) in (0..128).zip(table.iter_mut()) {
        *seen = Seen { hash: spread(u32::from(byte)), marks: marks_of(ascii_class(byte)) | mark::PLAIN };
    }
    table
}

/// What the scanner sees in a character that is not ASCII.
#[inline]
pub(super) fn wide(code: u32) -> Seen {
    Seen { hash: spread(code), marks: marks_of(wide_class(code)) }
}

/// Class of a character that is not ASCII.
#[inline]
fn wide_class(code: u32) -> u8 {
    match code {
        0x80..=0xBF | 0xD7 | 0xF7 => class::SYMBOL,
        0xC0..=0x24F | 0x1E00..=0x1EFF => class::LATIN,
        0x300..=0x36F => class::JOINER,
        0x250..=0x2FF => class::LATIN,
        0x370..=0x58F | 0x10A0..=0x10FF | 0x1C80..=0x1CBF => class::GREEK_CYRILLIC,
        0x590..=0x8FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFE => class::SEMITIC,
        0x900..=0xDFF => class::INDIC,
        0xE00..=0x109F | 0x1200..=0x1C7F => class::SOUTH_EAST,
        0x1100..=0x11FF | 0x3130..=0x318F | 0xAC00..=0xD7FF => class::HANGUL,
        0x3040..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9F => class::KANA,
        0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF => class::HAN,
        0x200C..=0x200D | 0xFE00..=0xFE0F | 0x1F3FB..=0x1F3FF | 0xE0000..=0xE0FFF => class::JOINER,
        0x2000..=0x206F | 0x3000..=0x303F | 0xFF00..=0xFF65 | 0xFE30..=0xFE6F => class::WIDE_PUNCTUATION,
        0x2600..=0x27BF | 0x1F000..=0x1FAFF => class::EMOJI,
        _ => class::SYMBOL,
    }
}

/// A character as read: its code point, its UTF-8 length, and the bytes that the reading took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wide {
    pub code: u32,
    pub length: u32,
    pub taken: usize,
}

/// The replacement for bytes that are no character. Such a byte becomes U+FFFD, which is three bytes long, wherever text is repaired.
const REPAIRED: Wide = Wide { code: 0xFFFD, length: 3, taken: 1 };

/// Reads the character that starts with a byte above 0x7F. `None`: the bytes end inside a character that may still become valid.
pub(super) fn read_wide(bytes: &[u8]) -> Option<Wide> {
    let mut rest = bytes.iter().copied();
    let first = rest.next()?;
    let (length, mut code) = match first {
        0xC2..=0xDF => (2, u32::from(first & 0x1F)),
        0xE0..=0xEF => (3, u32::from(first & 0x0F)),
        0xF0..=0xF4 => (4, u32::from(first & 0x07)),
        _ => return Some(REPAIRED),
    };
    for _ in 1..length {
        let byte = rest.next()?;
        if byte & 0xC0 != 0x80 {
            return Some(REPAIRED);
        }
        code = code << 6 | u32::from(byte & 0x3F);
    }
    Some(Wide { code, length, taken: length as usize })
}
