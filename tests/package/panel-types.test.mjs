// Whole panels, as the core's own tests stored them, held against the types that pages are promised in pkg/panel.d.ts and
// pkg/sections.d.ts: a field that the core sends and the types do not name, or the other way round, fails here.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./install.mjs";

test("the core's panels are what pkg/panel.d.ts promises", () => {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const panels = join(root, "src/view/snapshots/panels.ts");
  const options = [
    "--noEmit",
    "--strict",
    "--exactOptionalPropertyTypes",
    "--target",
    "es2022",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--types",
    "",
    "--ignoreConfig",
  ];
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, panels], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
