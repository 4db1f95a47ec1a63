/** The commands and their options. A call is parsed here, run, and turned into an exit code. */

import { Command, CommanderError, InvalidArgumentError } from "commander";
import { CreditError } from "costrict-credit";
import { StorageError } from "costrict-credit/node";

import { Call, type Command as Run } from "./call.js";
import { forecast, grants, models, status } from "./commands/account.js";
import { compare, estimate } from "./commands/cost.js";
import { demo } from "./commands/demo.js";
import { exportHistory, records, usage } from "./commands/history.js";
import { login, logout } from "./commands/login.js";
import { task } from "./commands/task.js";
import { watch } from "./commands/watch.js";
import type { GlobalFlags } from "./environment.js";
import { CliError, ExitCode } from "./exit-code.js";
import type { SessionParts } from "./session.js";
import { statusline } from "./statusline.js";
import { text } from "./texts.js";
import { VERSION } from "./version.js";
import { Writer, write } from "./writer.js";

const STDOUT = 1;
const STDERR = 2;
const PAGE_SIZE_MAX = 1_000;
const SWITCHES = ["--no-color", "--color"];

/** Runs one call. Resolves with the exit code; whatever went wrong has been said. */
export async function run(argv: readonly string[], parts?: SessionParts): Promise<number> {
  let code: number = ExitCode.ok;
  const program = programFor(parts, (ended) => {
    code = ended;
  });
  const wantsJson = argv.includes("--json");
  try {
    await program.parseAsync(argv.length === 0 ? ["--help"] : argv, { from: "user" });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return ended(thrown, argv, wantsJson);
    const failure = asCliError(thrown);
    const flags = { json: wantsJson, color: !argv.includes("--no-color") };
    const writer = new Writer(flags);
    writer.json({ schema: 1, command: commandOf(argv), error: { name: failure.errorName, message: failure.message } });
    writer.error(failure.message);
    return failure.exitCode;
  }
}

/** Help and version are no errors; everything else that the parser refuses is a wrong call, and it has said why. */
function ended({ exitCode, message }: CommanderError, argv: readonly string[], wantsJson: boolean): number {
  if (exitCode === 0) return ExitCode.ok;
  const { json } = { json: wantsJson };
  new Writer({ json, color: false }).json({
    schema: 1,
    command: commandOf(argv),
    error: { name: "wrong_call", message: message.replace(/^error: /, "") },
  });
  return ExitCode.wrongCall;
}

function commandOf(argv: readonly string[]): string {
  return argv.find((word) => !word.startsWith("-") && !SWITCHES.includes(word)) ?? "";
}

/** A caller's mistake, a file, or a fault of this program: one line each. */
function asCliError(thrown: unknown): CliError {
  if (thrown instanceof CliError) return thrown;
  if (thrown instanceof StorageError)
    return new CliError(
      thrown.code === "malformed" || thrown.code === "unreadable" ? ExitCode.signedOut : ExitCode.wrongCall,
      thrown.message,
    );
  if (thrown instanceof CreditError) return new CliError(ExitCode.wrongCall, thrown.message);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new CliError(ExitCode.noAnswer, text("en", "unexpected", message.split("\n", 1)[0] ?? ""));
}

function programFor(parts: SessionParts | undefined, done: (code: number) => void): Command {
  const program = new Command("costrict-credit")
    .description(
      "CoStrict credits in the terminal: what is left, what expires when, what a request costs before it is sent.",
    )
    .version(VERSION, "-V, --version")
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: (out) => write(STDOUT, out),
      writeErr: (out) => write(STDERR, out.replace(/^error: /, "costrict-credit: ")),
    })
    .showSuggestionAfterError()
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride();
  const add = <Flags>(usage: string, about: string, command: Run<Flags>): Command =>
    withGlobals(program.command(usage).description(about)).action(async (...given: unknown[]) => {
      const subcommand = given.at(-1) as Command;
      const flags = subcommand.opts<GlobalFlags & Flags>();
      const call = new Call(flags, parts);
      try {
        done(await command(call, flags, subcommand.args));
      } finally {
        call.end();
      }
    });
  addAccount(add);
  addCost(add);
  addHistory(add);
  addHosts(add);
  return program;
}

type Add = <Flags>(usage: string, about: string, command: Run<Flags>) => Command;

