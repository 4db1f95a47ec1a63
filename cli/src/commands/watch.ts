/** `watch`: a dashboard that redraws in place, follows the account, and leaves the terminal as it was. */

import { RefreshScheduler } from "costrict-credit/panel-session";

import { type Call, type Command, sectionOf } from "../call.js";
import { Dashboard } from "../dashboard.js";
import { CliError, ExitCode } from "../exit-code.js";
import { type Screen, screenOf } from "../screen.js";
import type { Session } from "../session.js";
import { tableLines } from "../table.js";
import { accountLines, usageLines } from "../view.js";
import { statusResult } from "./account.js";
import { tasksTable } from "./task.js";

const RUNGS_MAX = 6;
/** Of today's use: read, with requests or without. */
const SHOWN_STATES = ["ready", "empty"];
const ACTIVE = { visible: true, focused: true, online: true };
/** A task without a request for so long has ended. */
const TASK_AGE_MAX_MS = 4 * 3_600_000;
/** The age of the reading is in words of minutes. */
const REDRAW_INTERVAL_MS = 15_000;

export const watch: Command = async (call) => {
  if (!call.out.isJson && (process.stdout.isTTY !== true || process.stdin.isTTY !== true))
    throw new CliError(ExitCode.wrongCall, call.text("noTerminal"));
  const session = await call.session();
  await session.requireAccount();
  const following = new Following(session);
  try {
    return await (call.out.isJson ? printChanges(call, session, following) : showDashboard(call, session, following));
  } finally {
    following.stop();
  }
};

/** Refreshes as a visible window does, and takes in what other programs read. */
class Following {
  readonly #scheduler: RefreshScheduler;
  readonly #window: ReturnType<RefreshScheduler["addWindow"]>;
  readonly #stops: (() => void)[];
  readonly #listeners = new Set<() => void>();
  #asOf: number | undefined;

  constructor({ client, store, views }: Session) {
    this.#scheduler = RefreshScheduler.of(client);
    this.#window = this.#scheduler.addWindow();
    const notify = () => {
      for (const listener of this.#listeners) listener();
      const { asOf } = client.account();
      if (asOf === this.#asOf) return;
      this.#asOf = asOf;
      // A new reading may have new requests of today.
      const timeZone = views.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
      void client.usage({ range: "today", timeZone, locale: views.locale }).then(
        () => {
          for (const listener of this.#listeners) listener();
        },
        () => {},
      );
    };
    this.#stops = [
      client.watch(notify),
      this.#scheduler.onRefreshed(notify),
      store.watch(() => void client.open().catch(() => {})),
    ];
    void this.#window.set(ACTIVE).catch(() => {});
    notify();
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  async refresh(): Promise<void> {
    await this.#scheduler.refresh("manual");
  }

  stop(): void {
    this.#window.remove();
    this.#listeners.clear();
    for (const stop of this.#stops) stop();
  }
}

/** One line for each change, until the program is ended or its reader has gone. */
async function printChanges(call: Call, session: Session, following: Following): Promise<ExitCode> {
  let last = "";
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
    const print = () => {
      const result = statusResult(session, session.client.account());
      const line = JSON.stringify(result);
      if (line === last) return;
      last = line;
      if (!call.out.json({ schema: 1, command: "watch", result })) resolve();
    };
    following.onChange(print);
    print();
  });
  return ExitCode.ok;
}

async function showDashboard(call: Call, session: Session, following: Following): Promise<ExitCode> {
  let masked = session.views.masked === true;
  const draw = (width: number): string[] => {
    const screen = screenOf({ paint: call.out.paint, width });
    const panel = session.client.panel({ ...session.views, masked, history: { days: "local" } });
    const today = sectionOf(panel, "usage");
    return [
      call.out.paint.bold(panel.title),
      "",
      ...accountLines(panel, screen, RUNGS_MAX),
      ...(today === undefined || !SHOWN_STATES.includes(today.state) ? [] : ["", ...usageLines(today, screen, true)]),
      ...taskLines(call, session, masked, screen),
      "",
      call.out.paint.dim(call.text("watchKeys")),
    ];
  };
  const dashboard = new Dashboard(draw);
  following.onChange(() => dashboard.redraw());
  const timer = setInterval(() => dashboard.redraw(), REDRAW_INTERVAL_MS);
  try {
    await dashboard.show((key) => {
      if (key === "r") void following.refresh().catch(() => {});
      if (key === "m") {
        masked = !masked;
        dashboard.redraw();
      }
    });
  } finally {
    clearInterval(timer);
  }
  return ExitCode.ok;
}

/** The task of the newest request on this machine: the one that is being worked on. */
function taskLines(call: Call, session: Session, masked: boolean, { paint, width }: Screen): string[] {
  const tasks = session.client.tasks({ limit: 1, since: Date.now() - TASK_AGE_MAX_MS });
  return tasks.length === 0 ? [] : ["", ...tableLines(tasksTable(call, session, tasks, masked), paint, width)];
}
