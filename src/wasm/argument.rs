//! An argument as it came from JavaScript, with the path that the API knows it by.

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

/// An argument or a part of one. Reading it as something that it is not fails with its path.
pub struct Argument {
    path: String,
    tree: Tree,
}

impl Argument {
    /// `name` is what the API calls the argument.
    pub(super) fn new(name: &str, value: JsValue) -> Result<Argument, InvalidInput> {
        let tree = serde_wasm_bindgen::from_value(value).map_err(|_| InvalidInput::new(name, "give plain data"))?;
        Ok(Argument { path: name.to_owned(), tree })
    }

    /// An error about this argument; `why` says what to give.
    pub(super) fn wrong(&self, why: &str) -> InvalidInput {
        InvalidInput::new(self.path.clone(), why)
    }

    /// `None` for undefined and null.
    pub(super) fn given(self) -> Option<Argument> {
        if matches!(self.tree, Tree::Nothing) { None } else { Some(self) }
    }

    /// The part called `name`; nothing where the object has none.
    pub(super) fn field(&mut self, name: &str) -> Result<Argument, InvalidInput> {
        let path = format!("{}.{name}", self.path);
        match &mut self.tree {
            Tree::Fields(fields) => {
                let found = fields.iter().position(|(known, _)| known == name);
                let tree = found.map_or(Tree::Nothing, |index| fields.swap_remove(index).1);
                Ok(Argument { path, tree })
            }
            _ => Err(self.wrong("give an object")),
        }
    }

    /// As [`Argument::field`], `None` where it is undefined or null.
    pub(super) fn optional(&mut self, name: &str) -> Result<Option<Argument>, InvalidInput> {
        Ok(self.field(name)?.given())
    }

    pub(super) fn text(self) -> Result<String, InvalidInput> {
        match self.tree {
            Tree::Text(text) => Ok(text),
            _ => Err(self.wrong("give a text")),
        }
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self.tree, Tree::Text(_))
    }

    /// A text that says something.
    pub(super) fn words(self) -> Result<String, InvalidInput> {
        let path = self.path.clone();
        let text = self.text()?;
        if text.trim().is_empty() { Err(InvalidInput::new(path, "give a text that is not empty")) } else { Ok(text) }
    }

    /// A text, or the texts of a list.
    pub(super) fn texts(self) -> Result<Vec<String>, InvalidInput> {
        match self.tree {
            Tree::Text(text) => Ok(vec![text]),
            _ => self.list()?.into_iter().map(Argument::text).collect(),
        }
    }

    pub(super) fn flag(self) -> Result<bool, InvalidInput> {
        match self.tree {
            Tree::Flag(flag) => Ok(flag),
            _ => Err(self.wrong("give true or false")),
        }
    }

    pub(super) fn number(&self) -> Result<f64, InvalidInput> {
        match self.tree {
            Tree::Number(number) if number.is_finite() => Ok(number),
            _ => Err(self.wrong("give a number")),
        }
    }

    /// A whole number between `low` and `high`.
    pub(super) fn whole(&self, low: u64, high: u64) -> Result<u64, InvalidInput> {
        let number = self.number()?;
        let fits = number.fract() == 0.0 && number >= low as f64 && number <= high as f64;
        if fits { Ok(number as u64) } else { Err(self.wrong(&format!("give a whole number from {low} to {high}"))) }
    }

    /// A count of something.
    pub(super) fn count(&self) -> Result<u64, InvalidInput> {
        self.whole(0, (1 << 53) - 1)
    }

    /// An amount of credits of any sign.
    pub(super) fn credits(&self) -> Result<Credits, InvalidInput> {
        Credits::from_f64(self.number()?).map_err(|error| self.wrong(&format!("give an amount of credits: {error}")))
    }

    /// An amount of credits of 0 or more.
    pub(super) fn amount(&self) -> Result<Credits, InvalidInput> {
        let credits = self.credits()?;
        if credits.is_negative() { Err(self.wrong("give an amount of 0 or more")) } else { Ok(credits) }
    }

    pub(super) fn share(&self) -> Result<Share, InvalidInput> {
        Share::from_f64(self.number()?).ok_or_else(|| self.wrong("give a share between 0 and 1"))
    }

    pub(super) fn instant(&self) -> Result<Timestamp, InvalidInput> {
        const LARGEST: f64 = 8.64e15;
        let millis = self.number()?;
        if millis.abs() <= LARGEST {
            Ok(Timestamp::from_millis(millis.round() as i64))
        } else {
            Err(self.wrong("give an instant in milliseconds since 1970"))
        }
    }

    pub(super) fn list(self) -> Result<Vec<Argument>, InvalidInput> {
        let path = self.path;
        match self.tree {
            Tree::List(trees) => {
                let element = |(index, tree)| Argument { path: format!("{path}[{index}]"), tree };
                Ok(trees.into_iter().enumerate().map(element).collect())
            }
            _ => Err(InvalidInput::new(path, "give a list")),
        }
    }

    /// The names and values of an object whose values are texts.
    pub(super) fn text_pairs(self) -> Result<Vec<(String, String)>, InvalidInput> {
        let path = self.path;
        let Tree::Fields(fields) = self.tree else { return Err(InvalidInput::new(path, "give an object")) };
        let pair = |(name, tree): (String, Tree)| {
            let value = Argument { path: format!("{path}.{name}"), tree }.text()?;
            Ok((name, value))
        };
        fields.into_iter().map(pair).collect()
    }

    /// One of the words that the API knows.
    pub(super) fn one_of<T: Copy>(self, words: &[(&str, T)]) -> Result<T, InvalidInput> {
        let known = match &self.tree {
            Tree::Text(text) => words.iter().find(|(word, _)| word == text),
            _ => None,
        };
        known.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let list: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.wrong(&format!("give one of {}", list.join(", ")))
        })
    }
}
