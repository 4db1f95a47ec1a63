/** Checks of everything that a call returns or throws. */
import { CANARY } from "./hostile-host.mjs";

/** Words that a formatter writes for a missing value. */
const NONSENSE = /\bNaN\b|\[object Object\]|\bundefined\b|\bInfinity\b/;
const VIEWS = new Set(["panel", "status", "notices"]);

/** The fault of a result, if any; `sound` arguments cannot bring in such words. */
export function faultOfResult(name, value, sound) {
  const todo = [value];
  let parts = 0;
  while (todo.length > 0) {
    const part = todo.pop();
    parts += 1;
    if (typeof part === "number" && !Number.isFinite(part)) return `a number that is ${part}`;
    if (typeof part === "string") {
      if (part.includes(CANARY)) return "the token in a text";
      if (sound && VIEWS.has(name) && NONSENSE.test(part)) return `a text with ${part.match(NONSENSE)[0]}`;
    }
    if (typeof part === "object" && part !== null) todo.push(...Object.values(part).slice(0, 20_000));
    if (parts > 200_000) break;
  }
  return undefined;
}

/** The fault of an error, if any: callers may get a CreditError only. */
export function faultOfError(error, CreditError) {
  if (error instanceof WebAssembly.RuntimeError) return `a trap: ${error.message}`;
  if (!(error instanceof CreditError)) return `an error that is no CreditError: ${describe(error)}`;
  if (!["invalid_input", "not_loaded", "freed"].includes(error.code))
    return `a CreditError with the code ${error.code}`;
  if (error.code === "invalid_input" && typeof error.field !== "string") return "invalid_input without a field";
  if (`${error.message}${error.field}`.includes(CANARY)) return "the token in an error";
  if (error.message.length > 2_000) return `an error of ${error.message.length} characters`;
  return undefined;
}

function describe(error) {
  try {
    return `${error?.name ?? typeof error}: ${String(error?.message ?? error).slice(0, 200)}`;
  } catch {
    return "one that cannot be read";
  }
}
