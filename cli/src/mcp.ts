/** `mcp`: what assistants may know of the account, over stdio. Nothing here changes anything. */

import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { type Draft, loadTokens } from "costrict-credit";
import { z } from "zod";

import { type Call, sectionOf } from "./call.js";
import { requireModel, statusResult } from "./commands/account.js";
import { FEATURES, taskResult, tasksTable } from "./commands/task.js";
import { CliError, ExitCode } from "./exit-code.js";
import { paintFor } from "./paint.js";
import { screenOf } from "./screen.js";
import type { Session } from "./session.js";
import { tableLines } from "./table.js";
import { VERSION } from "./version.js";
import { accountLines, estimateLines, forecastLines } from "./view.js";

const RUNGS_MAX = 20;
const RECORDS_MAX = 100;
const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true };
/** Lines for a reader that has neither colours nor a width. */
const PLAIN = screenOf({ paint: paintFor(false), width: Number.POSITIVE_INFINITY });

const draftShape = {
  text: z.string().optional().describe("The prompt as it would be sent"),
  tokens: z.number().int().nonnegative().optional().describe("Its size in tokens, in place of the text"),
};
const modelShape = z.string().optional().describe("Id or name of a model; default: Auto");

export async function mcp(call: Call): Promise<ExitCode> {
  const session = await call.session();
  const server = new McpServer({ name: "costrict-credit", version: VERSION });
  addAccountTools(server, call, session);
  addCostTools(server, call, session);
  addResources(server, call, session);
  const transport = new StdioServerTransport();
  const closed = new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    process.stdin.once("end", resolve);
    process.stdin.once("close", resolve);
  });
  await server.connect(transport);
  await closed;
  await server.close();
  return ExitCode.ok;
}

function addAccountTools(server: McpServer, call: Call, session: Session): void {
  server.registerTool(
    "status",
    {
      title: "CoStrict credits: balance",
      description: "What is left of the CoStrict credits, what expires when, and how long it lasts.",
      annotations: READ_ONLY,
    },
    () =>
      answer(async () => {
        const account = await session.requireAccount();
        return [accountLines(await call.panel(), PLAIN, RUNGS_MAX), statusResult(session, account)];
      }),
  );
  server.registerTool(
    "forecast",
    {
      title: "CoStrict credits: forecast",
      description: "When the credits run out at the present pace, or with a plan, and what will expire unused.",
      inputSchema: {
        model: modelShape,
        requestsPerDay: z.number().nonnegative().optional().describe("What if there were so many requests a day"),
        creditsPerDay: z.number().nonnegative().optional().describe("What if so many credits were used a day"),
      },
      annotations: READ_ONLY,
    },
    ({ model, requestsPerDay, creditsPerDay }) =>
      answer(async () => {
        await session.requireAccount();
        await session.client.loadForecast();
        const plan = {
          ...(model === undefined ? {} : { model: requireModel(call, session.client, model) }),
          ...(requestsPerDay === undefined ? {} : { requestsPerDay }),
          ...(creditsPerDay === undefined ? {} : { creditsPerDay }),
        };
        const isPlanned = Object.keys(plan).length > 0;
        const forecast = session.client.forecast(isPlanned ? plan : undefined);
        const section = sectionOf(await call.panel(), "forecast");
        return [isPlanned || section === undefined ? [] : forecastLines(section, PLAIN), forecast];
      }),
  );
}

function addCostTools(server: McpServer, call: Call, session: Session): void {
  const open = async (named: string, { text, tokens }: { text?: string | undefined; tokens?: number | undefined }) => {
    const account = await session.refresh();
    if (session.client.models().length === 0) throw session.unanswered(account);
    const model = requireModel(call, session.client, named);
    if (text !== undefined) await loadTokens(model).catch(() => {});
    const draft: Draft = {
      model,
      ...(text === undefined ? {} : { text }),
      ...(text !== undefined || tokens === undefined ? {} : { inputTokens: tokens }),
    };
    return { draft, section: sectionOf(await call.panel({ draft }), "send") };
  };
  server.registerTool(
    "estimate",
    {
      title: "CoStrict credits: cost of a request",
      description: "What one request on a model would cost, before it is sent.",
      inputSchema: { model: modelShape, ...draftShape },
      annotations: READ_ONLY,
    },
    ({ model, ...prompt }) =>
      answer(async () => {
        const { draft, section } = await open(model ?? "Auto", prompt);
        const lines = section?.estimate === undefined ? [] : estimateLines(section.estimate, PLAIN);
        return [lines, session.client.estimate(draft)];
      }),
  );
  server.registerTool(
    "compare",
    {
      title: "CoStrict credits: models compared",
      description: "What the same request would cost on every model, cheapest first.",
      inputSchema: draftShape,
      annotations: READ_ONLY,
    },
    (prompt) =>
      answer(async () => {
        const { draft, section } = await open("Auto", prompt);
        const table = section?.comparison;
        return [
          table === undefined ? [] : tableLines(table, PLAIN.paint, PLAIN.width),
          { models: session.client.compare(draft) },
        ];
      }),
  );
  server.registerTool(
    "task",
    {
      title: "CoStrict credits: cost of a task",
      description:
        "What a task has cost so far, by its id. Without an id the newest tasks, and what whole tasks of each kind cost as a rule.",
      inputSchema: {
        id: z.string().optional().describe("Id of the task"),
        feature: z.enum(FEATURES).optional().describe("With an id: the kind of task, to say what is still to come"),
        model: modelShape,
      },
      annotations: READ_ONLY,
    },
    ({ id, feature, model }) =>
      answer(async () => {
        await session.requireAccount();
        const result = taskResult(call, session, id, { model, feature });
        const reports = result.task === undefined ? (result.tasks ?? []) : [result.task];
        const table = reports.length === 0 ? undefined : tasksTable(call, session, reports);
        return [table === undefined ? [] : tableLines(table, PLAIN.paint, PLAIN.width), result];
      }),
  );
}

function addResources(server: McpServer, call: Call, session: Session): void {
  const json = (uri: URL, value: unknown) => ({
    contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify(value) }],
  });
  server.registerResource(
    "grants",
    "costrict-credit://grants",
    { title: "Grants", description: "All grants by their expiry.", mimeType: "application/json" },
    async (uri) => {
      const { balance, asOf } = await session.requireAccount();
      return json(uri, { grants: balance?.grants, asOf });
    },
  );
  server.registerResource(
    "records",
    "costrict-credit://records",
    { title: "Credit record", description: "The newest entries of the credit record.", mimeType: "application/json" },
    async (uri) => {
      await session.requireAccount();
      const page = await session.client.records({ page: 1, pageSize: RECORDS_MAX });
      if (page.problem !== undefined && page.rows.length === 0)
        throw new CliError(ExitCode.noAnswer, call.text("noAnswer"));
      return json(uri, page);
    },
  );
}

/** Sentences for a model to read, and the same as data. What goes wrong is an answer, too. */
async function answer(work: () => Promise<[readonly string[], object]>): Promise<CallToolResult> {
  try {
    const [lines, data] = await work();
    const text = lines.length === 0 ? JSON.stringify(data) : lines.join("\n");
    return { content: [{ type: "text", text }], structuredContent: { ...data } };
  } catch (thrown) {
    if (!(thrown instanceof CliError)) throw thrown;
    return { content: [{ type: "text", text: thrown.message }], isError: true };
  }
}
