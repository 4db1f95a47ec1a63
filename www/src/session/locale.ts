/** Which catalogue of the package is nearest to a language that somebody asked for. */

const TRADITIONAL = /^zh\b.*-(hant|tw|hk|mo)\b/i;

/** The names to try, best first; the last is the language alone. English is built in and has no catalogue. */
export function catalogueNames(locale: string): string[] {
  const [language = ""] = locale.toLowerCase().split("-");
  if (language === "zh") return [TRADITIONAL.test(locale) ? "zh-TW" : "zh-CN"];
  if (language === "pt") return ["pt-BR"];
  return language === "en" ? [] : [locale, language];
}
