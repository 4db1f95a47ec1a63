// What tasks cost: the card of the task in progress, in the panel and alone, and the list of all with their requests.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openGallery } from "./support/gallery.mjs";
import { clientMaker, loadPanelSession, settled } from "./support/panel-session.mjs";
import { axe, overflowing } from "./support/watch.mjs";

let gallery;

before(async () => {
  gallery = await openGallery();
});

after(() => gallery?.close());

async function shown(state, { tab = "balance", width = 320, sections, locale = "en" } = {}) {
  const page = await gallery.browser.newPage({ viewport: { width, height: 700 } });
  await page.goto(`${gallery.url}#${new URLSearchParams({ state, tab, locale })}`);
  await page.locator(".panel").waitFor();
  if (sections !== undefined)
    await page.evaluate(
      (names) => document.querySelector("costrict-credit-panel").setAttribute("sections", names),
      sections,
    );
  return page;
}

/** The messages of the page from now on. */
const heardAfter = async (page, act) => {
  await page.evaluate(() => globalThis.galleryHeard.splice(0));
  await act();
  return page.evaluate(() => globalThis.galleryHeard.filter(({ type }) => type !== "activity"));
};

test("the card of a task stands alone in the head of a chat", async () => {
  const page = await shown("task-cap", { width: 300, sections: "task" });
  await page.locator(".panel.alone .task-card").waitFor();
  assert.equal(await page.locator("header, [role=tab], .toolbar").count(), 0);
  assert.equal(await page.getByText(/^\d+(\.\d+)? of 25$/).count(), 1);
  const { height } = await page.locator("costrict-credit-panel").boundingBox();
  assert.ok(height <= 100, `${height} pixels`);
  const meter = page.getByRole("meter", { name: "Task limit" });
  assert.match(await meter.getAttribute("aria-valuetext"), /^\d+(\.\d+)? of 25$/);
  assert.deepEqual(await overflowing(page), []);
  // The chat around the card has a heading of its own.
  await page.evaluate(() =>
    document.querySelector("main").prepend(Object.assign(document.createElement("h1"), { textContent: "Chat" })),
  );
  assert.deepEqual(await axe(page), []);
  await page.close();
});

test("that there is no task is said only where the task was asked for by name", async () => {
  const page = await shown("task-none");
  await page.locator(".section-balance").waitFor();
  assert.equal(await page.locator(".section-task").count(), 0);
  await page.evaluate(() => (document.querySelector("costrict-credit-panel").sections = "task"));
  await page.getByText("No task is in progress.", { exact: false }).waitFor();
  await page.evaluate(() => (document.querySelector("costrict-credit-panel").sections = "balance task"));
  assert.ok(await page.locator(".toolbar").isVisible());
  await page.close();
});

test("a task opens by keyboard, and says so", async () => {
  const page = await shown("task-no-cap", { tab: "history" });
  const row = page.getByRole("button", { name: /^Rename the parser/ });
  assert.equal(await row.getAttribute("aria-expanded"), "false");
  await row.focus();
  const heard = await heardAfter(page, () => page.keyboard.press("Enter"));
  assert.deepEqual(heard, [{ type: "act", id: "task_toggle", value: "parser" }]);
  await page.close();
});

test("an opened task lists its requests, each with estimate, charge and the reason where they differ", async () => {
  const page = await shown("task-opened", { tab: "history" });
  assert.equal(await page.getByRole("button", { name: /^Rename the parser/ }).getAttribute("aria-expanded"), "true");
  const opened = page.locator(".task-opened").first();
  const twice = opened.locator("li", { hasText: "It was charged more than once." });
  assert.match(await twice.innerText(), /GLM-4\.6[\s\S]*2 charged[\s\S]*1 estimated/);
  const subTasks = opened.getByRole("list", { name: "Sub-tasks" });
  assert.match(await subTasks.innerText(), /Split the lexer[\s\S]*It was not charged\./);
  await page.close();
});

