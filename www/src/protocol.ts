/**
 * What the page and the holder of the core say to each other: plain data, by a call in the browser and by postMessage in
 * an editor's webview. The page never holds a token, a client or a function of the other side.
 */

import type { Action, ActionId, Activity, PanelView } from "costrict-credit";

/** From the page to the holder of the core. */
export type PageMessage =
  /** The page can show views now. `choices` are those of the page's last life. */
  | { type: "ready"; choices: SavedChoices; activity: Activity }
  /** An action of the view without fields. */
  | { type: "act"; id: ActionId; value?: string }
  /** A link: follow `href`, or the address of `openAccount`. */
  | { type: "open"; href?: string; openAccount?: NonNullable<Action["openAccount"]> }
  /** A part that is loaded on demand came into view and is "idle". */
  | { type: "shown"; section: "usage" | "records" }
  | { type: "usage_custom"; from: string; to: string }
  | { type: "records_search"; text: string }
  | { type: "voucher_give"; receiverId: string; lines: { expiresAt: number; amount: number }[] }
  | { type: "voucher_redeem"; code: string }
  /** The prompt that is being written; an empty text ends the draft. */
  | { type: "draft"; text: string; model?: string }
  | { type: "send"; text: string; model: string }
  | { type: "activity"; activity: Activity };

/** From the holder of the core to the page. */
export type HostMessage =
  | { type: "view"; view: PanelView }
  /** The prompt was accepted and is on its way: the box can be emptied. */
  | { type: "sent" }
  /** The prompt was not answered: put it back, unless another is being written. */
  | { type: "returned"; text: string }
  /** The core refused what was entered before anything was sent; `field` is the path of the argument that is wrong. */
  | { type: "refused"; field: string };

/** What the page remembers between its lives: where it was, never what it showed. */
export interface SavedChoices {
  tab?: string;
  /** Tables instead of charts. */
  tables?: boolean;
  usageRange?: string;
  recordsKind?: string;
}

const HOST_MESSAGES: ReadonlySet<unknown> = new Set<HostMessage["type"]>(["view", "sent", "returned", "refused"]);

/** Whether a page that hears others too was told this by the holder of the core. */
export const isHostMessage = (received: unknown): received is HostMessage =>
  isRecord(received) && HOST_MESSAGES.has(received["type"]);

const TEXT_LIMIT = 1_000_000;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isText = (value: unknown): value is string => typeof value === "string" && value.length <= TEXT_LIMIT;
const isOptionalText = (value: unknown): value is string | undefined => value === undefined || isText(value);
const isActivity = (value: unknown): value is Activity =>
  isRecord(value) && ["visible", "focused", "online"].every((name) => typeof value[name] === "boolean");
const isLine = (value: unknown): value is { expiresAt: number; amount: number } =>
  isRecord(value) && typeof value["expiresAt"] === "number" && typeof value["amount"] === "number";

/** Each type of message with what its fields must be. */
const SHAPES: { [Type in PageMessage["type"]]: (message: Record<string, unknown>) => boolean } = {
  ready: (message) => isRecord(message["choices"]) && isActivity(message["activity"]),
  act: (message) => isText(message["id"]) && isOptionalText(message["value"]),
  open: (message) => isOptionalText(message["href"]) && isOptionalText(message["openAccount"]),
  shown: (message) => message["section"] === "usage" || message["section"] === "records",
  usage_custom: (message) => isText(message["from"]) && isText(message["to"]),
  records_search: (message) => isText(message["text"]),
  voucher_give: (message) =>
    isText(message["receiverId"]) && Array.isArray(message["lines"]) && message["lines"].every(isLine),
  voucher_redeem: (message) => isText(message["code"]),
  draft: (message) => isText(message["text"]) && isOptionalText(message["model"]),
  send: (message) => isText(message["text"]) && isText(message["model"]),
  activity: (message) => isActivity(message["activity"]),
};

/** Reads what came from a webview; undefined for everything that no page of ours sends. */
export function readPageMessage(received: unknown): PageMessage | undefined {
  if (!isRecord(received) || typeof received["type"] !== "string" || !Object.hasOwn(SHAPES, received["type"])) {
    return undefined;
  }
  return SHAPES[received["type"] as PageMessage["type"]](received) ? (received as unknown as PageMessage) : undefined;
}
