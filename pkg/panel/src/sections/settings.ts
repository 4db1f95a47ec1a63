/** Who is signed in, masking, language, zone, and what is stored. */

import type { SettingsSection } from "costrict-credit";
import { html, nothing, type TemplateResult } from "lit";

import { actionButton, type Send, select } from "../components/action.js";

export function settings(section: SettingsSection, send: Send): TemplateResult {
  return html`<h2>${section.title}</h2>
    <div class="settings">
      ${section.account === undefined ? nothing : html`<costrict-credit-account .card=${section.account} .send=${send}></costrict-credit-account>`}
      ${actionButton(section.mask, send)}
      ${select(section.language, (value) => send({ type: "act", id: section.language.id, value }), true)}
      <p class="muted">${section.timeZone}</p>
      <p class="muted">${section.privacy}</p>
    </div>`;
}
