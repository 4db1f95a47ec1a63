/** The `PanelHost` of the element: its events first, then what the embedder gave, then what a browser can do by itself. */

import type { PanelHost, Preference } from "costrict-credit/panel-session";

import { afterNextPaint } from "../components/after-next-paint.js";
import type { CreditPanelEventMap } from "../events.js";
import type { CreditPanelElement } from "../panel-element.js";
import { fetchCatalogue } from "./catalogues.js";

const PREFIX = "costrict-credit.panel.";

/** Dispatches an event of the panel. @returns false when the embedder took care of it */
export type Emit = <Type extends keyof CreditPanelEventMap>(
  type: Type,
  detail: CreditPanelEventMap[Type]["detail"],
) => boolean;

type Embedder = Pick<CreditPanelElement, "host" | "onSend" | "locale">;

/** What the embedder sets later counts too: it is looked up at each use. */
export function elementHost(embedder: Embedder, emit: Emit): PanelHost {
  const defaults = { ...browserDefaults(embedder), ...withEvents(embedder, emit) };
  return new Proxy<PanelHost>(defaults, {
    get(target, name) {
      if (Object.hasOwn(withEventNames, name)) return Reflect.get(target, name);
      if (name === "onSend" && embedder.onSend !== undefined) return embedder.onSend;
      const own: unknown = Reflect.get(embedder.host ?? {}, name);
      if (own === undefined) return Reflect.get(target, name);
      return typeof own === "function" ? own.bind(embedder.host) : own;
    },
  });
}

/** What an event of the element comes before. */
const withEventNames = { openLink: true, saveFile: true, signIn: true } satisfies Partial<
  Record<keyof PanelHost, true>
>;

function withEvents(embedder: Embedder, emit: Emit): Pick<PanelHost, keyof typeof withEventNames> {
  return {
    async openLink(href) {
      if (!emit("costrict-credit-link", { href })) return;
      if (embedder.host?.openLink !== undefined) return embedder.host.openLink(href);
      // With "noopener" the result is always null, so a blocked window cannot be detected.
      window.open(href, "_blank", "noopener,noreferrer");
    },
    async saveFile(name, type, text) {
      if (!emit("costrict-credit-export", { name, type, text })) return true;
      if (embedder.host?.saveFile !== undefined) return embedder.host.saveFile(name, type, text);
      download(name, type, text);
      return true;
    },
    async signIn() {
      const work: Promise<unknown>[] = [];
      const isDefault = emit("costrict-credit-sign-in", { waitUntil: (promise) => void work.push(promise) });
      if (!isDefault || work.length > 0) {
        await Promise.all(work);
        return;
      }
      if (embedder.host?.signIn === undefined) throw new Error("This page has no way to sign in.");
      return embedder.host.signIn();
    },
  };
}

type Defaults = Omit<PanelHost, keyof typeof withEventNames>;

function browserDefaults(embedder: Embedder): Defaults {
  return {
    locale: () => embedder.locale ?? navigator.language,
    afterNextPaint,
    preference(name: Preference) {
      try {
        return localStorage.getItem(PREFIX + name) ?? undefined;
      } catch {
        return undefined;
      }
    },
    savePreference(name: Preference, value: string) {
      try {
        localStorage.setItem(PREFIX + name, value);
        return true;
      } catch {
        return false;
      }
    },
    loadCatalogue: fetchCatalogue,
    copy: (text) => navigator.clipboard.writeText(text),
    watchStorage(changed) {
      // Another tab wrote a reading.
      const heard = (event: StorageEvent) => {
        if (event.key === null || event.key.startsWith("costrict-credit.")) changed();
      };
      addEventListener("storage", heard);
      return () => removeEventListener("storage", heard);
    },
    log: (level, message, cause) => console[level](message, ...(cause === undefined ? [] : [cause])),
  };
}

function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The click has taken the file by the next task.
  setTimeout(() => URL.revokeObjectURL(address));
}
