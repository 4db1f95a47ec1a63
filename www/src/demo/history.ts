/** A history for the gallery: thirty days, four models, a record of any length. */

import type { ChartPoint, RecordRow, RecordsSection, UsageSection, VoucherSection } from "costrict-credit";

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
/** Halves of credits used on each day. */
const HALVES = [3, 2, 4, 1, 0, 0, 2, 3, 3, 1, 2, 0, 0, 4, 5, 2, 3, 2, 0, 0, 3, 2, 4, 2, 3, 0, 0, 2, 3, 1];

const part = (series: number, from: number, to: number) => ({ series, from, to });

const points: ChartPoint[] = HALVES.map((halves, index) => {
  const weekday = WEEKDAYS[(index + 1) % 7] ?? "";
  return {
    share: halves / 5,
    parts:
      halves === 0 ? [] : [part(0, 0, halves / 8), part(1, halves / 8, halves / 6), part(2, halves / 6, halves / 5)],
    value: String(index),
    text: `${weekday} ${index + 1} Nov: ${halves / 2} credits, ${halves} requests`,
    weekend: weekday === "Sat" || weekday === "Sun",
    today: index === HALVES.length - 1,
  };
});

const ranges = (selected: string): UsageSection["ranges"] => ({
  id: "usage_range",
  label: "Range",
  options: [
    ["today", "Today"],
    ["7days", "7 days"],
    ["30days", "30 days"],
    ["this_week", "This week"],
    ["last_week", "Last week"],
    ["this_month", "This month"],
    ["last_month", "Last month"],
    ["custom", "Own period"],
  ].map(([value, label]) => ({ value: value ?? "", label: label ?? "", selected: value === selected })),
});

export const usage: UsageSection = {
  kind: "usage",
  group: "history",
  title: "Usage",
  state: "ready",
  ranges: ranges("30days"),
  custom: {
    legend: "Own period, both days included",
    from: { label: "From", value: "2026-11-01" },
    to: { label: "To", value: "2026-11-30" },
    min: "2025-11-30",
    max: "2026-11-30",
    submit: { id: "usage_custom", label: "Show" },
    invalid: "The start date cannot be after the end date. A range can cover up to 10 years.",
  },
  days: {
    id: "usage_days",
    label: "Days and times",
    options: [
      { value: "local", label: "Local time", selected: true },
      { value: "server", label: "Server time (UTC+08:00)", selected: false },
    ],
  },
  total: "28.5 credits, 57 requests",
  before: "4.5 more than the 30 days before (up to 14:05).",
  peak: "Most on Sun, Nov 15: 2.5.",
  requests: {
    title: "Requests",
    table: {
      caption: "Requests",
      columns: [
        { label: "Time", numeric: false },
        { label: "Model", numeric: false },
        { label: "Credits", numeric: true },
      ],
      rows: [
        ["Mon, Nov 30, 13:50", "GLM-4.6", "0.5"],
        ["Mon, Nov 30, 13:41", "Auto", "0.45"],
        ["Sun, Nov 29, 18:12", "GLM-4.6", "0.5"],
      ],
    },
    paging: {
      text: "1 to 3 of 57",
      label: "Pages of the requests",
      previous: { id: "requests_page", label: "Previous page", value: "1", disabled: true },
      next: { id: "requests_page", label: "Next page", value: "2" },
    },
  },
  chart: {
    title: "Credits used per day, 1 to 30 November",
    description: "28.5 credits in 30 days. The highest day was Sunday, 15 November, with 2.5 credits.",
    unit: "credits",
    points,
    ticks: [
      { at: 0.4, label: "1" },
      { at: 0.8, label: "2" },
    ],
    series: [{ label: "GLM-4.6" }, { label: "Auto" }, { label: "Kimi-K2" }],
    select: "usage_select",
    days: [0, 7, 14, 21, 29].map((index) => ({ index, label: `${index + 1} Nov` })),
    showTable: "Show as a table",
    showChart: "Show as a chart",
  },
  modelsTitle: "By model",
  models: [
    { name: "GLM-4.6", amount: "17.7 credits", requests: "35 requests", percent: "62 %", share: 0.62 },
    { name: "Auto", amount: "8.6 credits", requests: "17 requests", percent: "30 %", share: 0.3 },
    { name: "Kimi-K2", amount: "2.2 credits", requests: "5 requests", percent: "8 %", share: 0.08 },
  ],
  table: {
    caption: "Credits used per day",
    columns: [
      { label: "Day", numeric: false },
      { label: "Credits", numeric: true },
      { label: "Requests", numeric: true },
    ],
    rows: HALVES.map((halves, index) => [`${index + 1} Nov`, String(halves / 2), String(halves)]),
    total: ["Sum", "28.5", "57"],
  },
  modelTable: {
    caption: "Credits used per model",
    columns: [
      { label: "Model", numeric: false },
      { label: "Credits", numeric: true },
      { label: "Requests", numeric: true },
    ],
    rows: [
      ["GLM-4.6", "17.7", "35"],
      ["Auto", "8.6", "17"],
      ["Kimi-K2", "2.2", "5"],
    ],
  },
  accuracy: [
    { text: "Estimated 27.9, charged 28.5.", tone: "neutral" },
    { text: "0.6 not explained by this editor.", tone: "neutral" },
  ],
  export: [
    { id: "export", label: "CSV", hint: "Save the usage as CSV", value: "usage.csv" },
    { id: "export", label: "JSON", hint: "Save the usage as JSON", value: "usage.json" },
  ],
};

