//! An argument as it came from JavaScript, with the path that the API knows it by.
//!
//! Reading never stops half-way: what is wrong is noted in a [`Check`] and something empty is read in its place; at the
//! end, [`checked`] gives either what was read or the first thing that was wrong. An error handed up from each field
//! would be 20 KB more of wasm.

use std::cell::RefCell;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use wasm_bindgen::JsValue;

use super::error::InvalidInput;
use crate::domain::credits::{Credits, Share};
use crate::domain::time::Timestamp;

/// Plain JavaScript data as a tree: one shape for serde to read, whatever the argument, which keeps the module small.
enum Tree {
    Nothing,
    Flag(bool),
    Number(f64),
    Text(String),
    List(Vec<Tree>),
    Fields(Vec<(String, Tree)>),
    /// Bytes and numbers that no argument takes.
    Other,
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain data")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Nothing)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Nothing)
    }

    // Without these two, serde's own refusals would bring the standard library's text of a double into the module.
    fn visit_bytes<E>(self, _: &[u8]) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Tree, E> {
        Ok(Tree::Flag(flag))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Number(number as f64))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Tree, E> {
        Ok(Tree::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        let mut trees = Vec::new();
        while let Some(tree) = list.next_element()? {
            trees.push(tree);
        }
        Ok(Tree::List(trees))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, tree)) = map.next_entry::<Tree, Tree>()? {
            let Tree::Text(name) = name else { return Err(A::Error::custom("a name that is no text")) };
            fields.push((name, tree));
        }
        Ok(Tree::Fields(fields))
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

/// Notes the first thing that is wrong with an argument.
#[derive(Default)]
struct Check(RefCell<Option<InvalidInput>>);

/// Where an argument stands in those around it.
#[derive(Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

/// An argument or a part of one. Reading it as something that it is not gives something empty, and notes its path.
#[derive(Clone, Copy)]
pub struct Argument<'a> {
    tree: &'a Tree,
    within: Option<&'a Argument<'a>>,
    step: Step<'a>,
    check: &'a Check,
}

