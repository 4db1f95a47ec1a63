/** Every place that is searched for secrets. The test fails for one of these that no step looked at. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export const PLACES = {
  "request addresses": "the path and the query of each request",
  "request bodies": "what is sent to the server; a voucher's code only to redeem it",
  "request headers": "all but Authorization",
  "log lines": "what the core logs through its host",
  results: "what each method returns; a code only in what gives a voucher, and in records that were asked for with it",
  problems: "refusals and failures, of replies that repeat the secrets too",
  errors: "what methods throw, with its stack",
  views: "panel, status, notices, receipts, in two languages",
  exports: "files with usage and records",
  storage: "the keys and values that the core stores",
  "file store": "every file that a Node program stores, by name and content",
  panics: "what the core's wasm can say at a panic: it can print nothing",
  "program's output": "stdout and stderr of the command line program",
  "program's files": "its home folder, but for the file with the sign-in",
  "extension's log": "its output channel",
  "extension's messages": "notifications, boxes, status bar, what its page is sent",
  "extension's files": "its folders, settings, and memory of the editor",
  "extension's links": "addresses that it opens, but for the hand-over to the account page",
  "page's DOM": "markup, attributes and fields, in shadow roots too",
  "page's storage": "local and session storage, cookies, databases, caches, history",
  "page's console": "what it prints",
  "page's heap": "a heap snapshot after signing out",
  "page's wasm": "the whole memory of the core after signing out",
};

/** Searches by place and notes which places were searched. */
export class Search {
  #secrets;
  #searched = new Map();
  #found = new Set();

  constructor(secrets) {
    this.#secrets = secrets;
  }

  /** Looks through a text, or anything as JSON. `shown` are the names of secrets that belong there. */
  at(place, value, { shown, step = "" } = {}) {
    if (!(place in PLACES)) throw new Error(`${place} is not in the list of places`);
    const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
    this.#searched.set(place, (this.#searched.get(place) ?? 0) + text.length);
    for (const secret of this.#secrets.in(text, shown)) this.#found.add(`${place}${step && ` (${step})`}: ${secret}`);
  }

  /** Each file below a folder, with its name; `but` are paths that are meant to hold secrets. */
  files(place, folder, but = []) {
    for (const name of readdirSync(folder, { recursive: true })) {
      const path = join(folder, name);
      if (!statSync(path).isFile() || but.includes(path)) continue;
      this.at(place, `${name}\n${readFileSync(path).toString("latin1")}`, { step: name });
    }
  }

  get found() {
    return [...this.#found];
  }

  /** Places of which nothing was searched. */
  get unsearched() {
    return Object.keys(PLACES).filter((place) => (this.#searched.get(place) ?? 0) === 0);
  }

  /** Characters that were searched, by place. */
  get volume() {
    return Object.fromEntries(this.#searched);
  }
}
