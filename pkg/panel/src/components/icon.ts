/** Icons beside text; hidden from assistive technology, which reads the text. */

import type { ActionId, Tone } from "costrict-credit";
import { html, nothing, svg, type TemplateResult } from "lit";

const sign = (paths: TemplateResult): TemplateResult =>
  html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${paths}</svg>`;

const GOOD = svg`<circle cx="8" cy="8" r="6.25" /><path d="m5.2 8.2 2 2 3.7-4.2" />`;
const WARNING = svg`<path d="M8 2.2 14.2 13.2H1.8Z" /><path d="M8 6.6v3.2M8 11.4v.1" />`;
const ERROR = svg`<path d="M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4Z" /><path d="m5.9 5.9 4.2 4.2m0-4.2-4.2 4.2" />`;

/** Each tone has a shape of its own, so that colour is never alone. */
export function toneIcon(tone: Tone): TemplateResult | typeof nothing {
  switch (tone) {
    case "good":
      return sign(GOOD);
    case "warning":
      return sign(WARNING);
    case "error":
      return sign(ERROR);
    case "neutral":
      return nothing;
  }
}

const REFRESH = svg`<path d="M13.2 8a5.2 5.2 0 1 1-1.5-3.7L13.2 6M13.4 2.4V6H9.8" />`;
const EYE = svg`<path d="M1.4 8S3.8 3.6 8 3.6 14.6 8 14.6 8 12.2 12.4 8 12.4 1.4 8 1.4 8Z" /><circle cx="8" cy="8" r="2" />`;
const EYE_OFF = svg`<path d="M1.4 8S3.8 3.6 8 3.6 14.6 8 14.6 8 12.2 12.4 8 12.4 1.4 8 1.4 8Z" /><path d="m3 13.4 10-10.8" />`;
const OUT = svg`<path d="M6.4 3H3v10h10V9.6M9 2.6h4.4V7M13.2 2.8 7.6 8.4" />`;
const COPY = svg`<path d="M5.5 5.5h8v8h-8z" /><path d="M10.5 5.5v-3h-8v8h3" />`;
const SAVE = svg`<path d="M8 2.4v7.8M4.8 7.2 8 10.4l3.2-3.2M2.6 13.4h10.8" />`;

/** For a tab that has no room for its name. */
export const SETTINGS = sign(
  svg`<path d="M2 4.6h4.2M9.8 4.6H14M2 11.4h6.2M11.8 11.4H14" /><circle cx="8" cy="4.6" r="1.8" /><circle cx="10" cy="11.4" r="1.8" />`,
);

/** The sign of an action that has one. */
export function actionIcon(id: ActionId, pressed: boolean | undefined): TemplateResult | undefined {
  switch (id) {
    case "refresh":
    case "usage_retry":
    case "records_retry":
      return sign(REFRESH);
    case "mask":
      return sign(pressed ? EYE_OFF : EYE);
    case "open":
      return sign(OUT);
    case "copy":
      return sign(COPY);
    case "export":
      return sign(SAVE);
    default:
      return undefined;
  }
}
