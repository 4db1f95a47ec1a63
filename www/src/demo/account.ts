/** The core over an invented server, with a clock that only the state moves. */

import {
  type Account,
  type Budget,
  CreditClient,
  type Host,
  load,
  type PanelOptions,
  type PanelView,
  type Timestamp,
} from "costrict-credit";

import { fixtureServer } from "./fixtures.js";
import { DAY, type FixtureServer, NOW } from "./server.js";

const USER = "7a1c9d42-5f0e-4b7a-9c3d-2e8f61b0a4d5";

const part = (value: unknown): string => {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
};

/** A token with the claims that the core reads. */
export function token(expiresAt: Timestamp): string {
  const claims = { universal_id: USER, name: "Lin Mei", exp: Math.floor(expiresAt / 1_000) };
  return `${part({ alg: "none" })}.${part(claims)}.c2ln`;
}

export interface Opening {
  /** When the token expires; absent: in a month. "none": signed out. */
  tokenExpiresAt?: Timestamp | "none";
  change?: (server: FixtureServer) => void;
  budget?: Budget;
}

export class DemoAccount {
  readonly server = fixtureServer();
  readonly client: CreditClient;
  panelOptions: Partial<PanelOptions> = {};
  #now = NOW;

  private constructor({ tokenExpiresAt = NOW + 30 * DAY, change, budget = {} }: Opening) {
    change?.(this.server);
    // The core calls the engine's fetch; nothing else of this page needs it once the core has loaded.
    globalThis.fetch = this.server.fetch;
    const stored = new Map<string, string>();
    const host: Host = {
      token: async () => (tokenExpiresAt === "none" ? undefined : token(tokenExpiresAt)),
      read: async (key) => stored.get(key),
      write: async (key, value) => {
        if (value === undefined) stored.delete(key);
        else stored.set(key, value);
      },
      lock: async () => true,
      unlock: async () => {},
      now: () => this.#now,
      random: () => 0.5,
    };
    this.client = new CreditClient(host, { baseUrl: "https://credits.example", budget });
  }

  get now(): Timestamp {
    return this.#now;
  }

  /** A client that has opened and asked for nothing yet. */
  static async open(opening: Opening = {}): Promise<DemoAccount> {
    await load();
    const account = new DemoAccount(opening);
    await account.client.open();
    return account;
  }

  /** The same with its balance, usage and record read. */
  static async ready(opening: Opening = {}): Promise<DemoAccount> {
    const account = await DemoAccount.open(opening);
    await account.client.refresh("open");
    await account.client.usage({ range: "30days" });
    await account.client.usage({ range: "7days" });
    await account.records(1);
    return account;
  }

  records(page: number): Promise<unknown> {
    return this.client.records({ page, pageSize: 50 });
  }

  /** A refresh after a while. */
  async refreshAfter(wait: number): Promise<Account> {
    this.#now += wait;
    return this.client.refresh("manual");
  }

  view(more: Partial<PanelOptions> = {}): PanelView {
    return this.client.panel({
      locale: "en",
      timeZone: "Asia/Shanghai",
      model: "GLM-4.6",
      ...this.panelOptions,
      ...more,
    });
  }
}
