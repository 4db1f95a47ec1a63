/** Every model with its price now. */

import type { ModelsSection, ModelView } from "costrict-credit";
import { html, nothing, type TemplateResult } from "lit";

import { badge, disclosedTable, paragraph } from "../components/text.js";

export function models(section: ModelsSection): TemplateResult {
  return html`<h2>${section.title}</h2>
    ${paragraph(section.note, "muted")}
    ${section.models.length === 0 ? nothing : html`<ul class="models">${section.models.map(model)}</ul>`}
    ${paragraph(section.footnote, "muted small")}
    ${section.models.length === 0 ? nothing : disclosedTable(section.table)}`;
}

function model(content: ModelView): TemplateResult {
  const more = [content.requestsLeft, content.contextWindow].filter((text) => text !== undefined);
  return html`<li class="model">
    <p class="visually-hidden">${content.summary}</p>
    <div class="model-face" aria-hidden="true">
      <strong class="model-name">${content.name}</strong>
      <span class="model-price">${content.price}</span>
      ${
        content.badges.length === 0 && content.discounts.length === 0
          ? nothing
          : html`<span class="model-line model-badges"
            >${content.badges.map(({ label, tone }) => badge(label, tone))}${content.discounts.map((text) => html`<span>${text}</span>`)}${
              content.listPrice === undefined ? nothing : html`<span class="muted">· ${content.listPrice}</span>`
            }</span
          >`
      }
      ${more.length === 0 ? nothing : html`<span class="model-line muted parts">${more.map((text) => html`<span>${text}</span>`)}</span>`}
      ${content.cheaper === undefined ? nothing : html`<span class="model-line muted">${content.cheaper}</span>`}
    </div>
  </li>`;
}
