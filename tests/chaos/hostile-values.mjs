/** Values that callers should not pass, and some will. */

function nested(depth, wrap) {
  let value = 1;
  for (let level = 0; level < depth; level += 1) value = wrap(value);
  return value;
}

function cyclic() {
  const object = { name: "cycle", list: [] };
  object.self = object;
  object.list.push(object.list, object);
  return object;
}

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const thrower = () => {
  throw new Error("a trap of the caller");
};

/** Makers, so that each use gets a value of its own. */
export const HOSTILE_VALUES = [
  () => undefined,
  () => null,
  () => NaN,
  () => Infinity,
  () => -Infinity,
  () => -0,
  () => 0,
  () => -1,
  () => 2 ** 53,
  () => 1e308,
  () => 5e-324,
  () => 0.1 + 0.2,
  () => 9007199254740993n,
  () => true,
  () => "",
  () => " ",
  () => "\0",
  () => "\ud800",
  () => "\u202E\u0000\uFEFF",
  () => "constructor",
  () => "__proto__",
  () => "1e999",
  () => "../../etc",
  () => "=cmd()",
  () => "<img src=x onerror=alert(1)>",
  () => "x".repeat(300_000),
  () => "\u{1F4A9}".repeat(20_000),
  () => "{".repeat(20_000),
  () => [],
  () => ({}),
  () => [[]],
  () => [null, undefined, NaN],
  () => cyclic(),
  () => {
    const list = [];
    list.push(list);
    return list;
  },
  () => nested(10_000, (inner) => [inner]),
  () => nested(10_000, (inner) => ({ inner })),
  () => nested(200, (inner) => ({ model: inner, lines: inner, range: inner })),
  () => ({
    get model() {
      return thrower();
    },
    get locale() {
      return thrower();
    },
    get page() {
      return thrower();
    },
  }),
  () => revoked(),
  () => new Proxy({}, { get: thrower, has: thrower, ownKeys: thrower, getPrototypeOf: thrower }),
  () => new Proxy({}, { get: (_target, name) => (name === Symbol.toPrimitive ? undefined : cyclic()) }),
  () => new Proxy(function call() {}, { get: thrower }),
  () => Symbol("x"),
  () => () => thrower(),
  () => new Date(NaN),
  () => new Date(8.64e15),
  () => new Map([["model", 1]]),
  () => new Set([1]),
  () => new Uint8Array(1_000_000),
  () => new Float64Array([NaN]),
  () => new ArrayBuffer(8),
  () => new Array(4_294_967_295),
  () => Promise.resolve(1),
  () => Promise.reject(new Error("nothing waits for this")).catch(() => 0),
  () => Object.create(null),
  () => new Error("x"),
  () => ({ toString: thrower, valueOf: thrower, toJSON: thrower, length: 1e9 }),
  () => globalThis,
  () =>
    new (class Odd {
      model = 1;
    })(),
  () => new String("GLM-4.6"),
  () => new Number(NaN),
  () => /x/g,
  () => ({ length: -1, 0: "x" }),
  () => Object.freeze({ model: "GLM-4.6" }),
  () => Array.from({ length: 50_000 }, (_, at) => at),
  () => ({ then: (done) => done(1) }),
  () => ({
    get then() {
      return thrower();
    },
  }),
];

export function hostileValue(rng) {
  return rng.pick(HOSTILE_VALUES)();
}

/** The value with one of its parts, or all of it, replaced. */
export function mutated(rng, value) {
  if (rng.oneIn(4) || typeof value !== "object" || value === null) return hostileValue(rng);
  const keys = Object.keys(value);
  if (keys.length === 0) return hostileValue(rng);
  const copy = Array.isArray(value) ? [...value] : { ...value };
  const key = rng.oneIn(6) ? rng.pick(["extra", "then", "length", "__proto__", "toJSON"]) : rng.pick(keys);
  try {
    Object.defineProperty(copy, key, {
      value: mutated(rng, copy[key]),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } catch {
    // An array's length takes few values.
  }
  return copy;
}
