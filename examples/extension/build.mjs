import { cp } from "node:fs/promises";
import { build } from "esbuild";

const shared = {
  entryPoints: ["src/extension.ts"],
  bundle: true,
  format: "cjs",
  target: "es2022",
  external: ["vscode"],
};

await build({ ...shared, platform: "node", outfile: "dist/extension.js" });
// For the web; leave it out, and "browser" in package.json, where the extension needs Node.
await build({ ...shared, platform: "browser", outfile: "dist/web.js", logOverride: { "empty-import-meta": "silent" } });
await cp("node_modules/costrict-credit/vscode/dist/assets", "dist/costrict-credit", { recursive: true });
