/** Buttons and links for the view's actions, and one-of-several choices. */

import type { Action, Choice } from "costrict-credit";
import type { PageMessage } from "costrict-credit/panel-session";
import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { actionIcon } from "./icon.js";

export type Send = (message: PageMessage) => void;

/** What the page reports when an action is taken. */
export function messageOf(action: Action): PageMessage {
  if (action.id === "open" || action.href !== undefined || action.openAccount !== undefined) {
    return {
      type: "open",
      ...(action.href === undefined ? {} : { href: action.href }),
      ...(action.openAccount === undefined ? {} : { openAccount: action.openAccount }),
    };
  }
  return { type: "act", id: action.id, ...(action.value === undefined ? {} : { value: action.value }) };
}

/** Addresses come from the view, but a page follows only those of the web. */
const isWebAddress = (address: string): boolean => /^https?:\/\//i.test(address);

interface Look {
  /** Only the sign; the label is for assistive technology and the tooltip. */
  iconOnly?: boolean;
  submit?: boolean;
  /** A link among text, not a button of its own. */
  asLink?: boolean;
}

/** A toggle is labelled by what pressing it does. `aria-pressed` beside such a label would contradict it. */
export function actionButton(action: Action, send: Send, look: Look = {}): TemplateResult {
  const icon = actionIcon(action.id, action.pressed);
  const bare = look.iconOnly === true && icon !== undefined;
  const kind = look.asLink ? "link" : bare ? "icon-button" : action.primary ? "button primary" : "button";
  const title = bare ? (action.hint ?? action.label) : (action.hint ?? nothing);
  const content = bare ? icon : html`${icon ?? nothing}<span>${action.label}</span>`;
  if (action.href !== undefined && action.disabled !== true && isWebAddress(action.href)) {
    return html`<a
      class=${kind}
      href=${action.href}
      target="_blank"
      rel="noopener noreferrer"
      title=${title}
      aria-label=${bare ? action.label : nothing}
      >${content}</a
    >`;
  }
  return html`<button
    type=${look.submit ? "submit" : "button"}
    class=${kind}
    title=${title}
    data-action=${action.id}
    aria-label=${bare ? action.label : nothing}
    ?data-pressed=${action.pressed === true}
    aria-disabled=${action.disabled ? "true" : nothing}
    @click=${look.submit || action.disabled ? nothing : () => send(messageOf(action))}
  >
    ${content}
  </button>`;
}

export const actionRow = (actions: readonly Action[], send: Send): TemplateResult | typeof nothing =>
  actions.length === 0
    ? nothing
    : html`<div class="actions">${actions.map((action) => actionButton(action, send))}</div>`;

/** One of few: all of them in sight. */
export function segments(choice: Choice, pick: (value: string) => void): TemplateResult {
  return html`<fieldset class="segments">
    <legend class="visually-hidden">${choice.label}</legend>
    ${choice.options.map(
      (option) => html`<label class="segment">
        <input
          type="radio"
          name=${choice.id}
          .value=${option.value}
          .checked=${live(option.selected)}
          @change=${() => pick(option.value)}
        /><span>${option.label}</span>
      </label>`,
    )}
  </fieldset>`;
}

/** One of many. @param languages whether each option is a language, named in itself */
export function select(choice: Choice, pick: (value: string) => void, languages = false): TemplateResult {
  return html`<label class="field">
    <span class="field-label">${choice.label}</span>
    <select name=${choice.id} @change=${(event: Event) => pick((event.target as HTMLSelectElement).value)}>
      ${choice.options.map(
        (option) =>
          html`<option lang=${languages ? option.value : nothing} .value=${option.value} .selected=${live(option.selected)}>
            ${option.label}
          </option>`,
      )}
    </select>
  </label>`;
}
