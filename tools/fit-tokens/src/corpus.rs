//! The collected chunks, their exact counts, and what the scanner says of each of their characters.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use serde::Deserialize;
use sha1::{Digest, Sha1};

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
    /// The number of the character of a long run, or 0.
    pub run: u16,
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
        for (slot, (place, size)) in places.iter_mut().zip(position.indexes.iter().zip(SIZES)) {
            *slot = (base + *place as usize) as u16;
            base += size;
        }
        if position.length > 0 {
            self.spots.push(Spot {
                places,
                length: position.length as u8,
                group: position.group as u8,
                run: position.run_of,
                starts: 0,
            });
        }
    }
}

pub fn spots_of(text: &str) -> Vec<Spot> {
    let mut recorder = Recorder::default();
    let mut scanner = Scanner::default();
    scanner.walk(text.as_bytes(), &crate::classes::ascii(), &mut recorder);
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

/// Counts of the runs that `fit-tokens runs` printed, in the order of their numbers.
pub fn run_counts_from(path: &str, column: usize) -> Vec<f32> {
    let counts = read_counts(path, column);
    let of = |runner: char| {
        counts.get(&sha1_hex(String::from(runner).repeat(2048).as_bytes())).copied().unwrap_or(2048.0) as f32
    };
    crate::runs::runners().map(of).collect()
}

/// Counts written by `claude_counts.py`; column 1 is Claude up to 4.6, column 2 from 4.7 on.
pub fn counts_from(chunks: &mut [Chunk], path: &str, column: usize) {
    let counts = read_counts(path, column);
    for chunk in chunks {
        chunk.count = counts.get(&sha1_hex(chunk.text.as_bytes())).copied().unwrap_or(0.0);
    }
}

fn read_counts(path: &str, column: usize) -> HashMap<String, f64> {
    let file = BufReader::new(File::open(path).expect("the counts that claude_counts.py wrote"));
    let mut counts = HashMap::new();
    for line in file.lines() {
        let line = line.expect("a line");
        let fields: Vec<&str> = line.split('\t').collect();
        counts.insert(fields[0].to_owned(), fields[column].parse().expect("a count"));
    }
    counts
}

/// The mark by which `claude_counts.py` names a text.
fn sha1_hex(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
