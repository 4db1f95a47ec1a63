//! Prints errors by kind.

use std::collections::BTreeMap;

use crate::corpus::Chunk;

pub struct Row {
    pub mean: f64,
    pub p95: f64,
    pub bias: f64,
    pub chunks: usize,
}

fn row(mut errors: Vec<f64>) -> Row {
    let chunks = errors.len();
    let bias = errors.iter().sum::<f64>() / chunks as f64;
    errors.iter_mut().for_each(|e| *e = e.abs());
    errors.sort_by(f64::total_cmp);
    let p95 = errors[((chunks as f64 * 0.95) as usize).min(chunks - 1)];
    Row { mean: errors.iter().sum::<f64>() / chunks as f64, p95, bias, chunks }
}

/// Relative errors in percent by kind, the mean over kinds, and the 95th percentile over all chunks.
pub fn by_kind(chunks: &[&Chunk], predict: impl Fn(&Chunk) -> f64) -> (BTreeMap<String, Row>, f64, f64) {
    let mut errors: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut all = Vec::new();
    for chunk in chunks.iter().filter(|c| c.count > 0.0) {
        let error = 100.0 * (predict(chunk) / chunk.count - 1.0);
        errors.entry(chunk.kind.clone()).or_default().push(error);
        all.push(error.abs());
    }
    let rows: BTreeMap<String, Row> = errors.into_iter().map(|(kind, errors)| (kind, row(errors))).collect();
    all.sort_by(f64::total_cmp);
    let p95 = all.get(all.len() * 95 / 100).copied().unwrap_or(0.0);
    let mean = rows.values().map(|r| r.mean).sum::<f64>() / rows.len().max(1) as f64;
    (rows, mean, p95)
}

pub fn print(title: &str, chunks: &[&Chunk], predict: impl Fn(&Chunk) -> f64, long: bool) {
    let (rows, mean, p95) = by_kind(chunks, predict);
    println!("{title}: mean over kinds {mean:.2} %, p95 {p95:.1} %");
    if long {
        for (kind, row) in rows {
            println!("  {kind:8} n {:4}  mean {:5.2}  p95 {:5.1}  bias {:+5.1}", row.chunks, row.mean, row.p95, row.bias);
        }
    }
}

/// How often the truth lies within the interval, by kind and overall, and the median half-width.
pub fn coverage(title: &str, chunks: &[&Chunk], family: &crate::family::Family) {
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut widths = Vec::new();
    for chunk in chunks.iter().filter(|c| c.count > 0.0) {
        let estimate = crate::counter::estimate(family, chunk.text.as_bytes());
        let inside = (estimate.low as f64..=estimate.high as f64).contains(&chunk.count);
        let row = kinds.entry(&chunk.kind).or_default();
        row.0 += usize::from(inside);
        row.1 += 1;
        widths.push(100.0 * (estimate.high - estimate.low) as f64 / 2.0 / estimate.expected as f64);
    }
    widths.sort_by(f64::total_cmp);
    let (inside, all) = kinds.values().fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
    let each: Vec<String> = kinds.iter().map(|(kind, row)| format!("{kind} {:.0}", 100.0 * row.0 as f64 / row.1 as f64)).collect();
    println!("{title}: {:.1} % covered, median half-width {:.1} %: {}", 100.0 * inside as f64 / all as f64, widths.get(widths.len() / 2).copied().unwrap_or(0.0), each.join(", "));
}
