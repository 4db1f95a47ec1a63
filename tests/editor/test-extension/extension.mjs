// A second extension beside the one under test: runs what a test sends inside the window's extension host, and gives the
// test the extension's own host parts to work with. Its address is in a file that only the tests know.
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { FileStore } from "costrict-credit/node";
import { FolderStore, redact, Settings, TokenStore } from "costrict-credit/vscode";
import * as vscode from "vscode";

/** Replaced by the build of this extension. */
const FOLDER = __HOSTS__;

export function activate(context) {
  const inside = { vscode, context, FileStore, FolderStore, TokenStore, Settings, redact };
  const path = `/${randomUUID()}`;
  const server = createServer(async (asked, reply) => {
    if (asked.url !== path) return reply.writeHead(404).end();
    try {
      const { source, argument } = JSON.parse(await text(asked));
      const result = await (0, eval)(`(${source})`)(inside, argument);
      reply.end(JSON.stringify({ result }));
    } catch (cause) {
      reply.end(JSON.stringify({ error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) }));
    }
  });
  server.listen(0, "127.0.0.1", () =>
    writeFileSync(join(FOLDER, randomUUID()), `http://127.0.0.1:${server.address().port}${path}`),
  );
  context.subscriptions.push({ dispose: () => server.close() });
}
