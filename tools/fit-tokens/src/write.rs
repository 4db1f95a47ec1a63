//! Rounds a model to bytes and writes the file that the core reads.

use crate::corpus;
use crate::family::{CORRECTION_UNIT, UNCERTAINTY_UNIT, fnv1a};
use crate::interval::{Levels, NOISE};
use crate::runs::runners;
use crate::scanner::SIZES;
use crate::train::Model;

const RUN: usize = 2048;

/// Tokens per character of long runs, by exact counts of 2,048 of each character that has a rate.
pub fn run_rates(vocabulary: &str, claude: Option<usize>, claude_path: &str) -> Vec<f32> {
    if let Some(column) = claude {
        return corpus::run_counts_from(claude_path, column).into_iter().map(|count| count / RUN as f32).collect();
    }
    let encoder = tiktoken::get_encoding(vocabulary).expect("a vocabulary of the tiktoken crate");
    runners().map(|runner| encoder.count(&String::from(runner).repeat(RUN)) as f32 / RUN as f32).collect()
}

/// The runs as chunks of a corpus, for `claude_counts.py`.
pub fn print_runs() {
    for runner in runners() {
        let text = String::from(runner).repeat(RUN);
        println!("{}", serde_json::json!({ "kind": "run", "package": "runs", "split": 0, "text": text }));
    }
}

pub fn file(name: &str, model: &Model, levels: &Levels) -> Vec<u8> {
    let step = model.step;
    let mut out = Vec::new();
    out.extend(b"CCTK");
    out.push(2);
    let mut padded = [0u8; 15];
    padded[..name.len()].copy_from_slice(name.as_bytes());
    out.extend(padded);
    out.extend(((model.scale * 256.0) as u16).to_le_bytes());
    out.extend(((step * 4096.0) as u16).to_le_bytes());
    out.extend(((model.bias / step).round() as i16).to_le_bytes());
    out.extend(((NOISE * 1024.0) as u16).to_le_bytes());
    for uncertainty in levels.uncertainties {
        out.extend(((uncertainty * UNCERTAINTY_UNIT).round() as i16).to_le_bytes());
    }
    for correction in levels.corrections {
        out.extend(((correction * CORRECTION_UNIT).round() as i16).to_le_bytes());
    }
    for rate in &model.runs {
        out.push(((2.0 - rate.max(1e-5).log2()) * 16.0).round().clamp(0.0, 255.0) as u8);
    }
    assert_eq!(model.weights.len(), SIZES.iter().sum::<usize>());
    out.extend(model.rounded.iter().map(|steps| *steps as u8));
    let zeros = model.rounded.iter().filter(|steps| **steps == 0).count();
    let clipped = model.rounded.iter().filter(|steps| steps.unsigned_abs() == 127).count();
    println!("{name}: {clipped} entries clipped, {zeros} of {} zero", model.rounded.len());
    let sum = fnv1a(&out);
    out.extend(sum.to_le_bytes());
    out
}

/// Prints a file of `@@@ kind count` sections with the counts set to what the vocabulary says.
pub fn count_sections(vocabulary: &str, path: &str) {
    let encoder = tiktoken::get_encoding(vocabulary).expect("a vocabulary of the tiktoken crate");
    let text = std::fs::read_to_string(path).expect("a file of sections");
    for section in text.split("@@@ ").skip(1) {
        let (head, body) = section.split_once('\n').expect("a head line");
        let kind = head.split(' ').next().unwrap_or_default();
        print!("@@@ {kind} {}\n{body}", encoder.count(body));
    }
}

/// Starts a model from the tables of a written file, level and all.
pub fn start_from(model: &mut Model, path: &str) {
    let bytes = std::fs::read(path).expect("a file that an earlier run wrote");
    let field = |at: usize| i16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let (step, bias) = (f32::from(field(22)) / 4096.0, f32::from(field(24)));
    model.bias = bias * step;
    let tables = &bytes[bytes.len() - 4 - model.weights.len()..bytes.len() - 4];
    for (weight, entry) in model.weights.iter_mut().zip(tables) {
        *weight = f32::from(*entry as i8) * step;
    }
}
