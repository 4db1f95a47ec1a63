/**
 * One open panel beside the core: it turns what the page reports into calls of the client, and shows the view that
 * results. It runs where the core runs, in the browser's page or in the extension, and decides nothing about credits.
 */

import type {
  ActionId,
  CreditClient,
  CreditError,
  CreditPanel,
  Draft,
  PanelOptions,
  PanelView,
  UsageQuery,
} from "costrict-credit";

import { atMost, CATALOGUE_WAIT_MAX_MS, PAINT_WAIT_MAX_MS } from "./at-most.js";
import { loadCatalogue } from "./catalogue.js";
import { ConfirmationGate } from "./confirmation-gate.js";
import { exportFile } from "./export-file.js";
import { openLink } from "./link-flow.js";
import { isTimeZone, machineTimeZone, regionalLocale } from "./locale.js";
import type { HostMessage, PageMessage, Reader } from "./messages.js";
import type { PanelHost, Preference } from "./panel-host.js";
import { PanelState } from "./panel-state.js";
import { sendPrompt } from "./prompt-flow.js";
import { raiseCap } from "./raise-cap.js";
import { loadRecordsPage } from "./records-page.js";
import { RefreshScheduler, type WindowActivity } from "./refresh-scheduler.js";
import { afterTaskAction } from "./task-list.js";
import { TransferFlow } from "./transfer-flow.js";
import { showRecordedVoucher, withoutVoucherCode } from "./voucher-section.js";

/** How often relative times in a visible view are updated. */
const VIEW_UPDATE_INTERVAL_MS = 5_000;

type Message<Type extends PageMessage["type"]> = Extract<PageMessage, { type: Type }>;

/** The part of a connection that lives as long as its page. Embedders use `connectPanel`, which makes one for each page. */
export class PanelSession {
  readonly #client: CreditClient;
  /** What is called on it shows in this panel only. */
  readonly #panel: CreditPanel;
  readonly #host: PanelHost;
  readonly #post: (message: HostMessage) => void;
  readonly #state: PanelState;
  readonly #scheduler: RefreshScheduler;
  readonly #window: WindowActivity;
  readonly #stops: (() => void)[] = [];
  #masked: boolean;
  #locale: string;
  #reader: Reader = {};
  #postedView = "";
  #isUsageLoaded = false;
  #opened: Promise<void> | undefined;
  #stopped = false;
  readonly #gate = new ConfirmationGate();
  readonly #transfers: TransferFlow;

