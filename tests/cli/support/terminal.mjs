// A pseudo-terminal by the `script` command of util-linux, and the screen that a terminal would show.
import { spawn } from "node:child_process";
import { once } from "node:events";

import xterm from "@xterm/headless";

import { until } from "../../editor/support/until.mjs";

const quote = (word) => `'${word.replaceAll("'", "'\\''")}'`;

/** Runs shell words in a terminal of this size; `before` and `after` are commands around it, and `started` starts it. */
export function openTerminal(words, { env, columns = 80, rows = 24, before = "true", started = "", after = "true" }) {
  const command = words.map(quote).join(" ");
  const line = `stty cols ${columns} rows ${rows}; ${before}; ${started} ${command}; code=$?; ${after}; exit $code`;
  const child = spawn("script", ["--quiet", "--return", "--flush", "--command", line, "/dev/null"], {
    env: { ...env, SHELL: "/bin/sh" },
    stdio: "pipe",
  });
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: false });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    output += part;
    screen.write(part);
  });
  const ended = once(child, "close").then(([code]) => code);
  /** The lines on the screen now, without the blanks at their ends. */
  const lines = () => {
    const { active } = screen.buffer;
    return Array.from({ length: rows }, (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? "");
  };
  return {
    screen,
    ended,
    lines,
    text: () => lines().join("\n").trimEnd(),
    output: () => output,
    isAlternate: () => screen.buffer.active.type === "alternate",
    press: (keys) => child.stdin.write(keys),
    shows: (pattern) => until(`the terminal to show ${pattern}`, () => pattern.test(lines().join("\n")) || undefined),
    end: () => child.kill(),
  };
}
