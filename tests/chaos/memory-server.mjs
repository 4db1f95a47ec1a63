/** Serves the plans in memory and in virtual time, as `fetch`. */
import { goodReply } from "./replies.mjs";

const STATUS_WITHOUT_BODY = new Set([204, 304]);
const CHUNK_MAX = 65_536;

/**
 * A `fetch` for the package. `next` gives each request's plan; a request that is given up rejects as a real one does.
 */
export function memoryFetch(clock, next) {
  return async (input, options) => {
    const url = typeof input === "string" ? input : input.url;
    const signal = options?.signal ?? input.signal;
    const { pathname, search } = new URL(url);
    const plan = next(pathname + search);
    return new Promise((done, failed) => {
      signal?.addEventListener?.("abort", () => failed(signal.reason ?? new DOMException("aborted", "AbortError")));
      if (plan.never) return;
      clock.after(plan.after, () => {
        try {
          if (plan.oddReply) return done(plan.oddReply());
          const response = answer(clock, plan, pathname, signal);
          // What the engine fetched has its address; a Response that a wrapper around it made has none.
          done(plan.hasNoUrl ? response : Object.defineProperty(response, "url", { value: url }));
        } catch (cause) {
          failed(new TypeError("fetch failed", { cause }));
        }
      });
    });
  };
}

function answer(clock, plan, path, signal) {
  if (plan.broken) throw new Error("connection reset");
  if (plan.redirect) return answer(clock, { ...goodReply(path), after: 0 }, path, signal);
  const body = plan.bomb ? " ".repeat(Math.min(plan.bomb, 20_000_000)) : plan.body;
  if (STATUS_WITHOUT_BODY.has(plan.status)) return new Response(null, { status: plan.status, headers: plan.headers });
  const bytes = Buffer.from(body);
  let at = 0;
  const stream = new ReadableStream({
    async pull(controller) {
      if (plan.stall !== undefined && at >= plan.stall)
        return new Promise((_done, failed) => {
          signal?.addEventListener?.("abort", () => failed(signal.reason));
        });
      if (plan.drip) await clock.wait(900);
      const size = plan.drip ? 1 : Math.min(CHUNK_MAX, plan.stall ?? CHUNK_MAX);
      if (at < bytes.length) controller.enqueue(new Uint8Array(bytes.subarray(at, at + Math.max(size, 1))));
      at += Math.max(size, 1);
      if (at >= bytes.length && plan.stall === undefined) controller.close();
    },
  });
  signal?.addEventListener?.("abort", () => {
    at = bytes.length;
  });
  return new Response(stream, { status: plan.status, headers: plan.headers });
}
