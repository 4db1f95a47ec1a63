/** The texts of each language, as files beside this one: written out one by one, so that bundlers find them. */

const FILES: Record<string, () => URL> = {
  ca: () => new URL("../../locales/ca.json", import.meta.url),
  de: () => new URL("../../locales/de.json", import.meta.url),
  es: () => new URL("../../locales/es.json", import.meta.url),
  fr: () => new URL("../../locales/fr.json", import.meta.url),
  hi: () => new URL("../../locales/hi.json", import.meta.url),
  id: () => new URL("../../locales/id.json", import.meta.url),
  it: () => new URL("../../locales/it.json", import.meta.url),
  ja: () => new URL("../../locales/ja.json", import.meta.url),
  ko: () => new URL("../../locales/ko.json", import.meta.url),
  nl: () => new URL("../../locales/nl.json", import.meta.url),
  pl: () => new URL("../../locales/pl.json", import.meta.url),
  "pt-BR": () => new URL("../../locales/pt-BR.json", import.meta.url),
  ru: () => new URL("../../locales/ru.json", import.meta.url),
  tr: () => new URL("../../locales/tr.json", import.meta.url),
  vi: () => new URL("../../locales/vi.json", import.meta.url),
  "zh-CN": () => new URL("../../locales/zh-CN.json", import.meta.url),
  "zh-TW": () => new URL("../../locales/zh-TW.json", import.meta.url),
};

/** The text of a catalogue of the package; undefined where there is none, or where it cannot be loaded. */
export async function fetchCatalogue(name: string): Promise<string | undefined> {
  const address = FILES[name]?.();
  if (address === undefined) return undefined;
  const reply = await fetch(address);
  return reply.ok ? reply.text() : undefined;
}
