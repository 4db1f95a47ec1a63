/**
 * The files that the library needs beside its code: the core's wasm, the catalogues and the page of the panel. They are the
 * package's folder `vscode/dist/assets`; an extension that is bundled ships a copy.
 */

import { type ExtensionContext, Uri, workspace } from "vscode";

/** Where they are looked for, inside the extension's folder, the copy of a bundled extension first. */
const FOLDERS = [
  ["dist", "costrict-credit"],
  ["node_modules", "costrict-credit", "vscode", "dist", "assets"],
];
const CORE = "core.wasm";

export class Assets {
  readonly #extension: Uri;
  #folder: Promise<Uri> | undefined;

  /** @param folder where the files are; looked for in the extension's folder when left out */
  constructor(context: Pick<ExtensionContext, "extensionUri">, folder?: Uri) {
    this.#extension = context.extensionUri;
    if (folder !== undefined) this.#folder = Promise.resolve(folder);
  }

  async core(): Promise<Uint8Array> {
    return this.#read(CORE);
  }

  /** What the page of the panel may load. */
  async panel(): Promise<Uri> {
    return Uri.joinPath(await this.#found(), "panel");
  }

  /** The text of a catalogue of the package; absent where there is none. */
  async catalogue(name: string): Promise<string | undefined> {
    if (!/^[a-z]{2,3}(-[A-Za-z]{2,8})*$/.test(name)) return undefined;
    let files: Uint8Array[];
    try {
      files = await Promise.all([this.#read("locales", "keys.json"), this.#read("locales", `${name}.json`)]);
    } catch {
      return undefined;
    }
    // The build wrote keys and words apart, in the same order.
    const [keys = [], words = []] = files.map(
      (file) => JSON.parse(new TextDecoder().decode(file)) as (string | null)[],
    );
    return JSON.stringify(Object.fromEntries(keys.flatMap((key, at) => (words[at] == null ? [] : [[key, words[at]]]))));
  }

  async #read(...path: string[]): Promise<Uint8Array> {
    return workspace.fs.readFile(Uri.joinPath(await this.#found(), ...path));
  }

  #found(): Promise<Uri> {
    this.#folder ??= this.#find().catch((cause: unknown) => {
      this.#folder = undefined;
      throw cause;
    });
    return this.#folder;
  }

  async #find(): Promise<Uri> {
    for (const path of FOLDERS) {
      const folder = Uri.joinPath(this.#extension, ...path);
      const isThere = await workspace.fs.stat(Uri.joinPath(folder, CORE)).then(
        () => true,
        () => false,
      );
      if (isThere) return folder;
    }
    const [copy = []] = FOLDERS;
    throw new Error(
      `The files of costrict-credit are missing: copy node_modules/costrict-credit/vscode/dist/assets to ${copy.join("/")}, ` +
        "or name their folder by the option `assets`.",
    );
  }
}
