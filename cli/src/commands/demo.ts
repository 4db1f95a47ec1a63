/** `demo`: every command with made-up numbers. No server, no account, and nothing is stored. */

import type { TokenSource } from "costrict-credit/node";

import type { Call, Command } from "../call.js";
import { startDemoServer } from "../demo/server.js";
import { CliError, ExitCode } from "../exit-code.js";
import { MemoryStore } from "../store.js";

/** What is shown where no command is named. */
const TOUR = ["status", "forecast", "models", "usage", "records"];
/** They would change what is not made up. */
const REFUSED = ["login", "logout", "demo"];

export const demo: Command = async (call, _flags, words) => {
  const { run } = await import("../program.js");
  const named = words.filter((word) => word !== "--");
  const server = await startDemoServer();
  const parts = { server: server.address, token: madeUpToken, store: new MemoryStore() };
  try {
    call.out.note(call.text("demoNote"));
    if (named.length > 0) {
      if (REFUSED.includes(named[0] ?? ""))
        throw new CliError(ExitCode.wrongCall, call.text("notInDemo", named[0] ?? ""));
      if (named[0] === "statusline") await readOnce(call, parts);
      return (await run(named, parts)) as ExitCode;
    }
    const flags = flagsOf(call);
    for (const command of TOUR) {
      call.out.lines(["", call.out.paint.dim(`$ costrict-credit ${command}`)]);
      await run([command, ...flags], parts);
    }
    return ExitCode.ok;
  } finally {
    server.close();
  }
};

/** A status line shows what was read before. */
async function readOnce(call: Call, parts: Parameters<typeof import("../program.js").run>[1]): Promise<void> {
  const { run } = await import("../program.js");
  await run(["status", "--quiet", ...flagsOf(call).filter((flag) => flag !== "--json")], parts);
}

function flagsOf({ flags }: Call): string[] {
  return [
    ...(flags.json === true ? ["--json"] : []),
    ...(flags.color ? [] : ["--no-color"]),
    ...(flags.masked === true ? ["--masked"] : []),
    ...(flags.lang === undefined ? [] : ["--lang", flags.lang]),
    ...(flags.timeZone === undefined ? [] : ["--time-zone", flags.timeZone]),
  ];
}

/** Signed by no one, for a server that does not look. */
const madeUpToken: TokenSource = async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { universal_id: "demo", name: "Demo", exp: Math.floor(Date.now() / 1_000) + 86_400 };
  return { token: `${part({ alg: "none" })}.${part(claims)}.demo`, origin: "environment" };
};
