//! Text from outside the program, made safe to display: names, sources, model ids and messages of a server. It is data, and
//! must not control what displays it.
//!
//! A terminal obeys escape sequences, a log splits at line ends, and a bidirectional control turns the direction of what
//! follows: `gift` + U+202E + `5.14` would show as `gift41.5`. Every text from outside passes through here before it is
//! shown or logged. Text that is compared or sent back to the server stays raw.

use std::borrow::Cow;

/// Longest text that is displayed, in characters.
pub const MAX_DISPLAY_CHARS: usize = 200;

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_DIRECTIONAL_ISOLATE: char = '\u{2069}';

/// Whether a character is invisible and steers how others are displayed. The joiners U+200C and U+200D are not among
/// them: Persian and emoji need them.
fn steers_display(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}'
            | '\u{061c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Letters of scripts that are written from right to left.
fn is_right_to_left(character: char) -> bool {
    matches!(character,
        '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// The characters after an escape sequence of a terminal, whose introducer has been read.
fn skip_escape(rest: &str) -> &str {
    let mut characters = rest.chars();
    match characters.next() {
        Some('[') => after_control_sequence(characters.as_str()),
        // An operating system command, such as a link or a window's title: up to its end.
        Some(']') => match rest.find(['\u{7}', '\u{1b}', '\u{9c}']) {
            Some(end) => rest.get(end..).unwrap_or_default(),
            None => "",
        },
        // The end of such a command.
        Some('\\') => characters.as_str(),
        _ => rest,
    }
}

fn after_control_sequence(rest: &str) -> &str {
    let parameters = rest.find(|character: char| !matches!(character, ' '..='?')).unwrap_or(rest.len());
    let mut tail = rest.get(parameters..).unwrap_or_default().chars();
    match tail.clone().next() {
        Some('@'..='~') => {
            tail.next();
            tail.as_str()
        }
        _ => tail.as_str(),
    }
}

/// The text on one line, without characters that steer a display and without escape sequences of terminals. White space
/// becomes single blanks. Not shortened.
pub fn one_line(text: &str) -> Cow<'_, str> {
    let is_plain = |character: char| character == ' ' || !(steers_display(character) || character.is_whitespace());
    if text.chars().all(is_plain) && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    let mut rest = text;
    let mut blank = false;
    while let Some(character) = rest.chars().next() {
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
        match character {
            '\u{1b}' => rest = skip_escape(rest),
            '\u{9b}' => rest = after_control_sequence(rest),
            // Next line, line and paragraph separator are white space as well.
            _ if character.is_whitespace() || matches!(character, '\u{2028}' | '\u{2029}') => blank = !line.is_empty(),
            _ if steers_display(character) => {}
            _ => {
                if blank {
                    line.push(' ');
                }
                blank = false;
                line.push(character);
            }
        }
    }
    Cow::Owned(line)
}

/// The text as it is displayed within our own texts: [`one_line`], at most [`MAX_DISPLAY_CHARS`] long, and isolated where
/// it holds letters written from right to left, so that it cannot reorder what is beside it.
pub fn display(text: &str) -> String {
    let line = one_line(text);
    let is_long = line.chars().nth(MAX_DISPLAY_CHARS).is_some();
    let shown: Cow<'_, str> = if is_long {
        Cow::Owned(line.chars().take(MAX_DISPLAY_CHARS - 1).chain(std::iter::once('…')).collect())
    } else {
        line
    };
    if shown.chars().any(is_right_to_left) {
        format!("{FIRST_STRONG_ISOLATE}{shown}{POP_DIRECTIONAL_ISOLATE}")
    } else {
        shown.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_display_is_left_out() {
        for (text, shown) in [
            ("weekly gift", "weekly gift"),
            ("每周礼物", "每周礼物"),
            ("gift\u{202e}5.14", "gift5.14"),
            ("\u{2066}a\u{2069}b\u{200f}\u{061c}", "ab"),
            ("a\u{2028}b\u{85}c\r\n\td", "a b c d"),
            ("  a   b  ", "a b"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{9b}1;31mred", "red"),
            ("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}]0;title", ""),
            ("\u{1b}[", ""),
            ("bell\u{7}\0\u{7f}", "bell"),
            ("a\u{feff}b\u{200b}c\u{e0041}", "abc"),
            ("👩\u{200d}💻", "👩\u{200d}💻"),
            ("", ""),
        ] {
            assert_eq!(display(text), shown, "{text:?}");
        }
    }

    #[test]
    fn right_to_left_text_is_isolated() {
        assert_eq!(display("דוד"), "\u{2068}דוד\u{2069}");
        assert_eq!(display("user محمد\n"), "\u{2068}user محمد\u{2069}");
        assert_eq!(display("David"), "David");
    }

    #[test]
    fn long_text_is_shortened_by_characters() {
        let long = display(&"长".repeat(10_000));
        assert_eq!(long.chars().count(), MAX_DISPLAY_CHARS);
        assert!(long.ends_with('…'));
        assert_eq!(display(&"x".repeat(MAX_DISPLAY_CHARS)).len(), MAX_DISPLAY_CHARS);
    }
}
