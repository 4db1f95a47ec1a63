//! The catalogues that the package ships: whole, in the right plural categories, translated, and short enough.

use serde_json::Value;

use super::fixtures::{account_of, here, reading};
use super::message::{placeholders, specs};
use super::message_table::ARGUMENTS_MAX;
use super::tests::{full, texts};
use super::*;

fn catalogue_text(locale: Locale) -> String {
    let path = format!("{}/pkg/locales/{}.json", env!("CARGO_MANIFEST_DIR"), locale.tag());
    std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{path} is missing"))
}

fn translated() -> impl Iterator<Item = Locale> {
    Locale::all().filter(|locale| *locale != Locale::ENGLISH)
}

fn loaded() -> Catalogues {
    let mut catalogues = Catalogues::default();
    for locale in translated() {
        let set = catalogues.set(locale.tag(), &catalogue_text(locale));
        assert_eq!(set, Ok(()), "{}", locale.tag());
    }
    catalogues
}

fn entries(locale: Locale) -> serde_json::Map<String, Value> {
    serde_json::from_str(&catalogue_text(locale)).unwrap()
}

/// The categories of CLDR's cardinal rules.
fn categories(locale: Locale) -> &'static [&'static str] {
    match locale.tag() {
        "zh-CN" | "zh-TW" | "ja" | "ko" | "vi" | "id" => &["other"],
        "ca" | "es" | "fr" | "it" | "pt-BR" => &["many", "one", "other"],
        "pl" | "ru" => &["few", "many", "one", "other"],
        _ => &["one", "other"],
    }
}

#[test]
fn every_catalogue_is_whole() {
    let catalogues = loaded();
    for locale in translated() {
        assert_eq!(catalogues.available(locale), locale);
        let mut keys: Vec<&str> = specs().map(|spec| spec.key).collect();
        keys.sort_unstable();
        let entries = entries(locale);
        let mut own: Vec<&str> = entries.keys().map(String::as_str).collect();
        own.sort_unstable();
        assert_eq!(own, keys, "{}", locale.tag());
    }
}

#[test]
fn english_names_each_argument_that_the_program_gives_and_no_other() {
    for spec in specs() {
        let given: Vec<&str> = spec.placeholders().collect();
        assert!(given.len() <= ARGUMENTS_MAX, "{}", spec.key);
        let named: Vec<&str> = spec.all_english().flat_map(placeholders).collect();
        for name in &given {
            assert!(*name == "count" || named.contains(name), "{} leaves {name} out", spec.key);
        }
        assert!(named.iter().all(|name| given.contains(name)), "{} names {named:?}", spec.key);
        assert!(spec.all_english().all(|text| !text.is_empty() && !text.contains('\t')), "{}", spec.key);
    }
}

#[test]
fn plural_categories_are_those_of_the_language() {
    for locale in translated() {
        for (key, entry) in entries(locale) {
            if let Value::Object(forms) = entry {
                let mut own: Vec<&str> = forms.keys().map(String::as_str).collect();
                own.sort_unstable();
                assert_eq!(own, categories(locale), "{} {key}", locale.tag());
            }
        }
    }
}

/// Words that are the same in English and elsewhere, by language; names of formats and products everywhere.
fn may_be_equal(locale: Locale, english: &str) -> bool {
    const EVERYWHERE: [&str; 2] = ["{count} token", "{count} tokens"];
    let here: &[&str] = match locale.tag() {
        "de" => &["Credits", "Prompt", "Chat", "{credits} in {requests}"],
        "it" => &["{credits} in {requests}"],
        "nl" => &[
            "Credits",
            "{count} credit",
            "{count} credits",
            "Model",
            "Vouchers",
            "Prompt",
            "Chat",
            "Project",
            "{credits} in {requests}",
        ],
        "fr" => &["Mode", "Type", "Description", "Date", "Documentation", "Promotion", "Invitation", "Total"],
        "ca" => &["Mode", "Import", "Models", "Cost", "Model", "Total"],
        "es" | "pt-BR" => &["Total"],
        "pl" | "tr" => &["Model"],
        "id" => &["Mode", "Model"],
        _ => &[],
    };
    EVERYWHERE.contains(&english) || here.contains(&english)
}

