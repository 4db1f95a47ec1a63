//! What holds for every text and family, and what is close enough on texts written for this purpose.

use super::scanner::{Position, Scanner, Sink};
use super::{Anchor, Counter, Family, TokenEstimate, TokensError, estimate, family_for_model};

/// Sections `@@@ kind count`, counted by GLM's own vocabulary (`fit-tokens count glm`).
const FIXTURE: &str = include_str!("fixture.txt");

fn sections() -> Vec<(&'static str, u64, &'static str)> {
    FIXTURE
        .split("@@@ ")
        .skip(1)
        .map(|section| {
            let (head, text) = section.split_once('\n').unwrap();
            let (kind, count) = head.split_once(' ').unwrap();
            (kind, count.parse().unwrap(), text)
        })
        .collect()
}

fn glm() -> &'static Family {
    Family::built_in()
}

/// Bytes without sense but with every sort of byte, the same in each run.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}

#[test]
fn the_built_in_family_is_sound() {
    assert_eq!(glm().name(), "glm");
    assert!(Family::from_bytes(include_bytes!("glm.bin")).is_ok());
}

#[test]
fn texts_of_each_kind_are_close_to_the_exact_count() {
    let mut sum = (0, 0);
    for (kind, exact, text) in sections() {
        let found = estimate(glm(), text.as_bytes());
        let error = found.expected as f64 / exact as f64 - 1.0;
        // Short texts vary more than the 4 KB chunks that docs/estimates.md speaks of.
        assert!(error.abs() < 0.15, "{kind}: {} for {exact}", found.expected);
        sum = (sum.0 + found.expected, sum.1 + exact);
    }
    let error = sum.0 as f64 / sum.1 as f64 - 1.0;
    assert!(error.abs() < 0.03, "together {} for {}", sum.0, sum.1);
}

#[test]
fn most_truths_lie_within_their_interval() {
    let all = sections();
    let inside = all
        .iter()
        .filter(|(_, exact, text)| {
            let found = estimate(glm(), text.as_bytes());
            found.low <= *exact && *exact <= found.high
        })
        .count();
    assert!(inside * 10 >= all.len() * 8, "{inside} of {}", all.len());
}

#[test]
fn runs_of_one_character_stay_within_a_factor() {
    // Exact GLM counts of 100,000 characters.
    for (character, exact) in RUNS {
        let found = estimate(glm(), character.repeat(100_000).as_bytes()).expected as f64;
        let ratio = found / exact as f64;
        assert!((1.0 / 1.5..=1.5).contains(&ratio), "{character:?}: {found} for {exact}");
    }
}

const RUNS: [(&str, u64); 0] = [];

#[test]
fn nothing_is_nothing_and_anything_is_something() {
    assert_eq!(estimate(glm(), b""), TokenEstimate::default());
    for text in [&b"a"[..], b" ", b"\n", b"\0", b"\xFF", b"\xE4", b"\xF0\x9F"] {
        let found = estimate(glm(), text);
        assert!(found.low >= 1 && found.low <= found.expected && found.expected <= found.high, "{text:?}: {found:?}");
    }
}

#[test]
fn a_counter_equals_the_whole_however_the_text_is_cut() {
    let mut texts: Vec<Vec<u8>> = sections().into_iter().map(|(_, _, text)| text.as_bytes().to_vec()).collect();
    texts.push(FIXTURE.as_bytes().to_vec());
    texts.extend((0..20).map(|seed| noise(seed, 1500)));
    // Characters that break off in every place, followed by every kind of byte.
    texts.push(b"\xF0\x9F\x98\xF0\x9F\x98\x80\xE4\xB8\xE4\xB8\xADa\xE4\xB8".to_vec());
    for text in texts {
        let whole = estimate(glm(), &text);
        for cut in [1, 2, 3, 7, 511, 512, 513] {
            let mut counter = Counter::new(glm());
            for part in text.chunks(cut) {
                counter.push(part);
            }
            assert_eq!(counter.finish(), whole, "cut every {cut}: {:?}", String::from_utf8_lossy(&text));
            assert_eq!(counter.length(), text.len());
        }
    }
}

