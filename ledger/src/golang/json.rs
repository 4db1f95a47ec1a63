//! `encoding/json`: which texts it reads, and its words for those that it does not.

use super::float::quote;

/// A JSON value; numbers and strings as they were written.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text {
        value: String,
        /// Between the quotes, escapes and all.
        raw: String,
    },
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The word for its type in "cannot unmarshal …".
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "bool",
            Json::Number(_) => "number",
            Json::Text { .. } => "string",
            Json::List(_) => "array",
            Json::Object(_) => "object",
        }
    }

    /// The last field of this name, as `map[string]any` keeps it.
    pub fn field(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(fields) => fields.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }
}

/// Whether a key names a field of a struct: exactly, or but for capitals.
pub fn names(key: &str, field: &str) -> bool {
    let fold = |text: &str| text.replace('\u{17f}', "s").replace('\u{212a}', "k").to_ascii_lowercase();
    key == field || fold(key) == fold(field)
}

/// How deep values may lie in each other. Go takes 10 000; here each level takes a piece of the stack, and nothing that
/// the servers read is so deep.
const DEPTH_MAX: usize = 200;

/// What follows the value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// `Decoder.Decode`: anything, it is not looked at.
    Ignored,
    /// `Unmarshal`: nothing but white space.
    Checked,
}

/// Reads the first value of a body as `Decoder.Decode` does.
pub fn decode(body: &[u8]) -> Result<Json, String> {
    Reader { bytes: body, at: 0, tail: Tail::Ignored }.document()
}

/// Reads a whole text as `Unmarshal` does.
pub fn unmarshal(text: &[u8]) -> Result<Json, String> {
    Reader { bytes: text, at: 0, tail: Tail::Checked }.document()
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    tail: Tail,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Json, String> {
        self.space();
        if self.peek().is_none() && self.tail == Tail::Ignored {
            return Err("EOF".to_owned());
        }
        let value = self.value(0)?;
        if self.tail == Tail::Checked {
            self.space();
            if self.peek().is_some() {
                return Err(self.unexpected("after top-level value"));
            }
        }
        Ok(value)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The error at the byte that comes next, or at the end.
    fn unexpected(&self, context: &str) -> String {
        match (self.peek(), self.tail) {
            (None, Tail::Ignored) => "unexpected EOF".to_owned(),
            (None, Tail::Checked) => "unexpected end of JSON input".to_owned(),
            (Some(byte), _) => {
                let shown = match byte {
                    b'\'' => "'\\''".to_owned(),
                    b'"' => "'\"'".to_owned(),
                    _ => {
                        // One byte is one character here, whatever it is a part of.
                        let quoted = quote(char::from(byte).to_string().as_bytes());
                        format!("'{}'", quoted.get(1..quoted.len() - 1).unwrap_or_default())
                    }
                };
                format!("invalid character {shown} {context}")
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth >= DEPTH_MAX {
            return Err("exceeded max depth".to_owned());
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.text(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true").map(|()| Json::Bool(true)),
            Some(b'f') => self.literal("false").map(|()| Json::Bool(false)),
            Some(b'n') => self.literal("null").map(|()| Json::Null),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), String> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                return Err(self.unexpected(&format!("in literal {word} (expecting '{}')", char::from(expected))));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut fields = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(fields));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let Json::Text { value: key, .. } = self.text()? else { return Ok(Json::Null) };
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            fields.push((key, value));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Object(fields));
                }
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut values = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::List(values));
                }
                _ => return Err(self.unexpected("after array element")),
            }
        }
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.unexpected("in numeric literal")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits("in exponent of numeric literal")?;
        }
        let text = self.bytes.get(start..self.at).unwrap_or_default();
        Ok(Json::Number(String::from_utf8_lossy(text).into_owned()))
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self, context: &str) -> Result<(), String> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.unexpected(context));
        }
        self.digits();
        Ok(())
    }

    fn text(&mut self) -> Result<Json, String> {
        self.at += 1;
        let start = self.at;
        let mut value: Vec<u8> = Vec::new();
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape(&mut value)?,
                Some(byte) if byte >= b' ' => {
                    value.push(byte);
                    self.at += 1;
                }
                _ => return Err(self.unexpected("in string literal")),
            }
        }
        let raw = String::from_utf8_lossy(self.bytes.get(start..self.at).unwrap_or_default()).into_owned();
        self.at += 1;
        Ok(Json::Text { value: String::from_utf8_lossy(&value).into_owned(), raw })
    }

    fn escape(&mut self, value: &mut Vec<u8>) -> Result<(), String> {
        self.at += 1;
        let plain = match self.peek() {
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'u') => {
                self.at += 1;
                return self.unicode(value);
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        value.push(plain);
        self.at += 1;
        Ok(())
    }

    /// Four hexadecimal digits, and the second half of a pair where there is one. Half a pair is U+FFFD.
    fn unicode(&mut self, value: &mut Vec<u8>) -> Result<(), String> {
        let first = self.four_digits()?;
        let mut character = char::from_u32(first);
        if (0xd800..0xdc00).contains(&first) && self.bytes.get(self.at..self.at + 2) == Some(b"\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.four_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                character = char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
            } else {
                self.at = back;
            }
        }
        let mut bytes = [0; 4];
        value.extend_from_slice(character.unwrap_or('\u{fffd}').encode_utf8(&mut bytes).as_bytes());
        Ok(())
    }

    fn four_digits(&mut self) -> Result<u32, String> {
        let mut number = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else { return Err(self.unexpected("in \\u hexadecimal character escape")) };
            number = number << 4 | digit;
            self.at += 1;
        }
        Ok(number)
    }
}

/// A string as `encoding/json` writes it: also what HTML would take for markup is escaped.
pub fn text(value: &str) -> String {
    let mut written = String::from("\"");
    for character in value.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                written.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            plain => written.push(plain),
        }
    }
    written.push('"');
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_in_gos_words() {
        for (body, expected) in [
            ("", "EOF"),
            ("  \n", "EOF"),
            ("{", "unexpected EOF"),
            ("{\"a\":", "unexpected EOF"),
            ("nope", "invalid character 'o' in literal null (expecting 'u')"),
            ("{a}", "invalid character 'a' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 2}", "invalid character '2' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{\"a\":}", "invalid character '}' looking for beginning of value"),
            ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            ("\"\n\"", "invalid character '\\n' in string literal"),
            ("-a", "invalid character 'a' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("'a'", "invalid character '\\'' looking for beginning of value"),
        ] {
            assert_eq!(decode(body.as_bytes()), Err(expected.to_owned()), "{body}");
        }
        assert_eq!(unmarshal(b"{} x"), Err("invalid character 'x' after top-level value".to_owned()));
        assert_eq!(unmarshal(b""), Err("unexpected end of JSON input".to_owned()));
        assert!(decode(b"{} x").is_ok() && decode("[".repeat(5_000).as_bytes()).is_err());
    }

    #[test]
    fn strings_are_read_and_written() {
        let Ok(Json::Text { value, raw }) = decode(br#""\u00e9\ud83d\ude00\ud800x""#) else { panic!("no string") };
        assert_eq!((value.as_str(), raw.as_str()), ("é😀\u{fffd}x", r"\u00e9\ud83d\ude00\ud800x"));
        assert_eq!(text("a<b>&\"\u{2028}\u{1}"), r#""a\u003cb\u003e\u0026\"\u2028\u0001""#);
        assert!(names("Receiver_ID", "receiver_id") && !names("receiver", "receiver_id"));
    }
}