  /** @param panel of the client, and freed by its owner @param state what the user chose in this panel before */
  constructor(
    client: CreditClient,
    panel: CreditPanel,
    host: PanelHost,
    post: (message: HostMessage) => void,
    state: PanelState = new PanelState(),
  ) {
    this.#client = client;
    this.#panel = panel;
    this.#transfers = new TransferFlow({
      client,
      panel,
      host,
      gate: this.#gate,
      viewOptions: () => this.#viewOptions,
      view: () => this.#fullView(undefined),
      post,
      track: (work) => this.#track(work, "top_up"),
    });
    this.#host = host;
    this.#post = post;
    this.#state = state;
    this.#masked = (host.preference === undefined ? state.masked : host.preference("masked") === "on") ?? false;
    this.#locale = (host.preference === undefined ? state.locale : host.preference("locale")) ?? host.locale();
    state.model = host.model?.() ?? state.model;
    state.taskId = host.taskId?.() ?? state.taskId;
    this.#scheduler = RefreshScheduler.of(client);
    this.#window = this.#scheduler.addWindow();
    const stopListening = this.#scheduler.onRefreshed(() => {
      this.show();
      // Rejects only when the client was freed.
      this.#loadForecast().catch(() => {});
    });
    this.#stops.push(() => this.#window.remove(), stopListening);
  }

  /** Posts the view of the stored account. The page may load later if the transport queues messages. */
  async open(): Promise<void> {
    this.#opened ??= this.#initialise();
    await this.#opened;
    if (!this.#stopped) this.show();
  }

  /** Handles one message of the page. Failures are in the view. */
  receive(message: PageMessage): void {
    this.#dispatch(message).catch((cause: unknown) => {
      // Failures of network and server are in the view; only rejected input reaches this handler.
      const { code, field } = cause as Partial<CreditError>;
      if (code === "invalid_input" && field !== undefined) this.#post({ type: "refused", field, of: message.type });
    });
  }

  /** Posts the view unless the page has it already. */
  show(): void {
    this.#state.setAccount(this.#client.account().user?.id);
    const view = this.#view();
    const text = JSON.stringify(view);
    if (text === this.#postedView) return;
    this.#postedView = text;
    this.#post({
      type: "view",
      view,
      ...(this.#host.onSend === undefined ? {} : { canSend: true }),
      ...(this.#host.changeBudget === undefined ? {} : { canChangeBudget: true }),
    });
  }

  /** The task that the panel is about; undefined for none. */
  setTask(id: string | undefined): void {
    if (id === this.#state.taskId) return;
    this.#state.taskId = id;
    if (this.#postedView !== "") this.show();
  }

  stop(): void {
    this.#stopped = true;
    for (const stop of this.#stops.splice(0)) stop();
  }

  #view(): PanelView {
    const { draft, taskId } = this.#state;
    const view = this.#fullView(draft === undefined || taskId === undefined ? draft : { ...draft, taskId });
    return this.#host.showVoucher === undefined ? view : withoutVoucherCode(view);
  }

  get #viewOptions(): PanelOptions {
    const { timeZone, locale } = this.#reader;
    return {
      locale: regionalLocale(this.#locale, locale),
      masked: this.#masked,
      surface: this.#host.surface ?? "page",
      ...(timeZone === undefined ? {} : { timeZone }),
    };
  }

  #fullView(draft: Draft | undefined): PanelView {
    return this.#panel.view({
      ...this.#viewOptions,
      history: this.#state.history,
      tasks: this.#state.tasks,
      taskId: this.#state.taskId ?? "",
      ...(draft === undefined ? {} : { draft }),
      ...(this.#state.model === undefined ? {} : { model: this.#state.model }),
    });
  }

  async #dispatch(message: PageMessage): Promise<void> {
    switch (message.type) {
      case "ready":
        return this.#ready(message);
      case "reader":
        return this.#changeReader(message.reader);
      case "activity":
        return this.#window.set(message.activity);
      case "act":
        return this.#performAction(message.id, message.value);
      case "open":
        return this.#openLink(message);
      case "shown":
        return message.section === "usage" ? this.#chooseRange() : this.#loadRecords();
      case "usage_custom":
        return this.#chooseRange({ from: message.from, to: message.to });
      case "records_search":
        this.#state.records = { ...this.#state.records, page: 1, text: message.text };
        return this.#loadRecords();
      case "voucher_give":
        return this.#transfers.review({ receiverId: message.receiverId, lines: message.lines });
      case "voucher_confirm":
        return this.#transfers.answer(message.isConfirmed);
      case "voucher_redeem":
        return this.#track(this.#panel.redeem(message.code), "top_up");
      case "draft":
        this.#state.setDraft(message.text, message.model);
        this.#state.model = message.model;
        return this.show();
      case "send":
        return this.#sendPrompt(message);
      case "task":
        return this.setTask(message.id);
    }
  }

  async #ready({ choices, activity, reader, taskId }: Message<"ready">): Promise<void> {
    this.#state.restore(choices);
    this.#state.taskId = taskId ?? this.#state.taskId;
    if (reader !== undefined) this.#setReader(reader);
    // A reloaded page needs the view again.
    this.#postedView = "";
    await this.open();
    // The stored account is painted before the server is contacted.
    await atMost(PAINT_WAIT_MAX_MS, this.#host.afterNextPaint?.()).catch(() => {});
    await this.#window.set(activity);
    await this.#loadForecast();
  }

  /** The client loads it once for each account, and calls its watchers when it is there. */
  async #loadForecast(): Promise<void> {
    const { user, balance } = this.#client.account();
    if (user !== undefined && balance !== undefined) await this.#client.loadForecast();
  }

  async #initialise(): Promise<void> {
    // Texts that come late replace the English.
    const catalogue = this.#loadCatalogue().then(() => this.#stopped || this.#postedView === "" || this.show());
    await Promise.all([this.#client.open(), atMost(CATALOGUE_WAIT_MAX_MS, catalogue)]);
    if (this.#stopped) return;
    this.#stops.push(
      this.#client.watch(() => {
        this.show();
        // Another account may have signed in. Rejects only when the client was freed.
        this.#loadForecast().catch(() => {});
      }),
    );
    const stopWatching = this.#host.watchStorage?.(() => {
      // Rejects only when the client was freed.
      this.#client.open().then(
        () => this.show(),
        () => {},
      );
    });
    if (stopWatching !== undefined) this.#stops.push(stopWatching);
    const ageing = setInterval(() => {
      if (this.#window.current.visible) this.show();
    }, VIEW_UPDATE_INTERVAL_MS);
    this.#stops.push(() => clearInterval(ageing));
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
        await this.#attempt("open", () => this.#host.signIn());
        return this.#scheduler.refreshUntilChanged("signed_in");
      case "budget":
        return this.#attempt("open", async () => this.#host.changeBudget?.());
      case "mask":
        this.#masked = value === "on";
        this.#state.masked = this.#masked;
        this.#savePreference("masked", value === "on" ? "on" : "off");
        return this.show();
      case "locale":
        return this.#chooseLocale(value);
      case "show_voucher":
        return showRecordedVoucher(this.#host, this.#fullView(undefined), value);
      case "copy":
        return this.#copy(value);
      case "choose_model":
        this.#state.setModel(value);
        if (value !== undefined) this.#host.chooseModel?.(value);
        return this.show();
      case "usage_range":
        return this.#chooseRange(value as Exclude<UsageQuery["range"], object>);
      case "usage_retry":
        return this.#chooseRange();
      case "usage_days":
        this.#state.setDays(value);
        return this.#chooseRange();
      case "usage_select":
        this.#state.selectBar(value ?? "");
        return this.show();
      case "requests_page":
        this.#state.turnRequests(Number(value));
        return this.show();
      case "tasks_by":
      case "tasks_page":
      case "tasks_project":
      case "task_toggle":
      case "task_more":
        this.#state.tasks = afterTaskAction(this.#state.tasks, id, value);
        return this.show();
      case "raise_cap":
        if (value !== undefined && this.#offers("value", value))
          await this.#attempt("setting", () => raiseCap(this.#client, this.#host, value, this.#state.taskId));
        return this.show();
      case "records_page":
        this.#state.records = { ...this.#state.records, page: Number(value) };
        return this.#loadRecords();
      case "records_filter":
        this.#state.filterRecords(value);
        return this.#loadRecords();
      case "records_retry":
        return this.#loadRecords();
      case "export":
        return this.#export(value);
    }
  }

  async #chooseLocale(locale: string | undefined): Promise<void> {
    if (locale === undefined) return;
    this.#savePreference("locale", locale);
    this.#locale = locale;
    this.#state.locale = locale;
    await this.#loadCatalogue();
    this.show();
  }

  #savePreference(name: Preference, value: string): void {
    if (this.#host.savePreference?.(name, value) === false) this.#post({ type: "failed", what: "setting" });
  }

  #loadCatalogue(): Promise<void> {
    return loadCatalogue(this.#client, this.#locale, async (name) => this.#host.loadCatalogue?.(name));
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

  #usageQuery(): UsageQuery {
    const { timeZone = machineTimeZone(), locale } = this.#reader;
    return this.#state.usageQuery(regionalLocale(this.#locale, locale), timeZone);
  }

  /** Days begin at other times in another zone. */
  async #changeReader(reader: Reader): Promise<void> {
    const before = this.#usageQuery();
    this.#setReader(reader);
    if (this.#isUsageLoaded && this.#usageQuery().timeZone !== before.timeZone) await this.#loadUsage();
    this.show();
  }

  /** Loads a range that is looked at, and lists the period before it as far as it was not listed yet. */
  async #chooseRange(range = this.#state.range): Promise<void> {
    const query = await this.#loadUsage(range);
    if (query === undefined) return;
    await this.#panel.usageBefore(query);
    this.show();
  }

  /**
   * A range that the core rejects is not kept: exports and the next load use the previous one.
   *
   * @returns what was loaded; undefined if there is nothing to compare with the period before, or that is known
   */
  async #loadUsage(range = this.#state.range): Promise<UsageQuery | undefined> {
    const before = this.#state.range;
    this.#state.range = range;
    // No bar of the chart before is chosen.
    this.#state.selectBar("");
    // The list of tasks says what of it belongs to none of them.
    const query: UsageQuery = { ...this.#usageQuery(), groupBy: "task" };
    const work = this.#panel.usage(query);
    try {
      await this.#track(work);
    } catch (cause) {
      if (this.#state.range === range) this.#state.range = before;
      throw cause;
    }
    this.#isUsageLoaded = true;
    const report = await work;
    const isComparable = report.complete && report.rows.length > 0 && report.before === undefined;
    return isComparable ? query : undefined;
  }

  #loadRecords(): Promise<void> {
    return this.#track(loadRecordsPage(this.#panel, this.#state));
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

  #sendPrompt(message: Message<"send">): Promise<void> {
    return sendPrompt(message, {
      panel: this.#panel,
      host: this.#host,
      gate: this.#gate,
      state: this.#state,
      view: (draft) => this.#fullView(draft),
      post: this.#post,
      show: () => {
        if (!this.#stopped) this.show();
      },
      recordTurnEnd: () => this.#scheduler.recordTurnEnd(),
    });
  }

  async #export(value: string | undefined): Promise<void> {
    const file = await exportFile(this.#panel, value, () => this.#usageQuery());
    // The view says what is missing in it.
    this.show();
    if (file !== undefined) await this.#attempt("save", () => this.#host.saveFile(file.name, file.type, file.text));
  }

  /**
   * Follows a link of the view, and no other. The address of the account page hands the sign-in over, so it is a secret: it is
   * requested when needed, opened, and never part of a view or a message.
   */
  async #openLink({ href, openAccount }: Message<"open">): Promise<void> {
    if (openAccount === undefined && (href === undefined || !this.#offers("href", href))) return;
    const address = openAccount === undefined ? href : await this.#client.accountUrl(openAccount);
    if (!(await openLink(address, this.#host, this.#scheduler))) this.#post({ type: "failed", what: "open" });
  }

  /** Runs a host action and reports a failure to the page. */
  async #attempt<Result>(what: "save" | "open" | "setting", work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch {
      this.#post({ type: "failed", what });
      return undefined;
    }
  }
}
