//! Fits the tables: first to where tokens start, then to the counts of whole chunks.

use std::collections::HashMap;

use crate::corpus::{Chunk, Spot};
use crate::scanner::SIZES;

/// Sums of table entries lie within this of zero.
const MIDDLE: usize = 1024;

pub struct Model {
    pub weights: Vec<f32>,
    /// The weights as a file holds them: whole steps.
    pub rounded: Vec<i8>,
    /// The share of starts for each sum of steps, as the core looks it up.
    curve: Vec<f32>,
    /// A weight of one in the file.
    pub step: f32,
    pub bias: f32,
    /// Tokens per byte at most; above 1 for vocabularies that add marks of their own.
    pub scale: f32,
    /// Tokens for each further character of a long run.
    pub runs: Vec<f32>,
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
    pub fn new(scale: f32, runs: Vec<f32>, step: f32) -> Self {
        let count = SIZES.iter().sum();
        Self {
            weights: vec![0.0; count],
            rounded: vec![0; count],
            curve: vec![0.5; 2 * MIDDLE],
            step,
            bias: -1.0,
            scale,
            runs,
        }
    }

    fn round(&self, weight: f32) -> i8 {
        (weight / self.step).round().clamp(-127.0, 127.0) as i8
    }

    /// Pulls entries that few characters spoke for towards zero: they say little about other text, and zeros pack well.
    pub fn shrink(&mut self, chunks: &[&Chunk], strength: f32) {
        let mut seen = vec![0f32; self.weights.len()];
        for spot in chunks.iter().flat_map(|chunk| &chunk.spots) {
            for place in spot.places {
                seen[usize::from(place)] += f32::from(spot.length);
            }
        }
        for (weight, seen) in self.weights.iter_mut().zip(seen) {
            *weight *= seen / (seen + strength);
        }
    }

    fn share(&self, spot: &Spot) -> f32 {
        let sum: i32 = spot.places.iter().map(|place| i32::from(self.rounded[usize::from(*place)])).sum();
        self.curve[(sum + MIDDLE as i32) as usize]
    }

    pub fn tokens(&self, spot: &Spot) -> f32 {
        if spot.run > 0 {
            self.runs[usize::from(spot.run) - 1]
        } else {
            self.scale * f32::from(spot.length) * self.share(spot)
        }
    }

    pub fn predict(&self, chunk: &Chunk) -> f64 {
        chunk.spots.iter().map(|spot| f64::from(self.tokens(spot))).sum()
    }

    /// Makes the rounded weights follow all weights.
    pub fn settle(&mut self) {
        self.bias = (self.bias / self.step).round() * self.step;
        for place in 0..self.weights.len() {
            self.rounded[place] = self.round(self.weights[place]);
        }
        for (index, share) in self.curve.iter_mut().enumerate() {
            *share = logistic(self.bias + (index as f32 - MIDDLE as f32) * self.step);
        }
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
                    let slope = length
                        * logistic(
                            self.bias + spot.places.iter().map(|place| self.weights[usize::from(*place)]).sum::<f32>(),
                        )
                        - f32::from(spot.starts) / self.scale;
                    bias_seen += slope * slope;
                    self.bias -= 0.1 * rate * slope / bias_seen.sqrt();
                    for place in spot.places {
                        let place = usize::from(place);
                        let weight = self.weights[place];
                        seen[place] += slope * slope;
                        self.weights[place] = weight - rate * slope / seen[place].sqrt();
                    }
                }
            }
        }
        self.settle();
    }

    /// Moves the whole level until the sums agree: the counts of Claude are far above the starts that its tables begin with.
    pub fn fit_level(&mut self, chunks: &[&Chunk]) {
        for _ in 0..12 {
            self.settle();
            let sample = || chunks.iter().step_by(7);
            let found: f64 = sample().map(|chunk| self.predict(chunk)).sum();
            let exact: f64 = sample().map(|chunk| chunk.count).sum();
            self.bias += 1.5 * (exact / found).ln() as f32;
        }
        self.settle();
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
        let mut shares: Vec<f32> = Vec::new();
        for epoch in 0..options.sum_epochs {
            let rate = options.sum_rate * (1.0 - 0.9 * epoch as f32 / options.sum_epochs as f32);
            for chunk in shuffled(chunks, epoch + 1000) {
                if chunk.count < 50.0 {
                    continue;
                }
                shares.clear();
                shares.extend(chunk.spots.iter().map(|spot| if spot.run > 0 { 0.0 } else { self.share(spot) }));
                let in_runs = |spot: &&Spot| spot.run > 0;
                let runs: f32 = chunk.spots.iter().filter(in_runs).map(|spot| self.tokens(spot)).sum();
                let rest: f32 =
                    chunk.spots.iter().zip(&shares).map(|(spot, share)| f32::from(spot.length) * share).sum();
                let error = (runs + self.scale * rest) / chunk.count as f32 - 1.0;
                let weight = (mean / of_kind[chunk.kind.as_str()]).sqrt();
                // A chunk far off is mostly about something rare; it must not turn the tables over.
                let pull = weight * error.clamp(-0.2, 0.2) / chunk.count as f32 * self.scale;
                for (spot, share) in chunk.spots.iter().zip(&shares).filter(|(spot, _)| spot.run == 0) {
                    let slope = pull * f32::from(spot.length) * share * (1.0 - share);
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
                    self.rounded[place] = self.round(self.weights[place]);
                }
            }
        }
    }
}

fn logistic(logit: f32) -> f32 {
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