#[test]
fn a_counter_follows_edits_exactly() {
    let mut text = FIXTURE.as_bytes().to_vec();
    let mut counter = Counter::new(glm());
    counter.push(&text);
    for (step, byte) in noise(7, 400).into_iter().enumerate() {
        let same = text.len() * usize::from(byte) / 256;
        text.truncate(same);
        text.extend_from_slice(&FIXTURE.as_bytes()[step * 3..step * 3 + usize::from(byte) * 4]);
        counter.update(&text, same);
        assert_eq!(counter.finish(), estimate(glm(), &text), "step {step}");
    }
}

#[test]
fn rewinding_loses_less_than_a_mark_and_never_grows() {
    let text = FIXTURE.as_bytes();
    let mut counter = Counter::new(glm());
    counter.push(text);
    assert_eq!(counter.rewind(usize::MAX), text.len());
    let counted = counter.rewind(2000);
    assert!(counted <= 2000 && counted + 512 > 2000);
    assert_eq!(counter.finish(), estimate(glm(), &text[..counted]));
    assert_eq!(counter.rewind(0), 0);
    assert_eq!(counter.finish(), TokenEstimate::default());
    counter.update(b"short", 400);
    assert_eq!(counter.finish(), estimate(glm(), b"short"));
}

struct Counting {
    positions: usize,
    bytes: usize,
}

impl Sink for Counting {
    fn take(&mut self, position: &Position) {
        self.positions += 1;
        self.bytes += position.length as usize;
    }
}

#[test]
fn work_is_one_step_for_each_character() {
    for text in ["a".repeat(50_000), " ".repeat(50_000), "中".repeat(50_000), "😀".repeat(50_000), "<|endoftext|>".repeat(4_000), FIXTURE.to_owned()] {
        let mut seen = Counting { positions: 0, bytes: 0 };
        let mut scanner = Scanner::default();
        scanner.walk(text.as_bytes(), &mut seen);
        scanner.end(&mut seen);
        // One step closes the text before the first character's own.
        assert_eq!(seen.positions, text.chars().count() + 1);
        assert_eq!(seen.bytes, text.len());
    }
    for seed in 0..50 {
        let bytes = noise(seed, 5_000);
        let mut seen = Counting { positions: 0, bytes: 0 };
        let mut scanner = Scanner::default();
        scanner.walk(&bytes, &mut seen);
        scanner.end(&mut seen);
        assert!(seen.positions <= bytes.len() + 1);
    }
}

#[test]
fn an_editing_step_costs_less_than_two_marks_of_text() {
    // The bound behind "ten microseconds at any length": what is walked again, not how long the text is.
    let text = FIXTURE.repeat(60);
    let mut counter = Counter::new(glm());
    counter.push(text.as_bytes());
    for back in [0, 1, 100, 511, 512, 513] {
        let keep = text.len() - back;
        let counted = counter.clone().rewind(keep);
        assert!(keep - counted < 512, "{back}");
    }
}

#[test]
fn more_text_is_not_fewer_tokens() {
    // A token may swallow what was two before, so a step back of a little is right; a step back of more is not.
    for (kind, _, text) in sections() {
        let mut counter = Counter::new(glm());
        let mut before = 0;
        for part in text.as_bytes().chunks(16) {
            counter.push(part);
            let now = counter.finish().expected;
            assert!(now + 3 >= before, "{kind}: {before} then {now}");
            before = now;
        }
    }
}

