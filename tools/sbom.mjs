// The parts of a published npm package as a CycloneDX list: node tools/sbom.mjs PACKAGE. npm writes the list of the whole workspace;
// what stays is what the package ships, by its notices. Crates are in the notices alone.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { named } from "./audit.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const NOTICES = {
  "costrict-credit": "pkg/THIRD-PARTY-NOTICES.txt",
  "costrict-credit-cli": "cli/dist/THIRD-PARTY-NOTICES.txt",
};

/** The list of one package, as npm would write it for what is bundled. */
export function sbom(name) {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const options = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"];
  const whole = JSON.parse(execFileSync(npm, options, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 }));
  // It names a workspace by its folder.
  for (const component of whole.components) component.name = component["bom-ref"].replace(/(?<=.)@.*/, "");
  const main = whole.components.find((component) => component.name === name);
  const dependencies = name === "costrict-credit" ? [] : ["costrict-credit"];
  const shipped = new Set([...named(readFileSync(join(root, NOTICES[name]), "utf8")), ...dependencies]);
  const parts = whole.components.filter((component) => component !== main && shipped.has(component.name));
  const refs = new Set([main, ...parts].map((component) => component["bom-ref"]));
  const linked = whole.dependencies.filter(({ ref }) => refs.has(ref));
  return {
    ...whole,
    metadata: { ...whole.metadata, component: main },
    // To npm they are tools of development; they are in the bundle.
    components: parts.map(({ scope, properties, ...component }) => component),
    dependencies: linked.map(({ ref, dependsOn }) => ({
      ref,
      dependsOn:
        ref === main["bom-ref"] ? [...refs].filter((part) => part !== ref) : dependsOn.filter((on) => refs.has(on)),
    })),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(JSON.stringify(sbom(process.argv[2]), undefined, 2));