#[test]
fn nothing_is_left_in_english_by_accident() {
    let mut left: Vec<String> = Vec::new();
    for locale in translated() {
        let entries = entries(locale);
        for spec in specs().filter(|spec| !spec.key.starts_with("join.")) {
            let english: Vec<&str> = spec.all_english().collect();
            let own: Vec<&str> = match &entries[spec.key] {
                Value::String(text) => vec![text],
                Value::Object(forms) => forms.values().filter_map(Value::as_str).collect(),
                other => panic!("{} {}: {other}", locale.tag(), spec.key),
            };
            for text in own {
                let only_placeholders = text
                    .split('{')
                    .all(|part| !part.split('}').next_back().unwrap_or("").chars().any(char::is_alphabetic));
                let equal = english.contains(&text) && !only_placeholders;
                if equal && !may_be_equal(locale, text) {
                    left.push(format!("{} {}: {text}", locale.tag(), spec.key));
                }
            }
        }
    }
    assert_eq!(left, Vec::<String>::new());
}

/// Columns that a text takes in a font of even width: Chinese, Japanese and Korean letters take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|letter| if matches!(letter, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{ffef}') { 2 } else { 1 })
        .sum()
}

#[test]
fn labels_fit_a_narrow_panel() {
    // 320 pixels hold about 40 letters of VS Code's text; these are beside others or in a column.
    let limit = |key: &str| match key.split('.').next().unwrap_or_default() {
        "group" => Some(16),
        "kind" | "badge" => Some(18),
        "ladder" if ["ladder.next", "ladder.expired", "ladder.expiring", "ladder.soon"].contains(&key) => Some(22),
        "column" => Some(24),
        "action" | "export" => Some(30),
        "price" | "task" | "fresh" => Some(36),
        _ => key.ends_with(".title").then_some(40),
    };
    for locale in translated() {
        for (key, entry) in entries(locale) {
            if let (Some(limit), Value::String(text)) = (limit(&key), &entry) {
                assert!(width(text) <= limit, "{} {key}: {} of {limit}: {text}", locale.tag(), width(text));
            }
        }
    }
}

#[test]
fn whole_panels_in_every_language() {
    let catalogues = loaded();
    let english = texts(&full(&here(false), &catalogues));
    for locale in translated() {
        let options = ViewOptions { locale, ..here(false) };
        let view = full(&options, &catalogues);
        assert_eq!(view.locale, locale.tag());
        let shown = texts(&view);
        assert!(!shown.contains('{') && !shown.contains('}'), "{}", locale.tag());
        assert_eq!(shown.lines().count(), english.lines().count(), "{}", locale.tag());
        // The amounts of the account are in every language's texts.
        for amount in ["41.5", "58.5", "3.8", "12.75"] {
            assert!(shown.contains(amount), "{} {amount}", locale.tag());
        }
        let masked = texts(&full(&ViewOptions { masked: true, ..options }, &catalogues));
        for amount in ["41.5", "58.5", "3.8", "12.75", "7.5"] {
            assert!(!masked.contains(amount), "{} {amount}", locale.tag());
        }
    }
}

#[test]
fn a_locale_without_its_catalogue_is_english() {
    let account = account_of(&reading(), 0.0);
    let input = ViewInput::of(&account, super::fixtures::now(), super::fixtures::ZONE);
    let options = ViewOptions { locale: Locale::nearest("zh-Hans"), ..here(false) };
    assert_eq!(panel(&input, &options, &Catalogues::default(), &PlainText).locale, "en");
    assert_eq!(panel(&input, &options, &loaded(), &PlainText).locale, "zh-CN");
}

#[test]
fn broken_catalogues_are_refused() {
    let good = catalogue_text(Locale::nearest("de"));
    let mut catalogues = Catalogues::default();
    let mut set = |json: &str| catalogues.set("de", json);
    assert_eq!(set("[]"), Err(CatalogueError::NotJson));
    assert_eq!(set("{}"), Err(CatalogueError::Missing("panel.title".into())));
    let wrong = good.replace("{used} von {total}", "{used} von {all}");
    assert_eq!(set(&wrong), Err(CatalogueError::Placeholders("balance.used".into())));
    let flat = good.replace("\"Credit übrig\"", "\"\"");
    assert_eq!(set(&flat), Err(CatalogueError::Missing("balance.caption".into())));
    assert_eq!(set(&good), Ok(()));
    assert_eq!(catalogues.set("en", &good), Err(CatalogueError::UnknownLocale));
    assert_eq!(catalogues.set("xx", &good), Err(CatalogueError::UnknownLocale));
}

#[test]
fn placeholders_are_found() {
    assert_eq!(placeholders("{a} of {b}, }{c").collect::<Vec<_>>(), ["a", "b", "c"]);
}
