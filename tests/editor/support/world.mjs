// What all tests of the editor share: one ledger, one editor, one browser. Starting them costs more than most tests.
import { Ledger } from "../../panel/support/ledger.mjs";
import { Editor } from "./editor.mjs";

const QUOTA = "/quota-manager/api/v1/quota";
const CHAT = "/chat-rag/api/v1/chat/completions";

/** As the core writes numbers in English: at most two decimals. */
export const inEnglish = (number) => new Intl.NumberFormat("en", { maximumFractionDigits: 2 }).format(number);

export class World {
  ledger;
  editor;
  /** The window in which most tests look, of the person "ann". */
  window;

  async start() {
    this.ledger = await Ledger.start();
    this.editor = await Editor.start({
      "costrictCredit.baseUrl": this.ledger.url,
      "costrictCredit.model": "Kimi-K2-Moonshot",
      "costrictCredit.notices": false,
    });
    this.window = await this.editor.window();
  }

  async stop() {
    await this.editor?.stop();
    await this.ledger?.stop();
  }

  /** A new account with credits: its id, its token, and its number as the status bar writes it. */
  async account(amount) {
    const id = await this.ledger.account({ amount, valid_days: 20, source: "weekly" });
    const token = await this.ledger.token(id);
    return { id, token, number: await this.remaining(token) };
  }

  /** What the ledger says is left. */
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
