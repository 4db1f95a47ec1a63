/** The library's own texts, in the editor's language. All texts about credits come from the core's views. */

import { env } from "vscode";

import chinese from "./words/zh-cn.json";
import traditionalChinese from "./words/zh-tw.json";

type Words = Readonly<Record<string, string>>;

function wordsOf(language: string): Words | undefined {
  const tag = language.toLowerCase();
  if (tag === "zh-tw" || tag === "zh-hk" || tag.startsWith("zh-hant")) return traditionalChinese;
  return tag.startsWith("zh") ? chinese : undefined;
}

/** As the editor's own `l10n`, which knows only the texts that an extension ships in a folder of its manifest. */
export const l10n = {
  /** The text in the editor's language, or as it is. `{0}` is the first value. */
  t(text: string, ...values: string[]): string {
    const translated = wordsOf(env.language)?.[text] ?? text;
    return translated.replace(/\{(\d+)\}/g, (whole, index) => values[Number(index)] ?? whole);
  },
};