export const usageWithout = (state: UsageSection["state"], note: string): UsageSection => {
  const { total: _total, chart: _chart, table: _table, modelTable: _modelTable, ...other } = usage;
  const { requests: _requests, before: _before, peak: _peak, ...rest } = other;
  return { ...rest, state, note, models: [], accuracy: [], export: [] };
};

const ROWS: RecordRow[] = [
  {
    kind: "Granted",
    amount: "+10",
    direction: "in",
    at: "Mon 24 Nov, 00:00",
    expires: "until 30 Nov",
    description: "Weekly gift",
    items: [],
    summary: "10 credits granted on Monday, 24 November: weekly gift, until 30 November.",
  },
  {
    kind: "Given away",
    amount: "−15",
    direction: "out",
    at: "Sun 16 Nov, 14:12",
    description: "Voucher for Li Wei",
    items: ["10 until 30 Nov", "5 until 31 Dec"],
    summary: "15 credits given to Li Wei on Sunday, 16 November.",
  },
  {
    kind: "Received",
    amount: "+8",
    direction: "in",
    at: "Tue 11 Nov, 09:30",
    expires: "until 31 Dec",
    description: "Voucher from Li Wei",
    items: [],
    summary: "8 credits received from Li Wei on Tuesday, 11 November.",
  },
  {
    kind: "Expired",
    amount: "−100",
    direction: "out",
    at: "Sat 1 Nov, 00:00",
    description: "Grant expired",
    note: "The amount is the full size of the grant, not what was lost.",
    items: [],
    summary: "100 credits expired on Saturday, 1 November.",
  },
];

/** One page of a record with `total` rows. */
export function records(total: number, page = 1, pageSize = 50): RecordsSection {
  const first = (page - 1) * pageSize;
  const rows = Array.from({ length: Math.min(pageSize, total - first) }, (_, index) => {
    const row = ROWS[(first + index) % ROWS.length] as RecordRow;
    return total > ROWS.length ? { ...row, description: `${row.description} (${first + index + 1})` } : row;
  });
  return {
    kind: "records",
    group: "history",
    title: "Credit record",
    state: "ready",
    filter: {
      id: "records_filter",
      label: "Kind",
      options: [
        { value: "", label: "All kinds", selected: true },
        { value: "recharge", label: "Granted", selected: false },
        { value: "expire", label: "Expired", selected: false },
      ],
    },
    search: { id: "records_search", label: "Search", placeholder: "Name or description", value: "", submit: "Search" },
    columns: { kind: "Kind", amount: "Credits", at: "When", expires: "Expires", description: "What happened" },
    caption: "Credit record, newest first",
    rows,
    paging: {
      text: `${first + 1} to ${first + rows.length} of ${total}`,
      label: "Pages of the record",
      page,
      pages: Math.ceil(total / pageSize),
      first,
      total,
      pageSize,
      previous: { id: "records_page", label: "Previous", value: String(page - 1), disabled: page === 1 },
      next: { id: "records_page", label: "Next", value: String(page + 1), disabled: first + rows.length >= total },
    },
    export: [
      { id: "export", label: "CSV", hint: "Save the record as CSV", value: "records.csv" },
      { id: "export", label: "JSON", hint: "Save the record as JSON", value: "records.json" },
    ],
  };
}

/** The record without rows, with its state. */
export const recordsWithout = (state: RecordsSection["state"], note: string): RecordsSection => {
  const whole = records(4);
  const { total: _total, pages: _pages, ...paging } = whole.paging;
  const none = { previous: { ...paging.previous, disabled: true }, next: { ...paging.next, disabled: true } };
  return {
    ...whole,
    state,
    note,
    rows: [],
    paging: { ...paging, ...none, text: "" },
    ...(state === "empty" ? { export: [] } : {}),
  };
};

export const voucher: VoucherSection = {
  kind: "voucher",
  group: "history",
  title: "Vouchers",
  give: {
    title: "Give credits away",
    text: "Makes a voucher that one person can redeem.",
    receiver: {
      label: "User ID of the receiver",
      hint: "On the receiver's account page",
      placeholder: "00000000-0000-…",
      maxLength: 64,
    },
    legend: "How much of which grant",
    lines: [
      {
        expiresAt: 1_764_374_399_000,
        label: "Until 28 Nov",
        hint: "7.5 available",
        max: 7.5,
        step: 0.01,
        all: "Give all",
      },
      {
        expiresAt: 1_766_361_599_000,
        label: "Until 21 Dec",
        hint: "24 available",
        max: 24,
        step: 0.01,
        all: "Give all",
      },
    ],
    warning: "This cannot be undone.",
    submit: { id: "voucher_give", label: "Make a voucher" },
  },
  redeem: {
    title: "Redeem a voucher",
    text: "Adds the credits that somebody gave to you.",
    code: { label: "Voucher code", minLength: 10, maxLength: 2000 },
    submit: { id: "voucher_redeem", label: "Redeem" },
    result: { tone: "good", title: "Redeemed", text: "8 credits were added, until 31 December." },
  },
};
