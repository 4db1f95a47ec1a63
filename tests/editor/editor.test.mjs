// The extension in a real VS Code against a real ledger. The parts share one editor and run in this order: each leaves
// the person "ann" as it says.
import { after, before, describe } from "node:test";

import { account } from "./parts/account.mjs";
import { filesAndVouchers } from "./parts/files-and-vouchers.mjs";
import { inHost } from "./parts/in-host.mjs";
import { looks } from "./parts/looks.mjs";
import { notices } from "./parts/notices.mjs";
import { signingIn } from "./parts/signing-in.mjs";
import { trouble } from "./parts/trouble.mjs";
import { webHost } from "./parts/web-host.mjs";
import { World } from "./support/world.mjs";

describe("the extension in a real VS Code", () => {
  const world = new World();
  before(() => world.start());
  after(() => world.stop());

  signingIn(world);
  account(world);
  notices(world);
  looks(world);
  filesAndVouchers(world);
  trouble(world);
  inHost(world);
  webHost(world);
});
