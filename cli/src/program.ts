/** The commands and their options. A call is parsed here, run, and turned into an exit code. */

import { Command, CommanderError, type Help, Option } from "commander";
import { CreditError } from "costrict-credit";
import { StorageError } from "costrict-credit/node";
import stringWidth from "string-width";

import { Call, type Command as Run } from "./call.js";
import { forecast, grants, models, status } from "./commands/account.js";
import { compare, estimate } from "./commands/cost.js";
import { demo } from "./commands/demo.js";
import { exportHistory, FORMATS, GROUPS, KINDS, RANGES, records, usage } from "./commands/history.js";
import { login, logout } from "./commands/login.js";
import { FEATURES, task } from "./commands/task.js";
import { watch } from "./commands/watch.js";
import { STDOUT, write } from "./descriptor.js";
import type { GlobalFlags } from "./environment.js";
import { localeOf } from "./environment.js";
import { CliError, ExitCode } from "./exit-code.js";
import type { SessionParts } from "./session.js";
import { statusline } from "./statusline/statusline.js";
import { wrap } from "./table.js";
import { storageText, text } from "./texts.js";
import { VERSION } from "./version.js";
import type { TextKey } from "./words/english.js";
import { Writer } from "./writer.js";

const PAGE_SIZE_MAX = 1_000;
const LANG = "--lang";

/** Runs one call. Resolves with the exit code; whatever went wrong has been said. */
export async function run(argv: readonly string[], parts?: SessionParts): Promise<number> {
  let code: number = ExitCode.ok;
  const locale = localeFor(argv);
  const program = programFor(locale, parts, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(argv.length === 0 ? ["--help"] : argv, { from: "user" });
    return code;
  } catch (thrown) {
    // Help and version are no errors.
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return ExitCode.ok;
    const { exitCode, errorName, message } = asCliError(locale, thrown, argv);
    const writer = new Writer({ json: argv.includes("--json"), color: !argv.includes("--no-color") });
    writer.json({ schema: 1, command: commandOf(argv), error: { name: errorName, message } });
    writer.error(message);
    return exitCode;
  }
}

/** The language of help and of errors before the options are read. One that is none is an error of the command. */
function localeFor(argv: readonly string[]): string {
  const at = argv.indexOf(LANG);
  const given = at < 0 ? argv.find((word) => word.startsWith(`${LANG}=`))?.slice(LANG.length + 1) : argv[at + 1];
  try {
    return localeOf(given);
  } catch {
    return "en";
  }
}

function commandOf(argv: readonly string[]): string {
  return argv.find((word) => !word.startsWith("-")) ?? "";
}

/** A caller's mistake, a file, or a fault of this program: one line each. */
function asCliError(locale: string, thrown: unknown, argv: readonly string[]): CliError {
  if (thrown instanceof CliError) return thrown;
  if (thrown instanceof CommanderError) return new CliError(ExitCode.wrongCall, parserText(locale, thrown, argv));
  if (thrown instanceof StorageError)
    return new CliError(
      thrown.code === "malformed" || thrown.code === "unreadable" ? ExitCode.signedOut : ExitCode.wrongCall,
      storageText(locale, thrown),
    );
  if (thrown instanceof CreditError) return new CliError(ExitCode.wrongCall, thrown.message);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new CliError(ExitCode.noAnswer, text(locale, "unexpected", message.split("\n", 1)[0] ?? ""));
}

const PARSER_TEXTS: Readonly<Record<string, TextKey>> = {
  "commander.unknownCommand": "unknownCommand",
  "commander.unknownOption": "unknownOption",
  "commander.excessArguments": "tooManyWords",
  "commander.missingArgument": "missingWord",
  "commander.optionMissingArgument": "missingValue",
};

/** What the parser refuses, with what it suggests. Of its own words only the quoted ones are used. */
function parserText(locale: string, { code, message }: CommanderError, argv: readonly string[]): string {
  const key = PARSER_TEXTS[code];
  const [, quoted = ""] = /'([^']*)'/.exec(message) ?? [];
  const [, likely] = /\(Did you mean (?:one of )?(.*?)\?\)/.exec(message) ?? [];
  if (key === undefined) return message.replace(/^error: /, "");
  const excess = argv.findLast((word) => !word.startsWith("-")) ?? "";
  const said = text(locale, key, key === "tooManyWords" ? excess : quoted);
  return likely === undefined ? said : `${said} ${text(locale, "didYouMean", likely)}`;
}

function programFor(locale: string, parts: SessionParts | undefined, done: (code: number) => void): Command {
  const say = (key: TextKey, ...values: (string | number)[]) => text(locale, key, ...values);
  const program = new Command("costrict-credit")
    .description(say("helpAbout"))
    .version(VERSION, "-V, --version", say("helpVersion"))
    .helpOption("-h, --help", say("helpHelp"))
    .configureHelp({
      showGlobalOptions: false,
      styleTitle: (title) => titleIn(say, title),
      displayWidth: stringWidth,
      boxWrap: (sentence, width) => wrap(sentence, width).join("\n"),
    })
    // Errors are printed once, with all others.
    .configureOutput({ writeOut: (out) => write(STDOUT, out), outputError: () => {} })
    .showSuggestionAfterError()
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride();
  const add = <Flags>(usage: string, about: TextKey, command: Run<Flags>): Subcommand => {
    const added = program.command(usage).description(say(about)).helpOption("-h, --help", say("helpHelp"));
    added.action(async (...given: unknown[]) => {
      const subcommand = given.at(-1) as Command;
      const flags = subcommand.opts<GlobalFlags & Flags>();
      const call = new Call(flags, parts);
      try {
        done(await command(call, flags, subcommand.args));
      } finally {
        call.end();
      }
    });
    return withGlobals(new Subcommand(added, say));
  };
  addAccount(add);
  addCost(add);
  addHistory(add);
  addHosts(add);
  return program;
}

