/** The packed package as a user has it: unpacked into a node_modules of a folder of its own. Works without a network. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(import.meta.url), "../../..");

/** The tarball that `cargo xtask package` wrote. */
export function tarball() {
  const folder = join(root, "target/package");
  let names = [];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  } catch {
    /* said below */
  }
  if (names.length !== 1) throw new Error("There is no tarball to test: run `cargo xtask package` first.");
  return join(folder, names[0]);
}

/** A new folder with the package installed; `remove` takes it away. */
export function install() {
  const folder = mkdtempSync(join(tmpdir(), "costrict-credit-"));
  const place = join(folder, "node_modules/costrict-credit");
  mkdirSync(place, { recursive: true });
  execFileSync("tar", ["-xzf", tarball(), "-C", place, "--strip-components=1"]);
  return {
    folder,
    place,
    /** Writes a file of the user's program. */
    write(name, text) {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    },
    /** Makes a development package of this project visible to the user's program. */
    link(name) {
      const to = join(folder, "node_modules", name);
      mkdirSync(resolve(to, ".."), { recursive: true });
      symlinkSync(join(root, "node_modules", name), to, "dir");
    },
    copy(from, to) {
      cpSync(from, join(folder, to), { recursive: true });
    },
    run(...args) {
      return execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
