/** What expires when, soonest on top. */

import type { LadderSection, Rung, When } from "costrict-credit";
import { html, nothing, type TemplateResult } from "lit";

import { geometry } from "../components/geometry.js";
import { badge, disclosedTable, line, paragraph } from "../components/text.js";

export function ladder(section: LadderSection): TemplateResult {
  return html`<h2>${section.title}</h2>
    ${paragraph(section.note, "muted")}
    ${section.rungs.length === 0 ? nothing : html`<ol class="ladder">${section.rungs.map(rung)}</ol>`}
    ${paragraph(section.more, "muted")} ${section.rungs.length === 0 ? nothing : disclosedTable(section.table)}`;
}

const isNext = (rung: Rung): boolean => rung.badges.some((badge) => badge.kind === "next");

function rung(content: Rung): TemplateResult {
  return html`<li class="rung ${isNext(content) ? "next" : ""}">
    <p class="visually-hidden">${content.summary}</p>
    <div class="rung-face" aria-hidden="true">
      <span class="rung-amount">${content.amount}</span>
      <span class="rung-when">${content.when?.words ?? content.noExpiry ?? nothing}</span>
      <span class="rung-badges">${content.badges.map(({ label, tone }) => badge(label, tone))}</span>
      <span class="rung-bar" ${geometry({ "--share": content.share ?? 0, "--lapsing": content.lapsingShare ?? 0 })}>
        <span class="rung-fill"></span><span class="rung-lapsing"></span>
      </span>
      <span class="rung-detail muted parts">${exactly(content.when)}${content.source === undefined ? nothing : html`<span>${content.source}</span>`}</span>
      ${line(content.lapsing, "small")}
    </div>
  </li>`;
}

const exactly = (when: When | undefined): TemplateResult | typeof nothing =>
  when === undefined
    ? nothing
    : html`<span>${when.exact}</span>${when.serverDay === undefined ? nothing : html`<span>${when.serverDay}</span>`}`;
