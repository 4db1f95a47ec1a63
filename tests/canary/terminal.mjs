/** The command line program, as npm packs it: signed in by a pipe, used, refused, and signed out. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { installProgram } from "../cli/support/program.mjs";

const LINES = [
  "status",
  "status --refresh",
  "grants --json",
  "forecast",
  "models",
  "usage --range 30days",
  "records --json",
  "estimate GLM-4.6 --text hello",
  "export usage --range 30days",
  "export records --format json",
  "status --lang zh-CN",
  "status --frob",
];

export async function useTerminal({ gateway, search, account }) {
  const program = installProgram();
  const env = program.newUser({ COSTRICT_BASE_URL: gateway.url });
  const run = async (line, { input = "", more = {} } = {}) => {
    const { code, stdout, stderr } = await program.run(line.split(" "), { env: { ...env, ...more }, input });
    search.at("program's output", `${stdout}\n${stderr}`, { step: line });
    return code;
  };
  try {
    const ended = await run("login --token-stdin", { input: `${account.token}\n` });
    if (ended !== 0) throw new Error(`login ended with ${ended}`);
    for (const line of LINES) await run(line);
    for (const status of [401, 500]) {
      const text = JSON.stringify({ code: account.token, success: false, message: `no ${account.token}` });
      for (const path of ["/quota", "/models", "/quota/audit", "/usage/statistics", "/usage"])
        gateway.failNext(path, { status, text });
      for (const line of ["status --refresh", "records", "export usage"]) await run(line);
      gateway.failNone();
    }
    // Tokens where none belongs: in variables that are not one, and in arguments.
    for (const line of [`status --server https://x/?t=${account.token}`, `status --lang ${account.token}`])
      await program.run(line.split(" "), { env });
    await run("status", { more: { COSTRICT_TOKEN: `two ${account.token}` } });
    search.files("program's files", env.HOME, [signInFile(env.HOME)]);
    await run("logout");
    search.files("program's files", env.HOME);
  } finally {
    program.remove();
  }
}

/** The one file that is meant to hold a token. */
function signInFile(home) {
  const files = readdirSync(home, { recursive: true }).filter((name) => name.endsWith("token.json"));
  if (files.length !== 1) throw new Error(`files with a sign-in: ${files}`);
  return join(home, files[0]);
}
