//! Prints errors by kind.

use std::collections::BTreeMap;

use crate::anchor::{Anchor, Conversation};
use crate::corpus::Chunk;
use crate::counter::TokenEstimate;

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
            println!(
                "  {kind:8} n {:4}  mean {:5.2}  p95 {:5.1}  bias {:+5.1}",
                row.chunks, row.mean, row.p95, row.bias
            );
        }
    }
}

/// Prompts of about 50 KB, and conversations that grow chunk by chunk and are corrected by the count before.
pub fn prompts(title: &str, chunks: &[&Chunk], predict: impl Fn(&Chunk) -> f64) {
    const LONG: usize = 12;
    // What a server adds to every prompt of a conversation, unknown to the tables.
    const FRAME: f64 = 350.0;
    let mut mixed: Vec<&&Chunk> = chunks.iter().filter(|c| c.count > 0.0).collect();
    mixed.sort_by_key(|c| crate::family::fnv1a(&c.text.as_bytes()[..c.text.len().min(200)]));
    let off = |group: &[&&Chunk]| {
        let (found, exact) = group.iter().fold((0.0, 0.0), |sum, c| (sum.0 + predict(c), sum.1 + c.count));
        100.0 * (found / exact - 1.0)
    };
    let of_mixed: Vec<f64> = mixed.chunks(LONG).filter(|group| group.len() == LONG).map(|group| off(group)).collect();
    let mut packages: BTreeMap<(&str, &str), Vec<&&Chunk>> = BTreeMap::new();
    for chunk in &mixed {
        packages.entry((&chunk.kind, &chunk.package)).or_default().push(chunk);
    }
    let (mut of_one, mut anchored) = (Vec::new(), Vec::new());
    for group in packages.values().filter(|group| group.len() >= 6) {
        of_one.push(off(&group[..group.len().min(LONG)]));
        let mut conversation = Conversation::default();
        let (mut found, mut exact) = (0.0, FRAME);
        for (turn, chunk) in group.iter().take(LONG).enumerate() {
            found += predict(chunk);
            exact += chunk.count;
            let estimated = found.round() as u64;
            let plain = TokenEstimate { expected: estimated, low: estimated, high: estimated };
            if turn > 0 {
                anchored.push(100.0 * (conversation.correct(plain).expected as f64 / exact - 1.0));
            }
            conversation.observe(Anchor { reported_input_tokens: exact as u64, estimated });
        }
    }
    for (what, errors) in
        [("50 KB mixed", of_mixed), ("50 KB of one package", of_one), ("anchored, next prompt", anchored)]
    {
        if !errors.is_empty() {
            let row = row(errors);
            println!("{title} {what}: n {}, mean {:.2} %, p95 {:.2} %", row.chunks, row.mean, row.p95);
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
    let each: Vec<String> =
        kinds.iter().map(|(kind, row)| format!("{kind} {:.0}", 100.0 * row.0 as f64 / row.1 as f64)).collect();
    println!(
        "{title}: {:.1} % covered, median half-width {:.1} %: {}",
        100.0 * inside as f64 / all as f64,
        widths.get(widths.len() / 2).copied().unwrap_or(0.0),
        each.join(", ")
    );
}

/// The chunks that are furthest off, for looking into what the tables miss.
pub fn worst(chunks: &[&Chunk], predict: impl Fn(&Chunk) -> f64, count: usize) {
    let mut errors: Vec<(f64, &Chunk)> =
        chunks.iter().filter(|c| c.count > 0.0).map(|c| (100.0 * (predict(c) / c.count - 1.0), *c)).collect();
    errors.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    for (error, chunk) in errors.into_iter().take(count) {
        let start: String = chunk.text.chars().skip(600).take(60).collect();
        println!("  {error:+6.1} % of {:5} {:8} {:28} {start:?}", chunk.count, chunk.kind, chunk.package);
    }
}

/// Coverage of the starts of chunks, for the part of the width that shrinks with length. Only where token starts are known.
pub fn short_coverage(title: &str, chunks: &[&Chunk], family: &crate::family::Family) {
    for size in [100, 400, 1600] {
        let mut needed: Vec<(f64, f64, f64)> = Vec::new();
        for chunk in chunks {
            let (mut exact, mut end) = (0, 0);
            for spot in &chunk.spots {
                if end >= size {
                    break;
                }
                exact += u32::from(spot.starts);
                end += usize::from(spot.length);
            }
            let found = crate::counter::estimate(family, &chunk.text.as_bytes()[..end]);
            if exact > 0 {
                let (exact, total) = (f64::from(exact), found.expected as f64);
                needed.push(((exact / total).max(total / exact) - 1.0, total, found.high as f64 / total - 1.0));
            }
        }
        let inside = needed.iter().filter(|(needed, _, half)| needed <= half).count();
        let mut scaled: Vec<f64> = needed.iter().map(|(needed, total, _)| needed * total.sqrt()).collect();
        scaled.sort_by(f64::total_cmp);
        println!(
            "{title} first {size} bytes: {:.0} % covered; 90 % lie within {:.2} / sqrt(n)",
            100.0 * inside as f64 / needed.len() as f64,
            scaled[scaled.len() * 9 / 10]
        );
    }
}

/// The kinds of the table that is published, and which kinds of the corpus each is of.
const PUBLISHED: [(&str, &[&str]); 6] = [
    ("json", &["json"]),
    ("md", &["md"]),
    ("other code", &["code", "py", "go"]),
    ("zh", &["zh"]),
    ("rust", &["rust"]),
    ("ts", &["ts"]),
];

/// The kind that a chunk's kind is published under; others are kinds of their own.
pub fn published_kind(kind: &str) -> &str {
    PUBLISHED.iter().find(|(_, kinds)| kinds.contains(&kind)).map_or(kind, |(published, _)| published)
}

/// Whether a published kind has a column of its own in the table.
pub fn is_published(kind: &str) -> bool {
    PUBLISHED.iter().any(|(published, _)| *published == kind)
}

pub fn table_head(chunks: &[Chunk]) {
    let of = |kinds: &[&str]| chunks.iter().filter(|chunk| kinds.contains(&chunk.kind.as_str())).count();
    let counts = PUBLISHED.map(|(kind, kinds)| format!("{kind} ({})", of(kinds)));
    println!("| family | all ({}) | {} |\n| --- |{}", chunks.len(), counts.join(" | "), " --- |".repeat(7));
}

/// A line of the table: mean error / bias / share inside of the interval, over all chunks and by kind.
pub fn table_line(name: &str, chunks: &[Chunk], family: &crate::family::Family) {
    let estimates: Vec<TokenEstimate> =
        chunks.iter().map(|chunk| crate::counter::estimate(family, chunk.text.as_bytes())).collect();
    let cell = |wanted: &dyn Fn(&Chunk) -> bool| {
        let mine: Vec<(f64, bool)> = chunks
            .iter()
            .zip(&estimates)
            .filter(|(chunk, _)| wanted(chunk))
            .map(|(chunk, found)| {
                let inside = (found.low as f64..=found.high as f64).contains(&chunk.count);
                (100.0 * (found.expected as f64 / chunk.count - 1.0), inside)
            })
            .collect();
        let inside = 100.0 * mine.iter().filter(|(_, inside)| *inside).count() as f64 / mine.len() as f64;
        let row = row(mine.into_iter().map(|(error, _)| error).collect());
        format!("{:.1} / {:+.1} / {inside:.0}", row.mean, row.bias)
    };
    let kinds = PUBLISHED.map(|(_, kinds)| cell(&|chunk| kinds.contains(&chunk.kind.as_str())));
    println!("| {name} | {} | {} |", cell(&|_| true), kinds.join(" | "));
}
