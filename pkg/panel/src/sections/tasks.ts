/** What tasks cost: the card of the one in progress, and the list of all with their requests. */

import type { OpenedTask, TaskCard, TaskRequestRow, TaskRow, TaskSection, TasksSection } from "costrict-credit";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { actionButton, messageOf, type Send, segments } from "../components/action.js";
import { disclosedTable, line, meter, paragraph, status } from "../components/text.js";

/** @param isAlone the card is shown without the rest of the panel, such as in the head of a chat */
export function task(section: TaskSection, isAlone: boolean): TemplateResult {
  return html`<h2 class=${isAlone ? "visually-hidden" : ""}>${section.title}</h2>
    ${section.task === undefined ? paragraph(section.note, "muted") : taskCard(section.task)}`;
}

export function taskCard(content: TaskCard): TemplateResult {
  return html`<div class="task-card">
    <p class="task-line"><span class="task-name">${content.name}</span><strong>${content.text}</strong></p>
    ${content.meter === undefined ? nothing : meter(content.meter)} ${details(content.details)}
  </div>`;
}

const details = (texts: readonly string[]): TemplateResult | typeof nothing =>
  texts.length === 0
    ? nothing
    : html`<p class="parts muted small">${texts.map((text) => html`<span>${text}</span>`)}</p>`;

export function tasks(section: TasksSection, send: Send): TemplateResult {
  const { by, project, all, paging } = section;
  return html`<div class="heading-row">
      <h2>${section.title}</h2>
      ${segments(by, (value) => send({ type: "act", id: by.id, value }))}
    </div>
    ${
      project === undefined
        ? nothing
        : html`<div class="heading-row">
            <h3>${project}</h3>
            ${all === undefined ? nothing : actionButton(all, send, { asLink: true })}
          </div>`
    }
    ${status(project ?? paging?.text ?? "")} ${paragraph(section.note, "muted note")} ${rows(section.rows, send)}
    ${
      paging === undefined
        ? nothing
        : html`<nav class="requests-paging" aria-label=${paging.label}>
            <span class="muted">${paging.text}</span>
            ${actionButton(paging.previous, send)} ${actionButton(paging.next, send)}
          </nav>`
    }
    ${section.unjoined.map((content) => line(content, "muted small"))} ${disclosedTable(section.table)}`;
}

/** Keyed: a task that moves to the head keeps the focus. */
const rows = (content: readonly TaskRow[], send: Send, name?: string): TemplateResult | typeof nothing =>
  content.length === 0
    ? nothing
    : html`<ul class="tasks" aria-label=${name ?? nothing}>
        ${repeat(
          content,
          ({ open }) => open.value,
          (row) => html`<li class="task">${taskRow(row, send)}</li>`,
        )}
      </ul>`;

function taskRow(row: TaskRow, send: Send): TemplateResult {
  const { open, opened } = row;
  return html`<button
      type="button"
      class="task-open"
      data-action=${open.id}
      aria-expanded=${open.pressed ?? nothing}
      @click=${() => send(messageOf(open))}
    >
      <span class="task-name">${row.name}</span>
      <strong class="task-spent">${row.spent}</strong>
      <span class="task-when muted">${row.when}</span>
      <span class="task-estimated muted">${row.estimated}</span>
    </button>
    ${details(row.details)} ${opened === undefined ? nothing : openedTask(opened, send)}`;
}

function openedTask(content: OpenedTask, send: Send): TemplateResult {
  const { title, requests, more, note, subTasks, subTasksTitle } = content;
  return html`<div class="task-opened">
    ${
      requests.length === 0
        ? nothing
        : html`<ul class="task-requests" aria-label=${title}>
            ${requests.map(request)}
          </ul>`
    }
    ${more === undefined ? nothing : actionButton(more, send, { asLink: true })} ${paragraph(note, "muted small")}
    ${
      subTasks.length === 0
        ? nothing
        : html`<p class="field-label">${subTasksTitle}</p>
            ${rows(subTasks, send, subTasksTitle)}`
    }
  </div>`;
}

const request = (content: TaskRequestRow): TemplateResult =>
  html`<li>
    <span class="request-when">${content.when}</span>
    <span class="request-model">${content.model}</span>
    <span class="request-charged">${content.charged}</span>
    ${content.estimated === undefined ? nothing : html`<span class="request-estimated muted">${content.estimated}</span>`}
    ${content.difference === undefined ? nothing : html`<span class="request-difference muted">${content.difference}</span>`}
  </li>`;
