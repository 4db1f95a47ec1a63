import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { install, root } from "./install.mjs";

const user = install();
after(user.remove);
user.link("@types/node");
user.link("undici-types");
user.link("@types/vscode");

const CONSUMER = `
import { load, CreditClient, CreditError, type Account, type Estimate, type Host, type PanelView } from "costrict-credit";

const host: Host = {
  token: async () => undefined,
  read: async () => undefined,
  write: async () => {},
};

export async function use(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  await load(bytes);
  const client = new CreditClient(host, { baseUrl: "http://127.0.0.1:1", budget: { perDay: { stop: 10 } } });
  const account: Account = await client.open();
  const estimate: Estimate = client.estimate({ model: "GLM-4.6", text: ["a", "b"], feature: "chat", identity: "user" });
  const panel: PanelView = client.panel({ locale: "en" });
  const stop: () => void = client.watch((next) => next.balance?.available.toFixed(2));
  stop();
  client.free();
  return [account.state, account.balance?.remaining ?? "?", estimate.expected ?? "?", panel.summary].join(" ");
}

export function why(error: unknown): string {
  return error instanceof CreditError ? error.code + (error.field ?? "") : "other";
}

// A type that had fallen back to \`any\` would take all of these.
type IsAny<T> = 0 extends 1 & T ? true : false;
type Not<T extends false> = T;
export type Checks = [
  Not<IsAny<CreditClient>>, Not<IsAny<CreditError["code"]>>, Not<IsAny<Parameters<typeof load>[0]>>,
  Not<IsAny<ReturnType<CreditClient["panel"]>["sections"][number]>>, Not<IsAny<ReturnType<CreditClient["estimate"]>>>,
];
// @ts-expect-error a trigger that does not exist
export const wrong: Parameters<CreditClient["refresh"]>[0] = "sometimes";
// @ts-expect-error a host without storage
export const poor: Host = { token: async () => undefined };
`;

function check(file, options) {
  const config = {
    compilerOptions: {
      strict: true,
      noEmit: true,
      target: "es2022",
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      types: [],
      ...options,
    },
    files: [file],
  };
  user.write("tsconfig.json", JSON.stringify(config));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", user.folder], { encoding: "utf8" });
  return { status, stdout };
}

