/** `status`, `grants`, `forecast` and `models`: what is known of the account. */

import type { Account, CreditClient, Forecast, Plan } from "costrict-credit";

import { type Call, type Command, sectionOf } from "../call.js";
import { CliError, ExitCode } from "../exit-code.js";
import type { StatusResult } from "../output-types.js";
import { screenOf } from "../screen.js";
import type { Session } from "../session.js";
import { tableLines } from "../table.js";
import { accountLines, forecastLines, ladderLines } from "../view.js";

const RUNGS_IN_STATUS = 5;

export const status: Command<{ refresh?: boolean }> = async (call, flags) => {
  const session = await call.session();
  const account = await session.requireAccount(flags.refresh === true ? "manual" : "open");
  call.out.json({ schema: 1, command: "status", result: statusResult(session, account) });
  call.out.lines(accountLines(await call.panel(), screenOf(call.out), RUNGS_IN_STATUS));
  return freshnessCode(call, session, account);
};

export function statusResult(session: Session, account: Account): StatusResult {
  const { text, tooltip, severity } = session.client.status(session.views);
  return { account, text, tooltip, severity };
}

/** A reading that could not be renewed is shown, and the exit code says that it is old. */
export function freshnessCode(call: Call, session: Session, { freshness, problem }: Account): ExitCode {
  if (problem === undefined && freshness === "fresh") return ExitCode.ok;
  const why = session.problemText();
  if (why !== undefined) call.out.warn(why);
  return problem?.kind === "sign_in_again" ? ExitCode.signedOut : ExitCode.stale;
}

export const grants: Command = async (call) => {
  const session = await call.session();
  const account = await session.requireAccount();
  const known = account.balance?.grants;
  call.out.json({
    schema: 1,
    command: "grants",
    result: {
      ...(known === undefined ? {} : { grants: known }),
      ...(account.asOf === undefined ? {} : { asOf: account.asOf }),
    },
  });
  const section = sectionOf(await call.panel(), "ladder");
  if (section !== undefined) call.out.lines(ladderLines(section, screenOf(call.out)));
  return freshnessCode(call, session, account);
};

export const models: Command = async (call) => {
  const session = await call.session();
  const account = await session.refresh();
  const known = session.client.models();
  if (known.length === 0) throw session.unanswered(account);
  call.out.json({ schema: 1, command: "models", result: known });
  const section = sectionOf(await call.panel(), "models");
  if (section !== undefined)
    call.out.lines([
      ...tableLines(section.table, call.out.paint, call.out.width),
      ...(section.footnote === undefined
        ? []
        : [
            "",
            ...screenOf(call.out)
              .wrapped(section.footnote)
              .map((line) => call.out.paint.dim(line)),
          ]),
    ]);
  return ExitCode.ok;
};

interface ForecastFlags {
  model?: string;
  requestsPerDay?: number;
  creditsPerDay?: number;
}

export const forecast: Command<ForecastFlags> = async (call, { model, requestsPerDay, creditsPerDay }) => {
  const session = await call.session();
  const account = await session.requireAccount();
  await session.client.loadForecast();
  const plan: Plan = {
    ...(model === undefined ? {} : { model: requireModel(call, session.client, model) }),
    ...(requestsPerDay === undefined ? {} : { requestsPerDay }),
    ...(creditsPerDay === undefined ? {} : { creditsPerDay }),
  };
  const isPlanned = Object.keys(plan).length > 0;
  const result = session.client.forecast(isPlanned ? plan : undefined);
  call.out.json({ schema: 1, command: "forecast", result });
  const section = sectionOf(await call.panel(), "forecast");
  if (isPlanned) call.out.lines(planLines(call, session, result));
  else if (section !== undefined) call.out.lines(forecastLines(section, screenOf(call.out)));
  return freshnessCode(call, session, account);
};

/** The panel words the forecast as it is; what a plan would change has sentences of its own. */
function planLines(call: Call, { views }: Session, { pace, runsOutAt, willLapse }: Forecast): string[] {
  if (pace === undefined) return [call.text("planUnknown")];
  const amount = (credits: number) =>
    new Intl.NumberFormat(views.locale, { maximumFractionDigits: credits < 10 ? 2 : 0 }).format(credits);
  const day = (at: number) =>
    new Intl.DateTimeFormat(views.locale, {
      dateStyle: "medium",
      ...(views.timeZone === undefined ? {} : { timeZone: views.timeZone }),
    }).format(at);
  return [
    runsOutAt === undefined
      ? call.text("planEnough", amount(pace))
      : call.text("planRunsOut", amount(pace), day(runsOutAt)),
    ...(willLapse === undefined || willLapse <= 0 ? [] : [call.text("planLapses", amount(willLapse))]),
  ].flatMap((line) => screenOf(call.out).wrapped(line));
}

const NAMED_MODELS_MAX = 12;

/** The id of a model by its id or name, in any case. While no models are known, every name is taken as it is. */
export function requireModel(call: Call, client: CreditClient, named: string): string {
  const known = client.models();
  if (known.length === 0) return named;
  const wanted = named.toLowerCase();
  const found = known.find(({ id, name }) => id.toLowerCase() === wanted || name.toLowerCase() === wanted);
  if (found !== undefined) return found.id;
  const names = known.slice(0, NAMED_MODELS_MAX).map(({ id }) => id);
  if (known.length > names.length) names.push("…");
  throw new CliError(ExitCode.wrongCall, call.text("unknownModel", named, names.join(", ")));
}
