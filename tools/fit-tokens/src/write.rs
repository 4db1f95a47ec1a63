//! Rounds a model to bytes, calibrates its interval and writes the file that the core reads.

use crate::corpus::Chunk;
use crate::family::fnv1a;
use crate::scanner::{GROUPS, SIZES};
use crate::train::Model;

/// Tokens per character of long runs, by exact counts of 4,096 of each ASCII character.
pub fn run_rates(vocabulary: &str, claude: Option<usize>) -> [f32; 128] {
    let mut rates = [0.25; 128];
    if let Some(column) = claude {
        // Written by claude_counts.py --runs.
        let path = std::env::var("CLAUDE_RUNS").unwrap_or_default();
        for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            if let (Ok(byte), Ok(count)) = (fields[0].parse::<usize>(), fields[column].parse::<f32>()) {
                rates[byte & 127] = count / 4096.0;
            }
        }
        return rates;
    }
    let encoder = tiktoken::get_encoding(vocabulary).expect("a vocabulary of the tiktoken crate");
    for (byte, rate) in rates.iter_mut().enumerate() {
        let text = String::from(byte as u8 as char).repeat(4096);
        *rate = encoder.count(&text) as f32 / 4096.0;
    }
    rates
}

pub fn file(name: &str, model: &Model, _calibration: &[&Chunk]) -> Vec<u8> {
    let step = crate::setting("STEP", 1.0 / 24.0);
    let step_units = (step * 4096.0f32).round();
    let step = step_units / 4096.0;
    let mut out = Vec::new();
    out.extend(b"CCTK");
    out.push(1);
    let mut padded = [0u8; 15];
    padded[..name.len()].copy_from_slice(name.as_bytes());
    out.extend(padded);
    out.extend(((model.scale * 256.0) as u16).to_le_bytes());
    out.extend((step_units as u16).to_le_bytes());
    out.extend(((model.bias / step).round() as i16).to_le_bytes());
    out.extend(((0.5f32 * 1024.0) as u16).to_le_bytes());
    for _ in 0..GROUPS {
        out.extend(((0.065f32 * 4096.0) as u16).to_le_bytes());
    }
    for rate in model.runs {
        out.push((-rate.max(1e-5).log2() * 16.0).round().clamp(0.0, 255.0) as u8);
    }
    assert_eq!(model.weights.len(), SIZES.iter().sum::<usize>());
    let mut clipped = 0;
    for weight in &model.weights {
        let steps = (weight / step).round();
        clipped += usize::from(steps.abs() > 127.0);
        out.push(steps.clamp(-127.0, 127.0) as i8 as u8);
    }
    let zeros = model.weights.iter().filter(|w| (**w / step).round() == 0.0).count();
    println!("{name}: {clipped} entries clipped, {zeros} of {} zero", model.weights.len());
    let sum = fnv1a(&out);
    out.extend(sum.to_le_bytes());
    out
}
