/** A full screen that is redrawn in place, with keys; the terminal is afterwards what it was before. */

import { STDOUT, write } from "./descriptor.js";

/** The alternate screen keeps what was in the terminal. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
/** In raw mode keys come as they are: these end or stop a program elsewhere. */
const QUIT_KEYS = ["q", "\x03", "\x04", "\x1b"];
const STOP_KEY = "\x1a";
const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export class Dashboard {
  readonly #draw: (width: number) => string[];
  #isShown = false;

  constructor(draw: (width: number) => string[]) {
    this.#draw = draw;
  }

  /** Shows the screen until the user quits, or a signal ends the program. */
  async show(pressed: (key: string) => void): Promise<void> {
    const { stdin, stdout } = process;
    const redraw = () => this.redraw();
    const resume = () => this.#enter();
    // Whatever ends the program, the terminal is left.
    const leave = () => this.#leave();
    stdout.on("resize", redraw);
    process.on("SIGCONT", resume);
    process.on("exit", leave);
    try {
      await new Promise<void>((resolve) => {
        for (const signal of ENDING_SIGNALS) process.once(signal, () => resolve());
        stdin.on("data", (data) => {
          for (const key of keysOf(data.toString())) {
            if (QUIT_KEYS.includes(key)) resolve();
            else if (key === STOP_KEY) this.#stop();
            else pressed(key);
          }
        });
        stdin.on("end", resolve);
        this.#enter();
      });
    } finally {
      this.#leave();
      stdin.removeAllListeners("data");
      stdin.pause();
      stdout.off("resize", redraw);
      process.off("SIGCONT", resume);
      process.off("exit", leave);
    }
  }

  redraw(): void {
    if (!this.#isShown) return;
    const { columns = 80, rows = 24 } = process.stdout;
    const lines = this.#draw(columns).slice(0, rows);
    write(STDOUT, `${HOME}${lines.map((line) => line + CLEAR_LINE).join("\r\n")}${CLEAR_BELOW}`);
  }

  #enter(): void {
    if (this.#isShown) return;
    this.#isShown = true;
    process.stdin.setRawMode(true);
    process.stdin.resume();
    write(STDOUT, ENTER);
    this.redraw();
  }

  #leave(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    process.stdin.setRawMode(false);
    write(STDOUT, LEAVE);
  }

  #stop(): void {
    this.#leave();
    process.kill(process.pid, "SIGTSTP");
  }
}

/** One by one; a key that sends a sequence, such as an arrow, is one key and not an Escape. */
function keysOf(data: string): string[] {
  return data.startsWith("\x1b") ? [data] : [...data];
}