function withGlobals(command: Command): Command {
  return command
    .option("--json", "one line of JSON, as schema/output-1.json describes it")
    .option("-q, --quiet", "only errors; the exit code says the rest")
    .option("--no-color", "no colours, as with the variable NO_COLOR")
    .option("--masked", "hide every amount")
    .option("--lang <tag>", "language, such as zh-CN; default: LC_ALL, LC_MESSAGES, LANG")
    .option("--time-zone <zone>", "time zone, such as Asia/Shanghai; default: the machine's")
    .option("--server <address>", "server; default: COSTRICT_BASE_URL, or CoStrict's own sign-in")
    .option("--token-stdin", "take the token from stdin")
    .configureHelp({ sortOptions: false });
}

function addAccount(add: Add): void {
  add("status", "balance, and what expires next", status).option(
    "--refresh",
    "ask the server now, at most every 5 seconds",
  );
  add("grants", "all grants by their expiry", grants);
  add("forecast", "how long the credits last, and what expires unused", forecast)
    .option("--model <model>", "what if all requests went to this model")
    .option("--requests-per-day <number>", "what if there were so many requests a day", amount)
    .option("--credits-per-day <number>", "what if so many credits were used a day", amount);
  add("models", "models and their prices", models);
}

function addCost(add: Add): void {
  const withPrompt = (command: Command) =>
    command
      .option("--text <prompt>", "the prompt")
      .option("--file <path>", "a file with the prompt, or - for stdin")
      .option("--tokens <number>", "its size in tokens, where it was counted already", whole)
      .option("--identity <identity>", "user or system: who sends it", identity);
  withPrompt(add("estimate [model]", "what a request costs before it is sent; default: Auto", estimate)).option(
    "--require",
    "exit code 4 where the credits are not enough",
  );
  withPrompt(add("compare", "the same request on every model, cheapest first", compare));
  add("task [id]", "what a task has cost; without an id the newest tasks, and what tasks cost as a rule", task).option(
    "--model <model>",
    "the model; default: Auto",
  );
}

function addHistory(add: Add): void {
  const withRange = (command: Command) =>
    command
      .option("--range <range>", "today, 7days, 30days, this_week, last_week, this_month or last_month")
      .option("--from <date>", "first day, as 2026-11-30")
      .option("--to <date>", "last day, as 2026-11-30");
  withRange(add("usage", "credits used by day, model, mode, task or project", usage)).option(
    "--by <group>",
    "day, model, mode, task or project",
  );
  add("records", "the credit record: granted, given, redeemed, expired", records)
    .option("--page <number>", "page, from 1", whole, 1)
    .option("--page-size <number>", "records on a page", pageSize, 20)
    .option("--kind <kind>", "recharge, transfer_in, transfer_out, expire, deduct, merge_in or other")
    .option("--text <text>", "only records with this text");
  withRange(add("export <what>", "usage or records as a file", exportHistory))
    .option("--format <format>", "csv or json", "csv")
    .option("-o, --output <path>", "the file to write; default: stdout");
}

function addHosts(add: Add): void {
  add("login", "sign in through the browser, or with --token-stdin", login).option(
    "--no-browser",
    "print the address instead of opening a browser",
  );
  add("logout", "forget the sign-in and what is stored of the account", logout);
  add("watch", "a dashboard that follows the account", watch);
  add("statusline", "one line for a shell's prompt or an assistant; never waits for the server", statusline).option(
    "--short",
    "the amount alone",
  );
  add("mcp", "an MCP server over stdio for assistants; read only", async (call) =>
    (await import("./mcp.js")).mcp(call),
  );
  add("demo [command...]", "any command with made-up numbers, without an account", demo)
    .passThroughOptions()
    .allowUnknownOption();
}

function amount(given: string): number {
  const number = Number(given);
  if (given.trim() === "" || !Number.isFinite(number) || number < 0)
    throw new InvalidArgumentError("It is not an amount.");
  return number;
}

function whole(given: string): number {
  const number = amount(given);
  if (!Number.isSafeInteger(number)) throw new InvalidArgumentError("It is not a whole number.");
  return number;
}

function pageSize(given: string): number {
  const number = whole(given);
  if (number < 1 || number > PAGE_SIZE_MAX) throw new InvalidArgumentError(`It is not between 1 and ${PAGE_SIZE_MAX}.`);
  return number;
}

function identity(given: string): string {
  if (given !== "user" && given !== "system") throw new InvalidArgumentError("It is neither user nor system.");
  return given;
}
