/** Bars over days or hours. The keyboard walks them one by one; each has its sentence, and lists its requests. */

import type { Chart, ChartPoint } from "costrict-credit";
import { html, nothing, svg, type TemplateResult } from "lit";

import { geometry } from "./geometry.js";

/** Height of the drawing in its own units; the width is one unit for each bar. */
const HEIGHT = 100;
/** Bars fill this part of their day. */
const BAR_WIDTH = 0.64;
export interface ChartCursor {
  index: number;
  move(index: number): void;
  /** @param value of a point; empty for none */
  select(value: string): void;
}

export function chart(content: Chart, cursor: ChartCursor): TemplateResult {
  const count = content.points.length;
  const current = content.points[cursor.index];
  const longest = Math.max(0, ...content.ticks.map((tick) => tick.label.length));
  return html`<figure class="chart" ${geometry({ "--count": count, "--label": longest })}>
    <div class="plot">
      ${content.ticks.map(
        (tick) => html`<span class="tick" ${geometry({ "--at": tick.at })}><span>${tick.label}</span></span>`,
      )}
      <svg
        viewBox="0 0 ${count} ${HEIGHT}"
        preserveAspectRatio="none"
        role="group"
        aria-label=${content.title}
        aria-describedby="usage-description"
        @keydown=${(event: KeyboardEvent) => pressKey(event, cursor, content)}
        @pointerleave=${() => cursor.move(-1)}
      >
        ${content.points.map((point, index) => bar(point, index, cursor))}
      </svg>
    </div>
    <div class="days" aria-hidden="true">
      ${content.days.map((day) => html`<span class=${edge(day.index, count)} ${geometry({ "--index": day.index })}>${day.label}</span>`)}
    </div>
    ${legend(content)}
    <figcaption>
      <p class="readout" aria-hidden="true">${current?.text ?? content.title}</p>
      <p class="visually-hidden" id="usage-description">${content.description}</p>
    </figcaption>
  </figure>`;
}

/** The labels of the first and the last day stay inside. */
const edge = (index: number, count: number): string => (index === 0 ? "first" : index === count - 1 ? "last" : "");

/** The colours of the parts; what a bar consists of is in its sentence too. */
function legend({ series }: Chart): TemplateResult | typeof nothing {
  if (series.length === 0) return nothing;
  return html`<ul class="legend">
    ${series.map(({ label }, index) => html`<li><span class="swatch" data-series=${index} aria-hidden="true"></span>${label}</li>`)}
  </ul>`;
}

function bar(point: ChartPoint, index: number, cursor: ChartCursor): TemplateResult {
  const kind = [
    point.weekend ? "weekend" : "",
    point.today ? "today" : "",
    point.share === undefined ? "hidden-value" : "",
    point.selected ? "selected" : "",
  ];
  const part = (from: number, to: number, series: number) =>
    svg`<rect class="fill" data-series=${series} x=${index + (1 - BAR_WIDTH) / 2} y=${HEIGHT - to * HEIGHT}
      width=${BAR_WIDTH} height=${(to - from) * HEIGHT} />`;
  // Leaving the chart leaves the first day to be found by the next Tab.
  const reachable = index === Math.max(cursor.index, 0);
  return svg`<g
    class="bar ${kind.join(" ")}"
    role="button"
    aria-label=${point.text}
    aria-pressed=${point.selected === true}
    tabindex=${reachable ? 0 : -1}
    @focus=${() => cursor.move(index)}
    @pointerenter=${() => cursor.move(index)}
    @click=${() => cursor.select(point.selected ? "" : point.value)}
  >
    <rect class="day" x=${index} y="0" width="1" height=${HEIGHT} />
    ${point.share === undefined ? part(0, 1, 0) : point.parts.map(({ from, to, series }) => part(from, to, series))}
  </g>`;
}

/** Arrows, Home and End go from bar to bar; Enter and Space choose the one with the focus, Escape none. */
function pressKey(event: KeyboardEvent, cursor: ChartCursor, { points }: Chart): void {
  const point = points[cursor.index];
  const isChosen = event.key === "Enter" || event.key === " ";
  if (isChosen && point !== undefined) cursor.select(point.selected ? "" : point.value);
  else if (event.key === "Escape" && points.some(({ selected }) => selected)) cursor.select("");
  else {
    moveBarFocus(event, cursor, points.length);
    return;
  }
  event.preventDefault();
}

function moveBarFocus(event: KeyboardEvent, cursor: ChartCursor, count: number): void {
  const forward = getComputedStyle(event.currentTarget as Element).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  const backward = forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
  const at = Math.max(cursor.index, 0);
  const to = { [forward]: at + 1, [backward]: at - 1, Home: 0, End: count - 1 }[event.key];
  if (to === undefined || to < 0 || to >= count) return;
  event.preventDefault();
  const bars = (event.currentTarget as Element).querySelectorAll<SVGElement>(".bar");
  bars[to]?.focus();
}
