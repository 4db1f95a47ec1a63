/**
 * One open panel beside the core: it turns what the page reports into calls of the client, and shows the view that
 * results. It runs where the core runs, in the browser's page or in the extension, and decides nothing about credits.
 */

import type { ActionId, CreditClient, CreditError, Draft, PanelView, RecordKind, UsageQuery } from "costrict-credit";

import type { HostMessage, PageMessage, Reader, SavedChoices } from "../protocol.js";
import { sendChat } from "./chat-request.js";
import { catalogueNames, isTimeZone, regionalLocale } from "./locale.js";
import { RefreshLoop } from "./refresh-loop.js";
import type { Preference, Surroundings } from "./surroundings.js";
import { voucherOf, withoutCode } from "./voucher-code.js";

/** How often the ages in the view are brought up to date while somebody looks. */
const AGEING_MS = 5_000;
const PAGE_SIZE = 50;
const RANGES = ["today", "7days", "30days"] as const;
const RECORD_KINDS: readonly RecordKind[] = [
  "recharge",
  "transfer_in",
  "transfer_out",
  "expire",
  "deduct",
  "merge_in",
  "other",
];

type Message<Type extends PageMessage["type"]> = Extract<PageMessage, { type: Type }>;

export class PanelSession {
  readonly #client: CreditClient;
  readonly #around: Surroundings;
  readonly #tell: (message: HostMessage) => void;
  readonly #loop: RefreshLoop;
  readonly #stops: (() => void)[] = [];
  #masked: boolean;
  #locale: string;
  #reader: Reader = {};
  #draft: (Draft & { text: string }) | undefined;
  #model: string | undefined;
  #range: UsageQuery["range"] = "30days";
  #records: { page: number; operation?: RecordKind; text?: string } = { page: 1 };
  #shown = "";
  /** Of which account the pace was asked for. */
  #paceOf: string | undefined;
  /** The account that was shown last. */
  #account: string | undefined;
  #opened: Promise<void> | undefined;
  #stopped = false;
  /** A voucher is being made. */
  #giving = false;
  /** The user is asked whether credits may be given away or spent. */
  #isAsking = false;

