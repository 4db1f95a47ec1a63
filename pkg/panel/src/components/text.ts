/** Lines, problems, meters and tables: what several sections are made of. */

import type { Action, FormResult, Line, Meter, ProblemLine, Table, Tone } from "costrict-credit";
import { html, nothing, type TemplateResult } from "lit";

import { actionRow, type Send } from "./action.js";
import { geometry } from "./geometry.js";
import { toneIcon } from "./icon.js";

type Shown = TemplateResult | typeof nothing;

export const badge = (label: string, tone: Tone): TemplateResult =>
  html`<span class="badge" data-tone=${tone}>${toneIcon(tone)}${label}</span>`;

export function line(content: Line | undefined, kind = ""): Shown {
  if (content === undefined) return nothing;
  return html`<p class="line ${kind}" data-tone=${content.tone} title=${content.detail ?? nothing}>
    ${content.label === undefined ? toneIcon(content.tone) : badge(content.label, content.tone)}<span>${content.text}</span>
  </p>`;
}

export const paragraph = (text: string | undefined, kind = ""): Shown =>
  text === undefined ? nothing : html`<p class=${kind}>${text}</p>`;

/** @param role for a problem that interrupts another task */
export function problem(content: ProblemLine | undefined, send: Send, role?: "alert"): Shown {
  if (content === undefined) return nothing;
  return html`<div class="banner" data-tone=${content.tone} role=${role ?? nothing}>
    ${toneIcon(content.tone)}
    <div>
      <p class="banner-title">${content.title}</p>
      <p>${content.text}</p>
      ${paragraph(content.detail, "server-words")} ${actionRow(content.actions, send)}
    </div>
  </div>`;
}

/** Progress indicator with a description, above older content or instead of it. */
export const progress = (text: string | undefined): Shown =>
  html`<p class="progress"><span class="progress-bar" aria-hidden="true"></span><span class="visually-hidden">${text}</span></p>`;

/** Visually hidden live region for results. Must be in the page before its text changes, or screen readers skip it. */
export const status = (text: string): TemplateResult => html`<p class="visually-hidden" role="status">${text}</p>`;

export function formResult(content: FormResult | undefined, copyButton: (action: Action) => Shown): TemplateResult {
  return html`<div role="status">${content === undefined ? nothing : resultBanner(content, copyButton)}</div>`;
}

export function resultBanner(
  { tone, title, text, detail, code }: FormResult,
  copyButton: (action: Action) => Shown,
): TemplateResult {
  return html`<div class="banner" data-tone=${tone}>
    ${toneIcon(tone)}
    <div>
      <p class="banner-title">${title}</p>
      <p>${text}</p>
      ${paragraph(detail, "server-words")}
      ${
        code === undefined
          ? nothing
          : html`<div class="voucher-code">
            <span class="field-label">${code.label}</span>
            <code tabindex="0" role="region" aria-label=${code.label}>${code.value}</code>
            ${copyButton(code.copy)}
          </div>`
      }
    </div>
  </div>`;
}

export function meter(content: Meter): TemplateResult {
  const bar = html`<span class="meter-fill"></span>`;
  if (content.share === undefined) {
    // A meter must have a value; a hidden one is a picture with a text.
    return html`<div class="meter hidden-value" role="img" aria-label="${content.label}: ${content.valueText}"></div>`;
  }
  return html`<div
    class="meter"
    role="meter"
    data-tone=${content.tone}
    aria-label=${content.label}
    aria-valuemin="0"
    aria-valuemax="1"
    aria-valuenow=${content.share}
    aria-valuetext=${content.valueText}
    ${geometry({ "--share": content.share })}
  >
    ${bar}
  </div>`;
}

/**
 * @param captioned whether the caption is shown; otherwise it is for assistive technology only
 * @param heading the id of a heading that says the same, which then names the table in place of a caption
 */
export function table(content: Table, captioned = true, heading?: string): TemplateResult {
  const side = (index: number): string => (content.columns[index]?.numeric ? "number" : "text");
  const name = heading === undefined ? content.caption : nothing;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${name} aria-labelledby=${heading ?? nothing}>
    <table aria-labelledby=${heading ?? nothing}>
      ${heading === undefined ? html`<caption class=${captioned ? "" : "visually-hidden"}>${content.caption}</caption>` : nothing}
      <thead>
        <tr>
          ${content.columns.map((column, index) => html`<th scope="col" class=${side(index)}>${column.label}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${content.rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, index) =>
                index === 0
                  ? html`<th scope="row" class=${side(index)}>${cell}</th>`
                  : html`<td class=${side(index)}>${cell}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
      ${
        content.total === undefined
          ? nothing
          : html`<tfoot>
            <tr>
              ${content.total.map((cell, index) =>
                index === 0
                  ? html`<th scope="row" class=${side(index)}>${cell}</th>`
                  : html`<td class=${side(index)}>${cell}</td>`,
              )}
            </tr>
          </tfoot>`
      }
    </table>
  </div>`;
}

/** A table one step away, under its own caption. */
export const disclosedTable = (content: Table | undefined): Shown =>
  content === undefined
    ? nothing
    : html`<details class="disclosure">
        <summary>${content.caption}</summary>
        ${table(content, false)}
      </details>`;
