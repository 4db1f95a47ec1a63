/** Keeps what is being typed while the page is hidden or reloaded: an editor throws a hidden page away. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

/** The texts of fields by name. */
export class FieldStore {
  #values: Record<string, string>;
  readonly #save: (values: Record<string, string>) => void;

  constructor(values: Record<string, string>, save: (values: Record<string, string>) => void) {
    this.#values = values;
    this.#save = save;
  }

  value(name: string): string {
    return this.#values[name] ?? "";
  }

  set(name: string, value: string): void {
    if (this.value(name) === value) return;
    const { [name]: _before, ...others } = this.#values;
    this.#values = value === "" ? others : { ...others, [name]: value };
    this.#save(this.#values);
  }

  /** The texts of a form that was sent. */
  clear(prefix: string): void {
    for (const name of Object.keys(this.#values)) if (name.startsWith(prefix)) this.set(name, "");
  }
}

interface KeeperHost extends ReactiveControllerHost, HTMLElement {
  readonly fields: FieldStore | undefined;
}

/** Stores the fields of an element that have the attribute `data-keep`, and fills them in when they are first rendered. */
export class FieldKeeper implements ReactiveController {
  readonly #host: KeeperHost;
  readonly #restored = new WeakSet<Element>();

  constructor(host: KeeperHost) {
    this.#host = host;
    for (const event of ["input", "change"]) host.addEventListener(event, (happened) => this.#store(happened.target));
  }

  hostUpdated(): void {
    for (const field of this.#host.querySelectorAll<HTMLInputElement>("[data-keep]")) {
      if (this.#restored.has(field)) continue;
      this.#restored.add(field);
      const kept = this.#host.fields?.value(field.dataset.keep ?? "") ?? "";
      if (kept !== "") field.value = kept;
    }
  }

  #store(target: EventTarget | null): void {
    if (!(target instanceof HTMLInputElement) || target.dataset.keep === undefined) return;
    this.#host.fields?.set(target.dataset.keep, target.value);
  }
}