#[test]
fn damaged_files_are_refused_with_the_reason() {
    let sound = include_bytes!("glm.bin").to_vec();
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = sound.clone();
        change(&mut bytes);
        Family::from_bytes(&bytes).unwrap_err()
    };
    assert_eq!(Family::from_bytes(b"").unwrap_err(), TokensError::NotATable);
    assert_eq!(Family::from_bytes(b"<!doctype html>").unwrap_err(), TokensError::NotATable);
    assert_eq!(refused(&|bytes| bytes[4] = 9), TokensError::OtherVersion(9));
    assert_eq!(refused(&|bytes| bytes.truncate(500)), TokensError::WrongLength { expected: sound.len(), found: 500 });
    assert_eq!(refused(&|bytes| bytes.push(0)), TokensError::WrongLength { expected: sound.len(), found: sound.len() + 1 });
    assert_eq!(refused(&|bytes| bytes[4000] ^= 1), TokensError::WrongChecksum);
}

#[test]
fn models_find_their_family() {
    for (id, family) in [
        ("GLM-4.7", "glm"),
        ("glm-5", "glm"),
        ("z-ai/glm-4.6:free", "glm"),
        ("kimi-k2-0905-preview", "kimi"),
        ("moonshotai/Kimi-K2", "kimi"),
        ("Qwen3-Coder-480B-A35B", "qwen"),
        ("deepseek-v3.2", "deepseek"),
        ("DeepSeek-R1-Distill-Qwen-32B", "qwen"),
        ("MiniMax-M2", "minimax"),
        ("gpt-5-codex", "o200k"),
        ("openrouter/o3-mini", "o200k"),
        ("claude-3-5-sonnet-20241022", "claude-4.6"),
        ("claude-sonnet-4-20250514", "claude-4.6"),
        ("claude-opus-4-6", "claude-4.6"),
        ("anthropic/claude-opus-4.7", "claude-4.7"),
        ("claude-sonnet-5", "claude-4.7"),
        ("claude-opus", "claude-4.7"),
        ("", "glm"),
        ("auto", "glm"),
        ("模型", "glm"),
    ] {
        assert_eq!(family_for_model(id), family, "{id}");
    }
}

#[test]
fn an_anchor_takes_the_frame_and_the_error_out() {
    // The server counted a frame of 300 and 4 % more than the tables: 10,000 estimated, 10,700 reported.
    let anchor = Anchor { reported_input_tokens: 10_700, estimated: 10_000 };
    let next = anchor.correct(TokenEstimate { expected: 11_000, low: 10_300, high: 11_700 });
    assert_eq!(next.expected, 11_770);
    assert!(next.high - next.low < 200, "{next:?}");
    assert!(next.low >= 10_700 && next.low <= next.expected && next.expected <= next.high);
    // Unchanged text: what was reported, exactly.
    let same = anchor.correct(TokenEstimate { expected: 10_000, low: 9_400, high: 10_600 });
    assert_eq!(same, TokenEstimate { expected: 10_700, low: 10_700, high: 10_700 });
    // Shorter text: scaled as a whole.
    let shorter = anchor.correct(TokenEstimate { expected: 5_000, low: 4_800, high: 5_200 });
    assert_eq!(shorter.expected, 5_350);
}

#[test]
fn an_anchor_that_cannot_be_true_teaches_no_ratio() {
    let next = TokenEstimate { expected: 1_100, low: 1_000, high: 1_200 };
    for (reported, estimated) in [(0, 1_000), (1_000, 0)] {
        assert_eq!(Anchor { reported_input_tokens: reported, estimated }.correct(next), next);
    }
    // 50 images in the prompt: the surplus stays, it does not multiply.
    let images = Anchor { reported_input_tokens: 60_000, estimated: 1_000 };
    assert_eq!(images.correct(next).expected, 60_100);
    let huge = Anchor { reported_input_tokens: u64::MAX, estimated: 1 };
    let found = huge.correct(TokenEstimate { expected: u64::MAX, low: 0, high: u64::MAX });
    assert!(found.low <= found.expected && found.expected <= found.high);
}
