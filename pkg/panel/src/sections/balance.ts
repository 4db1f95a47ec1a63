/** Welcome, loading, balance and forecast: the upper half of the first tab. */

import type {
  BalanceSection,
  BudgetMeter,
  ForecastSection,
  LoadingSection,
  SourcesSection,
  WelcomeSection,
} from "costrict-credit";
import { html, nothing, type TemplateResult } from "lit";

import { actionButton, actionRow, type Send } from "../components/action.js";
import { geometry } from "../components/geometry.js";
import { toneIcon } from "../components/icon.js";
import { badge, line, meter, paragraph, problem } from "../components/text.js";

export function welcome(section: WelcomeSection, send: Send): TemplateResult {
  return html`<h2>${section.title}</h2>
    <p class="lead">${section.text}</p>
    <ul class="facts">
      ${section.facts.map((fact) => html`<li>${fact}</li>`)}
    </ul>
    ${actionRow(section.actions, send)}`;
}

export function loading(section: LoadingSection, send: Send): TemplateResult {
  const waits = section.problem === undefined;
  return html`<h2 class="visually-hidden">${section.title}</h2>
    <div class="stack" aria-busy=${waits}>
      ${
        waits
          ? html`<div class="skeleton" aria-hidden="true"><span></span><span></span><span></span></div>`
          : problem(section.problem, send)
      }
      <p class=${waits ? "muted" : "visually-hidden"}>${section.text}</p>
    </div>`;
}

/**
 * @param before the headline's value before the last change: what it fell or rose from is shown, struck out
 * @param canChangeBudget the host has a place where budgets are set
 */
export function balance(
  section: BalanceSection,
  send: Send,
  before: string | undefined,
  canChangeBudget: boolean,
): TemplateResult {
  const { headline } = section;
  return html`<h2 class="visually-hidden">${section.title}</h2>
    <div class="headline" data-tone=${headline.tone}>
      <p class="headline-line">
        <strong class="headline-value" ${geometry({ "--chars": headline.value.length })}>${headline.value}</strong>
        ${before === undefined ? nothing : html`<del class="headline-before" aria-hidden="true">${before}</del>`}
        <span class="headline-caption">${toneIcon(headline.tone)}${headline.caption}</span>
      </p>
      ${line(section.held, "held")}
    </div>
    ${meter(section.meter)}
    <p class="used">${section.used}</p>
    ${line(section.overdrawn)} ${paragraph(section.requestsLeft, "requests-left")}
    ${
      section.changes.length === 0
        ? nothing
        : html`<ul class="changes">
          ${section.changes.map((change) => html`<li>${badge(change.text, change.tone)}</li>`)}
        </ul>`
    }
    ${section.budget === undefined ? nothing : budget(section.budget, send, canChangeBudget)}
    ${section.weekBudget === undefined ? nothing : budget(section.weekBudget, send, canChangeBudget)}
    ${line(section.breakdownLags)} ${problem(section.problem, send)}
    ${
      section.empty === undefined
        ? nothing
        : html`<div class="empty">
          <h3>${section.empty.title}</h3>
          <p>${section.empty.text}</p>
          ${actionRow(section.empty.actions, send)}
        </div>`
    }`;
}

function budget({ meter: used, text, note, change }: BudgetMeter, send: Send, canChange: boolean): TemplateResult {
  return html`<div class="budget">
    <h3>${used.label}</h3>
    ${meter(used)}
    <p class="used">${text}</p>
    ${paragraph(note, "muted small")} ${canChange ? actionRow([change], send) : nothing}
  </div>`;
}

export function forecast(section: ForecastSection): TemplateResult {
  return html`<h2>${section.title}</h2>
    ${section.lines.map((content) => line(content))} ${paragraph(section.basis, "muted small")}`;
}

export function sources(section: SourcesSection, send: Send): TemplateResult {
  return html`<h2>${section.title}</h2>
    <ul class="sources">
      ${section.items.map(
        ({ label, text, action, done }) =>
          html`<li>
            ${
              done
                ? html`<p class="source-done" data-tone="good">${toneIcon("good")}${label}</p>`
                : actionButton({ ...action, label, hint: action.hint ?? action.label }, send, { asLink: true })
            }
            <p class="muted">${text}</p>
          </li>`,
      )}
    </ul>`;
}
