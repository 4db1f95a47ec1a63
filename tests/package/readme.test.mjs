// The first program of each README, as it is pasted.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { install } from "./install.mjs";

const user = install();
after(user.remove);

const READMES = { package: join(user.place, "README.md"), project: new URL("../../README.md", import.meta.url) };

for (const [name, readme] of Object.entries(READMES))
  test(`the first program of the ${name}'s README runs as it is`, () => {
    const [, program] = /```js\n(.*?)```/s.exec(readFileSync(readme, "utf8"));
    // Signed out, it sends nothing.
    delete process.env.COSTRICT_TOKEN;
    user.write("program.mjs", program);
    assert.match(
      user.run("program.mjs"),
      /^signed_out\nunknown credits left\nthis request: unknown enough: unknown\n$/,
    );
  });
