//! Plain data as JSON text: each step is compiled once, and there is no error to check for in a text in memory.

use serde::ser::{self, Serialize};
use std::fmt;

/// What `value` is as JSON, byte for byte as `serde_json` writes it but for doubles, which mean the same. Names of a map that are no texts become texts.
///
/// `None` only if a type refuses to be written, which none of ours does.
pub fn to_text(value: &(impl Serialize + ?Sized)) -> Option<String> {
    let mut writer = Writer { json: Vec::new(), bare: false };
    value.serialize(&mut writer).ok()?;
    String::from_utf8(writer.json).ok()
}

/// The decimal text of a number, written unchanged: a double might not be exact.
pub struct Number<'a>(pub &'a str);

/// Marks a [`Number`] for the writer.
const NUMBER: &str = "json::Number";

impl Serialize for Number<'_> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(NUMBER, self.0)
    }
}

struct Writer {
    json: Vec<u8>,
    /// The next text is a number.
    bare: bool,
}

/// A type refused to be written.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot be written as JSON")
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Refused {
        Refused
    }
}

type Written = Result<(), Refused>;

/// Each step is compiled once and called: that is the point of this module.
impl Writer {
    #[inline(never)]
    fn raw(&mut self, json: &str) {
        self.json.extend_from_slice(json.as_bytes());
    }

    #[inline(never)]
    fn text(&mut self, text: &str) {
        // A vector takes all that is written.
        let _ = serde_json::to_writer(&mut self.json, text);
    }

    #[inline(never)]
    fn whole(&mut self, number: i128) {
        let _ = match i64::try_from(number) {
            Ok(number) => serde_json::to_writer(&mut self.json, &number),
            Err(_) => serde_json::to_writer(&mut self.json, &number),
        };
    }

    /// Without an exponent, and a whole one without a point: the standard library's text of a double is there anyway, for
    /// the words of an argument that is refused, and a second way to write one would be 2 KB more of wasm.
    #[inline(never)]
    fn double(&mut self, number: f64) {
        // Most doubles are amounts: a number of millionths is written from its digits, in a tenth of the time.
        let micro = (number * 1e6 + 0.5).floor();
        if micro.abs() < 9e15 && micro / 1e6 == number {
            self.millionths(micro as i64);
        } else if number.is_finite() {
            self.raw(&number.to_string());
        } else {
            self.raw("null");
        }
    }

    fn millionths(&mut self, micro: i64) {
        const MILLION: u64 = 1_000_000;
        if micro < 0 {
            self.json.push(b'-');
        }
        self.whole(i128::from(micro.unsigned_abs() / MILLION));
        let (mut fraction, mut unit) = ((micro.unsigned_abs() % MILLION) as u32, 100_000);
        if fraction > 0 {
            self.json.push(b'.');
        }
        while fraction > 0 {
            self.json.push(b'0' + (fraction / unit) as u8);
            (fraction, unit) = (fraction % unit, unit / 10);
        }
    }

    /// Before an element or a name: nothing but an opened bracket is followed by no comma.
    #[inline(never)]
    fn comma(&mut self) {
        if !matches!(self.json.last(), Some(b'{' | b'[')) {
            self.json.push(b',');
        }
    }

    /// Begins an object with one field, which the caller fills and closes.
    fn variant(&mut self, name: &'static str) {
        self.raw("{");
        self.name(name);
    }

    /// The name of a field in our sources: nothing in it has to be escaped.
    #[inline(never)]
    fn name(&mut self, name: &'static str) {
        self.comma();
        self.json.push(b'"');
        self.raw(name);
        self.raw("\":");
    }
}

macro_rules! numbers {
    ($($method:ident $type:ty),*) => {
        $(fn $method(self, number: $type) -> Written {
            self.whole(i128::from(number));
            Ok(())
        })*
    };
}

impl<'w> ser::Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = &'w mut Writer;
    type SerializeTuple = &'w mut Writer;
    type SerializeTupleStruct = &'w mut Writer;
    type SerializeTupleVariant = &'w mut Writer;
    type SerializeMap = &'w mut Writer;
    type SerializeStruct = &'w mut Writer;
    type SerializeStructVariant = &'w mut Writer;

    numbers!(
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64
    );

    fn serialize_bool(self, flag: bool) -> Written {
        self.raw(if flag { "true" } else { "false" });
        Ok(())
    }

    fn serialize_f32(self, number: f32) -> Written {
        self.double(f64::from(number));
        Ok(())
    }

    fn serialize_f64(self, number: f64) -> Written {
        self.double(number);
        Ok(())
    }

    fn serialize_char(self, letter: char) -> Written {
        self.text(letter.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Written {
        if std::mem::take(&mut self.bare) {
            self.raw(text);
        } else {
            self.text(text);
        }
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Written {
        self.collect_seq(bytes)
    }

    fn serialize_none(self) -> Written {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        self.raw("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Written {
        self.bare = name == NUMBER;
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        self.variant(variant);
        value.serialize(&mut *self)?;
        self.raw("}");
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Refused> {
        self.raw("[");
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Refused> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Refused> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, Refused> {
        self.variant(variant);
        self.serialize_seq(None)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Refused> {
        self.raw("{");
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Refused> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, Refused> {
        self.variant(variant);
        self.serialize_map(None)
    }
}

macro_rules! elements {
    ($($part:ident $method:ident $close:literal),*) => {
        $(impl ser::$part for &mut Writer {
            type Ok = ();
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
                self.comma();
                value.serialize(&mut **self)
            }

            fn end(self) -> Written {
                self.raw($close);
                Ok(())
            }
        })*
    };
}

elements!(
    SerializeSeq serialize_element "]", SerializeTuple serialize_element "]",
    SerializeTupleStruct serialize_field "]", SerializeTupleVariant serialize_field "]}"
);

macro_rules! fields {
    ($($part:ident $close:literal),*) => {
        $(impl ser::$part for &mut Writer {
            type Ok = ();
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Written {
                self.name(name);
                value.serialize(&mut **self)
            }

            fn end(self) -> Written {
                self.raw($close);
                Ok(())
            }
        })*
    };
}

fields!(SerializeStruct "}", SerializeStructVariant "}}");

impl ser::SerializeMap for &mut Writer {
    type Ok = ();
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        self.comma();
        let start = self.json.len();
        key.serialize(&mut **self)?;
        if self.json.get(start) != Some(&b'"') {
            self.json.insert(start, b'"');
            self.json.push(b'"');
        }
        self.json.push(b':');
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        value.serialize(&mut **self)
    }

    fn end(self) -> Written {
        self.raw("}");
        Ok(())
    }
}
