// The extension in a real VS Code against a real ledger. The parts share one editor and run in this order: each leaves
// the person "ann" as it says.
import { after, before, describe } from "node:test";

import { account } from "./suites/account.mjs";
import { appearance } from "./suites/appearance.mjs";
import { failures } from "./suites/failures.mjs";
import { filesAndVouchers } from "./suites/files-and-vouchers.mjs";
import { inHost } from "./suites/in-host.mjs";
import { notices } from "./suites/notices.mjs";
import { signingIn } from "./suites/signing-in.mjs";
import { webHost } from "./suites/web-host.mjs";
import { World } from "./support/world.mjs";

describe("the extension in a real VS Code", () => {
  const world = new World();
  before(() => world.start());
  after(() => world.stop());

  signingIn(world);
  account(world);
  notices(world);
  appearance(world);
  filesAndVouchers(world);
  failures(world);
  inHost(world);
  webHost(world);
});
