//! Prompts as their counts, and what the answers of a task reported of the earlier ones.

use super::anchor::{Anchor, Conversation, is_plausible};
use super::counter::TokenEstimate;
use super::models::between;

/// Bytes of a prompt that are compared with the beginning of a later one. Kept while the window lives, and never stored.
const PREFIX_BYTES: usize = 64;
/// At most this many requests in flight and tasks are remembered; the oldest go first.
const MAX_TASKS: usize = 64;

/// A prompt that was counted. Of its text only the first 64 bytes are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    counts: Vec<(&'static str, TokenEstimate)>,
    beginning: Vec<u8>,
}

impl Prompt {
    /// `counts`: by each family whose tables were asked, at least one.
    pub fn new(text: &[u8], counts: Vec<(&'static str, TokenEstimate)>) -> Prompt {
        Prompt { counts, beginning: text.iter().take(PREFIX_BYTES).copied().collect() }
    }

    /// Its tokens for a family: by its own tables if they counted it, else by others, with a range that holds what the two
    /// differ by.
    pub fn count(&self, family: &str) -> TokenEstimate {
        let own = self.counts.iter().find(|(known, _)| *known == family);
        match own.or(self.counts.first()) {
            Some((known, estimate)) => estimate.scaled_by(between(known, family)),
            None => TokenEstimate::default(),
        }
    }
}

/// The last report of a task: what the server counted for a prompt and for its answer.
#[derive(Clone, Debug)]
pub struct Report {
    task: String,
    family: &'static str,
    prompt: Option<Prompt>,
    input: u64,
    output: u64,
    /// The reports so far of prompts that were given whole.
    conversation: Conversation,
}

impl Report {
    /// The tokens of the task's next prompt for a model of `family`, where that is known: for Auto it is the last pick's.
    ///
    /// What was reported is in the next prompt, with the answer, and only what is added is estimated. A text that is the whole
    /// prompt again holds the last one and is not added to it. Without a text nothing is known to be added.
    pub fn next(&self, next: Option<&Prompt>, family: Option<&'static str>) -> TokenEstimate {
        let family = family.unwrap_or(self.family);
        // The part of an answer that was thought and not said may stay away.
        let before = TokenEstimate {
            low: self.input,
            expected: self.input.saturating_add(self.output),
            high: self.input.saturating_add(self.output),
        };
        let before = before.scaled_by(between(self.family, family));
        let Some(next) = next else { return before };
        let added = next.count(family);
        if !self.is_in(next) {
            return TokenEstimate {
                low: before.low.saturating_add(added.low),
                expected: before.expected.saturating_add(added.expected),
                high: before.high.saturating_add(added.high),
            };
        }
        // Another vocabulary counts the whole otherwise: of that the report says less than the tables.
        if family == self.family { self.conversation.correct(added) } else { added }
    }

    /// Whether a text is the whole prompt again, with more at its end, and not only what is added: it begins as the last one did
    /// (a short one must also have grown as by the answer), or the report was of about the last text and this one is no shorter.
    fn is_in(&self, next: &Prompt) -> bool {
        let now = next.count(self.family).expected;
        let Some(last) = &self.prompt else { return is_plausible(self.input, now) || now > self.input };
        let then = last.count(self.family).expected;
        let is_long = last.beginning.len() == PREFIX_BYTES;
        let is_alike = next.beginning.starts_with(&last.beginning);
        is_alike && (is_long || now >= then.saturating_add(self.output / 2))
            || now >= then && is_plausible(self.input, then)
    }
}

struct Sent {
    id: String,
    task: String,
    family: &'static str,
    prompt: Option<Prompt>,
}

/// The prompts of a window's tasks: those that were sent and what was reported of the last one of each.
#[derive(Default)]
pub struct TaskPrompts {
    sent: Vec<Sent>,
    reports: Vec<Report>,
}

impl TaskPrompts {
    /// A request of a task is sent.
    pub fn send(&mut self, id: &str, task: &str, family: &'static str, prompt: Option<&Prompt>) {
        if self.sent.len() >= MAX_TASKS {
            self.sent.remove(0);
        }
        self.sent.push(Sent { id: id.to_owned(), task: task.to_owned(), family, prompt: prompt.cloned() });
    }

    /// A request has ended. `input` and `output`: tokens of the prompt and of the answer, where they were reported; `family`: that of
    /// Auto's pick.
    pub fn end(&mut self, id: &str, family: Option<&'static str>, input: u64, output: u64) {
        let Some(index) = self.sent.iter().position(|sent| sent.id == id) else { return };
        let Sent { task, family: asked, prompt, .. } = self.sent.remove(index);
        if input == 0 {
            return;
        }
        let family = family.unwrap_or(asked);
        let last = self.reports.iter().position(|report| report.task == task).map(|index| self.reports.remove(index));
        // Reports of one vocabulary and of whole prompts show the tables' error.
        let goes_on = |last: &Report| last.family == family && prompt.as_ref().is_some_and(|prompt| last.is_in(prompt));
        let mut conversation = last.filter(goes_on).map(|last| last.conversation).unwrap_or_default();
        let estimated = prompt.as_ref().map_or(0, |prompt| prompt.count(family).expected);
        conversation.observe(Anchor { reported_input_tokens: input, estimated });
        if self.reports.len() >= MAX_TASKS {
            self.reports.remove(0);
        }
        self.reports.push(Report { task, family, prompt, input, output, conversation });
    }

