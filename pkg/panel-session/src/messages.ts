/**
 * Messages between the page and the panel session: plain data, passed by a call in the browser and by postMessage in
 * an editor's webview. The page never has a token, a client or a function of the other side.
 */

import type { Action, ActionId, Activity, PanelView, TransferDraft, TransferReview } from "costrict-credit";

/** Rises when a message changes its meaning. Page and session are deployed apart where an embedder builds them apart. */
export const PROTOCOL_VERSION = 1;

/** From the page to the session. */
export type PageMessage =
  /** The page is ready for views. `choices` are those saved by its previous instance, `taskId` as in "task". */
  | { type: "ready"; version: number; choices: SavedChoices; activity: Activity; reader?: Reader; taskId?: string }
  /** The reader's zone or language has changed while the page was open. */
  | { type: "reader"; reader: Reader }
  /** An action of the view without fields. */
  | { type: "act"; id: ActionId; value?: string }
  /** A link: follow `href`, or the address of `openAccount`. */
  | { type: "open"; href?: string; openAccount?: NonNullable<Action["openAccount"]> }
  /** A section that loads on demand became visible and is "idle". */
  | { type: "shown"; section: "usage" | "records" }
  | { type: "usage_custom"; from: string; to: string }
  | { type: "records_search"; text: string }
  /** The form as it was typed. The session answers with a review. */
  | { type: "voucher_give"; receiverId: string; lines: TransferDraft["lines"] }
  /** The answer to a review with a confirmation. */
  | { type: "voucher_confirm"; isConfirmed: boolean }
  | { type: "voucher_redeem"; code: string }
  /** The prompt being typed; an empty text ends the draft. */
  | { type: "draft"; text: string; model?: string }
  | { type: "send"; text: string; model: string }
  /** The task that the page is about, where the page knows it; without an id it is about none. */
  | { type: "task"; id?: string }
  | { type: "activity"; activity: Activity };

/** From the session to the page. */
export type HostMessage =
  /**
   * `canSend`: the host sends prompts, so the panel has a Send button. `canChangeBudget`: it has a place where budgets are set, so the
   * panel links to it.
   */
  | { type: "view"; view: PanelView; canSend?: true; canChangeBudget?: true }
  /** What is wrong with the form of a voucher; without errors its confirmation, where the page is to ask for it. */
  | { type: "transfer_review"; review: TransferReview }
  /** The page is of another version of this protocol than the session: reload it. */
  | { type: "incompatible"; version: number }
  /** The prompt was sent: clear the box. */
  | { type: "sent" }
  /** The request failed: restore the prompt, unless another one is being typed. */
  | { type: "returned"; text: string }
  /**
   * Input was rejected before anything was sent; `field` is the path of the invalid argument, and `of` the type of the
   * message that contained it.
   */
  | { type: "refused"; field: string; of: PageMessage["type"] }
  /** Result of the last "copy"; the clipboard may refuse. */
  | { type: "copied"; done: boolean }
  /** A host action failed: opening a link, writing a file, storing a choice. */
  | { type: "failed"; what: "save" | "open" | "setting" };

/** Time zone and language of the reader: the session may run on a machine elsewhere. */
export interface Reader {
  /** IANA. */
  timeZone?: string;
  /** BCP 47. */
  locale?: string;
}

/** What the page stores between reloads: navigation state, never account content. */
export interface SavedChoices {
  tab?: string;
  /** Tables instead of charts. */
  tables?: boolean;
  usageRange?: string;
  /** "local" or "server". */
  usageDays?: string;
  recordsKind?: string;
  /** "task" or "project". */
  tasksBy?: string;
  /** Fields that are being typed, by name. */
  fields?: Record<string, string>;
  /** The unsent prompt. */
  draft?: { text: string; model: string };
}

/** Longest prompt, in UTF-16 units. */
export const PROMPT_MAX_LENGTH = 1_000_000;
/** Longest text of any other field. */
const TEXT_MAX_LENGTH = 10_000;
const LINES_MAX = 100;
const FIELDS_MAX = 200;

type Fields = Record<string, unknown>;

const isRecord = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isPrompt = (value: unknown): value is string => typeof value === "string" && value.length <= PROMPT_MAX_LENGTH;
const isText = (value: unknown): value is string => typeof value === "string" && value.length <= TEXT_MAX_LENGTH;
const isOptionalText = (value: unknown): value is string | undefined => value === undefined || isText(value);
const isActivity = (value: unknown): value is Activity =>
  isRecord(value) && ["visible", "focused", "online"].every((name) => typeof value[name] === "boolean");
const isLine = (value: unknown): value is TransferDraft["lines"][number] =>
  isRecord(value) && Number.isFinite(value.expiresAt) && isText(value.amount);
