//! The languages of the core, and negotiation.

/// One of the supported locales.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locale(&'static str);

/// Tag and own name.
const NAMES: [(&str, &str); 18] = [
    ("en", "English"),
    ("zh-CN", "简体中文"),
    ("zh-TW", "繁體中文"),
    ("ca", "Català"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("hi", "हिन्दी"),
    ("id", "Bahasa Indonesia"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt-BR", "Português (Brasil)"),
    ("ru", "Русский"),
    ("tr", "Türkçe"),
    ("vi", "Tiếng Việt"),
];

impl Locale {
    /// English, which needs no catalogue.
    pub const ENGLISH: Locale = Locale("en");

    /// All of them, English first.
    pub fn all() -> impl Iterator<Item = Locale> {
        NAMES.iter().map(|(tag, _)| Locale(tag))
    }

    /// Its BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        self.0
    }

    /// What its speakers call it.
    pub fn own_name(self) -> &'static str {
        NAMES.iter().find(|(tag, _)| *tag == self.0).map_or(self.0, |(_, name)| *name)
    }

    /// The locale with exactly this tag.
    pub fn exact(tag: &str) -> Option<Locale> {
        NAMES.iter().find(|(known, _)| *known == tag).map(|(known, _)| Locale(known))
    }

    /// The nearest locale to a BCP 47 tag: the same language, and for Chinese the script, by name or by region. English
    /// where there is none.
    pub fn nearest(wanted: &str) -> Locale {
        // A POSIX locale names its character set too.
        let tag = wanted.trim().split(['.', '@']).next().unwrap_or_default();
        let subtags: Vec<String> = tag.split(['-', '_']).map(str::to_ascii_lowercase).collect();
        let language = match subtags.first().map(String::as_str) {
            // Old codes, and macrolanguages that browsers still send.
            Some("in") => "id",
            Some("cmn") => "zh",
            Some(language) => language,
            None => return Locale::ENGLISH,
        };
        let has = |names: &[&str]| subtags.iter().skip(1).any(|subtag| names.contains(&subtag.as_str()));
        let tag = match language {
            "zh" if has(&["hans"]) => "zh-CN",
            "zh" if has(&["hant", "tw", "hk", "mo"]) => "zh-TW",
            "zh" => "zh-CN",
            "yue" => "zh-TW",
            "pt" => "pt-BR",
            language => language,
        };
        Locale::exact(tag).unwrap_or(Locale::ENGLISH)
    }
}

/// The locale that numbers and dates are formatted in: the language of the texts with the reader's script and region
/// (`wanted`, a BCP 47 tag or a POSIX locale). A reader of `de-CH` gets 2’345.6 and one of `en-GB` 30 June. Numbers always
/// have the language of the texts around them: `sv-SE`, which has no catalogue, gives `en-SE`.
pub(crate) fn formatting_tag(texts: Locale, wanted: &str) -> String {
    let wanted = wanted.trim().split(['.', '@']).next().unwrap_or_default();
    let mut subtags = wanted.split(['-', '_']);
    let wanted_language = subtags.next().unwrap_or_default().to_ascii_lowercase();
    let is_alphabetic = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mut script, mut region) = (None, None);
    for subtag in subtags.take_while(|subtag| subtag.len() > 1) {
        match subtag.len() {
            4 if region.is_none() && is_alphabetic(subtag) => script = script.or(Some(subtag)),
            2 if is_alphabetic(subtag) => region = region.or(Some(subtag)),
            3 if is_numeric(subtag) => region = region.or(Some(subtag)),
            _ => {}
        }
    }
    let Some(region) = region else { return texts.tag().to_owned() };
    let language = texts.tag().split('-').next().unwrap_or_default();
    match script.filter(|_| wanted_language == language) {
        Some(script) => format!("{language}-{script}-{}", region.to_ascii_uppercase()),
        None => format!("{language}-{}", region.to_ascii_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_follow_the_region() {
        for (texts, wanted, tag) in [
            ("de", "de-CH", "de-CH"),
            ("de", "de_CH.UTF-8", "de-CH"),
            ("de", "de", "de"),
            ("en", "en-GB", "en-GB"),
            ("en", "en-IN", "en-IN"),
            ("es", "es-MX", "es-MX"),
            ("es", "es-419", "es-419"),
            ("fr", "fr-ch", "fr-CH"),
            ("pt-BR", "pt-PT", "pt-PT"),
            ("pt-BR", "pt", "pt-BR"),
            ("zh-TW", "zh-HK", "zh-HK"),
            ("zh-TW", "zh-Hant-HK", "zh-Hant-HK"),
            ("zh-TW", "zh-Hant", "zh-TW"),
            ("zh-TW", "yue-Hant-HK", "zh-HK"),
            ("zh-CN", "zh-Hans-CN-u-ca-chinese", "zh-Hans-CN"),
            ("de", "de-CH-1996", "de-CH"),
            ("en", "sv-SE", "en-SE"),
            // Texts are English until the catalogue is loaded.
            ("en", "de-CH", "en-CH"),
            ("en", "sr-Latn-RS", "en-RS"),
            ("en", "en-x-US", "en"),
            ("en", "", "en"),
            ("en", "-", "en"),
            ("en", "123", "en"),
        ] {
            assert_eq!(formatting_tag(Locale::exact(texts).unwrap(), wanted), tag, "{wanted}");
        }
    }

    #[test]
    fn the_nearest_locale() {
        for (wanted, tag) in [
            ("en", "en"),
            ("en-GB", "en"),
            ("EN_us", "en"),
            ("zh", "zh-CN"),
            ("zh-cn", "zh-CN"),
            ("zh-Hans-HK", "zh-CN"),
            ("zh-SG", "zh-CN"),
            ("zh-Hant", "zh-TW"),
            ("zh-HK", "zh-TW"),
            ("zh-Hant-CN", "zh-TW"),
            ("zh_HK.UTF-8", "zh-TW"),
            ("de_CH@euro", "de"),
            ("yue", "zh-TW"),
            ("pt", "pt-BR"),
            ("pt-PT", "pt-BR"),
            ("in", "id"),
            ("de-CH-1996", "de"),
            ("tlh-KX", "en"),
            ("", "en"),
            ("-", "en"),
            ("123", "en"),
        ] {
            assert_eq!(Locale::nearest(wanted).tag(), tag, "{wanted}");
        }
    }
}