  constructor(client: CreditClient, around: Surroundings, tell: (message: HostMessage) => void) {
    this.#client = client;
    this.#around = around;
    this.#tell = tell;
    this.#masked = around.preference("masked") === "on";
    this.#locale = around.preference("locale") ?? around.locale();
    this.#model = around.model?.();
    this.#loop = new RefreshLoop(client, () => {
      this.show();
      void this.#learnPace();
    });
  }

  /** Sends the view of what is stored. The page need not be there yet if what carries the view keeps it until then. */
  async open(): Promise<void> {
    this.#opened ??= this.#start();
    await this.#opened;
    if (!this.#stopped) this.show();
  }

  /** Takes one message of the page. What goes wrong inside is shown by the view, which knows of it through the core. */
  receive(message: PageMessage): void {
    this.#handle(message).catch((cause: unknown) => {
      // What the world does is in the view. What is left is an entry that the core refuses.
      const { code, field } = cause as Partial<CreditError>;
      if (code === "invalid_input" && field !== undefined) this.#tell({ type: "refused", field, of: message.type });
    });
  }

  /** Sends the view, unless it is the one that the page has. */
  show(): void {
    this.#noticeAccount();
    const view = this.#view();
    const text = JSON.stringify(view);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#tell({ type: "view", view });
  }

  /**
   * Resets what belonged to the account before. Invariant: this is done here and nowhere else, before a view of the other
   * account is sent. A draft belongs to the user and stays.
   */
  #noticeAccount(): void {
    const account = this.#client.account().user?.id;
    if (account === this.#account) return;
    const isSwitch = this.#account !== undefined;
    this.#account = account;
    if (!isSwitch) return;
    this.#paceOf = undefined;
    if (typeof this.#range === "object") this.#range = "30days";
    // A search may name people that only this account knows; a kind of record names nobody.
    const { page: _page, text: _text, ...kept } = this.#records;
    this.#records = { ...kept, page: 1 };
  }

  stop(): void {
    this.#stopped = true;
    this.#loop.stop();
    for (const stop of this.#stops.splice(0)) stop();
  }

  #view(): PanelView {
    const view = this.#fullView(this.#draft);
    return this.#around.showVoucher === undefined ? view : withoutCode(view);
  }

  #fullView(draft: Draft | undefined): PanelView {
    const { timeZone, locale } = this.#reader;
    return this.#client.panel({
      locale: regionalLocale(this.#locale, locale),
      masked: this.#masked,
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(draft === undefined ? {} : { draft }),
      ...(this.#model === undefined ? {} : { model: this.#model }),
    });
  }

  async #handle(message: PageMessage): Promise<void> {
    switch (message.type) {
      case "ready":
        return this.#ready(message);
      case "reader":
        this.#take(message.reader);
        return this.show();
      case "activity":
        return this.#loop.moved(message.activity);
      case "act":
        return this.#act(message.id, message.value);
      case "open":
        return this.#open(message);
      case "shown":
        return message.section === "usage" ? this.#usage() : this.#page();
      case "usage_custom":
        return this.#usage({ from: message.from, to: message.to });
      case "records_search":
        this.#records = { ...this.#records, page: 1, text: message.text };
        return this.#page();
      case "voucher_give":
        return this.#giving ? undefined : this.#give(message);
      case "voucher_redeem":
        return this.#during(this.#client.redeem(message.code), "top_up");
      case "draft":
        this.#draft = message.text === "" ? undefined : { model: message.model ?? "", text: message.text };
        this.#model = message.model;
        return this.show();
      case "send":
        return this.#send(message);
    }
  }

  async #ready({ choices, activity, reader }: Message<"ready">): Promise<void> {
    this.#restore(choices);
    if (reader !== undefined) this.#take(reader);
    // A page that comes back gets the view again, whatever was sent to the one before it.
    this.#shown = "";
    await this.open();
    // What is stored is shown before anybody is asked for news.
    await this.#around.painted?.();
    await this.#loop.moved(activity);
    await this.#learnPace();
  }

  /** The forecast on the first tab rests on the history of a month, which nobody may have looked at yet. */
  async #learnPace(): Promise<void> {
    const { user, balance } = this.#client.account();
    if (user === undefined || user.id === this.#paceOf || balance === undefined) return;
    this.#paceOf = user.id;
    // Beside another range, which stays the one that is shown.
    const month = this.#range === "30days" ? undefined : this.#client.usage({ range: "30days" });
    await Promise.all([month, this.#usage()]);
  }

  async #start(): Promise<void> {
    await Promise.all([this.#client.open(), this.#speak(this.#locale)]);
    if (this.#stopped) return;
    this.#stops.push(this.#client.watch(() => this.show()));
    this.#stops.push(this.#around.watchWake(() => void this.#client.open().then(() => this.show())));
    const ageing = setInterval(() => {
      if (this.#loop.visible) this.show();
    }, AGEING_MS);
    this.#stops.push(() => clearInterval(ageing));
  }

  #restore(choices: SavedChoices): void {
    // Another version may have stored a choice that this one does not have.
    const range = RANGES.find((known) => known === choices.usageRange);
    if (range !== undefined) this.#range = range;
    const operation = RECORD_KINDS.find((known) => known === choices.recordsKind);
    if (operation !== undefined) this.#records = { page: 1, operation };
    const { draft } = choices;
    if (draft === undefined || draft.text === "") return;
    this.#draft = draft;
    if (draft.model !== "") this.#model = draft.model;
  }

  /** A zone that this host does not know is left out: the view is then in the host's own. */
  #take(reader: Reader): void {
    const { timeZone, ...rest } = reader;
    this.#reader = timeZone !== undefined && isTimeZone(timeZone) ? { ...rest, timeZone } : rest;
    this.#around.readerChanged?.(this.#reader);
  }

  async #act(id: ActionId, value: string | undefined): Promise<void> {
    switch (id) {
      case "refresh":
        return this.#loop.now("manual");
      case "sign_in":
        await this.#around.signIn();
        return this.#loop.now("signed_in");
      case "mask":
        this.#masked = value === "on";
        this.#savePreference("masked", value === "on" ? "on" : "off");
        return this.show();
      case "locale":
        return this.#choose(value);
      case "copy":
        return this.#copy(value);
      case "choose_model":
        this.#model = value;
        if (value !== undefined) this.#around.chooseModel?.(value);
        if (this.#draft !== undefined && value !== undefined) this.#draft = { ...this.#draft, model: value };
        return this.show();
      case "usage_range":
        return this.#usage(value as Exclude<UsageQuery["range"], object>);
      case "usage_retry":
        return this.#usage();
      case "records_page":
        this.#records = { ...this.#records, page: Number(value) };
        return this.#page();
      case "records_filter":
        this.#filter(value);
        return this.#page();
      case "records_retry":
        return this.#page();
      case "export":
        return this.#export(value);
    }
  }

  #filter(kind: string | undefined): void {
    const { operation: _before, ...rest } = this.#records;
    this.#records = { ...rest, page: 1, ...(kind ? { operation: kind as RecordKind } : {}) };
  }

  async #choose(locale: string | undefined): Promise<void> {
    if (locale === undefined) return;
    this.#savePreference("locale", locale);
    await this.#speak(locale);
    this.show();
  }

  #savePreference(name: Preference, value: string): void {
    if (this.#around.savePreference(name, value) === false) this.#tell({ type: "failed", what: "setting" });
  }

  /** Brings the words of a language; without a catalogue the view is in English. */
  async #speak(locale: string): Promise<void> {
    this.#locale = locale;
    for (const name of catalogueNames(locale)) {
      const words = await this.#around.catalogue(name).catch(() => undefined);
      if (words === undefined) continue;
      this.#client.setCatalogue(name, words);
      return;
    }
  }

  /** One question at a time: a page that was taken over could ask until the user agrees by mistake. */
  async #agreed(ask: () => Promise<boolean> | undefined): Promise<boolean> {
    if (this.#isAsking) return false;
    const answer = ask();
    if (answer === undefined) return true;
    this.#isAsking = true;
    try {
      return await answer;
    } finally {
      this.#isAsking = false;
    }
  }

  /** Only what the view offers: a page that was taken over must not put other text into the clipboard. */
  async #copy(value: string | undefined): Promise<void> {
    if (value === undefined || !this.#offers("value", value)) return;
    const done = await this.#around.copy(value).then(
      () => true,
      () => false,
    );
    this.#tell({ type: "copied", done });
  }

  /** Whether the view that the page has contains this. */
  #offers(name: "value" | "href", text: string): boolean {
    return this.#shown.includes(`${JSON.stringify(name)}:${JSON.stringify(text)}`);
  }

  /** One at a time: a second press of the button would give a second time, and no voucher can be taken back. */
  async #give({ receiverId, lines }: Message<"voucher_give">): Promise<void> {
    this.#giving = true;
    try {
      const order = { receiverId, lines };
      if (!(await this.#agreed(() => this.#around.confirmGive?.(order, this.#fullView(undefined))))) return;
      await this.#during(this.#client.transferOut(order), "top_up");
      const result = voucherOf(this.#fullView(undefined))?.give.result;
      if (result?.code !== undefined) await this.#around.showVoucher?.(result);
    } finally {
      this.#giving = false;
    }
  }

  /** A range that the core refuses is not kept: exports and the next look are of the one before. */
  async #usage(range = this.#range): Promise<void> {
    const before = this.#range;
    this.#range = range;
    if (range === "30days") this.#paceOf = this.#client.account().user?.id;
    try {
      await this.#during(this.#client.usage({ range }));
    } catch (cause) {
      if (this.#range === range) this.#range = before;
      throw cause;
    }
  }

  #page(): Promise<void> {
    return this.#during(this.#readPage());
  }

  /** An empty page beyond the end is not an empty list: the last page is read in its place, once. */
  async #readPage(): Promise<void> {
    const query = this.#records;
    const { rows, pages, problem } = await this.#client.records({ ...query, pageSize: PAGE_SIZE });
    const isPastEnd = rows.length === 0 && problem === undefined && query.page > 1;
    if (!isPastEnd || this.#records !== query) return;
    this.#records = { ...query, page: Math.max(1, Math.min(pages ?? 1, query.page - 1)) };
    await this.#client.records({ ...this.#records, pageSize: PAGE_SIZE });
  }

  /** Shows that something is under way, and then how it ended. */
  async #during(work: Promise<unknown>, thenRefresh?: "top_up"): Promise<void> {
    this.show();
    try {
      await work;
    } finally {
      this.show();
    }
    if (thenRefresh !== undefined) await this.#loop.insist(thenRefresh);
  }

  async #export(value: string | undefined): Promise<void> {
    const [what, format] = value?.split(".") ?? [];
    if ((what !== "usage" && what !== "records") || (format !== "csv" && format !== "json")) return;
    const file = await this.#client.exportAs(what, format, what === "usage" ? this.#range : undefined);
    // What is missing in it is part of the view.
    this.show();
    // Nothing was read: an empty file would look like an empty account.
    if (!file.complete && file.rows === 0) return;
    const type = format === "csv" ? "text/csv;charset=utf-8" : "application/json";
    await this.#attempt("save", () => this.#around.saveFile(file.fileName, type, file.text));
  }

  /**
   * Follows a link of the view, and no other. The address of the account page hands the sign-in over, so it is a secret: it is
   * asked for when it is needed, opened, and never part of a view or a message.
   */
  async #open({ href, openAccount }: Message<"open">): Promise<void> {
    if (openAccount === undefined && (href === undefined || !this.#offers("href", href))) return;
    const address = openAccount === undefined ? href : await this.#client.accountUrl(openAccount);
    if (address === undefined || !/^https?:\/\//i.test(address)) return this.#tell({ type: "failed", what: "open" });
    await this.#attempt("open", () => this.#around.openLink(address));
  }

  /** Lets the host do something, and says so on the page when it could not. */
  async #attempt<Result>(what: "save" | "open", work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch {
      this.#tell({ type: "failed", what });
      return undefined;
    }
  }

  async #send({ text, model }: Message<"send">): Promise<void> {
    const draft = { model, text, identity: "user" } as const;
    if (!(await this.#agreed(() => this.#around.confirmSend?.(this.#fullView(draft))))) return;
    const result = await sendChat(this.#client, this.#around, draft, () => {
      this.#draft = undefined;
      this.#tell({ type: "sent" });
      this.show();
    });
    if (result.problem !== undefined) {
      // What was refused is still to be sent, unless something else is being written by now.
      this.#draft ??= { model, text };
      this.#tell({ type: "returned", text });
    }
    this.show();
    if (result.sent) this.#loop.turnEnded();
  }
}
