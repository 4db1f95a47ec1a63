import assert from "node:assert/strict";
import { test } from "node:test";

import { firstDifference } from "./difference.mjs";

test("the first line that differs is shown from where it does", () => {
  const native = ["a", `${"x".repeat(500)}1.5 credits`, "c"];
  const wasm = ["a", `${"x".repeat(500)}1.4 credits`, "d"];
  const text = firstDifference(native, wasm);
  assert.match(text, /^line 2, character 503\n/);
  assert.match(text, /native x+1\.5 credits\n/);
  assert.match(text, /wasm {3}x+1\.4 credits$/);
});

test("a recording that ends earlier says so", () => {
  assert.match(firstDifference(["a"], ["a", "b"]), /^line 2, .*\n {2}native \(its end\)\n {2}wasm {3}b$/);
});
