//! The table of messages: what a message is, and the macro that makes the table.

use crate::ports::Plural;

/// A formatted number and its plural form.
#[derive(Clone, Debug)]
pub(crate) struct Count {
    pub text: String,
    pub plural: Plural,
}

/// Key, placeholders and English text of a message.
pub(crate) struct MessageSpec {
    pub key: &'static str,
    placeholders: &'static str,
    other: &'static str,
    one: Option<&'static str>,
}

impl MessageSpec {
    /// Parses a line of `ENGLISH`. Tabs separate the fields; no text contains one.
    pub fn of(line: &'static str) -> MessageSpec {
        let mut parts = line.split('\t');
        let mut next = || parts.next();
        let (key, placeholders, other) =
            (next().unwrap_or_default(), next().unwrap_or_default(), next().unwrap_or_default());
        MessageSpec { key, placeholders, other, one: next() }
    }

    /// Placeholder names, in the order of the arguments of `Message`.
    pub fn placeholders(&self) -> impl Iterator<Item = &'static str> {
        self.placeholders.split_whitespace()
    }

    /// Whether the text has plural forms.
    pub fn is_counted(&self) -> bool {
        self.one.is_some()
    }

    pub fn english(&self, wanted: Plural) -> &'static str {
        self.one.filter(|_| wanted == Plural::One).unwrap_or(self.other)
    }

    #[cfg(test)]
    pub fn all_english(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.other).chain(self.one)
    }
}

/// Maximum number of arguments of a message.
pub(crate) const ARGUMENTS_MAX: usize = 4;

/// Pads the arguments of a message to a fixed length.
pub(crate) fn positional<'a>(given: &[&'a str]) -> [&'a str; ARGUMENTS_MAX] {
    let mut arguments = [""; ARGUMENTS_MAX];
    for (slot, argument) in arguments.iter_mut().zip(given) {
        *slot = argument;
    }
    arguments
}

/// Generates `Message`, a message with its arguments, and `ENGLISH`, the texts of all messages in the same order.
///
/// `ENGLISH` is one text and not an array: an array of 280 messages is mostly addresses, 4 KB gzip of wasm.
macro_rules! messages {
    (
        simple { $($plain:ident $plain_key:literal $plain_en:literal;)* }
        filled { $($filled:ident $filled_key:literal { $($arg:ident),* } $filled_en:literal;)* }
        counted { $($counted:ident $counted_key:literal { $($extra:ident),* } one $one:literal other $other:literal;)* }
    ) => {
        /// A message and its arguments.
        #[derive(Clone, Copy)]
        pub(crate) enum Message<'a> {
            $($plain,)*
            $($filled { $($arg: &'a str),* },)*
            $($counted { count: &'a Count, $($extra: &'a str),* },)*
        }

        #[derive(Clone, Copy)]
        enum MessageIndex { $($plain,)* $($filled,)* $($counted,)* }

        impl<'a> Message<'a> {
            /// Position in [`ENGLISH`] and in every catalogue.
            pub(crate) fn index(&self) -> usize {
                match self {
                    $(Message::$plain => MessageIndex::$plain as usize,)*
                    $(Message::$filled { .. } => MessageIndex::$filled as usize,)*
                    $(Message::$counted { .. } => MessageIndex::$counted as usize,)*
                }
            }

            /// The arguments, in the order of the placeholders' names.
            pub(crate) fn arguments(&self) -> [&'a str; $crate::view::message_table::ARGUMENTS_MAX] {
                match *self {
                    $(Message::$filled { $($arg),* } => $crate::view::message_table::positional(&[$($arg),*]),)*
                    $(Message::$counted { count, $($extra),* } => {
                        $crate::view::message_table::positional(&[count.text.as_str() $(, $extra)*])
                    })*
                    _ => $crate::view::message_table::positional(&[]),
                }
            }

            pub(crate) fn plural(&self) -> $crate::ports::Plural {
                match self {
                    $(Message::$counted { count, .. } => count.plural,)*
                    _ => $crate::ports::Plural::Other,
                }
            }
        }

        /// All messages, in the order of `Message`, one in a line: key, names of placeholders, English, English for one.
        pub(crate) static ENGLISH: &str = concat!(
            $($plain_key, "\t\t", $plain_en, "\n",)*
            $($filled_key, "\t", $(stringify!($arg), " ",)* "\t", $filled_en, "\n",)*
            $($counted_key, "\tcount ", $(stringify!($extra), " ",)* "\t", $other, "\t", $one, "\n",)*
        );
    };
}
pub(crate) use messages;
