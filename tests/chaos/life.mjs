/** One client's life under hostile conditions, and the checks of each of its calls. */

import { nextCall } from "./calls.mjs";
import { faultOfError, faultOfResult } from "./checks.mjs";
import { breathe } from "./clock.mjs";
import { HostileStorage, hostileHost, tokenOf } from "./hostile-host.mjs";
import { hostileValue, mutated } from "./hostile-values.mjs";
import { memoryFetch } from "./memory-server.mjs";
import { goodReply, plan } from "./replies.mjs";

/** Virtual time within which a call ends, whatever the server does; with a host that hangs, a call may take longer. */
const LIMIT_MS = { server: 35_000, paging: 300_000, host: 900_000 };
const PAGING = new Set(["usage", "records", "exportAs"]);
/** Processor time for which a call may block the thread. Real time would count other programs too. */
const SLOW_MS = 1_500;
/** How long sockets have for an answer before virtual time goes on. */
const SOCKET_MS = 4;
const SKEW_MAX_MS = 400 * 86_400_000;

export class Life {
  #open = new Set();

  constructor(number, rng, shared, onSockets) {
    Object.assign(this, { number, rng, shared, onSockets });
    this.storage = new HostileStorage();
    this.state = {
      harm: rng.pick([0, 0, 5, 30, 80]),
      locks: rng.oneIn(2),
      signedIn: true,
      skew: 0,
      hung: false,
      spends: [],
      token: tokenOf(rng.pick(["user-1", "user-2"]), number),
    };
    this.calm = rng.oneIn(4);
  }

  get lastCall() {
    return this.called;
  }