test("tasks are listed by project, and those of one project", async () => {
  const page = await shown("task-no-cap", { tab: "history" });
  const chosen = await heardAfter(page, () => page.locator("input[name=tasks_by][value=project]").click());
  assert.deepEqual(chosen, [{ type: "act", id: "tasks_by", value: "project" }]);
  await page.close();
  const projects = await shown("tasks-by-project", { tab: "history" });
  const opened = await heardAfter(projects, () => projects.getByRole("button", { name: /^compiler/ }).click());
  assert.deepEqual(opened, [{ type: "act", id: "tasks_project", value: "compiler" }]);
  await projects.close();
  const tasks = await shown("tasks-of-project", { tab: "history" });
  assert.ok(await tasks.getByRole("heading", { name: "website" }).isVisible());
  const back = await heardAfter(tasks, () => tasks.getByRole("button", { name: "Show all projects" }).click());
  assert.deepEqual(back, [{ type: "act", id: "tasks_project" }]);
  await tasks.close();
});

test("a limit that a draft would pass offers models that fit, and to raise it", async () => {
  const page = await shown("task-cap-stop", { tab: "models", width: 900 });
  const warning = page.locator(".section-send");
  await warning.getByText("Over the limit for this task", { exact: true }).waitFor();
  assert.ok(await warning.getByRole("button", { name: "Use Qwen-2.5-VL" }).isVisible());
  await page.locator("details.raise summary").click();
  const limits = page.getByRole("group", { name: "New limit" });
  const options = await limits.locator("input").evaluateAll((all) => all.map(({ value }) => value));
  assert.equal(options.at(-1), "task:unlimited");
  // 12.5 are used and 1 is needed.
  for (const offered of options.slice(0, -1)) assert.ok(Number(offered.split(":")[1]) >= 14, offered);
  await limits.getByRole("radio", { name: "No limit" }).click();
  assert.ok(await page.getByText("This applies to this task only.").isVisible());
  const raised = await heardAfter(page, () => page.locator("[data-action=raise_cap]").click());
  assert.deepEqual(raised, [{ type: "act", id: "raise_cap", value: "task:unlimited" }]);
  assert.deepEqual(await axe(page), []);
  await page.close();
});

test("what a form offers is read as a limit and what it is of", async () => {
  const { capTarget, offeredLimit } = await loadPanelSession();
  assert.deepEqual(offeredLimit("week:200"), { scope: "week", to: 200 });
  assert.deepEqual(offeredLimit("task:unlimited"), { scope: "task", to: "unlimited" });
  assert.equal(capTarget({ scope: "day" }), "day");
  assert.deepEqual(capTarget({ scope: "task", id: "42" }), { task: "42" });
  assert.equal(capTarget({ scope: "project" }), undefined, "without a name there is nothing to raise");
});

test("a long list of tasks has pages", async () => {
  const page = await shown("tasks-many", { tab: "history" });
  assert.equal(await page.locator(".section-tasks .task").count(), 20);
  const next = page.getByRole("navigation", { name: "Pages of the tasks" }).getByRole("button", { name: "Next page" });
  assert.deepEqual(await heardAfter(page, () => next.click()), [{ type: "act", id: "tasks_page", value: "2" }]);
  await page.close();
});

test("times of the requests stay on one line in a narrow side bar", async () => {
  for (const locale of ["en", "de", "zh-CN"]) {
    const page = await shown("ready", { tab: "history", locale });
    const lines = await page
      .locator(".requests tbody th")
      .evaluateAll((cells) =>
        cells.map((cell) => Math.round(cell.offsetHeight / Number.parseFloat(getComputedStyle(cell).lineHeight))),
      );
    const wrapped = await page.locator(".requests tbody th").evaluateAll(
      (cells) =>
        cells.filter((cell) => {
          const range = document.createRange();
          range.selectNodeContents(cell);
          return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1;
        }).length,
    );
    assert.ok(lines.length > 5);
    assert.equal(wrapped, 0, locale);
    const { scrolled, seen } = await page
      .locator(".requests .table-scroll")
      .evaluate((table) => ({ scrolled: table.scrollWidth, seen: table.clientWidth }));
    assert.ok(scrolled <= seen, `${locale}: ${scrolled} of ${seen}`);
    await page.close();
  }
});

