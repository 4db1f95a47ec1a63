// Takes the pictures of docs/screenshots/terminal with made-up numbers: node tests/cli/pictures.mjs OUT
// Build the core and the program first. Each is what a real pseudo-terminal shows, drawn by Chromium.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { chromium } from "playwright-core";
import { root } from "../package/install.mjs";
import { openTerminal } from "./support/terminal.mjs";

const MAIN = join(root, "cli/dist/main.cjs");
const PICTURES = [
  { name: "status", words: ["status"], columns: 80 },
  { name: "status-narrow-chinese", words: ["status", "--lang", "zh-CN"], columns: 48 },
  { name: "compare", words: ["compare", "--tokens", "2000"], columns: 80 },
  { name: "usage-by-model", words: ["usage", "--range", "30days", "--by", "model"], columns: 80 },
  { name: "records-japanese", words: ["records", "--lang", "ja"], columns: 80 },
  { name: "watch", words: ["watch"], columns: 80, rows: 34 },
];
const COLORS = ["#000", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#e5e5e5"];

const [folder] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(existsSync);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ deviceScaleFactor: 2, viewport: { width: 900, height: 700 } });
  for (const { name, words, columns, rows = 40 } of PICTURES) {
    const env = {
      PATH: process.env.PATH,
      HOME: "/nonexistent",
      TERM: "xterm-256color",
      TZ: "Europe/Berlin",
      LANG: "en_US.UTF-8",
    };
    const terminal = openTerminal([process.execPath, MAIN, "demo", ...words], { env, columns, rows });
    if (words[0] === "watch") await terminal.shows(/Usage|Model/);
    else await terminal.ended;
    await page.setContent(html(terminal.screen, words, rows));
    await page.locator("pre").screenshot({ path: join(folder, `${name}.png`) });
    terminal.press("q");
    await terminal.ended;
    console.log(name);
  }
} finally {
  await browser.close();
}

function html({ buffer: { active } }, words, rows) {
  const all = Array.from({ length: rows }, (_, row) => active.getLine(active.baseY + row)).filter(Boolean);
  const lines = all.filter((line) => !line.translateToString().startsWith("Made-up numbers"));
  const shown = lines.map(lineOf);
  const prompt =
    active.type === "alternate" ? "" : `<span style="color:#6796e6">$ costrict-credit ${words.join(" ")}</span>\n`;
  const style =
    "display:inline-block;margin:0;padding:14px 18px;background:#1e1e1e;color:#d4d4d4;border-radius:6px;" +
    "font:14px/1.35 'DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace";
  return `<body style="margin:0"><pre style="${style}">${prompt}${shown.join("\n").trimEnd()}</pre>`;
}

/** Cell by cell, so that wide characters take two. */
function lineOf(line) {
  let text = "";
  for (let at = 0; at < line.length; at += 1) {
    const cell = line.getCell(at);
    if (cell.getWidth() === 0) continue;
    const characters = (cell.getChars() || " ").replace(/[&<]/g, (sign) => `&#${sign.charCodeAt(0)};`);
    const style = [
      cell.isBold() ? "font-weight:700" : "",
      cell.isDim() ? "opacity:.6" : "",
      cell.isFgPalette() ? `color:${COLORS[cell.getFgColor() % 8]}` : "",
      cell.getWidth() === 2 ? "display:inline-block;width:2ch" : "",
    ].filter(Boolean);
    text += style.length === 0 ? characters : `<span style="${style.join(";")}">${characters}</span>`;
  }
  return text.trimEnd();
}
