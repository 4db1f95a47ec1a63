//! JSON text, scanned once: where each value begins and ends, without copies.

use std::borrow::Cow;
use std::rc::Rc;

/// A value in a text that is JSON as a whole. Cheap to clone.
#[derive(Clone)]
pub struct Value<'a> {
    text: &'a str,
    nodes: Rc<Vec<Node>>,
    at: usize,
}

/// Of a value or of the name of a field, which comes before its value.
struct Node {
    start: usize,
    end: usize,
    /// The place that follows it and all that is inside.
    after: usize,
    /// A text that is not written as it reads.
    escaped: bool,
}

impl<'a> Value<'a> {
    /// `None` when `text` is no JSON (RFC 8259). How deep it is nested does not matter.
    pub fn parse(text: &'a str) -> Option<Value<'a>> {
        let nodes = Scanner { bytes: text.as_bytes(), at: 0, nodes: Vec::new(), open: Vec::new() }.document()?;
        Some(Value { text, nodes: Rc::new(nodes), at: 0 })
    }

    /// The text of the value as it is written.
    pub fn raw(&self) -> &'a str {
        self.raw_at(self.at)
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        self.raw().starts_with('{')
    }

    /// The text of a JSON string; `None` for anything else, and for half a surrogate pair, which is no text.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        self.nodes.get(self.at)?.text(self.text)
    }

    /// The elements of a list; `None` for anything else.
    pub fn elements(&self) -> Option<impl Iterator<Item = Value<'a>>> {
        self.raw().starts_with('[').then(|| self.inside().map(|at| self.at_node(at)))
    }

    /// The elements of a list as they are written; `None` for anything else.
    pub fn raw_elements(&self) -> Option<impl Iterator<Item = &'a str>> {
        self.raw().starts_with('[').then(|| self.inside().map(|at| self.raw_at(at)))
    }

    /// The elements of a list of exactly `N` whole numbers; `None` for anything else.
    pub fn integers<const N: usize>(&self) -> Option<[i64; N]> {
        let mut elements = self.raw_elements()?;
        let mut integers = [0; N];
        for integer in &mut integers {
            *integer = elements.next()?.parse().ok()?;
        }
        elements.next().is_none().then_some(integers)
    }

    /// The names and values of an object in the order of the text; nothing for anything else.
    pub fn fields(&self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> {
        let mut inside = self.is_object().then(|| self.inside().map(|at| self.at_node(at)));
        std::iter::from_fn(move || inside.as_mut().and_then(|inside| Some((inside.next()?, inside.next()?))))
    }

    /// The value of a field. Of two with one name the later wins, as in every JSON reader the server was tried with.
    pub fn field(&self, name: &str) -> Option<Value<'a>> {
        let mut found = None;
        let nodes = self.nodes.as_slice();
        let end = nodes.get(self.at).filter(|_| self.is_object()).map_or(0, |node| node.after);
        let mut at = self.at + 1;
        while let Some(known) = nodes.get(at).filter(|_| at < end) {
            if known.equals(name, self.text) {
                found = Some(known.after);
            }
            at = nodes.get(known.after)?.after;
        }
        found.map(|at| self.at_node(at))
    }

    fn at_node(&self, at: usize) -> Value<'a> {
        Value { text: self.text, nodes: self.nodes.clone(), at }
    }

    fn raw_at(&self, at: usize) -> &'a str {
        self.nodes.get(at).and_then(|node| self.text.get(node.start..node.end)).unwrap_or_default()
    }

    /// Where the elements of a list begin, or the names and values of an object.
    fn inside(&self) -> impl Iterator<Item = usize> {
        let end = self.nodes.get(self.at).map_or(0, |node| node.after);
        let mut next = self.at + 1;
        std::iter::from_fn(move || {
            let at = next;
            next = self.nodes.get(at).filter(|_| at < end)?.after;
            Some(at)
        })
    }
}

impl Node {
    /// Whether it is this text. Most differ in length already.
    fn equals(&self, text: &str, whole: &str) -> bool {
        if self.escaped {
            return self.text(whole).is_some_and(|known| known == text);
        }
        self.end - self.start == text.len() + 2
            && whole.as_bytes().get(self.start + 1..self.end - 1) == Some(text.as_bytes())
    }

    fn text<'a>(&self, whole: &'a str) -> Option<Cow<'a, str>> {
        let is_text = whole.as_bytes().get(self.start) == Some(&b'"');
        let inner = whole.get(self.start + 1..self.end - 1).filter(|_| is_text)?;
        if self.escaped { unescaped(inner).map(Cow::Owned) } else { Some(Cow::Borrowed(inner)) }
    }
}