  async run(calls, statistics) {
    const { clock, engineFetch, server } = this.shared;
    const next = (path) => (this.calm ? { ...goodReply(path), after: 20 } : plan(this.rng, path, this.state.token));
    this.shared.useSockets(next);
    globalThis.fetch = this.onSockets ? engineFetch : memoryFetch(clock, next);
    this.base = this.onSockets ? server.base : "http://127.0.0.1:9";
    this.makeClient();
    for (let call = 0; call < calls && this.found === undefined; call += 1) {
      this.trouble();
      await this.call(nextCall(this.rng, this.state), statistics);
    }
    await this.settle(() => this.#open.size === 0);
    this.free();
    await this.stillWorks();
  }

  report(what) {
    this.found ??= what;
    this.shared.report(what, this.called);
  }

  makeClient() {
    const { rng, shared, state } = this;
    const host = hostileHost(rng, shared.clock, this.storage, state, (what) => this.report(what));
    const usual = { baseUrl: this.base, budget: { perTask: { warn: 5, stop: 50 } } };
    try {
      state.client = new shared.api.CreditClient(
        rng.oneIn(40) ? hostileValue(rng) : host,
        rng.oneIn(8) ? mutated(rng, usual) : usual,
      );
    } catch (error) {
      state.client = undefined;
      this.judgeError(error);
    }
    if (state.client === undefined || rng.oneIn(2)) return;
    this.guarded("watch", () => state.client.watch(rng.oneIn(6) ? hostileValue(rng) : () => this.listen()));
  }

  listen() {
    if (this.rng.below(100) >= this.state.harm) return;
    const { client } = this.state;
    this.rng.pick([
      () => {
        throw new Error("a listener threw");
      },
      () => client?.account(),
      () => client?.free(),
      () => void client?.refresh("manual").catch(() => {}),
    ])();
  }

  /** What goes wrong between calls. */
  trouble() {
    const { rng, state } = this;
    if (this.calm && !rng.oneIn(4)) return;
    if (rng.oneIn(15)) this.storage.damage(rng);
    if (rng.oneIn(20)) state.skew = rng.between(-SKEW_MAX_MS, SKEW_MAX_MS);
    if (rng.oneIn(20)) state.signedIn = !state.signedIn;
    if (rng.oneIn(20))
      state.token = rng.pick([tokenOf("user-1", this.number), tokenOf("user-2", this.number), "not a token"]);
    if (rng.oneIn(30)) this.free();
    if (state.client === undefined || rng.oneIn(60)) this.makeClient();
  }

  guarded(_name, work) {
    try {
      return work();
    } catch (error) {
      this.judgeError(error);
      return undefined;
    }
  }

  judgeError(error) {
    const fault = faultOfError(error, this.shared.api.CreditError);
    if (fault !== undefined) this.report(fault);
    return fault;
  }

  async call({ name, args }, statistics) {
    const { client } = this.state;
    if (client === undefined) return;
    statistics.calls += 1;
    this.called = `${name}(${args.map(describe).join(", ")})`;
    if (this.shared.trace) console.log(this.called);
    const [started, cpu] = [performance.now(), process.cpuUsage()];
    let answer;
    try {
      answer = client[name](...args);
    } catch (error) {
      statistics.errors += 1;
      this.judgeError(error);
    }
    const { user, system } = process.cpuUsage(cpu);
    const took = Math.min(performance.now() - started, (user + system) / 1_000);
    statistics.slowest.set(name, Math.max(took, statistics.slowest.get(name) ?? 0));
    if (took > SLOW_MS) this.report(`a call that holds the thread for ${Math.round(took)} ms`);
    if (!(answer instanceof Promise)) return void this.judge(name, args, answer);
    const open = { name, called: this.called, since: this.shared.clock.now };
    this.#open.add(open);
    answer
      .then(
        (value) => this.judge(name, args, value, statistics),
        (error) => {
          statistics.errors += 1;
          this.judgeError(error);
        },
      )
      .finally(() => {
        this.#open.delete(open);
        const waited = this.shared.clock.now - open.since;
        statistics.longest.set(name, Math.max(waited, statistics.longest.get(name) ?? 0));
      });
    if (!this.rng.oneIn(4)) await this.settle(() => !this.#open.has(open));
  }

  judge(name, _args, value, statistics) {
    if (name === "begin" && typeof value?.id === "string") this.state.spends.push(value.id);
    if (value?.balance?.grants?.[0]) this.state.expiry = value.balance.grants[0].expiresAt;
    if (value?.problem && statistics) statistics.problems += 1;
    const fault = faultOfResult(name, value, false);
    if (fault !== undefined) this.report(`a result with ${fault}`);
  }

  /** Lets virtual time run until `done`, and finds calls that take too long. */
  async settle(done) {
    const { clock } = this.shared;
    for (let idle = 0; ; idle += 1) {
      await breathe(this.onSockets && idle % 4 === 3 ? SOCKET_MS : 0);
      if (done()) return;
      const late = [...this.#open].find(({ name, since }) => clock.now - since > this.limit(name));
      if (late !== undefined) {
        this.called = late.called;
        this.report(`a call that has not ended after ${clock.now - late.since} virtual ms`);
        this.#open.clear();
        return;
      }
      if (this.onSockets && idle % 4 !== 3) continue;
      if (!clock.advance() && idle > 2_000) {
        this.called = [...this.#open][0]?.called;
        this.report("a call that waits for nothing");
        this.#open.clear();
        return;
      }
    }
  }

  limit(name) {
    if (this.state.harm > 0 || this.state.hung) return LIMIT_MS.host;
    return PAGING.has(name) ? LIMIT_MS.paging : LIMIT_MS.server;
  }

  free() {
    const { client } = this.state;
    this.state.client = undefined;
    this.guarded("free", () => client?.free());
  }

  /** After all of it an ordinary client of the same module reads an ordinary balance. */
  async stillWorks() {
    this.called = "an ordinary client afterwards";
    const { clock, api } = this.shared;
    globalThis.fetch = memoryFetch(clock, (path) => ({ ...goodReply(path), after: 5 }));
    const texts = new Map();
    const host = {
      token: async () => tokenOf("user-3", 0),
      read: async (key) => texts.get(key),
      write: async (key, value) => void texts.set(key, value),
    };
    let account;
    const client = this.guarded("new", () => new api.CreditClient(host, { baseUrl: "http://127.0.0.1:9" }));
    client?.refresh("manual").then(
      (value) => {
        account = value;
      },
      (error) => {
        account = {};
        this.judgeError(error);
      },
    );
    if (client !== undefined) await this.settle(() => account !== undefined);
    if (account?.balance?.available !== 41.5)
      this.report(`an ordinary client that no longer works: ${JSON.stringify(account)?.slice(0, 200)}`);
    this.guarded("free", () => client?.free());
  }
}

/** An argument in one short line, without reading what throws. */
function describe(value) {
  if (typeof value === "string")
    return value.length > 60 ? `"${value.slice(0, 40)}…" (${value.length})` : JSON.stringify(value);
  if (typeof value !== "object" || value === null)
    return typeof value === "symbol" || typeof value === "function" ? typeof value : String(value);
  try {
    const shallow = Object.entries(value)
      .slice(0, 6)
      .map(([key, part]) => `${key}: ${typeof part === "object" && part !== null ? "{…}" : describe(part)}`);
    return `{${shallow.join(", ")}}`.slice(0, 300);
  } catch {
    return "an object that throws";
  }
}
