// One window of the editor: what a person does in it, and what they see.
import { until } from "./until.mjs";

export const EXTENSION = "costrict-credit.costrict-credit-vscode";

const exactly = (text) => new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`);

export class Window {
  #host;

  constructor(page, host) {
    this.page = page;
    this.#host = host;
    this.statusItem = page.locator(`#${`${EXTENSION}.balance`.replaceAll(".", "\\.")}`);
  }

  close() {
    return this.page.close();
  }

  /**
   * Runs a function inside this window's extension host. It is sent as text: it sees its two arguments and nothing else.
   * @param work gets what tests/editor/test-extension offers, and `argument`
   */
  async inHost(work, argument) {
    const reply = await fetch(this.#host, { method: "POST", body: JSON.stringify({ source: String(work), argument }) });
    const { result, error } = await reply.json();
    if (error !== undefined) throw new Error(error);
    return result;
  }

  /** Changes settings of the user, as a user of this window would; null takes one back to its default. */
  async configure(settings) {
    await this.inHost(async ({ vscode }, wanted) => {
      for (const [name, value] of Object.entries(wanted)) {
        await vscode.workspace.getConfiguration().update(name, value ?? undefined, vscode.ConfigurationTarget.Global);
      }
    }, settings);
  }

  /** Settings that hold while something is done, and are taken back however it ends. */
  async configured(settings, work) {
    await this.configure(settings);
    try {
      return await work();
    } finally {
      await this.configure(Object.fromEntries(Object.keys(settings).map((name) => [name, null])));
    }
  }

  /** Waits until the status bar says the text, and nothing else. */
  async statusShows(text) {
    await this.statusItem.filter({ hasText: exactly(text) }).waitFor();
  }

  /** Runs a command by its title in the palette, and returns when the palette is gone or asks something else. */
  async command(title) {
    const box = this.page.locator(".quick-input-widget input[type=text]").first();
    const name = this.page.locator(".label-name", { hasText: exactly(title) });
    // Enter takes the focused row, which for a moment is still that of the list before.
    const row = this.page.locator(".quick-input-list .monaco-list-row.focused").filter({ has: name });
    // A palette that is just closing swallows the key, and so does a webview that is gone: then once more.
    await this.until(`the command ${title}`, async () => {
      await this.page.evaluate(() => document.activeElement?.tagName === "IFRAME" && document.activeElement.blur());
      await this.page.keyboard.press("F1");
      try {
        await box.fill(`>${title}`, { timeout: 3_000 });
        await row.waitFor({ timeout: 5_000 });
        // The palette of another key press may have come in between.
        return (await box.inputValue({ timeout: 3_000 })) === `>${title}` ? true : undefined;
      } catch {
        return undefined;
      }
    });
    await box.press("Enter");
    await this.until(`the palette to close after ${title}`, async () =>
      (await this.#asked())?.text === `>${title}` ? undefined : true,
    );
  }

  /** What the open quick input is: its kind, and what is written in it. Nothing when none is open. */
  #asked() {
    return this.page.evaluate(() => {
      const seen = (node) => node !== null && node !== undefined && node.getClientRects().length > 0;
      const widget = document.querySelector(".quick-input-widget");
      const box = widget?.querySelector(".quick-input-box input, input");
      if (!seen(widget)) return undefined;
      return {
        kind: box?.type,
        list: seen(widget.querySelector(".quick-input-list .monaco-list-row")),
        text: box?.value,
      };
    });
  }

  /** Waits for the box that asks for a text, and answers. */
  async answer(text, type = "password") {
    await this.until(`a box that asks for a ${type}`, async () => {
      const asked = await this.#asked();
      return asked !== undefined && asked.kind === type && !asked.list ? true : undefined;
    });
    const box = this.page.locator(`.quick-input-widget input[type=${type}]`).first();
    await box.fill(text);
    await box.press("Enter");
    await this.until("the answer to be taken", async () => ((await this.#asked())?.text === text ? undefined : true));
  }

  /** Waits for a list to choose from, and takes the entry with this text. */
  async choose(text) {
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
    await row.click();
    await row.waitFor({ state: "hidden" });
  }

  /** Closes the quick input or dialog that is open, if there is one. */
  async leaveQuestions() {
    await until("no question", async () => {
      const dialog = await this.page
        .locator(".monaco-dialog-box")
        .count()
        .catch(() => 0);
      const asked = await this.#asked().catch(() => undefined);
      if (this.page.isClosed() || (dialog === 0 && asked === undefined)) return true;
      await this.page.keyboard.press("Escape").catch(() => {});
      return undefined;
    }).catch(() => {});
  }

  async signIn(token) {
    await this.command("CoStrict: Sign in to CoStrict credits");
    await this.choose("With a token");
    await this.answer(token);
  }

  /** The notification with this text, as a toast or in the list of all that are there. */
  notice(text) {
    const item = (where) => this.page.locator(`${where} .notification-list-item`, { hasText: text });
    return item(".notifications-toasts").or(item(".notifications-center"));
  }

  /** A toast goes away by itself after some seconds: opens the list, in which it stays. */
  async keepNotices() {
    await this.command("Notifications: Show Notifications");
  }

  async closeNotices() {
    await this.command("Notifications: Clear All Notifications");
    await this.until("no notice", async () => ((await this.notice(/./).count()) === 0 ? true : undefined));
  }

  /** What the editor shows while the pointer rests on the status bar item: its text, and what its links say. */
  tooltip() {
    const hover = this.page.locator(".monaco-hover:visible").last();
    return this.until("the tooltip", async () => {
      await this.page.mouse.move(300, 300);
      await this.statusItem.hover();
      // A new reading takes the hover away: read it immediately, or again.
      if (
        !(await hover.waitFor({ timeout: 2_000 }).then(
          () => true,
          () => false,
        ))
      )
        return undefined;
      const found = await hover
        .evaluate((node) => ({
          text: node.innerText,
          links: [...node.querySelectorAll("a")].map((link) => link.innerText),
        }))
        .catch(() => undefined);
      return found?.links.length > 0 ? { ...found, text: found.text.replaceAll("\u00a0", " ") } : undefined;
    });
  }

  /** Waits for a modal dialog with a text, and presses its button. */
  async agree(button, text) {
    const dialog = this.page.locator(".monaco-dialog-box", { hasText: text });
    await dialog.locator(".monaco-button", { hasText: exactly(button) }).click();
    await dialog.waitFor({ state: "hidden" });
  }

  /** The frame of the panel, once it shows a view. */
  async panel() {
    return this.until("the panel", async () => (await this.panels())[0]);
  }

  /** The frames of all panels that show a view. */
  async panels() {
    const frames = this.#frames();
    const filled = await Promise.all(
      frames.map((frame) =>
        frame
          .locator("costrict-credit-panel .panel")
          .count()
          .catch(() => 0),
      ),
    );
    return frames.filter((_frame, at) => filled[at] > 0);
  }

  #frames() {
    return this.page.frames().filter((frame) => frame.url().includes("/fake.html"));
  }

  /** Waits until every one of so many panels has the number as its headline. */
  async panelsSay(count, number) {
    await this.until(`${count} panels with ${number}`, async () => {
      const panels = await this.panels();
      const shown = await Promise.all(
        panels.map((frame) =>
          frame
            .locator(".headline-value", { hasText: number })
            .count()
            .catch(() => 0),
        ),
      );
      return panels.length === count && shown.every((there) => there === 1) ? true : undefined;
    });
  }

  /** Waits for something in the panel. The editor may put another frame in the place of one: it is looked for each time. */
  async panelHas(selector, { text, count } = {}) {
    await this.until(`${count ?? "some"} ${selector} with ${text ?? "anything"}`, async () => {
      const panel = await this.panel();
      const found = await panel
        .locator(selector, text === undefined ? {} : { hasText: text })
        .count()
        .catch(() => undefined);
      return (count === undefined ? found > 0 : found === count) ? true : undefined;
    });
  }

  async openSideBar() {
    await this.command("CoStrict: Show credits");
    return this.panel();
  }

  /** Opens the panel as an editor's tab. The side bar's view may take the focus late, and with it the palette's Enter: then once more. */
  async openTab() {
    const tab = this.page.locator(".tabs-container .tab", { hasText: "Credits" });
    await this.until("the tab with the credits", async () => {
      await this.command("CoStrict: Open credits in a tab");
      const isOpen = tab.first().waitFor({ timeout: 10_000 });
      return isOpen.then(
        () => true,
        () => undefined,
      );
    });
  }

  until(what, ask) {
    return until(what, ask);
  }

  /** What a user would see in this window now, for the report of a failed test. */
  async shown() {
    const texts = async (where, selector) =>
      (
        await where
          .locator(selector)
          .allInnerTexts()
          .catch(() => [])
      ).map((text) => text.trim().replace(/\s+/g, " "));
    const of = async (what, selector) =>
      (await texts(this.page, `${selector}:visible`)).filter(Boolean).map((text) => `  ${what}: ${text.slice(0, 300)}`);
    const panels = this.#frames().map(async (frame, at) => {
      const [headline, banners] = [await texts(frame, ".headline-value"), await texts(frame, ".banner")];
      const said = headline.length > 0 ? [...headline, ...banners] : await texts(frame, ".root, body > .not-started");
      return `  panel ${at + 1}: ${said.join(" | ").slice(0, 300)}`;
    });
    const status = (await texts(this.page, `#${`${EXTENSION}.balance`.replaceAll(".", "\\.")}`)).map(
      (text) => `  status bar: ${text}`,
    );
    const lines = [
      `the window at ${this.page.isClosed() ? "closed" : await this.page.title().catch(() => "?")} shows`,
      ...(status.length > 0 ? status : ["  no status bar item"]),
      ...(await of("quick input", ".quick-input-widget")),
      ...(await of("dialog", ".monaco-dialog-box")),
      ...(await of("notice", ".notification-list-item")),
      ...(await of("editor", ".tabs-container .tab")),
      ...(await Promise.all(panels)),
    ];
    return lines.join("\n");
  }
}