/** The levels of all headings, as assistive technology gets them. */
async function headings(page) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const found = nodes.filter((node) => !node.ignored && node.role?.value === "heading");
  return found.map((node) => [node.name.value, node.properties.find(({ name }) => name === "level")?.value.value]);
}

test("headings have the levels that the page wants", async () => {
  const page = await shown("ready", { tab: "history" });
  const levels = async () => Object.fromEntries(await headings(page));
  const natural = await levels();
  assert.deepEqual([natural.Credits, natural["Credit record"], natural["By model"]], [1, 2, 3]);
  await page.evaluate(() => document.querySelector("costrict-credit-panel").setAttribute("heading-level", "3"));
  await page.locator("h1[aria-level='3']").waitFor();
  // Drawn only now.
  await page.getByRole("tab", { name: "Models" }).click();
  await page.getByRole("tab", { name: "History" }).click();
  const wanted = await levels();
  assert.deepEqual([wanted.Credits, wanted["Credit record"], wanted["By model"]], [3, 4, 5]);
  assert.ok(Object.values(wanted).every((level) => level >= 3));
  await page.evaluate(() => document.querySelector("costrict-credit-panel").removeAttribute("heading-level"));
  await page.locator("h1:not([aria-level])").waitFor();
  assert.deepEqual(await levels(), natural);
  await page.close();
});

const ACTIVITY = { visible: false, focused: false, online: false };

/** A session of the real core, signed out, whose panel notes the options of its views. */
async function sessionOf(t, host = {}) {
  const library = await loadPanelSession();
  const client = (await clientMaker())(t);
  const panel = client.openPanel();
  const options = [];
  const noted = { view: (given) => options.push(given) > 0 && panel.view(given), free: () => {} };
  const nothing = async () => {};
  const session = new library.PanelSession(
    client,
    Object.setPrototypeOf(noted, panel),
    { locale: () => "en", saveFile: nothing, copy: nothing, openLink: nothing, signIn: nothing, ...host },
    () => {},
  );
  t.after(() => session.stop());
  const receive = async (message) => {
    session.receive(message);
    for (let turn = 0; turn < 10; turn += 1) await settled();
  };
  await receive({ type: "ready", version: library.PROTOCOL_VERSION, choices: {}, activity: ACTIVITY });
  return { session, receive, last: () => options.at(-1) };
}

test("the task of the page, and that of the host, go with each view and each draft", async (t) => {
  const { session, receive, last } = await sessionOf(t, { taskId: () => "of-host" });
  assert.equal(last().taskId, "of-host");
  await receive({ type: "task", id: "of-page" });
  assert.equal(last().taskId, "of-page");
  await receive({ type: "draft", text: "Hello", model: "GLM-4.6" });
  assert.deepEqual(last().draft, { model: "GLM-4.6", text: "Hello", taskId: "of-page" });
  session.setTask(undefined);
  assert.equal(last().taskId, "");
  assert.deepEqual(last().draft, { model: "GLM-4.6", text: "Hello" });
});

test("what is chosen in the list of tasks goes with each view", async (t) => {
  const { receive, last } = await sessionOf(t);
  const act = (id, value) => receive({ type: "act", id, ...(value === undefined ? {} : { value }) });
  await act("task_toggle", "a");
  await act("task_toggle", "b");
  await act("task_more", "70");
  assert.deepEqual(last().tasks, { open: ["a", "b"], requests: 70 });
  await act("task_toggle", "a");
  assert.deepEqual(last().tasks, { open: ["b"] });
  await act("tasks_by", "project");
  assert.deepEqual(last().tasks, { by: "project" });
  await act("tasks_project", "");
  assert.deepEqual(last().tasks, { by: "project", project: "" }, "tasks without a project");
  for (const value of ["2", "0", "x", "1e99"]) await act("tasks_page", value);
  assert.deepEqual(last().tasks, { by: "project", project: "", page: 2 });
  await act("tasks_project");
  assert.deepEqual(last().tasks, { by: "project" });
  for (let task = 0; task < 30; task += 1) await act("task_toggle", `task-${task}`);
  assert.equal(last().tasks.open.length, 20);
  await act("tasks_by", "nonsense");
  assert.deepEqual(last().tasks, { by: "task" });
});
