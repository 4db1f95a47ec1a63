/** Which sections an embedder wants to show. */

import type { PanelView, Section, SectionGroup } from "costrict-credit";

/** Every kind is here: the compiler misses one that is not. */
const KINDS = {
  welcome: true,
  loading: true,
  balance: true,
  ladder: true,
  forecast: true,
  sources: true,
  task: true,
  usage: true,
  tasks: true,
  records: true,
  voucher: true,
  models: true,
  send: true,
  settings: true,
} satisfies Record<Section["kind"], true>;
const GROUPS = { balance: true, history: true, models: true, settings: true } satisfies Record<SectionGroup, true>;

/** The property may be set to a list, too: nothing checks its type in JavaScript. */
const namesOf = (wanted: string | null): string[] =>
  String(wanted ?? "")
    .split(/[\s,]+/)
    .filter((name) => name !== "");

/** The names that are neither a section nor a group. */
export const unknownSections = (wanted: string | null): string[] =>
  namesOf(wanted).filter((name) => !Object.hasOwn(KINDS, name) && !Object.hasOwn(GROUPS, name));

export const KNOWN_SECTIONS: readonly string[] = [...new Set([...Object.keys(KINDS), ...Object.keys(GROUPS)])];

/** Whether a section is shown. A name that a section and a group share means the section. */
export function isShown(wanted: string | null, { kind, group }: Pick<Section, "kind" | "group">): boolean {
  const names = namesOf(wanted);
  // Without an account these two take the place of all others.
  if (names.length === 0 || kind === "welcome" || kind === "loading") return true;
  return names.includes(kind) || (names.includes(group) && !Object.hasOwn(KINDS, group));
}

/** Only the card of the task is wanted, which is then shown without title and toolbar. */
export const isTaskAlone = (wanted: string | null): boolean => namesOf(wanted).join() === "task";

/** The view with the wanted sections, and with those groups that still have one. */
export function withSections(view: PanelView, wanted: string | null): PanelView {
  const names = namesOf(wanted);
  // That there is no task is of interest only where the task was asked for by name.
  const isIdle = (section: Section) => section.kind === "task" && section.state === "none" && !names.includes("task");
  const sections = view.sections.filter((section) => isShown(wanted, section) && !isIdle(section));
  return { ...view, sections, groups: view.groups.filter(({ id }) => sections.some(({ group }) => group === id)) };
}
