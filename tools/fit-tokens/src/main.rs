//! Fits the tables of one family of vocabularies and writes its data file. README.md says how to run it.

#[path = "../../../src/domain/tokens/classes.rs"]
mod classes;
#[path = "../../../src/domain/tokens/counter.rs"]
#[allow(dead_code, reason = "the program checks the written file with what the core will run")]
mod counter;
#[path = "../../../src/domain/tokens/family.rs"]
#[allow(dead_code, reason = "the program checks the written file with what the core will run")]
mod family;
#[path = "../../../src/domain/tokens/scanner.rs"]
mod scanner;

mod corpus;
mod report;
mod train;
mod write;

use corpus::{Chunk, FRESH, TEST, TRAIN};
use train::{Model, Options};

/// Family, its vocabulary in the tiktoken crate or its column in the counts of Claude.
const FAMILIES: [(&str, &str); 8] = [
    ("glm", "glm5"), ("kimi", "kimi_k2"), ("qwen", "qwen2"), ("deepseek", "deepseek_v3"), ("minimax", "minimax_m2"),
    ("o200k", "o200k_base"), ("claude-4.6", "1"), ("claude-4.7", "2"),
];

fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [corpus_path, claude_path, out, wanted @ ..] = arguments.as_slice() else {
        eprintln!("usage: fit-tokens CORPUS.jsonl CLAUDE.tsv OUT_FOLDER [FAMILY ...]");
        std::process::exit(2);
    };
    let options = Options {
        start_epochs: setting("START_EPOCHS", 8),
        start_rate: setting("START_RATE", 0.3),
        sum_epochs: setting("SUM_EPOCHS", 30),
        sum_rate: setting("SUM_RATE", 0.02),
        shrink: setting("SHRINK", 0.0),
    };
    let mut chunks = corpus::read(corpus_path);
    for (name, vocabulary) in FAMILIES {
        if !wanted.is_empty() && !wanted.iter().any(|w| w == name) {
            continue;
        }
        let claude = vocabulary.parse::<usize>().ok();
        // Claude shows counts, not tokens: its tables start from where o200k's tokens start.
        corpus::count_exactly(&mut chunks, if claude.is_some() { "o200k_base" } else { vocabulary });
        if let Some(column) = claude {
            corpus::counts_from(&mut chunks, claude_path, column);
        }
        let of = |split: u8| -> Vec<&Chunk> { chunks.iter().filter(|c| c.split == split).collect() };
        let (train, test) = (of(TRAIN), of(TEST));
        let runs = write::run_rates(vocabulary, claude);
        let mut model = Model::new(if claude.is_some() { 1.5 } else { 1.0 }, runs);
        model.fit_starts(&train, &options);
        report::print(&format!("{name} starts, test"), &test, |c| model.predict(c), false);
        model.fit_sums(&train, &options);
        report::print(&format!("{name} sums, train"), &train, |c| model.predict(c), false);
        report::print(&format!("{name} sums, test"), &test, |c| model.predict(c), false);
        let bytes = write::file(name, &model, &test);
        let family = family::Family::from_bytes(&bytes).expect("what was just written");
        let with_file = |c: &Chunk| counter::estimate(&family, c.text.as_bytes()).expected as f64;
        report::print(&format!("{name} file, test"), &test, with_file, true);
        report::coverage(&format!("{name} interval, test"), &test, &family);
        if setting("FRESH", 0) == 1 {
            let fresh = of(FRESH);
            report::print(&format!("{name} file, fresh"), &fresh, with_file, true);
            report::coverage(&format!("{name} interval, fresh"), &fresh, &family);
        }
        std::fs::write(format!("{out}/{name}.bin"), bytes).expect("a folder to write to");
    }
}
