/**
 * One open panel beside the core: it turns what the page reports into calls of the client, and shows the view that
 * results. It runs where the core runs, in the browser's page or in the extension, and decides nothing about credits.
 */

import type { ActionId, CreditClient, CreditError, Draft, PanelView, RecordKind, UsageQuery } from "costrict-credit";

import type { HostMessage, PageMessage, Reader, SavedChoices } from "../protocol.js";
import { sendChat } from "./chat-request.js";
import { catalogueNames, isTimeZone, regionalLocale } from "./locale.js";
import type { PanelHost, Preference } from "./panel-host.js";
import { RefreshScheduler } from "./refresh-scheduler.js";
import { voucherSection, withoutVoucherCode } from "./voucher-section.js";

/** How often relative times in a visible view are updated. */
const VIEW_UPDATE_INTERVAL_MS = 5_000;
const RECORDS_PAGE_SIZE = 50;
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
  readonly #host: PanelHost;
  readonly #post: (message: HostMessage) => void;
  readonly #scheduler: RefreshScheduler;
  readonly #stops: (() => void)[] = [];
  #masked: boolean;
  #locale: string;
  #reader: Reader = {};
  #draft: (Draft & { text: string }) | undefined;
  #model: string | undefined;
  #range: UsageQuery["range"] = "30days";
  #records: { page: number; operation?: RecordKind; text?: string } = { page: 1 };
  #postedView = "";
  /** The account whose month was loaded for the forecast. */
  #monthLoadedFor: string | undefined;
  /** The account that was shown last. */
  #account: string | undefined;
  #opened: Promise<void> | undefined;
  #stopped = false;
  /** A voucher is being made. */
  #transferPending = false;
  /** A confirmation is open. */
  #isConfirming = false;

  constructor(client: CreditClient, around: PanelHost, tell: (message: HostMessage) => void) {
    this.#client = client;
    this.#host = around;
    this.#post = tell;
    this.#masked = around.preference("masked") === "on";
    this.#locale = around.preference("locale") ?? around.locale();
    this.#model = around.model?.();
    this.#scheduler = new RefreshScheduler(client, () => {
      this.show();
      void this.#loadForecastBasis();
    });
  }

  /** Posts the view of the stored account. The page may load later if the transport queues messages. */
  async open(): Promise<void> {
    this.#opened ??= this.#initialise();
    await this.#opened;
    if (!this.#stopped) this.show();
  }

  /** Handles one message of the page. Failures are shown by the view, which gets them from the core. */
  receive(message: PageMessage): void {
    this.#dispatch(message).catch((cause: unknown) => {
      // Failures of network and server are in the view; only rejected input reaches this handler.
      const { code, field } = cause as Partial<CreditError>;
      if (code === "invalid_input" && field !== undefined) this.#post({ type: "refused", field, of: message.type });
    });
  }

  /** Posts the view unless the page has it already. */
  show(): void {
    this.#resetOnAccountSwitch();
    const view = this.#view();
    const text = JSON.stringify(view);
    if (text === this.#postedView) return;
    this.#postedView = text;
    this.#post({ type: "view", view });
  }

  /**
   * Resets what belonged to the account before. Invariant: this is done here and nowhere else, before a view of the other
   * account is sent. A draft belongs to the user and stays.
   */
  #resetOnAccountSwitch(): void {
    const account = this.#client.account().user?.id;
    if (account === this.#account) return;
    const isSwitch = this.#account !== undefined;
    this.#account = account;
    if (!isSwitch) return;
    this.#monthLoadedFor = undefined;
    if (typeof this.#range === "object") this.#range = "30days";
    // A search text may contain names from the previous account; a filter by kind does not.
    const { page: _page, text: _text, ...kept } = this.#records;
    this.#records = { ...kept, page: 1 };
  }

  stop(): void {
    this.#stopped = true;
    this.#scheduler.stop();
    for (const stop of this.#stops.splice(0)) stop();
  }

  #view(): PanelView {
    const view = this.#fullView(this.#draft);
    return this.#host.showVoucher === undefined ? view : withoutVoucherCode(view);
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

  async #dispatch(message: PageMessage): Promise<void> {
    switch (message.type) {
      case "ready":
        return this.#ready(message);
      case "reader":
        this.#setReader(message.reader);
        return this.show();
      case "activity":
        return this.#scheduler.setActivity(message.activity);
      case "act":
        return this.#performAction(message.id, message.value);
      case "open":
        return this.#openLink(message);
      case "shown":
        return message.section === "usage" ? this.#loadUsage() : this.#loadRecords();
      case "usage_custom":
        return this.#loadUsage({ from: message.from, to: message.to });
      case "records_search":
        this.#records = { ...this.#records, page: 1, text: message.text };
        return this.#loadRecords();
      case "voucher_give":
        return this.#transferPending ? undefined : this.#transferOut(message);
      case "voucher_redeem":
        return this.#track(this.#client.redeem(message.code), "top_up");
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
    if (reader !== undefined) this.#setReader(reader);
    // A reloaded page needs the view again.
    this.#postedView = "";
    await this.open();
    // The stored account is painted before the server is contacted.
    await this.#host.afterNextPaint?.();
    await this.#scheduler.setActivity(activity);
    await this.#loadForecastBasis();
  }

  /** The forecast on the first tab needs a month of history, which may not be loaded yet. */
  async #loadForecastBasis(): Promise<void> {
    const { user, balance } = this.#client.account();
    if (user === undefined || user.id === this.#monthLoadedFor || balance === undefined) return;
    this.#monthLoadedFor = user.id;
    // The displayed range stays as chosen.
    const month = this.#range === "30days" ? undefined : this.#client.usage({ range: "30days" });
    await Promise.all([month, this.#loadUsage()]);
  }

  async #initialise(): Promise<void> {
    await Promise.all([this.#client.open(), this.#loadCatalogue(this.#locale)]);
    if (this.#stopped) return;
    this.#stops.push(this.#client.watch(() => this.show()));
    this.#stops.push(this.#host.watchStorage(() => void this.#client.open().then(() => this.show())));
    const ageing = setInterval(() => {
      if (this.#scheduler.isVisible) this.show();
    }, VIEW_UPDATE_INTERVAL_MS);
    this.#stops.push(() => clearInterval(ageing));
  }

  #restore(choices: SavedChoices): void {
    // Another version may have stored a choice that this version does not know.
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
  #setReader(reader: Reader): void {
    const { timeZone, ...rest } = reader;
    this.#reader = timeZone !== undefined && isTimeZone(timeZone) ? { ...rest, timeZone } : rest;
    this.#host.readerChanged?.(this.#reader);
  }

  async #performAction(id: ActionId, value: string | undefined): Promise<void> {
    switch (id) {
      case "refresh":
        return this.#scheduler.refresh("manual");
      case "sign_in":
        await this.#host.signIn();
        return this.#scheduler.refresh("signed_in");
      case "mask":
        this.#masked = value === "on";
        this.#savePreference("masked", value === "on" ? "on" : "off");
        return this.show();
      case "locale":
        return this.#chooseLocale(value);
      case "copy":
        return this.#copy(value);
      case "choose_model":
        this.#model = value;
        if (value !== undefined) this.#host.chooseModel?.(value);
        if (this.#draft !== undefined && value !== undefined) this.#draft = { ...this.#draft, model: value };
        return this.show();
      case "usage_range":
        return this.#loadUsage(value as Exclude<UsageQuery["range"], object>);
      case "usage_retry":
        return this.#loadUsage();
      case "records_page":
        this.#records = { ...this.#records, page: Number(value) };
        return this.#loadRecords();
      case "records_filter":
        this.#filterRecords(value);
        return this.#loadRecords();
      case "records_retry":
        return this.#loadRecords();
      case "export":
        return this.#export(value);
    }
  }

  #filterRecords(kind: string | undefined): void {
    const { operation: _before, ...rest } = this.#records;
    this.#records = { ...rest, page: 1, ...(kind ? { operation: kind as RecordKind } : {}) };
  }

  async #chooseLocale(locale: string | undefined): Promise<void> {
    if (locale === undefined) return;
    this.#savePreference("locale", locale);
    await this.#loadCatalogue(locale);
    this.show();
  }

  #savePreference(name: Preference, value: string): void {
    if (this.#host.savePreference(name, value) === false) this.#post({ type: "failed", what: "setting" });
  }

  /** Loads the catalogue of a language; without one the view is in English. */
  async #loadCatalogue(locale: string): Promise<void> {
    this.#locale = locale;
    for (const name of catalogueNames(locale)) {
      const words = await this.#host.loadCatalogue(name).catch(() => undefined);
      if (words === undefined) continue;
      this.#client.setCatalogue(name, words);
      return;
    }
  }

  /** One confirmation at a time: a compromised page could repeat it until the user agrees by mistake. */
  async #confirm(ask: () => Promise<boolean> | undefined): Promise<boolean> {
    if (this.#isConfirming) return false;
    const answer = ask();
    if (answer === undefined) return true;
    this.#isConfirming = true;
    try {
      return await answer;
    } finally {
      this.#isConfirming = false;
    }
  }

  /** Only values of the current view: a compromised page must not write other text to the clipboard. */
  async #copy(value: string | undefined): Promise<void> {
    if (value === undefined || !this.#offers("value", value)) return;
    const done = await this.#host.copy(value).then(
      () => true,
      () => false,
    );
    this.#post({ type: "copied", done });
  }

  /** Whether the view that the page has contains this. */
  #offers(name: "value" | "href", text: string): boolean {
    return this.#postedView.includes(`${JSON.stringify(name)}:${JSON.stringify(text)}`);
  }

  /** One at a time: a second click would create a second voucher, and a voucher cannot be revoked. */
  async #transferOut({ receiverId, lines }: Message<"voucher_give">): Promise<void> {
    this.#transferPending = true;
    try {
      const order = { receiverId, lines };
      if (!(await this.#confirm(() => this.#host.confirmGive?.(order, this.#fullView(undefined))))) return;
      await this.#track(this.#client.transferOut(order), "top_up");
      const result = voucherSection(this.#fullView(undefined))?.give.result;
      if (result?.code !== undefined) await this.#host.showVoucher?.(result);
    } finally {
      this.#transferPending = false;
    }
  }

  /** A range that the core rejects is not kept: exports and the next load use the previous one. */
  async #loadUsage(range = this.#range): Promise<void> {
    const before = this.#range;
    this.#range = range;
    if (range === "30days") this.#monthLoadedFor = this.#client.account().user?.id;
    try {
      await this.#track(this.#client.usage({ range }));
    } catch (cause) {
      if (this.#range === range) this.#range = before;
      throw cause;
    }
  }

  #loadRecords(): Promise<void> {
    return this.#track(this.#loadRecordsPage());
  }

  /** A page past the end of a list that shrank is empty; the last page is loaded instead, once. */
  async #loadRecordsPage(): Promise<void> {
    const query = this.#records;
    const { rows, pages, problem } = await this.#client.records({ ...query, pageSize: RECORDS_PAGE_SIZE });
    const isPastEnd = rows.length === 0 && problem === undefined && query.page > 1;
    if (!isPastEnd || this.#records !== query) return;
    this.#records = { ...query, page: Math.max(1, Math.min(pages ?? 1, query.page - 1)) };
    await this.#client.records({ ...this.#records, pageSize: RECORDS_PAGE_SIZE });
  }

  /** Shows progress of `work`, and then its result. */
  async #track(work: Promise<unknown>, thenRefresh?: "top_up"): Promise<void> {
    this.show();
    try {
      await work;
    } finally {
      this.show();
    }
    if (thenRefresh !== undefined) await this.#scheduler.refreshUntilChanged(thenRefresh);
  }

  async #export(value: string | undefined): Promise<void> {
    const [what, format] = value?.split(".") ?? [];
    if ((what !== "usage" && what !== "records") || (format !== "csv" && format !== "json")) return;
    const file = await this.#client.exportAs(what, format, what === "usage" ? this.#range : undefined);
    // The view says what is missing in it.
    this.show();
    // An empty file would look like an empty account.
    if (!file.complete && file.rows === 0) return;
    const type = format === "csv" ? "text/csv;charset=utf-8" : "application/json";
    await this.#attempt("save", () => this.#host.saveFile(file.fileName, type, file.text));
  }

  /**
   * Follows a link of the view, and no other. The address of the account page hands the sign-in over, so it is a secret: it is
   * requested when needed, opened, and never part of a view or a message.
   */
  async #openLink({ href, openAccount }: Message<"open">): Promise<void> {
    if (openAccount === undefined && (href === undefined || !this.#offers("href", href))) return;
    const address = openAccount === undefined ? href : await this.#client.accountUrl(openAccount);
    if (address === undefined || !/^https?:\/\//i.test(address)) return this.#post({ type: "failed", what: "open" });
    await this.#attempt("open", () => this.#host.openLink(address));
  }

  /** Runs a host action and reports a failure to the page. */
  async #attempt<Result>(what: "save" | "open", work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch {
      this.#post({ type: "failed", what });
      return undefined;
    }
  }

  async #send({ text, model }: Message<"send">): Promise<void> {
    const draft = { model, text, identity: "user" } as const;
    if (!(await this.#confirm(() => this.#host.confirmSend?.(this.#fullView(draft))))) return;
    const result = await sendChat(this.#client, this.#host, draft, () => {
      this.#draft = undefined;
      this.#post({ type: "sent" });
      this.show();
    });
    if (result.problem !== undefined) {
      // Restore the draft of a refused request, unless another one was started.
      this.#draft ??= { model, text };
      this.#post({ type: "returned", text });
    }
    this.show();
    if (result.sent) this.#scheduler.recordTurnEnd();
  }
}
