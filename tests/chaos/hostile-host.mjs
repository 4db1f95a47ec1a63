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

  damage(dice) {
    const keys = [...this.texts.keys()];
    if (keys.length === 0) return;
    const key = dice.pick(keys);
    const text = this.texts.get(key);
    const at = dice.below(text.length + 1);
    this.texts.set(
      key,
      dice.pick([
        () => text.slice(0, at),
        () => text.slice(0, at) + String.fromCharCode(dice.below(0x300)) + text.slice(at + 1),
        () => this.texts.get(dice.pick(keys)),
        () => "",
        () => "{}",
        () => text + text,
        () => "\0".repeat(1_000),
        () => "[".repeat(50_000),
        () => text.replace(/\d+/, () => String(dice.below(1e9) * 1e9)),
      ])(),
    );
  }
}

/**
 * `state.client` is the client that the callbacks call back. `harm` is how likely each callback misbehaves, of 100. Whether
 * a callback has never answered is in `state.hung`.
 */
export function hostileHost(dice, clock, storage, state, report) {
  const harm = state.harm;
  const intrude = () => {
    const client = state.client;
    if (client === undefined) return undefined;
    const call = dice.pick([
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
  const harmful = () => dice.below(100) < harm;
  const asynchronous =
    (name, work) =>
    (...args) => {
      if (!harmful()) return work(...args);
      switch (dice.below(7)) {
        case 0:
          throw new Error(`${name} threw ${CANARY}`);
        case 1:
          return Promise.reject(
            dice.pick([new Error(`${name} failed`), undefined, null, "text", { code: "invalid_input" }]),
          );
        case 2:
          state.hung = true;
          return new Promise(() => {});
        case 3:
          return hostileValue(dice);
        case 4:
          return Promise.resolve(hostileValue(dice));
        case 5:
          intrude();
          return work(...args);
        default:
          return clock.wait(dice.between(1, 20_000)).then(() => work(...args));
      }
    };
  const immediate =
    (name, work, odd) =>
    (...args) => {
      if (!harmful()) return work(...args);
      switch (dice.below(4)) {
        case 0:
          throw new Error(`${name} threw`);
        case 1:
          intrude();
          return work(...args);
        default:
          return dice.pick(odd)();
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
    random: immediate("random", () => dice.float(), [() => NaN, () => -1, () => 1e308, () => "x", () => null]),
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
  if (dice.below(100) < harm / 4) host[dice.pick(Object.keys(host))] = hostileValue(dice);
  return host;
}
