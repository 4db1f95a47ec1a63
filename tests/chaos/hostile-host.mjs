/** A host whose callbacks throw, hang, answer nonsense and call the client, over storage and a clock that go wrong. */
import { hostileValue } from "./hostile-values.mjs";

/** In every token; nothing else may show it. */
export const CANARY = "kanarienvogel";

export function tokenOf(user, serial) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ universal_id: user, exp: 4_000_000_000 })}.${CANARY}${serial}`;
}

/** Storage that several clients share, and what happens to it. */
export class HostileStorage {
  texts = new Map();

  damage(rng) {
    const keys = [...this.texts.keys()];
    if (keys.length === 0) return;
    const key = rng.pick(keys);
    const text = this.texts.get(key);
    const at = rng.below(text.length + 1);
    this.texts.set(
      key,
      rng.pick([
        () => text.slice(0, at),
        () => text.slice(0, at) + String.fromCharCode(rng.below(0x300)) + text.slice(at + 1),
        () => this.texts.get(rng.pick(keys)),
        () => "",
        () => "{}",
        () => text + text,
        () => "\0".repeat(1_000),
        () => "[".repeat(50_000),
        () => text.replace(/\d+/, () => String(rng.below(1e9) * 1e9)),
      ])(),
    );
  }
}

/**
 * `state.client` is the client that the callbacks call back. `harm` is how likely each callback misbehaves, of 100. Whether
 * a callback has never answered is in `state.hung`.
 */
export function hostileHost(rng, clock, storage, state, report) {
  const harm = state.harm;
  const intrude = () => {
    const client = state.client;
    if (client === undefined) return undefined;
    const call = rng.pick([
      () => client.account(),
      () => client.refresh("manual"),
      () => client.begin({ model: "GLM-4.6" }),
      () => client.open(),
      () => client.status({ locale: "en" }),
      () => client.forget(),
      () => client.free(),
      () => client.nextRefresh({ visible: true, focused: true, online: true }),
      () => client.watch(() => client.account()),
      () => client.explain({ status: 500, body: "x" }),
    ]);
    const answer = call();
    answer?.catch?.(() => {});
    return undefined;
  };
  const harmful = () => rng.below(100) < harm;
  const asynchronous =
    (name, work) =>
    (...args) => {
      if (!harmful()) return work(...args);
      switch (rng.below(7)) {
        case 0:
          throw new Error(`${name} threw ${CANARY}`);
        case 1:
          return Promise.reject(
            rng.pick([new Error(`${name} failed`), undefined, null, "text", { code: "invalid_input" }]),
          );
        case 2:
          state.hung = true;
          return new Promise(() => {});
        case 3:
          return hostileValue(rng);
        case 4:
          return Promise.resolve(hostileValue(rng));
        case 5:
          intrude();
          return work(...args);
        default:
          return clock.wait(rng.between(1, 20_000)).then(() => work(...args));
      }
    };
  const immediate =
    (name, work, odd) =>
    (...args) => {
      if (!harmful()) return work(...args);
      switch (rng.below(4)) {
        case 0:
          throw new Error(`${name} threw`);
        case 1:
          intrude();
          return work(...args);
        default:
          return rng.pick(odd)();
      }
    };
  const host = {
    token: asynchronous("token", async () => (state.signedIn ? state.token : undefined)),
    read: asynchronous("read", async (key) => storage.texts.get(key)),
    write: asynchronous("write", async (key, value) => {
      if (String(value).includes(CANARY)) report("the token was written to storage");
      if (value === undefined) storage.texts.delete(key);
      else storage.texts.set(key, String(value));
    }),
    now: immediate("now", () => clock.now + state.skew, [
      () => NaN,
      () => Infinity,
      () => -1e18,
      () => "noon",
      () => ({}),
      () => 8.64e15,
      () => undefined,
    ]),
    random: immediate("random", () => rng.float(), [() => NaN, () => -1, () => 1e308, () => "x", () => null]),
    log: immediate(
      "log",
      (_level, message) => {
        if (String(message).includes(CANARY)) report("the token is in a log line");
      },
      [() => 7],
    ),
  };
  if (state.locks) {
    const held = new Set();
    host.lock = asynchronous("lock", async (name) => !held.has(name) && held.add(name) !== undefined);
    host.unlock = asynchronous("unlock", async (name) => void held.delete(name));
  }
  // Some hosts lack a callback, or have something else there.
  if (rng.below(100) < harm / 4) host[rng.pick(Object.keys(host))] = hostileValue(rng);
  return host;
}
