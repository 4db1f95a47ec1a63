// An estimate before Send, through the packed package: without text, for 30 models, and of a prompt. The token estimate beside its peers
// is in benches/tokens.mjs.
import { createServer } from "node:http";
import { importable, report } from "./support/report.mjs";

const { load, loadTokens, CreditClient } = await import(importable("index.js"));
await load();

const models = [
  { id: "Auto", creditDiscount: 0.1 },
  ...Array.from({ length: 29 }, (_, place) => ({
    id: place % 3 ? `model-${place}` : `GLM-4.${place}`,
    creditConsumption: 1 + place / 4,
    contextWindow: 128_000,
  })),
];
const REPLIES = {
  "/quota-manager/api/v1/quota": {
    code: "quota-manager.success",
    success: true,
    message: "",
    data: {
      total_quota: 1000,
      used_quota: 12.5,
      quota_list: Array.from({ length: 12 }, (_, month) => ({
        amount: 82.5,
        expiry_date: `2099-${String(month + 1).padStart(2, "0")}-28T23:59:59+08:00`,
      })),
    },
  },
  "/ai-gateway/api/v1/models": { object: "list", data: models },
};
const server = createServer((request, response) => {
  const reply = REPLIES[new URL(request.url, "http://loopback").pathname];
  response.writeHead(reply ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(reply ?? {}));
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const part = (claims) => Buffer.from(JSON.stringify(claims)).toString("base64url");
const stored = new Map();
const client = new CreditClient(
  {
    token: async () => `${part({ alg: "none" })}.${part({ universal_id: "bench", exp: 4_000_000_000 })}.x`,
    read: async (key) => stored.get(key),
    write: async (key, value) => void stored.set(key, value),
  },
  { baseUrl: `http://127.0.0.1:${server.address().port}` },
);
await client.open();
await client.refresh("open");
if (client.models().length !== 30) throw new Error("the models were not read");

/** The processor's time, not the clock's: other load on the machine disturbs it less. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Reports microseconds a call, the median of batches: one call takes less than the counter's resolution. */
function perCall(name, call, many = 400) {
  const batches = Array.from({ length: 25 }, () => {
    const start = cpu();
    for (let one = 0; one < many; one++) call();
    return (cpu() - start) / many;
  });
  const sorted = batches.slice(5).toSorted((a, b) => a - b);
  report(name, sorted[10], "us", [sorted[0], sorted[18]]);
}

for (const history of ["", ", with 360 past charges"]) {
  if (history) {
    for (let request = 0; request < 400; request++) {
      const { id } = client.begin({ model: models[request % 5].id, mode: "code" });
      client.settle(id, { kind: "charged", credits: 1 + (request % 7) / 10, routedModel: "model-1" });
    }
  }
  perCall(`estimate without text${history}`, () => client.estimate({ model: "GLM-4.0", mode: "code" }));
  perCall(`estimate of Auto${history}`, () => client.estimate({ model: "Auto" }));
  perCall(`compare over 30 models${history}`, () => client.compare({ model: "GLM-4.0" }), 50);
}
const prompt = 'fn main() { println!("{}", 7 * 6); } // the quick brown fox\n'.repeat(850);
perCall("estimate of a prompt of 50 KB", () => client.estimate({ model: "GLM-4.0", text: prompt }), 20);

// A panel beside a prompt that is being written, with the tables of all families. Goals: a key 8 ms, the same text 1 ms.
for (const model of ["kimi", "qwen", "deepseek", "minimax", "gpt-5", "claude-4.6", "claude-4.7"])
  await loadTokens(model);
for (const size of [600_000, 1_000_000]) {
  let text = prompt.repeat(Math.ceil(size / prompt.length)).slice(0, size);
  const view = () => client.panel({ locale: "en", draft: { model: "GLM-4.0", text } });
  const length = `${size / 1_000} KB`;
  view();
  perCall(`panel beside the same ${length}`, view, 10);
  perCall(
    `panel and a key at the end of ${length}`,
    () => {
      text += "x";
      view();
    },
    1,
  );
  perCall(
    `panel and a key near the start of ${length}`,
    () => {
      text = `${text.slice(0, 99)}x${text.slice(99)}`;
      view();
    },
    1,
  );
}
client.free();
server.close();
server.closeAllConnections();
