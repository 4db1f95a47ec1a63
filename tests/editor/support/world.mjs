// What all tests of the editor share: one ledger, one editor, one browser. Starting them costs more than most tests.
import { Ledger } from "../../panel/support/ledger.mjs";
import { Editor } from "./editor.mjs";
import { EXTENSION } from "./window.mjs";

const QUOTA = "/quota-manager/api/v1/quota";
const CHAT = "/chat-rag/api/v1/chat/completions";

/** As the core writes numbers in English: at most two decimals. */
export const inEnglish = (number) => new Intl.NumberFormat("en", { maximumFractionDigits: 2 }).format(number);

export class World {
  ledger;
  editor;
  /** The window in which most tests look, of the person "ann". */
  window;
  /** Of the account with sixty days of history. */
  demoToken;
  demoId;
  #explained = new WeakSet();

  async start() {
    this.ledger = await Ledger.start();
    this.editor = await Editor.start(this.#settings);
    this.window = await this.editor.window();
  }

  async stop() {
    await this.editor?.stop();
    await this.ledger?.stop();
  }

  get #settings() {
    return {
      "costrictCredit.baseUrl": this.ledger.url,
      "costrictCredit.model": "Kimi-K2-Moonshot",
      "costrictCredit.notices": false,
    };
  }

  /** "ann" as most parts find her, whatever the part before left: the settings of the start, signed in on the demo account. */
  async home() {
    await this.recover();
    await this.window.inHost(
      async ({ vscode }, { extension, kept }) => {
        const { configuration } = vscode.extensions.getExtension(extension).packageJSON.contributes;
        const names = configuration.flatMap(({ properties }) => Object.keys(properties));
        const wanted = {
          "http.proxy": undefined,
          "http.proxySupport": undefined,
          "workbench.colorTheme": undefined,
          ...kept,
        };
        for (const name of new Set([...names, ...Object.keys(wanted)])) {
          const settings = vscode.workspace.getConfiguration();
          if (settings.inspect(name)?.globalValue !== wanted[name])
            await settings.update(name, wanted[name], vscode.ConfigurationTarget.Global);
        }
      },
      { extension: EXTENSION, kept: this.#settings },
    );
    if (this.demoToken === undefined) await this.newDemoToken();
    const number = await this.remaining(this.demoToken);
    if ((await this.window.statusItem.innerText()).trim() !== number) await this.window.signIn(this.demoToken);
    await this.window.statusShows(number);
  }

  async newDemoToken() {
    this.demoId = await this.ledger.demo();
    this.demoToken = await this.ledger.token(this.demoId);
  }

  /** Another window for as long as the work takes. */
  async inWindow(options, work) {
    const window = await this.editor.window(options);
    try {
      return await work(window);
    } catch (cause) {
      // While the window is still there to be looked at.
      throw await this.explained(cause);
    } finally {
      await window.close();
    }
  }

  /** The same failure with what the windows show. */
  async explained(cause) {
    const failure = cause instanceof Error ? cause : new Error(String(cause));
    if (this.#explained.has(failure)) return failure;
    this.#explained.add(failure);
    const shown = await Promise.all((this.editor?.windows ?? []).map((window) => window.shown()));
    failure.message = [failure.message, ...shown].join("\n");
    return failure;
  }

  /** Takes back what a test that failed half-way may have left: faults, a halted ledger, questions that wait for an answer. */
  async recover() {
    await this.ledger?.resume();
    await this.ledger?.clearFaults();
    for (const window of this.editor?.windows ?? []) await window.leaveQuestions();
  }

  /** A new account with credits: its id, its token, and its number as the status bar writes it. */
  async account(amount) {
    const id = await this.ledger.account({ amount, valid_days: 20, source: "weekly" });
    const token = await this.ledger.token(id);
    return { id, token, number: await this.remaining(token) };
  }

  /** The remaining balance by the ledger. */
  async remaining(token) {
    const { total_quota: total, used_quota: used } = await this.ledger.ask(token, QUOTA);
    return inEnglish(total - used);
  }

  async asked(route) {
    return (await this.ledger.admin("GET", "/requests")).counts[route] ?? 0;
  }

  readings() {
    return this.asked(`GET ${QUOTA}`);
  }

  chats() {
    return this.asked(`POST ${CHAT}`);
  }
}

export { CHAT, QUOTA };
