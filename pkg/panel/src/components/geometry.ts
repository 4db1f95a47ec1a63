/**
 * Lengths and positions as custom properties, set through the style object: a `style` attribute would need inline style in
 * the page's policy.
 */

import { noChange } from "lit";
import { Directive, directive, type ElementPart, type PartInfo, PartType } from "lit/directive.js";

type Values = Readonly<Record<`--${string}`, number | undefined>>;

class Geometry extends Directive {
  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error("geometry() stands alone in a tag");
  }

  override update(part: ElementPart, [values]: [Values]): typeof noChange {
    const style = (part.element as HTMLElement | SVGElement).style;
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) style.removeProperty(name);
      else style.setProperty(name, String(value));
    }
    return noChange;
  }

  render(_values: Values): typeof noChange {
    return noChange;
  }
}

export const geometry = directive(Geometry);