const isReader = (value: unknown): value is Reader =>
  isRecord(value) && isOptionalText(value.timeZone) && isOptionalText(value.locale);
const isDraft = (value: unknown): boolean => isRecord(value) && isPrompt(value.text) && isText(value.model);
const isFields = (value: unknown): boolean =>
  isRecord(value) && Object.keys(value).length <= FIELDS_MAX && Object.values(value).every(isText);
const isChoices = (value: unknown): value is SavedChoices =>
  isRecord(value) &&
  ["tab", "usageRange", "usageDays", "recordsKind", "tasksBy"].every((name) => isOptionalText(value[name])) &&
  (value.tables === undefined || typeof value.tables === "boolean") &&
  (value.fields === undefined || isFields(value.fields)) &&
  (value.draft === undefined || isDraft(value.draft));

/** What a page stored, as far as it is what a page stores: anything may have been written there since. */
export const readChoices = (stored: unknown): SavedChoices => (isChoices(stored) ? stored : {});

/** Validators of the fields of each message of the page. */
const PAGE_SHAPES: { [Type in PageMessage["type"]]: (message: Fields) => boolean } = {
  ready: (message) =>
    message.version === PROTOCOL_VERSION &&
    isChoices(message.choices) &&
    isActivity(message.activity) &&
    isOptionalText(message.taskId) &&
    (message.reader === undefined || isReader(message.reader)),
  reader: (message) => isReader(message.reader),
  act: (message) => isText(message.id) && isOptionalText(message.value),
  open: (message) => isOptionalText(message.href) && isOptionalText(message.openAccount),
  shown: (message) => message.section === "usage" || message.section === "records",
  usage_custom: (message) => isText(message.from) && isText(message.to),
  records_search: (message) => isText(message.text),
  voucher_give: (message) => {
    const { receiverId, lines } = message;
    return isText(receiverId) && Array.isArray(lines) && lines.length <= LINES_MAX && lines.every(isLine);
  },
  voucher_confirm: (message) => typeof message.isConfirmed === "boolean",
  voucher_redeem: (message) => isText(message.code),
  draft: (message) => isPrompt(message.text) && isOptionalText(message.model),
  send: (message) => isPrompt(message.text) && isText(message.model),
  task: (message) => isOptionalText(message.id),
  activity: (message) => isActivity(message.activity),
};

/** The version of a page of another release, whatever the other fields of its "ready" are. */
export function otherVersion(received: unknown): number | undefined {
  if (!isRecord(received) || received.type !== "ready") return undefined;
  const { version } = received;
  return Number.isInteger(version) && version !== PROTOCOL_VERSION ? (version as number) : undefined;
}

/** A prompt that is too long for a message: it is not sent on, and the user has to be shown that. */
export function isTooLongPrompt(received: unknown): received is { type: "draft" | "send" } {
  if (!isRecord(received) || (received.type !== "draft" && received.type !== "send")) return false;
  return typeof received.text === "string" && received.text.length > PROMPT_MAX_LENGTH;
}

/** Validators of the fields of each message of the session. */
const HOST_SHAPES: { [Type in HostMessage["type"]]: (message: Fields) => boolean } = {
  view: (message) =>
    isRecord(message.view) &&
    Array.isArray(message.view.sections) &&
    message.view.sections.every((section) => isRecord(section) && typeof section.kind === "string") &&
    [message.canSend, message.canChangeBudget].every((flag) => flag === undefined || flag === true),
  transfer_review: (message) => isRecord(message.review) && Array.isArray(message.review.errors),
  incompatible: (message) => Number.isInteger(message.version),
  sent: () => true,
  returned: (message) => isPrompt(message.text),
  refused: (message) => isText(message.field) && isText(message.of),
  copied: (message) => typeof message.done === "boolean",
  failed: (message) => message.what === "save" || message.what === "open" || message.what === "setting",
};

/** Reads what came from a webview; undefined for everything that no page of ours sends. */
export const readPageMessage = (received: unknown): PageMessage | undefined =>
  readMessage<PageMessage>(received, PAGE_SHAPES);

/** Reads what came to the page; undefined for what others post to the same window. */
export const readHostMessage = (received: unknown): HostMessage | undefined =>
  readMessage<HostMessage>(received, HOST_SHAPES);

function readMessage<Message extends { type: string }>(
  received: unknown,
  shapes: Record<Message["type"], (message: Fields) => boolean>,
): Message | undefined {
  if (!isRecord(received) || typeof received.type !== "string" || !Object.hasOwn(shapes, received.type))
    return undefined;
  return shapes[received.type as Message["type"]](received) ? (received as unknown as Message) : undefined;
}
