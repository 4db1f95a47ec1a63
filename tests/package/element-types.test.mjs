// The element's types as users have them: in plain DOM code, in React's JSX and in Vue's templates.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import { install, root } from "./install.mjs";

const user = install();
after(user.remove);
for (const name of ["@types/react", "csstype", "vue", "@vue"]) user.link(name);

/** @param skipLibCheck the declarations of React and Vue are not ours to check */
function check(file, text, skipLibCheck) {
  user.write(file, text);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2022",
    lib: ["es2023", "dom", "dom.iterable"],
    module: "esnext",
    moduleResolution: "bundler",
    jsx: "react-jsx",
    exactOptionalPropertyTypes: true,
    skipLibCheck,
    types: [],
  };
  user.write("tsconfig.json", JSON.stringify({ compilerOptions, files: [file] }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", user.folder], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
}

const ANY = `
  type IsAny<T> = 0 extends 1 & T ? true : false;
  type Not<T extends false> = T;`;

test("plain DOM code knows the element and its events, without React, Vue or lit", () => {
  check(
    "dom.ts",
    `
    import type { CreditClient } from "costrict-credit";
    import { browserHost, type CreditPanelElement } from "costrict-credit/panel";
    ${ANY}
    declare const client: CreditClient;
    const panel: CreditPanelElement = document.createElement("costrict-credit-panel");
    panel.client = client;
    panel.client = async () => client;
    panel.sections = "balance ladder";
    panel.density = "compact";
    panel.host = { signIn: async () => {} };
    panel.onSend = async ({ text, model }, { accepted }) => (accepted(), text !== model);
    panel.addEventListener("costrict-credit-link", (event) => {
      const href: string = event.detail.href;
      if (href !== "") event.preventDefault();
    });
    panel.addEventListener("costrict-credit-error", ({ detail }) => detail.code === "unknown_section");
    export const host = browserHost({ token: () => undefined });
    export type Checks = [Not<IsAny<CreditPanelElement["client"]>>, Not<IsAny<CreditPanelElement["port"]>>];
    // @ts-expect-error no density of that name
    panel.density = "airy";
    // @ts-expect-error a promise is no client
    panel.client = Promise.resolve(client);`,
    false,
  );
});

test("JSX of React knows the element, its properties and its ref", () => {
  check(
    "app.tsx",
    `
    import type { CreditClient } from "costrict-credit";
    import type { CreditPanelElement } from "costrict-credit/panel/react";
    import { useRef } from "react";
    export function App({ client }: { client: CreditClient }) {
      const panel = useRef<CreditPanelElement>(null);
      return (
        <costrict-credit-panel ref={panel} client={client} sections="balance ladder" density="compact" className="wide" id="a" />
      );
    }
    export const callback = (client: CreditClient) => (
      <costrict-credit-panel ref={(panel) => void (panel === null || (panel.client = client))} />
    );
    // @ts-expect-error no density of that name
    export const wrong = <costrict-credit-panel density="airy" />;
    // @ts-expect-error no client
    export const noClient = <costrict-credit-panel client="none" />;`,
    true,
  );
});

test("templates of Vue know the element, its properties and its events", () => {
  check(
    "app.ts",
    `
    import type { CreditClient } from "costrict-credit";
    import "costrict-credit/panel/vue";
    import type { GlobalComponents } from "vue";
    ${ANY}
    type Panel = InstanceType<GlobalComponents["costrict-credit-panel"]>;
    type Props = Panel["$props"];
    declare const client: CreditClient;
    export const props: Props = { client, sections: "balance ladder", density: "compact", class: "wide", id: "a" };
    export const heard = (panel: Panel) =>
      panel.$emit("costrict-credit-title", new CustomEvent("x", { detail: { title: "", locale: "en", direction: "ltr" as const } }));
    export type Checks = [Not<IsAny<Props>>, Not<IsAny<Props["client"]>>];
    // @ts-expect-error no density of that name
    export const wrong: Props = { density: "airy" };`,
    true,
  );
});
