//! Counting prompts for models: the tables that are loaded, and the texts that were counted last.

use super::counter::TokenEstimate;
use super::family::Family;
use super::followed::FollowedText;
use super::models::family_for_model;
use super::prompt::Prompt;

/// Texts that are followed while they change: the draft, and one more that it is compared with or that is about to be sent.
const MAX_TEXTS: usize = 2;
/// Longer texts are counted and not kept.
const MAX_KEPT_BYTES: usize = 8 * 1024 * 1024;

/// The models that a prompt is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountedModels {
    /// The draft's own model.
    Own,
    /// Every model that the draft may be compared with.
    All,
}

/// Counts prompts with the built-in tables and those that are loaded.
///
/// A `Key` identifies a text as the caller has it, such as the text itself, so that an unchanged text is recognized before its
/// bytes are needed. Texts are kept in memory until newer ones replace them, and never stored.
///
/// ```
/// use costrict_credit::domain::tokens::{CountedModels, PromptCounter};
///
/// let mut counter = PromptCounter::new();
/// let text = |key: &&str| key.as_bytes().to_vec();
/// let prompt = counter.count("Explain this function.", text, "GLM-4.6", CountedModels::Own);
/// let tokens = prompt.count("glm");
/// assert!((3..=7).contains(&tokens.expected));
/// assert!(tokens.low <= tokens.expected && tokens.expected <= tokens.high);
/// ```
pub struct PromptCounter<Key> {
    families: Vec<Family>,
    texts: Vec<CountedText<Key>>,
}

struct CountedText<Key> {
    key: Key,
    followed: FollowedText,
}

impl<Key: PartialEq> Default for PromptCounter<Key> {
    fn default() -> Self {
        PromptCounter::new()
    }
}

impl<Key: PartialEq> PromptCounter<Key> {
    /// A counter with the built-in tables only.
    pub const fn new() -> Self {
        PromptCounter { families: Vec::new(), texts: Vec::new() }
    }

    /// Adds the tables of a family, in place of earlier ones of the same family.
    pub fn load(&mut self, family: Family) {
        self.families.retain(|known| known.name() != family.name());
        self.families.push(family);
        // Counts by the replaced tables are no longer right.
        self.forget_texts();
    }

    /// Drops the texts that were counted.
    pub fn forget_texts(&mut self) {
        self.texts.clear();
    }

    /// Counts a prompt with the tables of the model's family, or with all tables; with the built-in ones for a family
    /// without tables. `text` gives the bytes of a text that is not known yet.
    pub fn count(
        &mut self,
        key: Key,
        text: impl FnOnce(&Key) -> Vec<u8>,
        model: &str,
        models: CountedModels,
    ) -> Prompt {
        let all: Vec<&Family> = std::iter::once(Family::built_in()).chain(&self.families).collect();
        let own = all.iter().rev().find(|family| family.name() == family_for_model(model)).or(all.first());
        let families = match models {
            CountedModels::Own => own.map_or(all.as_slice(), std::slice::from_ref),
            CountedModels::All => all.as_slice(),
        };
        let mut counted = take_or_update(&mut self.texts, key, text, &all);
        let count = |family: &&Family| -> (&'static str, TokenEstimate) {
            // The name as it is known at compile time: it outlives the tables.
            (family_for_model(family.name()), counted.followed.estimate(family))
        };
        let counts = families.iter().map(count).collect();
        let prompt = Prompt::new(counted.followed.text(), counts);
        if counted.followed.text().len() <= MAX_KEPT_BYTES {
            self.texts.push(counted);
        }
        prompt
    }
}

/// Takes the text out of those that are kept, or brings the most similar one up to date.
fn take_or_update<Key: PartialEq>(
    texts: &mut Vec<CountedText<Key>>,
    key: Key,
    text: impl FnOnce(&Key) -> Vec<u8>,
    families: &[&Family],
) -> CountedText<Key> {
    if let Some(same) = texts.iter().position(|kept| kept.key == key) {
        return texts.remove(same);
    }
    let text = text(&key);
    let shared = texts.iter().map(|kept| kept.followed.shared(&text)).enumerate();
    let similar = shared.filter(|(_, shared)| *shared > text.len() / 2).max_by_key(|(_, shared)| *shared);
    // If none is similar, the oldest makes room.
    let index = similar.map(|(index, _)| index).or((texts.len() >= MAX_TEXTS).then_some(0));
    let mut followed = index.map(|index| texts.remove(index).followed).unwrap_or_default();
    followed.update(text, families);
    CountedText { key, followed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kimi() -> Family {
        Family::from_bytes(include_bytes!("../../../pkg/tokens/kimi.bin")).unwrap()
    }

    #[test]
    fn an_unchanged_text_is_counted_once_and_a_similar_one_is_updated() {
        let mut counter = PromptCounter::new();
        let long = "fn main() { println!(\"hello\"); }\n".repeat(900);
        let bytes = |key: &String| key.clone().into_bytes();
        let first = counter.count(long.clone(), bytes, "GLM-4.6", CountedModels::Own);
        let again = counter.count(long.clone(), |_| panic!("it is kept"), "GLM-4.6", CountedModels::Own);
        assert_eq!(first, again);
        let scanned = counter.texts[0].followed.scanned();
        counter.count(format!("{long}// end"), bytes, "GLM-4.6", CountedModels::Own);
        assert_eq!(counter.texts.len(), 1, "the similar text is replaced");
        assert!(counter.texts[0].followed.scanned() - scanned < 10_000, "only the change is counted");
    }

    #[test]
    fn loaded_tables_are_used_and_drop_what_was_counted_before() {
        let mut counter = PromptCounter::new();
        let bytes = |key: &&str| key.as_bytes().to_vec();
        let text = "Explain what this program does, line by line.";
        let without = counter.count(text, bytes, "Kimi-K2", CountedModels::Own);
        counter.load(kimi());
        counter.load(kimi());
        assert_eq!((counter.families.len(), counter.texts.len()), (1, 0));
        let with = counter.count(text, bytes, "Kimi-K2", CountedModels::Own);
        let exact = super::super::estimate(&kimi(), text.as_bytes());
        assert_eq!(with.count("kimi"), exact);
        assert_ne!(without.count("kimi"), exact, "the built-in tables stood in, with a wider range");
    }
}
