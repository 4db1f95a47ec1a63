//! Catalogues: look-up of messages and their placeholders.

use std::borrow::Cow;
use std::fmt;

use super::english::{ENGLISH, Message};
use super::locale::Locale;
use super::message_table::MessageSpec;
use crate::json::object::Object;
use crate::ports::Plural;

/// All messages, in the order of `Message`.
pub(crate) fn specs() -> impl Iterator<Item = MessageSpec> {
    ENGLISH.lines().map(MessageSpec::of)
}

/// Why a catalogue was rejected. English is used instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogueError {
    /// Not one of the supported locales, or English, which is built in.
    UnknownLocale,
    /// It is not a JSON object.
    NotJson,
    /// No text, or one of the wrong shape, for this key.
    Missing(String),
    /// The text for this key has other placeholders than the English one.
    Placeholders(String),
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CatalogueError::UnknownLocale => f.write_str("no catalogue can be set for this locale"),
            CatalogueError::NotJson => f.write_str("the catalogue is no JSON object"),
            CatalogueError::Missing(key) => write!(f, "the catalogue has no fitting text for {key}"),
            CatalogueError::Placeholders(key) => write!(f, "the placeholders of {key} differ from the English ones"),
        }
    }
}

impl std::error::Error for CatalogueError {}

/// The texts of one language, in the order of [`ENGLISH`].
#[derive(Clone, Debug)]
pub(crate) struct Catalogue(Vec<Vec<(Plural, Box<str>)>>);

impl Catalogue {
    /// Reads `{"key": "text with {placeholder}", "counted.key": {"one": "...", "other": "..."}}`. A catalogue is whole
    /// or rejected; unknown keys are ignored, since they may be of a newer version.
    fn parse(json: &str) -> Result<Catalogue, CatalogueError> {
        let texts = Object::parse(json).ok_or(CatalogueError::NotJson)?;
        specs().map(|spec| forms(&spec, &texts)).collect::<Result<_, _>>().map(Catalogue)
    }
}

fn forms(spec: &MessageSpec, texts: &Object<'_>) -> Result<Vec<(Plural, Box<str>)>, CatalogueError> {
    let missing = || CatalogueError::Missing(spec.key.to_owned());
    let forms: Vec<(Plural, Box<str>)> = if spec.is_counted() {
        let by_category = texts.object(spec.key).ok_or_else(missing)?;
        let names = by_category.entries().map(|(category, _)| category);
        let form = |category: Cow<'_, str>| Some((plural(&category)?, by_category.text(&category)?.into()));
        names.map(form).collect::<Option<_>>().ok_or_else(missing)?
    } else {
        vec![(Plural::Other, texts.text(spec.key).ok_or_else(missing)?.into())]
    };
    if !forms.iter().any(|(category, _)| *category == Plural::Other) || forms.iter().any(|(_, text)| text.is_empty()) {
        return Err(missing());
    }
    let fits = |text: &str| {
        let known = placeholders(text).all(|name| spec.placeholders().any(|own| own == name));
        // A text may omit the number ("one request", or a caption below the number).
        let whole = spec.placeholders().all(|name| name == "count" || placeholders(text).any(|found| found == name));
        known && whole
    };
    if forms.iter().all(|(_, text)| fits(text)) {
        Ok(forms)
    } else {
        Err(CatalogueError::Placeholders(spec.key.to_owned()))
    }
}

fn plural(category: &str) -> Option<Plural> {
    Some(match category {
        "zero" => Plural::Zero,
        "one" => Plural::One,
        "two" => Plural::Two,
        "few" => Plural::Few,
        "many" => Plural::Many,
        "other" => Plural::Other,
        _ => return None,
    })
}

/// The names between braces.
pub(crate) fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or_default())
}

/// The catalogues that are loaded. English is always there.
#[derive(Clone, Debug)]
pub struct Catalogues {
    /// The lines of [`ENGLISH`].
    english: Vec<&'static str>,
    loaded: Vec<(Locale, Catalogue)>,
}

impl Default for Catalogues {
    fn default() -> Catalogues {
        Catalogues { english: ENGLISH.lines().collect(), loaded: Vec::new() }
    }
}

impl Catalogues {
    /// Takes the text of a catalogue file for the locale `tag`, one of [`super::locale::Locale::all`].
    pub fn set(&mut self, tag: &str, json: &str) -> Result<(), CatalogueError> {
        let locale = Locale::exact(tag).filter(|locale| *locale != Locale::ENGLISH);
        let locale = locale.ok_or(CatalogueError::UnknownLocale)?;
        let catalogue = Catalogue::parse(json)?;
        self.loaded.retain(|(known, _)| *known != locale);
        self.loaded.push((locale, catalogue));
        Ok(())
    }

    fn of(&self, locale: Locale) -> Option<&Catalogue> {
        self.loaded.iter().find(|(known, _)| *known == locale).map(|(_, catalogue)| catalogue)
    }

    /// The locale whose catalogue is still to be loaded for views in `wanted`; `None` if it is loaded, and for English.
    pub fn missing(&self, wanted: Locale) -> Option<Locale> {
        (wanted != self.available(wanted)).then_some(wanted)
    }

    /// The language of views for `wanted`: `wanted` itself, or English while its catalogue is not loaded.
    pub fn available(&self, wanted: Locale) -> Locale {
        if self.of(wanted).is_some() { wanted } else { Locale::ENGLISH }
    }

    /// A message in the language `locale`.
    pub(crate) fn render(&self, locale: Locale, message: Message<'_>) -> String {
        let index = message.index();
        let spec = MessageSpec::of(self.english.get(index).copied().unwrap_or_default());
        let own = self.of(locale).and_then(|catalogue| catalogue.0.get(index));
        let template = match own {
            Some(forms) => pick(forms, message.plural()),
            None => spec.english(message.plural()),
        };
        fill(template, &spec, &message.arguments())
    }
}

fn pick(forms: &[(Plural, Box<str>)], wanted: Plural) -> &str {
    let of = |wanted: Plural| forms.iter().find(|(plural, _)| *plural == wanted);
    of(wanted).or_else(|| of(Plural::Other)).map_or("", |(_, text)| text)
}

/// Fills the placeholders. Arguments are inserted as they are: a brace in a model's name stays a brace.
fn fill(template: &str, spec: &MessageSpec, arguments: &[&str]) -> String {
    let argument = |name: &str| spec.placeholders().zip(arguments).find(|(own, _)| *own == name);
    let mut filled = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else { break };
        filled.push_str(argument(name).map_or("", |(_, argument)| argument));
        rest = behind;
    }
    filled.push_str(rest);
    // A sentence may end with an abbreviation that has its own full stop, such as "17 de jun.".
    if filled.ends_with("..") {
        filled.pop();
    }
    filled
}
