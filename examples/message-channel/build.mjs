import { build } from "esbuild";

// The host runs in Node; the core's wasm is read from the package beside it.
await build({
  entryPoints: ["src/host.ts"],
  outfile: "dist/host.js",
  bundle: true,
  format: "esm",
  platform: "node",
  packages: "external",
});
await build({
  entryPoints: ["src/page.tsx"],
  outfile: "dist/page.js",
  bundle: true,
  format: "esm",
  define: { "process.env.NODE_ENV": '"production"' },
});