type Say = (key: TextKey, ...values: (string | number)[]) => string;

const TITLES: Readonly<Record<string, TextKey>> = {
  "Usage:": "helpUsage",
  "Arguments:": "helpArguments",
  "Options:": "helpOptions",
  "Commands:": "helpCommands",
};

function titleIn(say: Say, title: string): string {
  const key = TITLES[title];
  return key === undefined ? title : say(key);
}

/** A command whose options are described in the language of the call. */
class Subcommand {
  readonly #command: Command;
  readonly #say: Say;

  constructor(command: Command, say: Say) {
    this.#command = command;
    this.#say = say;
    command.configureHelp({
      ...command.configureHelp(),
      sortOptions: false,
      optionDescription: ({ description, defaultValue, negate }) =>
        defaultValue === undefined || negate
          ? description
          : `${description} (${say("helpDefault", String(defaultValue))})`,
    } satisfies Partial<Help>);
  }

  /** @param about a text, or the values that are possible, which are the same in every language */
  option(flags: string, about: TextKey | readonly string[], read?: Read, fallback?: string | number): this {
    const described = typeof about === "string" ? this.#say(about) : about.join(" | ");
    const option = new Option(flags, described);
    if (fallback !== undefined) option.default(fallback);
    if (read !== undefined) option.argParser((given) => read(given, flags.split(" ", 1)[0] ?? flags, this.#say));
    this.#command.addOption(option);
    return this;
  }

  /** Every word after the command belongs to another one. */
  passThrough(): void {
    this.#command.passThroughOptions().allowUnknownOption();
  }
}

/** Reads the value of an option. Throws a CliError for one that is not possible. */
type Read = (given: string, option: string, say: Say) => string | number;

type Add = <Flags>(usage: string, about: TextKey, command: Run<Flags>) => Subcommand;

function withGlobals(command: Subcommand): Subcommand {
  return command
    .option("--json", "optionJson")
    .option("-q, --quiet", "optionQuiet")
    .option("--no-color", "optionNoColor")
    .option("--masked", "optionMasked")
    .option("--lang <tag>", "optionLang")
    .option("--time-zone <zone>", "optionTimeZone")
    .option("--server <address>", "optionServer")
    .option("--token-stdin", "optionTokenStdin");
}

function addAccount(add: Add): void {
  add("status", "helpStatus", status).option("--refresh", "optionRefresh");
  add("grants", "helpGrants", grants);
  add("forecast", "helpForecast", forecast)
    .option("--model <model>", "optionPlanModel")
    .option("--requests-per-day <number>", "optionRequestsPerDay", amount)
    .option("--credits-per-day <number>", "optionCreditsPerDay", amount);
  add("models", "helpModels", models);
}

function addCost(add: Add): void {
  const withPrompt = (command: Subcommand) =>
    command
      .option("--text <prompt>", "optionText")
      .option("--file <path>", "optionFile")
      .option("--tokens <number>", "optionTokens", whole)
      .option("--identity <identity>", "optionIdentity", oneOf(["user", "system"]));
  withPrompt(add("estimate [model]", "helpEstimate", estimate)).option("--require", "optionRequire");
  withPrompt(add("compare", "helpCompare", compare));
  add("task [id]", "helpTask", task)
    .option("--model <model>", "optionModel")
    .option("--feature <kind>", "optionFeature", oneOf(FEATURES));
}

function addHistory(add: Add): void {
  const withRange = (command: Subcommand) =>
    command.option("--range <range>", RANGES).option("--from <date>", "optionFrom").option("--to <date>", "optionTo");
  withRange(add("usage", "helpUsageCommand", usage)).option("--by <group>", GROUPS);
  add("records", "helpRecords", records)
    .option("--page <number>", "optionPage", whole, 1)
    .option("--page-size <number>", "optionPageSize", pageSize, 20)
    .option("--kind <kind>", KINDS)
    .option("--text <text>", "optionRecordText");
  withRange(add("export <what>", "helpExport", exportHistory))
    .option("--format <format>", FORMATS, undefined, "csv")
    .option("-o, --output <path>", "optionOutput");
}

function addHosts(add: Add): void {
  add("login", "helpLogin", login).option("--no-browser", "optionNoBrowser");
  add("logout", "helpLogout", logout);
  add("watch", "helpWatch", watch);
  add("statusline", "helpStatusline", statusline).option("--short", "optionShort");
  add("mcp", "helpMcp", async (call) => (await import("./mcp.js")).mcp(call));
  add("demo [command...]", "helpDemo", demo).passThrough();
}

const amount: Read = (given, option, say) => {
  const number = Number(given);
  if (given.trim() !== "" && Number.isFinite(number) && number >= 0) return number;
  throw new CliError(ExitCode.wrongCall, say("badNumber", given || '""', option));
};

const whole: Read = (given, option, say) => {
  const number = amount(given, option, say);
  if (Number.isSafeInteger(number)) return number;
  throw new CliError(ExitCode.wrongCall, say("badNumber", given, option));
};

const pageSize: Read = (given, option, say) => {
  const number = whole(given, option, say);
  if (Number(number) >= 1 && Number(number) <= PAGE_SIZE_MAX) return number;
  throw new CliError(ExitCode.wrongCall, say("badNumber", given, option));
};

function oneOf(possible: readonly string[]): Read {
  return (given, option, say) => {
    if (possible.includes(given)) return given;
    throw new CliError(ExitCode.wrongCall, say("unknownValue", given || '""', option, possible.join(", ")));
  };
}
