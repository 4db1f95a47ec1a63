/** A sentence of the program in the language of the call. English is in the code; the others are read when one is needed. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StorageError } from "costrict-credit/node";

import { ENGLISH, type TextKey } from "./words/english.js";

type Words = Readonly<Partial<Record<TextKey, string>>>;

/** Beside the folder of the compiled program. */
const FOLDER = "../words";
const loaded = new Map<string, Words>();

export function text(locale: string, key: TextKey, ...values: readonly (string | number)[]): string {
  const sentence = wordsOf(languageOf(locale))[key] ?? ENGLISH[key];
  return sentence.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ""));
}

/** What is wrong with a file or folder. */
export function storageText(locale: string, { code, path = "", cause }: StorageError): string {
  const reason = (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  if (code === "unreadable") return text(locale, "cannotRead", path, reason);
  if (code === "read_only") return text(locale, "cannotWrite", path, reason);
  if (code === "malformed") return text(locale, "malformed", path);
  return text(locale, code === "no_home" ? "noHome" : "badToken");
}

function wordsOf(language: string): Words {
  const known = loaded.get(language);
  if (known !== undefined) return known;
  let words: Words = {};
  try {
    words = JSON.parse(readFileSync(join(__dirname, FOLDER, `${language}.json`), "utf8")) as Words;
  } catch {
    // English, or a language that there are no words of.
  }
  loaded.set(language, words);
  return words;
}

/** The language whose words a reader gets, as the core chooses it for its views. */
function languageOf(locale: string): string {
  const { language, script } = new Intl.Locale(locale.replaceAll("_", "-")).maximize();
  if (language === "zh") return script === "Hant" ? "zh-TW" : "zh-CN";
  return language === "pt" ? "pt-BR" : language;
}
