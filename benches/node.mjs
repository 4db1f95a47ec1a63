// Times in Node: from the bytes of the wasm file to the first account(), and single calls of a client that knows its account.
import { execFileSync } from "node:child_process";
import { host, serve } from "../tests/package/server.mjs";
import { importable, installed, repeats, reportTimes, times } from "./support/report.mjs";
import { reportStarts, startProgram } from "./support/start.mjs";

// A process of its own for each start: in one process the second start finds compiled code.
const START = startProgram({
  specifier: importable("index.js"),
  bytes: `(await import("node:fs")).readFileSync(${JSON.stringify(installed("dist/costrict_credit_bg.wasm"))})`,
  done: "console.log",
});
const run = () => execFileSync(process.execPath, ["--input-type=module", "--eval", START], { encoding: "utf8" });
reportStarts(
  "Node",
  Array.from({ length: repeats(15) }, () => JSON.parse(run())),
);

const { load, CreditClient } = await import(importable("index.js"));
await load();
const server = await serve();
const client = new CreditClient(host(), { baseUrl: server.base });
await client.open();
await client.refresh("open");

const CALLS = {
  "account()": () => client.account(),
  "estimate(), 4 KB prompt": () => client.estimate({ model: "GLM-4.6", text: "fn main() { run(); }\n".repeat(200) }),
  "panel(), English": () => client.panel({ locale: "en", timeZone: "Asia/Shanghai" }),
  "status(), English": () => client.status({ locale: "en", timeZone: "Asia/Shanghai" }),
};
for (const [name, call] of Object.entries(CALLS)) {
  // A build of the core may not have every method yet.
  if (typeof client[name.slice(0, name.indexOf("("))] === "function")
    reportTimes(`Node: ${name}`, times(repeats(300), call));
}

client.free();
await server.close();
