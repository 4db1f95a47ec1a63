//! Fits the tables of one family of vocabularies and writes its data file. README.md says how to run it.

#[path = "../../../src/domain/tokens/anchor.rs"]
#[allow(dead_code, reason = "conversations are measured, single anchors are not")]
mod anchor;
#[path = "../../../src/domain/tokens/classes.rs"]
mod classes;
#[path = "../../../src/domain/tokens/counter.rs"]
#[allow(dead_code, reason = "the program checks the written file with what the core will run")]
mod counter;
#[path = "../../../src/domain/tokens/family.rs"]
#[allow(dead_code, reason = "the program checks the written file with what the core will run")]
mod family;
#[path = "../../../src/domain/tokens/runs.rs"]
mod runs;
#[path = "../../../src/domain/tokens/scanner.rs"]
mod scanner;

mod corpus;
mod interval;
mod report;
mod train;
mod write;

use corpus::{Chunk, FRESH, TEST, TRAIN};
use train::{Model, Options};

/// Family, its vocabulary in the tiktoken crate or its column in the counts of Claude.
const FAMILIES: [(&str, &str); 8] = [
    ("glm", "glm5"),
    ("kimi", "kimi_k2"),
    ("qwen", "qwen2"),
    ("deepseek", "deepseek_v3"),
    ("minimax", "minimax_m2"),
    ("o200k", "o200k_base"),
    ("claude-4.6", "1"),
    ("claude-4.7", "2"),
];

fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn vocabulary_of(family: &str) -> &'static str {
    FAMILIES
        .iter()
        .find(|(name, _)| *name == family)
        .map(|(_, vocabulary)| *vocabulary)
        .expect("a family: glm, kimi, ...")
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, family, path] = arguments.as_slice()
        && command == "count"
    {
        return write::count_sections(vocabulary_of(family), path);
    }
    if let [command, path, tables] = arguments.as_slice()
        && command == "last"
    {
        return print_table(path, tables);
    }
    if arguments.first().is_some_and(|command| command == "runs") {
        return write::print_runs();
    }
    let [corpus_path, claude_path, out, wanted @ ..] = arguments.as_slice() else {
        eprintln!(
            "usage: fit-tokens CORPUS.jsonl CLAUDE.tsv OUT_FOLDER [FAMILY ...]\n       fit-tokens count FAMILY SECTIONS.txt\n       fit-tokens last LAST.jsonl TABLES_FOLDER\n       fit-tokens runs > RUNS.jsonl"
        );
        std::process::exit(2);
    };
    // CHECK=1 reports on files as they are; FRESH=1 also on the packages that no choice was made with.
    let check_only = setting("CHECK", 0) == 1;
    let options = Options {
        start_epochs: setting("START_EPOCHS", 4),
        start_rate: setting("START_RATE", 0.3),
        sum_epochs: setting("SUM_EPOCHS", 22),
        sum_rate: setting("SUM_RATE", 0.03),
        shrink: setting("SHRINK", 10.0),
    };
    let mut chunks = corpus::read(corpus_path);
    for (name, vocabulary) in FAMILIES {
        if !wanted.is_empty() && !wanted.iter().any(|w| w == name) {
            continue;
        }
        let claude = vocabulary.parse::<usize>().ok();
        // Claude shows counts, not tokens: its tables start from where o200k's tokens start.
        match claude {
            Some(column) => {
                if std::env::var("WARM").is_err() {
                    corpus::count_exactly(&mut chunks, "o200k_base");
                }
                corpus::counts_from(&mut chunks, claude_path, column);
            }
            None => corpus::count_exactly(&mut chunks, vocabulary),
        }
        let of = |split: u8| -> Vec<&Chunk> { chunks.iter().filter(|c| c.split == split).collect() };
        let (train, test) = (of(TRAIN), of(TEST));
        let file = format!("{out}/{name}.bin");
        let bytes = if check_only {
            std::fs::read(&file).expect("a file that an earlier run wrote")
        } else {
            let bytes = fitted(name, vocabulary, claude_path, &options, &train, &test);
            std::fs::write(&file, &bytes).expect("a folder to write to");
            bytes
        };
        let family = family::Family::from_bytes(&bytes).expect("what was just written");
        let with_file = |c: &Chunk| counter::estimate(&family, c.text.as_bytes()).expected as f64;
        report::print(&format!("{name} file, test"), &test, with_file, true);
        report::coverage(&format!("{name} interval, test"), &test, &family);
        report::prompts(&format!("{name} test"), &test, with_file);
        if claude.is_none() {
            report::short_coverage(&format!("{name} test"), &test, &family);
        }
        report::worst(&test, with_file, setting("WORST", 0));
        if setting("FRESH", 0) == 1 {
            let fresh = of(FRESH);
            report::print(&format!("{name} file, fresh"), &fresh, with_file, true);
            report::coverage(&format!("{name} interval, fresh"), &fresh, &family);
            report::prompts(&format!("{name} fresh"), &fresh, with_file);
        }
    }
}

/// The published table: the files of the open families on packages that no choice was made with.
fn print_table(path: &str, tables: &str) {
    let mut chunks = corpus::read(path);
    report::table_head(&chunks);
    for (name, vocabulary) in FAMILIES.iter().filter(|(_, vocabulary)| vocabulary.parse::<usize>().is_err()) {
        corpus::count_exactly(&mut chunks, vocabulary);
        let bytes = std::fs::read(format!("{tables}/{name}.bin")).expect("a file that an earlier run wrote");
        report::table_line(name, &chunks, &family::Family::from_bytes(&bytes).expect("a file of this format"));
    }
}

fn fitted(
    name: &str,
    vocabulary: &str,
    claude_path: &str,
    options: &Options,
    train: &[&Chunk],
    test: &[&Chunk],
) -> Vec<u8> {
    let claude = vocabulary.parse::<usize>().ok();
    let runs = write::run_rates(vocabulary, claude, claude_path);
    // A file holds the step in 1/4096.
    let step = (setting("STEP", 0.25f32) * 4096.0).round() / 4096.0;
    let mut model = Model::new(if claude.is_some() { setting("SCALE", 1.5) } else { 1.0 }, runs, step);
    // LEVELS=FOLDER keeps the tables of the files there and fits only what depends on the kind of text.
    if let Ok(folder) = std::env::var("LEVELS") {
        write::start_from(&mut model, &format!("{folder}/{name}.bin"));
        model.settle();
        return with_levels(name, &model, test);
    }
    // WARM=FILE.bin starts from another family's tables: vocabularies cut words much alike, and it spares the longest step.
    match std::env::var("WARM") {
        Ok(path) => write::start_from(&mut model, &path),
        Err(_) => {
            model.fit_starts(train, options);
            model.shrink(train, options.shrink);
        }
    }
    model.fit_level(train);
    report::print(&format!("{name} starts, test"), test, |c| model.predict(c), false);
    model.fit_sums(train, options);
    report::print(&format!("{name} sums, train"), train, |c| model.predict(c), false);
    with_levels(name, &model, test)
}

fn with_levels(name: &str, model: &Model, test: &[&Chunk]) -> Vec<u8> {
    let levels = interval::levels(model, test);
    println!("{name} half-widths {}", levels.uncertainties.map(|value| format!("{:.3}", value.exp())).join(" "));
    println!("{name} corrections {}", levels.corrections.map(|value| format!("{value:.3}")).join(" "));
    write::file(name, model, &levels)
}