/// Reads an argument, which the API calls `name`.
pub(super) fn checked<T>(name: &str, value: JsValue, read: impl FnOnce(Argument<'_>) -> T) -> Result<T, InvalidInput> {
    let (tree, check) = (plain_data(name, value)?, Check::default());
    let argument = Argument { tree: &tree, within: None, step: Step::Name(name), check: &check };
    let done = read(argument);
    check.0.into_inner().map_or(Ok(done), Err)
}

fn plain_data(name: &str, value: JsValue) -> Result<Tree, InvalidInput> {
    serde_wasm_bindgen::from_value(value).map_err(|_| InvalidInput::new(name, "give plain data"))
}

impl<'a> Argument<'a> {
    fn path(&self) -> String {
        let mut path = self.within.map(Argument::path).unwrap_or_default();
        match self.step {
            Step::Name(name) if path.is_empty() => path.push_str(name),
            Step::Name(name) => {
                path.push('.');
                path.push_str(name);
            }
            Step::Index(index) => path.push_str(&format!("[{index}]")),
        }
        path
    }

    /// Notes an error about this argument; `why` says what to give.
    #[inline(never)]
    pub(super) fn wrong(&self, why: &str) {
        let mut noted = self.check.0.borrow_mut();
        if noted.is_none() {
            *noted = Some(InvalidInput::new(self.path(), why));
        }
    }

    /// What `read` made of this argument; where that is nothing, `why` says what to give.
    pub(super) fn or_wrong<T: Default>(&self, read: Option<T>, why: &str) -> T {
        if read.is_none() {
            self.wrong(why);
        }
        read.unwrap_or_default()
    }

    /// `None` for undefined and null.
    pub(super) fn given(self) -> Option<Argument<'a>> {
        if matches!(self.tree, Tree::Nothing) { None } else { Some(self) }
    }

    /// The part called `name`; nothing where the object has none.
    #[inline(never)]
    pub(super) fn field(&'a self, name: &'a str) -> Argument<'a> {
        let tree = match self.tree {
            Tree::Fields(fields) => fields.iter().find(|(known, _)| known == name).map(|(_, tree)| tree),
            _ => {
                self.wrong("give an object");
                None
            }
        };
        Argument { tree: tree.unwrap_or(&Tree::Nothing), within: Some(self), step: Step::Name(name), check: self.check }
    }

    /// What `read` makes of the part called `name`; `None` where it is undefined or null.
    pub(super) fn optional<T>(&'a self, name: &'a str, read: impl FnOnce(Argument<'a>) -> T) -> Option<T> {
        self.field(name).given().map(read)
    }

    pub(super) fn as_text(&self) -> Option<&'a str> {
        match self.tree {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }

    #[inline(never)]
    pub(super) fn text(self) -> String {
        self.or_wrong(self.as_text().map(str::to_owned), "give a text")
    }

    pub(super) fn is_text(&self) -> bool {
        self.as_text().is_some()
    }

    /// A text that says something.
    pub(super) fn words(self) -> String {
        let text = self.text();
        if self.is_text() && text.trim().is_empty() {
            self.wrong("give a text that is not empty");
        }
        text
    }

    /// A text, or the texts of a list.
    pub(super) fn texts(self) -> Vec<String> {
        if self.is_text() { vec![self.text()] } else { self.list(|text| text.text()) }
    }

    pub(super) fn flag(self) -> bool {
        let flag = if let Tree::Flag(flag) = self.tree { Some(*flag) } else { None };
        self.or_wrong(flag, "give true or false")
    }

    #[inline(never)]
    pub(super) fn number(self) -> f64 {
        let number = if let Tree::Number(number) = self.tree { Some(*number) } else { None };
        self.or_wrong(number.filter(|number| number.is_finite()), "give a number")
    }

    /// A whole number between `low` and `high`.
    #[inline(never)]
    pub(super) fn whole(self, low: u64, high: u64) -> u64 {
        let number = self.number();
        if number.fract() != 0.0 || number < low as f64 || number > high as f64 {
            self.wrong(&format!("give a whole number from {low} to {high}"));
        }
        number as u64
    }

    /// A count of something.
    pub(super) fn count(self) -> u64 {
        self.whole(0, (1 << 53) - 1)
    }

    /// An amount of credits of any sign.
    #[inline(never)]
    pub(super) fn credits(self) -> Credits {
        Credits::from_f64(self.number()).unwrap_or_else(|error| {
            self.wrong(&format!("give an amount of credits: {error}"));
            Credits::ZERO
        })
    }

    /// An amount of credits of 0 or more.
    pub(super) fn amount(self) -> Credits {
        let credits = self.credits();
        if credits.is_negative() {
            self.wrong("give an amount of 0 or more");
        }
        credits
    }

    pub(super) fn share(self) -> Share {
        self.or_wrong(Share::from_f64(self.number()), "give a share between 0 and 1")
    }

    pub(super) fn instant(self) -> Timestamp {
        const LARGEST: f64 = 8.64e15;
        let millis = self.number();
        if millis.abs() > LARGEST {
            self.wrong("give an instant in milliseconds since 1970");
        }
        Timestamp::from_millis(millis.round() as i64)
    }

    /// The elements of a list.
    pub(super) fn list<T>(self, read: impl Fn(Argument<'_>) -> T) -> Vec<T> {
        let trees = if let Tree::List(trees) = self.tree { trees.as_slice() } else { &[] };
        if !matches!(self.tree, Tree::List(_)) {
            self.wrong("give a list");
        }
        let element =
            |(index, tree)| read(Argument { tree, within: Some(&self), step: Step::Index(index), check: self.check });
        trees.iter().enumerate().map(element).collect()
    }

    /// The names and values of an object whose values are texts.
    pub(super) fn text_pairs(self) -> Vec<(String, String)> {
        let fields = if let Tree::Fields(fields) = self.tree { fields.as_slice() } else { &[] };
        if !matches!(self.tree, Tree::Fields(_)) {
            self.wrong("give an object");
        }
        // Looking each one up by its name again would take time squared.
        let text = |(name, tree): &(String, Tree)| {
            let value = Argument { tree, within: Some(&self), step: Step::Name(name), check: self.check };
            (name.clone(), value.text())
        };
        fields.iter().map(text).collect()
    }

    /// One of the words that the API knows; `otherwise` is read in place of any other.
    pub(super) fn one_of<T: Copy>(self, words: &[(&str, T)], otherwise: T) -> T {
        let known = words.iter().find(|(word, _)| self.as_text() == Some(word)).map(|(_, meaning)| *meaning);
        if known.is_none() {
            let list: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.wrong(&format!("give one of {}", list.join(", ")));
        }
        known.unwrap_or(otherwise)
    }
}
