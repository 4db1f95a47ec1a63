// The README's first program, as it is pasted.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { install } from "./install.mjs";

const user = install();
after(user.remove);

test("the first program of the README runs as it is", () => {
  const [, program] = /```js\n(.*?)```/s.exec(readFileSync(join(user.place, "README.md"), "utf8"));
  // Signed out, it sends nothing.
  delete process.env.COSTRICT_TOKEN;
  user.write("program.mjs", program);
  assert.match(user.run("program.mjs"), /^signed_out\nunknown credits left\nthis request: unknown enough: unknown\n$/);
});
