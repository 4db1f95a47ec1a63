/** What a soak run does, in Node and in a page alike: a client on a server and a storage in memory, and its hot methods. */

const inEnvelope = (data) => ({ code: "quota-manager.success", success: true, message: "", data });
const QUOTA = inEnvelope({
  total_quota: 1e6,
  used_quota: 40,
  quota_list: [{ amount: 999_960, expiry_date: "2099-12-31T23:59:59+08:00" }],
});
const MODELS = { object: "list", data: [{ id: "GLM-4.6", creditConsumption: 1, contextWindow: 128_000 }] };
const ENGLISH = { locale: "en", timeZone: "UTC" };
const DRAFT = { model: "GLM-4.6", text: "Explain this function to me." };
/** Calls between two turns of the event loop, in which what they wrote is stored. */
const CALLS_PER_TURN = 100;
/** More than any refresh has to wait for. */
const MINUTE_MS = 60_000;

const METHODS = {
  account: (client) => client.account(),
  status: (client) => client.status(ENGLISH),
  estimate: (client) => client.estimate(DRAFT),
  compare: (client) => client.compare(DRAFT),
  models: (client) => client.models(),
  nextRefresh: (client) => client.nextRefresh({ visible: true, focused: true, online: true }),
  forecast: (client) => client.forecast(),
  "begin and settle": (client) => client.settle(client.begin(DRAFT).id, { kind: "failed" }),
  panel: (client) => client.panel(ENGLISH),
};

export const NAMES = [...Object.keys(METHODS), "refresh", "a client"];

const turn = () => new Promise((done) => setTimeout(done, 0));

function makeHost() {
  const part = (value) => btoa(JSON.stringify(value)).replace(/=+$/, "");
  const token = `${part({})}.${part({ universal_id: "u", exp: 4e9 })}.x`;
  const stored = new Map();
  const host = {
    time: Date.UTC(2026, 5, 15),
    token: async () => token,
    now: () => host.time,
    read: async (key) => stored.get(key),
    write: async (key, value) => void (value === undefined ? stored.delete(key) : stored.set(key, value)),
    // Without a lock each refresh would wait for the answers of other windows, in real time.
    lock: async () => true,
    unlock: async () => {},
  };
  return host;
}

/** Keeps all requests in memory; the core finds `fetch` by its name. */
export function replaceFetch() {
  const headers = { "content-type": "application/json" };
  globalThis.fetch = async (url) =>
    new Response(JSON.stringify(String(url).includes("/quota-manager/") ? QUOTA : MODELS), { headers });
}

/** A client that knows its balance, and the calls by name: `run(name, count)`. */
export async function start(api) {
  const host = makeHost();
  const client = new api.CreditClient(host, { baseUrl: "http://server" });
  await client.open();
  await client.refresh("open");
  const runs = {
    async refresh(count) {
      for (let call = 0; call < count; call += 1) {
        host.time += MINUTE_MS;
        await client.refresh("manual");
        if (call % CALLS_PER_TURN === 0) await turn();
      }
    },
    async "a client"(count) {
      for (let call = 0; call < count; call += 1) {
        const other = new api.CreditClient(host, { baseUrl: "http://server" });
        await other.open();
        other.watch(() => {});
        other.openPanel().view(ENGLISH);
        other.free();
        if (call % CALLS_PER_TURN === 0) await turn();
      }
    },
  };
  return {
    async run(name, count) {
      const method = METHODS[name];
      if (method === undefined) return runs[name](count);
      for (let call = 0; call < count; call += 1) {
        method(client);
        if (call % CALLS_PER_TURN === 0) {
          host.time += 1;
          await turn();
        }
      }
    },
    free: () => client.free(),
  };
}