const SETTINGS = {
  "an ES module in Node": ["use.mts", { module: "nodenext", lib: ["es2022"], types: ["node"] }],
  "CommonJS in Node": ["use.cts", { module: "nodenext", lib: ["es2022"], types: ["node"] }],
  "a bundler for a browser": ["use.ts", { module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom"] }],
};

for (const [name, [file, options]] of Object.entries(SETTINGS)) {
  test(`tsc --strict accepts a consumer: ${name}`, () => {
    user.write(file, CONSUMER);
    const { status, stdout } = check(file, options);
    assert.equal(status, 0, stdout);
  });
}

const SESSION_CONSUMER = `
import { CreditClient } from "costrict-credit";
import { channelPort, connectPanel, pageChannelPort, type PanelConnection, type PanelHost, RefreshScheduler, type SessionPort } from "costrict-credit/panel-session";

export function show(client: CreditClient, port: SessionPort, host: PanelHost): PanelConnection {
  const scheduler: RefreshScheduler = RefreshScheduler.of(client);
  scheduler.recordTurnEnd();
  const connection: PanelConnection = connectPanel(client, port, host);
  connection.open();
  return connection;
}
type IsAny<T> = 0 extends 1 & T ? true : false;
type Not<T extends false> = T;
export type Checks = [
  Not<IsAny<PanelConnection>>, Not<IsAny<Parameters<typeof connectPanel>[0]>>, Not<IsAny<Parameters<SessionPort["post"]>[0]>>,
];
// What is passed on has the type of the channel, with and without a form of its own.
declare function post(message: { type: "costrictCredit"; message: object }): void;
declare function postOwn(message: { text: string }): void;
const listen = () => () => {};
channelPort({ post: (message) => post(message), listen });
pageChannelPort({ post: (message) => post(message), listen });
channelPort({ wrap: (panel) => ({ text: panel.type }), unwrap: () => undefined, post: (message) => postOwn(message), listen });
// @ts-expect-error the envelope is no message of this channel
channelPort({ post: (message) => postOwn(message), listen });
// @ts-expect-error not a host
connectPanel(undefined as never, undefined as never, { locale: 1 });
`;

for (const [name, [file, options]] of Object.entries(SETTINGS)) {
  test(`tsc --strict accepts the host of a panel: ${name}`, () => {
    user.write(file, SESSION_CONSUMER);
    const { status, stdout } = check(file, options);
    assert.equal(status, 0, stdout);
  });
}

const PROGRAM_CONSUMER = `
import { CreditClient } from "costrict-credit";
import { environmentToken, fileToken, FileStore, firstToken, nodeHost, StorageError, TokenFile, type TokenSource } from "costrict-credit/node";

export async function use(server: string): Promise<CreditClient | undefined> {
  const token: TokenSource = firstToken(environmentToken(), fileToken(new TokenFile()));
  try {
    return (await token(server)) === undefined ? undefined : new CreditClient(nodeHost({ server, token, store: new FileStore() }));
  } catch (error) {
    if (error instanceof StorageError && error.code === "no_home") return undefined;
    throw error;
  }
}
// @ts-expect-error a code that does not exist
export const wrong: StorageError["code"] = "sometimes";
`;

const EXTENSION_CONSUMER = `
import type { Account } from "costrict-credit";
import { Credits, createCredits, type CreditsHandle, type CreditsOptions, StatusBar, toolText } from "costrict-credit/vscode";
import type { Event, ExtensionContext, StatusBarItem } from "vscode";

export function activate(context: ExtensionContext): CreditsHandle {
  const options: CreditsOptions = {
    prefix: "example",
    settings: { baseUrl: "https://credits.example", budget: { perDay: { stop: 10 } } },
    tokens: { get: () => undefined, onDidChange: () => ({ dispose() {} }), signIn() {} },
    onSend: async (prompt, sending, credits) => credits.loaded !== undefined && prompt.text !== sending.view.title,
  };
  const credits = createCredits(context, options);
  const changed: Event<Account> = credits.onDidChange;
  changed((account) => account.balance?.available.toFixed(2));
  return credits;
}
export const show = (credits: Credits, item: StatusBarItem): StatusBar => new StatusBar(credits, item);
type IsAny<T> = 0 extends 1 & T ? true : false;
type Not<T extends false> = T;
export type Checks = [Not<IsAny<CreditsHandle>>, Not<IsAny<Parameters<typeof createCredits>[0]>>, Not<IsAny<ReturnType<typeof toolText>>>];
// @ts-expect-error no option
createCredits(undefined as never, { prefixes: "a" });
`;

for (const [what, consumer, own] of [
  ["a program", PROGRAM_CONSUMER, []],
  ["an extension", EXTENSION_CONSUMER, ["vscode"]],
])
  for (const [name, [file, options]] of Object.entries(SETTINGS)) {
    if (what === "a program" && !options.types) continue;
    test(`tsc --strict accepts ${what}: ${name}`, () => {
      user.write(file, consumer);
      const { status, stdout } = check(file, { ...options, types: [...(options.types ?? ["node"]), ...own] });
      assert.equal(status, 0, stdout);
    });
  }

/** The package's own JavaScript, whose types are in JSDoc. It is checked where it is, since tsc skips packages. */
function checkSources(change = (text) => text) {
  const sources = mkdtempSync(join(tmpdir(), "costrict-credit-sources-"));
  try {
    cpSync(join(root, "pkg"), sources, { recursive: true });
    const facade = join(sources, "facade.js");
    writeFileSync(facade, change(readFileSync(facade, "utf8")));
    const compilerOptions = {
      strict: true,
      noEmit: true,
      allowJs: true,
      target: "es2023",
      module: "nodenext",
      lib: ["es2024", "dom"],
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      skipLibCheck: true,
    };
    const files = [
      "index.js",
      "index.cjs",
      "node-entry.js",
      "web.js",
      "facade.js",
      "catalogue-reader.js",
      "credit-error.js",
      "handle.js",
      "loading.js",
    ];
    writeFileSync(join(sources, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    return spawnSync(process.execPath, [tsc, "-p", sources], { encoding: "utf8" });
  } finally {
    rmSync(sources, { recursive: true });
  }
}

test("tsc accepts the package's own JavaScript", () => {
  const { status, stdout } = checkSources();
  assert.equal(status, 0, stdout);
});

test("a method that the declarations do not have, or one that is missing, is found", () => {
  assert.match(checkSources((text) => text.replace("raw.refresh(trigger)", "raw.reload(trigger)")).stdout, /reload/);
  assert.match(
    checkSources((text) => text.replace("    redeem(voucherCode)", "    use(voucherCode)")).stdout,
    /redeem/,
  );
});

test("a wrong consumer is refused, so the check above can fail", () => {
  user.write("wrong.mts", CONSUMER.replace("account.state", "account.mood"));
  const { status, stdout } = check("wrong.mts", { module: "nodenext", lib: ["es2022"], types: ["node"] });
  assert.notEqual(status, 0);
  assert.match(stdout, /mood/);
});

test("no declaration file says any", () => {
  for (const name of [
    "index.d.ts",
    "index.d.cts",
    "budget.d.ts",
    "cost.d.ts",
    "transfer.d.ts",
    "views.d.ts",
    "panel.d.ts",
    "sections.d.ts",
    "history.d.ts",
    "prices.d.ts",
    "problem.d.ts",
  ]) {
    const code = readFileSync(join(user.place, name), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    assert.doesNotMatch(code, /\bany\b/, name);
  }
});

test("the CommonJS types name every value of the others", () => {
  const values = (name) =>
    [...readFileSync(join(user.place, name), "utf8").matchAll(/^export (?:declare )?(?:function|class|const) (\w+)/gm)]
      .map((match) => match[1])
      .sort();
  assert.deepEqual(values("index.d.cts"), values("index.d.ts"));
  assert.deepEqual(values("index.d.ts"), ["CreditClient", "CreditError", "legacyQuotaInfo", "load", "loadTokens"]);
});

// promised.d.ts is what users were promised from outside. What callers give must still be taken, what they get must
// still be what they were promised; more is allowed where it is named here. A caller gets an ExportFile and never makes one.
const PROMISED = readFileSync(join(root, "tests/package/promised.d.ts"), "utf8");
// Callers give these and never get them: more may be accepted than was promised.
const GIVEN = new Set(["UsageQuery"]);
const MORE = new Set(["CreditClient", "ExportFile", "PanelView"]);

function promises() {
  const names = [...PROMISED.matchAll(/^export (?:interface|type|class) (\w+)/gm)].map((match) => match[1]);
  assert.ok(names.length > 40, `${names.length} types`);
  const fits = names.flatMap((name) => [
    ...(GIVEN.has(name) ? [] : [`Fits<Had<Ours.${name}>, Asked<Promised.${name}>>`]),
    ...(MORE.has(name) ? [] : [`Fits<Had<Promised.${name}>, Asked<Ours.${name}>>`]),
  ]);
  return `
import type * as Ours from "costrict-credit";
import type * as Promised from "./promised.js";
type Fits<Given extends Wanted, Wanted> = [Given, Wanted];
// Methods as functions, whose parameters tsc compares strictly. Under two names: of one name it would compare the arguments.
type Had<T> = { [K in keyof T]: T[K] extends ((...args: infer A) => infer R) | undefined ? (...args: A) => R : T[K] };
type Asked<T> = { [K in keyof T]: T[K] extends ((...args: infer A) => infer R) | undefined ? (...args: A) => R : T[K] };
export type Checks = [
  ${fits.join(",\n  ")},
  Fits<typeof Ours.load, typeof Promised.load>,
  Fits<ConstructorParameters<typeof Promised.CreditClient>, ConstructorParameters<typeof Ours.CreditClient>>,
];
`;
}

function checkPromises() {
  user.write("promises.mts", promises());
  return check("promises.mts", { module: "nodenext", lib: ["es2022", "dom"] });
}

test("the types say no less than was promised", () => {
  user.write("promised.d.ts", PROMISED);
  user.write("package.json", '{ "type": "module" }');
  const { status, stdout } = checkPromises();
  assert.equal(status, 0, stdout);
});

test("a promise that is not kept is found: a field, a literal, a parameter, an optionality", () => {
  for (const [kept, broken] of [
    ["usedShare: number;", "usedShare: number; sharedWith: string;"],
    ['"fresh" | "stale" | "outdated"', '"fresh" | "stale"'],
    ["snooze(noticeId: string,", "snooze(noticeId: string | number,"],
    ["revision: number;", "revision?: number;"],
    ["exportAs(what", "exportTo(what"],
  ]) {
    assert.ok(PROMISED.includes(kept), kept);
    user.write("promised.d.ts", PROMISED.replace(kept, broken));
    assert.notEqual(checkPromises().status, 0, kept);
  }
});