    /// What is known of a task's last prompt.
    pub fn report(&self, task: &str) -> Option<&Report> {
        self.reports.iter().find(|report| report.task == task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(beginning: &str, tokens: u64) -> Prompt {
        let estimate = TokenEstimate { expected: tokens, low: tokens * 9 / 10, high: tokens * 11 / 10 };
        Prompt::new(beginning.as_bytes(), vec![("glm", estimate)])
    }

    const SYSTEM: &str = "You are a careful assistant who edits the files of a repository, and this is its manual.";

    /// A report of 12 000 and 800 tokens for a prompt that was estimated at `tokens`.
    fn reported(beginning: &str, tokens: u64) -> TaskPrompts {
        let mut prompts = TaskPrompts::default();
        prompts.send("1", "task", "glm", Some(&prompt(beginning, tokens)));
        prompts.end("1", None, 12_000, 800);
        prompts
    }

    fn next(prompts: &TaskPrompts, draft: Option<&Prompt>) -> TokenEstimate {
        prompts.report("task").unwrap().next(draft, Some("glm"))
    }

    #[test]
    fn the_same_prompt_counts_as_it_was_reported() {
        let prompts = reported(SYSTEM, 11_500);
        let again = next(&prompts, Some(&prompt(SYSTEM, 11_500)));
        assert_eq!((again.low, again.expected, again.high), (12_000, 12_000, 12_000));
        assert!(prompts.report("another task").is_none());
    }

    #[test]
    fn a_whole_prompt_that_grew_is_not_added_to_the_one_that_it_holds() {
        let grown = next(&reported(SYSTEM, 11_500), Some(&prompt(SYSTEM, 13_000)));
        // Reported 12 000; 1 500 more at 4 to 5 % over the tables.
        assert!((13_500..13_600).contains(&grown.expected), "{grown:?}");
        assert!(grown.low >= 12_000 && grown.high - grown.low < 400, "only what is new is uncertain: {grown:?}");
        let other_head = next(&reported(SYSTEM, 11_500), Some(&prompt("Another head", 13_000)));
        assert_eq!(other_head, grown, "the report was of about the last text, so this one is whole as well");
    }

    #[test]
    fn a_message_alone_is_added_to_prompt_and_answer() {
        let added = next(&reported("Mend the test, please.", 8), Some(&prompt("Now the other one too.", 10)));
        assert_eq!(
            (added.low, added.expected, added.high),
            (12_009, 12_810, 12_811),
            "the answer may have thoughts in it"
        );
        let same_words = next(&reported("go on", 2), Some(&prompt("go on", 2)));
        assert_eq!(same_words.expected, 12_802, "so short a text may come twice");
        assert_eq!(next(&reported(SYSTEM, 11_500), None).expected, 12_800, "nothing is known to be added");
    }

    #[test]
    fn a_short_whole_prompt_grows_by_its_answer() {
        let mut prompts = TaskPrompts::default();
        prompts.send("1", "task", "glm", Some(&prompt("hello", 1)));
        prompts.end("1", None, 27, 300);
        assert_eq!(next(&prompts, Some(&prompt("hello, and all that was said since", 310))).expected, 27 + 309);
    }

    #[test]
    fn a_condensed_prompt_is_scaled_and_stays_uncertain() {
        let condensed = next(&reported(SYSTEM, 10_000), Some(&prompt(SYSTEM, 5_000)));
        assert_eq!((condensed.low, condensed.expected, condensed.high), (5_400, 6_000, 6_600));
    }

    #[test]
    fn another_vocabulary_widens_what_was_reported() {
        let prompts = reported("Mend the test, please.", 8);
        let report = prompts.report("task").unwrap();
        let claude = report.next(None, Some("claude-4.7"));
        assert_eq!((claude.low, claude.expected, claude.high), (17_160, 20_608, 22_016));
        assert_eq!(report.next(None, None).expected, 12_800, "Auto picks again what it picked, as far as is known");
        let whole = prompt(SYSTEM, 13_000);
        let by_tables = reported(SYSTEM, 11_500).report("task").unwrap().next(Some(&whole), Some("kimi"));
        assert_eq!(by_tables, whole.count("kimi"));
    }

    #[test]
    fn a_prompt_that_the_caller_counted_anchors_too() {
        let mut prompts = TaskPrompts::default();
        prompts.send("1", "task", "glm", None);
        prompts.end("1", None, 12_000, 800);
        assert_eq!(next(&prompts, Some(&prompt("and this", 40))).expected, 12_840);
        assert_eq!(next(&prompts, Some(&prompt("all of it", 13_000))).expected, 13_000);
    }

    #[test]
    fn what_reports_nothing_changes_nothing_and_what_is_kept_is_bounded() {
        let mut prompts = reported(SYSTEM, 11_500);
        prompts.send("2", "task", "glm", None);
        prompts.end("2", None, 0, 0);
        prompts.end("unknown", None, 5, 5);
        assert_eq!(next(&prompts, None).expected, 12_800);
        for request in 0..1_000 {
            let id = request.to_string();
            prompts.send(&id, &id, "glm", None);
            prompts.send("never ended", "task", "glm", None);
            prompts.end(&id, Some("kimi"), 7, 7);
        }
        assert!(prompts.sent.len() <= MAX_TASKS && prompts.reports.len() <= MAX_TASKS);
        assert_eq!(prompts.report("999").unwrap().family, "kimi");
    }
}
