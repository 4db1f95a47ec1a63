/** Words of an imaginary account, typed as the view types them: for the gallery and for looking at the page. */

import type {
  Action,
  BalanceSection,
  ForecastSection,
  LadderSection,
  PanelView,
  Rung,
  Section,
  SettingsSection,
  SourcesSection,
} from "costrict-credit";

export const refresh: Action = { id: "refresh", label: "Refresh", hint: "Ask the server now" };
const accountPage: Action = {
  id: "open",
  label: "Account page",
  hint: "Open the account on the web",
  openAccount: "usage",
};

export const maskSwitch = (on: boolean): Action => ({
  id: "mask",
  label: on ? "Show amounts" : "Hide amounts",
  value: on ? "off" : "on",
  pressed: on,
});

export const groups: PanelView["groups"] = [
  { id: "balance", label: "Balance" },
  { id: "history", label: "History" },
  { id: "models", label: "Models" },
  { id: "settings", label: "Settings" },
];

export const balance: BalanceSection = {
  kind: "balance",
  group: "balance",
  title: "Balance",
  headline: { value: "41.5", caption: "credits left", tone: "neutral" },
  used: "58.5 of 100 used",
  meter: { label: "Used", valueText: "58.5 of 100 credits used", share: 0.585, tone: "neutral" },
  requestsLeft: "About 39 requests on GLM-4.6, now half price until 09:00",
  changes: [],
  freshness: { text: "As of 12 seconds ago", tone: "neutral" },
};

export const rungs: Rung[] = [
  {
    amount: "7.5",
    share: 0.3125,
    lapsingShare: 0.4,
    when: { words: "in 2 days", exact: "Friday, 28 Nov, 23:59" },
    source: "Weekly gift",
    badges: [
      { kind: "next", label: "pays next", tone: "neutral" },
      { kind: "soon", label: "expires soon", tone: "warning" },
    ],
    lapsing: { text: "3 of these will lapse at your pace", tone: "warning" },
    summary: "7.5 credits expire in 2 days, on Friday, 28 November, 23:59. Weekly gift. Pays next. 3 will lapse.",
  },
  {
    amount: "24",
    share: 1,
    when: {
      words: "in 25 days",
      exact: "Sunday, 21 Dec, 16:59",
      serverDay: "On the server that is Monday, 22 December",
    },
    source: "Star",
    badges: [],
    summary: "24 credits expire in 25 days, on Sunday, 21 December, 16:59. Star.",
  },
  {
    amount: "10",
    share: 0.4167,
    when: { words: "in 35 days", exact: "Wednesday, 31 Dec, 23:59" },
    source: "Invitation",
    badges: [],
    summary: "10 credits expire in 35 days, on Wednesday, 31 December, 23:59. Invitation.",
  },
];

export const ladder: LadderSection = {
  kind: "ladder",
  group: "balance",
  title: "What expires when",
  rungs,
  table: {
    caption: "Grants as a table",
    columns: [
      { label: "Expires", numeric: false },
      { label: "Credits", numeric: true },
      { label: "Source", numeric: false },
      { label: "Note", numeric: false },
    ],
    rows: rungs.map((rung) => [rung.when?.exact ?? "", rung.amount, rung.source ?? "", rung.lapsing?.text ?? ""]),
    total: ["All", "41.5", "", ""],
  },
};

export const forecast: ForecastSection = {
  kind: "forecast",
  group: "balance",
  title: "At your pace",
  lines: [
    { text: "Lasts until Tuesday, 2 December", tone: "neutral" },
    { text: "3 credits will lapse on Friday", tone: "warning", label: "lapsing" },
  ],
  basis: "2.5 credits a day over 14 days, 31 requests",
};

export const sources: SourcesSection = {
  kind: "sources",
  group: "balance",
  title: "How to get more",
  items: [
    ["Weekly gift", "Every Monday, valid for the week"],
    ["Star the project", "Once, valid for 30 days"],
    ["Invite a colleague", "For both of you"],
    ["Packages", "From the web page"],
  ].map(([label, text]) => ({
    label: label ?? "",
    text: text ?? "",
    action: { id: "open", label: "Open", hint: `${label}: open the web page`, openAccount: "subscription" },
    ...(label === "Star the project" ? { done: true } : {}),
  })),
};

export const settings: SettingsSection = {
  kind: "settings",
  group: "settings",
  title: "Settings",
  mask: maskSwitch(false),
  language: {
    id: "locale",
    label: "Language",
    options: [
      { value: "en", label: "English", selected: true },
      { value: "zh-CN", label: "简体中文", selected: false },
      { value: "de", label: "Deutsch", selected: false },
    ],
  },
  timeZone: "Times are shown in Europe/Berlin; the server works in UTC+08:00.",
  privacy:
    "Stored on this computer: the last reading, open holds and your settings. Never stored: your token, prompts and vouchers.",
};

export function panel(sections: Section[], more: Partial<PanelView> = {}): PanelView {
  const present = groups.filter((group) => sections.some((section) => section.group === group.id));
  return {
    locale: "en",
    direction: "ltr",
    summary: "41.5 credits left of 100. 7.5 expire in 2 days.",
    state: "ready",
    title: "Credits",
    announcement: "41.5 credits left",
    masked: false,
    toolbar: [refresh, maskSwitch(false), accountPage],
    groups: present,
    sections,
    failures: {
      copy: "Could not copy the code. Select it and copy it manually.",
      save: "Could not save the file.",
      open: "Could not open the page.",
      setting: "Could not save this setting. It applies until this view is closed.",
    },
    ...more,
  };
}
