/** Models and a draft for the gallery. */

import type { ModelsSection, SendSection } from "costrict-credit";

export const models: ModelsSection = {
  kind: "models",
  group: "models",
  title: "Models and prices",
  models: [
    {
      id: "Auto",
      name: "Auto",
      price: "10 % off the model that it picks",
      discounts: [],
      badges: [{ kind: "discount", label: "10 % off", tone: "good" }],
      summary: "Auto: 10 % off the model that it picks.",
    },
    {
      id: "Qwen-2.5-VL",
      name: "Qwen-2.5-VL",
      price: "0.25 credits a request",
      discounts: [],
      requestsLeft: "about 166 requests left",
      contextWindow: "32 K context",
      badges: [{ kind: "cheapest", label: "cheapest", tone: "good" }],
      summary: "Qwen-2.5-VL: 0.25 credits a request, the cheapest.",
    },
    {
      id: "GLM-4.6",
      name: "GLM-4.6",
      price: "0.5 credits a request",
      listPrice: "normally 1",
      discounts: ["Half price until 09:00"],
      requestsLeft: "about 83 requests left",
      contextWindow: "200 K context",
      badges: [],
      cheaper: "Qwen-2.5-VL costs 0.25 instead of 0.5",
      summary: "GLM-4.6: 0.5 credits a request instead of 1, half price until 09:00.",
    },
    {
      id: "Kimi-K2",
      name: "Kimi-K2",
      price: "price not known",
      discounts: [],
      badges: [],
      summary: "Kimi-K2: price not known.",
    },
  ],
  table: {
    caption: "Prices as a table",
    columns: [
      { label: "Model", numeric: false },
      { label: "Now", numeric: true },
      { label: "List", numeric: true },
    ],
    rows: [
      ["Auto", "–", "–"],
      ["Qwen-2.5-VL", "0.25", "0.25"],
      ["GLM-4.6", "0.5", "1"],
      ["Kimi-K2", "–", "–"],
    ],
  },
  footnote: "A credit pays one request at the list price. Prices come from the server.",
};

export const send: SendSection = {
  kind: "send",
  group: "models",
  title: "Send a request",
  prompt: {
    label: "Prompt",
    placeholder: "What should be done?",
    maxLength: 1_000_000,
    tooLong: "The prompt is too long. The limit is 1,000,000 characters.",
  },
  model: {
    id: "choose_model",
    label: "Model",
    options: models.models.map(({ id, name }) => ({ value: id, label: name, selected: id === "GLM-4.6" })),
  },
  submit: { id: "send", label: "Send", primary: true },
  copy: { id: "copy", label: "Copy", hint: "Copied" },
  estimate: {
    cost: "About 0.5 credits",
    range: "between 0.5 and 1",
    notes: ["Half price until 09:00"],
    tokens: "12 300 tokens, 6 % of the context",
    after: "41 remain after it",
    paidFrom: "Paid from the 7.5 that expire on Friday",
    requestsLeft: "83 requests like this",
    summary: "This request costs about 0.5 credits, between 0.5 and 1. 41 remain after it.",
  },
  comparison: {
    caption: "The same on other models",
    columns: [
      { label: "Model", numeric: false },
      { label: "Credits", numeric: true },
    ],
    rows: [
      ["Qwen-2.5-VL", "0.25"],
      ["GLM-4.6", "0.5"],
    ],
  },
};
