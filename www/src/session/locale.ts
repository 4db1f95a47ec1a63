/** Which catalogue of the package is nearest to a language that somebody asked for. */

const TRADITIONAL = /^zh\b.*-(hant|tw|hk|mo)\b/i;

/** The names to try, best first; the last is the language alone. English is built in and has no catalogue. */
export function catalogueNames(locale: string): string[] {
  const [language = ""] = locale.toLowerCase().split("-");
  if (language === "zh") return [TRADITIONAL.test(locale) ? "zh-TW" : "zh-CN"];
  if (language === "pt") return ["pt-BR"];
  return language === "en" ? [] : [locale, language];
}

/**
 * The language of the one with the region of the other, where they are the same language: an editor in English read by
 * someone in Britain writes British dates. Chinese is left alone, since its regions have other scripts.
 */
export function regionalLocale(locale: string, reader: string | undefined): string {
  const [language = "", ...rest] = locale.split("-");
  const isSame = reader?.split("-")[0]?.toLowerCase() === language.toLowerCase();
  return reader !== undefined && isSame && rest.length === 0 && language.toLowerCase() !== "zh" ? reader : locale;
}

/** Whether this host can show times in a zone of this name. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
