//! Fits the tables: first to where tokens start, then to the counts of whole chunks.

use std::collections::HashMap;

use crate::corpus::{Chunk, Spot};
use crate::scanner::SIZES;

pub struct Model {
    pub weights: Vec<f32>,
    pub bias: f32,
    /// Tokens per byte at most; above 1 for vocabularies that add marks of their own.
    pub scale: f32,
    /// Tokens for each further character of a long run.
    pub runs: [f32; 128],
}

#[derive(Clone, Copy)]
pub struct Options {
    pub start_epochs: usize,
    pub start_rate: f32,
    pub sum_epochs: usize,
    pub sum_rate: f32,
    pub shrink: f32,
}

impl Model {
    pub fn new(scale: f32, runs: [f32; 128]) -> Self {
        Self { weights: vec![0.0; SIZES.iter().sum()], bias: -1.0, scale, runs }
    }

    fn logit(&self, spot: &Spot) -> f32 {
        self.bias + spot.places.iter().map(|place| self.weights[usize::from(*place)]).sum::<f32>()
    }

    pub fn tokens(&self, spot: &Spot) -> f32 {
        if spot.run > 0 { self.runs[usize::from(spot.run)] } else { self.scale * f32::from(spot.length) * share(self.logit(spot)) }
    }

    pub fn predict(&self, chunk: &Chunk) -> f64 {
        chunk.spots.iter().map(|spot| f64::from(self.tokens(spot))).sum()
    }

    /// Logistic regression on the share of a character's bytes at which tokens start.
    pub fn fit_starts(&mut self, chunks: &[&Chunk], options: &Options) {
        let mut seen = vec![1e-2f32; self.weights.len()];
        let mut bias_seen = 1e-2f32;
        for epoch in 0..options.start_epochs {
            let rate = options.start_rate * (1.0 - 0.9 * epoch as f32 / options.start_epochs as f32);
            for chunk in shuffled(chunks, epoch) {
                for spot in &chunk.spots {
                    if spot.run > 0 {
                        continue;
                    }
                    let length = f32::from(spot.length);
                    let slope = length * share(self.logit(spot)) - f32::from(spot.starts) / self.scale;
                    bias_seen += slope * slope;
                    self.bias -= 0.1 * rate * slope / bias_seen.sqrt();
                    for place in spot.places {
                        let place = usize::from(place);
                        let weight = self.weights[place];
                        let slope = slope + options.shrink * weight;
                        seen[place] += slope * slope;
                        self.weights[place] = weight - rate * slope / seen[place].sqrt();
                    }
                }
            }
        }
    }

    /// Least squares on the relative error of each chunk's sum. `weights_of` balances the kinds.
    pub fn fit_sums(&mut self, chunks: &[&Chunk], options: &Options) {
        let mut of_kind: HashMap<&str, f32> = HashMap::new();
        for chunk in chunks {
            *of_kind.entry(&chunk.kind).or_default() += 1.0;
        }
        let mean = chunks.len() as f32 / of_kind.len() as f32;
        let mut seen = vec![1e-6f32; self.weights.len()];
        let mut slopes = vec![0f32; self.weights.len()];
        let mut touched: Vec<u16> = Vec::new();
        for epoch in 0..options.sum_epochs {
            let rate = options.sum_rate * (1.0 - 0.9 * epoch as f32 / options.sum_epochs as f32);
            for chunk in shuffled(chunks, epoch + 1000) {
                if chunk.count < 50.0 {
                    continue;
                }
                let error = (self.predict(chunk) / chunk.count - 1.0) as f32;
                let weight = (mean / of_kind[chunk.kind.as_str()]).sqrt();
                // A chunk far off is mostly about something rare; it must not turn the tables over.
                let pull = weight * error.clamp(-0.2, 0.2) / chunk.count as f32 * self.scale;
                for spot in &chunk.spots {
                    if spot.run > 0 {
                        continue;
                    }
                    let p = share(self.logit(spot));
                    let slope = pull * f32::from(spot.length) * p * (1.0 - p);
                    for place in spot.places {
                        if slopes[usize::from(place)] == 0.0 {
                            touched.push(place);
                        }
                        slopes[usize::from(place)] += slope;
                    }
                }
                for place in touched.drain(..) {
                    let place = usize::from(place);
                    let slope = std::mem::take(&mut slopes[place]);
                    seen[place] += slope * slope;
                    self.weights[place] -= rate * slope / seen[place].sqrt();
                }
            }
        }
    }
}

pub fn share(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// A fixed order of its own for each epoch.
fn shuffled<'c>(chunks: &[&'c Chunk], epoch: usize) -> Vec<&'c Chunk> {
    let mut order: Vec<&Chunk> = chunks.to_vec();
    let mut state = epoch as u64 * 0x9E37_79B9_7F4A_7C15 + 1;
    for end in (1..order.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(end, (state % (end as u64 + 1)) as usize);
    }
    order
}
