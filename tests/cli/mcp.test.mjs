// The MCP server through the SDK's own client.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

import { startDemo } from "./support/demo.mjs";
import { installProgram } from "./support/program.mjs";

const program = installProgram();
const demo = await startDemo();
const { ledger, token } = demo;
after(async () => {
  await ledger.stop();
  program.remove();
});

async function connect(env) {
  const client = new Client({ name: "test", version: "1" });
  const args = [program.main, "mcp"];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env: program.newUser(env) }));
  return client;
}

test("tools and resources say what the account has, and only read", async () => {
  const client = await connect({ COSTRICT_BASE_URL: ledger.url, COSTRICT_TOKEN: token });
  try {
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name).sort(), ["compare", "estimate", "forecast", "status", "task"]);
    for (const { name, annotations } of tools) assert.equal(annotations.readOnlyHint, true, name);
    const call = async (name, args = {}) => {
      const { content, structuredContent, isError } = await client.callTool({ name, arguments: args });
      assert.notEqual(isError, true, content[0].text);
      return { text: content[0].text, data: structuredContent };
    };
    const status = await call("status");
    assert.match(status.text, new RegExp(`^${demo.left} credits left`));
    assert.equal(status.data.account.balance.available, demo.remaining);
    assert.ok((await call("forecast")).data.pace > 0);
    assert.equal((await call("forecast", { creditsPerDay: 20 })).data.pace, 20);
    assert.equal((await call("estimate", { model: "kimi-k2-moonshot", text: "hello" })).data.expected, 10);
    assert.equal((await call("compare", { tokens: 2000 })).data.models.length, 7);
    assert.equal((await call("task", { model: "GLM-4.6" })).data.estimates.length, 5);
    const { resources } = await client.listResources();
    assert.deepEqual(resources.map(({ uri }) => uri).sort(), ["costrict-credit://grants", "costrict-credit://records"]);
    const read = async (uri) => JSON.parse((await client.readResource({ uri })).contents[0].text);
    assert.equal((await read("costrict-credit://grants")).grants.length, demo.grants);
    const { rows } = await read("costrict-credit://records");
    assert.equal(rows.length, demo.records);
    assert.ok(rows.every((row) => row.voucherCode === undefined));
  } finally {
    await client.close();
  }
});

test("what cannot be answered is a result that says why", async () => {
  const signedOut = await connect({ COSTRICT_BASE_URL: ledger.url });
  const signedIn = await connect({ COSTRICT_BASE_URL: ledger.url, COSTRICT_TOKEN: token });
  try {
    for (const [client, name, args, said] of [
      [signedOut, "status", {}, /signed out/],
      [signedIn, "estimate", { model: "No-Such-Model", tokens: 5 }, /There is no model No-Such-Model/],
    ]) {
      const { content, isError } = await client.callTool({ name, arguments: args });
      assert.equal(isError, true);
      assert.match(content[0].text, said);
    }
  } finally {
    await Promise.all([signedOut.close(), signedIn.close()]);
  }
});
