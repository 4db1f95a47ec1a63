/** Language and time zone of the reader, where the session runs on another machine than the page. */

/**
 * The language of the one with the region of the other, where they are the same language: an editor in English read by
 * someone in Britain writes British dates. Chinese is left alone, since its regions have other scripts.
 */
export function regionalLocale(locale: string, reader: string | undefined): string {
  const [language = "", ...rest] = locale.split(/[-_]/);
  const isSame = reader?.split(/[-_]/)[0]?.toLowerCase() === language.toLowerCase();
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

/** The zone of the machine; undefined where it does not say. */
export function machineTimeZone(): string | undefined {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return name !== undefined && isTimeZone(name) ? name : undefined;
}
