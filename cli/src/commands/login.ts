/** `login` and `logout`: a sign-in of this program's own, in a file that only its user can read. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { type FoundToken, TOKEN_VARIABLE, TokenFile, type TokenOrigin } from "costrict-credit/node";
import {
  isConfidential,
  isLoginFailure,
  isTokenPair,
  LOGIN_POLL_INTERVAL_MS,
  LOGIN_POLLS_MAX,
  PluginLogin,
  readClaims,
  revokeToken,
  type TokenPair,
} from "costrict-credit/panel-session";

import type { Call, Command } from "../call.js";
import { CliError, ExitCode } from "../exit-code.js";
import type { Session } from "../session.js";
import { VERSION } from "../version.js";

const MACHINE_CODE_KEY = "cli-machine-code";

export const login: Command<{ browser: boolean }> = async (call, { browser }) => {
  const session = await call.session();
  const pair =
    call.flags.tokenStdin === true ? await checkedToken(call, session) : await signInByBrowser(call, session, browser);
  await new TokenFile().save(session.server, pair);
  const { id, name } = readClaims(pair.token);
  call.out.json({
    schema: 1,
    command: "login",
    result: { signedIn: true, ...(id === undefined ? {} : { user: { id, ...(name === undefined ? {} : { name }) } }) },
  });
  const who = name ?? id;
  call.out.lines([who === undefined ? call.text("loginDoneUnnamed") : call.text("loginDone", who)]);
  return ExitCode.ok;
};

/** A piped token is stored once the server has answered to it. */
async function checkedToken(call: Call, session: Session): Promise<TokenPair> {
  const found = await session.foundToken();
  if (found === undefined) throw new CliError(ExitCode.wrongCall, call.text("noStdinToken"));
  const account = await session.refresh("signed_in");
  if (account.problem?.kind === "sign_in_again") throw new CliError(ExitCode.signedOut, call.text("loginRefused"));
  if (account.state !== "known") throw session.unanswered(account);
  return { token: found.token };
}

async function signInByBrowser(call: Call, { server, store }: Session, browser: boolean): Promise<TokenPair> {
  if (!isConfidential(server)) throw new CliError(ExitCode.wrongCall, call.text("loginInsecure"));
  const machineCode = (await store.read(MACHINE_CODE_KEY)) ?? crypto.randomUUID();
  await store.write(MACHINE_CODE_KEY, machineCode);
  const attempt = new PluginLogin(server, {
    machineCode,
    editorVersion: VERSION,
    pluginVersion: VERSION,
    uriScheme: "costrict-credit",
  });
  // Polled once before a page is opened: a server without this login, or one that is unavailable, is found now.
  await poll(call, attempt);
  if (browser && (await openInBrowser(attempt.loginPage()))) call.out.note(call.text("loginOpened"));
  else {
    call.out.warn(call.text("loginAddress"));
    call.out.warn(attempt.loginPage());
  }
  for (let polls = 0; polls < LOGIN_POLLS_MAX; polls += 1) {
    await sleep(LOGIN_POLL_INTERVAL_MS);
    const pair = await poll(call, attempt);
    if (pair !== undefined) return pair;
  }
  throw new CliError(ExitCode.signedOut, call.text("loginTimeout"));
}

async function poll(call: Call, attempt: PluginLogin): Promise<TokenPair | undefined> {
  const reply = await attempt.fetch().catch(() => {
    throw new CliError(ExitCode.noAnswer, call.text("noAnswer"));
  });
  if (isTokenPair(reply)) return reply;
  if (isLoginFailure(reply)) throw new CliError(ExitCode.noAnswer, call.text("loginFailed", reply.status));
  if (reply === "absent") throw new CliError(ExitCode.noAnswer, call.text("loginAbsent"));
  if (reply === "refused") throw new CliError(ExitCode.signedOut, call.text("loginRefused"));
  return undefined;
}

/** Whether the system has opened the page. The address is no argument of a shell. */
async function openInBrowser(address: string): Promise<boolean> {
  const [program, ...before] =
    process.platform === "darwin"
      ? ["open"]
      : process.platform === "win32"
        ? ["rundll32", "url.dll,FileProtocolHandler"]
        : ["xdg-open"];
  const child = spawn(program as string, [...before, address], { stdio: "ignore", detached: true });
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code === 0;
  } catch {
    return false;
  }
}

export const logout: Command = async (call) => {
  const session = await call.session();
  const found = await session.foundToken();
  const isOwn = found?.origin === "file";
  if (found !== undefined) await session.client.forget();
  if (isOwn) await new TokenFile().remove(session.server);
  call.out.json({ schema: 1, command: "logout", result: { signedIn: found !== undefined && !isOwn } });
  if (found === undefined) call.out.lines([call.text("logoutNothing")]);
  else if (!isOwn) call.out.warn(call.text("logoutOthers", OWNERS[found.origin]));
  else if (await endsAtServer(session, found)) call.out.lines([call.text("loggedOut")]);
  else call.out.warn(call.text("logoutUnconfirmed"));
  return ExitCode.ok;
};

/** Who has a sign-in that is not the program's own. */
const OWNERS: Readonly<Record<Exclude<TokenOrigin, "file">, string>> = {
  auth_json: "CoStrict",
  stdin: "stdin",
  environment: TOKEN_VARIABLE,
};

/** A token that was piped in is someone else's to end. False where the server did not confirm the end. */
async function endsAtServer({ server }: Session, { token, renewal }: FoundToken): Promise<boolean> {
  if (renewal === undefined || !isConfidential(server)) return true;
  return revokeToken(server, token).then(
    () => true,
    () => false,
  );
}
