/** The storage of the web host: one file for each key through the editor's file system. It knows no exclusive creation. */

import { fileName, type SharedStore, type Warn, watchOrPoll } from "costrict-credit/panel-session";
import { FileSystemError, RelativePattern, Uri, workspace } from "vscode";

const FILE_SUFFIX = ".value";

export class FolderStore implements SharedStore {
  readonly #folder: Uri;
  readonly #warn: Warn | undefined;

  constructor(folder: Uri, warn?: Warn) {
    this.#folder = folder;
    this.#warn = warn;
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
    const temporary = uri.with({ path: `${uri.path}.${crypto.randomUUID()}` });
    try {
      await workspace.fs.writeFile(temporary, new TextEncoder().encode(value));
      await workspace.fs.rename(temporary, uri, { overwrite: true });
    } catch (cause) {
      await workspace.fs.delete(temporary).then(undefined, () => {});
      throw cause;
    }
  }

  watch(changed: () => void): () => void {
    return watchOrPoll(
      { name: "The folder of the account", start: this.#watch, fingerprint: this.#fingerprint, warn: this.#warn },
      () => changed(),
    );
  }

  readonly #watch = (changed: (name: null) => void): (() => void) => {
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(this.#folder, `*${FILE_SUFFIX}`));
    const heard = () => changed(null);
    const stops = [watcher.onDidChange(heard), watcher.onDidCreate(heard), watcher.onDidDelete(heard), watcher];
    return () => {
      for (const stop of stops) stop.dispose();
    };
  };

  readonly #fingerprint = async (): Promise<string> => {
    const found = await workspace.fs.readDirectory(this.#folder);
    const names = found
      .map(([name]) => name)
      .filter((name) => name.endsWith(FILE_SUFFIX))
      .sort();
    const seen = await Promise.all(
      names.map(async (name) => {
        const { mtime, size } = await workspace.fs.stat(Uri.joinPath(this.#folder, name));
        return `${name} ${mtime} ${size}`;
      }),
    );
    return seen.join("\n");
  };

  #uri(key: string): Uri {
    return Uri.joinPath(this.#folder, `${fileName(key)}${FILE_SUFFIX}`);
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof FileSystemError && cause.code === "FileNotFound";
}
