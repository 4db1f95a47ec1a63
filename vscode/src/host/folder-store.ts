/** The storage of the web host: one file for each key through the editor's file system. It knows no exclusive creation. */

import { FileSystemError, RelativePattern, Uri, workspace } from "vscode";

import { fileName, type Store } from "./store.js";

export class FolderStore implements Store {
  readonly #folder: Uri;

  constructor(folder: Uri) {
    this.#folder = folder;
  }

  async read(key: string): Promise<string | undefined> {
    try {
      return new TextDecoder().decode(await workspace.fs.readFile(this.#uri(key)));
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw cause;
    }
  }

  async write(key: string, value: string | undefined): Promise<void> {
    const uri = this.#uri(key);
    if (value === undefined) {
      await workspace.fs.delete(uri).then(undefined, (cause: unknown) => {
        if (!isMissing(cause)) throw cause;
      });
      return;
    }
    await workspace.fs.createDirectory(this.#folder);
    const fresh = uri.with({ path: `${uri.path}.${crypto.randomUUID()}` });
    await workspace.fs.writeFile(fresh, new TextEncoder().encode(value));
    await workspace.fs.rename(fresh, uri, { overwrite: true });
  }

  watch(changed: () => void): () => void {
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(this.#folder, "*.value"));
    const stops = [watcher.onDidChange(changed), watcher.onDidCreate(changed), watcher.onDidDelete(changed), watcher];
    return () => stops.forEach((stop) => stop.dispose());
  }

  #uri(key: string): Uri {
    return Uri.joinPath(this.#folder, `${fileName(key)}.value`);
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof FileSystemError && cause.code === "FileNotFound";
}
