//! The languages of the core, and which of them fits what was asked for.

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
        let subtags: Vec<String> = wanted.trim().split(['-', '_']).map(str::to_ascii_lowercase).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

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