/// Walks over the text once, without recursion: a text that is nested a million times must not end the program.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    /// The places of the objects and lists that are not closed yet.
    open: Vec<usize>,
}

impl Scanner<'_> {
    fn document(mut self) -> Option<Vec<Node>> {
        loop {
            self.blanks();
            let node = self.begin();
            match self.take()? {
                bracket @ (b'{' | b'[') => {
                    self.blanks();
                    if !self.skip(if bracket == b'{' { b'}' } else { b']' }) {
                        self.open.push(node);
                        if bracket == b'{' {
                            self.name()?;
                        }
                        continue;
                    }
                }
                b'"' => self.string(node)?,
                b't' => self.word(b"rue")?,
                b'f' => self.word(b"alse")?,
                b'n' => self.word(b"ull")?,
                first => self.number(first)?,
            }
            self.finish(node)?;
            if self.closed()? {
                return Some(self.nodes);
            }
        }
    }

    /// After a value: closes what ends here, up to where the next value begins. True at the end of the text.
    fn closed(&mut self) -> Option<bool> {
        loop {
            self.blanks();
            let Some(&open) = self.open.last() else { return (self.at == self.bytes.len()).then_some(true) };
            let is_object = self.bytes.get(self.nodes.get(open)?.start) == Some(&b'{');
            match (self.take()?, is_object) {
                (b',', true) => return self.name().map(|()| false),
                (b',', false) => return Some(false),
                (b'}', true) | (b']', false) => {}
                _ => return None,
            }
            self.open.pop();
            self.finish(open)?;
        }
    }

    /// The name of a field, up to its value.
    fn name(&mut self) -> Option<()> {
        self.blanks();
        let node = self.begin();
        self.skip(b'"').then_some(())?;
        self.string(node)?;
        self.finish(node)?;
        self.blanks();
        self.skip(b':').then_some(())
    }

    /// The rest of a string. Its escapes are decoded only when it is read.
    fn string(&mut self, node: usize) -> Option<()> {
        loop {
            let plain = self.bytes.get(self.at..)?.iter();
            self.at += plain.take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..b' ')).count();
            match self.take()? {
                b'"' => return Some(()),
                b'\\' => self.escape()?,
                _ => return None,
            }
            self.nodes.get_mut(node)?.escaped = true;
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.take()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let digits = self.bytes.get(self.at..self.at + 4)?;
                self.at += 4;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            _ => None,
        }
    }

    /// The rest of a number.
    fn number(&mut self, first: u8) -> Option<()> {
        match if first == b'-' { self.take()? } else { first } {
            // No digit follows a leading zero.
            b'0' => {}
            b'1'..=b'9' => _ = self.digits(),
            _ => return None,
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            let _sign = self.skip(b'+') || self.skip(b'-');
            self.digits()?;
        }
        Some(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(())
    }

    fn word(&mut self, rest: &[u8]) -> Option<()> {
        let end = self.at + rest.len();
        (self.bytes.get(self.at..end)? == rest).then_some(())?;
        self.at = end;
        Some(())
    }

    fn blanks(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn begin(&mut self) -> usize {
        self.nodes.push(Node { start: self.at, end: self.at, after: 0, escaped: false });
        self.nodes.len() - 1
    }

    fn finish(&mut self, node: usize) -> Option<()> {
        let after = self.nodes.len();
        let node = self.nodes.get_mut(node)?;
        (node.end, node.after) = (self.at, after);
        Some(())
    }
}

/// A string whose escapes are known to be well-formed, without them.
fn unescaped(inner: &str) -> Option<String> {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((before, escape)) = rest.split_once('\\') {
        text.push_str(before);
        let mut letters = escape.chars();
        text.push(match letters.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (letter, after) = letter(letters.as_str())?;
                letters = after.chars();
                letter
            }
            itself => itself,
        });
        rest = letters.as_str();
    }
    text.push_str(rest);
    Some(text)
}

/// The letter that four digits stand for, and what follows. One beyond the first plane is a pair of escapes.
fn letter(digits: &str) -> Option<(char, &str)> {
    let (first, rest) = unit(digits)?;
    if let Some(letter) = char::from_u32(first.into()) {
        return Some((letter, rest));
    }
    let (second, rest) = unit(rest.strip_prefix("\\u")?)?;
    Some((char::decode_utf16([first, second]).next()?.ok()?, rest))
}

fn unit(digits: &str) -> Option<(u16, &str)> {
    Some((u16::from_str_radix(digits.get(..4)?, 16).ok()?, digits.get(4..)?))
}
