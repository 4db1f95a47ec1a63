//! The collected chunks, their exact counts, and what the scanner says of each of their characters.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use serde::Deserialize;

use crate::scanner::{Position, SIZES, Scanner, Sink, TABLES};

pub const TRAIN: u8 = 0;
pub const TEST: u8 = 1;
pub const FRESH: u8 = 2;

#[derive(Deserialize)]
struct Line {
    kind: String,
    package: String,
    split: u8,
    text: String,
}

/// One character of a chunk. Places are numbered through all tables.
#[derive(Clone, Copy)]
pub struct Spot {
    pub places: [u16; TABLES],
    pub length: u8,
    pub group: u8,
    /// The character of a long run, or 0.
    pub run: u8,
    /// Tokens that start within the character; only where the vocabulary shows it.
    pub starts: u8,
}

pub struct Chunk {
    pub kind: String,
    pub package: String,
    pub split: u8,
    pub text: String,
    pub spots: Vec<Spot>,
    pub count: f64,
}

#[derive(Default)]
struct Recorder {
    spots: Vec<Spot>,
}

impl Sink for Recorder {
    fn take(&mut self, position: &Position) {
        let mut places = [0; TABLES];
        let mut base = 0;
        for (slot, (place, size)) in places.iter_mut().zip(position.places.iter().zip(SIZES)) {
            *slot = (base + *place as usize) as u16;
            base += size;
        }
        if position.length > 0 {
            self.spots.push(Spot { places, length: position.length as u8, group: position.group, run: position.in_run_of.unwrap_or(0), starts: 0 });
        }
    }
}

pub fn spots_of(text: &str) -> Vec<Spot> {
    let mut recorder = Recorder::default();
    let mut scanner = Scanner::default();
    scanner.walk(text.as_bytes(), &mut recorder);
    scanner.end(&mut recorder);
    recorder.spots
}

pub fn read(path: &str) -> Vec<Chunk> {
    let file = BufReader::new(File::open(path).expect("the corpus that collect.py wrote"));
    file.lines()
        .map(|line| {
            let line: Line = serde_json::from_str(&line.expect("a line")).expect("a chunk");
            let spots = spots_of(&line.text);
            Chunk { kind: line.kind, package: line.package, split: line.split, text: line.text, spots, count: 0.0 }
        })
        .collect()
}

/// Exact counts and token starts by a vocabulary of the `tiktoken` crate.
pub fn count_exactly(chunks: &mut [Chunk], vocabulary: &str) {
    let encoder = tiktoken::get_encoding(vocabulary).expect("a vocabulary of the tiktoken crate");
    let mut lengths: HashMap<u32, usize> = HashMap::new();
    for chunk in chunks {
        let tokens = encoder.encode(&chunk.text);
        chunk.count = tokens.len() as f64;
        let mut spots = chunk.spots.iter_mut();
        let (mut end, mut start) = (0, 0);
        let mut spot: Option<&mut Spot> = None;
        for token in tokens {
            while start >= end {
                let Some(next) = spots.next() else { break };
                next.starts = 0;
                end += usize::from(next.length);
                spot = Some(next);
            }
            if let Some(spot) = &mut spot {
                spot.starts += 1;
            }
            start += *lengths.entry(token).or_insert_with(|| encoder.decode(&[token]).len());
        }
        for rest in spots {
            rest.starts = 0;
        }
    }
}

/// Counts written by `claude_counts.py`; column 1 is Claude up to 4.6, column 2 from 4.7 on.
pub fn counts_from(chunks: &mut [Chunk], path: &str, column: usize) {
    let file = BufReader::new(File::open(path).expect("the counts that claude_counts.py wrote"));
    let mut counts: HashMap<String, f64> = HashMap::new();
    for line in file.lines() {
        let line = line.expect("a line");
        let fields: Vec<&str> = line.split('\t').collect();
        counts.insert(fields[0].to_owned(), fields[column].parse().expect("a count"));
    }
    for chunk in chunks {
        chunk.count = counts.get(&sha1_hex(chunk.text.as_bytes())).copied().unwrap_or(0.0);
    }
}

fn sha1_hex(bytes: &[u8]) -> String {
    let mut state = [0x6745_2301u32, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((bytes.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut words: Vec<u32> = block.chunks(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]])).collect();
        for i in 16..80 {
            words.push((words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16]).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (i, word) in words.iter().enumerate() {
            let (f, k) = match i / 20 {
                0 => (b & c | !b & d, 0x5A82_7999),
                1 => (b ^ c ^ d, 0x6ED9_EBA1),
                2 => (b & c | b & d | c & d, 0x8F1B_BCDC),
                _ => (b ^ c ^ d, 0xCA62_C1D6u32),
            };
            let next = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(k).wrapping_add(*word);
            (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
        }
        for (slot, value) in state.iter_mut().zip([a, b, c, d, e]) {
            *slot = slot.wrapping_add(value);
        }
    }
    state.iter().map(|word| format!("{word:08x}")).collect()
}
