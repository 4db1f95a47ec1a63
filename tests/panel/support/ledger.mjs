// The real ledger: a process on a free port with a database of its own, and its admin interface.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM =
  process.env.LEDGER_BIN ??
  process.env.LEDGER ??
  fileURLToPath(new URL("../../../target/fast/ledger", import.meta.url));

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Runs the program to its end; its last line. */
async function answer(...args) {
  const child = spawn(PROGRAM, args, { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  child.stdout.on("data", (part) => (text += part));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`ledger ${args[0]} ended with ${code}`);
  return text.trim().split("\n").at(-1);
}

export class Ledger {
  #child;
  #folder;
  #arguments;
  url;

  static async start(...flags) {
    const ledger = new Ledger();
    ledger.#folder = await mkdtemp(join(tmpdir(), "credit-ledger-"));
    const port = await freePort();
    ledger.url = `http://127.0.0.1:${port}`;
    ledger.#arguments = ["serve", "--database", ledger.database, "--port", String(port), "--admin", ...flags];
    await ledger.resume();
    return ledger;
  }

  get database() {
    return join(this.#folder, "credit.db");
  }

  /** Starts the process, on the same port and database as before; one that runs goes on. */
  async resume() {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) return;
    this.#child = spawn(PROGRAM, this.#arguments, { stdio: ["ignore", "pipe", "ignore"] });
    for await (const line of createInterface({ input: this.#child.stdout })) {
      if (line.includes("listening on ")) return;
    }
    throw new Error("the ledger ended before it listened");
  }

  /** Ends the process: requests get no reply from now on. */
  async halt() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill();
    await once(this.#child, "exit");
  }

  async stop() {
    await this.halt();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async admin(method, path, body) {
    const reply = await fetch(`${this.url}/admin${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** A new account with what a test gives it: `{amount, valid_days | expires, source}` each. */
  async account(...grants) {
    const account = await this.admin("POST", "/accounts", { name: "Reader" });
    for (const grant of grants) await this.admin("POST", `/accounts/${account.id}/grants`, grant);
    return account.id;
  }

  /** The account with sixty days of history. */
  demo() {
    return answer("demo", "--database", this.database);
  }

  async token(id) {
    return (await this.admin("POST", `/accounts/${id}/token`)).token;
  }

  fault(fault) {
    return this.admin("POST", "/faults", fault);
  }

  clearFaults() {
    return this.admin("DELETE", "/faults");
  }

  /** A request of the account to a model, as any client sends it; the ledger charges it. */
  async chat(token, text, model = "Kimi-K2-Moonshot") {
    const reply = await fetch(`${this.url}/chat-rag/api/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "x-quota-identity": "user",
        "idempotency-key": crypto.randomUUID(),
      },
      body: JSON.stringify({ model, messages: [{ role: "user", content: text }], stream: false }),
    });
    if (!reply.ok) throw new Error(`chat: ${reply.status} ${await reply.text()}`);
    return reply.json();
  }

  /** The server's own reply to a client's request. */
  async ask(token, path) {
    const reply = await fetch(this.url + path, { headers: { authorization: `Bearer ${token}` } });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return (await reply.json()).data;
  }
}
